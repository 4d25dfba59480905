"""A prompt -> Direction: which instructions were understood, which words said so, and which words were not understood.

Place in the path: the first step; pure text, no heavy import. Matching is by whole words, longest phrase first, over the data of
`direction_terms`; nothing is guessed. What is left over and is not glue is reported in `Direction.unread`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from itertools import product as cartesian

from sora_lock.direction_terms import (
    AFTER_NEGATORS,
    ALONGSIDE,
    AMOUNTS,
    AS_IS,
    CARRY,
    CLEARS,
    COLOURING,
    FAMILIES,
    GLUE,
    INHERENT,
    NEGATORS,
    SAID,
    SINGLE,
    TURNS,
    VOCABULARY,
)
from sora_lock.errors import PromptError
from sora_lock.records import Chip, Direction

__all__ = [
    "MAX_CHARACTERS",
    "VOCABULARY",
    "Rest",
    "cast",
    "check_text",
    "lines",
    "merge",
    "product",
    "read",
    "rest",
    "words",
]

MAX_CHARACTERS = 4000
"""The longest line that is read; longer ones raise PromptError."""
MAX_TEXT = 64_000
"""The longest text of many lines."""
MAX_PRODUCT = 1000
"""The most combinations `product` makes."""

_CHUNK = re.compile(r"\S+")
_PIECE = re.compile(
    r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*(?:['’][^\W_]+)*|[-‐‑_]+|[,.;:!?()\[\]\"“”„«»…—–/|]+|'|&|\+|[^\w\s]"
)
_OPAQUE = re.compile(r"[<>{}$`\\=@#^~*%]")
_TRIM = ",.;:!?()[]\"“”„«»…'"
_BIDI = {
    0x202A: "left-to-right embedding",
    0x202B: "right-to-left embedding",
    0x202C: "pop directional formatting",
    0x202D: "left-to-right override",
    0x202E: "right-to-left override",
    0x2066: "left-to-right isolate",
    0x2067: "right-to-left isolate",
    0x2068: "first strong isolate",
    0x2069: "pop directional isolate",
}


@dataclass(frozen=True)
class _Token:
    """A word of the prompt: as matched, where it stands, and whether a clause ends before it."""

    word: str
    start: int
    end: int
    breaks: bool
    opaque: bool = False


@dataclass(frozen=True)
class _Match:
    """A phrase found at tokens[first:last]."""

    axis: str
    value: str
    amount: float
    first: int
    last: int


@dataclass(frozen=True)
class Rest:
    """Neighbouring words of one clause that gave no chip.

    Attributes:
        start, end: where they stand in the text, words that join clauses ("and", "but") left off at both ends.
        unread: the places of those among them that are reported as unread.
        alone: it is a clause by itself, or joined by such a word to what was understood.
        plain: the clause holds no symbol, and no negation that was understood.
    """

    start: int
    end: int
    unread: tuple[tuple[int, int], ...]
    alone: bool
    plain: bool


def _check_characters(text: str, what: str) -> None:
    """PromptError that names the first character no text may hold, and its place."""
    for i, c in enumerate(text):
        code = ord(c)
        if (code >= 32 and code < 127) or c in "\t\n\r":
            continue
        category = unicodedata.category(c)
        name = ""
        if code == 0:
            name = "a NUL character"
        elif category == "Cc":
            name = f"a control character (U+{code:04X})"
        elif category == "Cs":
            name = f"half of a surrogate pair (U+{code:04X})"
        elif code in _BIDI:
            name = f"a text direction control (U+{code:04X}, {_BIDI[code]})"
        if name:
            raise PromptError(f"{what} holds {name} at character {i + 1}; remove it.")


def check_text(text: str, limit: int = MAX_CHARACTERS) -> None:
    """Refuses what no prompt may be.

    Raises:
        PromptError: for a blank text, more than `limit` characters, NUL, control characters, lone surrogates, text direction controls.
    """
    if not isinstance(text, str):
        raise PromptError(f"A prompt is text; {type(text).__name__} came.")
    if len(text) > limit:
        raise PromptError(
            f"The prompt has {len(text)} characters; at most {limit} are read. Write one variation a line, in a few words."
        )
    _check_characters(text, "The prompt")
    if not text.strip():
        raise PromptError("The prompt is empty; write what changes, for example “golden hour, low angle”.")


def lines(text: str) -> list[str]:
    """The variations of a text, one a line, trimmed and without list bullets; blank lines are dropped.

    Raises:
        PromptError: for a blank text, more than 64,000 characters, a line of more than 4,000, or characters no text may hold.
    """
    check_text(text, MAX_TEXT)
    found = [
        re.sub(r"^(?:[-*•–]\s+)+", "", line.strip()).strip() for line in re.split(r"\r\n|[\r\n\u2028\u2029\x85]", text)
    ]
    found = [line for line in found if line]
    for line in found:
        check_text(line)
    return found


def _fold(word: str) -> str:
    return unicodedata.normalize("NFKC", word.replace("’", "'")).casefold()


def _tokens(text: str) -> list[_Token]:
    """Words with their places; hyphens join nothing and separate nothing, other punctuation ends a clause."""
    out: list[_Token] = []
    breaks = True
    last_end = 0
    for chunk in _CHUNK.finditer(text):
        breaks = breaks or any(c in "\n\r\u2028\u2029" for c in text[last_end : chunk.start()])
        last_end = chunk.end()
        raw = chunk.group()
        if _OPAQUE.search(raw):
            inner = raw.strip(_TRIM) or raw
            start = chunk.start() + raw.index(inner)
            out.append(_Token(inner, start, start + len(inner), True, opaque=True))
            breaks = True
            continue
        for piece in _PIECE.finditer(raw):
            start, end, p = chunk.start() + piece.start(), chunk.start() + piece.end(), piece.group()
            if p[0].isalnum():
                out.append(_Token(_fold(p), start, end, breaks))
                breaks = False
            elif p[0] in "&+":
                out.append(_Token("and", start, end, breaks))
                breaks = False
            elif p[0] in "-‐‑_":
                breaks = breaks or raw == p
            elif p[0] in ',.;:!?()[]"“”„«»…—–/|':
                breaks = True
            elif p != "'" and not _joins(p):
                out.append(_Token(p, start, end, breaks, opaque=True))
    return out


def _joins(symbol: str) -> bool:
    """Marks that only shape the symbol before them (combining marks, joiners, variation selectors)."""
    return unicodedata.category(symbol) in {"Mn", "Me", "Mc", "Cf", "Sk"}


def _key(phrase: str) -> tuple[str, ...]:
    return tuple(t.word for t in _tokens(phrase))


@cache
def _phrases() -> tuple[dict[tuple[str, ...], tuple[str, str, float]], int]:
    """Every phrase as words -> (axis, value, amount of its own); and the longest phrase's number of words."""
    inherent = {_key(p): a for p, a in INHERENT.items()}
    found: dict[tuple[str, ...], tuple[str, str, float]] = {}
    for axis, terms in VOCABULARY.items():
        for value, term in terms.items():
            for phrase in (term.label, *term.phrases):
                key = _key(phrase)
                found.setdefault(key, (axis, value, inherent.get(key, 1.0)))
    return found, max(map(len, found))


