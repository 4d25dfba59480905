"""What comp cannot do of a direction, in words for the tile.

Place in the path: comp; pure text, asked by shoot before and after rendering.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sora_lock.camera import CUT_MOVES, FRONT_MOVES, MOVES, SIZES, Framing, heads_per_amount, widest_m
from sora_lock.engines import Actor, Scene
from sora_lock.engines.comp.rigs import CLOUDS, RIGS, TIMES
from sora_lock.engines.comp.wardrobe import DYES, is_garment
from sora_lock.records import Chip, Direction
from sora_lock.subjects.baked import BakedSubject

_KNOWN = {
    "light": set(RIGS),
    "time": set(TIMES) - {"studio"},
    "weather": set(CLOUDS),
    "size": set(SIZES),
    "angle": {"eye level", "low", "high", "dutch", "overhead"},
    "move": set(MOVES),
    "lens": {"wide angle", "normal", "telephoto", "shallow focus", "deep focus"},
    "key": {"left", "right", "top", "below"},
}
_NEVER = {
    "wardrobe": "comp can dye what is worn, and cannot change its cut ({words})",
    "background": "comp cannot build another place; choose another set ({words})",
    "hair": "comp cannot change hair ({words})",
    "face": "comp cannot change a face ({words})",
    "body": "comp cannot change a body ({words})",
}


HARD_RIGS = frozenset({"chiaroscuro", "low key", "noir", "rembrandt"})
"""Rigs whose key is so small that a face shows by its shadows what shape it has."""


def indoors(info: Mapping[str, Any]) -> bool:
    """Whether a set (its `subject.json`) is a room: it says so, or has windows, so weather stays outside them."""
    return bool(info.get("indoors")) or any(part.get("window") for part in info.get("parts", ()))


def cannot(direction: Direction, scene: Scene) -> tuple[str, ...]:
    """One line for each instruction that will not show."""
    out: list[str] = []
    reliefs = [a for a in scene.cast if isinstance(a.subject, BakedSubject) and a.subject.relief is not None]
    pictures = [a.lock.name for a in scene.cast if not isinstance(a.subject, BakedSubject)]
    expressions = {name for a in scene.cast if isinstance(a.subject, BakedSubject) for name in a.subject.expressions}
    moves = {name for a in scene.cast if isinstance(a.subject, BakedSubject) for name in a.subject.moves}
    for chip in direction.chips:
        if chip.amount <= 0:
            continue
        said = f"“{chip.words}”" if chip.words else chip.value
        if chip.axis == "wardrobe" and chip.value in DYES:
            built = [a for a in scene.cast if isinstance(a.subject, BakedSubject)]
            if not any(is_garment(r.attributes) for a in built for r in a.subject.regions):
                out.append(f"nobody here wears what comp could dye ({said})")
        elif chip.axis in _NEVER:
            out.append(_NEVER[chip.axis].format(words=said))
        elif chip.axis == "expression":
            if chip.value != "neutral" and chip.value not in expressions:
                out.append(f"nobody here has been modelled with the expression {chip.value} ({said})")
        elif chip.axis == "performance":
            if chip.value != "idle" and chip.value not in moves:
                out.append(f"nobody here has been baked with the performance {chip.value} ({said})")
        elif chip.axis == "eyeline" and chip.value == "each other" and len(scene.cast) - len(pictures) < 2:
            out.append(f"there is nobody else here to look at ({said})")
        elif chip.axis in _KNOWN and chip.value not in _KNOWN[chip.axis]:
            out.append(f"comp does not know {chip.axis} {chip.value} ({said})")
        elif chip.axis == "weather" and chip.value in ("wind", "storm"):
            out.append(f"comp does not move cloth and hair in the {chip.value} ({said})")
        elif (
            chip.axis == "weather"
            and chip.value not in ("clear", "overcast", "fog", "mist", "dust")
            and indoors(scene.stage.subject.info)
        ):
            out.append(f"indoors the {chip.value} stays outside the window ({said})")
        elif (
            pictures
            and chip.axis in ("move", "size", "angle", "lens")
            and chip.value not in ("static", "eye level", "normal")
        ):
            names = ", ".join("@" + n for n in pictures)
            out.append(f"the camera stays still: {names} is a picture ({said})")
        elif line := _from_one_place(chip, scene, direction, said):
            out.append(line)
        else:
            out += [line for actor in reliefs if (line := _from_the_front(chip, actor, direction, said))]
    return tuple(dict.fromkeys(out))


def _from_one_place(chip: Chip, scene: Scene, direction: Direction, said: str) -> str:
    """Why a chip will not show, or not as one expects, in a place that is known from one picture; "" when it will, and in every other."""
    relief, where = scene.stage.subject.relief, f"@{scene.stage.lock.name}"
    if relief is None:
        return ""
    if chip.axis == "angle" and chip.value in ("low", "high", "overhead", "dutch"):
        return f"the camera stays where the picture of {where} was taken ({said})"
    if chip.axis == "move" and chip.value not in ("static", "push in", "pull out", "pan left", "pan right"):
        return f"the camera goes a little way only, since {where} is known from one picture ({said})"
    if chip.axis == "size" and chip.value == "extreme wide":
        return f"the shot is as wide as the picture of {where} at most ({said})"
    return ""


def _from_the_front(chip: Chip, actor: Actor, direction: Direction, said: str) -> str:
    """Why a chip will not show, or not as one expects, on somebody known from the front of one picture; "" when it will."""
    relief, who = actor.subject.relief, f"@{actor.lock.name}"
    frame, cut = actor.subject.framing, relief["cut_m"]
    if chip.axis == "eyeline":
        return f"{who} is a picture: the head does not turn ({said})"
    if chip.axis == "light" and chip.value in HARD_RIGS and relief["estimated"]:
        return f"a hard key shows the estimate's roundness on {who}, not the true shadow of the nose ({said})"
    if chip.axis == "move" and chip.value != "static":
        if chip.value not in FRONT_MOVES:
            return f"the camera keeps before {who}, of whom only the front is known ({said})"
        if cut is not None and chip.value not in CUT_MOVES:
            return f"the camera does not tilt: it would show where the picture cuts {who} off ({said})"
        if FRONT_MOVES[chip.value] < 1:
            return f"the camera goes a part of the way only, since only the front of {who} is known ({said})"
    if chip.axis == "angle" and chip.value in ("low", "high", "overhead"):
        return f"the camera stays nearly level, since only the front of {who} is known ({said})"
    if chip.axis == "size" and cut is not None and chip.value in SIZES:
        heads, _, eye_line = SIZES[chip.value]
        wanted = heads * heads_per_amount(chip.value, chip.amount) * float(frame["height_m"]) / 7.5
        if wanted > widest_m(Framing(tuple(frame["eye_m"]), cut_m=cut), eye_line, direction):
            return f"the shot stays as wide as the picture of {who} reaches ({said})"
    return ""
