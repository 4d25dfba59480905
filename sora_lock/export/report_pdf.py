"""The continuity report as PDF: A4, text that can be searched, the fonts that ship.

Place in the path: export. Says what `report_html` says, in the same order. Millimetres throughout; a take's table is never torn, what drifted and
comments may go on overleaf.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from fpdf import FPDF
from fpdf.fonts import TTFFont

from sora_lock.export.evidence import Shown
from sora_lock.export.lettering import clean
from sora_lock.export.report import SIGN_WORDS, Entry, Line, Report, Sign, lead, overview, reasons, status_words

FONTS = Path(__file__).with_name("fonts")
WIDE, TALL, MARGIN, FOOT = 210.0, 297.0, 12.0, 14.0
ROOM = WIDE - 2 * MARGIN
LEFT, GAP = 74.0, 8.0
RIGHT = ROOM - LEFT - GAP
ROW = 5.0
PICTURE_TALL, SMALL_TALL, CURVE_WIDE = 36.0, 15.0, 44.0
ACROSS = 14
"""Takes that the overview holds side by side."""
COLUMNS = (("attribute", 24.0), ("status", 26.0), ("score", 13.0), ("worst at", 16.0), ("grip", 25.0))

Rgb = tuple[int, int, int]
INK, SOFT, DIM, LINE, WELL = (22, 20, 18), (70, 66, 60), (107, 102, 94), (206, 201, 193), (243, 241, 237)
WARM, HELD, DRIFT = (150, 87, 15), (47, 107, 60), (179, 51, 18)
COLOURS: dict[Sign, Rgb] = {"pass": HELD, "flag": DRIFT, "not_seen": DIM, "free": DIM}


def draw_pdf(report: Report) -> bytes:
    """The report as the bytes of one PDF."""
    paper = _Paper(report)
    paper.add_page()
    _head(paper, report)
    _overview(paper, report)
    for entry in report.entries:
        _entry(paper, entry)
    _end(paper, report)
    return bytes(paper.output())


class _Paper(FPDF):
    """A4 sheets with the report's fonts, margins and foot."""

    def __init__(self, report: Report) -> None:
        super().__init__(unit="mm", format="A4")
        for family, style, file in (
            ("plex", "", "IBMPlexSans-Regular.woff"),
            ("plex", "B", "IBMPlexSans-SemiBold.woff"),
            ("mono", "", "IBMPlexMono-Regular.woff"),
            ("other", "", "DejaVuSans.ttf"),
        ):
            self.add_font(family, style, FONTS / file)
        self.set_fallback_fonts(["other"], exact_match=False)
        self.set_text_shaping(True)  # joins Arabic letters and sets what runs from right to left so
        self.known = {character for font in self.fonts.values() if isinstance(font, TTFFont) for character in font.cmap}
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(False)
        self.c_margin = 0
        self.set_title(clean(f"{report.title} continuity report"))
        self.set_producer("Sora Lock")
        # The day and nothing finer, so that the same report gives the same bytes.
        self.set_creation_date(datetime.fromisoformat(report.day).replace(tzinfo=UTC))
        self.foot = self.drawable(f"{report.title}  ·  continuity report  ·  {report.day}")

    def footer(self) -> None:
        """Title and page number, on every sheet."""
        self.type("", 7.5, DIM)
        self.set_xy(MARGIN, TALL - FOOT + 3)
        self.cell(ROOM / 2, 4, self.foot)
        self.cell(ROOM / 2, 4, f"{self.page_no()} / {{nb}}", align="R")

    def type(self, style: str, size_pt: float, colour: Rgb, family: str = "plex") -> None:
        """Chooses font and colour of what is written next."""
        self.set_font(family, style, size_pt)
        self.set_text_color(*colour)

    def drawable(self, text: str) -> str:
        """One line of text; a character that no font here has is an empty box."""
        return "".join(c if ord(c) in self.known else "□" for c in clean(text))

    def line_of(self, x: float, text: str, width: float, align: str = "L", tall: float = ROW) -> None:
        """One line at the present height, cut with "…" where it does not fit; the height stays."""
        text = self.drawable(text)
        while len(text) > 1 and self.get_string_width(text) > width:
            text = (
                text[: max(1, min(len(text) - 2, int(len(text) * width / self.get_string_width(text))))].rstrip() + "…"
            )
        y = self.get_y()
        self.set_xy(x, y)
        self.cell(width, tall, text, align=align)
        self.set_y(y)

    def words(self, x: float, text: str, width: float, tall: float = 4.2, dry: bool = False) -> float:
        """Wrapped text at the present height, which moves below it; returns how high it is. `dry` only measures."""
        y, text = self.get_y(), self.drawable(text)
        self.set_xy(x, y)
        high = float(self.multi_cell(width, tall, text, align="L", dry_run=dry, output="HEIGHT", wrapmode="CHAR" if " " not in text else "WORD"))  # type: ignore[arg-type]  # fmt: skip
        self.set_y(y if dry else y + high)
        return high

    def room(self, high: float) -> bool:
        """Begins a new sheet where `high` mm do not fit; whether it did."""
        if self.get_y() + high <= TALL - FOOT:
            return False
        self.add_page()
        return True

    def rule(self, colour: Rgb = INK, thick: float = 0.5, x: float = MARGIN, width: float = ROOM) -> None:
        """A line across at the present height."""
        self.set_draw_color(*colour)
        self.set_line_width(thick)
        self.line(x, self.get_y(), x + width, self.get_y())

    def mark(self, status: Sign, x: float, y: float, r: float = 1.1) -> None:
        """The sign of a status, centred at (x, y): disc, triangle, ring or dash."""
        colour = COLOURS[status]
        self.set_draw_color(*colour)
        self.set_fill_color(*colour)
        self.set_line_width(0.35)
        if status == "pass":
            self.circle(x, y, r, style="F")
        elif status == "flag":
            self.polygon([(x, y - 1.15 * r), (x + 1.2 * r, y + r), (x - 1.2 * r, y + r)], style="F")
        elif status == "not_seen":
            self.circle(x, y, 0.85 * r, style="D")
        else:
            self.line(x - r, y, x + r, y)

    def show(self, picture: Shown, x: float, y: float, width: float, high: float) -> None:
        """A picture at its place, with its words for those who do not see it."""
        self.image(io.BytesIO(picture.jpeg), x, y, width, high, alt_text=clean(picture.words))


