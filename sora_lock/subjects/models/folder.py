"""The folder that `cutout` writes of a GLB model, and `lock --cut` reads: its archive, the plates that become anchors, and what there is to look at.

Place in the path: subjects, under `models`, beside `subjects.cut`, which says what such folders are; `freeze.freeze_model` locks what it holds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.errors import MediaError, NotFoundError
from sora_lock.media.images import png
from sora_lock.records import Kind, Reading
from sora_lock.subjects.baked import BakedSubject
from sora_lock.subjects.brought import MAX_BYTES, load, pack
from sora_lock.subjects.cut import TOLD
from sora_lock.subjects.models.seen import Seen, seen, views

ARCHIVE = "model.zip"
WHOLE_PER_M = {"character": (900.0, 350.0), "prop": (700.0, 250.0), "set": (160.0, 60.0)}
"""Texels a metre from which textures are good and fair, by kind: what a close-up, or a wide shot of a place, shows of them at 960x540."""
TINTS = np.array(
    [(232, 176, 79), (156, 123, 208), (79, 155, 208), (111, 176, 127), (205, 110, 110), (150, 150, 150)], np.float32
)
"""Colours in which parts are told apart, over and over."""
SHOWN_DIM = 0.45


@dataclass(frozen=True, eq=False)
class Folder:
    """What a folder holds: the archive, the subject in it, and per anchor (view, picture, regions), the latter two as PNG."""

    archive: bytes
    subject: BakedSubject
    anchors: tuple[tuple[str, bytes, bytes], ...]


def write_model(folder: Path, data: bytes, kind: Kind, height_m: float | None = None) -> dict[str, Any]:
    """Brings a GLB and writes `model.zip`, `seen K.png` and `regions K.png` of each anchor, one picture of its parts, `cut.json`.

    Nothing is written before all of it is made.

    Returns:
        What `cut.json` says, and `triangles`, `side` and `expressions` of what was made.

    Raises:
        MediaError: as `bring.bring`.
    """
    from sora_lock.subjects.models.bring import bring

    brought = bring(data, kind, "model", height_m)
    archive, subject = pack(brought.parts)
    plates = seen(subject)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ARCHIVE).write_bytes(archive)
    shown = []
    for k, plate in enumerate(plates):
        (folder / f"seen {k}.png").write_bytes(png(plate.rgba))
        (folder / f"regions {k}.png").write_bytes(png(plate.regions))
        shown.append([f"seen {k}.png", f"{plate.view}, under even light", "the model's own colours"])
    (folder / "parts.seen.png").write_bytes(png(_tinted(plates[0])))
    shown.append(["parts.seen.png", "parts", "names in the file"])
    told = {"what": "model", "kind": kind, "shown": shown, "notes": list(brought.notes), "face": None}
    (folder / TOLD).write_text(json.dumps(told, indent=1) + "\n")
    return told | {
        "triangles": len(subject.faces), "side": brought.parts.reflectance.shape[0], "expressions": sorted(subject.expressions),
        "parts": [p["name"] for p in subject.info["parts"]], "height_m": round(float(np.ptp(subject.rest[:, 1])), 3),
    }  # fmt: skip


def read_model(folder: Path) -> Folder:
    """What `write_model` wrote.

    Raises:
        NotFoundError: when a file is missing; MediaError when the archive is damaged.
    """
    archive = _bytes(folder / ARCHIVE)
    subject = load(archive)
    anchors = tuple(
        (view, _bytes(folder / f"seen {k}.png"), _bytes(folder / f"regions {k}.png"))
        for k, (view, _) in enumerate(views(subject))
    )
    return Folder(archive, subject, anchors)


def readings(subject: BakedSubject) -> tuple[Reading, ...]:
    """How ready a model is to be locked, in words."""
    p, q = subject.rest[subject.faces].astype(np.float64), subject.st[subject.faces].astype(np.float64)
    area = np.linalg.norm(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), axis=1)
    a, b = q[:, 1] - q[:, 0], q[:, 2] - q[:, 0]
    flat = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
    per_m = float(np.sqrt(flat.sum() / max(area.sum(), 1e-12)) * subject.atlas().reflectance.shape[0])
    good, fair = WHOLE_PER_M[subject.kind]
    level = "good" if per_m >= good else "fair" if per_m >= fair else "poor"
    words = {
        "good": "Its texture holds close to the camera.",
        "fair": "Its texture softens close to the camera.",
        "poor": "Its texture is coarse: keep it at a distance, or bring less at once.",
    }[level]
    return (
        Reading("geometry", 1.0, "good", "Whole geometry from a GLB: it can be lit, and seen from any side."),
        Reading("texels per metre", round(per_m, 1), level, words),  # type: ignore[arg-type]
    )


def _tinted(plate: Seen) -> NDArray[np.uint8]:
    """The first plate with its parts in colours."""
    tint = TINTS[(plate.regions.astype(int) - 1) % len(TINTS)]
    mixed = plate.rgba[..., :3] * (1 - SHOWN_DIM) + tint * SHOWN_DIM
    rgb = np.where((plate.regions > 0)[..., None], mixed, plate.rgba[..., :3])
    return np.dstack([np.rint(rgb).astype(np.uint8), plate.rgba[..., 3]])


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise MediaError(f"{path.name} has {path.stat().st_size >> 20} MB; wanted {MAX_BYTES >> 20} at most.")
        return path.read_bytes()
    except FileNotFoundError:
        raise NotFoundError(f"{path.parent} holds no {path.name}; make the folder with `cutout --out`.") from None
