"""Subject + policies -> Lock: freezing, editing, readiness, names, and what contradicts a hold.

Place in the path: after subjects, before direction is shot. Runs in the page process, so it renders nothing: a baked subject brings
its anchors along (`lock.json`, made with the asset), a picture is its own anchor. A picture alone is held by `pixel` (`freeze_picture`); with plates of
its reflectance and shape it becomes a body that any light can reach, held by `reflectance` (`freeze_brought`).
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sora_lock.errors import MediaError, NamingError, NotFoundError, PolicyError
from sora_lock.records import (
    ATTRIBUTES,
    POLICIES,
    Anchor,
    Chip,
    Direction,
    Kind,
    Lock,
    Policy,
    Reading,
    Region,
    lock_from,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sora_lock.subjects.photo import Picture
    from sora_lock.subjects.plates import Plates

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


class Shelf(Protocol):
    """What freezing needs of a store."""

    def put(self, data: bytes) -> str:
        """Stores bytes; returns their SHA-256."""

    def add_lock(self, lock: Lock) -> Lock:
        """Stores a lock as the next version of its name."""

    def lock(self, name: str, version: int | None = None) -> Lock:
        """The lock of that name, the latest version unless told."""


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


def freeze_baked(shelf: Shelf, name: str, folder: Path, policies: Mapping[str, str] | None = None) -> Lock:
    """Freezes a shipped, baked subject as the next version of `name`.

    Args:
        folder: the asset's folder, with `lock.json` and the anchors it names.

    Raises:
        NotFoundError: when the folder holds no `lock.json`.
        NamingError, PolicyError: as `check_name` and `check_policies`.
    """
    try:
        shipped = lock_from(json.loads((folder / "lock.json").read_text()))
    except FileNotFoundError:
        raise NotFoundError(f"{folder.name!r} has no lock.json; run `make assets`.") from None
    lock = replace(
        shipped, name=check_name(name), policies=check_policies(shipped.kind, policies or {}, shipped.policies)
    )
    for anchor in lock.anchors:
        for wanted in (anchor.image_sha256, anchor.regions_sha256):
            path = folder / "anchors" / f"{wanted[:16]}.png"
            if shelf.put(path.read_bytes()) != wanted:
                raise NotFoundError(f"The anchor {path.name} is not the one its lock names; run `make assets`.")
    return shelf.add_lock(lock)


def edit(shelf: Shelf, name: str, policies: Mapping[str, str]) -> Lock:
    """The next version of `name` with other policies; the same policies give the same version back."""
    lock = shelf.lock(name)
    return shelf.add_lock(replace(lock, policies=check_policies(lock.kind, policies, lock.policies)))


def freeze_picture(
    shelf: Shelf,
    name: str,
    kind: Kind,
    made: Picture,
    *,
    policies: Mapping[str, str] | None = None,
    face_box: tuple[int, int, int, int] | None = None,
) -> Lock:
    """Freezes a person's own picture; it is held by `pixel`. To be lit it needs plates: `freeze_brought`.

    Args:
        made: the picture with its matte (`photo.picture`, `photo.cut_out`).
        face_box: (x0, y0, x1, y1) in px of the picture as brought, when known: the face is then a part of its own, compared as such.

    Raises:
        MediaError: for a set, and for a face box beside the subject, or on a prop.
        NamingError, PolicyError: as `check_name` and `check_policies`.
    """
    import numpy as np

    from sora_lock.colour import linear_from_srgb
    from sora_lock.media.images import png
    from sora_lock.subjects.photo import regions_for

    if kind == "set":
        raise MediaError(
            "A picture can be locked as a character or a prop; as a set it would need depth, which is not estimated yet."
        )
    if face_box is not None and kind != "character":
        raise MediaError(f"Only a character has a face; leave the face box of a {kind} out.")
    plain_name, full = check_name(name), check_policies(kind, policies or {})
    face_box = made.box(face_box) if face_box else None
    regions, plate = regions_for(made, kind, face_box)
    rgba = np.dstack([made.rgb, np.rint(made.alpha * 255).astype(np.uint8)])

    image_sha256, regions_sha256 = shelf.put(png(rgba)), shelf.put(png(plate))
    atlas = np.ascontiguousarray(linear_from_srgb(made.rgb), dtype="<f4")
    return shelf.add_lock(
        Lock(
            name=plain_name,
            kind=kind,
            version=1,
            subject="photo",
            subject_sha256=image_sha256,
            atlas_sha256=hashlib.sha256(atlas.tobytes()).hexdigest(),
            regions=tuple(Region(r.name, tuple(r.attributes)) for r in regions),
            policies=full,
            anchors=(Anchor("picture", image_sha256, regions_sha256),),
            readiness=readiness(made.rgb, made.alpha, face_box),
        )
    )


def freeze_brought(
    shelf: Shelf,
    name: str,
    kind: Kind,
    made: Picture,
    plates: Plates,
    *,
    painted_regions: NDArray[np.uint8] | None = None,
    policies: Mapping[str, str] | None = None,
    face_box: tuple[int, int, int, int] | None = None,
    height_m: float | None = None,
) -> Lock:
    """Freezes a person's own picture with plates of its reflectance, shape and depth: comp lights it in any set, held by `reflectance`.

    Args:
        made: the picture with its matte.
        plates: of the same size.
        painted_regions: uint8 [H, W], 0 unpainted, else k for `PAINTED[k - 1]`; of characters only, and instead of a face box's part.
        face_box: (x0, y0, x1, y1) px of the picture as brought.
        height_m: of the whole subject; without it the usual one of its kind.

    Raises:
        MediaError: for plates that do not fit the picture, a face box or painted parts beside the subject, a height nobody has, a set.
        NamingError, PolicyError: as `check_name` and `check_policies`.
    """
    import numpy as np

    from sora_lock.colour import srgb_from_linear
    from sora_lock.media.images import png
    from sora_lock.subjects.brought import load, pack
    from sora_lock.subjects.photo import painted_parts, regions_for
    from sora_lock.subjects.relief import build, cut_sides

    if kind == "set":
        raise MediaError("A picture can be locked as a character or a prop; of a set one picture shows too little.")
    if kind != "character" and (face_box is not None or painted_regions is not None):
        raise MediaError(
            f"Only a character has a face, hair and wardrobe; leave face box and painted parts of a {kind} out."
        )
    plain_name, full = check_name(name), check_policies(kind, policies or {})
    box = made.box(face_box) if face_box else None
    if painted_regions is None:
        regions, plate = regions_for(made, kind, box)
    else:
        regions, plate, box = painted_parts(made, painted_regions, box)
    parts = build(made, plates, kind, regions, plate, name=plain_name, height_m=height_m, face_box=box)
    archive = pack(parts)
    subject = load(archive)
    coverage = np.rint(made.alpha * 255).astype(np.uint8)
    flat = np.rint(np.clip(srgb_from_linear(np.clip(plates.reflectance, 0, 1)), 0, 1) * 255).astype(np.uint8)
    flat = np.where(coverage[..., None] > 0, flat, np.uint8(0))
    regions_sha256 = shelf.put(png(plate))
    seen = shelf.put(png(np.dstack([made.rgb, coverage])))
    # The judge compares takes with what is held, which is the picture without its light; people compare them with the picture.
    unlit = shelf.put(png(np.dstack([flat, coverage])))
    cut = tuple(
        Reading(
            "edges", 0.0, "poor", f"The picture cuts it off at its {side}, and a frame wider than that will show it."
        )
        for side in cut_sides(made)
    )
    return shelf.add_lock(
        Lock(
            name=plain_name,
            kind=kind,
            version=1,
            subject="brought/relief",
            subject_sha256=shelf.put(archive),
            atlas_sha256=subject.atlas().atlas_sha256,
            regions=subject.regions,
            policies=full,
            anchors=(
                Anchor("picture", seen, regions_sha256),
                Anchor("picture, its light taken out", unlit, regions_sha256),
            ),
            readiness=(*readiness(made.rgb, made.alpha, box), *cut),
            made_by={k: str(v) for k, v in plates.made_by.items()},
        )
    )


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
