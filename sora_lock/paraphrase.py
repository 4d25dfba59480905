"""Words that no list holds -> the instruction they are most like, where that is clear: "sun almost gone" is a golden hour.

Place in the path: between `direction`, which reads exactly and first, and whoever reads texts for people (the composer, `fanout`). Needs the
optional extra; without it, or without unread words, nothing is loaded and a direction stays what it was. A clause becomes a chip only
when its best value is like it and no other axis is nearly as like; otherwise its words stay unread, for a wrong chip costs more than a
missing one. How often that is right: docs/paraphrases.md.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np

from sora_lock.direction import Rest, read, rest
from sora_lock.direction_terms import NEGATORS, SINGLE, TURNS, VOCABULARY
from sora_lock.minilm import Array, Encoder, folder
from sora_lock.paraphrase_terms import ELSEWHERE, EXAMPLES
from sora_lock.paths import ASSETS
from sora_lock.records import Chip, Direction

log = logging.getLogger("sora_lock.paraphrase")

BANK = ASSETS / "paraphrases.npz"
THRESHOLD = 0.62
"""The least cosine at which a clause is taken to mean a value; chosen on one half of tests/phrases.tsv, see docs/paraphrases.md."""
MARGIN = 0.08
"""How much less alike the best value of any other axis must be."""
PHRASES, FEW_PHRASES = 6, 1
MAX_WORDS = 24
"""A longer clause tells a story."""
MAX_PIECES = 12
"""The most pieces of one line that are compared (10 ms each); what follows stays unread."""

# What locks hold. Likeness never asks for these: a guess would stop a grid as a contradiction. They stay in the bank to draw off what is
# about them ("her hair is everywhere" is not a wind).
HELD = frozenset({"wardrobe", "hair", "face", "body", "background", "props", "surfaces"})
# Cosines do not see negation, so any word that may turn a clause round leaves it unread.
TURNING = frozenset(
    "nothing nobody nowhere none anything hardly barely scarcely unlike far less never neither nor except but opposite".split()
) | {n for n in NEGATORS if " " not in n}


@dataclass(frozen=True)
class Row:
    """One line of the bank: what is said for a value of an axis; axis and value "" for what is no direction."""

    axis: str
    value: str
    text: str


def rows() -> list[Row]:
    """What the bank holds: of each value its label, its `about`, a few phrases that share few words, and examples; then what is no direction."""
    said = [
        Row(axis, value, text)
        for axis, terms in VOCABULARY.items()
        for value, term in terms.items()
        for text in dict.fromkeys(
            (
                term.label,
                term.about,
                *_diverse(term.phrases, FEW_PHRASES if axis in HELD else PHRASES),
                *EXAMPLES.get(axis, {}).get(value, ()),
            )
        )
    ]
    return [*said, *(Row("", "", text) for text in ELSEWHERE)]


def _diverse(phrases: Sequence[str], number: int) -> list[str]:
    """Up to `number` phrases, each the one that brings most new words for its length."""
    left, seen, out = list(dict.fromkeys(phrases)), set[str](), list[str]()
    while left and len(out) < number:
        best = max(left, key=lambda p: len(set(p.split()) - seen) / len(p.split()) ** 0.5)
        left.remove(best)
        out.append(best)
        seen.update(best.split())
    return out


def write_bank(encoder: Encoder, path: Path = BANK) -> None:
    """Encodes `rows` and writes them: texts, and (n, 384) float16."""
    lines = rows()
    vectors = encoder([r.text for r in lines]).astype(np.float16)
    said = np.array([(r.axis, r.value, r.text) for r in lines])
    # Never half-written: a checkout in use goes on with the old one until the new one is whole.
    fresh = path.with_suffix(".new.npz")
    np.savez_compressed(fresh, said=said, vectors=vectors)
    fresh.replace(path)


def read_bank(path: Path = BANK) -> tuple[list[Row], Array]:
    """The bank's rows and their vectors, (n, 384) float32 of length 1; rows of values that are no longer there are left out.

    Raises:
        OSError, ValueError, KeyError: for a file that is missing or damaged.
    """
    with np.load(path, allow_pickle=False) as data:
        lines = [Row(*map(str, line)) for line in data["said"]]
        vectors = data["vectors"].astype(np.float32)
    if vectors.shape[:1] != (len(lines),):
        raise ValueError(f"{path.name} is damaged")
    kept = [i for i, r in enumerate(lines) if not r.axis or r.value in VOCABULARY.get(r.axis, {})]
    unit = vectors[kept]
    return [lines[i] for i in kept], unit / np.linalg.norm(unit, axis=1, keepdims=True)


@dataclass(frozen=True)
class Likeness:
    """The value a text is most like.

    Attributes:
        axis, value: both "" when it is most like what is no direction.
        score: cosine with the value's nearest row, -1..1.
        margin: how much less the nearest row of any other axis has, at least 0.
    """

    axis: str
    value: str
    score: float
    margin: float

    @property
    def clear(self) -> bool:
        """Whether it is alike enough, and clearly more than anything else, to be taken at its word."""
        return self.axis not in {"", *HELD} and self.score >= THRESHOLD and self.margin >= MARGIN


class _Ear:
    """Encoder and bank of this process."""

    def __init__(self, model: Path) -> None:
        self._encoder = Encoder(model)
        self._rows, self._vectors = read_bank()

    def hear(self, text: str) -> Likeness:
        scores = self._vectors @ self._encoder([text])[0]
        first = int(scores.argmax())
        best = self._rows[first]
        other = max(float(s) for s, r in zip(scores, self._rows, strict=True) if r.axis != best.axis)
        return Likeness(best.axis, best.value, float(scores[first]), float(scores[first]) - other)


_loading = Lock()


@lru_cache(maxsize=1)
def _ear(model: Path) -> _Ear | None:
    try:
        return _Ear(model)
    except (OSError, ValueError, KeyError, ImportError) as error:
        # Said once (this answer is kept): the line still has its exact reading.
        log.warning("paraphrases are not understood: %s", error)
        return None


@lru_cache(maxsize=4096)
def likeness(text: str) -> Likeness | None:
    """What a few words are most like, clear or not; None without the extra (or with a damaged one, which is logged once)."""
    model = folder()
    if model is None:
        return None
    with _loading:  # two viewers at once would load it twice
        ear = _ear(model)
    return ear.hear(text) if ear else None


def understand(text: str) -> Direction:
    """Reads one line exactly, then by likeness: `widen(read(text))`.

    Raises:
        PromptError: for what `direction.read` refuses.
    """
    return widen(read(text))


def widen(direction: Direction) -> Direction:
    """The direction with chips for those of its unread words that are clearly like an instruction.

    Exact words win: no chip is added on an axis that has one from them, whatever its amount. The new chips have amount 1, carry the words
    that caused them and stand in reading order; those words are no longer unread. A direction whose unread words are not those of its text
    (one that was merged or made by hand) is returned as it is.
    """
    if not direction.unread or folder() is None:
        return direction
    text, pieces = direction.text, rest(direction.text)
    if direction.unread != tuple(text[a:b] for piece in pieces for a, b in piece.unread):
        return direction
    taken = {c.axis for c in direction.chips}
    chips = [(text.rfind(c.words), c) for c in direction.chips]
    understood: list[tuple[int, int]] = []
    for piece in pieces[:MAX_PIECES]:
        for start, end in _spans(text, piece):
            found = likeness(_plain(text[start:end]))
            if found is None or not found.clear or found.axis in taken:
                continue
            if found.axis in SINGLE:
                taken.add(found.axis)
            if not any((c.axis, c.value) == (found.axis, found.value) for _, c in chips):
                chips.append((start, Chip(found.axis, found.value, text[start:end])))
            understood.append((start, end))
    left = [
        text[a:b]
        for piece in pieces
        for a, b in piece.unread
        if not any(start <= a and b <= end for start, end in understood)
    ]
    return Direction(text, tuple(c for _, c in sorted(chips, key=lambda p: p[0])), tuple(left))


_JOINT = re.compile(rf"\s+(?:{'|'.join(sorted(TURNS))}|&|\+)\s+", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def _spans(text: str, piece: Rest) -> list[tuple[int, int]]:
    """What of a piece may be compared: the parts that "and" joins where one of them is clear ("a tempest and all smiles"), else all of it."""
    said = _plain(text[piece.start : piece.end])
    if not piece.plain or turned(said):
        return []
    # One word left over beside what was understood belongs to that ("wistful fog").
    if not piece.alone and len(piece.unread) < 2:
        return []
    cuts = [(piece.start + m.start(), piece.start + m.end()) for m in _JOINT.finditer(text[piece.start : piece.end])]
    parts = list(zip([piece.start, *(b for _, b in cuts)], [*(a for a, _ in cuts), piece.end], strict=True))
    # A word alone between joints ("opens the door and leaves") says too little of what it means.
    parts = [(a, b) for a, b in parts if _sayable(text[a:b]) and (not cuts or len(_words(text[a:b])) > 1)]
    clear = [found for a, b in parts if (found := likeness(_plain(text[a:b]))) and found.clear]
    if clear or not _sayable(said):
        return parts
    return [(piece.start, piece.end)]


def turned(text: str) -> bool:
    """Whether a word in it may turn its meaning round."""
    return any(w in TURNING or w.endswith("n't") for w in _words(text))


def _sayable(text: str) -> bool:
    """Whether the network can know it: a few words of Latin letters. Any other script is one unknown sign to it, and like everything."""
    found = _words(text)
    letters = "".join(found)
    return len(found) <= MAX_WORDS and len(letters) > 3 and all(ord(c) < 0x250 or c in "'’" for c in letters)


def _words(text: str) -> list[str]:
    return [w.replace("’", "'") for w in _WORD.findall(text.casefold())]


def _plain(text: str) -> str:
    """As it is compared: compatible letters, single spaces; one spelling has one answer in the cache."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).replace("’", "'")).strip().casefold()
