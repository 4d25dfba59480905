"""What a lock says: its name, its policies, how ready its picture is, and what contradicts a hold.

Place in the path: after subjects, before direction is shot; `freeze` makes locks by it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sora_lock.errors import MediaError, NamingError, PolicyError
from sora_lock.records import ATTRIBUTES, POLICIES, Chip, Direction, Kind, Lock, Policy, Reading

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Which attribute of which kind an instruction would change. Light, air, lens and camera change none: they never touch R.
TOUCHES: Mapping[str, tuple[tuple[Kind, str], ...]] = {
    "expression": (("character", "expression"),),
    "hair": (("character", "hair"),),
    "face": (("character", "face"),),
    "body": (("character", "body"),),
    "wardrobe": (("character", "wardrobe"),),
    "background": (("set", "layout"),),
    "props": (("set", "props"),),
    "surfaces": (("set", "surfaces"),),
}


@dataclass(frozen=True)
class Contradiction:
    """A line asks for what a lock holds.

    Attributes:
        line: index of the direction among those given, from 0.
        lock, attribute: what is held.
        chip: the instruction against it.
        words: one sentence that names both ways out.
    """

    line: int
    lock: str
    attribute: str
    chip: Chip
    words: str


def check_name(name: str) -> str:
    """The canonical form (NFC, case-folded, without "@") of a lock's name.

    Raises:
        NamingError: for an empty or over-long name, or one with characters other than letters, digits, "-" and "_".
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        raise NamingError("The name holds half a character (a lone surrogate); type it again.") from None
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name.strip().removeprefix("@")).casefold())
    if not 1 <= len(plain) <= 40:
        raise NamingError(f"A name has 1 to 40 characters; this one has {len(plain)}.")
    if not plain[0].isalnum() or not all(c.isalnum() or c in "-_" or unicodedata.combining(c) for c in plain):
        raise NamingError(
            f"{plain[:60]!r} is no name: use letters, digits, '-' and '_', beginning with a letter or digit."
        )
    return plain


def check_policies(
    kind: Kind, policies: Mapping[str, str], defaults: Mapping[str, Policy] | None = None
) -> dict[str, Policy]:
    """All attributes of `kind` with their policies, `defaults` (else hold) where `policies` is silent.

    Raises:
        PolicyError: for an attribute the kind does not have, or a policy that is none.
    """
    if kind not in ATTRIBUTES:
        raise PolicyError(f"{kind!r} is no kind of subject; choose character, set or prop.")
    full: dict[str, Policy] = {a: (defaults or {}).get(a, "hold") for a in ATTRIBUTES[kind]}
    for attribute, policy in policies.items():
        if attribute not in full:
            raise PolicyError(f"A {kind} has no attribute {attribute!r}; it has {', '.join(full)}.")
        if policy not in POLICIES:
            raise PolicyError(f"{policy!r} is no policy for {attribute}; choose hold, evolve or free.")
        full[attribute] = policy
    return full


def effective_policies(lock: Lock, overrides: Mapping[str, Mapping[str, str]]) -> dict[str, Policy]:
    """The lock's defaults with the shot's recorded overrides for this lock laid over them."""
    return check_policies(lock.kind, overrides.get(lock.name, {}), lock.policies)


def read_box(text: str, what: str = "face box") -> tuple[int, int, int, int] | None:
    """A box as a person writes it, "x0, y0, x1, y1" in px; None for blank text.

    Raises:
        MediaError: for anything else.
    """
    if not text.strip():
        return None
    numbers = re.split(r"\s*[,;\s]\s*", text.strip())
    if len(numbers) != 4 or not all(re.fullmatch(r"[0-9]{1,5}", n) for n in numbers):
        raise MediaError(
            f"{text.strip()[:40]!r} is no {what}; write four whole numbers, left, top, right, bottom in px of the picture: 120, 40, 260, 210."
        )
    x0, y0, x1, y1 = map(int, numbers)
    return x0, y0, x1, y1


