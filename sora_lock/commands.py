"""What each command of the command line does, as a function from parsed arguments to (JSON result, lines for people, exit status).

Place in the path: on top; writes intentions into the store as the page does, and leaves rendering to workers.
"""

from __future__ import annotations

import shutil
import signal
import sys
import time
from argparse import Namespace
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sora_lock import worker as workers
from sora_lock.errors import EngineError, InputError, NamingError, NotFoundError, PolicyError
from sora_lock.fanout import plan_fanout
from sora_lock.first_run import settle
from sora_lock.lock import check_name, check_policies, freeze_brought, freeze_picture, read_box
from sora_lock.records import ATTRIBUTES, Lock, Take, plain
from sora_lock.store import Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sora_lock.layers import Shared
    from sora_lock.subjects.photo import Picture
    from sora_lock.subjects.plates import Plates

Result = tuple[Any, list[str], int]
TAKE_FILES = ("clip.mp4", "master.mkv", "poster.jpg")


def _open(args: Namespace) -> Store:
    store = Store.open(args.data)
    settle(store)
    return store


def _lock_row(lock: Lock) -> dict[str, Any]:
    return {
        "name": lock.name,
        "kind": lock.kind,
        "version": lock.version,
        "lock_sha256": lock.lock_sha256,
        "attributes": {a: lock.policies[a] for a in ATTRIBUTES[lock.kind]},
    }


def locks(args: Namespace) -> Result:
    """The latest version of each lock."""
    rows = [_lock_row(k) for k in _open(args).locks()]
    return (
        rows,
        [
            f"@{r['name']} v{r['version']}  {r['kind']}  " + " ".join(f"{a}={p}" for a, p in r["attributes"].items())
            for r in rows
        ],
        0,
    )


def lock(args: Namespace) -> Result:
    """Freezes a picture as a lock."""
    name = check_name(args.name)
    policies = None
    if args.hold is not None:
        held = [a.strip() for a in args.hold.split(",") if a.strip()]
        full = check_policies(args.kind, dict.fromkeys(held, "hold"))
        policies = {a: ("hold" if a in held else "free") for a in full}
    face = read_box(args.face)
    files = {q: _bytes(p) for q in ("reflectance", "normal", "depth") if (p := getattr(args, q)) is not None}
    if args.cut and (args.image or args.matte or args.box):
        raise PolicyError("--cut brings picture and matte; leave --image, --matte and --box out.")
    if not args.relight and (args.regions or args.height or files):
        raise PolicyError(
            "--normal, --depth, --reflectance, --regions and --height are for --relight; add it, or leave them out."
        )
    brought, plates = _picture(args, files)
    if plates is not None:
        from sora_lock.subjects.photo import painted_colours

        made = freeze_brought(
            _open(args), name, args.kind, brought, plates,
            painted_regions=painted_colours(brought, _bytes(args.regions)) if args.regions else None,
            policies=policies, face_box=face, height_m=args.height,
        )  # fmt: skip
        said = "held by reflectance: any light can reach it, in any set"
    else:
        made = freeze_picture(_open(args), name, args.kind, brought, policies=policies, face_box=face)
        said = "held by pixel: it keeps the light it has (--relight brings it under any other)"
    row = {**_lock_row(made), "readiness": plain(made.readiness), "made_by": dict(made.made_by)}
    lines = [f"@{made.name} v{made.version} is frozen, {said}."]
    lines += [f"  {plate}: {who}" for plate, who in made.made_by.items()]
    return row, lines + [f"  {r.quantity}: {r.words}" for r in made.readiness], 0


