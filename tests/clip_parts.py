"""A clip whose truth is known, drawn by formulas: somebody in an orange coat who walks to the right before a wall that pans to the left."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from sora_lock.colour import linear_from_srgb, srgb_from_linear
from tests.footage_parts import coded

W, H = 320, 180


def _texture(seed: int, low: tuple[int, int, int], high: tuple[int, int, int], size: tuple[int, int]) -> np.ndarray:
    """Patches of colours between two, float32 [H, W, 3], sRGB codes."""
    draw = np.random.default_rng(seed)
    coarse = draw.uniform(low, high, (size[1] // 9, size[0] // 9, 3)).astype(np.float32)
    fine = draw.normal(0, 9, (size[1] // 2, size[0] // 2, 1)).astype(np.float32)
    out = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    return np.clip(out + cv2.resize(fine, size)[..., None], 0, 255).astype(np.float32)


@lru_cache(maxsize=2)
def walker(count: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """Frames uint8 [F, H, W, 3] and true coverage float32 [F, H, W]; 2 px to the right a frame, the wall 1 px to the left, nodding."""
    coat, wall = (
        _texture(1, (190, 90, 20), (240, 150, 60), (W, H)),
        _texture(2, (40, 70, 80), (120, 150, 170), (2 * W, H)),
    )
    y, x = np.mgrid[: 4 * H, : 4 * W].astype(np.float32) / 4
    frames, mattes = [], []
    for k in range(count):
        cx, nod = 110 + 2 * k, 2 * np.sin(k / 3)
        head = np.hypot((x - cx) / 22, (y - 58 - nod) / 27) < 1
        body = (np.hypot((x - cx) / 46, (y - 185) / 105) < 1) & (y > 60)
        whole = cv2.resize((head | body).astype(np.float32), (W, H), interpolation=cv2.INTER_AREA)
        cover = cv2.GaussianBlur(whole, (0, 0), 0.6)
        cover = np.where(cover < 0.5 / 255, 0, np.where(cover > 1 - 0.5 / 255, 1, cover)).astype(np.float32)
        worn = np.roll(coat, 2 * k, axis=1)
        skin = cv2.resize(head.astype(np.float32), (W, H), interpolation=cv2.INTER_AREA)[..., None]
        worn = worn * (1 - skin) + np.float32((222, 170, 140)) * skin * (0.9 + 0.1 * worn[..., :1] / 240)
        back = wall[:, k : k + W]
        mixed = linear_from_srgb(worn.astype(np.uint8)) * cover[..., None]
        mixed = mixed + linear_from_srgb(back.astype(np.uint8)) * (1 - cover[..., None])
        noise = np.random.default_rng(k).normal(0, 1.0, (H, W, 3))
        frames.append(np.clip(np.rint(srgb_from_linear(mixed) * 255 + noise), 0, 255).astype(np.uint8))
        mattes.append(cover)
    return np.stack(frames), np.stack(mattes)


def box_of(matte: np.ndarray, more: int = 5) -> tuple[int, int, int, int]:
    """A box around what is covered."""
    rows, columns = (np.flatnonzero((matte > 0.02).any(axis=k)) for k in (1, 0))
    h, w = matte.shape
    return (
        max(0, int(columns[0]) - more), max(0, int(rows[0]) - more),
        min(w, int(columns[-1]) + 1 + more), min(h, int(rows[-1]) + 1 + more),
    )  # fmt: skip


@lru_cache(maxsize=2)
def film(count: int = 16) -> bytes:
    """The clip as an MP4."""
    return coded(list(walker(count)[0]), options={"crf": "12"})


def with_alpha(count: int = 8) -> bytes:
    """The same as ProRes 4444 with its true matte as alpha."""
    frames, mattes = walker(16)
    rgba = [np.dstack([f, np.rint(m * 255).astype(np.uint8)]) for f, m in zip(frames[:count], mattes, strict=False)]
    return coded(rgba, "prores_ks", "yuva444p10le", "mov")
