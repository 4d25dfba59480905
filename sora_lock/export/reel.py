"""One film of the selects for a screening: a slate before each take, take and frame numbers and timecode burnt in.

Place in the path: export; reads masters (or, where there is none, proxies) of finished takes and writes one H.264 film.

The reel has the raster and rate that most takes have; others are fitted with black and shown at their own speed, frames repeated or left
out. Timecode is that of the take, 00:00:00:00 at frame 1001, so that it agrees with the timeline file's source ranges.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from fractions import Fraction
from math import ceil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from sora_lock.edit_frames import shown
from sora_lock.export.lettering import Colour, Face, clean, cut, draw, fitted, length, ring, wrap
from sora_lock.export.selects import Select, rate_words, timecode
from sora_lock.media.video import ProxyWriter, read_frames

Rgb = NDArray[np.uint8]

SLATE_S, LEAST_HEIGHT = 2, 400
ROOM: Colour = (10, 9, 8)
INK: Colour = (228, 223, 214)
SOFT: Colour = (172, 166, 155)
DIM: Colour = (125, 119, 109)
LINE: Colour = (53, 48, 42)
WARM: Colour = (230, 165, 92)
DRIFT: Colour = (226, 105, 74)
BLACK: Colour = (0, 0, 0)


def raster(chosen: Sequence[Select]) -> tuple[int, int, Fraction]:
    """Width, height and rate of the reel: what most takes have, the first of those that tie.

    Small takes are shown at twice or more their size, so that slate and numbers can be read from the back row.
    """
    sizes = Counter((s.take.recipe.shot.width, s.take.recipe.shot.height) for s in chosen)
    (width, height), _ = sizes.most_common(1)[0]
    fps, _ = Counter(s.fps for s in chosen).most_common(1)[0]
    times = max(1, ceil(LEAST_HEIGHT / min(width, height)))
    return width * times, height * times, fps


def slate(select: Select, width: int, height: int, scene_title: str = "", today: date | None = None) -> Image.Image:
    """The slate of one take, RGB of width x height: scene, shot and take large, what was asked for, what was locked."""
    page = Image.new("RGB", (width, height), ROOM)
    canvas = ImageDraw.Draw(page)
    u = min(width / 16, height / 9) / 60  # one unit is a 960th of a 16:9 frame's width

    def px(units: float) -> int:
        return max(1, round(units * u))

    left, right = px(60), width - px(60)
    shot = select.take.recipe.shot
    day = (today.isoformat() if today else select.take.created_utc[:10]) or ""
    y = px(58)
    draw(canvas, (left, y), "SORA LOCK", "strong", px(13), SOFT, spacing=0.16)
    draw(canvas, (right, y), day, "mono", px(13), DIM, align="right")
    if scene_title:
        draw(
            canvas,
            (width / 2, y),
            cut(clean(scene_title), "text", px(13), width * 0.5),
            "text",
            px(13),
            DIM,
            align="middle",
        )
    y += px(20)
    canvas.line((left, y, right, y), fill=LINE, width=px(1))

    # Scene and shot as codes, the take as the largest thing on the slate: it is what is called out.
    y += px(34)
    big = px(78)
    columns = [("SCENE", shot.scene), ("SHOT", shot.shot), ("TAKE", select.number.lstrip("T"))]
    room = right - left
    while sum(length(v, "strong", big) for _, v in columns) > room * 0.86 and big > px(24):
        big -= 2
    gap = (room - sum(length(v, "strong", big) for _, v in columns)) / 2
    x = float(left)
    for label, value in columns:
        colour = WARM if label == "TAKE" else INK
        draw(canvas, (x + px(2), y), label, "text", px(12), DIM, spacing=0.14)
        x += draw(canvas, (x - px(4), y + px(84)), value, "strong", big, colour) + gap
    if select.mark == "circled":
        # The director's circle, to the right of the take's number where there is room.
        ring(page, right - px(10), y - px(4), px(9), px(2.6), WARM)
    elif select.mark:
        draw(
            canvas,
            (right, y),
            select.mark.upper(),
            "strong",
            px(13),
            DRIFT if select.mark == "NG" else SOFT,
            align="right",
        )
    y += px(122)
    canvas.line((left, y, right, y), fill=LINE, width=px(1))

    y += px(48)
    size = px(30)
    said = wrap(select.said, "text", size, room, 3)
    if len(said) > 2:
        size = px(24)
        said = wrap(select.said, "text", size, room, 3)
    for line in said:
        draw(canvas, (left, y), line, "text", size, INK)
        y += round(size * 1.32)
    if clean(select.chips).lower() != clean(select.said).lower():
        draw(canvas, (left, y), cut(clean(select.chips), "text", px(15), room), "text", px(15), DIM)

    base = height - px(92)
    rows: tuple[tuple[str, str, Face], ...] = (
        ("LOCKED", "  ·  ".join(select.locks), "strong"),
        (
            "SHOT AS",
            f"seed {shot.seed} · {shot.engine} · {shot.width}x{shot.height} · {rate_words(select.fps)} fps · {select.frames} frames"
            f" · {select.take.recipe_sha256[:10]}",
            "mono",
        ),
    )
    for label, value, face in rows:
        draw(canvas, (left, base), label, "text", px(11), DIM, spacing=0.14)
        column = left + px(84)
        draw(
            canvas,
            (column, base),
            cut(value, face, px(15), right - column),
            face,
            px(15),
            SOFT if face == "mono" else INK,
        )
        base += px(27)

    # Eleven greys from black to white: one look tells whether the projector swallows shadows or lights.
    top, step = height - px(22), (right - left) / 11
    for i in range(11):
        v = round(255 * i / 10)
        canvas.rectangle((left + step * i, top, left + step * (i + 1) - 1, top + px(7)), fill=(v, v, v))
    return page


class BurnIn:
    """Take, frame and timecode over the foot of a frame, on a shade that keeps them readable over white."""

    def __init__(self, select: Select, width: int, height: int) -> None:
        """Draws what stays the same for a whole take once."""
        self._select, self._width, self._height = select, width, height
        self._size = max(11, round(height / 30))
        self._band = min(height, round(self._size * 2.6))
        ramp = np.linspace(0.0, 0.75, self._band, dtype=np.float32)
        self._keep = (1 - ramp)[:, None, None]

    def __call__(self, rgb: Rgb, frame: int) -> Rgb:
        """The frame (counted from 0) with its numbers; `rgb` is not changed."""
        out = rgb.copy()
        foot = out[-self._band :]
        foot[:] = np.rint(foot * self._keep).astype(np.uint8)
        strip = Image.fromarray(np.ascontiguousarray(foot))
        canvas = ImageDraw.Draw(strip)
        size, edge = self._size, round(self._size * 1.2)
        y = self._band - round(size * 0.75)
        take = cut(self._select.take.take, "mono", size, self._width * 0.45)
        draw(canvas, (edge, y), take, "mono", size, INK)
        right = self._width - edge
        wide = draw(canvas, (right, y), timecode(frame, self._select.fps), "mono", size, INK, align="right")
        draw(canvas, (right - wide - size, y), str(shown(frame)), "mono", size, INK, align="right")
        out[-self._band :] = np.asarray(strip)
        return out


def source_frames(count: int, fps: Fraction, reel_fps: Fraction) -> list[int]:
    """Which frame of a take each frame of the reel shows, at the take's own speed."""
    shown = max(1, round(count / fps * reel_fps))
    return [min(count - 1, int(i / reel_fps * fps)) for i in range(shown)]


