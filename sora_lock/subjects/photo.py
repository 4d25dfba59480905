"""A person's own picture as a subject: matte, clean edge, regions, and its fit to a raster.

Place in the path: between an upload and the lock (`picture`, `regions_for`), and between the lock and the hold (`conform`). A picture
without estimates is held by `pixel`: what `conform` returns is, in the core, what the master must hold byte for byte. It brings no geometry,
so it is neither relit nor moved. With estimates it becomes a `relief`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sora_lock.colour import LUMA, coded, linear_from_srgb
from sora_lock.errors import MediaError
from sora_lock.media.images import Still, open_image
from sora_lock.media.origin import origin
from sora_lock.records import ATTRIBUTES, Kind, Region

Rgb = NDArray[np.uint8]
Floats = NDArray[np.float32]
Box = tuple[int, int, int, int]

MAX_SIDE = 3072  # a larger picture is reduced: no raster shows more of it
PAINTED: tuple[Region, ...] = (
    Region("face", ("face", "expression")),
    Region("hair", ("hair",)),
    Region("wardrobe", ("wardrobe",)),
    Region("body", ("body",)),
)
"""The parts a person can paint on a character, in the order of their numbers."""
PAINTS = np.array([(0, 0, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)], np.uint8)
"""The colours they are painted in, by number; 0 is unpainted."""
LEAST_PX = 256  # a matte of fewer pixels holds nothing one could judge
FULL_HEIGHT, CUT_HEIGHT, FLOOR_LINE, MAX_WIDTH, MAX_SCALE = 0.80, 0.90, 0.94, 0.92, 1.5

NO_MATTE = (
    "The picture has no matte, so there is no telling the subject from its background: bring a PNG with alpha, "
    "bring the matte as a second file, or paint it."
)


@dataclass(frozen=True)
class Picture:
    """A picture with its matte, upright.

    Attributes:
        rgb: uint8 [H, W, 3], sRGB code values, black where alpha is 0 (what is not the subject is not kept).
        alpha: float32 [H, W], coverage in steps of 1/255.
        notes: sentences for people on what was converted.
        brought: (width, height) px of the picture before it was reduced; None when it was not.
        drawn_by: which model drew it, of what words; "" for what the file does not tell (`media.origin`).
    """

    rgb: Rgb
    alpha: Floats
    notes: tuple[str, ...] = ()
    brought: tuple[int, int] | None = None
    drawn_by: str = ""

    def box(self, drawn: Box) -> Box:
        """A box that was drawn on the picture as it was brought, in px of the picture as it is here.

        Raises:
            MediaError: for a box that is empty or not within the picture.
        """
        height, width = self.alpha.shape
        wide, tall = self.brought or (width, height)
        _check_box(drawn, wide, tall)
        x0, y0, x1, y1 = drawn
        return (
            x0 * width // wide,
            y0 * height // tall,
            max(x0 * width // wide + 1, round(x1 * width / wide)),
            max(y0 * height // tall + 1, round(y1 * height / tall)),
        )


@dataclass(frozen=True)
class Conformed:
    """A picture fitted to a raster.

    Attributes:
        rgb: uint8 [H, W, 3]; colours reach a little beyond the matte, clean of the old background, and are black elsewhere.
        coverage: float32 [H, W]; exactly 1 inside and exactly 0 outside.
        transform: 2x3; picture px (x, y) to frame px, pixel centres at .5.
        sha256: of rgb and coverage as they are here; recorded with the grip.
    """

    rgb: Rgb
    coverage: Floats
    transform: tuple[tuple[float, float, float], tuple[float, float, float]]
    sha256: str


def picture(data: bytes, matte: bytes | None = None, painted: NDArray[np.uint8] | None = None) -> Picture:
    """Decodes a picture and joins it with its matte.

    Args:
        data: PNG, JPEG, WebP or TIFF, as uploaded.
        matte: a second file; its alpha where it has one, else its luma, is coverage.
        painted: uint8 [h, w], white where the subject is; wins over both. Mattes of another size are fitted when their shape agrees.

    Raises:
        MediaError: for a file that is no picture, has no matte, or whose matte is empty, everything, or of another shape.
    """
    still = open_image(data)
    shape = still.rgba.shape[:2]
    if painted is not None:
        if painted.ndim != 2 or not painted.size:
            raise MediaError(f"The painted matte has the shape {painted.shape}; wanted one value a pixel.")
        alpha = fitted(painted.astype(np.float32) / np.float32(255), shape, "painted matte")
    elif matte is not None:
        brought = open_image(matte).rgba
        if brought[..., 3].min() < 250:
            alpha = brought[..., 3].astype(np.float32) / np.float32(255)
        else:
            alpha = (brought[..., :3].astype(np.float32) @ LUMA) / np.float32(255)
        alpha = fitted(np.clip(alpha, 0, 1), shape, "matte")
    else:
        return replace(_own(still), drawn_by=origin(data))
    return replace(joined(still.rgba[..., :3], alpha, still.notes, foreign=True), drawn_by=origin(data))


def joined(rgb: Rgb, alpha: Floats, notes: tuple[str, ...] = (), *, foreign: bool) -> Picture:
    """A picture of colours and coverage, no larger than is of use.

    Args:
        rgb: uint8 [H, W, 3], sRGB, straight; alpha: float32 [H, W], 0..1.
        foreign: whether the matte was made apart from the picture: then its soft edge still holds light of the old background.

    Raises:
        MediaError: for a matte that is empty or everything.
    """
    _check_matte(alpha, foreign)
    rgb, notes, whole = _of_use(rgb, notes)
    if whole is not None:
        alpha = np.clip(resized(alpha, rgb.shape[1::-1], Image.Resampling.HAMMING), 0, 1)
        _check_matte(alpha, foreign)
    if not np.any((alpha > 0.02) & (alpha < 0.98)):
        alpha = _binomial(alpha)  # a hard edge would crawl; one pixel of softness is what a lens would give
    alpha = np.rint(alpha * 255).astype(np.float32) / np.float32(255)
    if foreign:
        rgb = _without_background(rgb, alpha)
    rgb = np.where((alpha > 0)[..., None], rgb, np.uint8(0))
    return Picture(np.ascontiguousarray(rgb), np.ascontiguousarray(alpha, np.float32), notes, whole)


def _of_use(rgb: Rgb, notes: tuple[str, ...]) -> tuple[Rgb, tuple[str, ...], tuple[int, int] | None]:
    """A picture no larger than is of use, with a note where it was reduced, and its (width, height) before that, else None."""
    tall, wide = rgb.shape[:2]
    if max(tall, wide) <= MAX_SIDE:
        return rgb, notes, None
    share = MAX_SIDE / max(tall, wide)
    size = (max(1, round(wide * share)), max(1, round(tall * share)))
    reduced = np.asarray(Image.fromarray(np.ascontiguousarray(rgb)).resize(size, Image.Resampling.LANCZOS))
    return reduced, (*notes, f"The picture was reduced from {wide}x{tall} to {size[0]}x{size[1]}."), (wide, tall)


def cut_out(
    data: bytes,
    box: Box | None = None,
    subject: NDArray[np.bool_] | None = None,
    background: NDArray[np.bool_] | None = None,
    *,
    earlier: Picture | None = None,
    by: str = "classical",
) -> Picture:
    """Decodes a picture without a matte and estimates one of what a box or strokes point at.

    Args:
        box: (x0, y0, x1, y1) px of the picture as brought, around all of the subject.
        subject, background: bool [h, w], strokes over what is surely subject and surely not; of another size they are fitted.
        earlier: this picture cut out before: strokes then correct its matte, and change only what hangs together with them.
        by: the estimator, "classical" or "learned".

    Raises:
        MediaError: for a file that is no picture, hints that say nothing, or when no subject, or nothing else, is found.
    """
    return replace(_cut_out(open_image(data), box, subject, background, earlier, by), drawn_by=origin(data))


def _cut_out(
    still: Still,
    box: Box | None,
    subject: NDArray[np.bool_] | None,
    background: NDArray[np.bool_] | None,
    earlier: Picture | None,
    by: str,
) -> Picture:
    """As `cut_out`, of a picture that is decoded."""
    from sora_lock.subjects.estimators import Hints, MadeBy, Matte, estimator
    from sora_lock.subjects.estimators.matting import correct

    tall, wide = still.rgba.shape[:2]
    if box is not None:
        _check_box(box, wide, tall, "box")
    rgb, notes, whole = _of_use(still.rgba[..., :3], still.notes)
    if box is not None and whole is not None:
        share = MAX_SIDE / max(tall, wide)
        box = (round(box[0] * share), round(box[1] * share), round(box[2] * share), round(box[3] * share))

    def at_size(mask: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
        if mask is None or not mask.any():
            return None
        wanted = np.asarray(Image.fromarray(mask).resize((rgb.shape[1], rgb.shape[0]), Image.Resampling.NEAREST))
        return np.asarray(wanted, np.bool_)

    light, yes, no = linear_from_srgb(rgb), at_size(subject), at_size(background)
    if earlier is not None and (yes is not None or no is not None):
        if earlier.alpha.shape != rgb.shape[:2]:
            raise MediaError(
                f"The earlier matte is {earlier.alpha.shape[1]}x{earlier.alpha.shape[0]} px and the picture {rgb.shape[1]}x{rgb.shape[0]}; "
                "correct the matte of the same picture."
            )
        before = Matte(earlier.alpha, linear_from_srgb(earlier.rgb), MadeBy(by, ""))
        made = correct(light, before, yes, no)
    else:
        made = estimator(by).matte(light, Hints(box, yes, no))
    alpha = np.rint(made.alpha * 255).astype(np.float32) / np.float32(255)
    own = coded(made.foreground)
    own = np.where((alpha >= 1)[..., None], rgb, np.where((alpha > 0)[..., None], own, np.uint8(0)))
    return Picture(np.ascontiguousarray(own), alpha, (*notes, *made.notes), whole)


def rim(width: int, height: int) -> Box:
    """All of a picture but its rim, where a subject is looked for that nobody pointed at."""
    out = max(2, round(0.015 * max(height, width)))
    return out, out, width - out, height - out


def found(data: bytes, by: str = "classical") -> Picture:
    """Decodes a picture about which nobody said anything: with the matte it brings, else with that of what is in all of it but its rim.

    Raises:
        MediaError: as `picture` and `cut_out`.
    """
    still = open_image(data)
    if int(still.rgba[..., 3].min()) < 250:
        made = _own(still)
    else:
        tall, wide = still.rgba.shape[:2]
        made = _cut_out(still, rim(wide, tall), None, None, None, by)
    return replace(made, drawn_by=origin(data))


def _own(still: Still) -> Picture:
    """A picture with the matte that is its alpha."""
    alpha = still.rgba[..., 3].astype(np.float32) / np.float32(255)
    return joined(still.rgba[..., :3], alpha, still.notes, foreign=False)


def regions_for(made: Picture, kind: Kind, face_box: Box | None = None) -> tuple[tuple[Region, ...], NDArray[np.uint8]]:
    """The parts of a picture: one, "picture", for everything; with a face box, "face" beside it.

    Args:
        kind: "character", "prop" (or "set": its attributes too).
        face_box: (x0, y0, x1, y1) px of the picture as it is in `made` (see `Picture.box`), x1 and y1 exclusive.

    Returns:
        (regions, plate): the plate is uint8 [H, W], 0 outside the matte, else k for `regions[k - 1]`.

    Raises:
        MediaError: for a face box that is empty, outside the picture, or holds nothing of the subject.
    """
    inside = made.alpha >= 0.5
    plate = inside.astype(np.uint8)
    if kind != "character" or face_box is None:
        return (Region("picture", ATTRIBUTES[kind]),), plate
    height, width = made.alpha.shape
    _check_box(face_box, width, height)
    x0, y0, x1, y1 = face_box
    if inside[y0:y1, x0:x1].sum() < 64:
        raise MediaError("The face box holds nothing of the subject; draw it over the face.")
    plate[y0:y1, x0:x1][inside[y0:y1, x0:x1]] = 2
    face = ("face", "expression")
    return (Region("picture", tuple(a for a in ATTRIBUTES[kind] if a not in face)), Region("face", face)), plate


def painted_colours(made: Picture, data: bytes) -> NDArray[np.uint8]:
    """The numbers for `painted_parts` of a picture file in which parts are painted: red face, green hair, blue wardrobe, yellow body.

    A pixel counts as painted where its colour is within a third of the range of one of these; everything else is unpainted.

    Raises:
        MediaError: for a file that is no picture, or of other proportions.
    """
    rgba = open_image(data).rgba
    numbers = np.zeros(rgba.shape[:2], np.uint8)
    for k, colour in enumerate(PAINTS[1:].astype(np.int16), 1):
        near = np.abs(rgba[..., :3].astype(np.int16) - colour).max(axis=2) < 85
        numbers[near & (rgba[..., 3] >= 128)] = k
    h, w = rgba.shape[:2]
    tall, wide = made.alpha.shape
    if abs(w * tall / (h * wide) - 1) > 0.01:
        raise MediaError(
            f"The painted parts are {w}x{h} and the picture {wide}x{tall}; wanted the same size or proportions."
        )
    return np.asarray(Image.fromarray(numbers).resize((wide, tall), Image.Resampling.NEAREST))


def painted_parts(
    made: Picture, painted: NDArray[np.uint8], face_box: Box | None = None
) -> tuple[tuple[Region, ...], NDArray[np.uint8], Box | None]:
    """The parts somebody painted on a character; what was left unpainted is "picture" and has the attributes nobody painted.

    Args:
        painted: uint8 [H, W] of the picture's size, 0 unpainted, else k for `PAINTED[k - 1]`.
        face_box: px of `made`; without one the painted face's bounds.

    Returns:
        (regions, plate, face_box): as `regions_for`.

    Raises:
        MediaError: for another size, other numbers, or nothing painted on the subject.
    """
    if painted.shape != made.alpha.shape:
        raise MediaError(
            f"The painted parts have the shape {painted.shape}; wanted {made.alpha.shape}, as the picture has it."
        )
    inside = made.alpha >= 0.5
    if painted.size and int(painted.max()) > len(PAINTED):
        raise MediaError(f"The painted parts hold the number {int(painted.max())}; wanted 0 to {len(PAINTED)}.")
    used = [k for k in range(1, len(PAINTED) + 1) if int(((painted == k) & inside).sum()) >= 64]
    if not used:
        raise MediaError(
            "No part is painted on the subject; paint face, hair, wardrobe or body over it, or leave parts out."
        )
    taken = {a for k in used for a in PAINTED[k - 1].attributes}
    left = tuple(a for a in ATTRIBUTES["character"] if a not in taken)
    bare = inside & ~np.isin(painted, used)
    regions = [PAINTED[k - 1] for k in used]
    plate = np.zeros(painted.shape, np.uint8)
    for number, k in enumerate(used, 1):
        plate[(painted == k) & inside] = number
    if left or int(bare.sum()) >= LEAST_PX:
        regions.append(Region("picture", left or ("body",)))
    plate[bare] = len(regions)
    if face_box is None and 1 in used:
        rows, columns = (np.flatnonzero((plate == 1).any(axis=k)) for k in (1, 0))
        face_box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    return tuple(regions), plate, face_box


def conform(
    made: Picture, width: int, height: int, *, centre: float = 0.5, height_share: float | None = None
) -> Conformed:
    """Places a picture where the figure of a medium shot stands.

    A subject that its picture cuts off at the bottom touches the frame's bottom; a whole one stands with its feet on the floor line.
    It is never enlarged above 1.5 times. The resampling is in linear light when it reduces, on code values when it enlarges.

    Args:
        width, height: of the raster, px.
        centre: where the subject's middle stands, 0..1 of the width.
        height_share: of the frame's height that the subject takes; None: 0.9 cut, 0.8 whole.

    Raises:
        MediaError: for an empty matte.
    """
    return placed(made, place(made.alpha >= 0.5, width, height, centre=centre, height_share=height_share))


@dataclass(frozen=True)
class Place:
    """Where a picture goes in a frame: scaled by `scale`, then moved; px, pixel centres at .5.

    Attributes:
        cut: whether the picture's bottom cuts the subject off, and the frame's bottom then does.
        width, height: of the frame.
    """

    scale: float
    shift_x: float
    shift_y: float
    cut: bool
    width: int
    height: int


def place(
    inside: NDArray[np.bool_], width: int, height: int, *, centre: float = 0.5, height_share: float | None = None
) -> Place:
    """Where what covers `inside` (bool [H, W]; of a clip in any of its frames) goes; see `conform`."""
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if not len(rows):
        raise MediaError("The matte is empty: nothing would be held. Bring a matte that is white where the subject is.")
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    left, right = int(columns[0]), int(columns[-1]) + 1
    cut = cut_below(inside)
    share = height_share if height_share is not None else (CUT_HEIGHT if cut else FULL_HEIGHT)
    scale = min(share * height / (bottom - top), MAX_WIDTH * width / (right - left), MAX_SCALE)
    shift_x = centre * width - scale * axis_px(inside)
    low, high = width - scale * right, -scale * left
    shift_x = float(np.clip(shift_x, min(low, high), max(low, high)))
    shift_y = height - scale * bottom if cut else FLOOR_LINE * height - scale * bottom
    return Place(scale, shift_x, shift_y, cut, width, height)


def placed(made: Picture, at: Place) -> Conformed:
    """A picture put where `at` says."""
    cut = at.cut and bool((made.alpha[-4:] >= 0.5).any())  # a clip's subject may leave the bottom for a while
    rgb, coverage = _placed(made, cut, at.scale, at.shift_x, at.shift_y, at.width, at.height)
    transform = ((at.scale, 0.0, at.shift_x), (0.0, at.scale, at.shift_y))
    said = hashlib.sha256(rgb.tobytes())
    said.update(coverage.astype("<f4").tobytes())
    return Conformed(rgb, coverage, transform, said.hexdigest())


def cut_below(inside: NDArray[np.bool_]) -> bool:
    """Whether the picture's bottom edge cuts the subject off: it comes within three pixels of it, and over more than a foot's width."""
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    width = int(columns[-1]) + 1 - int(columns[0])
    return bool(rows[-1] + 1 >= inside.shape[0] - 3 and int(inside[rows[-1]].sum()) > 0.25 * width)


def axis_px(inside: NDArray[np.bool_]) -> float:
    """The subject's upright axis in px: the mean of mass and box, since a reaching arm shifts a figure, but not by all of its length."""
    columns, weight = np.flatnonzero(inside.any(axis=0)), inside.sum(axis=0)
    middle = float((weight * (np.arange(len(weight)) + 0.5)).sum() / weight.sum())
    return 0.5 * middle + 0.25 * float(columns[0] + columns[-1] + 1)


