"""The contact sheet: every select with its picture, direction, marks, grips and continuity, for the wall and for the printer.

Place in the path: export. One layout drawn twice: dark as the screening room (PNG), and on white (PDF, A3 landscape at 200 dots an inch).
A status is told by its shape as well as its colour: a disc passes, a triangle flags, a ring was not seen.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from sora_lock.export.lettering import Colour, clean, cut, draw, fitted, ring, wrap
from sora_lock.export.selects import Held, Select, rate_words

DPI = 200
WIDTH, HEIGHT = 3307, 2339  # A3 landscape at DPI
MARGIN, GUTTER = 132, 52
HEAD, FOOT = 150, 62
ROW = 37  # one line of attributes


@dataclass(frozen=True)
class Theme:
    """Colours of a sheet."""

    paper: Colour
    ink: Colour
    soft: Colour
    dim: Colour
    line: Colour
    well: Colour
    accent: Colour
    held: Colour
    drift: Colour


DARK = Theme(
    (10, 9, 8), (228, 223, 214), (172, 166, 155), (125, 119, 109), (53, 48, 42), (0, 0, 0), (230, 165, 92), (134, 165, 138),
    (226, 105, 74),
)  # fmt: skip
PRINT = Theme(
    (255, 255, 255), (22, 20, 18), (70, 66, 60), (118, 112, 104), (206, 201, 193), (236, 233, 228), (176, 106, 24), (52, 108, 64),
    (190, 58, 26),
)  # fmt: skip

_LETTERS = {"pixel": "P", "reflectance": "R", "guided": "G"}
_STATUS_WORDS = {"pass": "pass", "flag": "flag", "not_seen": "not seen"}


def _columns(count: int) -> int:
    return 3 if count <= 3 else 4


def _card_height(columns: int, tallest: int) -> tuple[int, int, int]:
    """(card width, thumbnail height, card height) in px; `tallest` is the largest number of attribute lines beside one another."""
    width = (WIDTH - 2 * MARGIN - (columns - 1) * GUTTER) // columns
    thumb = width * 9 // 16
    return width, thumb, thumb + 62 + 2 * 44 + 34 + 44 + tallest * ROW + 72


def _stacks(select: Select) -> tuple[list[tuple[str, tuple[Held, ...]]], ...]:
    """The locks in two columns, what acts left and the set right; a third lock goes below the first."""
    shown = list(zip(select.locks, select.held, strict=True))
    return (shown[0:-1], shown[-1:]) if len(shown) > 1 else (shown,)


def draw_sheet(
    chosen: Sequence[Select],
    poster_of: Callable[[Select], Image.Image],
    theme: Theme,
    *,
    scene: str,
    title: str = "",
    what: str = "",
    day: str = "",
    trim: bool = False,
) -> list[Image.Image]:
    """The pages, RGB 3307x2339.

    Args:
        poster_of: the picture of a take.
        title: the scene's own title, "" when it has none.
        what: what was chosen, in words ("circled takes").
        day: ISO date.
        trim: a single page that is not full ends below its last row (for screens; paper has its size).
    """
    columns = _columns(len(chosen))
    tallest = max(sum(1 + len(held) for _, held in stack) - 1 for s in chosen for stack in _stacks(s))
    width, thumb, tall = _card_height(columns, max(5, tallest))
    room = HEIGHT - 2 * MARGIN - HEAD - FOOT
    rows = max(1, (room + GUTTER) // (tall + GUTTER))
    per_page = rows * columns
    pages = []
    count = -(-len(chosen) // per_page)
    height = HEIGHT
    if trim and count == 1:
        used = -(-len(chosen) // columns)
        height = min(HEIGHT, 2 * MARGIN + HEAD + FOOT + used * (tall + GUTTER) - GUTTER)
    for number in range(count):
        page = Image.new("RGB", (WIDTH, height), theme.paper)
        canvas = ImageDraw.Draw(page)
        _head(page, canvas, theme, scene, title, what, day, len(chosen), number + 1, count)
        for place, select in enumerate(chosen[number * per_page : (number + 1) * per_page]):
            x = MARGIN + (place % columns) * (width + GUTTER)
            y = MARGIN + HEAD + (place // columns) * (tall + GUTTER)
            _card(page, canvas, theme, select, poster_of(select), x, y, width, thumb, tall)
        _legend(page, canvas, theme)
        pages.append(page)
    return pages


def _head(
    page: Image.Image,
    canvas: ImageDraw.ImageDraw,
    theme: Theme,
    scene: str,
    title: str,
    what: str,
    day: str,
    takes: int,
    number: int,
    count: int,
) -> None:
    y = MARGIN + 60
    wide = draw(canvas, (MARGIN - 4, y), scene, "strong", 88, theme.ink)
    x = MARGIN + wide + 44
    right = WIDTH - MARGIN
    if title:
        x += draw(canvas, (x, y), cut(clean(title), "text", 44, 1400), "text", 44, theme.soft) + 44
    said = f"{takes} {what}" if takes != 1 else f"1 {what.removesuffix('s')}"
    draw(canvas, (x, y), said, "text", 44, theme.dim)
    draw(canvas, (right, y), "SORA LOCK", "strong", 30, theme.soft, align="right", spacing=0.16)
    leaf = f"{day}   {number}/{count}" if count > 1 else day
    draw(canvas, (right, y - 46), leaf, "mono", 28, theme.dim, align="right")
    canvas.rectangle((MARGIN, y + 36, right, y + 38), fill=theme.line)


def _card(
    page: Image.Image,
    canvas: ImageDraw.ImageDraw,
    theme: Theme,
    select: Select,
    poster: Image.Image,
    x: int,
    y: int,
    width: int,
    thumb: int,
    tall: int,
) -> None:
    page.paste(fitted(poster.convert("RGB"), width, thumb, theme.well), (x, y))
    if select.mark == "circled":
        canvas.rectangle((x, y + thumb, x + width - 1, y + thumb + 5), fill=theme.accent)
    right, line = x + width, y + thumb + 62
    shot = select.take.recipe.shot
    wide = draw(canvas, (x, line), select.take.take, "mono", 36, theme.ink)
    if select.take.parent:
        draw(canvas, (x + wide + 18, line), f"← {select.take.parent.rpartition('_')[2]}", "text", 28, theme.dim)
    if select.mark == "circled":
        wide = draw(canvas, (right, line), "circled", "strong", 32, theme.accent, align="right")
        ring(page, right - wide - 26, line - 12, 13, 4, theme.accent)
    elif select.mark:
        draw(
            canvas,
            (right, line),
            select.mark,
            "strong",
            32,
            theme.drift if select.mark == "NG" else theme.soft,
            align="right",
        )
    for text in wrap(select.said, "text", 34, width, 2):
        line += 44
        draw(canvas, (x, line), text, "text", 34, theme.soft)
    line = y + thumb + 62 + 2 * 44 + 34
    canvas.rectangle((x, line, right, line + 1), fill=theme.line)
    line += 44
    gap = 40
    stacks = _stacks(select)
    column = (width - gap * (len(stacks) - 1)) // len(stacks)
    for place, stack in enumerate(stacks):
        left, at = x + place * (column + gap), line
        for name, held in stack:
            draw(canvas, (left, at), cut(name, "strong", 30, column), "strong", 30, theme.ink)
            for entry in held:
                at += ROW
                _attribute(page, canvas, theme, entry, left, at, column)
            at += ROW
    foot = y + tall - 12
    words = f"seed {shot.seed} · {shot.engine} · {select.frames} f · {rate_words(select.fps)} fps · {select.take.recipe_sha256[:8]}"
    draw(canvas, (x, foot), cut(words, "mono", 26, width), "mono", 26, theme.dim)


def _attribute(
    page: Image.Image, canvas: ImageDraw.ImageDraw, theme: Theme, held: Held, x: int, y: int, width: int
) -> None:
    """One line: status shape, attribute, score, and how it was held with the share of its core."""
    finding, grip = held.finding, held.grip
    status = finding.status if finding else "not_seen"
    _shape(page, canvas, theme, status if grip else "free", x + 10, y - 10)
    draw(canvas, (x + 34, y), held.attribute, "text", 28, theme.ink if grip else theme.dim)
    score = f"{finding.score:.2f}" if finding and finding.score is not None else "–"
    if grip is None:
        draw(canvas, (x + width, y), held.policy or "free", "text", 26, theme.dim, align="right")
        return
    tint = theme.drift if status == "flag" else theme.soft
    draw(canvas, (x + width, y), score, "mono", 26, tint, align="right")
    if grip.core == 0 and status == "not_seen":  # nothing of it was in the picture: no claim, no number
        return
    draw(canvas, (x + width - 74, y), f"{_LETTERS[grip.grip]} {grip.core:.0%}", "mono", 24, theme.dim, align="right")


def _shape(page: Image.Image, canvas: ImageDraw.ImageDraw, theme: Theme, status: str, x: int, y: int) -> None:
    if status == "pass":
        ring(page, x, y, 9, 9, theme.held)
    elif status == "flag":
        canvas.polygon(((x, y - 11), (x + 11, y + 8), (x - 11, y + 8)), fill=theme.drift)
    elif status == "free":
        canvas.rectangle((x - 7, y - 1, x + 7, y + 1), fill=theme.dim)
    else:
        ring(page, x, y, 9, 2.5, theme.dim)


def _legend(page: Image.Image, canvas: ImageDraw.ImageDraw, theme: Theme) -> None:
    y, x = page.height - MARGIN + 16, float(MARGIN)
    for status, words in (*_STATUS_WORDS.items(), ("free", "free to change")):
        _shape(page, canvas, theme, status, round(x) + 10, y - 9)
        x += 34 + draw(canvas, (x + 34, y), words, "text", 26, theme.dim) + 44
    about = "P pixel: the very bytes · R reflectance: only light changed · G guided: asked for, then measured · %: core of the region"
    draw(canvas, (WIDTH - MARGIN, y), about, "text", 26, theme.dim, align="right")


def pdf(pages: Sequence[Image.Image], title: str) -> bytes:
    """The pages as one PDF, A3 landscape."""
    out = io.BytesIO()
    first, *rest = pages
    first.save(
        out,
        "PDF",
        save_all=True,
        append_images=rest,
        resolution=DPI,
        quality=92,
        title=clean(title),
        producer="Sora Lock",
        creator="",
    )
    return out.getvalue()
