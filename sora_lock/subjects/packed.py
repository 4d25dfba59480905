"""The folder of a subject whose archive is made already (a place, a model): archive, plates that become anchors, and what there is to look at.

Place in the path: subjects, beside `cut`, which says what such folders are and has those of pictures; `freeze.freeze_packed` locks what it holds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sora_lock.errors import MediaError, NotFoundError
from sora_lock.media.images import png
from sora_lock.records import Reading, plain
from sora_lock.subjects.baked import BakedSubject
from sora_lock.subjects.brought import MAX_BYTES, load
from sora_lock.subjects.cut import TOLD, read_told

ARCHIVE = "subject.zip"
Codes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Plate:
    """A plate of a subject: the name of the view, uint8 [H, W, 4] and region numbers uint8 [H, W]."""

    view: str
    rgba: Codes
    regions: Codes


@dataclass(frozen=True, eq=False)
class Packed:
    """What a folder holds: the archive and the subject in it, per anchor (view, picture, regions), the latter two as PNG, and what a lock says of them."""

    what: str
    archive: bytes
    subject: BakedSubject
    anchors: tuple[tuple[str, bytes, bytes], ...]
    made_by: Mapping[str, str]
    readiness: tuple[Reading, ...]


def write_packed(
    folder: Path,
    what: str,
    archive: bytes,
    subject: BakedSubject,
    plates: Sequence[Plate],
    *,
    shown: Sequence[tuple[str, Codes, str]] = (),
    notes: Sequence[str] = (),
    made_by: Mapping[str, str],
    readiness: Sequence[Reading] = (),
) -> None:
    """Writes what `brought.pack` made: `subject.zip`, `seen K.png` and `regions K.png` of each plate, `cut.json`, and pictures to look at.

    Args:
        shown: further pictures to look at: words, uint8 [H, W, 3 or 4], who made it.
    """
    files = {ARCHIVE: archive}
    listed = []
    for k, plate in enumerate(plates):
        files[f"seen {k}.png"], files[f"regions {k}.png"] = png(plate.rgba), png(plate.regions)
        listed.append([f"seen {k}.png", plate.view, ""])
    for k, (words, pixels, who) in enumerate(shown):
        files[f"shown {k}.png"] = png(pixels)
        listed.append([f"shown {k}.png", words, who])
    told = {
        "what": what, "kind": subject.kind, "shown": listed, "notes": list(notes), "face": None,
        "views": [p.view for p in plates], "made_by": dict(made_by), "readiness": plain(tuple(readiness)),
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / TOLD).write_text(json.dumps(told, indent=1) + "\n")


def read_packed(folder: Path) -> Packed:
    """What `write_packed` wrote.

    Raises:
        NotFoundError: when a file is missing; MediaError when the archive or `cut.json` is damaged.
    """
    told = read_told(folder)
    try:
        what, views = str(told["what"]), [str(v) for v in told["views"]]
        made_by = {str(k): str(v) for k, v in told["made_by"].items()}
        readiness = tuple(Reading(**r) for r in told["readiness"])
    except (KeyError, TypeError, AttributeError) as fault:
        raise MediaError(f"{TOLD} in {folder} lacks {fault}. Make the folder anew with `cutout --out`.") from fault
    archive = _bytes(folder / ARCHIVE)
    anchors = tuple(
        (view, _bytes(folder / f"seen {k}.png"), _bytes(folder / f"regions {k}.png")) for k, view in enumerate(views)
    )
    return Packed(what, archive, load(archive), anchors, made_by, readiness)


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise MediaError(f"{path.name} has {path.stat().st_size >> 20} MB; wanted {MAX_BYTES >> 20} at most.")
        return path.read_bytes()
    except FileNotFoundError:
        raise NotFoundError(f"{path.parent} holds no {path.name}; make the folder with `cutout --out`.") from None