def _placed(
    made: Picture, cut: bool, scale: float, shift_x: float, shift_y: float, width: int, height: int
) -> tuple[Rgb, Floats]:
    """The picture resampled into a frame of [height, width]: colours and coverage apart, so that neither fringes the other."""
    reached = made.alpha > 0
    rows, columns = np.flatnonzero(reached.any(axis=1)), np.flatnonzero(reached.any(axis=0))
    crop = (slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1))
    shift_x, shift_y = shift_x + scale * crop[1].start, shift_y + scale * crop[0].start
    margin = int(np.ceil(4 / scale)) + 4
    pad = ((margin, margin), (margin, margin))
    alpha = np.pad(made.alpha[crop], pad)
    if cut:
        alpha[-margin:] = alpha[-margin - 1]  # below the cut there was more of the subject
    colours = np.pad(made.rgb[crop], (*pad, (0, 0)), mode="edge")
    colours = _extended(colours, alpha)
    tall, wide = alpha.shape
    # The frame's pixels that the padded picture reaches, and the part of the picture that these are made of.
    x0, x1 = max(0, int(np.floor(shift_x)) - 2), min(width, int(np.ceil(shift_x + scale * (wide - 2 * margin))) + 2)
    y0, y1 = max(0, int(np.floor(shift_y)) - 2), min(height, int(np.ceil(shift_y + scale * (tall - 2 * margin))) + 2)
    rgb, coverage = np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.float32)
    if x1 <= x0 or y1 <= y0:
        return rgb, coverage
    box = (
        max(0.0, (x0 - shift_x) / scale + margin),
        max(0.0, (y0 - shift_y) / scale + margin),
        min(float(wide), (x1 - shift_x) / scale + margin),
        min(float(tall), (y1 - shift_y) / scale + margin),
    )
    size = (x1 - x0, y1 - y0)
    part = np.clip(resized(alpha, size, Image.Resampling.HAMMING, box), 0, 1)
    # Half a code value from either end is the end: the core must be exactly covered, the outside exactly free.
    part[part > 1 - 0.5 / 255] = 1
    part[part < 0.5 / 255] = 0
    if scale < 1:
        light = linear_from_srgb(colours)
        planes = [resized(light[..., c], size, Image.Resampling.HAMMING, box) for c in range(3)]
        codes = coded(np.stack(planes, axis=-1))
    else:
        codes = np.asarray(Image.fromarray(colours).resize(size, Image.Resampling.BICUBIC, box=box))
    coverage[y0:y1, x0:x1] = part
    rgb[y0:y1, x0:x1] = np.where((part > 0)[..., None], codes, np.uint8(0))
    return rgb, coverage


