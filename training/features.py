"""What a linear probe reads of a picture: colours, haze, and edges by direction, as a few thousand numbers.

Place in the path: training, under `probe`. Plain measures, nothing learned, so that a probe says nothing of the model that it judges. Edges are counted by
direction in cells, as in histograms of oriented gradients (Dalal and Triggs 2005), at three sizes; haze by the darkest channel in windows (He et al. 2009).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sora_lock.continuity.plates import LUMA

Floats = NDArray[np.float32]
DIRECTIONS = 8
CELLS = (6, 4)
"""Across and down."""
WINDOW = np.ones((9, 9), np.uint8)


def features(rgb: NDArray[np.uint8]) -> Floats:
    """The features of a picture uint8 [H, W, 3], float32 [N]; N is the same for every size."""
    share = rgb.astype(np.float32) / 255
    luma = share @ LUMA
    out = [*_colours(rgb, share, luma), *_haze(share)]
    for shrunk in (1, 2, 4):
        out += _edges(cv2.resize(np.log(luma + 0.02), None, fx=1 / shrunk, fy=1 / shrunk, interpolation=cv2.INTER_AREA))
    fine = np.abs(cv2.Laplacian(luma, cv2.CV_32F))
    out += [np.log(_shrunk(fine, (8, 5)) + 1e-3), np.array([np.mean(fine > least) for least in (0.02, 0.05, 0.1, 0.2)])]
    return np.concatenate([np.ravel(part) for part in out]).astype(np.float32)


def _shrunk(values: Floats, size: tuple[int, int]) -> Floats:
    """Means over a grid, `size` cells across and down."""
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)


def _colours(rgb: NDArray[np.uint8], share: Floats, luma: Floats) -> list[Floats]:
    """Where which colour is, coarsely, and how often each is; a root of the counts, as usual for histograms."""
    light = np.log(share**2.2 + 0.004)
    chroma = np.stack([light[..., 0] - light[..., 1], light[..., 2] - light[..., 1]], axis=-1)
    hue, saturation, value = (
        plane.astype(np.float32) for plane in np.moveaxis(cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV), -1, 0)
    )
    counts = [np.histogram(luma, 16, (0, 1))[0], np.histogram(saturation, 8, (0, 256))[0]]
    counts += [np.histogram(share[..., k], 12, (0, 1))[0] for k in range(3)]
    counts.append(np.histogram(hue, 18, (0, 180), weights=saturation * value / 255**2)[0])
    area = luma.size
    return [
        _shrunk(light, (16, 9)),
        _shrunk(chroma, (8, 5)),
        *(np.sqrt(c / area) for c in counts),
        np.quantile(luma, (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)),
    ]


def _haze(share: Floats) -> list[Floats]:
    """Darkest and brightest of small windows: fog leaves nothing dark, a lamp something bright."""
    return [
        _shrunk(cv2.erode(share.min(axis=-1), WINDOW), (8, 5)),
        _shrunk(cv2.dilate(share.max(axis=-1), WINDOW), (8, 5)),
    ]


def _edges(log_luma: Floats) -> list[Floats]:
    """Strength of edges by direction in each cell, and each direction's share of its cell."""
    across, down = cv2.Sobel(log_luma, cv2.CV_32F, 1, 0), cv2.Sobel(log_luma, cv2.CV_32F, 0, 1)
    strength = np.hypot(across, down)
    turned = np.mod(np.arctan2(down, across), np.pi) / np.pi * DIRECTIONS
    cells = []
    for k in range(DIRECTIONS):
        away = np.abs(turned - k - 0.5)
        cells.append(_shrunk(np.clip(1 - np.minimum(away, DIRECTIONS - away), 0, 1) * strength, CELLS))
    found = np.stack(cells, axis=-1)
    return [np.log(found + 0.003), found / (found.sum(axis=-1, keepdims=True) + 0.02)]
