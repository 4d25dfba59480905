"""Normals of a render brought to camera space: by the camera of its header, or by the turn that best fits them to the shape its depth tells.

Place in the path: subjects, under `render`. Packages write normals in world space, right- or left-handed, z-up or y-up, and few of them write the camera; but the slopes
of the depth are normals too, in camera space, and one rotation (or rotation and mirroring) brings the ones to the others (Kabsch 1976). An unknown focal
length is found on the way: only at the true one do the two agree.

Camera space: +X right, +Y up, +Z to the camera. Focal lengths in px, principal point in the picture's middle.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from sora_lock.errors import MediaError

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Matrix = NDArray[np.float64]

MOST_DEG = 25.0
"""Median angle between normals and depth's slopes above which the two do not belong together; bump maps and smoothed shading differ by some 10."""
AS_GOOD_DEG = 1.0
"""A camera that is known, or none, counts as right within this of the best fit."""
MOST_SAMPLES, LEAST_SAMPLES = 20_000, 200
REACH_PX = 2
"""Slopes are taken over this distance to either side: depth in half is coarse."""
FOCALS = np.geomspace(0.4, 8.0, 25)
"""Focal lengths that are tried, as parts of the longer side: 103 to 7 degrees."""


@dataclass(frozen=True)
class Turned:
    """Normals in camera space.

    Attributes:
        normal: float32 [H, W, 3], unit length where the layer says something, else 0.
        focal_px: the focal length that was given or found; None when there was nothing to find it by.
        off_deg: median angle to the slopes of depth; None without depth.
        words: how it was done, for people.
    """

    normal: Floats
    focal_px: float | None
    off_deg: float | None
    words: str


def slopes(depth: Floats, focal_px: float) -> Floats:
    """Unit normals [H, W, 3] of the surface that planar depth [H, W] shows; 0 at steps in depth and where depth is nothing."""
    height, width = depth.shape
    y, x = np.mgrid[:height, :width] + 0.5
    rays = np.stack([(x - width / 2) / focal_px, -(y - height / 2) / focal_px, -np.ones_like(x)], axis=-1)
    there = np.isfinite(depth) & (depth > 0)
    points = rays * np.where(there, depth, 0.0)[..., None]
    r = REACH_PX
    out = np.zeros((height, width, 3), np.float32)
    middle = np.s_[r:-r, r:-r]
    near, far = depth[middle], depth[middle]
    solid = there[middle].copy()
    for side in (np.s_[r:-r, 2 * r :], np.s_[r:-r, : -2 * r], np.s_[2 * r :, r:-r], np.s_[: -2 * r, r:-r]):
        solid &= there[side]
        near, far = np.minimum(near, depth[side]), np.maximum(far, depth[side])
    across = points[r:-r, 2 * r :] - points[r:-r, : -2 * r]
    up = points[: -2 * r, r:-r] - points[2 * r :, r:-r]
    normal = np.cross(across, up)
    length = np.linalg.norm(normal, axis=2)
    # Over a step, depth changes by more than any surface that is still seen would.
    with np.errstate(invalid="ignore"):
        solid &= (length > 0) & (far - near < 6 * 2 * r * near / focal_px)
    out[middle] = np.where(solid[..., None], normal / np.maximum(length, 1e-12)[..., None], 0)
    return out


def turned(
    normal: Floats, depth: Floats | None, inside: Bools, focal_px: float | None, world_to_camera: Matrix | None
) -> Turned:
    """Normals of any space in camera space.

    Args:
        normal: float32 [H, W, 3], of any length above 0.2.
        depth: float32 [H, W], planar, in any unit; not finite or not above 0 where there is nothing.
        inside: bool [H, W], the pixels that count.
        focal_px: where it is known.
        world_to_camera: 4x4, of row vectors, as an OpenEXR header has it.

    Raises:
        MediaError: when they fit neither depth nor camera, or there is nothing to tell their space by.
    """
    length = np.linalg.norm(normal, axis=2)
    said = np.isfinite(length) & (length > 0.2)
    unit = np.where(said[..., None], normal / np.maximum(length, 1e-6)[..., None], 0).astype(np.float32)
    known = _known(world_to_camera)
    if depth is None:
        return _without_depth(unit, said & inside, focal_px, known, world_to_camera is not None)
    focals = [focal_px] if focal_px else [float(f) * max(depth.shape) for f in FOCALS]
    best: tuple[float, float, Matrix] | None = None
    for focal in focals:
        found = _tried(unit, depth, said & inside, focal)
        if best is None or (found is not None and found[0] < best[0]):
            best = found
    if best is None:
        raise MediaError(
            "The depth shows too little of a surface to tell the space of the normals by. Check its units and the matte, or render the normals in camera space."
        )
    if not focal_px:
        step = float(FOCALS[1] / FOCALS[0])
        for _ in range(5):
            step = step**0.5
            for focal in (best[1] / step, best[1] * step):
                near = _tried(unit, depth, said & inside, focal)
                best = near if near is not None and near[0] < best[0] else best
    off, focal, turn = best
    if off > MOST_DEG:
        raise MediaError(
            f"The normals do not fit the depth: {off:.0f} degrees apart at best, wanted {MOST_DEG:.0f} or less. Render both "
            "from one camera, depth planar and not inverted; or bring normals in camera space with --normal."
        )
    target = slopes(depth, focal)
    use = said & inside & (np.abs(target).max(axis=2) > 0)
    words = f"normals brought to camera space by fitting them to the depth ({off:.1f} degrees off)"
    for matrix, source in known:
        there = _off_deg(unit[use], target[use], matrix)
        if there <= off + AS_GOOD_DEG:
            turn, off = matrix, there
            words = f"normals {source} ({off:.1f} degrees from the depth's slopes)"
            break
    values = (unit @ turn.T.astype(np.float32)).astype(np.float32)
    return Turned(values, focal, off, words)


