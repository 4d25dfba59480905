"""What is exported of a scene, and how it is worded: the takes in order with their marks, names, rates and reels.

Place in the path: between the store and the reel, the sheet and the timeline, so that all three say the same.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from sora_lock import direction
from sora_lock.errors import ConsentError, NotFoundError
from sora_lock.media.video import rate
from sora_lock.records import ATTRIBUTES, Finding, Grip, Mark, Take

if TYPE_CHECKING:
    from sora_lock.store import Comment, Store

_ORDER = [a for attributes in ATTRIBUTES.values() for a in attributes]


@dataclass(frozen=True)
class Held:
    """One attribute of one lock in one take, as the sheet prints it."""

    attribute: str
    policy: str
    grip: Grip | None
    finding: Finding | None


@dataclass(frozen=True)
class Select:
    """One take on its way out.

    Attributes:
        number: "T007".
        said: the direction in words: the prompt, or the chips where there is no prompt.
        chips: what was understood, in canonical words.
        locks: "@mara v2", one a lock, the set last.
        held: per lock, in the same order.
        reel: eight letters and digits, unique within the export, for edit lists.
        fps: exact.
    """

    take: Take
    mark: Mark | None
    number: str
    said: str
    chips: str
    locks: tuple[str, ...]
    held: tuple[tuple[Held, ...], ...]
    reel: str
    fps: Fraction
    comments: tuple[Comment, ...]

    @property
    def frames(self) -> int:
        """Length in frames."""
        return self.take.recipe.shot.frames


def selects(store: Store, scene: str, circled: bool, withdrawn_too: bool = False) -> tuple[Select, ...]:
    """The takes to export, by shot and take number.

    Args:
        circled: only circled takes; otherwise all.
        withdrawn_too: also takes that show somebody who withdrew, for those who list them without their pictures.

    Raises:
        NotFoundError: for an unknown scene, or when nothing is there to export; the words say what to do.
        ConsentError: when a take shows somebody who withdrew, and these are not wanted; nothing is exported then.
    """
    code = scene.strip().upper()
    if code not in {s.code for s in store.scenes()}:
        raise NotFoundError(f"There is no scene {scene[:40]!r} in this store.")
    marks = store.marks(code)
    takes = store.takes(code, marked="circled" if circled else None)
    if not takes:
        raise NotFoundError(
            f"Nothing is circled in {code}: circle a take (key c, or `mark TAKE circled`), then export again."
            if circled
            else f"There are no finished takes in {code} yet."
        )
    ended = {} if withdrawn_too else store.withdrawn()
    touched = {t.take: name for t in takes for name in placed_names(t) if name in ended}
    if touched:
        raise ConsentError(
            f"{', '.join(sorted(touched))} cannot be exported: {' '.join(ended[n] for n in sorted(set(touched.values())))} "
            "Take their circles away, export the circled rest, or record a new consent."
        )
    ordered = sorted(takes, key=lambda t: (t.recipe.shot.shot, _take_number(t.take), t.take))
    reels = reel_names([t.take for t in ordered])
    return tuple(
        _select(t, marks.get(t.take), reel, tuple(store.comments(t.take)))
        for t, reel in zip(ordered, reels, strict=True)
    )


def placed_names(take: Take) -> list[str]:
    """Names of the locks a take places, the set last."""
    return [p.name for p in take.recipe.shot.placed]


def _take_number(take: str) -> int:
    found = re.search(r"_T(\d+)$", take)
    return int(found.group(1)) if found else 0


def _select(take: Take, mark: Mark | None, reel: str, comments: tuple[Comment, ...]) -> Select:
    shot, told = take.recipe.shot, take.recipe.direction
    placements = shot.placed
    held = []
    for placement in placements:
        grips, findings = take.grips.get(placement.name, {}), take.report.get(placement.name, {})
        names = sorted({*grips, *findings}, key=lambda a: (_ORDER.index(a) if a in _ORDER else len(_ORDER), a))
        changed = shot.overrides.get(placement.name, {})
        held.append(tuple(Held(a, changed.get(a, ""), grips.get(a), findings.get(a)) for a in names))
    understood = direction.words(told)
    return Select(
        take=take,
        mark=mark,
        number=take.take.rpartition("_")[2],
        said=told.text.strip() or understood,
        chips=understood,
        locks=tuple(f"@{p.name} v{p.version}" for p in placements),
        held=tuple(held),
        reel=reel,
        fps=rate(shot.fps),
        comments=comments,
    )


def reel_names(takes: Sequence[str]) -> list[str]:
    """Eight capitals and digits a take, unique: edit lists cut reel names after eight, where take ids of one shot are all alike.

    "SC010_SH020_T007" gives "10020007": two digits of the scene, three of the shot, three of the take. Where that is taken, or the
    digits do not fit, the first base-32 digits of the id's SHA-256 serve.
    """
    out: list[str] = []
    for take in takes:
        found = re.fullmatch(r"[A-Z]{2}(\d+)_[A-Z]{2}(\d+)_T(\d+)", take)
        name = ""
        if found and int(found[3]) < 1000:
            name = f"{int(found[1]) % 100:02d}{int(found[2]) % 1000:03d}{int(found[3]):03d}"
        salt = 0
        while not name or name in out:
            name = "R" + base64.b32encode(hashlib.sha256(f"{take}/{salt}".encode()).digest()).decode()[:7]
            salt += 1
        out.append(name)
    return out


def timecode(frame: int, fps: Fraction) -> str:
    """HH:MM:SS:FF of a frame counted from 0, non-drop: 23.976 counts 24 frames to its second."""
    nominal = ceil(fps)
    seconds, rest = divmod(frame, nominal)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{rest:02d}"


def rate_words(fps: Fraction) -> str:
    """ "24", "23.976", "29.97"."""
    return str(fps.numerator) if fps.denominator == 1 else f"{float(fps):.3f}".rstrip("0")
