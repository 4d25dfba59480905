"""Light taken out of a picture: `picture = reflectance * shading`, the shading one grey factor a pixel, so that every pixel keeps its chromaticity.

Place in the path: estimators, classical. Log luma is split on a small raster in one sparse solve: where colour does not change, a change of luma is light's
(Funt, Drew, Brockington 1992; Grosse et al. 2009, "colour retinex"); where it does, the shading follows a guess of the light: one lamp and a sky on the
blown-up matte, fitted together with one tone for each of eight colours of material. The raster is low-passed first, so pores and weave stay in the
reflectance; a hard shadow's edge leaves a trace there, too. Grey shading means that coloured light stays in the reflectance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sora_lock.colour import luma
from sora_lock.subjects.estimators import Estimate, Floats, MadeBy, Parameter, check_alpha, check_picture
from sora_lock.subjects.estimators.relief import Raster, raster, round_normals, solve

VERSION = "1"
LOW_PASS = 0.0035
"""Standard deviation of the low pass, as a part of the longer side: what is finer stays in the reflectance."""
CHROMA = 0.1
"""Change of log chromaticity from one raster pixel to the next that tells two materials apart."""
FOLLOW = 0.4
"""How much the shading follows the guess of the light where materials change, against 1 for the picture where they do not."""
GUESS = 0.0004
"""Pull towards the guess everywhere: it settles what gradients leave open."""
EVEN = 0.003
"""How reluctantly the light is taken to fall off across the picture: colours often do, hair above and cloth below."""
COLOURS = 8
MEAN = 0.12
"""The subject's mean tone (geometric, luma) that the unknown exposure is set to, about that of the shipped figures."""
DARKEST, LIGHTEST = 0.02, 0.9
"""Bounds of the reflectance: luma at least, any channel at most."""

Doubles = NDArray[np.float64]


def reflectance(picture: Floats, alpha: Floats, facing: Floats | None = None, mean: float = MEAN) -> Estimate:
    """Reflectance under the matte.

    `picture / reflectance` is the same factor in all channels wherever the picture is not black; luma is at least `DARKEST` and no channel above
    `LIGHTEST`, the shading gives way to both. Give it a matte's `foreground`, else edges keep the old background.

    Args:
        picture: float32 [H, W, 3], linear; alpha: float32 [H, W].
        facing: float32 [H, W, 3], normals that the guess of the light goes by; None: those of the blown-up matte.
        mean: tone that the unknown exposure is set to.

    Raises:
        MediaError: for a picture or matte that cannot be used.
    """
    check_picture(picture)
    if facing is None:  # of a place, the matte may well be all of the picture
        check_alpha(alpha, picture.shape)
    on = raster(alpha)
    shade = np.maximum(shading(picture, alpha, on, facing), np.float32(1e-6))
    core = alpha >= 0.99 if (alpha >= 0.99).any() else alpha >= 0.5
    tone = np.maximum(luma(picture[core]) / shade[core], 1e-4)
    shade = shade * np.float32(np.exp(np.log(tone).mean()) / mean)
    bright = luma(picture)
    # The grey factor gives way where the reflectance would leave its bounds, so the chromaticity does not have to.
    least, most = picture.max(axis=2) / np.float32(LIGHTEST), bright / np.float32(DARKEST)
    shade = np.maximum(np.minimum(shade, most), least)
    safe = np.maximum(shade, np.float32(1e-7))[..., None]
    values = np.where((bright > 1e-6)[..., None], picture / safe, np.float32(DARKEST)).astype(np.float32)
    blown = float((picture[core].min(axis=1) >= 0.999).mean())
    notes = (f"{blown:.0%} of the subject is blown out; there the reflectance is white.",) if blown > 0.005 else ()
    parameters: dict[str, Parameter] = {
        "method": "colour retinex on " + ("a blown-up matte" if facing is None else "known normals"),
        "low_pass": LOW_PASS,
        "chroma": CHROMA,
        "mean": mean,
    }
    return Estimate("reflectance", values, MadeBy("classical", VERSION, parameters), notes)


