"""What is compared: anchors and frames, decoded and made independent of exposure.

Place in the path: the judge's first step. An `AnchorPlate` is an anchor of the lock on a small working grid; a `Frame` is a finished frame as
a small pyramid. Both offer the same signal: a band of the logarithm of luma, in which a change of light is nearly a constant.
OpenCV is imported inside functions only.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.camera import Camera
from sora_lock.colour import linear_from_srgb
from sora_lock.errors import MediaError
from sora_lock.records import Anchor, Region

if TYPE_CHECKING:
    from sora_lock.continuity.register import Registered
    from sora_lock.continuity.sight import Sight
    from sora_lock.continuity.stand import Stand

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Codes = NDArray[np.uint8]

GRID_PX = 360
"""Longest side of an anchor's working grid."""
FINE_PX = 720
"""The same for a set's features."""
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
COARSE = 4
"""Frame px per px of `Frame.covered`."""
DARK_CODE = 14
"""Mean of the brightest channel below which a frame is too dark."""
MIRRORED = "it is mirrored left to right; the evidence shows it turned back"
FLOOR_CODE = 8.0
"""Added to code values before the logarithm, so that noise near black stays small."""


def log_luma(rgb: Codes) -> Floats:
    """Natural logarithm of (luma in code values + FLOOR_CODE), float32 [H, W]."""
    out: Floats = np.log(rgb.astype(np.float32) @ LUMA + np.float32(FLOOR_CODE))
    return out


def band(log: Floats, weight: Floats | None = None, fine: float = 0.7, coarse: float = 4.0) -> Floats:
    """A band of `log` between two Gaussian widths in px; where `weight` is 0 the picture is filled from what is around it."""
    import cv2

    if weight is not None:
        share = cv2.GaussianBlur(weight, (0, 0), coarse)
        around = cv2.GaussianBlur(log * weight, (0, 0), coarse) / np.maximum(share, 1e-4)
        log = log * weight + around * (1 - weight)
    out: Floats = cv2.GaussianBlur(log, (0, 0), fine) - cv2.GaussianBlur(log, (0, 0), coarse)
    return out


def even(signal: Floats) -> Floats:
    """The signal with its local strength evened out, within -3..3."""
    import cv2

    out: Floats = signal / (np.sqrt(cv2.GaussianBlur(signal * signal, (0, 0), 6.0)) + np.float32(0.01))
    return np.clip(out, -3, 3)


def features(log: Floats, inside: Codes | None, most: int) -> tuple[Floats, Floats]:
    """SIFT points [N, 2] in px and root-SIFT descriptors [N, 128] of a locally normalised picture (Arandjelovic and Zisserman 2012)."""
    import cv2

    mean = cv2.GaussianBlur(log, (0, 0), 6.0)
    rest = log - mean
    deviation = np.sqrt(cv2.GaussianBlur(rest * rest, (0, 0), 6.0))
    picture = np.clip(128 + 45 * rest / (deviation + 0.02), 0, 255).astype(np.uint8)
    points, found = cv2.SIFT.create(nfeatures=most, contrastThreshold=0.02).detectAndCompute(picture, inside)
    if found is None or len(points) < 4:
        return np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32)
    found = np.sqrt(found / np.maximum(found.sum(axis=1, keepdims=True), 1e-6))
    return np.array([p.pt for p in points], np.float32), found.astype(np.float32)


def _decode(data: bytes, what: str, flag: int) -> NDArray[Any]:
    import cv2

    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flag) if data else None
    if pixels is None:
        raise MediaError(f"The {what} is not a PNG that can be read; freeze the lock again.")
    return np.asarray(pixels)


