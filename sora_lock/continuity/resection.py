"""From points in space and where a frame shows them to the camera that took it.

Place in the path: beneath register. A first camera by three-point poses over a ladder of focal lengths (OpenCV's RANSAC), a better one by
Gauss-Newton with Cauchy weights over pose and focal length. Principal point in the middle, square pixels, no distortion.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sora_lock.camera import Camera

Floats = NDArray[np.float32]

FIELDS_DEG = (9.0, 13.0, 17.0, 20.5, 24.0, 28.0, 32.0, 36.5, 42.0, 50.0, 62.0)
"""Vertical fields of view that are tried."""
NEAR_PX = 5.0
"""How far a point may lie from its place to speak for a first camera, on a raster 540 px wide."""
LEAST = 8
"""Points that must speak for a camera."""

# Camera space here is +X right, +Y up, +Z back; OpenCV's is +Y down, +Z ahead.
_FLIP = np.diag([1.0, -1.0, -1.0])


def first_cameras(points_m: Floats, px: Floats, width: int, height: int, focal_px: float | None = None) -> list[Camera]:
    """Cameras that points agree on, the best supported first; few points, or points in one plane, leave several focal lengths open.

    Args:
        points_m: float32 [N, 3].
        px: float32 [N, 2], pixel centres at .5.
        focal_px: when it is known; else a ladder is tried.
    """
    import cv2

    if len(points_m) < LEAST:
        return []
    near = NEAR_PX * width / 540
    found = []
    ladder = [focal_px] if focal_px else [height / 2 / math.tan(math.radians(d) / 2) for d in FIELDS_DEG]
    for focal in ladder:
        inner = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1.0]])
        cv2.setRNGSeed(7)
        solved, turn, move, kept = cv2.solvePnPRansac(
            points_m.astype(np.float64), px.astype(np.float64), inner, None,
            iterationsCount=1000, reprojectionError=near, confidence=0.999, flags=cv2.SOLVEPNP_AP3P,
        )  # fmt: skip
        if not solved or kept is None or len(kept) < LEAST:
            continue
        matrix = _FLIP @ cv2.Rodrigues(turn)[0]
        camera = _camera(matrix, -matrix.T @ (_FLIP @ move[:, 0]), focal, width, height)
        camera = refined(camera, points_m, px, np.ones(len(px), np.float32), near, zoom=False)
        away = np.linalg.norm(camera.project(points_m)[0] - px, axis=1)
        found.append((int((away < near).sum()), camera))
    found.sort(key=lambda f: -f[0])
    return [camera for count, camera in found if count >= max(LEAST, 0.6 * found[0][0])]


def _camera(matrix: NDArray[np.float64], place: NDArray[np.float64], focal: float, width: int, height: int) -> Camera:
    rows = tuple((float(r[0]), float(r[1]), float(r[2])) for r in matrix)
    return Camera(
        (float(place[0]), float(place[1]), float(place[2])), rows, float(focal), (width / 2, height / 2), width, height
    )


def refined(
    camera: Camera, points_m: Floats, px: Floats, trust: Floats, spread_px: float, zoom: bool, rounds: int = 12
) -> Camera:
    """The camera nearby that shows points [N, 3] best at their places [N, 2].

    Args:
        trust: float32 [N], weights.
        spread_px: scale of the Cauchy weights: what lies much further off counts little.
        zoom: whether the focal length may change, too.
    """
    turn = np.asarray(camera.rotation, np.float64)
    place = np.asarray(camera.position_m, np.float64)
    focal = camera.focal_px
    cx, cy = camera.centre_px
    points, goal = points_m.astype(np.float64), px.astype(np.float64)
    damping = 1e-4
    cost = math.inf
    before = turn, place, focal
    step = np.zeros(7)
    for _ in range(rounds):
        p = (points - place) @ turn.T
        d = np.maximum(-p[:, 2], 1e-3)
        x, y = focal * p[:, 0] / d, -focal * p[:, 1] / d
        rest = goal - np.stack([x + cx, y + cy], axis=1)
        away = (rest**2).sum(axis=1) / spread_px**2
        now = float((trust * np.log1p(away)).sum())
        if now > cost:
            turn, place, focal = before
            damping *= 10
            cost = math.inf
            if damping > 1e3:
                break
            continue
        done = cost - now < 1e-7 * max(cost, 1e-9)
        cost, before = now, (turn, place, focal)
        if done:
            break
        weight = trust / (1 + away)
        zero, one = np.zeros(len(p)), np.ones(len(p))
        # of x and y by camera-space point, then by turn and move of camera space and the logarithm of the focal length
        by_x = np.stack([focal / d, zero, focal * p[:, 0] / d**2], axis=1)
        by_y = np.stack([zero, -focal / d, -focal * p[:, 1] / d**2], axis=1)
        turned = np.stack(
            [
                np.stack([zero, p[:, 2], -p[:, 1]], axis=1),
                np.stack([-p[:, 2], zero, p[:, 0]], axis=1),
                np.stack([p[:, 1], -p[:, 0], zero], axis=1),
            ],
            axis=1,
        )
        rows = []
        for by, value in ((by_x, x), (by_y, y)):
            rows.append(np.concatenate([np.einsum("nj,njk->nk", by, turned), by, (value * one)[:, None]], axis=1))
        jacobian = np.stack(rows, axis=1)
        if not zoom:
            jacobian[:, :, 6] = 0
        normal = np.einsum("n,nij,nik->jk", weight, jacobian, jacobian)
        right = np.einsum("n,nij,ni->j", weight, jacobian, rest)
        normal += damping * np.diag(np.diag(normal)) + 1e-9 * np.eye(7) * max(1.0, float(np.trace(normal)))
        step = np.linalg.solve(normal, right)
        small = _rodrigues(step[:3])
        # the step moves camera space: p' = small p + move
        turn, place = small @ turn, place - turn.T @ (small.T @ step[3:6])
        focal = focal * math.exp(max(-0.3, min(0.3, float(step[6]))))
        damping = max(1e-6, damping / 3)
    turn, place, focal = before
    left, _, right_ = np.linalg.svd(turn)
    turn = left @ right_
    return replace(
        camera,
        position_m=(float(place[0]), float(place[1]), float(place[2])),
        rotation=tuple((float(r[0]), float(r[1]), float(r[2])) for r in turn),
        focal_px=float(focal),
    )


def _rodrigues(turn: NDArray[np.float64]) -> NDArray[np.float64]:
    angle = float(np.linalg.norm(turn))
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = turn / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross)
