"""Clips made anywhere, judged against locks; and what differs between several of them.

Place in the path: above the judge, beside `shoot`, which judges its own takes as they are filmed. A clip is decoded in the sandbox, looked at once, and what
was found is kept with the few pictures that a report shows; nothing of it enters the history.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.continuity import Judge, named
from sora_lock.edit_frames import shown
from sora_lock.errors import InputError
from sora_lock.media.footage import Footage, read_footage
from sora_lock.records import ATTRIBUTES, Finding, Lock, Status
from sora_lock.subjects.baked import BakedSubject

Codes = NDArray[np.uint8]

BLOCK_PX = 16
STILL_CODES = 2.5
"""Mean change of a block, in code values, up to which it counts as the same picture coded once more: H.264 stays below it, grain and breath do not."""
STATUS_WORDS: Mapping[Status, str] = {"pass": "held", "flag": "drifted", "not_seen": "not seen"}


@dataclass(frozen=True)
class Judged:
    """One clip and what was found in it.

    Attributes:
        path: as it was named.
        words: sentences on the clip itself: what is wrong with it, what was converted, which lock is nowhere in it.
        read: whether it is a clip at all; where not, `words` says why and the rest is empty.
        judged: whether anything could be held against the locks: false for what is no clip, or stands still.
        width, height: px, upright; boxes are in these.
        fps: "24", "24000/1001", ...; frames: its length at that rate.
        report: lock as it was asked for -> attribute -> finding.
        pictures: SHA-256 -> PNG, the evidence and drift maps that findings name.
        stills: frame -> uint8 [h, w, 3], sRGB: the one that stands for the clip first, then the worst frames of what drifted.
        between: what the other clips say otherwise.
    """

    path: str
    words: tuple[str, ...] = ()
    read: bool = False
    judged: bool = False
    width: int = 0
    height: int = 0
    fps: str = ""
    frames: int = 0
    report: Mapping[str, Mapping[str, Finding]] = field(default_factory=dict)
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    stills: Mapping[int, Codes] = field(default_factory=dict)
    between: tuple[Difference, ...] = ()


@dataclass(frozen=True)
class Difference:
    """One attribute of one lock that held in one clip and drifted in another; the worst frames of both, from 0."""

    path: str
    lock: str
    attribute: str
    status: Status
    frame: int | None
    other_status: Status
    other_frame: int | None
    words: str


def judge_clips(
    clips: Mapping[str, Callable[[], bytes]],
    locks: Mapping[str, Lock],
    picture_of: Callable[[str], bytes],
    subject_of: Callable[[Lock], BakedSubject | None] = lambda lock: None,
) -> tuple[Judged, ...]:
    """Judges each clip against each lock, with the locks' own policies, and the clips against each other.

    Args:
        clips: path as it was named -> its bytes; what reading them raises is said of that clip alone.
        locks: as it was asked for -> the lock.
        picture_of: SHA-256 -> bytes of an anchor's files.
        subject_of: the geometry of a lock, to be looked at from each frame's own camera; None where there is none, and its anchors serve.

    Raises:
        MediaError: when an anchor cannot be read.
    """
    subjects = {asked: subject_of(lock) for asked, lock in locks.items()}
    found = []
    for path, read in clips.items():
        with tempfile.TemporaryDirectory() as scratch:
            try:
                footage = read_footage(read(), Path(scratch) / "frames")
            except InputError as fault:
                found.append(Judged(path, (str(fault),)))
                continue
            found.append(_judged(path, footage, locks, subjects, picture_of))
    return tuple(replace(c, words=(*c.words, *_unlike(c, found)), between=tuple(_between(c, found))) for c in found)


def _judged(
    path: str,
    footage: Footage,
    locks: Mapping[str, Lock],
    subjects: Mapping[str, BakedSubject | None],
    picture_of: Callable[[str], bytes],
) -> Judged:
    frames, (wide, tall) = footage.frames, footage.brought
    words, count = list(footage.notes), len(footage.frames)
    if frames.shape[3] == 4:
        words.append("Its alpha was left out: what is transparent is judged by the colours beneath.")
    still = stands_still(frames)
    if still:
        words.append(
            f"It is frozen: its {count} frames are one picture, so nothing can be said of what held over time."
        )
    size = (frames.shape[2], frames.shape[1])
    # Figures before sets, as they look and as they report: a set is not judged by what stands before it.
    order = sorted(locks, key=lambda asked: locks[asked].kind != "character")
    judges = {asked: Judge(locks[asked], picture_of, {}, *size, subjects[asked]) for asked in order}
    for frame in () if still else range(count):
        # one array for all, by which the judges know that they look at the same frame
        rgb = np.ascontiguousarray(frames[frame][..., :3])
        for judge in judges.values():
            if judge.wants(frame, count):
                judge.see(frame, rgb)
    reports = {asked: judge.report() for asked, judge in judges.items()}
    report: dict[str, dict[str, Finding]] = {}
    pictures: dict[str, bytes] = {}

    def keep(picture: bytes) -> str:
        sha256 = hashlib.sha256(picture).hexdigest()
        pictures[sha256] = picture
        return sha256

    for asked, lock in locks.items():
        told = reports[asked]
        if still:
            said = "was not judged: the clip is frozen."
            told = {a: (Finding("not_seen", words=f"The {a} of @{lock.name} {said}"), None) for a in told}
        elif not told:
            words.append(f"Nothing is held of @{lock.name}: all its attributes are free.")
        elif all(finding.status == "not_seen" for finding, _ in told.values()):
            words.append(f"Nothing of @{lock.name} was seen: {_reason(next(iter(told.values()))[0])}")
        findings = {a: named(*told[a], keep) for a in ATTRIBUTES[lock.kind] if a in told}
        report[asked] = {a: replace(f, box=_brought(f.box, footage)) for a, f in findings.items()}
    flags = [f.frame for by in report.values() for f in by.values() if f.status == "flag" and f.frame is not None]
    wanted = dict.fromkeys([count * 5 // 8, *flags])
    stills = {frame: np.array(frames[frame][..., :3]) for frame in wanted}
    return Judged(path, tuple(words), True, not still, wide, tall, footage.fps, count, report, pictures, stills)


def stands_still(frames: NDArray[np.uint8]) -> bool:
    """Whether all frames, uint8 [F, H, W, C], show one picture, however it was coded."""
    import cv2

    first = np.ascontiguousarray(frames[0][..., :3])
    size = (max(1, first.shape[1] // BLOCK_PX), max(1, first.shape[0] // BLOCK_PX))
    for frame in frames[1:]:
        change = cv2.absdiff(first, np.ascontiguousarray(frame[..., :3])).astype(np.float32)
        if cv2.resize(change, size, interpolation=cv2.INTER_AREA).max() > STILL_CODES:
            return False
    return True


def _reason(finding: Finding) -> str:
    """Why an attribute was not judged, as the end of its sentence."""
    return finding.words.partition(": ")[2] or finding.words


def _brought(box: tuple[int, int, int, int] | None, footage: Footage) -> tuple[int, int, int, int] | None:
    """A box in px of the frames as they are kept, in px of the clip as it was brought."""
    if box is None:
        return None
    wide, tall = footage.brought
    across, down = wide / footage.frames.shape[2], tall / footage.frames.shape[1]
    return round(box[0] * across), round(box[1] * down), round(box[2] * across), round(box[3] * down)


def _unlike(clip: Judged, found: Sequence[Judged]) -> list[str]:
    """In what a clip's raster, rate and length differ from the first one's."""
    first = next((c for c in found if c.read), clip)
    if clip is first or not clip.read:
        return []
    out, share = [], Fraction(clip.width, clip.height) / Fraction(first.width, first.height)
    if (clip.width, clip.height) != (first.width, first.height):
        shape = "another size and aspect" if abs(share - 1) > Fraction(1, 50) else "another size"
        out.append(
            f"It has {shape}: {clip.width}x{clip.height} px, where {first.path} has {first.width}x{first.height}."
        )
    if clip.fps != first.fps:
        out.append(f"It has another rate: {_rate(clip)} frames a second, where {first.path} has {_rate(first)}.")
    if clip.frames != first.frames:
        out.append(f"It has another length: {clip.frames} frames, where {first.path} has {first.frames}.")
    return out


def _rate(clip: Judged) -> str:
    return f"{float(Fraction(clip.fps)):.3f}".rstrip("0").rstrip(".")


def _between(clip: Judged, found: Sequence[Judged]) -> list[Difference]:
    """What other clips say otherwise, attribute by attribute; what was not seen in one of them is no verdict, and so no difference."""
    out = []
    for other in found:
        if other is clip or not other.read:
            continue
        for lock, by in clip.report.items():
            for attribute, here in by.items():
                there = other.report[lock][attribute]
                if {here.status, there.status} == {"pass", "flag"}:
                    words = f"{attribute} of @{lock}: {_said(here)} here, {_said(there)} in {other.path}."
                    out.append(
                        Difference(
                            other.path, lock, attribute, here.status, here.frame, there.status, there.frame, words
                        )
                    )
    return out


def _said(finding: Finding) -> str:
    at = f" (frame {shown(finding.frame)})" if finding.frame is not None else ""
    return STATUS_WORDS[finding.status] + at


def as_json(clips: Sequence[Judged]) -> dict[str, Any]:
    """What was found as one document: frames count from 0, boxes are (x0, y0, x1, y1) px of the clip as it was brought.

    {clips: [{path, report: {lock: {attribute: {status, score, frame, box}}}, between: [{path, lock, attribute, status, frame, other_status, other_frame,
    words}], words: [...]}]}; the report of what is no clip is empty.
    """
    return {
        "clips": [
            {
                "path": c.path,
                "report": {
                    lock: {
                        a: {"status": f.status, "score": f.score, "frame": f.frame, "box": f.box and list(f.box)}
                        for a, f in by.items()
                    }
                    for lock, by in c.report.items()
                },
                "between": [vars(d) for d in c.between],
                "words": list(c.words),
            }
            for c in clips
        ]
    }
