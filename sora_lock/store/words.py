"""Finding takes by words of their prompts and of the comments on them (SQLite FTS5).

Place in the path: the page's search. The index is filled in the transactions that write what it finds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sora_lock.store.rows import Hit

if TYPE_CHECKING:
    from sora_lock.store.connection import Connection

_WORD = re.compile(r"\w+")


def search(conn: Connection, text: str, scene: str | None = None, limit: int = 50) -> list[Hit]:
    """Where all words of `text` stand, best first; each may be the beginning of a longer one, in any case and with any accents.

    Nothing in `text` is taken as query syntax; a text without a word finds nothing.
    """
    words = _WORD.findall(text)[:32]
    if not words:
        return []
    query = " ".join(f'"{word}"*' for word in words)
    rows = conn.execute(
        "SELECT take, scene, cell, source, text FROM words WHERE words MATCH ?1 AND (?2 IS NULL OR scene = ?2) "
        "ORDER BY rank, rowid DESC LIMIT ?3",
        (query, scene, limit),
    )
    return [Hit(*row) for row in rows]
