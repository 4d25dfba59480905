"""Commands about what is locked: listing, bringing, freezing, and the consent of who is seen.

Place in the path: on top; `subjects` makes what is brought, `freeze` locks it.
"""

from __future__ import annotations

import tempfile
from argparse import Namespace
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sora_lock.commands import clips, modelled, places
from sora_lock.commands.opening import Result, open_store, read_file, read_strokes
from sora_lock.commands.rendered import write_render
from sora_lock.errors import InputError, MediaError, PolicyError
from sora_lock.freeze import freeze_brought, freeze_cut, freeze_picture
from sora_lock.lock import check_name, check_policies, read_box
from sora_lock.media.probe import FILMS, sniff
from sora_lock.records import ATTRIBUTES, Lock, plain

if TYPE_CHECKING:
    from sora_lock.subjects.photo import Picture
    from sora_lock.subjects.plates import Plates


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
    rows = [_lock_row(k) for k in open_store(args).locks()]
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
    files = {q: read_file(p) for q in ("reflectance", "normal", "depth") if (p := getattr(args, q)) is not None}
    if args.cut and (args.image or args.matte or args.box):
        raise PolicyError("--cut brings picture and matte; leave --image, --matte and --box out.")
    kind = _kind_of(args.image)
    if not args.relight and kind != "glb" and (args.regions or args.height or files):
        raise PolicyError(
            "--normal, --depth, --reflectance, --regions and --height are for --relight; add it, or leave them out."
        )
    painted = read_file(args.regions) if args.regions else None
    more: dict[str, Any] = {"policies": policies, "face_box": face}
    folder, height_m = args.cut, args.height
    with ExitStack() as scratch:
        if folder is None and kind in ("exr", "glb"):
            folder = Path(scratch.enter_context(tempfile.TemporaryDirectory()))
            if kind == "exr":
                write_render(args, read_file(args.image), folder)
            else:
                modelled.write(args, folder)
                height_m = None  # the model has it already
        if folder is not None:
            made = freeze_cut(
                open_store(args), name, args.kind, folder,
                relight=args.relight, files=files, painted=painted, proposed=not args.no_regions, height_m=height_m, **more,
            )  # fmt: skip
        else:
            made = _freeze_photo(args, name, files, painted, more)
    if made.subject.startswith("brought/"):
        said = "held by reflectance: any light can reach it, in any set"
    else:
        said = "held by pixel: it keeps the light it has (--relight brings it under any other)"
    row = {**_lock_row(made), "readiness": plain(made.readiness), "made_by": dict(made.made_by)}
    lines = [f"@{made.name} v{made.version} is frozen, {said}."]
    lines += [f"  {plate}: {who}" for plate, who in made.made_by.items()]
    return row, lines + [f"  {r.quantity}: {r.words}" for r in made.readiness], 0


def _freeze_photo(
    args: Namespace, name: str, files: dict[str, bytes], painted: bytes | None, more: dict[str, Any]
) -> Lock:
    """Freezes a photograph that no folder was made of."""
    if not args.relight:
        return freeze_picture(open_store(args), name, args.kind, _picture(args), **more)
    from sora_lock.subjects.photo import painted_colours
    from sora_lock.subjects.plates import plates_for

    brought = _picture(args)
    plates = plates_for(brought, files, args.height, args.estimator)
    parts = painted_colours(brought, painted) if painted is not None else None
    return freeze_brought(
        open_store(args), name, args.kind, brought, plates, painted_regions=parts, height_m=args.height, **more
    )


def _picture(args: Namespace) -> Picture:
    """The picture a command names, with the matte it brings, or the one that a box or strokes find."""
    from sora_lock.subjects.cut import read_cut
    from sora_lock.subjects.photo import cut_out, found, picture

    if args.image is None:
        raise InputError("Name a picture with --image, or a folder that `cutout` wrote with --cut.")
    image, box = read_file(args.image), read_box(args.box, "box")
    strokes = read_strokes(args.strokes) if args.strokes else None
    if args.matte is not None and (box or strokes):
        raise PolicyError("A box or strokes ask for a matte and --matte brings one; leave one of them out.")
    if args.find and not (box or strokes or args.matte):
        return found(image, args.estimator)
    if not (box or strokes):
        return picture(image, read_file(args.matte) if args.matte else None)
    earlier = read_cut(args.earlier)[0] if args.earlier else None
    return cut_out(image, box, *(strokes or (None, None)), earlier=earlier, by=args.estimator)


def cutout(args: Namespace) -> Result:
    """Cuts a subject out of what is brought, into a folder of files that can be looked at and frozen: by the file's kind, and by what it shall be."""
    kind = _kind_of(args.image)
    if kind in FILMS:
        return clips.cutout(args)
    if kind == "glb":
        return modelled.cutout(args)
    if args.kind == "set":
        return places.cutout(args)
    if kind == "exr":
        return _told(args, *write_render(args, read_file(args.image), args.out))
    return _told(args, *_write_photo(args))


def _kind_of(path: Path | None) -> str:
    """What a file is by its first bytes, as `probe.sniff` names it; "" for none, and for what it does not know: whoever reads it says why."""
    if path is None or not path.is_file():
        return ""
    with path.open("rb") as file:
        head = file.read(512)
    try:
        return sniff(head)
    except MediaError:
        return ""


def _told(args: Namespace, brought: Picture, plates: Plates, told: dict[str, Any]) -> Result:
    """What `cutout` says of a picture."""
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


def _write_photo(args: Namespace) -> tuple[Picture, Plates, dict[str, Any]]:
    """Writes the folder of a photograph, everything in it estimated."""
    from sora_lock.subjects.cut import proposed_parts, write_cut
    from sora_lock.subjects.plates import plates_for

    brought = _picture(args)
    plates = plates_for(brought, None, args.height, args.estimator)
    parts = proposed_parts(brought) if args.kind == "character" else None
    return brought, plates, write_cut(args.out, brought, plates, parts)


def consent(args: Namespace) -> Result:
    """Shows, records or revokes the consent of the person a lock shows."""
    store, name = open_store(args), check_name(args.name)
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
