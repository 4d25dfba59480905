"""What shines in a set: its lamps and glowing parts as practicals, its panes as windows, its directional light as the sun.

Place in the path: subjects, under `models`, once surfaces are baked, which tells what glows where.

glTF's intensities (candela, lux, nits) are used for how lamps compare to one another only: exposure is the rig's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.media.gltf import Lamp, Model
from sora_lock.subjects.models.bake import Baked
from sora_lock.subjects.models.naming import Sorted, is_pane, plain, split
from sora_lock.subjects.models.place import Mark
from sora_lock.subjects.models.soup import Soup

MOST = 8
"""Practicals of a set at most: each costs shadows."""
NEAR_M = 0.7
"""A glowing part so near to a lamp is what that lamp looks like."""
GLOWS, BRIGHT = 0.15, 0.35
"""Emitted light from which a triangle glows, and its part of the brightest of its part's from which it is told apart."""
SWITCHED = (
    "lamp",
    "pendant",
    "hood",
    "bulkhead",
    "porch",
    "sign",
    "neon",
    "streetlamp",
    "street",
    "headlights",
    "string",
    "bulbs",
    "windows",
)
"""First words of practicals that a direction can switch (`engines.comp.rigs.SWITCHES`)."""
SUN = {"azimuth_deg": 38.0, "elevation_deg": 40.0}
"""Where the sun stands when the model does not say, its azimuth counted from the first mark's camera."""
PANE_M = 0.2
"""How far inside a pane its light stands, so that walls beside it get some."""
DAYLIGHT = [0.82, 0.92, 1.0]


@dataclass(frozen=True, eq=False)
class Shining:
    """Parts with `emission` and `window`, practicals and sun as `subject.json` has them; unshaded: bool [T], what casts no shadow."""

    told: Sorted
    practicals: dict[str, Any]
    sun: dict[str, float]
    unshaded: NDArray[np.bool_]
    said: tuple[str, ...]


def shining(model: Model, soup: Soup, told: Sorted, baked: Baked, first: Mark, closed: bool) -> Shining:
    """Lamps, glowing parts, panes and sun of a set, whose first mark is `first`; panes only of a closed one."""
    said: list[str] = []
    practicals = _punctual([x for x in model.lamps if x.kind in ("point", "spot")], said)
    centre = soup.position[soup.faces].mean(axis=1)
    areas = soup.areas
    most = np.zeros(len(told.parts))
    np.maximum.at(most, told.part, baked.glow)
    glows = (baked.glow > GLOWS) & (baked.glow > BRIGHT * most[told.part])
    told = split(told, glows, "glow")
    parts = [dict(p) for p in told.parts]
    for k in np.argsort([-float((areas * baked.glow)[glows & (told.part == i)].sum()) for i in range(len(parts))]):
        own = glows & (told.part == k)
        if not own.any():
            continue
        at = np.average(centre[own], axis=0, weights=areas[own])
        rgb = np.average(baked.glow_rgb[own], axis=0, weights=areas[own])
        rgb = rgb / max(float(rgb.max()), 1e-6)
        name = _nearest(practicals, at)
        if name is None and len(practicals) < MOST:
            name = _called(parts[k]["name"], rgb, practicals)
            spread = float(np.sqrt(areas[own].sum() / np.pi))
            practicals[name] = _practical(
                at + _outward(soup, own) * 0.06, rgb, 0.8, min(0.5, max(0.05, spread / 2)), name
            )
        if name is None:
            said.append(f"“{parts[k]['name']}” glows, and only {MOST} lamps can burn; it stays dark.")
            continue
        parts[k]["emission"] = {
            "practical": name,
            "rgb": [round(float(v), 3) for v in rgb],
            "gain": _gain(float(areas[own].sum())),
        }
    panes = np.zeros(len(soup.faces), bool)
    if closed:
        for k, part in enumerate(parts):
            own = told.part == k
            made_of = soup.materials[int(np.bincount(soup.material[own]).argmax())].name if own.any() else ""
            if own.any() and "emission" not in part and is_pane(part["name"], made_of):
                part["window"], part["attributes"] = True, ["surfaces", "layout"]
                panes |= own
                if len(practicals) < MOST:
                    at = np.average(centre[own], axis=0, weights=areas[own])
                    inward = np.asarray(first.position_m) + np.array([0, 1.2, 0]) - at
                    at = at + inward * (PANE_M / max(float(np.linalg.norm(inward)), PANE_M))
                    name = (
                        "window"
                        if "window" not in practicals
                        else f"window {1 + sum(n.startswith('window') for n in practicals)}"
                    )
                    practicals[name] = {
                        **_practical(at, np.asarray(DAYLIGHT), _pane_power(float(areas[own].sum())), 0.5, name),
                        "kind": "window",
                    }
    return Shining(
        Sorted(tuple(parts), told.part, told.known),
        practicals,
        _sun(model.lamps, first.camera_deg),
        glows | panes,
        tuple(said),
    )