def _check_matte(alpha: Floats, foreign: bool) -> None:
    inside = alpha >= 0.5
    if not foreign and float(alpha.min()) >= 0.98:
        raise MediaError(NO_MATTE)
    if int(inside.sum()) < LEAST_PX:
        raise MediaError(
            f"The matte is empty ({int(inside.sum())} px are covered; wanted at least {LEAST_PX}): nothing would be held. "
            "It must be white, or opaque, where the subject is."
        )
    if float(inside.mean()) > 0.995:
        raise MediaError(
            "The matte covers everything, so there is no telling the subject from its background. "
            "It must be black, or transparent, where the background is."
        )


def _check_box(box: Box, width: int, height: int, what: str = "face box") -> None:
    x0, y0, x1, y1 = box
    if not (0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height):
        raise MediaError(f"The {what} {x0},{y0} to {x1},{y1} does not lie within the picture of {width}x{height} px.")


def fitted(alpha: Floats, shape: tuple[int, ...], what: str) -> Floats:
    """A matte at the picture's size; MediaError when its proportions differ by more than 1 %."""
    if alpha.shape == shape:
        return alpha
    (h, w), (tall, wide) = alpha.shape, shape
    if abs(w * tall / (h * wide) - 1) > 0.01:
        raise MediaError(f"The {what} is {w}x{h} and the picture {wide}x{tall}; wanted the same size or proportions.")
    return np.clip(resized(alpha, (wide, tall), Image.Resampling.BICUBIC), 0, 1)


