"""What a model of a figure has besides its surface: where its eyes and its head are, and which expressions its morph targets are.

Place in the path: subjects, under `models`, after its parts are known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.subjects.models.naming import Sorted, words_of
from sora_lock.subjects.models.soup import Soup

Floats = NDArray[np.float32]

EYES, HEAD, CHIN = 0.935, 0.075, 0.865
"""Of a figure's height: where eyes, how large a head's radius, and where the chin are when nothing tells (Loomis 1943, eight heads)."""
ARKIT: Mapping[str, Mapping[str, float]] = {
    "smile": {"mouthsmile": 1.0, "cheeksquint": 0.5, "eyesquint": 0.3, "mouthdimple": 0.3},
    "worried": {"browinnerup": 0.9, "mouthfrown": 0.5, "mouthpress": 0.3, "browdown": 0.15},
    "angry": {"browdown": 1.0, "nosesneer": 0.5, "eyesquint": 0.4, "mouthpress": 0.4, "mouthfrown": 0.3},
    "surprised": {"browinnerup": 0.9, "browouterup": 0.9, "eyewide": 0.9, "jawopen": 0.4},
    "weary": {"eyeblink": 0.4, "browinnerup": 0.3, "mouthfrown": 0.35, "eyelookdown": 0.3},
}
"""Expressions as sums of ARKit's blend shapes (Apple's names, without Left and Right, lower case)."""
PLAIN: Mapping[str, frozenset[str]] = {
    "smile": frozenset("smile smiling happy joy fun grin laugh laughing cheerful".split()),
    "worried": frozenset("worried worry sad sorrow sadness fear afraid anxious concerned".split()),
    "angry": frozenset("angry anger mad furious rage".split()),
    "surprised": frozenset("surprised surprise astonished amazed shock shocked".split()),
    "weary": frozenset("weary tired sleepy exhausted relaxed drowsy".split()),
}
"""Words in a target's own name, VRM's presets among them."""
LEAST_M = 0.0004
"""An expression moves something at least so far."""
FARTHEST_M = 1.9


def expressions(soup: Soup) -> tuple[dict[str, Floats], tuple[str, ...]]:
    """Offsets [V, 3] of the expressions that a direction can ask for, and the morph targets that say none."""
    names = {name: _key(name) for name in soup.targets}
    out: dict[str, Floats] = {}
    used: set[str] = set()
    for value, words in PLAIN.items():
        own = [n for n in soup.targets if words & set(words_of(n))]
        # a whole face is better than its pieces: "Smile" before "mouthSmileLeft", and VRM's "Fcl_ALL_Joy" before "Fcl_MTH_Joy"
        whole = [
            n
            for n in own
            if names[n] not in ARKIT["smile"] and not re.search(r"left|right|mouth|mth|brw|brow|eye", n.lower())
        ]
        if whole:
            out[value] = soup.targets[whole[0]]
            used.add(whole[0])
            continue
        recipe = ARKIT[value]
        parts = [(n, recipe[names[n]]) for n in soup.targets if names[n] in recipe]
        if max((weight for _, weight in parts), default=0.0) >= 0.9:
            out[value] = np.sum([np.float32(w) * soup.targets[n] for n, w in parts], axis=0).astype(np.float32)
            used |= {n for n, _ in parts}
        elif own:
            out[value] = np.sum([soup.targets[n] for n in own], axis=0).astype(np.float32)
            used |= set(own)
    kept = {
        value: np.clip(offset, -FARTHEST_M, FARTHEST_M)
        for value, offset in out.items()
        if float(np.abs(offset).max()) > LEAST_M
    }
    return kept, tuple(n for n in soup.targets if n not in used)


def _key(name: str) -> str:
    """A target's name as `ARKIT` spells it: "mouthSmile_L", "MouthSmileLeft" and "mouthSmile_R" are one."""
    last = re.split(r"[.:]", name)[-1]
    bare = re.sub(r"(_?[LR]|Left|Right|left|right)$", "", last)
    return re.sub(r"[^a-z]", "", bare.lower())


def framing(soup: Soup, told: Sorted) -> dict[str, Any]:
    """`eye_m`, `head_m`, `head_radius_m`, `height_m` of a figure that stands on the floor."""
    points = soup.position[np.unique(soup.faces)]
    tall = float(points[:, 1].max())
    named = [
        k
        for k, p in enumerate(told.parts)
        if "expression" in p["attributes"] and {"eye", "eyes", "eyeball", "eyeballs"} & set(words_of(p["name"]))
    ]
    eyes = soup.position[np.unique(soup.faces[np.isin(told.part, named)])] if named else points[:0]
    if len(eyes) and np.ptp(eyes[:, 1]) < 0.1 * tall:
        low, high = eyes.min(axis=0), eyes.max(axis=0)
        eye = [float((low[0] + high[0]) / 2), float((low[1] + high[1]) / 2), float(high[2])]
    else:
        y = EYES * tall
        near = points[np.abs(points[:, 1] - y) < 0.03 * tall]
        head = near if len(near) else points
        middle = float(np.median(head[:, 0]))
        slim = head[np.abs(head[:, 0] - middle) < 0.04 * tall]
        eye = [middle, y, float((slim if len(slim) else head)[:, 2].max()) - 0.012 * tall]
    radius = min(HEAD * tall, max(0.02, 0.85 * (tall - eye[1]) + 0.02 * tall))
    above = points[points[:, 1] > eye[1] - 0.3 * radius]
    depth = float((above[:, 2].min() + above[:, 2].max()) / 2) if len(above) else eye[2]
    return {
        "eye_m": [round(v, 4) for v in eye],
        "head_m": [round(eye[0], 4), round(eye[1] + 0.1 * radius, 4), round(depth, 4)],
        "head_radius_m": round(radius, 4),
        "height_m": round(tall, 4),
    }


def by_height(soup: Soup, told: Sorted) -> Sorted:
    """The parts of a figure whose names tell none: what is above the chin is its head, the rest its body."""
    points = soup.position[np.unique(soup.faces)]
    above = soup.position[soup.faces].mean(axis=1)[:, 1] > CHIN * float(points[:, 1].max())
    return Sorted(
        (
            {"name": "head", "attributes": ["face", "expression", "hair"]},
            {"name": "body", "attributes": ["wardrobe", "body"]},
        ),
        np.where(above, 0, 1).astype(np.uint8),
        False,
    )
