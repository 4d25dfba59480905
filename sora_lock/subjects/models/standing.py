"""Where a model stands: in metres, upright, on the floor, facing +Z.

Place in the path: subjects, under `models`, first; everything after works on the model it hands on.

glTF's own space is that already (metres, +Y up, front to +Z); files often are not, and what is done about it is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.errors import MediaError
from sora_lock.media.gltf import Model, Point
from sora_lock.records import Kind
from sora_lock.subjects.brought import MAX_METRES
from sora_lock.subjects.models.naming import FIGURE, words_of

Matrix = NDArray[np.float64]

LIKELY_M: Mapping[str, tuple[float, float, float]] = {
    "character": (0.4, 1.7, 3.0),
    "prop": (0.02, 1.0, 20.0),
    "set": (1.5, 3.0, 800.0),
}
"""Longest side (of figures: height) that needs no remark, by kind: least, what is taken when nothing fits, greatest."""
TALLEST_SET_M = 60.0
"""A set that is higher was hardly made in metres."""
UNITS: Mapping[str, float] = {"centimetres": 0.01, "millimetres": 0.001, "inches": 0.0254, "hundreds of metres": 100.0}
HEAD = 0.88
"""Part of a figure's height above which there is its head alone."""
TURNED = 0.15
"""How far behind the middle, as a part of its depth, eyes or toes must lie for a figure to be turned round."""


def standing(model: Model, kind: Kind, height_m: float | None) -> tuple[Model, tuple[str, ...]]:
    """The model in metres, upright, in the middle and (figures and props) on the floor; and what was done for it, in words.

    Args:
        height_m: of all of it, where somebody knows it.

    Raises:
        MediaError: for a height nobody has, and for what is larger than a subject of its kind may be.
    """
    said: list[str] = []
    turn = np.eye(3)
    points = np.concatenate([p.position[p.faces].reshape(-1, 3) for p in model.pieces]).astype(np.float64)
    size = np.ptp(points, axis=0)
    if kind == "character" and size[2] > 2.0 * size[1] and size[2] > 1.2 * size[0]:
        turn = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
        said.append("The figure lay along Z, as packages with Z up leave it, and was stood up.")
    if kind == "character":
        around = _turned(model, turn)
        if around:
            turn = np.diag([-1.0, 1.0, -1.0]) @ turn
            said.append("The figure faced -Z (VRM 0 and some packages do) and was turned to the camera.")
    points = points @ turn.T
    size = np.ptp(points, axis=0)
    tall = kind == "character" or height_m is not None or (kind == "set" and size[1] > TALLEST_SET_M)
    measure = float(size[1] if tall else size.max())
    if not measure > 0:
        raise MediaError("The model is flat as paper lying down, so no height can be told; bring one with a height.")
    likely = LIKELY_M[kind] if kind != "set" or not tall else (1.5, 3.0, TALLEST_SET_M)
    scale = _scale(measure, kind, likely, height_m, said)
    points = points * scale
    low, high = points.min(axis=0), points.max(axis=0)
    middle = (low + high) / 2
    if kind == "character":  # whatever is in a hand or blows behind, the head is over the mark
        head = points[points[:, 1] > low[1] + HEAD * (high[1] - low[1])]
        middle[0] = (head[:, 0].min() + head[:, 0].max()) / 2
    shift = np.array([-middle[0], -low[1], -middle[2]])
    if np.abs(points + shift).max() > MAX_METRES[kind]:
        raise MediaError(
            f"The model is {float((high - low).max()):.0f} m long; a {kind} may reach {MAX_METRES[kind]:g} m from its middle. Give --height, or cut it down."
        )
    return moved(model, scale * turn, shift), tuple(said)


def _scale(
    measure: float, kind: Kind, likely: tuple[float, float, float], height_m: float | None, said: list[str]
) -> float:
    """The factor that makes metres of a model's units."""
    least, usual, most = likely
    if height_m is not None:
        if not 0.005 <= height_m <= MAX_METRES[kind]:
            raise MediaError(f"A {kind} of {height_m:g} m cannot be; wanted 0.005 to {MAX_METRES[kind]:g} m.")
        return height_m / measure
    if least <= measure <= most:
        return 1.0
    for unit, factor in UNITS.items():
        if kind == "set" and factor > 1:  # a small set is more likely a model of one than one in huge units
            continue
        close = (1.2, 2.2) if kind == "character" else (least, most)
        if close[0] <= measure * factor <= close[1]:
            said.append(
                f"It measures {measure:.4g} and was taken to be in {unit}: {measure * factor:.2f} m. Give --height if that is wrong."
            )
            return factor
    said.append(
        f"It measures {measure:.4g}, which is no likely size of a {kind}, and was taken to be {usual:g} m. Give --height."
    )
    return usual / measure


def _turned(model: Model, turn: Matrix) -> bool:
    """Whether a figure looks to -Z: by where its eyes are in its head, else by its toes."""
    points = np.concatenate([p.position for p in model.pieces]).astype(np.float64) @ turn.T
    low, tall = points[:, 1].min(), np.ptp(points[:, 1])
    names = [f"{p.node} {p.mesh} {model.materials[p.material].name if p.material >= 0 else ''}" for p in model.pieces]
    eyes = [p.position for p, n in zip(model.pieces, names, strict=True) if FIGURE["eyes"][0] & set(words_of(n))]
    if eyes:
        at = np.concatenate(eyes).astype(np.float64) @ turn.T
        if np.ptp(at[:, 1]) < 0.12 * tall:
            head = points[points[:, 1] > at[:, 1].mean() - 0.04 * tall]
            return bool(at[:, 2].mean() < (head[:, 2].min() + head[:, 2].max()) / 2 - TURNED * np.ptp(head[:, 2]))
    feet, above = points[points[:, 1] < low + 0.03 * tall], points[points[:, 1] > low + 0.05 * tall]
    if len(feet) < 8 or len(above) < 8:
        return False
    return bool((feet[:, 2].min() + feet[:, 2].max()) / 2 < np.median(above[:, 2]) - TURNED * np.ptp(feet[:, 2]))


def moved(model: Model, linear: Matrix, shift: Matrix) -> Model:
    """The model under a similarity: `linear` [3, 3] (turn and scale), then `shift` in metres."""
    turn = linear / np.cbrt(np.linalg.det(linear))

    def directions(values: Any) -> Any:
        return None if values is None else (np.asarray(values, np.float64) @ turn.T).astype(np.float32)

    def point(at: Point) -> Point:
        x, y, z = (float(v) for v in linear @ np.asarray(at) + shift)
        return (x, y, z)

    def way(toward: Point) -> Point:
        x, y, z = (float(v) for v in turn @ np.asarray(toward))
        return (x, y, z)

    pieces = tuple(
        replace(
            p, position=(p.position.astype(np.float64) @ linear.T + shift).astype(np.float32), normal=directions(p.normal),
            tangent=None if p.tangent is None else np.hstack([directions(p.tangent[:, :3]), p.tangent[:, 3:]]),
            targets={k: (v.astype(np.float64) @ linear.T).astype(np.float32) for k, v in p.targets.items()},
        )
        for p in model.pieces
    )  # fmt: skip
    return replace(
        model, pieces=pieces, lamps=tuple(replace(x, position=point(x.position), toward=way(x.toward)) for x in model.lamps),
        cameras=tuple(replace(x, position=point(x.position), forward=way(x.forward)) for x in model.cameras),
        spots=tuple(replace(x, position=point(x.position), forward=way(x.forward)) for x in model.spots),
    )  # fmt: skip