def _punctual(lamps: Sequence[Lamp], said: list[str]) -> dict[str, Any]:
    """Point and spot lights as practicals, the brightest first; a spot's cone is not kept."""
    out: dict[str, Any] = {}
    if not lamps:
        return out
    brightest = max(max(x.intensity * max(x.rgb) for x in lamps), 1e-9)
    for x in sorted(lamps, key=lambda x: -x.intensity * max(x.rgb))[:MOST]:
        rgb = np.asarray(x.rgb) / max(max(x.rgb), 1e-6)
        power = float(np.clip(math.sqrt(max(x.intensity * max(x.rgb), 0.0) / brightest), 0.2, 1.0))
        name = _called(x.name, rgb, out)
        out[name] = _practical(np.asarray(x.position), rgb, power, 0.1, x.name or name)
    if len(lamps) > MOST:
        said.append(f"Of {len(lamps)} lamps the {MOST} brightest burn.")
    if any(x.kind == "spot" for x in lamps):
        said.append("Spot lights shine all around here: their cones are not kept.")
    return out


def _practical(at: Any, rgb: Any, power: float, radius_m: float, label: str) -> dict[str, Any]:
    return {
        "position_m": [round(float(v), 4) for v in at], "rgb": [round(float(v), 3) for v in rgb], "power": round(power, 3),
        "kind": "neon" if _saturated(rgb) else "lamp", "radius_m": round(radius_m, 3), "default_on": True, "label": label,
    }  # fmt: skip


def _saturated(rgb: Any) -> bool:
    """Whether light has the colour of a tube rather than of a flame or a bulb, whose blue is least."""
    r, g, b = (float(v) for v in rgb)
    return min(r, g, b) < 0.35 * max(r, g, b) and (g < 0.35 * r or g > r or b > g)


def _called(said: str, rgb: Any, given: Mapping[str, Any]) -> str:
    """A name that a direction can switch: the author's where its first word is one, else lamp or neon."""
    words = plain(said).split()
    start = next((k for k, w in enumerate(words) if w in SWITCHED), None)
    name = " ".join(words[start:])[:24] if start is not None else "neon" if _saturated(rgb) else "lamp"
    if name not in given:
        return name
    number = 2
    while f"{name} {number}" in given:
        number += 1
    return f"{name} {number}"


def _nearest(practicals: Mapping[str, Any], at: Any) -> str | None:
    """The practical within reach of a glowing part, if there is one."""
    far = {n: math.dist(p["position_m"], at) for n, p in practicals.items()}
    name = min(far, key=lambda n: far[n], default=None)
    return name if name is not None and far[name] < NEAR_M else None


def _outward(soup: Soup, own: NDArray[np.bool_]) -> Any:
    """Where most of some triangles look, so that a lamp stands before them; nought for what glows all around."""
    p = soup.position[soup.faces[own]].astype(np.float64)
    n = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    whole = n.sum(axis=0)
    return whole / max(float(np.linalg.norm(n, axis=1).sum()), 1e-12)


def _gain(square_m: float) -> float:
    """How bright a part looks that glows: a bulb outshines a panel."""
    return round(float(np.clip(3.0 / math.sqrt(square_m * 10 + 0.1), 1.2, 7.0)), 2)


def _pane_power(square_m: float) -> float:
    """How much light a pane lets in, by its size; the shipped kitchen's window has 1.3."""
    return float(np.clip(0.75 * math.sqrt(square_m), 0.35, 1.3))


def _sun(lamps: Sequence[Lamp], camera_deg: float) -> dict[str, float]:
    suns = [x for x in lamps if x.kind == "directional" and x.toward[1] < -0.05]
    if not suns:
        return {"azimuth_deg": round(camera_deg + SUN["azimuth_deg"], 1), "elevation_deg": SUN["elevation_deg"]}
    x, y, z = (-v for v in max(suns, key=lambda s: s.intensity).toward)
    return {
        "azimuth_deg": round(math.degrees(math.atan2(x, z)), 1),
        "elevation_deg": round(min(80.0, max(6.0, math.degrees(math.asin(y)))), 1),
    }