def resized(
    plane: Floats,
    size: tuple[int, int],
    how: Image.Resampling,
    box: tuple[float, float, float, float] | None = None,
) -> Floats:
    """float32 [H, W] to [size[1], size[0]], antialiased."""
    return np.array(Image.fromarray(np.ascontiguousarray(plane, np.float32)).resize(size, how, box=box), np.float32)


def _binomial(alpha: Floats) -> Floats:
    """3x3 binomial blur with repeated edges."""
    p = np.pad(alpha, 1, mode="edge")
    rows = 0.25 * p[:-2] + 0.5 * p[1:-1] + 0.25 * p[2:]
    blurred: Floats = (0.25 * rows[:, :-2] + 0.5 * rows[:, 1:-1] + 0.25 * rows[:, 2:]).astype(np.float32)
    return blurred


def spread(colours: Floats, known: Floats) -> Floats:
    """Colours carried from where `known` is 1 to everywhere else, smoothly: push-pull over a pyramid (Gortler et al. 1996).

    Args:
        colours: float32 [H, W, 3]; known: float32 [H, W], 0..1.
    """
    height, width = known.shape
    if height <= 1 and width <= 1:
        return colours
    tall, wide = (height + 1) // 2 * 2, (width + 1) // 2 * 2
    weighted = np.zeros((tall, wide, 4), np.float32)
    weighted[:height, :width, :3], weighted[:height, :width, 3] = colours * known[..., None], known
    half = weighted.reshape(tall // 2, 2, wide // 2, 2, 4).sum(axis=(1, 3))
    total = half[..., 3]
    below = spread(half[..., :3] / np.maximum(total, 1e-6)[..., None], np.minimum(total, 1.0))
    planes = [resized(below[..., c], (wide, tall), Image.Resampling.BILINEAR) for c in range(3)]
    filled = np.stack(planes, axis=-1)[:height, :width]
    return colours * known[..., None] + filled * (1 - known[..., None])


def smoothstep(x: Floats, low: float, high: float) -> Floats:
    """0 up to `low`, 1 from `high` on, smooth between."""
    t = np.clip((x - np.float32(low)) / np.float32(high - low), 0, 1)
    smooth: Floats = (t * t * (3 - 2 * t)).astype(np.float32)
    return smooth


def _extended(rgb: Rgb, alpha: Floats) -> Rgb:
    """Core colours carried outwards under the soft edge: the less a pixel is covered, the less its own colour is believed."""
    reached = spread(rgb.astype(np.float32), smoothstep(alpha, 0.25, 0.95))
    return np.where((alpha >= 1)[..., None], rgb, np.rint(np.clip(reached, 0, 255)).astype(np.uint8))


def _without_background(rgb: Rgb, alpha: Floats) -> Rgb:
    """The soft edge of a photograph without the light of its old background.

    Core colours are carried outwards from one pixel inside the edge. Solving C = a F + (1 - a) B for F instead would need a truer matte
    than a brush or a keyer gives: where the matte is off by a little, it leaves a rim of the complementary colour.
    """
    p = np.pad(alpha, 1, mode="edge")
    rows = np.minimum(np.minimum(p[:-2], p[1:-1]), p[2:])
    inner = np.minimum(np.minimum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])
    known = smoothstep(inner, 0.6, 1.0)
    reached = spread(rgb.astype(np.float32), known)
    return np.where((known >= 1)[..., None], rgb, np.rint(np.clip(reached, 0, 255)).astype(np.uint8))