def _picture(args: Namespace, files: dict[str, bytes]) -> tuple[Picture, Plates | None]:
    """The picture a command names, with its matte, and its plates where it is to be lit."""
    from sora_lock.subjects.cut import read_cut
    from sora_lock.subjects.photo import cut_out, picture

    if getattr(args, "cut", None):
        brought, plates = read_cut(args.cut, files, args.height)
        return brought, plates if args.relight else None
    if args.image is None:
        raise InputError("Name a picture with --image, or a folder that `cutout` wrote with --cut.")
    image, box = _bytes(args.image), read_box(args.box, "box")
    strokes = _strokes(args.strokes) if getattr(args, "strokes", None) else None
    if args.matte is not None and (box or strokes):
        raise PolicyError("A box or strokes ask for a matte and --matte brings one; leave one of them out.")
    if box or strokes:
        earlier = read_cut(args.earlier)[0] if getattr(args, "earlier", None) else None
        brought = cut_out(image, box, *(strokes or (None, None)), earlier=earlier, by=args.estimator)
    else:
        brought = picture(image, _bytes(args.matte) if args.matte else None)
    if not args.relight:
        return brought, None
    from sora_lock.subjects.plates import plates_for

    return brought, plates_for(brought, files, args.height, args.estimator)


def _strokes(path: Path) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """White and black of a picture of strokes, each as a mask [H, W]."""
    from sora_lock.media.images import read_image

    codes = read_image(_bytes(path))[..., :3]
    return codes.min(axis=2) >= 224, codes.max(axis=2) <= 31


def cutout(args: Namespace) -> Result:
    """Cuts a subject out of a picture into a folder of files: picture with matte, reflectance, normals, depth."""
    from sora_lock.subjects.cut import write_cut

    args.relight = True
    brought, plates = _picture(args, {})
    assert plates is not None
    told = write_cut(args.out, brought, plates)
    covered = float(brought.alpha.mean())
    row = {
        "out": str(args.out), "covered": round(covered, 4), "made_by": dict(plates.made_by), "face": told["face"],
        "notes": list(brought.notes),
    }  # fmt: skip
    lines = [
        f"{args.out}: the subject covers {covered:.0%} of the picture.",
        *(f"  {q}: {who}" for q, who in plates.made_by.items()),
        *([f"  face: {','.join(map(str, told['face']['box']))} ({told['face']['words']})"] if told["face"] else []),
    ]
    return row, [*lines, *(f"  {n}" for n in brought.notes)], 0


def consent(args: Namespace) -> Result:
    """Shows, records or revokes the consent of the person a lock shows."""
    store, name = _open(args), check_name(args.name)
    if args.revoke:
        store.revoke_consent(name, args.by)
    elif args.who or args.basis or args.by:
        store.record_consent(name, args.who, args.basis, args.scope, args.until, args.by)
    rows = store.consents(name)
    lines = [
        f"{c.created_utc[:10]}  {c.event:8} {c.person}: {c.basis}" + (f", for {c.scope}" if c.scope else "")
        + (f", until {c.until_date}" if c.until_date else "") + f" (recorded by {c.recorded_by})"
        for c in rows
    ]  # fmt: skip
    return plain(rows), lines or [f"No consent is recorded for @{name}."], 0


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > 64 * 2**20:
            raise InputError(f"{path.name} has {path.stat().st_size / 2**20:.0f} MB; a picture may have 64 MB at most.")
        return path.read_bytes()
    except FileNotFoundError:
        raise NotFoundError(f"There is no file {path}.") from None
    except IsADirectoryError:
        raise InputError(f"{path} is a folder; name a picture.") from None


def fanout(args: Namespace) -> Result:
    """Plans the takes, has them made (by running workers, else by its own), and writes them to `--out`."""
    width, _, height = args.size.lower().partition("x")
    overrides: dict[str, dict[str, str]] = {}
    for text in args.allow:
        target, equals, policy = text.partition("=")
        if not equals:
            raise PolicyError(
                f"--allow {text!r} is no override; write for example expression=free or mara.expression=free."
            )
        name, dot, attribute = target.rpartition(".")
        overrides.setdefault(name if dot else "*", {})[attribute.strip()] = policy.strip()
    store = _open(args)
    args.out.mkdir(parents=True, exist_ok=True)
    cell = plan_fanout(
        store,
        scene=args.scene,
        shot=args.shot,
        cast=f"{_cast(args.character)} in @{check_name(args.stage)}",
        texts=args.vary,
        overrides=overrides,
        frames=args.frames,
        fps=args.fps,
        width=width,
        height=height,
        seed=args.seed,
        parent=args.parent,
        who="command line",
    )
    _wait(store, args.data, cell.id)
    layers = None
    if args.aov:
        from sora_lock.layers import Shared

        layers = Shared()
    made, failed = [], []
    for job in store.jobs(cell=cell.id):
        if job.state == "done":
            made.append(write_take(store, store.take(job.take), args.out / job.take, layers=layers))
        else:
            failed.append(f"{job.take} {job.state}: {job.error or 'cancelled by someone'}")
    if failed:
        raise EngineError("; ".join(failed))
    return made, [f"{t['take']}  {args.out / t['take'] / 'clip.mp4'}" for t in made], 0


