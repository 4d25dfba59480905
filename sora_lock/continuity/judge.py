"""The judge: finished frames, a lock and policies in; per held attribute pass, flag or not seen out, with the evidence.

Place in the path: after the hold; sees no engine output, so it judges clips of any tool. It prefers "not seen" to a guess: a region that is hidden,
too small, too dark, clipped, or a subject that was not found, gets no score.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from sora_lock.continuity import chroma, solid_judge
from sora_lock.continuity.closer import close_look
from sora_lock.continuity.exhibits import Exhibit, of_pictures
from sora_lock.continuity.locate import Fit, finer, locate, stretch
from sora_lock.continuity.parts import View, log_colours, presence
from sora_lock.continuity.plates import (
    COARSE,
    MIRRORED,
    AnchorPlate,
    Bools,
    Codes,
    Floats,
    Frame,
    both_ways,
    frame_of,
    numbers_of,
    plate_of,
)
from sora_lock.continuity.solid_judge import SolidJudge
from sora_lock.continuity.structure import agreement, better_half, contrast
from sora_lock.continuity.thresholds import LEAST_FRAME_PX, LEAST_PX, SCORE, SHIFT_WEIGHT, STRUCTURE, TINT, scaled
from sora_lock.records import ATTRIBUTES, Direction, Finding, Lock, Region, Status
from sora_lock.subjects.baked import BakedSubject

SAMPLES = 4
"""Frames of a clip that are looked at."""

_BLINKS = re.compile(r"eye(?!brow)|lash|\blid", re.IGNORECASE)
"""Names of regions that open and close without a change of expression."""


MIRRORS = 2
"""How many frames without the set are searched for it the other way round."""
MOST_TURN = 1.15
"""Stretch of a face above which it is seen from another side than the anchors show."""


@dataclass(frozen=True)
class PropLook:
    """One prop in one frame: agreement, (x0, y0, x1, y1) frame px, where on the grid, and what its place shows instead ("" when it is there)."""

    structure: float
    box: tuple[int, int, int, int]
    seen: Bools
    gone: str


@dataclass(frozen=True)
class Look:
    """One attribute in one frame.

    Attributes:
        structure: agreement 0..1 or below, None when not seen.
        tint: difference of log chromaticity, None when colour was not judged.
        box: (x0, y0, x1, y1) frame px.
        why: why it was not seen.
        what: what is worst about it, in words.
        fit, seen: where it was found, for the evidence.
        shift: how far mouth or brows moved against the face, in parts of the face's height; None when not judged.
        each: of props, region number -> what was seen of it.
    """

    frame: int
    structure: float | None = None
    tint: float | None = None
    box: tuple[int, int, int, int] | None = None
    why: str = ""
    what: str = ""
    fit: Fit | None = None
    seen: Bools | None = None
    shift: float | None = None
    each: Mapping[int, PropLook] = field(default_factory=dict)


class Judge:
    """Judges one lock over the frames of one clip.

    Args:
        lock: what is held; only its anchors, regions and name are used.
        picture_of: SHA-256 -> bytes of an anchor's files.
        policies: attribute -> "hold", "evolve" or "free" as they are in this shot; without an entry the lock's default counts.
        width, height: of the frames, px.
        subject: the lock's own geometry, where it is at hand: it is then looked at from each frame's own camera, and anchors are not needed.

    Raises:
        MediaError: when an anchor cannot be read.
    """

    def __init__(
        self,
        lock: Lock,
        picture_of: Callable[[str], bytes],
        policies: Mapping[str, str],
        width: int,
        height: int,
        subject: BakedSubject | None = None,
    ) -> None:
        self.lock = lock
        self.size = (width, height)
        every = {a: policies.get(a, lock.policies.get(a, "hold")) for a in ATTRIBUTES[lock.kind]}
        self.judged = {a: p for a, p in every.items() if p in ("hold", "evolve")}
        self.solid: SolidJudge | None = None
        if subject is not None and self.judged and solid_judge.judges(subject):
            self.solid = SolidJudge(lock, subject, self.judged)
        pictured = self.judged and self.solid is None
        self.plates: tuple[AnchorPlate, ...] = tuple(plate_of(a, picture_of) for a in lock.anchors) if pictured else ()
        # a picture without a face box is one region for all: nothing in it is known to move by itself, and where the face is, is not known
        self.loose = [k for k in numbers_of(lock.regions, "expression") if _is_face(lock.regions[k - 1])]
        self.blinking = [k for k in self.loose if _BLINKS.search(lock.regions[k - 1].name)]
        self.looks: dict[str, list[Look]] = {a: [] for a in self.judged}
        self.before: Fit | None = None
        self.asked = 0

    def wants(self, frame: int, frames: int) -> bool:
        """Whether this frame of a clip of `frames` is one of the few that are looked at."""
        if not self.judged:
            return False
        count = min(SAMPLES, frames)
        return frame in {round(i * (frames - 1) / max(1, count - 1)) for i in range(count)} or (
            count == 1 and frame == 0
        )

    def see(self, frame: int, rgb: Codes) -> None:
        """Looks at a finished frame, uint8 [H, W, 3]."""
        if not self.judged:
            return
        picture = frame_of(rgb)
        if self.solid is not None:
            self.solid.see(frame, picture)
            return
        fit = locate(self.plates, picture, self.before, self.loose, self.lock.kind != "character")
        if fit is None and self._mirrored(frame, picture):
            return
        if fit is None:
            why = "the frame is too dark" if picture.dark else f"@{self.lock.name} was not found in it"
            for looks in self.looks.values():
                looks.append(Look(frame, why=why))
            return
        self.before = fit
        if self.lock.kind == "character":
            inside = fit.plate.inside
            picture.cover(fit.x[inside], fit.y[inside], bool(inside[-8:].any()))
        else:
            fit = finer(fit, picture)
        for attribute, look in self._looks(frame, fit, picture.noise_codes).items():
            self.looks[attribute].append(look)

    def _mirrored(self, frame: int, picture: Frame) -> bool:
        """Whether a set that was not found is found the other way round; then the looks say so. Asked of few frames of a clip only."""
        if (
            self.lock.kind == "character"
            or "layout" not in self.judged
            or self.before is not None
            or self.asked >= MIRRORS
        ):
            return False
        self.asked += 1
        fit = locate(self.plates, picture.turned(), None, self.loose, True, pictures=False)
        if fit is None:
            return False
        self.asked -= 1
        box = _box(fit, fit.seen, self.size)
        if box is not None:
            box = both_ways(box, self.size[0])
        for attribute, looks in self.looks.items():
            if attribute == "layout" and box is not None:
                looks.append(Look(frame, 0.0, None, box, what=MIRRORED, fit=fit, seen=fit.seen))
            else:
                looks.append(Look(frame, why=f"@{self.lock.name} is mirrored in it"))
        return True

    def report(self) -> dict[str, tuple[Finding, Exhibit | None]]:
        """Attribute -> its finding and its pictures (None when not seen); evolving attributes are scored and never flagged."""
        if self.solid is not None:
            return self.solid.report()
        return {a: self._finding(a, looks) for a, looks in self.looks.items()}

    def _looks(self, frame: int, fit: Fit, noise_codes: float) -> dict[str, Look]:
        """Every judged attribute in one located frame."""
        import cv2

        plate = fit.plate
        fine, strength = agreement(plate.signal, fit.signal, fit.seen)
        wide_anchor = cv2.GaussianBlur(plate.signal, (0, 0), 1.3)
        wide, wide_strength = agreement(wide_anchor, cv2.GaussianBlur(fit.signal, (0, 0), 1.3), fit.seen)
        match = np.maximum(fine, np.where(wide_strength > 0.25 * strength, wide, -1)).astype(np.float32)
        code = np.exp(fit.log) - 8.0
        # what noise there would be in the band, against what the anchor's detail would be at the contrast this frame has
        kept = (contrast(fit.signal, fit.seen) / np.maximum(strength, 0.004)).astype(np.float32)
        covered = self._covered(fit)
        firm = fit.seen & (match > 0.6)
        ratio = float(np.clip(np.median(kept[firm]) if firm.sum() > 50 else 0.5, 0.15, 1.0))
        noise = noise_codes / np.maximum(code + 8.0, 1.0) * 0.6
        lit = (code > 7) & (code < 250)
        clear = fit.seen & lit & (strength * ratio > 1.6 * noise) & (strength > 0.012)
        good = cv2.blur((clear & (match > 0.45)).astype(np.float32), (9, 9)) / np.maximum(
            cv2.blur(clear.astype(np.float32), (9, 9)), 0.05
        )
        sure = fit.seen & lit & (good > 0.5)
        colours, counts = chroma.colours_of(plate.linear, fit.rgb, sure)
        parts = {k: plate.region([k]) for k in range(1, len(self.lock.regions) + 1)}
        parts = {k: p for k, p in parts.items() if p.any()}
        grey = chroma.saturation(fit.rgb, counts) < 0.045
        wanted = {k for a in self.judged if TINT[a] < 9 for k in numbers_of(self.lock.regions, a)}
        of = chroma.tints if self.lock.kind == "character" else chroma.surface_tints
        tints = {} if grey else of(colours, counts, parts, wanted)
        out = {}
        for attribute in self.judged:
            numbers = numbers_of(self.lock.regions, attribute)
            if attribute in ("face", "expression") and not any(_is_face(self.lock.regions[k - 1]) for k in numbers):
                out[attribute] = Look(frame, why="the lock does not say where the face is; freeze it with a face box")
            elif attribute in ("face", "expression") and self.loose:
                out[attribute] = self._close(attribute, frame, fit, numbers, noise_codes, tints, parts)
            elif attribute == "props":
                near = log_colours(fit.rgb, plate.linear, fit.seen, grey)
                view = View(fit, match, kept, ratio, clear, covered, near)
                out[attribute] = self._props(frame, view, parts)
            else:
                out[attribute] = self._union(attribute, frame, fit, numbers, match, clear, strength, tints, parts)
        return out

    def _covered(self, fit: Fit) -> Bools:
        """Where on the grid somebody was found standing in front; nowhere for a figure itself."""
        import cv2

        if self.lock.kind == "character" or not fit.frame.covered.any():
            return np.zeros(fit.seen.shape, bool)
        x, y = ((v + 0.5) / COARSE - 0.5 for v in (fit.x, fit.y))
        return np.asarray(cv2.remap(fit.frame.covered, x, y, cv2.INTER_NEAREST) > 0)

    def _union(
        self,
        attribute: str,
        frame: int,
        fit: Fit,
        numbers: list[int],
        match: Floats,
        clear: Bools,
        strength: Floats,
        tints: Mapping[int, chroma.Tint],
        parts: Mapping[int, Bools],
    ) -> Look:
        """One attribute as the union of its regions."""
        import cv2

        region = fit.plate.region(numbers)
        if attribute == "expression":
            region = (cv2.dilate(region.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0) & fit.plate.inside
        if not region.any():
            return Look(frame, why="it is not in the view that fits")
        seen = region & fit.seen
        if seen.sum() < 0.25 * region.sum() and attribute in ("face", "expression"):
            return Look(frame, why="most of it is outside the frame")
        box = _box(fit, seen, self.size)
        face = fit.plate.region(numbers_of(self.lock.regions, "face")) & fit.seen if attribute == "expression" else seen
        tall = _height(fit, face)
        if box is None or tall < LEAST_FRAME_PX.get(attribute, LEAST_PX):
            return Look(frame, why=f"it is only {tall:.0f} px high" if tall >= 1 else "it is not in the picture")
        use = seen & clear
        if use.sum() < max(24, 0.12 * seen.sum()):
            return Look(frame, why=self._dim(fit, seen))
        weight = np.minimum(strength, 0.15) * use
        if attribute in ("face", "expression"):
            structure = float(np.average(match, weights=weight))
        else:
            structure = better_half(match, weight)
        tint, worst = _tint_of(tints, parts, numbers, seen)
        what = self._say(attribute, structure, tint, worst)
        return Look(frame, structure, tint, box, what=what, fit=fit, seen=seen)

    def _close(
        self,
        attribute: str,
        frame: int,
        fit: Fit,
        numbers: list[int],
        noise_codes: float,
        tints: Mapping[int, chroma.Tint],
        parts: Mapping[int, Bools],
    ) -> Look:
        """Face and expression, on a grid as fine as the frame allows."""
        region = fit.plate.region(numbers)
        seen = region & fit.seen
        face = fit.plate.region(numbers_of(self.lock.regions, "face"))
        if not region.any():
            return Look(frame, why="it is not in the view that fits")
        if seen.sum() < 0.6 * region.sum():
            return Look(frame, why="most of it is outside the frame")
        box = _box(fit, seen, self.size)
        tall = _height(fit, face & fit.seen)
        if box is None or tall < LEAST_FRAME_PX.get(attribute, LEAST_PX):
            return Look(frame, why=f"the face is only {tall:.0f} px high")
        low = fit.seen & (np.arange(face.shape[0])[:, None] > np.nonzero(fit.seen)[0].mean())
        if max(stretch(fit, where) for where in (face, fit.seen, low if low.any() else face)) > MOST_TURN:
            return Look(frame, why="it is seen from an angle that no anchor shows")
        if any(k in tints and tints[k].why == chroma.MIXED for k in numbers_of(self.lock.regions, "face")):
            return Look(frame, why=f"it is lit in several colours: {chroma.MIXED}")
        near = close_look(fit, face, numbers_of(self.lock.regions, "face"), self.loose, self.blinking, noise_codes)
        if near is None:
            return Look(frame, why=self._dim(fit, seen))
        tint, worst = _tint_of(tints, parts, numbers, seen)
        if attribute == "face":
            what = self._say(attribute, near.structure, tint, worst)
            return Look(frame, near.structure, tint, box, what=what, fit=fit, seen=seen)
        if near.expression is None:
            return Look(frame, why="mouth, brows and eyes do not show clearly enough")
        what = "mouth and brows against the anchor"
        return Look(frame, near.expression, None, box, what=what, fit=fit, seen=seen, shift=near.shift)

    def _props(self, frame: int, view: View, parts: Mapping[int, Bools]) -> Look:
        """Props one by one; the look is that of the worst, and carries all."""
        each: dict[int, PropLook] = {}
        for k in numbers_of(self.lock.regions, "props"):
            if k not in parts:
                continue
            seen = parts[k] & view.fit.seen
            if seen.sum() < max(400, 0.6 * parts[k].sum()):
                continue
            box = _box(view.fit, seen, self.size)
            if box is None or _height(view.fit, seen) < LEAST_PX or box[2] - box[0] < LEAST_PX:
                continue
            told = presence(view, parts[k])
            if told is not None:
                each[k] = PropLook(
                    told[0] if not told[1] else min(told[0], 0.9 * STRUCTURE["props"]), box, seen, told[1]
                )
        if not each:
            return Look(frame, why="no prop shows clearly enough")
        k = min(each, key=lambda n: each[n].structure)
        one = each[k]
        what = f"{self.lock.regions[k - 1].name}: {one.gone or 'its detail against the anchor'}"
        return Look(frame, one.structure, None, one.box, what=what, fit=view.fit, seen=one.seen, each=each)

    def _dim(self, fit: Fit, seen: Bools) -> str:
        code = float((np.exp(fit.log[seen]) - 8.0).mean())
        return "it is too dark" if code < 16 else "it is blown out" if code > 235 else "its detail is hidden or blurred"

    def _say(self, attribute: str, structure: float, tint: float | None, k: int) -> str:
        with_structure = scaled(structure, None, attribute)
        if tint is not None and scaled(1.0, tint, attribute) < with_structure:
            return (
                f"the colour of {self.lock.regions[k - 1].name} against the rest"
                if k
                else "its colour against the rest"
            )
        return "its detail against the anchor"

    def _one_prop(self, looks: list[Look]) -> list[Look]:
        """The looks narrowed to the prop that decides: gone in most frames it was told in (two at least, of three or more), else the least like itself."""
        told: dict[int, list[tuple[Look, PropLook]]] = {}
        for look in looks:
            for k, one in look.each.items():
                told.setdefault(k, []).append((look, one))
        if not told:
            return looks
        least = 2 if len(looks) >= 3 else 1

        def held(k: int) -> float:
            return float(np.median([one.structure for _, one in told[k]]))

        lost = [k for k, seen in told.items() if sum(1 for _, p in seen if p.gone) >= max(least, len(seen) // 2 + 1)]
        k = min(lost or [k for k, seen in told.items() if held(k) >= STRUCTURE["props"]], key=held, default=0)
        if not k:
            return [replace(look, structure=None, why="no prop shows clearly enough") for look in looks]
        out = []
        for look, one in told[k]:
            if bool(one.gone) == bool(lost):
                name = self.lock.regions[k - 1].name
                what = f"{name}: {one.gone or 'its detail against the anchor'}"
                out.append(replace(look, structure=one.structure, box=one.box, seen=one.seen, what=what))
        return out

    def _finding(self, attribute: str, looks: list[Look]) -> tuple[Finding, Exhibit | None]:
        label = f"{attribute} of @{self.lock.name}"
        share = f"in {sum(look.structure is not None for look in looks)} of {len(looks)} frames looked at"
        if attribute == "props":
            looks = self._one_prop(looks)
        curve = _curve(attribute, looks)
        if attribute == "expression":
            looks = _lasting(looks)
        seen = [(scaled(k.structure, k.tint, attribute), k) for k in looks if k.structure is not None]
        if not seen:
            why = looks[-1].why if looks else "no frame was looked at"
            return Finding("not_seen", words=f"The {label} was not judged: {why}."), None
        seen.sort(key=lambda s: s[0])
        # one odd frame (a blink, a drop before the lens) is not drift: with four or more the second worst decides. Where something hid it
        # in other frames (rain that comes and goes), what was seen is doubtful too, and the clearest look decides: drift would stay.
        hidden = len(seen) >= 2 and len(seen) < len(looks)
        score, _ = seen[-1] if hidden else seen[1] if len(seen) >= 4 else seen[0]
        if len(seen) >= 3 and self.lock.kind != "character":  # a set does not change for a moment at all
            score = seen[len(seen) // 2][0]
        worst = seen[0][1]
        status: Status = "flag" if score < SCORE and self.judged[attribute] == "hold" else "pass"
        if status == "flag":
            words = f"The {label} drifted ({worst.what}); {score:.2f} where {SCORE:.2f} is wanted, worst in frame {worst.frame}."
        elif self.judged[attribute] == "evolve":
            words = f"The {label} may evolve; measured {score:.2f} {share}."
        else:
            words = f"The {label} held: {score:.2f}, {share}."
        pictures = None
        if worst.fit is not None and worst.seen is not None and worst.box is not None:
            pictures = of_pictures(worst.fit, worst.seen, worst.box, seen[0][0])
        return Finding(status, round(score, 4), worst.frame, worst.box, SCORE, None, words, curve), pictures


def explain(report: Mapping[str, Finding | tuple[Finding, Exhibit | None]], direction: Direction) -> dict[str, str]:
    """Labels for flags that an instruction may account for: attribute -> sentence. It never alters a status."""
    asked = {
        "expression": ("face", "expression"),
        "wardrobe": ("wardrobe",),
        "hair": ("hair",),
        "face": ("face", "expression"),
        "body": ("body",),
        "background": ("layout", "props", "surfaces"),
        "props": ("props", "layout"),
        "surfaces": ("surfaces", "layout"),
    }
    out: dict[str, str] = {}
    for attribute, entry in report.items():
        finding = entry[0] if isinstance(entry, tuple) else entry
        if finding.status != "flag":
            continue
        for chip in direction.chips:
            if chip.amount > 0 and attribute in asked.get(chip.axis, ()):
                out[attribute] = f"Flagged; “{chip.words or chip.value}” asked for a change of {chip.axis}."
    return out


def _is_face(region: Region) -> bool:
    """Whether a region is of a face and of nothing else."""
    return set(region.attributes) <= {"face", "expression"}


def _curve(attribute: str, looks: list[Look]) -> tuple[tuple[int, float], ...]:
    """(frame, score) of each look in which it was seen; of an expression what moved counts as it does in `_lasting`."""
    told = (
        (look.frame, look.structure - SHIFT_WEIGHT * (look.shift or 0.0), look.tint)
        for look in looks
        if look.structure is not None
    )
    return tuple((frame, round(scaled(structure, tint, attribute), 4)) for frame, structure, tint in told)


def _lasting(looks: list[Look]) -> list[Look]:
    """The looks at an expression with one measure for all: a held expression changes for moments (a blink, a word) and comes back, another one stays.

    It is the upper median of agreement, less SHIFT_WEIGHT times the lower median of how far mouth and brows moved.
    """
    told = [look for look in looks if look.structure is not None]
    if not told:
        return looks
    agreed = sorted(look.structure for look in told if look.structure is not None)
    moved = sorted(look.shift for look in told if look.shift is not None)
    both = agreed[len(agreed) // 2] - (SHIFT_WEIGHT * moved[(len(moved) - 1) // 2] if moved else 0.0)
    worst = min(told, key=lambda look: look.structure or 0.0)
    return [replace(worst, structure=both)]


def _box(fit: Fit, seen: NDArray[np.bool_], size: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """Bounding box in frame px of grid pixels, without the outermost hundredth on each side."""
    if seen.sum() < 8:
        return None
    x0, x1 = np.percentile(fit.x[seen], (1, 99))
    y0, y1 = np.percentile(fit.y[seen], (1, 99))
    half = fit.scale / 2
    w, h = size
    return (
        int(np.clip(np.floor(x0 - half), 0, w - 1)),
        int(np.clip(np.floor(y0 - half), 0, h - 1)),
        int(np.clip(np.ceil(x1 + half), 1, w)),
        int(np.clip(np.ceil(y1 + half), 1, h)),
    )


def _height(fit: Fit, seen: Bools) -> float:
    if seen.sum() < 8:
        return 0.0
    low, high = np.percentile(fit.y[seen], (1, 99))
    return float(high - low + fit.scale)


def _tint_of(
    tints: Mapping[int, chroma.Tint], parts: Mapping[int, Bools], numbers: list[int], seen: Bools
) -> tuple[float | None, int]:
    """The largest tint among an attribute's regions that matter by area, and which."""
    total = float(seen.sum())
    told = [
        (tints[k].distance, k)
        for k in numbers
        if k in tints and tints[k].distance is not None and (parts[k] & seen).sum() >= 0.1 * total
    ]
    return max(((float(d), k) for d, k in told if d is not None), default=(None, 0))