@cache
def _markers() -> tuple[
    dict[tuple[str, ...], tuple[float, tuple[str, ...]]], frozenset[tuple[str, ...]], frozenset[tuple[str, ...]]
]:
    """Amount words, negators, and negators that follow, keyed by words."""
    return (
        {_key(w): a for w, a in AMOUNTS.items()},
        frozenset(_key(w) for w in NEGATORS),
        frozenset(_key(w) for w in AFTER_NEGATORS),
    )


def _span(tokens: Sequence[_Token], at: int, end: int, longest: int) -> int:
    """The furthest token up to which no clause breaks, at most `longest` words on."""
    stop = at + 1
    while stop < min(end, at + longest) and not tokens[stop].breaks and not tokens[stop].opaque:
        stop += 1
    return stop


def _snap(amount: float) -> float:
    return min((0.5, 1.0, 1.5, 2.0), key=lambda a: abs(a - amount))


def _combine(amounts: Sequence[float]) -> float:
    """One amount of several words: any slight word makes it slight, strong ones add up, at most 2."""
    if any(a < 1 for a in amounts):
        return 0.5
    return _snap(min(2.0, 1.0 + sum(a - 1.0 for a in amounts)))


def read(text: str) -> Direction:
    """Reads one line of direction.

    Chips stand in reading order; each carries the very words of `text` that caused it, from the first amount or negation to the last word.
    Amounts are 0 (negated), 0.5, 1, 1.5 or 2. Glue words (`direction_terms.GLUE`, and `COLOURING` beside something understood) are not
    reported as unread, unless nothing at all was understood.

    Raises:
        PromptError: for a blank text, more than 4,000 characters, NUL, control characters, lone surrogates, text direction controls.
    """
    tokens, used, found = _scan(text)
    chips: list[Chip] = []
    for _, chip in found:
        chips = [c for c in chips if (c.axis, c.value) != (chip.axis, chip.value)]
        chips.append(chip)
    left = tuple(text[t.start : t.end] for t in _unread(tokens, used, found))
    return Direction(text, tuple(chips), left or (() if found or _as_is(tokens) else (text.strip(),)))


