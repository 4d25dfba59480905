"""What happens to a finished take on its way without anybody's intention to change it: compression, resampling, the wobble of generated pictures.

A judge must look through all of it. Everything is drawn from a seed.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from sora_lock.media.video import ProxyWriter, read_frames

Frames = NDArray[np.uint8]

WEAR = ("as it is", "H.264 at CRF 20", "H.264 at CRF 28", "H.264 at CRF 34", "resampled", "wobble")


def worn(frames: Frames, how: str, seed: int) -> Frames:
    """Frames uint8 [F, H, W, 3] after one of WEAR."""
    if how.startswith("H.264"):
        return _compressed(frames, int(how.split()[-1]))
    if how == "resampled":
        return np.stack([_resampled(f, 0.6) for f in frames])
    return _wobbling(frames, seed) if how == "wobble" else frames


def _compressed(frames: Frames, crf: int) -> Frames:
    height, width = frames.shape[1:3]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        with ProxyWriter(path, width, height, "24", crf=crf) as film:
            for frame in frames:
                film.write(frame)
        return np.stack(list(read_frames(path)))


def _resampled(frame: Frames, by: float) -> Frames:
    """Made smaller and larger again."""
    h, w = frame.shape[:2]
    small = cv2.resize(frame, (round(w * by), round(h * by)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (w, h), interpolation=cv2.INTER_CUBIC), np.uint8)


def _wobbling(frames: Frames, seed: int) -> Frames:
    """As a generated clip looks: detail softened as a latent code does, and a smooth warp of up to 0.7 px that changes from frame to frame."""
    draw = np.random.default_rng(seed)
    h, w = frames.shape[1:3]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    out = []
    for frame in frames:
        bend = [
            cv2.resize(draw.normal(0, 0.35, (5, 8)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
            for _ in "xy"
        ]
        moved = cv2.remap(frame, x + bend[0], y + bend[1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        ycc = cv2.cvtColor(_resampled(moved, 0.8), cv2.COLOR_RGB2YCrCb)
        ycc[..., 1:] = cv2.blur(ycc[..., 1:], (5, 5))  # colour is coarser than detail there
        out.append(cv2.cvtColor(ycc, cv2.COLOR_YCrCb2RGB))
    return np.stack(out)