@dataclass(frozen=True, eq=False)
class AnchorPlate:
    """An anchor on its working grid.

    Attributes:
        view: the anchor's view.
        rgb, alpha: uint8 [H, W, 3] and [H, W], anchor px.
        numbers: uint8 [H, W] region numbers, anchor px.
        scale: grid px per anchor px, at most 1.
        origin: (x, y) of this part in the whole anchor, px; (0, 0) for a whole anchor.
        log, signal: float32 [h, w] on the grid; the background is filled from the subject.
        linear: float32 [h, w, 3] on the grid, linear reflectance.
        regions: uint8 [h, w] on the grid.
        inside: bool [h, w], coverage eroded so that no background is in the band.
    """

    view: str
    rgb: Codes
    alpha: Codes
    numbers: Codes
    scale: float
    origin: tuple[int, int]
    log: Floats
    signal: Floats
    linear: Floats
    regions: Codes
    inside: Bools

    @cached_property
    def features(self) -> tuple[Floats, Floats]:
        """`features` of the grid, inside the subject."""
        return features(self.log, self.inside.astype(np.uint8) * 255, 700)

    @cached_property
    def fine_features(self) -> tuple[Floats, Floats]:
        """The same from twice as fine a grid, points still in px of this one: a set is often seen from much nearer than its anchor shows it."""
        scale = min(1.0, FINE_PX / max(self.numbers.shape))
        fine = _on_grid(self.view, self.rgb, self.alpha, self.numbers, scale, self.origin)
        points, descriptors = features(fine.log, fine.inside.astype(np.uint8) * 255, 1500)
        ratio = np.float32(self.scale / scale)
        return (points + np.float32(0.5)) * ratio - np.float32(0.5), descriptors

    def region(self, names: Sequence[int]) -> Bools:
        """Where the grid shows any of these region numbers, inside the subject."""
        return np.isin(self.regions, np.asarray(names, np.uint8)) & self.inside


def anchor_plate(anchor: Anchor, image: bytes, regions: bytes) -> AnchorPlate:
    """Decodes an anchor.

    Raises:
        MediaError: when a file is no PNG, or the two do not fit together.
    """
    import cv2

    picture = _decode(image, f"anchor “{anchor.view}”", cv2.IMREAD_UNCHANGED)
    numbers = _decode(regions, f"region map of “{anchor.view}”", cv2.IMREAD_GRAYSCALE)
    if (
        picture.ndim != 3
        or picture.shape[2] not in (3, 4)
        or picture.shape[:2] != numbers.shape
        or picture.dtype != np.uint8
    ):
        raise MediaError(f"The anchor “{anchor.view}” and its region map do not fit together; freeze the lock again.")
    rgb = np.ascontiguousarray(picture[..., 2::-1])
    alpha = picture[..., 3] if picture.shape[2] == 4 else np.full(numbers.shape, 255, np.uint8)
    scale = min(1.0, GRID_PX / max(numbers.shape))
    return _on_grid(anchor.view, rgb, alpha, numbers, scale, (0, 0))


def finer_plate(plate: AnchorPlate, box: tuple[int, int, int, int], scale: float) -> AnchorPlate:
    """A part of an anchor on a finer grid.

    Args:
        plate: on the grid of the whole anchor.
        box: (x0, y0, x1, y1) in anchor px.
        scale: grid px per anchor px, at most 1.
    """
    part = np.s_[box[1] : box[3], box[0] : box[2]]
    return _on_grid(plate.view, plate.rgb[part], plate.alpha[part], plate.numbers[part], scale, (box[0], box[1]))