def rest(text: str) -> tuple[Rest, ...]:
    """All that `read` reports as unread, in pieces of neighbouring words.

    Raises:
        PromptError: for what `read` refuses.
    """
    tokens, used, found = _scan(text)
    left = set(_unread(tokens, used, found))
    out: list[Rest] = []
    first = 0
    for last in range(1, len(tokens) + 1):
        if last < len(tokens) and not tokens[last].breaks:
            continue
        here = [chip for match, chip in found if first <= match.first < last]
        plain = all(c.amount > 0 for c in here) and not any(t.opaque for t in tokens[first:last])
        for unused, group in groupby(range(first, last), key=lambda i: not used[i]):
            run = [tokens[i] for i in group]
            places = tuple((t.start, t.end) for t in run if t in left)
            if unused and places:
                inner = [i for i, t in enumerate(run) if t.word not in TURNS] or [0]
                begins = run[0] is tokens[first] or inner[0] > 0
                ends = run[-1] is tokens[last - 1] or inner[-1] < len(run) - 1
                out.append(Rest(run[inner[0]].start, run[inner[-1]].end, places, begins and ends, plain))
        first = last
    return tuple(out)


def _scan(text: str) -> tuple[list[_Token], list[bool], list[tuple[_Match, Chip]]]:
    """The words of a checked text, whether each was understood, and what was found in reading order."""
    check_text(text)
    tokens = _tokens(text)
    used = [False] * len(tokens)
    found: list[tuple[_Match, Chip]] = []
    first = 0
    while first < len(tokens):
        end = first + 1
        while end < len(tokens) and not tokens[end].breaks:
            end += 1
        _read_clause(text, tokens, first, end, used, found)
        first = end
    return tokens, used, found


