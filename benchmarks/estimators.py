"""Mattes, normals, depth and reflectance of photographs, against the truth of composites and beside what costs nothing.

    .venv/bin/python -m benchmarks.estimators [--quick]     # also a part of `make bench`; needs requirements-dev.txt

The photographs are those of `benchmarks.composites`. Mattes: mean absolute error of coverage over the whole picture, from a box two percent wider than the
subject, by plain GrabCut (OpenCV, from the same box, full size) and by ours; then after strokes of a simulated person, who each time paints
along the middle of the largest wrong patch. Normals: mean angle to the truth in the opaque core, beside (0, 0, 1). Depth: what remains of the truth's
spread about its median, beside a flat card (1). Reflectance: relative RMS error up to one factor in the core, beside the picture itself.
Parts: intersection over union of proposed face, hair, wardrobe and body with the true ones, under the true matte.
Constants were chosen on the scenes marked `fit`; those marked `held-out` were only measured.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.composites import FIT, HELD_OUT, Composite, Scene, photograph
from sora_lock.colour import linear_from_srgb
from sora_lock.subjects.estimators import Bools, Box, Floats, Hints, Stand, estimator, faces, matting, parts

STROKES = 5
SHOWN = (1, 3, 5)
LEAST_PART_PX = 300
LEAST_PATCH_PX = 60
"""A person leaves smaller faults alone."""


@dataclass(frozen=True)
class Row:
    """One scene: errors of mattes by method, mean angles, spreads and reflectance errors as (baseline, ours), overlaps of parts (none where the scene
    shows less than 300 px of one), seconds.
    """

    scene: Scene
    mattes: dict[str, float]
    angle: tuple[float, float]
    face: tuple[float, float]
    depth: float
    reflectance: tuple[float, float]
    parts: dict[int, float]
    matte_s: float
    rest_s: float


def box_of(alpha: Floats) -> Box:
    """The box a person would draw."""
    height, width = alpha.shape
    ys, xs = np.nonzero(alpha > 0.02)
    more = round(0.02 * height)
    return (
        max(0, int(xs.min()) - more),
        max(0, int(ys.min()) - more),
        min(width, int(xs.max()) + 1 + more),
        min(height, int(ys.max()) + 1 + more),
    )


def plain_grabcut(rgb: NDArray[np.uint8], box: Box) -> Floats:
    """OpenCV's GrabCut from a box, five rounds, full size: 0 or 1."""
    cv2.setRNGSeed(0)
    mask = np.zeros(rgb.shape[:2], np.uint8)
    rect = (box[0], box[1], box[2] - box[0], box[3] - box[1])
    cv2.grabCut(rgb[..., ::-1].copy(), mask, rect, np.zeros((1, 65)), np.zeros((1, 65)), 5, cv2.GC_INIT_WITH_RECT)
    return ((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)).astype(np.float32)


def stroke(wrong: Bools) -> tuple[Bools, int]:
    """A stroke along the middle of the largest wrong patch, and the patch's pixels."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats(wrong.astype(np.uint8))
    if count < 2:
        return np.zeros_like(wrong), 0
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    patch = (parts == largest).astype(np.uint8)
    inner = cv2.distanceTransform(patch, cv2.DIST_L2, 5)
    painted = cv2.dilate((inner >= 0.6 * inner.max()).astype(np.uint8), np.ones((3, 3), np.uint8)) * patch
    return painted > 0, int(stats[largest, cv2.CC_STAT_AREA])


def mattes(truth: Composite, linear: Floats) -> tuple[dict[str, float], float]:
    """Mean absolute errors by method, and seconds of ours from the box."""
    box = box_of(truth.alpha)

    def error(alpha: Floats) -> float:
        return float(np.abs(alpha - truth.alpha).mean())

    out = {"GrabCut": error(plain_grabcut(truth.rgb, box))}
    began = time.perf_counter()
    made = matting.matte(linear, Hints(box))
    spent = time.perf_counter() - began
    out["box"] = error(made.alpha)
    subject, background = np.zeros(truth.alpha.shape, np.bool_), np.zeros(truth.alpha.shape, np.bool_)
    for number in range(1, STROKES + 1):
        missing, lost = stroke((truth.alpha > 0.9) & (made.alpha < 0.5))
        extra, taken = stroke((truth.alpha < 0.1) & (made.alpha > 0.5))
        if max(lost, taken) >= LEAST_PATCH_PX:
            if lost >= taken:
                subject |= missing
            else:
                background |= extra
            made = matting.correct(linear, made, subject, background)
        if number in SHOWN:
            out[f"+{number}"] = error(made.alpha)
    return out, spent


def angle(a: Floats, b: Floats) -> Floats:
    """Angles in degrees between unit vectors [..., 3]."""
    return np.degrees(np.arccos(np.clip((a * b).sum(axis=-1), -1, 1))).astype(np.float32)


def relative(found: Floats, true: Floats) -> float:
    """RMS error over the truth's RMS, after the factor that fits best."""
    a, b = found.astype(np.float64), true.astype(np.float64)
    factor = (a * b).sum() / (a * a).sum()
    return float(np.sqrt(np.square(factor * a - b).sum() / np.square(b).sum()))