def shading(picture: Floats, alpha: Floats, on: Raster, facing: Floats | None = None) -> Floats:
    """The grey light on the subject, float32 [H, W], above 0, up to one factor; carried smoothly beyond the matte."""
    import cv2

    h, w = on.inside.shape
    weight = np.asarray(cv2.resize(alpha, (w, h), interpolation=cv2.INTER_AREA), np.float32) * on.inside
    small = cv2.resize(picture * alpha[..., None], (w, h), interpolation=cv2.INTER_AREA) * on.inside[..., None]
    sigma = LOW_PASS * max(h, w)
    low = cv2.GaussianBlur(small, (0, 0), sigma) / np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-4)[..., None]
    colours = np.maximum(low[on.inside].astype(np.float64), 1e-3)
    tone = np.log(np.maximum(luma(colours), 2e-3)).astype(np.float64)
    chroma = np.log(colours + 0.01) - np.log(luma(colours) + 0.01)[:, None]
    rows, columns = np.nonzero(on.inside)
    place = np.stack([columns / max(h, w), rows / max(h, w)], axis=1)
    faces = round_normals(on) if facing is None else cv2.resize(facing, (w, h), interpolation=cv2.INTER_AREA)
    guess = _guess(tone, chroma, np.concatenate([faces[on.inside].astype(np.float64), place], axis=1))

    def across(x: Doubles) -> Doubles:
        return np.asarray(x[on.first] - x[on.second])

    same = np.exp(-(np.square(chroma[on.first] - chroma[on.second]).sum(axis=1)) / CHROMA**2)
    wanted = same * across(tone) + FOLLOW * (1 - same) * across(guess)
    count = len(tone)
    right = GUESS * guess + np.bincount(on.first, wanted, count) - np.bincount(on.second, wanted, count)
    found = np.zeros((h, w), np.float32)
    found[on.inside] = solve(on, same + FOLLOW * (1 - same), np.full(count, GUESS), right)
    # Carried over the edge before it is enlarged, so that the soft edge is not half in the dark.
    inside = on.inside.astype(np.float32)
    spread = cv2.GaussianBlur(found, (0, 0), 3.0) / np.maximum(cv2.GaussianBlur(inside, (0, 0), 3.0), 1e-4)
    found = np.where(
        on.inside, found, np.where(cv2.GaussianBlur(inside, (0, 0), 3.0) > 1e-3, spread, found[on.inside].mean())
    )
    height, width = alpha.shape
    large = cv2.resize(found.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.exp(large), np.float32)


def _guess(tone: Doubles, chroma: Doubles, where: Doubles) -> Doubles:
    """Log light [N] that one lamp and a sky would give, up to a constant, fitted with one tone a colour of material.

    It is a plane in the normal, for how a surface faces the lamp, and one in the picture, for how near it is. Fitted with weights that let what
    does not fit (shadows, highlights, dark hair of skin's colour) go (Cauchy, six rounds).

    Args:
        where: [N, 5]: normal, then place in the picture.
    """
    import cv2

    cv2.setRNGSeed(0)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 1e-3)
    _, material, _ = cv2.kmeans(
        chroma.astype(np.float32), min(COLOURS, len(tone)), None, stop, 2, cv2.KMEANS_PP_CENTERS
    )
    of = np.zeros((len(tone), COLOURS))
    of[np.arange(len(tone)), material[:, 0]] = 1
    terms = np.concatenate([where, of], axis=1)
    doubt = np.full(terms.shape[1], 1e-3)
    doubt[3:5] = EVEN * len(tone)
    trust = np.ones(len(tone))
    for _ in range(6):
        weighed = terms * trust[:, None]
        fit = np.linalg.solve(weighed.T @ terms + np.diag(doubt), weighed.T @ tone)
        trust = 1 / (1 + np.square((tone - terms @ fit) / 0.3))
    return np.asarray(where @ fit[: where.shape[1]])
