"""What comp cannot do of a direction, in words for the tile.

Place in the path: comp; pure text, asked by shoot before and after rendering.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sora_lock.camera import MOVES, SIZES
from sora_lock.engines import Scene
from sora_lock.engines.comp.rigs import CLOUDS, RIGS, TIMES
from sora_lock.engines.comp.wardrobe import DYES
from sora_lock.records import Direction
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


def indoors(info: Mapping[str, Any]) -> bool:
    """Whether a set (its `subject.json`) is a room: it has windows, so weather stays outside them."""
    return any(part.get("window") for part in info.get("parts", ()))


def cannot(direction: Direction, scene: Scene) -> tuple[str, ...]:
    """One line for each instruction that will not show."""
    out: list[str] = []
    pictures = [a.lock.name for a in scene.cast if not isinstance(a.subject, BakedSubject)]
    expressions = {name for a in scene.cast if isinstance(a.subject, BakedSubject) for name in a.subject.expressions}
    moves = {name for a in scene.cast if isinstance(a.subject, BakedSubject) for name in a.subject.moves}
    for chip in direction.chips:
        if chip.amount <= 0:
            continue
        said = f"“{chip.words}”" if chip.words else chip.value
        if chip.axis == "wardrobe" and chip.value in DYES:
            if not any("wardrobe" in r.attributes for a in scene.cast for r in a.subject.regions) or len(
                pictures
            ) == len(scene.cast):
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
    return tuple(dict.fromkeys(out))