def _read_clause(
    text: str, tokens: Sequence[_Token], first: int, end: int, used: list[bool], found: list[tuple[_Match, Chip]]
) -> None:
    """Finds the phrases of tokens[first:end] with the amounts and negations that reach them."""
    phrases, longest = _phrases()
    amounts, negators, after = _markers()
    waiting: list[
        tuple[int, int, float | None, tuple[str, ...]]
    ] = []  # markers: first, last, amount or None for a negator, axes
    carried: tuple[int, str] | None = None  # a negation's first token and its phrase's axis, after "or"
    at = first
    while at < end:
        token = tokens[at]
        if token.opaque:
            waiting, carried, at = [], None, at + 1
            continue
        stop = _span(tokens, at, end, longest)
        keys = [(n, tuple(t.word for t in tokens[at:n])) for n in range(stop, at, -1)]
        hit = next(((n, phrases[k]) for n, k in keys if k in phrases), None)
        mark = next(((n, k) for n, k in keys if k in negators or k in amounts or k in after), None)
        if hit and mark and mark[0] > hit[0]:
            hit = None  # "clear of" turns off what follows although "clear" alone is a sky
        if hit:
            last, (axis, value, own) = hit
            match = _Match(axis, value, own, at, last)
            chip = _chip(text, tokens, match, waiting, carried, used)
            carried = (_first_of(tokens, chip, text, match), axis) if chip.amount == 0 else None
            found.append((match, chip))
            waiting, at = [], last
            continue
        if mark:
            last, key = mark
            here = bool(found) and found[-1][0].last == at
            trailing = last == end or tokens[last].word in TURNS
            if here and trailing and key in after:
                _amend(text, tokens, found, at, last, 0.0, used)
            elif here and trailing and key in amounts and key not in negators and _fits(amounts[key], found[-1][0]):
                _amend(text, tokens, found, at, last, amounts[key][0], used)
            elif key in negators:
                waiting.append((at, last, None, ()))
                carried = None
            elif key in amounts:
                waiting.append((at, last, *amounts[key]))
            else:
                carried = None
            at = last
            continue
        if token.word in TURNS:
            waiting = []
            if token.word not in CARRY:
                carried = None
        elif token.word not in GLUE and token.word not in COLOURING:
            waiting, carried = [], None  # a word not understood stands between: what came before spoke of it
        at += 1


def _fits(amount: tuple[float, tuple[str, ...]], match: _Match) -> bool:
    return not amount[1] or match.axis in amount[1]


def _first_of(tokens: Sequence[_Token], chip: Chip, text: str, match: _Match) -> int:
    """The token at which a chip's words begin."""
    start = tokens[match.last - 1].end - len(chip.words)
    return next(i for i, t in enumerate(tokens) if t.start >= start)


def _chip(
    text: str,
    tokens: Sequence[_Token],
    match: _Match,
    waiting: Sequence[tuple[int, int, float | None, tuple[str, ...]]],
    carried: tuple[int, str] | None,
    used: list[bool],
) -> Chip:
    """The chip of a phrase with the markers before it; marks their tokens as used."""
    begin, negations, strengths = match.first, 0, [match.amount] if match.amount != 1 else []
    for start, stop, amount, axes in waiting:
        if amount is not None and axes and match.axis not in axes:
            continue
        begin = min(begin, start)
        used[start:stop] = [True] * (stop - start)
        if amount is None:
            negations += 1
        else:
            strengths.append(amount)
    if not waiting and carried and carried[1] == match.axis:
        begin, negations = carried[0], 1
    used[match.first : match.last] = [True] * (match.last - match.first)
    amount = 0.0 if negations % 2 else _combine(strengths) if strengths else 1.0
    return Chip(match.axis, match.value, text[tokens[begin].start : tokens[match.last - 1].end], amount)


def _amend(
    text: str,
    tokens: Sequence[_Token],
    found: list[tuple[_Match, Chip]],
    at: int,
    last: int,
    amount: float,
    used: list[bool],
) -> None:
    """Lets a word that follows a phrase ("heavily", "stops") change the phrase's amount."""
    match, chip = found[-1]
    start = tokens[match.last - 1].end - len(chip.words)
    total = amount if amount == 0 or chip.amount == 0 else _combine([a for a in (chip.amount, amount) if a != 1])
    if chip.amount == 0:
        total = 0.0
    found[-1] = (match, Chip(chip.axis, chip.value, text[start : tokens[last - 1].end], total))
    used[at:last] = [True] * (last - at)