def _known(world_to_camera: Matrix | None) -> list[tuple[Matrix, str]]:
    """Turns that need no fit: none at all, single axes the other way round, and the header's camera in both its handednesses."""
    flips = [np.diag(s).astype(np.float64) for s in product((1, -1), repeat=3)]
    made = [(flips[0], "are in camera space")]
    if world_to_camera is not None:
        turn = np.asarray(world_to_camera, np.float64)[:3, :3].T
        scale = np.cbrt(abs(np.linalg.det(turn)))
        if scale > 1e-9:
            turn = turn / scale
            for flip in (flips[0], flips[1]):
                made.append((flip @ turn, "brought to camera space by the camera in the header"))
    made += [(flip, "are in camera space, with an axis the other way round") for flip in flips[1:4]]
    return made


def _without_depth(
    unit: Floats, use: Bools, focal_px: float | None, known: list[tuple[Matrix, str]], camera: bool
) -> Turned:
    """By the header's camera, else as they are where they face the camera: what is seen does."""
    tried = known[1:3] if camera else known[:1]
    for matrix, source in tried:
        values = (unit @ matrix.T.astype(np.float32)).astype(np.float32)
        if use.any() and float((values[use][:, 2] > -0.05).mean()) > 0.95:
            return Turned(values, focal_px, None, f"normals {source}")
    raise MediaError(
        "The normals are not in camera space, and neither a depth layer nor a camera in the header tells how to turn them. "
        "Render a depth layer too, or the normals in camera space."
    )


def _tried(unit: Floats, depth: Floats, use: Bools, focal_px: float) -> tuple[float, float, Matrix] | None:
    """Median angle, focal length and turn of the best fit at a focal length; None where depth tells too little."""
    target = slopes(depth, focal_px)
    at = np.flatnonzero((use & (np.abs(target).max(axis=2) > 0)).ravel())
    if len(at) < LEAST_SAMPLES:
        return None
    at = at[:: -(-len(at) // MOST_SAMPLES)]
    source, wanted = unit.reshape(-1, 3)[at].astype(np.float64), target.reshape(-1, 3)[at].astype(np.float64)
    best: tuple[float, float, Matrix] | None = None
    for mirrored in (False, True):
        weight = np.ones(len(at))
        for _ in range(4):
            turn = _kabsch(source, wanted, weight, mirrored)
            apart = 1 - np.sum(source @ turn.T * wanted, axis=1)
            weight = 1 / (1 + np.square(apart / 0.05))  # steps and bumps count less
        off = _off_deg(source, wanted, turn)
        # A flat or barely bent surface fits mirrored as well: then it is not.
        if best is None or off < best[0] - 0.5:
            best = (off, focal_px, turn)
    return best


def _kabsch(source: Matrix, wanted: Matrix, weight: Matrix, mirrored: bool) -> Matrix:
    """The rotation (with a mirroring, where wanted) that brings source [N, 3] closest to wanted [N, 3]."""
    u, _, v = np.linalg.svd((wanted * weight[:, None]).T @ source)
    sign = np.sign(np.linalg.det(u @ v)) * (-1 if mirrored else 1)
    return np.asarray(u @ np.diag([1.0, 1.0, sign]) @ v, np.float64)


def _off_deg(source: NDArray[np.floating], wanted: NDArray[np.floating], turn: Matrix) -> float:
    """Median angle between turned source [N, 3] and wanted [N, 3]."""
    return float(np.degrees(np.median(np.arccos(np.clip(np.sum(source @ turn.T * wanted, axis=1), -1, 1)))))