def _head(paper: _Paper, report: Report) -> None:
    paper.type("B", 9, SOFT)
    paper.line_of(MARGIN, "Continuity report", ROOM)
    paper.type("", 9, SOFT)
    paper.line_of(MARGIN, f"{report.day}   Sora Lock", ROOM, "R")
    paper.set_y(paper.get_y() + 6)
    paper.type("B", 26, INK)
    paper.line_of(MARGIN, report.title, ROOM, tall=11)
    paper.set_y(paper.get_y() + 11)
    paper.type("", 10.5, SOFT)
    paper.words(MARGIN, report.about, ROOM, 5)
    paper.set_y(paper.get_y() + 2.5)
    paper.rule()
    paper.set_y(paper.get_y() + 3)
    for name, words in lead(report):
        paper.type("", 9.5, INK)
        paper.room(paper.words(MARGIN + 38, words, ROOM - 38, 4.6, dry=True) + 2)
        y = paper.get_y()
        paper.type("B", 9.5, DRIFT if name == "Drifted" and "in " in words else SOFT)
        paper.words(MARGIN, name, 34, 4.6)
        low = paper.get_y()
        paper.set_y(y)
        paper.type("", 9.5, INK)
        paper.words(MARGIN + 38, words, ROOM - 38, 4.6)
        paper.set_y(max(low, paper.get_y()) + 2)


def _overview(paper: _Paper, report: Report) -> None:
    rows = overview(report)
    for start in range(0, len(report.entries), ACROSS):
        entries = report.entries[start : start + ACROSS]
        heads = len({subject for subject, _, _ in rows})
        paper.room(8 + ROW * len(rows) + 6 * heads)
        paper.set_y(paper.get_y() + 2)
        step = min(13.0, (ROOM - 30) / max(1, len(entries)))
        paper.type("", 7.5, DIM, "mono")
        for place, entry in enumerate(entries):
            paper.line_of(MARGIN + 30 + place * step, entry.number, step, "C")
        paper.set_y(paper.get_y() + ROW)
        before = ""
        for subject, attribute, signs in rows:
            if subject != before:
                paper.type("B", 8.5, INK)
                paper.line_of(MARGIN, subject, 80, tall=6)
                paper.set_y(paper.get_y() + 6)
                before = subject
            paper.rule(LINE, 0.15, width=30 + step * len(entries))
            paper.type("", 8.5, INK)
            paper.line_of(MARGIN, attribute, 30)
            for place, status in enumerate(signs[start : start + ACROSS]):
                if status:
                    paper.mark(status, MARGIN + 30 + (place + 0.5) * step, paper.get_y() + ROW / 2)
            paper.set_y(paper.get_y() + ROW)
    paper.set_y(paper.get_y() + 2)
    x = MARGIN
    for status, words in SIGN_WORDS.items():
        paper.mark(status, x + 1.5, paper.get_y() + ROW / 2)
        paper.type("", 8, DIM)
        paper.line_of(x + 4, words, 24)
        x += 24
    paper.set_y(paper.get_y() + ROW)