def _as_is(tokens: Sequence[_Token]) -> bool:
    return " ".join(t.word for t in tokens) in AS_IS


def _unread(tokens: Sequence[_Token], used: Sequence[bool], found: Sequence[tuple[_Match, Chip]]) -> list[_Token]:
    """The words that were not understood, in order."""
    if _as_is(tokens):
        return []
    clause, clauses = -1, []
    for token in tokens:
        clause += token.breaks
        clauses.append(clause)
    speaking = {clauses[m.first] for m, _ in found}
    left = [
        t
        for t, u, c in zip(tokens, used, clauses, strict=True)
        if not u and (t.opaque or not (t.word in GLUE or (t.word in COLOURING and c in speaking)))
    ]
    return left or ([] if found else list(tokens))


def words(direction: Direction) -> str:
    """A canonical sentence from the chips ("no rain, heavy fog, slow push in"); reading it gives the same chips. "as is" without any."""
    said = []
    for chip in direction.chips:
        term = VOCABULARY.get(chip.axis, {}).get(chip.value)
        label = term.label if term else chip.value
        slight, strong, extreme = SAID.get(chip.axis, SAID[""])
        how = {0.0: "no ", 0.5: f"{slight} ", 1.0: "", 1.5: f"{strong} ", 2.0: f"{extreme} "}[
            0.0 if chip.amount <= 0 else _snap(chip.amount)
        ]
        said.append(how + label)
    return ", ".join(said) if said else "as is"


def product(axes: Mapping[str, Sequence[str]]) -> list[Direction]:
    """Every combination of the values of some axes, the last axis fastest; "" as a value leaves its axis alone.

    Raises:
        PromptError: for an axis or value that is not in the vocabulary, or more than 1,000 combinations.
    """
    count = 1
    for axis, values in axes.items():
        if axis not in VOCABULARY:
            raise PromptError(f"There is no axis {axis[:40]!r}; choose from: {', '.join(VOCABULARY)}.")
        for value in values:
            if value and value not in VOCABULARY[axis]:
                raise PromptError(
                    f"The axis {axis!r} has no value {value[:40]!r}; choose from: {', '.join(VOCABULARY[axis])}."
                )
        count *= max(1, len(values))
    if count > MAX_PRODUCT:
        raise PromptError(
            f"These axes make {count} combinations; at most {MAX_PRODUCT} are made. Leave some values out."
        )
    used = [(axis, list(dict.fromkeys(values))) for axis, values in axes.items() if values]
    out = []
    for combination in cartesian(*(values for _, values in used)) if used else ():
        chips = tuple(Chip(axis, value) for (axis, _), value in zip(used, combination, strict=True) if value)
        out.append(Direction(words(Direction("", chips)), chips))
    return out


def merge(base: Direction, change: Direction) -> Direction:
    """`change` laid over `base`: "same, but in the rain".

    Later chips take the place of the same axis where an axis has one answer (`direction_terms.SINGLE`), and are added where it has several
    (weather, props); weather that cannot be at once displaces ("drizzle" and "downpour", "clear sky" and any cloud). A negation removes what
    it names from the base, and stays as a chip when there was nothing to remove. The text and the unread words are those of `change`: the
    base's were reported with the base.
    """
    kept = list(base.chips)
    added: list[Chip] = []
    for chip in change.chips:
        if chip.amount == 0:
            family = _family_of(chip)
            left = [c for c in kept if not (c.axis == chip.axis and c.value in family)]
            if len(left) == len(kept) or not any(c.amount > 0 for c in kept if c not in left):
                added.append(chip)
            kept = left
            continue
        kept = [c for c in kept if not _displaces(chip, c)]
        added.append(chip)
    return Direction(change.text, (*kept, *added), change.unread)