def _on_grid(view: str, rgb: Codes, alpha: Codes, numbers: Codes, scale: float, origin: tuple[int, int]) -> AnchorPlate:
    import cv2

    size = (max(16, round(numbers.shape[1] * scale)), max(16, round(numbers.shape[0] * scale)))
    weight = cv2.resize(alpha.astype(np.float32) / 255, size, interpolation=cv2.INTER_AREA)
    small = cv2.resize(
        rgb.astype(np.float32) * (alpha[..., None] / np.float32(255)), size, interpolation=cv2.INTER_AREA
    )
    small = np.clip(small / np.maximum(weight, 1e-3)[..., None], 0, 255)
    log = np.log(small @ LUMA + np.float32(FLOOR_CODE)).astype(np.float32)
    solid = (weight > 0.98).astype(np.float32)
    inside = cv2.erode(solid, np.ones((5, 5), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=1) > 0
    share = cv2.GaussianBlur(solid, (0, 0), 6.0)
    around = cv2.GaussianBlur(log * solid, (0, 0), 6.0) / np.maximum(share, 1e-4)
    return AnchorPlate(
        view,
        rgb,
        alpha,
        numbers,
        scale,
        origin,
        log * solid + around * (1 - solid),
        band(log, solid),
        linear_from_srgb((small / 255).astype(np.float32)),
        cv2.resize(numbers, size, interpolation=cv2.INTER_NEAREST),
        inside,
    )


class Frame:
    """A finished frame, uint8 [H, W, 3], with what several judges need of it computed once.

    Attributes:
        rgb: the frame.
        covered: uint8 [H / COARSE, W / COARSE], 1 where a judge of a figure found its subject, with a margin: what a set is not judged by.
        place: the frame's camera in a set's space, where the set's judge registered it: what a figure is found by.
        marks: where on that set's floor somebody may stand.
        stood: the frame's camera in a figure's space, of each that was found: what a set is found by.
        behind: the set as it was registered in it.
        seen_behind: what the frame lets one compare of that set, and how many px of `covered` were left out.
    """

    def __init__(self, rgb: Codes) -> None:
        self.rgb = rgb
        self.place: Camera | None = None
        self.marks: tuple[Stand, ...] = ()
        self.stood: list[Camera] = []
        self.behind: Registered | None = None
        self.seen_behind: tuple[int, Sight] | None = None
        self.covered = np.zeros((-(-rgb.shape[0] // COARSE), -(-rgb.shape[1] // COARSE)), np.uint8)

    def cover(self, x: Floats, y: Floats, goes_on: bool) -> None:
        """Notes that a figure stands at these places, float32 [N] px; with `goes_on` it is cut by its anchor and reaches further down."""
        import cv2

        own = np.zeros_like(self.covered)
        h, w = own.shape
        c, r = np.rint(x / COARSE).astype(int), np.rint(y / COARSE).astype(int)
        inside = (c >= 0) & (c < w) & (r >= 0) & (r < h)
        own[r[inside], c[inside]] = 1
        rows = np.flatnonzero(own.any(axis=1))
        if not len(rows):
            return
        own = cv2.morphologyEx(own, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
        margin = max(3, int(0.05 * (rows[-1] - rows[0] + 1)) | 1)
        own = cv2.dilate(own, np.ones((margin, margin), np.uint8))
        if goes_on:
            last = max(0, int(np.flatnonzero(own.any(axis=1))[-1]) - 2 - margin)
            own[last:, own[last:].any(axis=0)] = 1
        self.covered |= own

    @cached_property
    def levels(self) -> tuple[Codes, ...]:
        """Full, half and quarter size."""
        import cv2

        out = [self.rgb]
        for _ in range(2):
            h, w = out[-1].shape[:2]
            out.append(cv2.resize(out[-1], (max(8, w // 2), max(8, h // 2)), interpolation=cv2.INTER_AREA))
        return tuple(out)

    @cached_property
    def small(self) -> Codes:
        """At most 540 px wide: what is searched."""
        import cv2

        h, w = self.rgb.shape[:2]
        scale = min(1.0, 540 / w)
        size = (max(16, round(w * scale)), max(16, round(h * scale)))
        return self.rgb if scale == 1 else np.asarray(cv2.resize(self.rgb, size, interpolation=cv2.INTER_AREA))

    @property
    def dark(self) -> bool:
        """Whether it is too dark for anything to be found."""
        return float(self.levels[2].max(axis=-1).mean()) < DARK_CODE

    def turned(self) -> Frame:
        """The frame the other way round; of what is noted on it only what figures cover."""
        out = Frame(np.ascontiguousarray(self.rgb[:, ::-1]))
        out.covered = np.ascontiguousarray(self.covered[:, ::-1])
        return out

    @property
    def small_scale(self) -> float:
        """Small px per frame px."""
        return float(self.small.shape[1]) / float(self.rgb.shape[1])

    @cached_property
    def features(self) -> tuple[Floats, Floats]:
        """Features of `small`, in frame px."""
        points, descriptors = features(log_luma(self.small), None, 900)
        return points / np.float32(self.small_scale), descriptors

    def search(self, reduce: float) -> Floats:
        """The evened band of `small` at `reduce` (1 or 0.5) of its size: what pictures are looked for in."""
        return self._search[0 if reduce == 1 else 1]

    @cached_property
    def _search(self) -> tuple[Floats, Floats]:
        import cv2

        log = log_luma(self.small)
        half = cv2.resize(log, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        return even(band(log, None, 0.7, 5.0)), even(band(half, None, 0.7, 5.0))

    @cached_property
    def noise_codes(self) -> float:
        """Standard deviation of the finest grain at half size, in code values: 1.4826 median absolute Laplacian / sqrt(20), flat half."""
        luma = self.levels[1].astype(np.float32) @ LUMA
        lap = np.abs(4 * luma[1:-1, 1:-1] - luma[:-2, 1:-1] - luma[2:, 1:-1] - luma[1:-1, :-2] - luma[1:-1, 2:])
        flat = lap[lap <= np.median(lap)]
        median: float = float(np.median(flat))
        return max(0.6, 1.4826 * median / 20**0.5)


def around(where: Bools, margin_px: int) -> tuple[slice, slice]:
    """Rows and columns of the smallest box that holds some pixels of a raster [H, W], with a margin."""
    h, w = where.shape
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    return (
        slice(max(0, int(rows[0]) - margin_px), min(h, int(rows[-1]) + 1 + margin_px)),
        slice(max(0, int(columns[0]) - margin_px), min(w, int(columns[-1]) + 1 + margin_px)),
    )


def both_ways(box: tuple[int, int, int, int], width: int) -> tuple[int, int, int, int]:
    """The smallest box, (x0, y0, x1, y1) px, that holds a box and is the same in the frame and in the frame turned round."""
    left = min(box[0], width - box[2])
    return left, box[1], width - left, box[3]


_SHARED: deque[tuple[Codes, bytes, Frame]] = deque(maxlen=2)


def frame_of(rgb: Codes) -> Frame:
    """The `Frame` of a picture; judges that are shown the same array share it.

    A frame notes what stands in it, so the same pixels in another clip, or judged once more, are another frame. The array's bytes count too, since a caller may fill
    one buffer again and again.
    """
    digest = hashlib.blake2b(np.ascontiguousarray(rgb).tobytes(), digest_size=16).digest()
    for array, known, frame in tuple(_SHARED):
        if array is rgb and known == digest:
            return frame
    frame = Frame(np.array(rgb, order="C"))
    _SHARED.append((rgb, digest, frame))
    return frame


_PLATES: dict[tuple[str, str, str], AnchorPlate] = {}
_MOST_PLATES = 48


def plate_of(anchor: Anchor, picture_of: Callable[[str], bytes]) -> AnchorPlate:
    """`anchor_plate`, kept for the last few dozen anchors: the takes of a fan-out share their locks."""
    key = (anchor.view, anchor.image_sha256, anchor.regions_sha256)
    if key not in _PLATES:
        while len(_PLATES) >= _MOST_PLATES:
            _PLATES.pop(next(iter(_PLATES)))
        _PLATES[key] = anchor_plate(anchor, picture_of(anchor.image_sha256), picture_of(anchor.regions_sha256))
    return _PLATES[key]


def numbers_of(regions: Sequence[Region], attribute: str) -> list[int]:
    """Region numbers that belong to an attribute."""
    return [k for k, r in enumerate(regions, 1) if attribute in r.attributes]