def readiness(
    rgb: NDArray[np.uint8], alpha: NDArray[np.float32], face_box: tuple[int, int, int, int] | None = None
) -> tuple[Reading, ...]:
    """Lock-readiness of a picture in plain words: sharpness, exposure, face height, coverage, noise.

    Args:
        rgb: uint8 [H, W, 3], sRGB.
        alpha: float32 [H, W], 0..1.
        face_box: (x0, y0, x1, y1) px; without one the top quarter of the matte stands for the face, and the words say so.

    Sharpness is the 95th percentile of the absolute 4-neighbour Laplacian of luma inside the matte; noise is 1.4826 times the median
    absolute Laplacian over sqrt(20) (white noise of deviation s has a Laplacian of deviation s * sqrt(20)) in the flattest half.
    """
    import numpy as np

    luma = rgb.astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    inside = alpha > 0.95
    rows = np.flatnonzero(inside.any(axis=1))
    if not len(rows):
        return (Reading("coverage", 0.0, "poor", "The matte is empty: nothing would be held."),)
    lap = np.zeros_like(luma)
    lap[1:-1, 1:-1] = np.abs(4 * luma[1:-1, 1:-1] - luma[:-2, 1:-1] - luma[2:, 1:-1] - luma[1:-1, :-2] - luma[1:-1, 2:])
    values = lap[inside]
    sharp = float(np.percentile(values, 95))
    noise = float(1.4826 * np.median(values[values <= np.median(values)]) / np.sqrt(20))
    median = float(np.median(luma[inside]))
    clipped = float(((luma[inside] > 252) | (luma[inside] < 3)).mean())
    height = (face_box[3] - face_box[1]) if face_box else int((rows[-1] - rows[0] + 1) // 4)
    covered = float(alpha.mean())
    guess = "" if face_box else " (guessed from the matte; draw a face box to be sure)"

    def grade(value: float, good: float, fair: float) -> str:
        return "good" if value >= good else "fair" if value >= fair else "poor"

    def reading(quantity: str, value: float, level: str, words: str) -> Reading:
        return Reading(quantity, round(value, 3), level, words)  # type: ignore[arg-type]

    sharp_level = grade(sharp, 30, 12)
    exposed = (
        "poor"
        if clipped > 0.25 or not 25 <= median <= 230
        else "fair"
        if clipped > 0.06 or not 45 <= median <= 205
        else "good"
    )
    face_level, noise_level = grade(height, 120, 48), grade(-noise, -2.5, -6)
    cover_level = "good" if 0.04 <= covered <= 0.9 else "fair" if 0.01 <= covered <= 0.97 else "poor"
    return (
        reading(
            "sharpness",
            sharp,
            sharp_level,
            {
                "good": "Sharp: fine detail can be compared.",
                "fair": "A little soft: fine drift may pass unseen.",
                "poor": "Blurred: only large drift would be seen. Use a sharper picture.",
            }[sharp_level],
        ),
        reading(
            "exposure",
            median,
            exposed,
            {
                "good": "Well exposed.",
                "fair": f"{clipped:.0%} of it is black or blown out; those parts cannot be compared.",
                "poor": "Too dark, too bright or clipped for a fair comparison.",
            }[exposed],
        ),
        reading(
            "face height",
            height,
            face_level,
            f"The face is {height} px high{guess}"
            + {"good": ".", "fair": "; small for an expression to be judged.", "poor": "; too small to judge."}[
                face_level
            ],
        ),
        reading("coverage", covered, cover_level, f"The subject fills {covered:.0%} of the picture."),
        reading(
            "noise",
            noise,
            noise_level,
            {"good": "Clean.", "fair": "Some noise.", "poor": "Noisy: colour drift will be harder to tell."}[
                noise_level
            ],
        ),
    )


def contradictions(
    directions: tuple[Direction, ...] | list[Direction],
    locks: tuple[Lock, ...] | list[Lock],
    overrides: Mapping[str, Mapping[str, str]],
) -> tuple[Contradiction, ...]:
    """Every instruction that asks for a change of what is held, line by line; an empty tuple when all is well.

    A negated instruction ("not smiling") and a neutral expression ask for nothing new, so they contradict nothing.
    """
    found = []
    for line, direction in enumerate(directions):
        for chip in direction.chips:
            if chip.amount == 0 or (chip.axis, chip.value) == ("expression", "neutral"):
                continue
            for kind, attribute in TOUCHES.get(chip.axis, ()):
                for lock in locks:
                    if lock.kind == kind and effective_policies(lock, overrides).get(attribute) == "hold":
                        words = (
                            f'"{chip.words or chip.value}" would change the {attribute} of @{lock.name}, which is held: allow it here '
                            f"({attribute}=free or {attribute}=evolve), or freeze a new version of @{lock.name}."
                        )
                        found.append(Contradiction(line, lock.name, attribute, chip, words))
    return tuple(found)
