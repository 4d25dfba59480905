"""Parts of a character by what its modeller called them: "hair_cap" is hair, "Coat_wool" is wardrobe.

Place in the path: subjects, after `render`; what it says is a proposal for `photo.painted_parts`, which people look at and paint over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sora_lock.subjects.render import Render

WORDS: Mapping[str, Sequence[str]] = {
    "hair": (
        "hair haircap haircut beard moustache mustache brow brows eyebrow eyebrows lash lashes eyelash eyelashes "
        "fringe bangs ponytail braid braids bun wig scalp goatee stubble"
    ).split(),
    "wardrobe": (
        "wardrobe cloth clothes clothing garment outfit costume shirt tshirt blouse coat jacket blazer suit vest waistcoat sweater pullover jumper "
        "hoodie cardigan dress skirt trousers pants jeans shorts leggings tights sock socks shoe shoes boot boots sneaker sneakers glove gloves "
        "hat cap helmet scarf tie belt collar sleeve sleeves button buttons zip uniform apron robe cape gown glasses jewelry jewellery earring "
        "earrings necklace watch leather wool cotton denim fabric silk linen knit"
    ).split(),
    "face": "face head eye eyes eyeball cornea iris pupil sclera teeth tongue gum gums lip lips mouth nose ear ears cheek".split(),
    "body": "body torso arm arms hand hands leg legs foot feet finger fingers nail nails neck chest".split(),
}
"""Words of names, by part; the first part that has one of a name's words takes it."""
SKIN = "skin"
"""The face where nothing else of it has a name, else the body."""
NUMBERS: Mapping[str, int] = {"face": 1, "hair": 2, "wardrobe": 3, "body": 4}
"""As `photo.PAINTED` counts."""


def part_of(name: str) -> str:
    """ "face", "hair", "wardrobe", "body", "skin" or "" for a name in any spelling: words end at marks, numbers and capitals."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", name)
    words = set(re.findall(r"[a-z]+", spaced.lower()))
    return next((part for part, told in WORDS.items() if words & set(told)), SKIN if SKIN in words else "")


def named_parts(render: Render) -> tuple[NDArray[np.uint8], str] | None:
    """What the names in a render's cryptomattes say of its parts; where an object is only a body, what its material is called.

    Returns:
        (numbers, words): uint8 [H, W], 0 unsaid, else as `photo.PAINTED` counts; and who says so. None where the names do not tell two parts apart.
    """
    told = [{name: part_of(name) for name in matte.seen()} for matte in render.mattes]
    skin = "body" if any("face" in parts.values() for parts in told) else "face"
    numbers = np.zeros(render.alpha.shape, np.uint8)
    for matte, parts in zip(render.mattes, told, strict=True):
        groups = {part: [n for n, p in parts.items() if (skin if p == SKIN else p) == part] for part in NUMBERS}
        covers = np.stack([matte.of([matte.names[n] for n in names]) for names in groups.values()])
        said = np.where(covers.max(axis=0) > 0.05, covers.argmax(axis=0) + 1, 0).astype(np.uint8)
        vague = (numbers == 0) | ((numbers == NUMBERS["body"]) & (said > 0))
        numbers = np.where(vague, said, numbers)
    numbers[render.alpha < 0.5] = 0
    if len(set(np.unique(numbers)) - {0}) < 2:
        return None
    return numbers, "by the names of its objects and materials"
