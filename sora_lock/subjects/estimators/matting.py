"""A matte from a trimap: closed-form alpha, then the subject's own colours under the soft edge.

Place in the path: estimators, classical; after `trimap`. Alpha: closed-form matting (Levin, Lischinski, Weiss 2008), its Laplacian and preconditioner by PyMatting,
solved in linear light, where composites add up. Colours: the multi-level foreground estimation of Germer et al. 2020, by PyMatting.

PyMatting compiles itself when it is first imported on a machine (40 s on two cores; a second from then on): `warm_up` does that ahead of need.
Large pictures are solved on a copy of `SOLVED_PX` and brought back by a guided filter (He, Sun, Tang 2010) along the full picture.
"""

from __future__ import annotations

import numpy as np

from sora_lock.colour import coded
from sora_lock.errors import MediaError
from sora_lock.subjects.estimators import Bools, Floats, Hints, MadeBy, Matte, check_alpha, check_picture
from sora_lock.subjects.estimators.trimap import FAR, check_hints, cut, recut, trimap

VERSION = "1"
EPSILON = 1e-7
"""Regularisation of the closed form's local colour lines; measured best of 1e-7, 1e-5, 1e-4 on `benchmarks.estimators`."""
PULL = 1e-8
SOLVED_PX = 2_000_000
"""Pixels of the copy that alpha is solved on at most; the solve takes some 700 bytes of memory a pixel."""
LEAST, FULL = 0.02, 0.98
"""What the closed form leaves as a haze on either end is stretched away."""


def warm_up() -> None:
    """Imports PyMatting, which compiles it when that was not done on this machine yet."""
    import pymatting  # noqa: F401


def matte(picture: Floats, hints: Hints) -> Matte:
    """The matte of what the hints point at.

    Args:
        picture: float32 [H, W, 3], linear.

    Raises:
        MediaError: for hints that say nothing or do not fit, and when no subject, or nothing else, is found.
    """
    check_picture(picture)
    check_hints(hints, picture.shape)
    rgb = coded(picture)
    mask = cut(rgb, hints)
    known = trimap(rgb, mask)
    yes, no = _strokes(hints.subject, hints.background, known.shape)
    known[yes], known[no] = 1, 0
    return _solved(picture, known, known == 0.5, {"hints": _said(hints)}, ())


def correct(picture: Floats, made: Matte, subject: Bools | None, background: Bools | None) -> Matte:
    """A matte with strokes obeyed; what does not hang together with a stroke keeps its alpha to the bit.

    Args:
        made: the matte as it was, of whatever maker.
        subject, background: bool [H, W]: surely subject, surely not, all strokes so far; the latter wins where both are painted.

    Raises:
        MediaError: for strokes of another size or none, and when nothing, or everything, is left covered.
    """
    import cv2

    check_picture(picture)
    check_alpha(made.alpha, picture.shape)
    for mask in (subject, background):
        if mask is not None and mask.shape != made.alpha.shape:
            raise MediaError(
                f"The strokes are {mask.shape[1]}x{mask.shape[0]} px and the picture {made.alpha.shape[1]}x{made.alpha.shape[0]}; wanted the same size."
            )
    yes, no = _strokes(subject, background, made.alpha.shape)
    if not (yes.any() or no.any()):
        raise MediaError("Nothing was painted: brush over what is surely subject, or surely not.")
    rgb = coded(picture)
    mask, changed = recut(rgb, made.alpha, yes, no)
    height, width = made.alpha.shape
    grow = 2 * max(3, round(FAR * float(np.sqrt(mask.sum())))) + 1
    reached = cv2.dilate(changed.astype(np.uint8), np.ones((grow, grow), np.uint8))
    around = cv2.resize(reached, (width, height), interpolation=cv2.INTER_NEAREST) > 0
    known = trimap(rgb, mask)
    known = np.where(around, known, made.alpha).astype(np.float32)
    unknown = around & (known == 0.5)
    known[yes], known[no] = 1, 0
    unknown &= ~(yes | no)
    parameters = {**made.made_by.parameters, "corrected_px": int((yes | no).sum()), "from": made.made_by.name}
    return _solved(
        picture, known, unknown, parameters, made.notes, keep=np.where(around, np.float32(np.nan), made.alpha)
    )


def _solved(
    picture: Floats,
    known: Floats,
    unknown: Bools,
    parameters: dict[str, str | int | float | bool],
    notes: tuple[str, ...],
    keep: Floats | None = None,
) -> Matte:
    """Alpha solved where it is unknown; `keep` is what must not change (NaN elsewhere)."""
    alpha = known.copy()
    if unknown.any():
        alpha[unknown] = closed_form(picture, known, unknown)[unknown]
        alpha[unknown] = np.clip((alpha[unknown] - LEAST) / (FULL - LEAST), 0, 1)
        alpha[alpha < 0.5 / 255] = 0
        alpha[alpha > 1 - 0.5 / 255] = 1
    if keep is not None:
        alpha = np.where(np.isnan(keep), alpha, keep).astype(np.float32)
    check_alpha(alpha, picture.shape)
    made_by = MadeBy("classical", VERSION, {"method": "GrabCut, closed form", "epsilon": EPSILON, **parameters})
    return Matte(alpha, foreground(picture, alpha), made_by, notes)


