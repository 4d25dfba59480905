"""Tables that a command writes into a page of `docs/`, between two marks.

Place in the path: under the benchmarks whose figures stand in a page.
"""

from __future__ import annotations

from pathlib import Path


def put(page: Path, begin: str, end: str, text: str) -> None:
    """Replaces what stands between the marks; all else of the page stays."""
    old = page.read_text()
    before, after = old.split(begin)[0], old.split(end)[1]
    page.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}")
