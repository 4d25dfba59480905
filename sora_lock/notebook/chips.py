"""Chips: a direction as people see it and correct it.

Place in the path: beside the feed, the inspector and the composer, which all show directions. The record stays the source: what is
drawn here is read from a `Direction`, and a correction comes back as (line, chip, choice) for `corrected`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sora_lock.direction import VOCABULARY, read, words
from sora_lock.direction_terms import SAID
from sora_lock.notebook.text import attrs, esc
from sora_lock.records import Chip, Direction

AMOUNTS: tuple[tuple[float, str], ...] = (
    (0.5, "slightly"),
    (1.0, "plain"),
    (1.5, "heavy"),
    (2.0, "extreme"),
    (0.0, "none"),
)


def said(chip: Chip) -> str:
    """A chip in words beside its axis: "heavy rain", "no fog", "slow push in", "low"."""
    slight, strong, extreme = SAID.get(chip.axis, SAID[""])
    how = {0.0: "no ", 0.5: f"{slight} ", 1.0: "", 1.5: f"{strong} ", 2.0: f"{extreme} "}
    return how[min(how, key=lambda a: abs(a - chip.amount))] + chip.value


def line_of(direction: Direction, *, invents: bool = False) -> str:
    """A direction as a caption: its chips in words that need no axis, else its text, else "as it is"; of a model, which reads it, its text first."""
    if invents and direction.text:
        return direction.text
    return " · ".join(words(Direction("", (c,))) for c in direction.chips) or direction.text or "as it is"


def by_likeness(chip: Chip) -> bool:
    """Whether a chip's words say it only by likeness (`paraphrase`): read exactly, they do not."""
    return bool(chip.words) and not any((c.axis, c.value) == (chip.axis, chip.value) for c in read(chip.words).chips)


def _source(chip: Chip) -> str:
    if by_likeness(chip):
        return f"understood by likeness, from “{chip.words}”"
    return f"from “{chip.words}”" if chip.words else "set by hand"


def _axis(chip: Chip) -> str:
    """The chip's axis as HTML; a tilde says that its value was understood by likeness."""
    return f"<b>{esc(chip.axis)}{' ~' if by_likeness(chip) else ''}</b>"


def still(direction: Direction, known: Iterable[Chip] = (), *, invents: bool = False) -> str:
    """Chips to look at; those also in `known` (a parent's) are drawn as inherited. Unread words follow, see `unread`."""
    before = {(c.axis, c.value, c.amount) for c in known}
    out = []
    for chip in direction.chips:
        kind = "chip inherited" if (chip.axis, chip.value, chip.amount) in before else "chip"
        out.append(f"<span{attrs({'class': kind, 'title': _source(chip)})}>{_axis(chip)}{esc(said(chip))}</span>")
    return "".join(out) + unread(direction, invents=invents)


def unread(direction: Direction, *, invents: bool = False) -> str:
    """The words that were not understood, which nothing but a model (of an engine that `invents`) makes anything of; nothing when there are none."""
    if not direction.unread:
        return ""
    listed = " ".join(f"<i>{esc(w)}</i>" for w in direction.unread)
    if invents:
        return f'<span class="told" title="Not in the vocabulary: what these words change, only the model knows.">as words {listed}</span>'
    return f'<span class="unread" title="Not in the vocabulary: these words change nothing.">unread {listed}</span>'


def editable(direction: Direction, line: int, *, invents: bool = False) -> str:
    """Chips to correct: each a list of its axis' values and amounts, with a cross; and a list to add one."""
    out = []
    for number, chip in enumerate(direction.chips):
        values = VOCABULARY.get(chip.axis, {})
        options = [
            f"<option{attrs({'value': f'v:{v}', 'selected': v == chip.value})}>{esc(said(replace(chip, value=v)))}</option>"
            for v in ([chip.value] if chip.value not in values else []) + list(values)
        ]
        amounts = [
            f"<option{attrs({'value': f'a:{a}', 'disabled': a == chip.amount})}>{esc(label)}</option>"
            for a, label in AMOUNTS
        ]
        name = f"{chip.axis}: {said(chip)}"
        select = attrs(
            {"class": "pick", "data-change": "chip", "data-line": line, "data-chip": number, "aria-label": name}
        )
        out.append(
            f"<span{attrs({'class': 'chip live', 'title': _source(chip)})}>{_axis(chip)}"
            f'<select{select}><optgroup label="{esc(chip.axis)}">{"".join(options)}</optgroup>'
            f'<optgroup label="how much">{"".join(amounts)}</optgroup></select>'
            f'<button type="button" data-act="chip" data-line="{line}" data-chip="{number}" data-value="x" '
            f'aria-label="remove {esc(name)}" title="remove">×</button></span>'
        )
    groups = "".join(
        f'<optgroup label="{esc(axis)}">'
        + "".join(f"<option{attrs({'value': f'n:{axis}:{v}'})}>{esc(v)}</option>" for v in values)
        + "</optgroup>"
        for axis, values in VOCABULARY.items()
    )
    add = (
        f'<span class="chip add"><select class="pick" data-change="chip" data-line="{line}" data-chip="-1" '
        f'aria-label="add an instruction"><option value="" selected>+</option>{groups}</select></span>'
    )
    return "".join(out) + add + unread(direction, invents=invents)


def corrected(direction: Direction, chip: int, choice: str) -> Direction:
    """The direction with one chip changed as the page asked.

    Args:
        chip: its index; -1 to add one.
        choice: "x" removes, "v:<value>" and "a:<amount>" change, "n:<axis>:<value>" adds. Anything else changes nothing, for it can
            only come from a page of another version.
    """
    chips = list(direction.chips)
    what, _, rest = choice.partition(":")
    if what == "n":
        axis, _, value = rest.partition(":")
        if value in VOCABULARY.get(axis, {}):
            chips.append(Chip(axis, value))
    elif 0 <= chip < len(chips):
        old = chips[chip]
        if what == "x":
            del chips[chip]
        elif what == "v" and rest in VOCABULARY.get(old.axis, {}):
            chips[chip] = Chip(old.axis, rest, "", old.amount)
        elif what == "a" and rest in {str(a) for a, _ in AMOUNTS}:
            chips[chip] = Chip(old.axis, old.value, "", float(rest))
    return replace(direction, chips=tuple(chips))