def _cast(named: Sequence[str]) -> str:
    """ "NAME:MARK" pairs as a cast line without its set: "@mara at table and @ivo"."""
    out = []
    for text in named:
        name, colon, mark = text.partition(":")
        if colon and not mark.strip():
            raise NamingError(f"--character {text[:60]!r} names no mark; write NAME, or NAME:MARK such as mara:table.")
        out.append(f"@{check_name(name)}" + (f" at {mark.strip()}" if colon else ""))
    return " and ".join(out)


def _wait(store: Store, data: Path, cell: int) -> None:
    """Blocks until no job of the cell is open; runs workers of its own when nobody else's are alive."""

    def closed() -> bool:
        return all(j.state in ("done", "failed", "cancelled") for j in store.jobs(cell=cell))

    try:
        if not store.workers():
            workers.supervise(data, until=closed)
        while not closed():
            time.sleep(0.2)
            if not store.workers():
                workers.supervise(data, until=closed)
    finally:
        # Interrupted from the keyboard: what was asked for here and is not begun shall not surprise the next worker.
        left = [j.id for j in store.jobs(cell=cell) if j.state in ("queued", "leased")]
        if left:
            store.cancel(left)


def take_json(take: Take) -> dict[str, Any]:
    """take.json's content, as the README documents it."""
    shot, direction = take.recipe.shot, take.recipe.direction
    return {
        "take": take.take,
        "parent": take.parent,
        "scene": shot.scene,
        "shot": shot.shot,
        "seed": shot.seed,
        "engine": shot.engine,
        "recipe_sha256": take.recipe_sha256,
        "result_sha256": take.result_sha256,
        "direction": {"text": direction.text, "chips": plain(direction.chips), "unread": list(direction.unread)},
        "locks": [
            {"name": p.name, "version": p.version, "lock_sha256": p.lock_sha256} for p in (*shot.cast, shot.stage)
        ],
        "grips": plain(take.grips),
        "report": {
            name: {
                a: {"status": f.status, "score": f.score, "frame": f.frame, "box": f.box and list(f.box)}
                for a, f in by.items()
            }
            for name, by in take.report.items()
        },
        "cannot": list(take.cannot),
        "recipe": plain(take.recipe),
        "seconds": dict(take.seconds),
        "files": dict(take.files),
    }


def write_take(store: Store, take: Take, folder: Path, *, layers: Shared | None = None) -> dict[str, Any]:
    """Copies a take's media and its take.json into `folder`; with `layers`, renders its layers again and writes those too."""
    import json

    folder.mkdir(parents=True, exist_ok=True)
    for name in TAKE_FILES:
        shutil.copyfile(store.blob(take.files[name]), folder / name)
    described = take_json(take)
    if layers is not None:
        from sora_lock.layers import write_layers

        described["regions"] = write_layers(store, take, folder / "aov", layers)
    (folder / "take.json").write_text(json.dumps(described, indent=1, ensure_ascii=False) + "\n")
    return described


