"""What a model is told in words: who is seen, where, and what the variation changes.

Place in the path: engines that invent, between the direction and the model. Pure text; how long a prompt may be is each engine's own rule.
"""

from __future__ import annotations

from dataclasses import replace

from sora_lock.direction import words
from sora_lock.engines import Scene
from sora_lock.records import Direction


def composed(direction: Direction, scene: Scene) -> str:
    """One paragraph: each of the cast, the set, the line as it was written, then what it keeps of the take it branches from.

    Names of locks are left out: they mean nothing to a model, and may be names of people. So is who is wholly free: what a place was, or a person, must not
    contradict what the line asks for.

    Returns:
        sentences with a space between them; "" where nobody described anything and the line is empty.
    """
    kept = tuple(c for c in direction.chips if not c.words or c.words not in direction.text)
    said = [
        *(a.about for a in scene.actors if not a.free),
        direction.text,
        words(replace(direction, chips=kept)) if kept else "",
    ]
    return " ".join(_sentence(s) for s in said if s.strip())


def _sentence(text: str) -> str:
    """`text` on one line, ended by a full stop where it has no end of its own."""
    line = " ".join(text.split())
    return line if line[-1] in ".!?" else f"{line}."
