"""Mattes of clips against truth: a shipped figure turns and walks two steps before a photograph that pans, carried from one key frame and from two.

Part of `make bench`. The key frames' mattes are the true ones, so that the carrying alone is measured; beside it what costs nothing, the first
matte left where it is. Mean absolute error of coverage over whole frames.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from benchmarks.composites import FIT, photograph
from sora_lock.subjects.estimators.carried import carry

CLIPS = ((0, "medium wide"), (2, "medium"))
"""Which of the composites' scenes, and how much of the figure."""
FIRST_FRAME, PAN_PX = 8, (1.7, -0.4)
"""Of the walk; how far the photograph moves a frame."""


def report(quick: bool = False) -> None:
    """Films the clips (half a minute), carries the mattes and prints the errors."""
    count, width, height = (16, 480, 270) if quick else (48, 640, 360)
    print(f"\nMattes carried through clips of {count} frames at {width}x{height} (mean absolute error of coverage)")
    for number, framing in CLIPS:
        scene = replace(FIT[number], framing=framing)
        shots = [
            photograph(
                scene, width, height, 2, pose=("walk", float(FIRST_FRAME + k)), slide_px=(PAN_PX[0] * k, PAN_PX[1] * k),
                strands=False,
            )
            for k in range(count)
        ]  # fmt: skip
        frames, truth = np.stack([s.rgb for s in shots]), np.stack([s.alpha for s in shots])
        found = [f"left where it is {np.abs(truth[0] - truth).mean():.4f}"]
        for keys in ((0,), (0, count // 2)):
            mattes = np.zeros(truth.shape, np.uint8)
            for key in keys:
                mattes[key] = np.rint(truth[key] * 255)
            began = time.perf_counter()
            carry(frames, mattes, keys)
            off = np.abs(mattes / 255 - truth).mean(axis=(1, 2))
            spent = (time.perf_counter() - began) / count
            found.append(
                f"key {' and '.join(map(str, keys))}: {off.mean():.4f} (worst {off.max():.4f}, {spent:.2f} s a frame)"
            )
        print(f"  {scene.figure:<6} " + " · ".join(found), flush=True)
