"""Type on pictures: fonts that ship with the project, any text drawn safely, measured, wrapped and cut.

Place in the path: under the slate, the burn-in and the sheet. IBM Plex carries Latin, Greek and Cyrillic; DejaVu Sans stands in for what
Plex lacks; what neither has is an empty box, as a reader would expect, and never an error.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

Face = Literal["text", "strong", "mono"]
Colour = tuple[int, int, int]

_FOLDER = Path(__file__).with_name("fonts")
_FILES: dict[str, str] = {
    "text": "IBMPlexSans-Regular.woff",
    "strong": "IBMPlexSans-SemiBold.woff",
    "mono": "IBMPlexMono-Regular.woff",
    "fallback": "DejaVuSans.ttf",
}


@functools.lru_cache(maxsize=128)
def _font(face: str, size: int) -> ImageFont.FreeTypeFont:
    # The stand-in may have to join Arabic letters, which only Pillow's other layout does (and where it lacks, the basic one serves).
    layout = None if face == "fallback" else ImageFont.Layout.BASIC
    return ImageFont.truetype(str(_FOLDER / _FILES[face]), max(4, size), layout_engine=layout)


@functools.lru_cache(maxsize=4096)
def _has(face: str, character: str) -> bool:
    """Whether the font has a glyph of its own for a character, told by comparing with its "missing" glyph."""
    if character.isspace():
        return True
    font = _font(face, 24)
    return bytes(font.getmask(character)) != bytes(font.getmask("\uffff"))


def clean(text: str) -> str:
    """One line of drawable text: white space runs become one space; controls, marks of direction and lone surrogates go."""
    kept = (
        " " if c.isspace() else c
        for c in unicodedata.normalize("NFC", text)
        if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    return " ".join("".join(kept).split())


def _runs(text: str, face: Face) -> Iterator[tuple[str, str]]:
    """(font, stretch of text) pairs; a stretch stays in one font as long as it can."""
    run, run_face = "", ""
    for character in text:
        own = face if _has(face, character) else "fallback"
        chosen = run_face if unicodedata.combining(character) and run else own
        if chosen != run_face and run:
            yield run_face, run
            run = ""
        run, run_face = run + character, chosen
    if run:
        yield run_face, run


def length(text: str, face: Face, size: int, spacing: float = 0.0) -> float:
    """Width in px of one line; `spacing` is letter-spacing as a share of the size."""
    total = sum(_font(f, size).getlength(part) for f, part in _runs(text, face))
    return total + spacing * size * max(0, len(text) - 1)


def cut(text: str, face: Face, size: int, width: float) -> str:
    """The text, or its beginning with "…", so that it fits `width` px."""
    if length(text, face, size) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if length(text[:middle].rstrip() + "…", face, size) <= width:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…"


def wrap(text: str, face: Face, size: int, width: float, lines: int) -> list[str]:
    """The text broken at spaces (in words too long for a line, anywhere) into at most `lines` lines, the last one cut with "…"."""
    words, line = clean(text).split(" "), ""
    out: list[str] = []
    while words:
        word = words.pop(0)
        candidate = f"{line} {word}".strip()
        if length(candidate, face, size) <= width:
            line = candidate
            continue
        if not line:
            fits = max(1, len(cut(word, face, size, width)) - 1)
            line, word = word[:fits], word[fits:]
        if len(out) == lines - 1:
            out.append(cut(" ".join([line, word, *words]).strip(), face, size, width))
            return out
        out.append(line)
        line = ""
        if word:
            words.insert(0, word)
    return [*out, line] if line else out


def draw(
    canvas: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    face: Face,
    size: int,
    colour: Colour,
    *,
    align: Literal["left", "right", "middle"] = "left",
    spacing: float = 0.0,
) -> float:
    """One line with its baseline at `at[1]`; returns its width in px.

    Args:
        spacing: letter-spacing as a share of the size.
    """
    text = clean(text)
    wide = length(text, face, size, spacing)
    x = at[0] - {"left": 0.0, "right": wide, "middle": wide / 2}[align]
    for f, part in _runs(text, face):
        font = _font(f, size)
        if not spacing:
            canvas.text((x, at[1]), part, fill=colour, font=font, anchor="ls")
            x += font.getlength(part)
            continue
        for character in part:
            canvas.text((x, at[1]), character, fill=colour, font=font, anchor="ls")
            x += font.getlength(character) + spacing * size
    return wide


def ring(page: Image.Image, x: float, y: float, radius: float, width: float, colour: Colour) -> None:
    """A ring (a disc where `width` >= `radius`), smooth: Pillow's own ellipses have stairs."""
    zoom, side = 8, round(radius) * 2 + 4
    mask = Image.new("L", (side * zoom, side * zoom), 0)
    canvas, c = ImageDraw.Draw(mask), side * zoom / 2
    outer, inner = radius * zoom, (radius - width) * zoom
    canvas.ellipse((c - outer, c - outer, c + outer, c + outer), fill=255)
    if inner > 0:
        canvas.ellipse((c - inner, c - inner, c + inner, c + inner), fill=0)
    small = mask.resize((side, side), Image.Resampling.BOX)
    page.paste(Image.new("RGB", small.size, colour), (round(x - side / 2), round(y - side / 2)), small)


def fitted(picture: Image.Image, width: int, height: int, ground: Colour) -> Image.Image:
    """The whole picture within width x height, centred on `ground`."""
    if picture.size == (width, height):
        return picture
    scale = min(width / picture.width, height / picture.height)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    out = Image.new("RGB", (width, height), ground)
    out.paste(picture.resize(size, Image.Resampling.LANCZOS), ((width - size[0]) // 2, (height - size[1]) // 2))
    return out