def _family_of(chip: Chip) -> frozenset[str]:
    """The values a negation takes away: "no rain" also ends a drizzle."""
    if chip.axis != "weather" or chip.value in {"clear", "overcast"}:
        return frozenset({chip.value})
    return next((f for f in FAMILIES if chip.value in f), frozenset({chip.value}))


def _displaces(new: Chip, old: Chip) -> bool:
    if new.axis != old.axis:
        return False
    if new.value == old.value:
        return True
    if new.axis == "lens":
        return any(new.value in g and old.value in g for g in ALONGSIDE)
    if new.axis in SINGLE:
        return True
    if new.axis == "weather":
        return (
            any(new.value in f and old.value in f for f in FAMILIES)
            or (new.value == "clear" and old.value in CLEARS)
            or (old.value == "clear" and new.value in CLEARS)
        )
    return False


_NAME = re.compile(r"@([^\W_](?:[\w-]*\w)?)")


def cast(text: str) -> tuple[tuple[str, ...], str | None, dict[str, str]]:
    """Reads who stands where: "@mara at window and @ivo in @alley" -> (("mara", "ivo"), "alley", {"mara": "window"}).

    The set is the name after "in", "on" or "inside". A mark follows its name after "at", "by", "near" or ":".

    Returns:
        Names in the order written without the set (case-folded, NFC, without "@"); the set, or None when no "in" names one; marks by name.

    Raises:
        PromptError: when no name, the same name twice or two sets come, or words are left over; and for text `read` would refuse.
    """
    check_text(text)
    text = unicodedata.normalize("NFC", text)
    if "@" not in text:
        raise PromptError("Name who is in the shot, as in “@mara in @alley”.")
    stage: str | None = None
    names: list[str] = []
    marks: dict[str, str] = {}
    found = list(_NAME.finditer(text))
    bounds = [m.start() for m in found[1:]] + [len(text)]
    lead = text[: found[0].start()] if found else text
    leading = re.fullmatch(r"\s*(in|on|inside|into)?\s*(?:the\s+)?\s*", lead, re.IGNORECASE)
    if not found or leading is None:
        raise PromptError(
            f"{(lead.strip() or text.strip())[:40]!r} is not understood here; write “@mara at window in @alley”."
        )
    as_set = bool(leading.group(1))
    for match, bound in zip(found, bounds, strict=True):
        name = match.group(1).casefold()
        if name in names or name == stage:
            raise PromptError(f"@{name} is named twice; a lock can stand in a shot once.")
        if as_set:
            if stage is not None:
                raise PromptError(f"Two sets are named, @{stage} and @{name}; a shot plays in one.")
            stage = name
        else:
            names.append(name)
        between = re.sub(r"\s+", " ", text[match.end() : bound])
        shape = re.fullmatch(
            r"(?: ?: ?| (?:at|by|near) (?:the )?)?(?P<mark>[^\W_][\w' -]*?)?"
            r"(?P<link> ?(?:,|&|\+|;) ?(?:and )?(?:in |on |inside )?| and | with |(?:^| )(?:in|on|inside|into) )?(?:the )? ?\.?",
            between,
            re.IGNORECASE,
        )
        mark = (shape.group("mark") or "").strip() if shape else ""
        if mark.casefold() in {"in", "on", "at", "by", "and", "with", "inside", "into"}:
            shape = None
        introduced = bool(re.match(r" ?:| (?:at|by|near) ", between, re.IGNORECASE))
        if shape is None or (mark and not introduced) or (introduced and not mark):
            raise PromptError(
                f"{between.strip()[:40]!r} after @{name} is not understood; write “@{name} at window in @alley”."
            )
        if mark and name != stage:
            marks[name] = mark.casefold()
        link = (shape.group("link") or "").strip().casefold()
        as_set = bool(re.search(r"\b(in|on|inside|into)$", link))
    return tuple(names), stage, marks
