"""What plain picture measures would find on the same cases: SSIM, a colour histogram, and the cosine of a descriptor of the whole frame.

Each compares a frame with the anchor pictures of both locks and takes the best; a take's score is the middle one of its frames. The limit is set on
the very clean takes that are then counted, at one per cent false flags: kinder to the baselines than the judge is treated. The descriptor is the histogram of
oriented gradients (Dalal and Triggs 2005): no learned embedding of pictures comes in the packages, and none is downloaded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.continuity_corpus import Case, Renderer
from benchmarks.continuity_wear import WEAR, worn
from sora_lock.paths import ASSETS

Picture = NDArray[np.uint8]

SIZE_PX = (128, 72)


@cache
def anchors(name: str) -> tuple[Picture, ...]:
    """A lock's anchor pictures on SIZE_PX."""
    path = next(ASSETS.glob(f"*/{name}/lock.json"))
    shas = [a["image_sha256"] for a in json.loads(path.read_text())["anchors"]]
    read = (cv2.imread(str(path.parent / "anchors" / f"{sha[:16]}.png"), cv2.IMREAD_COLOR) for sha in shas)
    return tuple(cv2.resize(picture, SIZE_PX, interpolation=cv2.INTER_AREA)[..., ::-1].copy() for picture in read)


def ssim(a: Picture, b: Picture) -> float:
    """Mean structural similarity of luma in 8x8 windows (Wang et al. 2004)."""
    x, y = (cv2.cvtColor(p, cv2.COLOR_RGB2GRAY).astype(np.float32) for p in (a, b))
    mx, my = cv2.blur(x, (8, 8)), cv2.blur(y, (8, 8))
    vx, vy, both = (
        cv2.blur(x * x, (8, 8)) - mx * mx,
        cv2.blur(y * y, (8, 8)) - my * my,
        cv2.blur(x * y, (8, 8)) - mx * my,
    )
    out = (2 * mx * my + 6.5) * (2 * both + 58.5) / ((mx * mx + my * my + 6.5) * (vx + vy + 58.5))
    return float(out.mean())


def histogram(a: Picture, b: Picture) -> float:
    """Correlation of 8x8x8 colour histograms."""
    one, two = (cv2.calcHist([p], [0, 1, 2], None, [8, 8, 8], [0, 256] * 3) for p in (a, b))
    return float(cv2.compareHist(one, two, cv2.HISTCMP_CORREL))


def gradients(a: Picture, b: Picture) -> float:
    """Cosine of histograms of oriented gradients in cells of 8 px."""
    from skimage.feature import hog

    one, two = (
        hog(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY), pixels_per_cell=(8, 8), cells_per_block=(2, 2)) for p in (a, b)
    )
    return float(one @ two / max(1e-9, float(np.linalg.norm(one) * np.linalg.norm(two))))


BASELINES: Mapping[str, Callable[[Picture, Picture], float]] = {
    "SSIM": ssim, "colour histogram": histogram, "gradient descriptor": gradients,
}  # fmt: skip


def recalls(render: Renderer, some: Sequence[Case], seen: Sequence[int]) -> dict[str, float]:
    """Baseline -> share of drifted takes it finds at one per cent false flags on the clean ones."""
    out = {}
    scores: dict[str, dict[str, list[float]]] = {name: {"clean": [], "drift": []} for name in BASELINES}
    for case in some:
        for kind, kept in (("clean", render.clean(case)), ("drift", render.drifted(case))):
            frames = worn(kept.frames, WEAR[case.number % len(WEAR)], case.number)
            small = [cv2.resize(frames[i], SIZE_PX, interpolation=cv2.INTER_AREA) for i in seen]
            known = (*anchors(case.cast), *anchors(case.stage))
            for name, measure in BASELINES.items():
                scores[name][kind].append(float(np.median([max(measure(f, a) for a in known) for f in small])))
    for name, by in scores.items():
        limit = float(np.quantile(by["clean"], 0.01))
        out[name] = float(np.mean([s < limit for s in by["drift"]]))
    return out
