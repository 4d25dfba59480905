"""The folder that `cutout` writes of a GLB model: the subject that was made of it, seen from some sides, and how ready it is.

Place in the path: subjects, under `models`, on top; `subjects.packed` writes it and reads it back.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.records import Kind, Reading
from sora_lock.subjects.baked import BakedSubject
from sora_lock.subjects.brought import pack
from sora_lock.subjects.models.seen import seen
from sora_lock.subjects.packed import Plate, write_packed

WHOLE_PER_M = {"character": (900.0, 350.0), "prop": (700.0, 250.0), "set": (160.0, 60.0)}
"""Texels a metre from which textures are good and fair, by kind: what a close-up, or a wide shot of a place, shows of them at 960x540."""
TINTS = np.array(
    [(232, 176, 79), (156, 123, 208), (79, 155, 208), (111, 176, 127), (205, 110, 110), (150, 150, 150)], np.float32
)
"""Colours in which parts are told apart, over and over."""
SHOWN_DIM = 0.45


def write_model(folder: Path, data: bytes, kind: Kind, height_m: float | None = None) -> dict[str, Any]:
    """Brings a GLB and writes its folder (`packed`), with a picture of its parts; nothing is written before all of it is made.

    Returns:
        `kind`, `notes`, `triangles`, `side` of the atlas in px, `expressions`, names of `parts` and `height_m` of what was made.

    Raises:
        MediaError: as `bring.bring`.
    """
    from sora_lock.subjects.models.bring import bring

    brought = bring(data, kind, "model", height_m)
    archive, subject = pack(brought.parts)
    plates = seen(subject)
    write_packed(
        folder, "model", archive, subject, plates,
        shown=[("parts", _tinted(plates[0]), "names in the file")], notes=brought.notes,
        made_by={"reflectance": "the model's own materials", "normal": "the model's own shape"}, readiness=readings(subject),
    )  # fmt: skip
    return {
        "kind": kind, "notes": list(brought.notes), "triangles": len(subject.faces), "side": brought.parts.reflectance.shape[0],
        "expressions": sorted(subject.expressions), "parts": [p["name"] for p in subject.info["parts"]],
        "height_m": round(float(np.ptp(subject.rest[:, 1])), 3),
    }  # fmt: skip


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


def _tinted(plate: Plate) -> NDArray[np.uint8]:
    """The first plate with its parts in colours."""
    tint = TINTS[(plate.regions.astype(int) - 1) % len(TINTS)]
    mixed = plate.rgba[..., :3] * (1 - SHOWN_DIM) + tint * SHOWN_DIM
    rgb = np.where((plate.regions > 0)[..., None], mixed, plate.rgba[..., :3])
    return np.dstack([np.rint(rgb).astype(np.uint8), plate.rgba[..., 3]])
