"""Film: linear light in, sRGB code values out. The last step of every frame, the same for every engine.

Place in the path: after the engine's lens and before the hold; grain comes after the hold, and only where the hold allows it.

One developed pixel is `M_out · curve(M_in · x)`:

- `M_in` (linear light) is exposure, white balance and a little crosstalk between the layers, so that a strong neon runs to white as it
  clips instead of to flat magenta.
- `curve` is a Naka-Rushton response `x^n / (x^n + s^n)` (Naka and Rushton 1966, the usual model of a soft shoulder), scaled so that
  `WHITE` reaches 1, with mid grey 0.18 at `MID_CODE`, then the sRGB curve. n > 1 makes the toe. Contrast changes n only.
- `M_out` (code values) takes part of the crosstalk back, so that colours below the shoulder keep their strength, and carries what a
  grade does to saturation.

Rows of both matrices sum to one (times exposure), so that grey stays grey except where a grade tints it. The curve is a table indexed by
the sign, exponent and first nine mantissa bits of the float32 value: the steps are 0.2 %, a tenth of a code value.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]
Floats = NDArray[np.float32]
Matrix = NDArray[np.float64]

MID_CODE, WHITE, TOE = 0.44, 16.0, 1.25
CROSSTALK, GIVEN_BACK = 0.032, 0.045
LUMA = np.array([0.2126, 0.7152, 0.0722])
_PANCHROMATIC = np.array([0.30, 0.55, 0.15])  # what a black-and-white stock sees: a little more red than the eye
_DROPPED_BITS = 14
_TILE = 1024


@dataclass(frozen=True)
class Look:
    """What one grade does at amount 1; amounts scale it (contrast and gains by power, the rest linearly).

    Attributes:
        gains: factors on linear red, green, blue (white balance), brought back to equal luma.
        contrast: factor on the curve's exponent.
        saturation: added to 1; -1 is grey.
        shadows, lights: code values added to red, green, blue at black and at white, weighted by (1-v)² · v and v² · (1-v), so
            that black and white themselves stay clean.
        lift: code value of black.
        grey: whether the grey it desaturates to is panchromatic.
    """

    gains: tuple[float, float, float] = (1.0, 1.0, 1.0)
    contrast: float = 1.0
    saturation: float = 0.0
    shadows: tuple[float, float, float] = (0.0, 0.0, 0.0)
    lights: tuple[float, float, float] = (0.0, 0.0, 0.0)
    lift: float = 0.0
    grey: bool = False


LOOKS: Mapping[str, Look] = {
    "warm": Look(gains=(1.13, 1.0, 0.78), lights=(0.03, 0.01, -0.03)),
    "cool": Look(gains=(0.84, 0.99, 1.22), shadows=(-0.03, 0.0, 0.05)),
    "black and white": Look(saturation=-1.0, contrast=1.08, grey=True),
    "bleach bypass": Look(saturation=-0.55, contrast=1.24, lights=(0.0, 0.015, 0.015)),
    "teal and orange": Look(
        gains=(1.04, 1.0, 0.95), contrast=1.05, saturation=0.10, shadows=(-0.30, 0.06, 0.20), lights=(0.20, 0.02, -0.26)
    ),
    "vivid": Look(saturation=0.38, contrast=1.06),
    "muted": Look(saturation=-0.42, contrast=0.92, lift=0.012),
}


def develop(
    picture: Floats,
    *,
    grade: Mapping[str, float] | None = None,
    exposure_ev: float = 0.0,
    seed: int = 0,
    frame: int = 0,
) -> Rgb:
    """One frame from linear Rec.709 to sRGB code values, without grain.

    Args:
        picture: float32 [H, W, 3], linear; negative and NaN count as black, infinity as white.
        grade: name of `LOOKS` -> amount (0.5 slight, 1 plain, 1.5 heavy, 2 extreme); names that are none are left out.
        exposure_ev: stops.
        seed, frame: choose the dither (less than one code value) that keeps dark gradients from banding.

    Returns:
        uint8 [H, W, 3]; 0.0 gives 0, mid grey 0.18 gives 112 without a grade.
    """
    from sora_lock.media import film_loops

    looks = tuple(sorted((n, round(float(a), 3)) for n, a in (grade or {}).items() if n in LOOKS and a > 0))
    m_in, tables, m_out = _recipe(looks, round(float(exposure_ev), 4))
    out = np.empty(picture.shape, np.uint8)
    light = np.ascontiguousarray(picture, np.float32)
    film_loops.develop(light, m_in, tables, _DROPPED_BITS, m_out, _dither_tile(), _place(seed, frame, 1), out)
    return out


def grain(
    rgb: Rgb,
    seed: int,
    frame: int,
    strength: float = 1.0,
    where: NDArray[np.bool_] | NDArray[np.float32] | None = None,
) -> Rgb:
    """Film grain over a finished frame.

    Args:
        rgb: uint8 [H, W, 3]; not changed.
        seed, frame: the same two give the same grain.
        strength: 1 is a fine stock (about two code values of deviation in the mid tones), 0 none.
        where: bool [H, W], or float32 [H, W] in 0..1; grain is added there only, all other pixels keep their bytes.

    Returns:
        uint8 [H, W, 3]: most in the mid tones, little in black, none in white.
    """
    if strength <= 0:
        return rgb.copy()
    from sora_lock.media import film_loops

    # Mostly of one colour, as silver is; each layer has a part of its own.
    places = np.stack([_place(seed, frame, use) for use in range(2, 6)])
    amount = _amplitude(round(min(float(strength), 40.0), 3))
    weight = np.empty((0, 0), np.int32)
    if where is not None:
        weight = np.rint(np.asarray(where, np.float32) * 64).astype(np.int32)
    out = np.empty(rgb.shape, np.uint8)
    film_loops.grain(np.ascontiguousarray(rgb), _grain_tile(), places, amount, weight, out)
    return out


def srgb_decoded(code: float) -> float:
    """Linear light of one sRGB code value in 0..1 (IEC 61966-2-1)."""
    return code / 12.92 if code <= 0.04045 else float(((code + 0.055) / 1.055) ** 2.4)


@functools.lru_cache(maxsize=64)
def _recipe(looks: tuple[tuple[str, float], ...], exposure_ev: float) -> tuple[Floats, Floats, Floats]:
    """(M_in [3, 3], tables [1 or 3, entries], M_out [3, 3] times 255)."""
    gains, contrast, lift = np.ones(3), 1.0, 0.0
    shadows, lights, colour = np.zeros(3), np.zeros(3), np.eye(3)
    for name, amount in looks:
        look = LOOKS[name]
        gains *= np.array(look.gains) ** amount
        contrast *= look.contrast**amount
        shadows += np.array(look.shadows) * amount
        lights += np.array(look.lights) * amount
        lift += look.lift * amount
        kept = max(0.0, 1.0 + look.saturation * min(amount, 1.0 if look.saturation <= -1 else amount))
        grey = np.tile(_PANCHROMATIC if look.grey else LUMA, (3, 1))
        colour = (kept * np.eye(3) + (1.0 - kept) * grey) @ colour
    gains /= float(LUMA @ gains)
    m_in = _mix(CROSSTALK) @ np.diag(gains) * 2.0**exposure_ev
    m_out = colour @ np.linalg.inv(_mix(GIVEN_BACK))
    tinted = bool(np.any(shadows) or np.any(lights))
    tables = np.stack([_table(contrast, lift, shadows[c], lights[c]) for c in (range(3) if tinted else (0,))])
    return np.ascontiguousarray(m_in, np.float32), tables, np.ascontiguousarray(m_out * 255.0, np.float32)


def _mix(share: float) -> Matrix:
    """Each layer takes `share` of each of the other two; rows sum to one."""
    return np.full((3, 3), share) + np.eye(3) * (1.0 - 3.0 * share)


def curve(light: NDArray[np.float64], contrast: float = 1.0) -> NDArray[np.float64]:
    """The curve alone: linear light (>= 0) to code values in 0..1."""
    n = TOE * contrast
    mid = srgb_decoded(MID_CODE)
    # Two conditions, 0.18 -> mid and WHITE -> 1, fix s^n (here `half`) and the scale.
    x, w = 0.18**n, WHITE**n
    half = x * w * (1.0 - mid) / (mid * w - x)
    scale = (w + half) / w
    powered = np.minimum(light, 1e6) ** n
    y = np.minimum(scale * powered / (powered + half), 1.0)
    coded: NDArray[np.float64] = np.where(
        y <= 0.0031308, y * 12.92, 1.055 * np.maximum(y, 0.0031308) ** (1 / 2.4) - 0.055
    )
    return coded


def _table(contrast: float, lift: float, shadow: float, high: float) -> Floats:
    """The curve for every float32 cut to its first 18 bits, taken at the middle of what was cut off."""
    bits = np.arange(1 << (32 - _DROPPED_BITS), dtype=np.uint32) << np.uint32(_DROPPED_BITS)
    exponent = (bits >> np.uint32(23)) & np.uint32(0xFF)
    values = (bits | np.uint32(1 << (_DROPPED_BITS - 1))).view(np.float32)
    positive = (bits < np.uint32(0x80000000)) & (exponent < 255)
    v = curve(np.where(positive, values, 0.0).astype(np.float64), contrast)
    v[:1] = 0.0  # zero itself, not the middle of the smallest numbers
    v = v + shadow * (1 - v) ** 2 * v + high * v**2 * (1 - v)
    v = lift + (1 - lift) * v
    v[bits == np.uint32(0x7F800000)] = 1.0  # infinity; NaN and negative light are black
    return np.ascontiguousarray(v, np.float32)


def _place(seed: int, frame: int, use: int) -> NDArray[np.int64]:
    """Where a repeating tile begins (row, column) and whether it is mirrored (down, across), by a hash of seed, frame and use: int64 [4]."""
    said = hashlib.blake2b(f"{seed}/{frame}/{use}".encode(), digest_size=8).digest()
    dy, dx = (int.from_bytes(said[i : i + 2], "little") % _TILE for i in (0, 2))
    return np.array([dy, dx, said[4] & 1, (said[4] & 2) >> 1], np.int64)


@functools.cache
def _dither_tile() -> Floats:
    """float32 [1024, 1024], evenly spread over 0..1; high-pass, so that it is less seen than white noise."""
    rng = np.random.default_rng(0x50_72_6F)
    spectrum = np.fft.rfft2(rng.standard_normal((_TILE, _TILE)))
    radius = np.hypot(np.fft.fftfreq(_TILE)[:, None], np.fft.rfftfreq(_TILE)[None])
    field = np.fft.irfft2(spectrum * np.minimum(radius / 0.3, 1.0), s=(_TILE, _TILE))
    ranks = np.empty(field.size, np.float32)
    ranks[np.argsort(field, axis=None, kind="stable")] = (np.arange(field.size, dtype=np.float32) + 0.5) / field.size
    return ranks.reshape(_TILE, _TILE)


@functools.cache
def _grain_tile() -> NDArray[np.int16]:
    """int16 [1024, 1024], deviation 32: noise without its largest waves and a little softened, as clumps of silver are."""
    rng = np.random.default_rng(0x47_72_61)
    spectrum = np.fft.rfft2(rng.standard_normal((_TILE, _TILE)))
    radius = np.hypot(np.fft.fftfreq(_TILE)[:, None], np.fft.rfftfreq(_TILE)[None])
    band = np.exp(-((radius / 0.32) ** 2)) * (1.0 - np.exp(-((radius / 0.02) ** 2)))
    field = np.fft.irfft2(spectrum * band, s=(_TILE, _TILE))
    tile: NDArray[np.int16] = np.clip(np.rint(field * (32.0 / field.std())), -127, 127).astype(np.int16)
    return tile


@functools.lru_cache(maxsize=16)
def _amplitude(strength: float) -> NDArray[np.int16]:
    """int16 [256]: the factor of the grain field at each code value (field deviation 32·√13, result shifted by 14)."""
    v = np.arange(256) / 255.0
    shape = 0.22 + 0.78 * (4 * v * (1 - v)) ** 0.7
    shape *= 1.0 - v**6
    factors: NDArray[np.int16] = np.rint(strength * 2.1 * shape * (1 << 14) / (32.0 * np.sqrt(13.0))).astype(np.int16)
    return factors