def _entry(paper: _Paper, entry: Entry) -> None:
    """One take: slate and two columns in one piece, then what drifted, what was compared, notes and comments."""
    poster_high = LEFT * entry.poster.height / entry.poster.width if entry.poster else 0.0
    paper.type("", 10.5, INK)
    said_high = paper.words(MARGIN, entry.said, ROOM, 4.8, dry=True) + 2 if entry.said else 0.0
    facts_high = sum(_fact(paper, pair, dry=True) for pair in entry.facts)
    table_high = _table(paper, entry, dry=True)
    paper.set_y(paper.get_y() + 7)
    paper.room(min(TALL - FOOT - MARGIN, 12 + said_high + max(poster_high + 3 + facts_high, table_high)))
    paper.rule()
    paper.set_y(paper.get_y() + 2)
    _slate(paper, entry)
    if entry.said:
        paper.type("", 10.5, INK)
        paper.words(MARGIN, f"“{entry.said}”", ROOM, 4.8)
        paper.set_y(paper.get_y() + 2)
    top = paper.get_y()
    if entry.poster:
        paper.show(entry.poster, MARGIN, top, LEFT, poster_high)
    paper.set_y(top + poster_high + (3 if entry.poster else 0))
    for pair in entry.facts:
        _fact(paper, pair)
    low = paper.get_y()
    paper.set_y(top)
    _table(paper, entry)
    paper.set_y(max(low, paper.get_y()) + 1)
    for note in entry.notes:
        _note(paper, note)
    for subject, lines in entry.subjects:
        for line in lines:
            if line.sign == "flag":
                _found(paper, subject, line)
    _compared(paper, entry)
    _remarks(paper, entry)


def _slate(paper: _Paper, entry: Entry) -> None:
    paper.type("B", 16, INK)
    number = paper.drawable(entry.number)
    wide = paper.get_string_width(number)
    paper.line_of(MARGIN, number, wide + 1, tall=8)
    paper.type("", 8.5, DIM, "mono")
    paper.set_y(paper.get_y() + 1.2)
    paper.line_of(MARGIN + wide + 4, entry.name, ROOM - wide - 34, tall=7)
    if entry.mark:
        paper.type("B", 9, WARM if entry.mark == "circled" else INK)
        wide = paper.get_string_width(entry.mark) + 6
        paper.set_draw_color(*(WARM if entry.mark == "circled" else INK))
        paper.set_line_width(0.4)
        paper.rect(WIDE - MARGIN - wide, paper.get_y() + 0.6, wide, 5.6, round_corners=entry.mark == "circled", corner_radius=2.8)  # fmt: skip
        paper.line_of(WIDE - MARGIN - wide, entry.mark, wide, "C", 6.8)
    paper.set_y(paper.get_y() + 8.3)


def _fact(paper: _Paper, pair: tuple[str, str], dry: bool = False) -> float:
    paper.type("", 8, SOFT)
    if dry:
        return paper.words(MARGIN + 18, pair[1], LEFT - 18, 3.9, dry=True)
    y = paper.get_y()
    high = paper.words(MARGIN + 18, pair[1], LEFT - 18, 3.9)
    paper.set_y(y)
    paper.type("", 8, DIM)
    paper.line_of(MARGIN, pair[0], 17, tall=3.9)
    paper.set_y(y + high)
    return high