def closed_form(picture: Floats, known: Floats, unknown: Bools, likely: tuple[Floats, Floats] | None = None) -> Floats:
    """Alpha [H, W]; known values (of any fraction) are kept and bound the unknown ones.

    Args:
        likely: alpha float32 [H, W] that something else speaks for, and how much it counts against the closed form, 0 and more.
    """
    import cv2

    rows, columns = np.flatnonzero(unknown.any(axis=1)), np.flatnonzero(unknown.any(axis=0))
    # The Laplacian's windows reach two pixels beyond the unknown ones.
    y0, y1 = max(0, int(rows[0]) - 2), int(rows[-1]) + 3
    x0, x1 = max(0, int(columns[0]) - 2), int(columns[-1]) + 3
    part, fixed, free = picture[y0:y1, x0:x1], known[y0:y1, x0:x1], unknown[y0:y1, x0:x1]
    toward, pull = (x[y0:y1, x0:x1] for x in likely) if likely else (np.float32(0.5) + 0 * fixed, 0 * fixed)
    out = known.copy()
    share = float(np.sqrt(SOLVED_PX / free.size))
    if share >= 1:
        out[y0:y1, x0:x1] = _linear_system(part, fixed, free, toward, pull)
        return out
    size = (max(8, round(part.shape[1] * share)), max(8, round(part.shape[0] * share)))
    small, small_fixed, toward, pull = (cv2.resize(x, size, interpolation=cv2.INTER_AREA) for x in (part, fixed, toward, pull))  # fmt: skip
    small_free = cv2.resize(free.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
    solved = np.where(small_free, _linear_system(small, small_fixed, small_free, toward, pull), small_fixed)
    out[y0:y1, x0:x1] = _guided(part, np.asarray(solved, np.float32), share)
    return out


def _linear_system(picture: Floats, known: Floats, unknown: Bools, toward: Floats, pull: Floats) -> Floats:
    from pymatting import cf_laplacian, ichol
    from scipy.sparse import diags
    from scipy.sparse.linalg import LinearOperator, cg

    laplacian = cf_laplacian(picture.astype(np.float64), epsilon=EPSILON, is_known=~unknown)
    free = np.flatnonzero(unknown)
    fixed = np.flatnonzero(~unknown)
    rows = laplacian[free]
    out = known.astype(np.float64).ravel()
    # A breath of pull to what is likely, or to the middle, so that a patch which nothing known bounds has one solution.
    drawn = PULL + pull.ravel()[free].astype(np.float64)
    system = (rows[:, free] + diags(drawn)).tocsr()
    wanted = drawn * toward.ravel()[free] - rows[:, fixed].dot(out[fixed])
    before = LinearOperator(system.shape, matvec=ichol(system), dtype=np.float64)
    # Short of the last digit is good enough: what is left there is far below one code value.
    out[free], _ = cg(system, wanted, x0=out[free], M=before, rtol=1e-6, maxiter=1500)
    return np.clip(out, 0, 1).reshape(known.shape).astype(np.float32)


def _guided(picture: Floats, coarse: Floats, share: float) -> Floats:
    """A coarse alpha at the picture's size, following its edges: the guided filter, coefficients found on the coarse raster.

    Args:
        picture: [H, W, 3]; coarse: [h, w]; share: h / H.
    """
    import cv2

    height, width = picture.shape[:2]
    guide = np.sqrt(np.maximum(picture, 0))  # evener noise than in linear light
    small = cv2.resize(guide, coarse.shape[::-1], interpolation=cv2.INTER_AREA)

    def mean(x: Floats) -> Floats:
        return np.asarray(cv2.blur(x, (3, 3)), np.float32)

    centre, level = mean(small), mean(coarse)
    covariance = np.stack([mean(small[..., c] * coarse) - centre[..., c] * level for c in range(3)], axis=-1)
    spread = np.empty((*coarse.shape, 3, 3), np.float32)
    for i in range(3):
        for j in range(3):
            spread[..., i, j] = mean(small[..., i] * small[..., j]) - centre[..., i] * centre[..., j]
    spread += np.eye(3, dtype=np.float32) * np.float32(1e-5)
    slope = np.linalg.solve(spread, covariance[..., None])[..., 0].astype(np.float32)
    offset = level - (slope * centre).sum(axis=2)
    slope, offset = (cv2.resize(mean(x), (width, height), interpolation=cv2.INTER_LINEAR) for x in (slope, offset))
    return np.asarray(np.clip((slope * guide).sum(axis=2) + offset, 0, 1), np.float32)


def foreground(picture: Floats, alpha: Floats) -> Floats:
    """The subject's own colours, linear [H, W, 3]: the picture where alpha is 1, under softer edges without the old background."""
    from pymatting import estimate_foreground_ml

    top = max(1.0, float(picture.max()))  # the estimate stays within 0..1, highlights may not
    own = estimate_foreground_ml((picture / np.float32(top)).astype(np.float32), alpha.astype(np.float32)) * np.float32(
        top
    )
    return np.where((alpha >= 1)[..., None], picture, own).astype(np.float32)


def _strokes(subject: Bools | None, background: Bools | None, shape: tuple[int, ...]) -> tuple[Bools, Bools]:
    no = np.zeros(shape, np.bool_) if background is None else background
    yes = np.zeros(shape, np.bool_) if subject is None else subject & ~no
    return yes, no


def _said(hints: Hints) -> str:
    """The hints in words, for the record."""
    painted = [
        f"{int(mask.sum())} px {what}"
        for what, mask in (("subject", hints.subject), ("background", hints.background))
        if mask is not None and mask.any()
    ]
    box = [] if hints.box is None else [f"box {hints.box[0]},{hints.box[1]} to {hints.box[2]},{hints.box[3]}"]
    return ", ".join(box + painted)