def history(args: Namespace) -> Result:
    """Scenes and their takes, oldest first, with parent, mark, direction and comments."""
    store = _open(args)
    if args.scene is not None and args.scene not in [s.code for s in store.scenes()]:
        raise NotFoundError(f"There is no scene {args.scene!r}; there are {', '.join(s.code for s in store.scenes())}.")
    ended = store.withdrawn()
    result, lines = [], []
    for scene in store.scenes():
        if args.scene not in (None, scene.code):
            continue
        marks = store.marks(scene.code)
        takes = [
            {
                "take": t.take,
                "parent": t.parent,
                "mark": marks.get(t.take),
                "text": t.recipe.direction.text,
                "recipe_sha256": t.recipe_sha256,
                "created_utc": t.created_utc,
                "comments": plain(store.comments(t.take)),
                "withdrawn": [p.name for p in (*t.recipe.shot.cast, t.recipe.shot.stage) if p.name in ended],
            }
            for t in store.takes(scene.code)
        ]
        result.append({"scene": scene.code, "title": scene.title, "takes": takes})
        lines.append(f"{scene.code}  {scene.title}")
        lines += [
            f"  {t['take']}  {t['mark'] or '-':8} {'<- ' + t['parent'] if t['parent'] else '':18} {t['text']}"
            + "".join(f"  [consent of @{n} withdrawn]" for n in t["withdrawn"])
            for t in takes
        ]
    return result, lines, 0


def verify(args: Namespace) -> Result:
    """Re-hashes rows and media; with `--reshoot`, makes a take again in a scratch folder and compares its bits."""
    store = _open(args)
    if args.reshoot is None:
        found = store.verify()
        result = {"rows": found.rows_checked, "blobs": found.blobs_checked, "problems": list(found.problems)}
        words = f"{found.rows_checked} rows and {found.blobs_checked} media files checked: " + (
            "clean." if not found.problems else ""
        )
        return result, [words, *found.problems], 1 if found.problems else 0
    from sora_lock.layers import reshoot

    take = store.take(args.reshoot)
    again = reshoot(store, take)
    same = again == take.files["master.mkv"]
    result = {
        "take": take.take,
        "recipe_sha256": take.recipe_sha256,
        "master_sha256": take.files["master.mkv"],
        "again_sha256": again,
        "same": same,
    }
    return (
        result,
        [f"{take.take}: " + ("the recipe reproduces its bits." if same else "the bits differ from the master.")],
        0 if same else 1,
    )


def export(args: Namespace) -> Result:
    """Writes a scene for the edit."""
    from sora_lock.export import export_scene

    written = [str(p) for p in export_scene(_open(args), args.scene, args.out, circled=args.circled)]
    return written, written, 0


def mark(args: Namespace) -> Result:
    """Marks a take."""
    store = _open(args)
    store.mark(args.take, None if args.mark == "none" else args.mark, "command line")
    return {"take": args.take, "mark": None if args.mark == "none" else args.mark}, [f"{args.take}: {args.mark}"], 0


def worker(args: Namespace) -> Result:
    """Runs workers until a signal."""
    if args.one:
        workers.work(args.data)
    else:
        _open(args).close()
        if args.processes is not None and not 1 <= args.processes <= 64:
            raise InputError(f"--processes is {args.processes}; wanted 1 to 64.")
        workers.supervise(args.data, args.processes)
    return {"stopped": True}, [], 0


def space(args: Namespace) -> Result:
    """Shows, and with `--push` creates, the hosted Space."""
    from sora_lock import space as hosting

    plan = hosting.plan()
    hosting.write_front_matter(plan)
    if args.push:
        plan["url"] = hosting.push(plan)
    return plan, [f"{key}: {value}" for key, value in plan.items()], 0


def page(args: Namespace) -> Result:
    """Serves the notebook until interrupted, with a supervised worker as its own process."""
    from sora_lock.notebook.serve import launch

    store = _open(args)
    # A polite kill ends like Ctrl-C, so that the worker is ended too; it would notice by itself, but only at its next breath.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    with nullcontext() if args.no_worker else workers.beside(args.data):
        launch(store, args.host, args.port, args.pass_phrase, args.open)
    return {"stopped": True}, [], 0


__all__ = ["export", "fanout", "history", "lock", "locks", "mark", "page", "space", "verify", "worker"]
