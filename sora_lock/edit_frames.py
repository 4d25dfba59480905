"""How frames are numbered for people: from 1001 on, as in an edit.

Place in the path: near the bottom. Data counts frames from 0; whatever people read passes through here once.
"""

from __future__ import annotations

import re

FIRST_FRAME = 1001


def shown(frame: int) -> int:
    """A frame counted from 0, as people count it."""
    return FIRST_FRAME + frame


def in_words(words: str) -> str:
    """A sentence in which each "frame N" that counts from 0 counts as people do."""
    return re.sub(r"\bframe (\d+)\b", lambda found: f"frame {shown(int(found.group(1)))}", words)
