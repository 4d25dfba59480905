"""What a picture is called: people, place and direction in the words of the project's own vocabulary, in several phrasings.

Place in the path: training; `data` writes captions beside pictures, `text` takes its vocabulary from here. Nothing is said of a picture that is not in
it: captions are made from the records the picture was filmed by.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from sora_lock.direction_terms import SAID, VOCABULARY
from sora_lock.paths import shipped
from sora_lock.records import Chip, Direction
from sora_lock.subjects.baked import load
from training import people, places

PHRASES = 8
"""How many of a value's ways of being said are used: the first ones are the usual ones."""
COMMON = (
    "a an the in on with and of at over under by from to is are it he she they man woman person people nobody empty set two three beside "
    "standing stands wearing wears scene shot film still picture looking light time weather ground floor nothing much painted wall walls skin girl "
    "slim heavy cropped combed back bun bob beard scarf hat cap beanie coat jacket cardigan waistcoat rollneck jumper blouse shirt trousers "
    "sixty fifty thirties young old room living bedroom office street city lane alley yard garden courtyard farm window door shelf books sofa table "
    "cupboard hanging lamp plant rug sign neon awning bins crates car tree trees wooden fence bench shed hills washing line"
)
"""Words between the words."""


def said(chip: Chip, rng: np.random.Generator) -> str:
    """One way of saying a chip, its amount included."""
    term = VOCABULARY[chip.axis][chip.value]
    others = term.phrases[:PHRASES]
    words = str(rng.choice(others)) if others and rng.random() < 0.4 else term.label
    amount = {0.5: 0, 1.5: 1, 2.0: 2}.get(chip.amount)
    return words if amount is None else f"{SAID.get(chip.axis, SAID[''])[amount]} {words}"


def of_person(who: people.Person, rng: np.random.Generator) -> str:
    """Somebody in words: from a whole sentence down to two words."""
    told, pick = who.words, rng.random()
    if pick < 0.35:
        return who.about.rstrip(".")
    article = f"{'an' if told['who'][0] in 'aeiou' else 'a'} {told['who']}"
    if "name" in told:
        return str(rng.choice([told["name"], article, f"{article} {told['clothes']}", f"{told['name']}, {article}"]))
    parts = [article, told["clothes"]]
    if rng.random() < 0.5:
        parts.append(told["under"])
    if rng.random() < 0.5:
        parts.insert(1, f"with {told['skin']} and {told['hair']}")
    parts += [f"with a {told[k]}" for k in ("beard", "hat", "scarf") if k in told and rng.random() < 0.7]
    return " ".join(parts)


def caption(cast: Sequence[people.Person], place: places.Place, direction: Direction, rng: np.random.Generator) -> str:
    """One caption, lower case; with fewer or more of the things that could be said."""
    who = " and ".join(of_person(p, rng) for p in cast) if cast else str(rng.choice(["nobody", "an empty set"]))
    where = place.about.rstrip(".") if rng.random() < 0.3 else str(rng.choice(place.words))
    chips = [
        c for c in direction.chips if c.amount > 0 and (c.axis in ("light", "time", "weather") or rng.random() < 0.75)
    ]
    how = [said(c, rng) for c in chips]
    if rng.random() < 0.4:
        how = [str(h) for h in rng.permutation(how)] if how else how
    form = rng.random()
    if form < 0.45:
        text = f"{who} in {where}, {', '.join(how)}"
    elif form < 0.65:
        text = f"{', '.join(how)}, {who} in {where}"
    elif form < 0.85:
        text = f"{who}. {where}. {', '.join(how)}"
    else:
        text = f"{who}, {', '.join(how)}"
    return tidy(text)


def tidy(text: str) -> str:
    """A caption or a prompt as the tokenizer wants it: lower case, one space between words."""
    return re.sub(r"\s+([,.])", r"\1", re.sub(r"\s+", " ", text.casefold())).strip(" ,")


def corpus() -> Iterator[str]:
    """Everything a caption may hold, for a tokenizer's vocabulary."""
    yield COMMON
    for axis in VOCABULARY.values():
        for term in axis.values():
            yield tidy(term.label)
            yield from (tidy(p) for p in term.phrases)
    yield " ".join(word for words in SAID.values() for word in words)
    for folder in shipped().values():
        yield tidy(str(load(folder).info["about"]))
        yield folder.name
    for table in (people.DYES, people.SKINS, people.HAIRS, places.PAINTS, places.GROUNDS):
        yield " ".join(table)
    yield " ".join((*people.PATTERNS, *(k for kinds in places.WALLS.values() for k in kinds)))