def overlaps(truth: Composite) -> dict[int, float]:
    """Intersection over union of each proposed part with the true one, by number."""
    light = linear_from_srgb(truth.rgb)
    made = parts.propose(light, truth.alpha, faces.propose(light, truth.alpha))
    found = np.zeros_like(truth.parts) if made is None else made.numbers
    out = {}
    for number in range(1, 5):
        mine, true = found == number, truth.parts == number
        if true.sum() >= LEAST_PART_PX:
            out[number] = float((mine & true).sum() / (mine | true).sum())
    return out


def measure(scene: Scene, samples: int) -> Row:
    """All figures of one scene; surfaces are estimated under the true matte, so that they are not judged by its faults.

    Args:
        samples: see `photograph`.
    """
    truth = photograph(scene, samples=samples)
    linear = linear_from_srgb(truth.rgb)
    errors, matte_s = mattes(truth, linear)
    own = matting.foreground(linear, truth.alpha)
    classical = estimator("classical")
    began = time.perf_counter()
    normal = classical.normal(own, truth.alpha).values
    depth = classical.depth(own, truth.alpha, Stand(height_m=truth.height_m)).values
    reflectance = classical.reflectance(own, truth.alpha).values
    rest_s = time.perf_counter() - began
    core = (truth.alpha > 0.99) & np.isfinite(truth.depth)  # a drawn hair has no depth
    face = core & truth.face
    front = np.broadcast_to(np.array([0, 0, 1], np.float32), normal.shape)
    off, flat = angle(normal, truth.normal), angle(front, truth.normal)
    true_m, found_m = (x[core] - np.median(x[core]) for x in (truth.depth, depth))
    return Row(
        scene,
        errors,
        (float(flat[core].mean()), float(off[core].mean())),
        (float(flat[face].mean()), float(off[face].mean())),
        float(np.sqrt(np.square(found_m - true_m).mean() / np.square(true_m).mean())),
        (relative(linear[core], truth.reflectance[core]), relative(reflectance[core], truth.reflectance[core])),
        overlaps(truth),
        matte_s,
        rest_s,
    )


def report(quick: bool = False) -> None:
    """Prints the table.

    Args:
        quick: two scenes of either half only, and no large portrait.
    """
    began = time.perf_counter()
    matting.warm_up()
    print(
        f"\nPhotographs: PyMatting ready after {time.perf_counter() - began:.1f} s (some 40 s the first time on a machine)"
    )
    halves = {"fit": FIT[:2] if quick else FIT, "held-out": HELD_OUT[:2] if quick else HELD_OUT}
    names = ("GrabCut", "box", *(f"+{n}" for n in SHOWN))
    print(
        "  matte, mean absolute error x 1000: plain GrabCut, ours from the box, after strokes; angle of normals flat > ours (face); "
        "depth's rest; reflectance picture > ours; seconds; face, hair, wardrobe, body"
    )
    print(f"  {'':<42}" + "".join(f"{n:>8}" for n in names))
    for half, scenes in halves.items():
        rows = [measure(scene, 2 if quick else 4) for scene in scenes]
        for row in rows:
            _line(f"{row.scene.figure} before {row.scene.background}", [row], names)
        _line(f"mean, {half}", rows, names)
    if not quick:
        truth = photograph(FIT[0], 1200, 1600, samples=1)
        linear = linear_from_srgb(truth.rgb)
        began = time.perf_counter()
        made = estimator("classical").matte(linear, Hints(box_of(truth.alpha)))
        between = time.perf_counter()
        estimator("classical").normal(made.foreground, made.alpha)
        estimator("classical").reflectance(made.foreground, made.alpha)
        print(
            f"  a portrait of 1200x1600: matte {between - began:.1f} s, normals and reflectance {time.perf_counter() - between:.1f} s",
            flush=True,
        )


def _line(name: str, rows: list[Row], names: tuple[str, ...]) -> None:
    def mean(values: list[float]) -> float:
        return float(np.mean(values))

    errors = "".join(f"{1000 * mean([r.mattes[n] for r in rows]):8.1f}" for n in names)
    flat, ours = (mean([r.angle[k] for r in rows]) for k in (0, 1))
    face_flat, face = (mean([r.face[k] for r in rows]) for k in (0, 1))
    before, after = (mean([r.reflectance[k] for r in rows]) for k in (0, 1))
    seen = [[r.parts[k] for r in rows if k in r.parts] for k in range(1, 5)]
    overlap = " ".join(f"{mean(values):.2f}" if values else "   -" for values in seen)
    print(
        f"  {name:<42}{errors}   {flat:4.1f} > {ours:4.1f} ({face_flat:4.1f} > {face:4.1f})   {mean([r.depth for r in rows]):.2f}   "
        f"{before:.3f} > {after:.3f}   {mean([r.matte_s for r in rows]):4.1f} + {mean([r.rest_s for r in rows]):.1f}   {overlap}",
        flush=True,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two scenes of either half, no large portrait")
    report(parser.parse_args().quick)
