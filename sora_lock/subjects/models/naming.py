"""What the parts of a model are called and to which attributes they belong, by the names that its author gave.

Place in the path: subjects, under `models`; the lock's regions come from here. Pure text and counting.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.media.gltf import Model
from sora_lock.records import Kind
from sora_lock.subjects.models.soup import Soup

MOST_PARTS = 200
"""Parts kept apart; smaller ones beyond are one part "other things" (a lock names 250 at most, and lamps and panes still come)."""
REST = "other things"

PLACES = frozenset(
    "floor floors ground wall walls ceiling ceilings roof terrain road street pavement sidewalk facade plaster brick bricks tiles landscape sky backdrop"
    " building room stairs staircase beam column pillar skirting cornice grass sand".split()
)
"""Words for what a place is made of; everything else in it is a thing."""
FIGURE: Mapping[str, tuple[frozenset[str], tuple[str, ...]]] = {
    "eyes": (frozenset("eye eyes eyeball eyeballs iris pupil pupils sclera cornea eyewhite".split()), ("face", "expression")),
    "mouth": (frozenset("mouth teeth tooth tongue lip lips gum gums".split()), ("face", "expression")),
    "brows": (frozenset("brow brows eyebrow eyebrows lash lashes eyelash eyelashes eyeline".split()), ("face", "expression")),
    "hair": (frozenset("hair beard moustache mustache ponytail bangs fringe scalp fur wig bun braid".split()), ("hair",)),
    "wardrobe": (
        frozenset(
            "shirt coat jacket cloth clothes clothing trousers pants jeans skirt dress shoe shoes boot boots sock socks hat cap glove gloves belt tie"
            " scarf top tops bottom bottoms suit outfit armor armour helmet sweater hoodie vest robe uniform buttons collar glasses sneakers shorts"
            " tshirt blouse onepiece accessory accessories apron rollneck".split()
        ),
        ("wardrobe",),
    ),
    "face": (frozenset("face head ear ears nose cheek".split()), ("face", "expression")),
    "body": (frozenset("skin body hand hands arm arms leg legs neck foot feet torso limb limbs nails fingers".split()), ("body",)),
}  # fmt: skip
"""Of figures: the words that tell a part, and its attributes; the first that fits counts."""
PANES = frozenset("window windows pane panes glazing skylight".split())


@dataclass(frozen=True, eq=False)
class Sorted:
    """Parts as `subject.json` lists them, and uint8 [T], the part of each triangle; known: whether names told a figure's parts."""

    parts: tuple[Mapping[str, Any], ...]
    part: NDArray[np.uint8]
    known: bool = True


def words_of(name: str) -> list[str]:
    """Lower-case words of a name as authors write them: "Chair_Leg.001", "eyeLeft", "MAT-Wood"."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", name)
    return re.sub(r"[^a-z]+", " ", spaced.lower()).split()


def plain(name: str) -> str:
    """A name for people: without numbers of copies, with spaces; "" for one that says nothing."""
    words = [
        w
        for w in words_of(name)
        if w
        not in (
            "mat",
            "mesh",
            "material",
            "geo",
            "obj",
            "object",
            "node",
            "primitive",
            "default",
            "group",
            "root",
            "lod",
            "grp",
        )
    ]
    return " ".join(words)[:40]


def sorted_parts(model: Model, soup: Soup, kind: Kind) -> Sorted:
    """The parts of a model, one a node's name (of nodes with several materials, one each)."""
    count: dict[tuple[str, str], set[int]] = {}
    for p in model.pieces:
        count.setdefault((p.node, p.mesh), set()).add(p.material)
    names = []
    for p in model.pieces:
        own, made_of = plain(p.node) or plain(p.mesh), plain(soup.materials[p.material].name)
        if len(count[(p.node, p.mesh)]) > 1 and made_of and made_of != own:
            own = made_of if kind == "character" or not own else f"{own}, {made_of}"
        names.append(own or made_of or kind)
    of_piece = {
        k: (n, _attributes(n, soup.materials[model.pieces[k].material].name, kind)) for k, n in enumerate(names)
    }
    found: dict[tuple[str, tuple[str, ...]], float] = {}
    areas = np.bincount(soup.piece, soup.areas, minlength=len(names))
    for k in np.unique(soup.piece):
        found[of_piece[int(k)]] = found.get(of_piece[int(k)], 0.0) + float(areas[k])
    if len(found) > MOST_PARTS:
        largest = sorted(found, key=lambda key: -found[key])[: MOST_PARTS - 1]
        rest = (REST, _attributes(REST, "", kind))
        of_piece = {k: told if told in largest else rest for k, told in of_piece.items()}
    order = list(dict.fromkeys(of_piece[int(k)] for k in np.unique(soup.piece)))
    number = {told: i for i, told in enumerate(order)}
    table = np.array([number.get(of_piece[k], 0) for k in range(len(names))], np.uint8)
    known = kind != "character" or any("face" in attributes for _, attributes in order)
    return Sorted(_once(order), table[soup.piece], known)


def _attributes(name: str, material: str, kind: Kind) -> tuple[str, ...]:
    if kind == "prop":
        return ("props", "layout", "surfaces")
    if kind == "set":
        return ("surfaces", "layout") if PLACES & set(words_of(name)) else ("props", "layout")
    # the material says more than the node: "Body" has skin and cloth
    for said in (set(words_of(material)), set(words_of(name))):
        for words, attributes in FIGURE.values():
            if words & said:
                return attributes
    return ("wardrobe",)


def _once(order: list[tuple[str, tuple[str, ...]]]) -> tuple[Mapping[str, Any], ...]:
    """Parts with names that are not given twice."""
    given: dict[str, int] = {}
    out = []
    for name, attributes in order:
        given[name] = given.get(name, 0) + 1
        out.append({"name": name if given[name] == 1 else f"{name} {given[name]}", "attributes": list(attributes)})
    return tuple(out)


def split(told: Sorted, chosen: NDArray[np.bool_], ending: str) -> Sorted:
    """Some triangles of each part as parts of their own, called after it; a part all of which is chosen is only told apart by `ending`."""
    parts, part = [dict(p) for p in told.parts], told.part.copy()
    for k in range(len(told.parts)):
        own = told.part == k
        mine = own & chosen
        if not mine.any() or mine.sum() == own.sum() or len(parts) >= 250:
            continue
        part[mine] = len(parts)
        parts.append({**parts[k], "name": f"{parts[k]['name']} {ending}"[:60]})
    return Sorted(tuple(parts), part, told.known)


def is_pane(name: str, material: str) -> bool:
    """Whether a part of a room is what one looks out through."""
    words, made_of = set(words_of(name)), set(words_of(material))
    if {"frame", "sill", "curtain", "curtains", "blind", "blinds"} & words:
        return False
    return bool(PANES & (words | made_of)) and ("glass" in words | made_of or bool(PANES & words))
