"""Commands about takes: asking for them, their history, marks and export.

Place in the path: on top; writes intentions into the store as the page does, and leaves rendering to workers.
"""

from __future__ import annotations

import json
import shutil
import time
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sora_lock import worker as workers
from sora_lock.best import least_drift
from sora_lock.commands.generated import asked, raster
from sora_lock.commands.opening import Result, open_store
from sora_lock.errors import EngineError, NamingError, NotFoundError, PolicyError
from sora_lock.fanout import plan_fanout
from sora_lock.lock import check_name
from sora_lock.records import Take, plain
from sora_lock.store import Store

if TYPE_CHECKING:
    from sora_lock.layers import Shared

TAKE_FILES = ("clip.mp4", "master.mkv", "poster.jpg")


def fanout(args: Namespace) -> Result:
    """Plans the takes, has them made (by running workers, else by its own), and writes them to `--out`."""
    overrides: dict[str, dict[str, str]] = {}
    for text in args.allow:
        target, equals, policy = text.partition("=")
        if not equals:
            raise PolicyError(
                f"--allow {text!r} is no override; write for example expression=free or mara.expression=free."
            )
        name, dot, attribute = target.rpartition(".")
        overrides.setdefault(name if dot else "*", {})[attribute.strip()] = policy.strip()
    store = open_store(args)
    args.out.mkdir(parents=True, exist_ok=True)
    cell = plan_fanout(
        store,
        scene=args.scene,
        shot=args.shot,
        cast=f"{_cast(args.character)} in @{check_name(args.stage)}",
        texts=args.vary,
        overrides=overrides,
        seed=args.seed,
        parent=args.parent,
        who="command line",
        **raster(args, store.take(args.parent) if args.parent else None),
        **asked(args),
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
    front = _fronts(store, [t["take"] for t in made], int(cell.body.get("best_of", 1)))
    lines = [f"{t['take']}  {args.out / t['take'] / 'clip.mp4'}{front.get(t['take'], '')}" for t in made]
    return made, lines, 0


def _fronts(store: Store, takes: Sequence[str], seeds: int) -> dict[str, str]:
    """What is said of the take that drifted least of each variation's seeds."""
    if seeds == 1:
        return {}
    groups = [takes[at : at + seeds] for at in range(0, len(takes), seeds)]
    best = (least_drift([store.take(t) for t in group]) for group in groups)
    return {b.take: f"  (drifted least of {seeds})" for b in best if b is not None}


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

    # Each child takes seconds of a core to begin: no more of them than there are takes.
    hands = min(workers.usual_number(), len(store.jobs(cell=cell)))
    try:
        if not store.workers():
            workers.supervise(data, hands, until=closed)
        while not closed():
            time.sleep(0.2)
            if not store.workers():
                workers.supervise(data, hands, until=closed)
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
        "locks": [{"name": p.name, "version": p.version, "lock_sha256": p.lock_sha256} for p in shot.placed],
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
    """Copies a take's media and its take.json into `folder`, signed where a model made it; with `layers`, renders its layers again and writes those too."""
    from sora_lock.export.credentials import Signing

    folder.mkdir(parents=True, exist_ok=True)
    signing = Signing(store)
    for name in TAKE_FILES:
        shutil.copyfile(store.blob(take.files[name]), folder / name)
        if name != "master.mkv":
            signing.sign_take(folder / name, take)
    described = take_json(take)
    if layers is not None:
        from sora_lock.layers import write_layers

        described["regions"] = write_layers(store, take, folder / "aov", layers)
    (folder / "take.json").write_text(json.dumps(described, indent=1, ensure_ascii=False) + "\n")
    return described


def history(args: Namespace) -> Result:
    """Scenes and their takes, oldest first, with parent, mark, direction and comments."""
    store = open_store(args)
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
                "withdrawn": [p.name for p in t.recipe.shot.placed if p.name in ended],
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


def export(args: Namespace) -> Result:
    """Writes a scene for the edit."""
    from sora_lock.export import export_scene

    store = open_store(args)
    written = [str(p) for p in export_scene(store, args.scene, args.out, circled=args.circled)]
    if args.aov:
        from sora_lock.export.selects import selects
        from sora_lock.layers import Shared, write_layers

        shared = Shared()
        for select in selects(store, args.scene, args.circled):
            folder = args.out / f"{select.take.take}_aov"
            table = write_layers(store, select.take, folder, shared)
            (folder / "regions.json").write_text(json.dumps(table, indent=1, ensure_ascii=False) + "\n")
            written.append(str(folder))
    return written, written, 0


def mark(args: Namespace) -> Result:
    """Marks a take."""
    store = open_store(args)
    store.mark(args.take, None if args.mark == "none" else args.mark, "command line")
    return {"take": args.take, "mark": None if args.mark == "none" else args.mark}, [f"{args.take}: {args.mark}"], 0
