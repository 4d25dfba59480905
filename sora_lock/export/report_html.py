"""The continuity report as one HTML file: pictures and type inline, no scripts, nothing fetched, made to be printed as well as read.

Place in the path: export. All that people typed passes through `esc` once. A sign is told by its shape and by its word, never by its colour alone.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sora_lock.export.evidence import Shown
from sora_lock.export.report import SIGN_WORDS, Entry, Line, Remark, Report, Sign, lead, overview, reasons, status_words

ACROSS = 20
"""Takes that the overview holds side by side; further ones stand below."""
CURVE_W, CURVE_H, EDGE = 170, 158, 16
FONTS = Path(__file__).with_name("fonts")
FACES = (
    ("Plex", 400, "IBMPlexSans-Regular.woff"),
    ("Plex", 600, "IBMPlexSans-SemiBold.woff"),
    ("Plex Mono", 400, "IBMPlexMono-Regular.woff"),
)
SHAPES: dict[Sign, str] = {
    "pass": '<circle cx="8" cy="8" r="5.5" fill="currentColor"/>',
    "flag": '<path d="M8 1.5 15 14H1z" fill="currentColor"/>',
    "not_seen": '<circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="1.8"/>',
    "free": '<path d="M3 8h10" stroke="currentColor" stroke-width="1.8"/>',
}
STYLE = """
:root { --ink: #161412; --soft: #46423c; --dim: #6b665e; --line: #cec9c1; --well: #f3f1ed; --warm: #96570f; --held: #2f6b3c; --drift: #b23312; }
@page { size: A4; margin: 13mm 12mm 14mm; }
* { box-sizing: border-box; }
body { background: #fff; color: var(--ink); font: 400 14px/1.45 Plex, system-ui, sans-serif; margin: 0 auto; max-width: 1180px; padding: 34px 40px 60px;
  -webkit-print-color-adjust: exact; print-color-adjust: exact; }
h1, h2, h3, p, ul, dl, dd, figure { margin: 0; padding: 0; } ul { list-style: none; }
h1 { font-size: 40px; font-weight: 600; letter-spacing: -.02em; line-height: 1.1; overflow-wrap: anywhere; }
h2 { font: 600 23px/1.2 Plex, sans-serif; overflow-wrap: anywhere; }
h3 { color: var(--soft); font-size: 12.5px; font-weight: 600; }
.mono, td.n { font-family: "Plex Mono", monospace; font-size: .9em; }
.head { align-items: end; border-bottom: 2px solid var(--ink); display: flex; gap: 30px; justify-content: space-between; padding-bottom: 14px; }
.head p { color: var(--soft); } .head .day { text-align: right; white-space: nowrap; }
.lead { display: grid; gap: 26px; grid-template-columns: 1.2fr 1.2fr 1fr; padding: 18px 0 20px; }
.lead div { border-top: 1px solid var(--line); padding-top: 7px; } .lead .first { border-color: var(--drift); } .lead p { overflow-wrap: anywhere; }
svg.sign { height: .82em; vertical-align: -.06em; width: .82em; }
.pass { color: var(--held); } .flag { color: var(--drift); } .not_seen, .free { color: var(--dim); }
table { border-collapse: collapse; width: 100%; } th { color: var(--dim); font-size: 11.5px; font-weight: 400; text-align: left; }
th, td { padding: 3px 10px 3px 0; vertical-align: middle; }
.over { margin: 0 0 14px; width: auto; } .over td, .over th { border-bottom: 1px solid var(--line); padding: 3px 9px; text-align: center; }
.over :is(td, th):first-child { padding-left: 0; text-align: left; white-space: nowrap; } .over tr.of th { color: var(--ink); font-weight: 600; padding-top: 10px; }
.legend { color: var(--dim); display: flex; flex-wrap: wrap; font-size: 12.5px; gap: 4px 22px; padding-bottom: 6px; }
.take { border-top: 2px solid var(--ink); break-inside: avoid; margin-top: 30px; padding-top: 12px; }
.slate { align-items: baseline; display: flex; flex-wrap: wrap; gap: 2px 16px; padding-bottom: 11px; } .slate .mono { color: var(--dim); overflow-wrap: anywhere; }
.mark { border: 1.5px solid var(--ink); border-radius: 99px; font-size: 12.5px; font-weight: 600; margin-left: auto; padding: 1px 12px; }
.mark.circled { border-color: var(--warm); color: var(--warm); } .mark.NG { border-radius: 2px; }
.two { display: grid; gap: 28px; grid-template-columns: minmax(0, 5fr) minmax(0, 7fr); }
.poster { background: var(--well); display: block; height: auto; width: 100%; }
.said { font-size: 16px; overflow-wrap: anywhere; padding: 10px 0 8px; }
dl { display: grid; font-size: 12.5px; gap: 2px 12px; grid-template-columns: auto minmax(0, 1fr); } dt { color: var(--dim); } dd { overflow-wrap: anywhere; }
.notes { border-left: 3px solid var(--drift); font-size: 12.5px; margin-top: 10px; overflow-wrap: anywhere; padding-left: 10px; }
.remarks { margin-top: 12px; } .remarks li { display: grid; font-size: 13px; gap: 0 10px; grid-template-columns: 36px minmax(0, 1fr); padding: 4px 0; }
.remarks .who { color: var(--dim); font-size: 12px; grid-column: 2; } .remarks p { overflow-wrap: anywhere; }
.at th.lock { border-bottom: 1px solid var(--line); color: var(--ink); font-size: 13.5px; font-weight: 600; padding: 0 0 4px; }
.at tr + tr .lock, .at .lock.more { padding-top: 13px; }
.at td { font-size: 13px; } .at td.s { white-space: nowrap; }
.at td.p { color: var(--dim); } .at tr.why td { color: var(--dim); font-size: 12px; padding: 0 0 5px 20px; }
.flags { display: grid; gap: 14px; padding-top: 14px; } .found { background: var(--well); break-inside: avoid; padding: 10px 14px 12px; }
.found .strip { align-items: start; display: flex; flex-wrap: wrap; gap: 12px; padding-top: 8px; } .found :is(img, svg.curve) { display: block; height: 158px; width: auto; max-width: 100%; object-fit: contain; } svg.curve { background: #fff; color: var(--drift); }
.compared { display: flex; flex-wrap: wrap; gap: 10px 14px; padding-top: 14px; } .compared img { display: block; height: 78px; max-width: 260px; object-fit: contain; width: auto; }
figcaption { color: var(--dim); font-size: 11.5px; padding-top: 3px; }
.end { border-top: 2px solid var(--ink); color: var(--soft); font-size: 12.5px; margin-top: 34px; padding-top: 10px; break-inside: avoid; }
.sign-here { display: grid; gap: 30px; grid-template-columns: 2fr 2fr 1fr; padding-top: 44px; } .sign-here div { border-top: 1px solid var(--ink); font-size: 12px; padding-top: 4px; }
@media (max-width: 780px) { body { padding: 18px; } .two, .lead { grid-template-columns: minmax(0, 1fr); } }
@media print { body { font-size: 11px; max-width: none; padding: 0; } h1 { font-size: 30px; } h2 { font-size: 18px; } .said { font-size: 12.5px; } .found :is(img, svg.curve) { height: 122px; } .take { margin-top: 20px; } .at td { font-size: 10.5px; } dl, .notes, .remarks li { font-size: 10.5px; } .compared img { height: 56px; } }
"""


def esc(value: Any) -> str:
    """`value` as text that is safe in HTML and in quoted attributes; what UTF-8 cannot carry is replaced."""
    return html.escape(str(value).encode("utf-8", "replace").decode("utf-8"), quote=True)


def draw_html(report: Report) -> str:
    """The report as the text of one HTML document."""
    fonts = "".join(
        f'@font-face {{ font-family: "{name}"; font-weight: {weight}; src: url({_inline("font/woff", (FONTS / file).read_bytes())}); }}\n'
        for name, weight, file in FACES
    )
    heads = "".join(
        f"<div{' class=first' if place == 0 and 'in ' in words else ''}><h3>{esc(name)}</h3><p>{esc(words)}</p></div>"
        for place, (name, words) in enumerate(lead(report))
    )
    legend = "".join(f"<span>{sign(s)} {esc(words)}</span>" for s, words in SIGN_WORDS.items())
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'\">"
        f"<title>{esc(report.title)} continuity report</title><style>{fonts}{STYLE}</style></head><body>"
        f'<header class="head"><div><h3>Continuity report</h3><h1>{esc(report.title)}</h1><p>{esc(report.about)}</p></div>'
        f'<p class="day">{esc(report.day)}<br>Sora Lock</p></header>'
        f'<section class="lead" aria-label="summary">{heads}</section>{_overview(report)}<p class="legend">{legend}</p>'
        f"{''.join(_entry(e) for e in report.entries)}"
        f'<footer class="end"><p>{esc(report.rates)}</p><div class="sign-here"><div>script supervisor</div><div>director</div><div>date</div></div></footer>'
        "</body></html>\n"
    )


def sign(status: Sign, label: bool = False) -> str:
    """A sign; with `label` its word stands beside it for those who do not see it."""
    told = f' role="img" aria-label="{SIGN_WORDS[status]}"' if label else ' aria-hidden="true"'
    return f'<svg class="sign {status}" viewBox="0 0 16 16"{told}>{SHAPES[status]}</svg>'


def _inline(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _picture(shown: Shown, kind: str = "") -> str:
    name = f' class="{kind}"' if kind else ""
    return f'<img{name} src="{_inline("image/jpeg", shown.jpeg)}" width="{shown.width}" height="{shown.height}" alt="{esc(shown.words)}">'


def _overview(report: Report) -> str:
    rows = overview(report)
    out = ""
    for start in range(0, len(report.entries), ACROSS):
        heads = "".join(
            f'<th scope="col" class="mono">{esc(e.number)}</th>' for e in report.entries[start : start + ACROSS]
        )
        body, before = "", ""
        for subject, attribute, signs in rows:
            if subject != before:
                body += f'<tr class="of"><th scope="rowgroup" colspan="{1 + min(ACROSS, len(signs) - start)}">{esc(subject)}</th></tr>'
                before = subject
            cells = "".join(f"<td>{sign(s, True) if s else ''}</td>" for s in signs[start : start + ACROSS])
            body += f'<tr><th scope="row">{esc(attribute)}</th>{cells}</tr>'
        out += f'<table class="over"><thead><tr><th></th>{heads}</tr></thead><tbody>{body}</tbody></table>'
    return out


def _entry(entry: Entry) -> str:
    mark = f'<span class="mark {esc(entry.mark)}">{esc(entry.mark)}</span>' if entry.mark else ""
    facts = "".join(f"<dt>{esc(k)}</dt><dd>{esc(v)}</dd>" for k, v in entry.facts)
    poster = _picture(entry.poster, "poster") if entry.poster else ""
    said = f'<p class="said">“{esc(entry.said)}”</p>' if entry.said else ""
    notes = "".join(f"<p>{esc(n)}</p>" for n in entry.notes)
    notes = f'<div class="notes">{notes}</div>' if notes else ""
    remarks = "".join(_remark(r) for r in entry.remarks)
    remarks = f'<div class="remarks"><h3>Comments</h3><ul>{remarks}</ul></div>' if remarks else ""
    rows = "".join(_subject(subject, lines, place) for place, (subject, lines) in enumerate(entry.subjects))
    table = (
        '<table class="at"><thead><tr><th>attribute</th><th>status</th><th>score</th><th>worst at</th><th>grip</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
        if rows
        else ""
    )
    flags = "".join(_found(subject, line) for subject, lines in entry.subjects for line in lines if line.sign == "flag")
    return (
        f'<section class="take"><div class="slate"><h2>{esc(entry.number)}</h2><span class="mono">{esc(entry.name)}</span>{mark}</div>'
        f'<div class="two"><div>{poster}{said}<dl>{facts}</dl>{notes}{remarks}</div><div>{table}</div></div>'
        + (f'<div class="flags">{flags}</div>' if flags else "")
        + _compared(entry)
        + "</section>"
    )


def _remark(remark: Remark) -> str:
    frame = "" if remark.frame is None else str(remark.frame)
    return f'<li><span class="mono">{frame}</span><p>{esc(remark.text)}</p><span class="who">{esc(remark.who)}, {esc(remark.day)}</span></li>'


def _subject(subject: str, lines: Sequence[Line], place: int) -> str:
    more = " more" if place else ""
    return f'<tr><th class="lock{more}" colspan="5">{esc(subject)}</th></tr>' + "".join(
        map(_line, lines, reasons(lines))
    )


def _line(line: Line, reason: str) -> str:
    score = "" if line.score is None else f"{line.score:.2f}"
    limit = "" if line.threshold is None or line.score is None else f' title="wanted: {line.threshold:.2f} or more"'
    frame = "" if line.frame is None else str(line.frame)
    why = f'<tr class="why"><td colspan="5">{esc(reason)}</td></tr>' if reason else ""
    return (
        f'<tr><td>{esc(line.attribute)}</td><td class="s {line.sign}">{sign(line.sign)} {esc(status_words(line))}</td><td class="n"{limit}>{score}</td>'
        f'<td class="n">{frame}</td><td class="p">{esc(line.grip)}</td></tr>{why}'
    )


def _found(subject: str, line: Line) -> str:
    """What drifted, with all there is to look at."""
    shown = [
        (line.worst, "worst frame"),
        (line.evidence, "anchor, and the take beside it"),
        (line.drift_map, "where it drifted"),
    ]
    strip = "".join(
        f"<figure>{_picture(picture)}<figcaption>{esc(words)}</figcaption></figure>"
        for picture, words in shown
        if picture
    )
    if line.curve:
        strip += f"<figure>{_curve(line)}<figcaption>score over the frames looked at</figcaption></figure>"
    asked = f"<p>{esc(line.asked)}</p>" if line.asked else ""
    return (
        f'<div class="found"><h3>{sign("flag")} {esc(subject)} {esc(line.attribute)}</h3><p>{esc(line.words)}</p>{asked}'
        f'<div class="strip">{strip}</div></div>'
    )


def _compared(entry: Entry) -> str:
    """The evidence of what did not drift, small."""
    figures = "".join(
        f"<figure>{_picture(line.evidence)}<figcaption>{esc(subject.partition(' ')[0])} {esc(line.attribute)}</figcaption></figure>"
        for subject, lines in entry.subjects
        for line in lines
        if line.evidence and line.sign != "flag"
    )
    return f'<div class="compared">{figures}</div>' if figures else ""


def _curve(line: Line) -> str:
    """The score over the frames as a small drawing; the dashed line is what is wanted."""
    first, last = line.curve[0][0], max(line.curve[-1][0], line.curve[0][0] + 1)

    def at(frame: int, score: float) -> str:
        return f"{EDGE + (CURVE_W - 2 * EDGE) * (frame - first) / (last - first):.1f},{EDGE + (CURVE_H - 2 * EDGE) * (1 - score):.1f}"

    points = " ".join(at(*p) for p in line.curve)
    dots = "".join(
        '<circle r="3.2" fill="currentColor" cx="{}" cy="{}"/>'.format(*at(*p).split(",")) for p in line.curve
    )
    limit = ""
    if line.threshold is not None:
        y = EDGE + (CURVE_H - 2 * EDGE) * (1 - line.threshold)
        limit = f'<path d="M0 {y:.1f}H{CURVE_W}" stroke="currentColor" stroke-dasharray="3 3" stroke-width=".8"/>'
    told = ", ".join(f"{score:.2f} at {frame}" for frame, score in line.curve)
    return (
        f'<svg class="curve" width="{CURVE_W}" height="{CURVE_H}" viewBox="0 0 {CURVE_W} {CURVE_H}" role="img" aria-label="{told}">'
        f'{limit}<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="2"/>{dots}</svg>'
    )
