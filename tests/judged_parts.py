"""Clips of a shipped set as its anchor shows it: held, mirrored, at any size and rate; and the locks they are judged against."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np

from sora_lock.media.images import read_own
from sora_lock.records import Lock
from sora_lock.store import Store
from tests.footage_parts import coded

WIDE, TALL = 480, 270


def place(store: Store, name: str = "alley") -> Lock:
    """A shipped set's lock."""
    return store.lock(name)


def panned(
    store: Store, frames: int = 6, size: tuple[int, int] = (WIDE, TALL), flipped: bool = False, step_px: int = 3
) -> list[np.ndarray]:
    """The set's first anchor, over which the frame moves `step_px` a frame: uint8 [H, W, 3]."""
    anchor = read_own(store.blob(place(store).anchors[0].image_sha256).read_bytes())[..., :3]
    if flipped:
        anchor = anchor[:, ::-1]
    tall, wide = anchor.shape[:2]
    margin = step_px * frames + 2
    out = []
    for frame in range(frames):
        crop = anchor[8 : tall - 8, frame * step_px : wide - margin + frame * step_px]
        out.append(cv2.resize(np.ascontiguousarray(crop), size, interpolation=cv2.INTER_AREA))
    return out


def clip(store: Store, fps: Fraction | int = 24, **more: object) -> bytes:
    """As `panned`, coded as MP4."""
    return coded(panned(store, **more), fps=fps, options={"crf": "16"})  # type: ignore[arg-type]
