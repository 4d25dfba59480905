"""The judge of a lock whose geometry is at hand: registers it in the frames and looks at it there.

Place in the path: what `Judge` is for baked sets and figures, in place of anchor pictures. A set is registered as frames come in and leaves its camera
with them, for figures to be found by; figures report first, and leave with the frames what they cover of the set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from sora_lock.continuity.exhibits import Exhibit
from sora_lock.continuity.figure_looks import Head, figure_looks
from sora_lock.continuity.plates import MIRRORED, Frame, around, both_ways, numbers_of
from sora_lock.continuity.register import RASTER_PX, Registered, again, register, resized
from sora_lock.continuity.set_looks import set_looks
from sora_lock.continuity.sight import Sight, Told, is_grey, sight
from sora_lock.continuity.stand import at_marks, mirrored, stands
from sora_lock.continuity.verdict import finding, over_frames
from sora_lock.continuity.views import recognised
from sora_lock.records import Finding, Lock
from sora_lock.subjects.baked import BakedSubject

MIRRORS = 3
"""How many frames, spread over the clip, are searched for a set the other way round where none shows it."""
ABOUT_PX = 24
"""How far round a figure what is compared reaches: its bands know of so much about it."""
GLANCES = 2
"""In how many frames it is looked for in vain as a small picture."""


def judges(subject: BakedSubject) -> bool:
    """Whether a subject is whole geometry, which any camera may look at from any side."""
    return subject.relief is None and (subject.kind == "character" or bool(subject.info.get("marks")))


def is_set(found: Registered | None) -> bool:
    """Whether a set was found: of the wrong finds looked at in the calibration half none had more than a third of its blocks agree.

    Blocks of bare walls match anything, so that fewer of a right find's agree; the detail that there is then agrees as no wrong find's does.
    """
    if found is None:
        return False
    bare = found.quality > 0.8 and found.share > 0.25 and found.blocks >= 60
    return bare or (found.quality > 0.55 and found.share > 0.38 and found.blocks >= 30)


def is_figure(found: Registered | None) -> bool:
    """The same of a figure, which has fewer blocks and may have moved."""
    if found is None or found.blocks < 14:
        return False
    return found.quality > 0.72 or (found.quality > 0.63 and found.share > 0.2 and found.blocks >= 24)


class SolidJudge:
    """Judges one lock over the frames of one clip.

    Args:
        lock: what is held.
        subject: its geometry, `judges(subject)`.
        policies: of the attributes that are judged, "hold" or "evolve".
    """

    def __init__(self, lock: Lock, subject: BakedSubject, policies: Mapping[str, str]) -> None:
        self.lock, self.policies = lock, policies
        self.known = recognised(subject)
        self.figure = lock.kind == "character"
        self.loose = numbers_of(lock.regions, "expression")
        self.frames: list[tuple[int, Frame, Registered | None]] = []
        self.mirrored: list[Told] = []
        self.glances = 0
        self.before: Registered | None = None

    def see(self, number: int, frame: Frame) -> None:
        """Takes in a frame; a set is registered at once."""
        found = None
        if not self.figure:
            frame.marks = stands(self.known.subject)
            found = register(self.known, frame, self.before, glances=self.glances < GLANCES)
            if is_set(found):
                assert found is not None
                self.before, frame.behind, frame.place = found, found, found.cast.camera
            else:
                found, self.glances = None, self.glances + 1
        self.frames.append((number, frame, found))

    def _found_again(self) -> None:
        """Looks once more at frames in which a set was not found: a clip moves little from one to the next, and figures stand at its marks."""
        for k in sorted(range(len(self.frames)), key=lambda k: (not self.frames[k][1].stood, k)):
            number, frame, found = self.frames[k]
            if found is not None:
                continue
            near = sorted((abs(j - k), j) for j, (_, _, f) in enumerate(self.frames) if f is not None)
            cameras = [f.cast.camera for _, j in near[:2] if (f := self.frames[j][2]) is not None]
            cameras += [mark.to_set(camera) for camera in frame.stood for mark in frame.marks]
            found = again(self.known, frame, cameras)
            if is_set(found):
                assert found is not None
                self.frames[k] = number, frame, found
                frame.place = found.cast.camera

    def _mirror(self) -> None:
        """Looks for a set the other way round: from where figures stand in every frame, then by its looks in a few."""
        turned = [(number, frame, frame.turned()) for number, frame, _ in self.frames]
        for number, frame, other in turned:
            # the set alone may be turned, or the whole picture with those who stand in it
            cameras = [mirrored(mark.to_set(c)) for c in frame.stood for mark in frame.marks]
            cameras += [mark.to_set(mirrored(c)) for c in frame.stood for mark in frame.marks]
            if cameras and self._turned(number, other, again(self.known, other, cameras)):
                return
        some = {round(k * (len(turned) - 1) / (MIRRORS - 1)) for k in range(MIRRORS)}
        for number, _, other in [turned[k] for k in sorted(some) if turned]:
            if self._turned(number, other, register(self.known, other)):
                return

    def _turned(self, number: int, turned: Frame, found: Registered | None) -> bool:
        """Notes that a set was found in a frame that was turned, if it was."""
        if found is None or not is_set(found):
            return False
        seen = self._sight(found, turned)
        box = both_ways(seen.box(seen.cast.hit), turned.rgb.shape[1])
        self.mirrored.append(Told("layout", "mirrored", "", number, 1.0, box, MIRRORED, seen, seen.cast.hit))
        return True

    @staticmethod
    def _sight(found: Registered, frame: Frame, hidden: bool = True) -> Sight:
        """What a frame lets one compare of the subject; of a figure, which fills less of it, about itself only."""
        wide = min(frame.rgb.shape[1], RASTER_PX)
        picture, scale = resized(frame, wide), frame.rgb.shape[1] / wide
        if hidden:
            covered = int(frame.covered.sum())
            kept = frame.seen_behind
            if kept is None or kept[0] != covered or kept[1].cast is not found.cast:
                kept = frame.seen_behind = covered, sight(found, frame, picture, scale)
            return kept[1]
        crop = around(found.cast.hit, ABOUT_PX)
        near = replace(found, cast=found.cast.cut(crop), firm=found.firm[crop])
        origin = (crop[1].start * scale, crop[0].start * scale)
        return sight(near, frame, picture[crop], scale, origin, hidden=False, grey=is_grey(picture))

    def measured(self) -> tuple[dict[tuple[str, str, str], tuple[float, Told]], int]:
        """Every measure over the frames (`verdict.over_frames`), and in how many of them the subject was found."""
        tells, shown = self._told()
        return over_frames(tells, shown or len(tells)), shown

    def _told(self) -> tuple[list[Told], int]:
        """What the frames tell, and in how many of them the subject was found."""
        tells, shown = self._figure() if self.figure else self._set()
        return (self.mirrored if self.mirrored and not shown else tells), shown

    def report(self) -> dict[str, tuple[Finding, Exhibit | None]]:
        """Attribute -> its finding and its pictures (None when not seen)."""
        tells, shown = self._told()
        measured = over_frames(tells, shown or len(tells))
        out: dict[str, tuple[Finding, Exhibit | None]] = {}
        share = f"in {shown} of {len(self.frames)} frames looked at"
        for attribute, policy in self.policies.items():
            label = f"{attribute} of @{self.lock.name}"
            told = finding(label, attribute, policy, measured, share, tells)
            out[attribute] = told or (
                Finding("not_seen", words=f"The {label} was not judged: {self._why(shown)}."),
                None,
            )
        return out

    def _why(self, shown: int) -> str:
        if not self.frames:
            return "no frame was looked at"
        if self.mirrored and not shown:
            return f"@{self.lock.name} is mirrored in it"
        if not shown:
            dark = all(frame.dark for _, frame, _ in self.frames)
            return "the frames are too dark" if dark else f"@{self.lock.name} was not found"
        return "it is too small, dark, hidden or blurred to be told"

    def _set(self) -> tuple[list[Told], int]:
        self._found_again()
        tells: list[Told] = []
        shown = 0
        for number, frame, found in self.frames:
            if found is not None:
                shown += 1
                tells += set_looks(self.lock, self.known, self._sight(found, frame), number)
        if not shown and not self.mirrored and "layout" in self.policies:
            self._mirror()
        return tells, shown

    def _figure(self) -> tuple[list[Told], int]:
        self._register_figure()
        tells: list[Told] = []
        shown = 0
        head = Head.of(self.known, self.lock)
        for number, frame, found in self.frames:
            if found is None:
                continue
            shown += 1
            seen = self._sight(found, frame, hidden=False)
            behind = None if frame.behind is None else self._sight(frame.behind, frame)
            tells += figure_looks(self.lock, head, found, seen, frame, number, behind)
        return tells, shown

    def _register_figure(self) -> None:
        """Looks for a figure in every frame; where it was not found, once more by the frames in which it was."""
        before: Registered | None = None
        for k, (number, frame, found) in enumerate(self.frames):
            if found is not None:
                continue
            likely = [] if frame.place is None else at_marks(frame.place, frame.marks)
            glances = self.glances < GLANCES
            found = register(self.known, frame, before, frame.place, self.loose, likely, glances)
            if is_figure(found):
                before = found
                self.frames[k] = number, frame, found
            else:
                self.glances += 1
        for k, (number, frame, found) in enumerate(self.frames):
            near = [f.cast.camera for _, _, f in self.frames if f is not None]
            if found is None and near:
                found = again(self.known, frame, near[:2], self.loose)
                if is_figure(found):
                    self.frames[k] = number, frame, found
        for _, frame, found in self.frames:
            if found is not None:
                scale = frame.rgb.shape[1] / found.cast.camera.width
                rows, columns = np.nonzero(found.cast.hit)
                frame.cover((columns + 0.5) * scale, (rows + 0.5) * scale, goes_on=False)
                frame.stood.append(found.cast.camera)