def _table(paper: _Paper, entry: Entry, dry: bool = False) -> float:
    """The attributes of one take at the right; returns how high the table is."""
    x0, top = MARGIN + LEFT + GAP, paper.get_y()
    if not entry.subjects:
        return 0.0
    high = ROW
    if not dry:
        _cells(paper, x0, [name for name, _ in COLUMNS], DIM, 7.5)
        paper.set_y(top + ROW)
    for place, (subject, lines) in enumerate(entry.subjects):
        high += 6.2 + (2 if place else 0)
        if not dry:
            paper.set_y(paper.get_y() + (2 if place else 0))
            paper.type("B", 9, INK)
            paper.line_of(x0, subject, RIGHT)
            paper.set_y(paper.get_y() + 5.4)
            paper.rule(LINE, 0.15, x0, RIGHT)
            paper.set_y(paper.get_y() + 0.8)
        for line, reason in zip(lines, reasons(lines), strict=True):
            high += ROW + _line(paper, x0, line, reason, dry)
    return high


def _cells(paper: _Paper, x: float, texts: Sequence[str], colour: Rgb, size_pt: float = 8.5) -> None:
    for (name, width), text in zip(COLUMNS, texts, strict=True):
        number = name in ("score", "worst at") and text != name
        paper.type("", size_pt, colour, "mono" if number else "plex")
        inset = 4.0 if name == "status" and text != name else 0.0
        paper.line_of(x + inset, text, width - inset - 1)
        x += width


def _line(paper: _Paper, x: float, line: Line, reason: str, dry: bool) -> float:
    """One attribute; returns how high the sentence below its row is."""
    if not dry:
        score = "" if line.score is None else f"{line.score:.2f}"
        frame = "" if line.frame is None else str(line.frame)
        colour = DIM if line.sign in ("not_seen", "free") else DRIFT if line.sign == "flag" else INK
        _cells(paper, x, [line.attribute, status_words(line), score, frame, line.grip], colour)
        paper.mark(line.sign, x + COLUMNS[0][1] + 1.3, paper.get_y() + ROW / 2)
        paper.set_y(paper.get_y() + ROW)
    if not reason:
        return 0.0
    paper.type("", 7.5, DIM)
    high = paper.words(x + 4, reason, RIGHT - 4, 3.5, dry) + 1
    if not dry:
        paper.set_y(paper.get_y() + 1)
    return high


def _note(paper: _Paper, text: str) -> None:
    paper.type("", 8.5, INK)
    paper.room(paper.words(MARGIN + 4, text, ROOM - 4, dry=True) + 2)
    y = paper.get_y() + 1
    paper.set_y(y)
    high = paper.words(MARGIN + 4, text, ROOM - 4)
    paper.set_fill_color(*DRIFT)
    paper.rect(MARGIN, y, 0.8, high, style="F")
    paper.set_y(y + high + 1)


def _found(paper: _Paper, subject: str, line: Line) -> None:
    """What drifted, with all there is to look at, side by side."""
    shown = [(line.worst, "worst frame"), (line.evidence, "anchor, and the take beside it"), (line.drift_map, "where it drifted")]  # fmt: skip
    pictures = [(p, words) for p, words in shown if p is not None]
    text = f"{line.words} {line.asked}".strip()
    paper.type("", 8.5, INK)
    rows = _rows([_size(p) for p, _ in pictures] + ([(CURVE_WIDE, PICTURE_TALL)] if line.curve else []))
    paper.room(9 + paper.words(MARGIN + 3, text, ROOM - 6, dry=True) + (PICTURE_TALL + 5) * len(rows))
    paper.set_y(paper.get_y() + 3)
    paper.mark("flag", MARGIN + 1.3, paper.get_y() + ROW / 2, 1.3)
    paper.type("B", 9.5, DRIFT)
    paper.line_of(MARGIN + 5, f"{subject} {line.attribute}", ROOM - 5)
    paper.set_y(paper.get_y() + ROW + 0.4)
    paper.type("", 8.5, INK)
    paper.words(MARGIN + 5, text, ROOM - 5)
    paper.set_y(paper.get_y() + 1.5)
    place = 0
    for row in rows:
        x, y = MARGIN + 5, paper.get_y()
        for width, high in row:
            paper.set_y(y + PICTURE_TALL)
            paper.type("", 7, DIM)
            if place < len(pictures):
                paper.show(pictures[place][0], x, y, width, high)
                paper.line_of(x, pictures[place][1], width, tall=4)
            else:
                _curve(paper, line, x, y, width, high)
                paper.line_of(x, "score over the frames looked at", width, tall=4)
            x += width + 4
            place += 1
        paper.set_y(y + PICTURE_TALL + 5)


