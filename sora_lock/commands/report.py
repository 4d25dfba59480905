"""The command `report`: the continuity report of a scene, as HTML and PDF.

Place in the path: on top; `export` lays it out. `continuity` writes its report through here too.
"""

from __future__ import annotations

import secrets
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sora_lock.commands.opening import Result, open_store
from sora_lock.errors import InputError, StoreUnwritableError

if TYPE_CHECKING:
    from sora_lock.export.report import Report


def add_options(parser: ArgumentParser) -> None:
    """Adds where the report is written to."""
    parser.add_argument("--html", type=Path, metavar="FILE", help="one HTML file, pictures inside")
    parser.add_argument("--pdf", type=Path, metavar="FILE", help="for print, A4")


def report(args: Namespace) -> Result:
    """Writes the continuity report of a scene's takes."""
    from sora_lock.export.report import lead, of_scene

    if not (args.html or args.pdf):
        raise InputError("Nothing says where the report shall be written; add --html FILE, --pdf FILE or both.")
    made = of_scene(open_store(args), args.scene, args.circled, today())
    written = write_report(made, args.html, args.pdf)
    result = {"scene": made.title, "takes": [e.name for e in made.entries], "written": written} | {
        "summary": dict(lead(made))
    }
    return result, [*written, *(f"{head}: {words}" for head, words in lead(made))], 0


def today() -> str:
    """The day that a report bears, ISO, UTC."""
    return datetime.now(UTC).date().isoformat()


def write_report(made: Report, html: Path | None, pdf: Path | None) -> list[str]:
    """Draws the report, then writes what was asked for; nothing is left half-written.

    Raises:
        StoreUnwritableError: when a file cannot be written where it was asked for.
    """
    drawn: list[tuple[Path, bytes]] = []
    if html is not None:
        from sora_lock.export.report_html import draw_html

        drawn.append((html, draw_html(made).encode("utf-8")))
    if pdf is not None:
        from sora_lock.export.report_pdf import draw_pdf

        drawn.append((pdf, draw_pdf(made)))
    for path, data in drawn:
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(data)
            part.replace(path)
        except OSError as fault:
            part.unlink(missing_ok=True)
            raise StoreUnwritableError(f"The report cannot be written to {path} ({fault.strerror}).") from fault
    return [str(path) for path, _ in drawn]