def write_reel(
    path: Path,
    chosen: Sequence[Select],
    film_of: Callable[[Select], Path],
    *,
    scene_title: str = "",
    today: date | None = None,
    told: Callable[[int, int], None] | None = None,
) -> list[int]:
    """Writes the reel.

    Args:
        film_of: the film file of a take.
        told: called with (takes done, takes) after each.

    Returns:
        The reel's frame, from 0, at which each take's slate begins.

    Raises:
        MediaError: when a take's film does not decode.
        StoreUnwritableError: when the disk is full; nothing is left then.
    """
    width, height, fps = raster(chosen)
    starts: list[int] = []
    with ProxyWriter(path, width, height, fps, crf=16) as film:
        for done, select in enumerate(chosen, 1):
            starts.append(film.frames)
            card = np.asarray(slate(select, width, height, scene_title, today))
            for _ in range(max(1, round(SLATE_S * fps))):
                film.write(card)
            burn = BurnIn(select, width, height)
            wanted = source_frames(select.frames, select.fps, fps)
            for frame, rgb in _shown(read_frames(film_of(select)), wanted):
                if rgb.shape != (height, width, 3):
                    rgb = np.asarray(fitted(Image.fromarray(rgb), width, height, BLACK))
                film.write(burn(rgb, frame))
            if told:
                told(done, len(chosen))
    return starts


def _shown(frames: Iterator[Rgb], wanted: Sequence[int]) -> Iterator[tuple[int, Rgb]]:
    """(number, frame) for each wanted number; numbers never go back, and may repeat or skip."""
    number, rgb = -1, None
    for want in wanted:
        while number < want:
            following = next(frames, None)
            if following is None:  # a take cut short by one frame at most still shows its last
                break
            number, rgb = number + 1, following
        if rgb is not None:
            yield number, rgb