def _size(picture: Shown, high: float = PICTURE_TALL, most: float = ROOM - 5) -> tuple[float, float]:
    """Width and height in mm of a picture that is `high` mm, or as wide as there is room."""
    share = min(high / picture.height, most / picture.width)
    return picture.width * share, picture.height * share


def _rows(sizes: Sequence[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """Sizes of pictures in rows that fit across."""
    rows: list[list[tuple[float, float]]] = []
    for width, high in sizes:
        if not rows or sum(w + 4 for w, _ in rows[-1]) + width > ROOM - 5:
            rows.append([])
        rows[-1].append((width, high))
    return rows


def _curve(paper: _Paper, line: Line, x: float, y: float, width: float, high: float) -> None:
    """The score over the frames; the dashed line is what is wanted."""
    first, last = line.curve[0][0], max(line.curve[-1][0], line.curve[0][0] + 1)
    paper.set_fill_color(*WELL)
    paper.rect(x, y, width, high, style="F")

    def at(frame: int, score: float) -> tuple[float, float]:
        return x + 4 + (width - 8) * (frame - first) / (last - first), y + 4 + (high - 8) * (1 - score)

    if line.threshold is not None:
        low = at(first, line.threshold)[1]
        paper.set_draw_color(*DIM)
        paper.set_line_width(0.2)
        paper.set_dash_pattern(dash=1, gap=1)
        paper.line(x, low, x + width, low)
        paper.set_dash_pattern()
    points = [at(frame, score) for frame, score in line.curve]
    paper.set_draw_color(*DRIFT)
    paper.set_fill_color(*DRIFT)
    paper.set_line_width(0.4)
    if len(points) > 1:
        paper.polyline(points)
    for px, py in points:
        paper.circle(px, py, 0.7, style="F")


def _compared(paper: _Paper, entry: Entry) -> None:
    """The evidence of what did not drift, small."""
    shown = [
        (line.evidence, f"{subject.partition(' ')[0]} {line.attribute}")
        for subject, lines in entry.subjects
        for line in lines
        if line.evidence and line.sign != "flag"
    ]
    sizes = [_size(p, SMALL_TALL, 60) for p, _ in shown]
    rows, place = _rows(sizes), 0
    for row in rows:
        paper.room(SMALL_TALL + 6)
        x, y = MARGIN, paper.get_y() + 2
        for width, high in row:
            picture, words = shown[place]
            paper.show(picture, x, y, width, high)
            paper.set_y(y + SMALL_TALL)
            paper.type("", 6.5, DIM)
            paper.line_of(x, words, width + 3, tall=3.6)
            x += width + 4
            place += 1
        paper.set_y(y + SMALL_TALL + 4)


def _remarks(paper: _Paper, entry: Entry) -> None:
    for place, remark in enumerate(entry.remarks):
        paper.type("", 9, INK)
        high = paper.words(MARGIN + 14, remark.text, ROOM - 14, dry=True)
        paper.room(min(TALL - FOOT - MARGIN, high + 6 + (6 if place == 0 else 0)))
        if place == 0:
            paper.set_y(paper.get_y() + 2)
            paper.type("B", 8.5, SOFT)
            paper.line_of(MARGIN, "Comments", ROOM)
            paper.set_y(paper.get_y() + ROW)
        paper.type("", 8, WARM, "mono")
        paper.line_of(MARGIN, "" if remark.frame is None else str(remark.frame), 12, tall=4.2)
        paper.type("", 9, INK)
        paper.words(MARGIN + 14, remark.text, ROOM - 14)
        paper.type("", 7.5, DIM)
        paper.line_of(MARGIN + 14, f"{remark.who}, {remark.day}", ROOM - 14, tall=3.6)
        paper.set_y(paper.get_y() + 4.6)


def _end(paper: _Paper, report: Report) -> None:
    paper.type("", 8.5, SOFT)
    paper.room(paper.words(MARGIN, report.rates, ROOM, dry=True) + 34)
    paper.set_y(paper.get_y() + 6)
    paper.rule()
    paper.set_y(paper.get_y() + 2)
    paper.words(MARGIN, report.rates, ROOM)
    paper.set_y(paper.get_y() + 16)
    x = MARGIN
    for who, width in (("script supervisor", 74.0), ("director", 74.0), ("date", ROOM - 160)):
        paper.rule(INK, 0.25, x, width)
        paper.type("", 7.5, DIM)
        paper.line_of(x, who, width)
        x += width + 6
