"""Wardrobe colour: a garment that is free takes another dye, and keeps its folds, its weave and its pattern.

Place in the path: comp, between stage and light; the one place where comp changes reflectance, and only of regions whose wardrobe is
not held. A dye replaces colour and keeps tone: `R' = dye * luma(R) / tone`, with `tone` the garment's mean luma by area.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from sora_lock.colour import LUMA
from sora_lock.engines.comp.stage import Body, Samples
from sora_lock.records import Direction

Rgb = tuple[float, float, float]
DYES: Mapping[str, Rgb] = {
    "red": (0.36, 0.020, 0.022), "orange": (0.52, 0.14, 0.018), "yellow": (0.58, 0.38, 0.035), "green": (0.030, 0.16, 0.050),
    "teal": (0.018, 0.17, 0.18), "blue": (0.022, 0.060, 0.26), "purple": (0.13, 0.030, 0.20), "pink": (0.58, 0.17, 0.27),
    "brown": (0.15, 0.072, 0.035), "black": (0.014, 0.014, 0.016), "grey": (0.19, 0.19, 0.19), "white": (0.68, 0.67, 0.64),
}  # fmt: skip
"""Reflectance of each dye, linear Rec.709, of cloth as it is sold."""
TONES = (0.25, 2.4)
"""How far a texel's tone may lie from the garment's, as a factor: a white thread in a black coat stays a thread."""
GARMENTS: Mapping[str, tuple[str, ...]] = {
    "coat": ("coat", "overcoat", "raincoat"), "jacket": ("jacket",), "jumper": ("jumper", "sweater", "pullover", "knit"),
    "rollneck": ("rollneck", "sweater", "jumper", "knit"), "cardigan": ("cardigan", "knit"), "shirt": ("shirt", "blouse"),
    "trousers": ("trousers", "jeans"), "waistcoat": ("waistcoat", "vest"), "dress": ("dress", "skirt"), "scarf": ("scarf",),
}  # fmt: skip
"""What people call the parts of a figure."""


@dataclass(frozen=True)
class Dye:
    """A colour for one region.

    Attributes:
        region: its number in plates.
        rgb: reflectance of the dye; tone: mean luma of what it replaces.
        evolves: whether it comes over the clip rather than from its first frame.
    """

    region: int
    rgb: Rgb
    tone: float
    evolves: bool


def garment(body: Body, words: str) -> int | None:
    """The part of a figure that words name ("a red coat"), else its largest garment; None for who wears none.

    A picture of which nobody painted the parts is one part for all: what it wears cannot be told from who wears it.
    """
    parts = body.subject.info["parts"]
    worn = [k for k in range(len(parts)) if is_garment(parts[k]["attributes"])]
    if not worn:
        return None
    said = set(words.casefold().replace("-", " ").split())
    named = [k for k in worn if said & set(GARMENTS.get(parts[k]["name"], (parts[k]["name"],)))]
    area = _areas(body)
    return max(named or worn, key=lambda k: float(area[body.subject.part == k].sum()))


def is_garment(attributes: Sequence[str]) -> bool:
    """Whether a part of these attributes is worn, and nothing but worn."""
    return "wardrobe" in attributes and not {"face", "hair"} & set(attributes)


def _areas(body: Body) -> np.ndarray:
    p = body.subject.rest[body.subject.faces].astype(np.float64)
    return np.asarray(np.linalg.norm(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), axis=1))


def tone(body: Body, part: int) -> float:
    """Mean luma of a part's reflectance, by area in space."""
    mine = body.subject.part == part
    middle = body.subject.st[body.subject.faces[mine]].mean(axis=1)
    st = np.column_stack([middle, np.full(len(middle), 2.0)]).astype(np.float32)
    luma = body.reflectance.sample(st) @ LUMA
    return float(np.average(luma, weights=_areas(body)[mine]))


def dyes(direction: Direction, cast: Sequence[Body], policies: Sequence[Mapping[str, str]]) -> tuple[Dye, ...]:
    """The dyes of a direction, for everyone whose wardrobe is free or evolves."""
    out = []
    for chip in direction.chips:
        if chip.axis != "wardrobe" or chip.amount <= 0 or chip.value not in DYES:
            continue
        for body, policy in zip(cast, policies, strict=True):
            part = garment(body, chip.words) if policy.get("wardrobe", "hold") != "hold" else None
            if part is not None:
                evolves = policy["wardrobe"] == "evolve"
                out.append(Dye(body.first_region + part, DYES[chip.value], max(tone(body, part), 1e-3), evolves))
    return tuple(out)


def dyed(samples: Samples, wanted: Sequence[Dye], done: float) -> Samples:
    """Samples with their dyes; `done` 0..1 is how far those are that evolve."""
    if not wanted:
        return samples
    reflectance = samples.reflectance.clone()
    luma = torch.from_numpy(LUMA)
    for dye in wanted:
        at = (samples.region == dye.region).nonzero()[:, 0]
        if len(at):
            old = samples.reflectance.index_select(1, at)
            tones = ((luma @ old) / dye.tone).clamp(*TONES)
            new = (torch.tensor(dye.rgb)[:, None] * tones).clamp(max=0.92)
            reflectance[:, at] = old + (new - old) * (done if dye.evolves else 1.0)
    return replace(samples, reflectance=reflectance)
