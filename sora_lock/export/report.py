"""The continuity report as a script supervisor lays it out, as data: what held, what drifted, what was not seen, take by take, with the evidence.

Place in the path: export. Made of a scene's takes, or of clips from anywhere that were judged; `report_html` and `report_pdf` draw it, and say the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from sora_lock.continuity import calibration, explain
from sora_lock.edit_frames import in_words, shown
from sora_lock.errors import NotFoundError
from sora_lock.export.evidence import Shown, beside, boxed, thumbnail
from sora_lock.export.selects import Held, Select, placed_names, rate_words, selects
from sora_lock.generation import mode_words
from sora_lock.lock import effective_policies
from sora_lock.media.images import read_own
from sora_lock.media.video import read_frames
from sora_lock.records import ATTRIBUTES, Finding, Grip, Lock, Take

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sora_lock.judged import Judged
    from sora_lock.store import Comment, Store

Sign = Literal["pass", "flag", "not_seen", "free"]
Row = tuple[str, str, tuple[Sign | None, ...]]
"""Lock, attribute, and one sign an entry; None where an entry has no such lock."""
SIGN_WORDS: Mapping[Sign, str] = {"pass": "held", "flag": "drifted", "not_seen": "not seen", "free": "free"}


@dataclass(frozen=True)
class Line:
    """One attribute of one lock in one take.

    Attributes:
        sign: its status; "free" where nothing was to be held.
        policy: "hold", "evolve" or "free"; "" where the lock is not in this history.
        grip: how it was held ("reflectance 97 %"), "" where nobody held it.
        frame: the worst one, counted from 1001.
        words: the judge's sentence; asked: what the direction asked for of it.
        worst: of what drifted, the worst frame with a box; evidence: the crop beside the anchor; drift_map: where it drifted.
        curve: (frame counted from 1001, score).
    """

    attribute: str
    sign: Sign
    policy: str = ""
    grip: str = ""
    score: float | None = None
    threshold: float | None = None
    frame: int | None = None
    words: str = ""
    asked: str = ""
    worst: Shown | None = None
    evidence: Shown | None = None
    drift_map: Shown | None = None
    curve: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class Remark:
    """A comment: the frame counted from 1001 (None: on all of it), who, which day, the text."""

    frame: int | None
    who: str
    day: str
    text: str


@dataclass(frozen=True)
class Entry:
    """One take, or one clip from elsewhere.

    Attributes:
        name: "SC010_SH020_T007", or the clip's path; number: "T007", or "1" of a clip.
        mark: the director's, "" for none.
        said: the direction in words; "" where nobody knows one.
        facts: (what, value) pairs.
        notes: sentences that a reader must not miss.
        subjects: lock with version -> its lines.
    """

    name: str
    number: str
    mark: str
    said: str
    facts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    poster: Shown | None
    subjects: tuple[tuple[str, tuple[Line, ...]], ...]
    remarks: tuple[Remark, ...] = ()


def how_sure() -> str:
    """What a status is worth, in words: how many takes its limits stand on is said by what calibration wrote, the rates by the command's tables alone."""
    return (
        f"A status is a measurement and can be wrong. Of subjects whose geometry is known its limits were set on {calibration()['takes']} takes; how often a "
        "change is missed and how often one is seen that is none, on which takes this was counted, and what the judge cannot see, stands in "
        "docs/continuity.md of the program. “Not seen” is no verdict: the region was hidden, too small, too dark or blurred."
    )


@dataclass(frozen=True)
class Report:
    """The whole report.

    Attributes:
        title: "SC010", or what was judged; about: what it covers, in words; day: ISO date.
        entries: at least one.
        rates: `how_sure`.
    """

    title: str
    about: str
    day: str
    entries: tuple[Entry, ...]
    rates: str = field(default_factory=how_sure)


def of_scene(store: Store, scene: str, circled: bool, day: str) -> Report:
    """The report of a scene's takes.

    Takes that show somebody who withdrew are listed, without a picture.

    Args:
        circled: only circled takes; otherwise all finished ones.
        day: ISO date.

    Raises:
        NotFoundError: for an unknown scene, or when there is no such take.
        MediaError: when a picture or film of a take does not decode.
    """
    chosen = selects(store, scene, circled, withdrawn_too=True)
    code = chosen[0].take.recipe.shot.scene
    title = next((s.title for s in store.scenes() if s.code == code), "")
    ended = store.withdrawn()
    what = "circled take" if circled else "take"
    about = f"{title} · {len(chosen)} {what}{'s' if len(chosen) > 1 else ''}".removeprefix(" · ")
    return Report(code, about, day, tuple(_entry(store, s, ended) for s in chosen))


def of_clips(clips: Sequence[Judged], locks: Mapping[str, Lock], day: str) -> Report:
    """The report of clips made anywhere; `locks` as they were asked for."""
    names = ", ".join(f"@{lock.name} v{lock.version}" for lock in locks.values())
    entries = tuple(_clip(clip, str(number), locks) for number, clip in enumerate(clips, 1))
    return Report("Clips", f"{len(clips)} clip{'s' if len(clips) > 1 else ''} against {names}", day, entries)


def lead(report: Report) -> tuple[tuple[str, str], ...]:
    """The summary: what drifted and where, what held throughout, what was not seen and where, as (heading, words)."""
    rows = overview(report)
    held = {(subject, attribute): "" for subject, attribute, signs in rows if set(signs) - {None, "free"} == {"pass"}}
    return (
        ("Drifted", _grouped(_places(report, rows, "flag")) or "Nothing was seen to drift."),
        ("Held throughout", _grouped(held) or "Nothing was seen to hold throughout."),
        ("Not seen", _grouped(_places(report, rows, "not_seen")) or "All that was to be held was seen."),
    )


def _places(report: Report, rows: Sequence[Row], sign: Sign) -> dict[tuple[str, str], str]:
    """(lock, attribute) -> where it has that sign, in words."""
    out = {}
    for subject, attribute, signs in rows:
        numbers = [entry.number for entry, each in zip(report.entries, signs, strict=True) if each == sign]
        if numbers:
            out[subject, attribute] = " in all" if len(numbers) == len(signs) > 1 else f" in {', '.join(numbers)}"
    return out


def _grouped(places: Mapping[tuple[str, str], str]) -> str:
    """ "@mara v2: hair and body in T001; @alley v1: props in all"."""
    groups: dict[tuple[str, str], list[str]] = {}
    for (subject, attribute), where in places.items():
        groups.setdefault((subject, where), []).append(attribute)
    return "; ".join(f"{subject}: {', '.join(attributes)}{where}" for (subject, where), attributes in groups.items())


def status_words(line: Line) -> str:
    """A line's status in a word."""
    if line.sign == "free":
        return line.policy or "free"
    return "evolves" if line.policy == "evolve" and line.sign == "pass" else SIGN_WORDS[line.sign]


def reasons(lines: Sequence[Line]) -> tuple[str, ...]:
    """Below each line why it was not seen, in words; "" where it was seen, and where the next line says the same."""
    return said_once([line.words if line.sign == "not_seen" else "" for line in lines])


def said_once(unseen: Sequence[str]) -> tuple[str, ...]:
    """Of sentences that say why something was not seen the reason alone, the last time only where it is said in a row; "" stays "".

    "The face of @mara was not judged: it is hidden." -> "It is hidden."
    """
    whys = [words.partition(": ")[2] or words for words in unseen]
    told = [why[:1].upper() + why[1:] for why in whys]
    return tuple("" if why == after else why for why, after in zip(told, [*told[1:], ""], strict=True))


def overview(report: Report) -> tuple[Row, ...]:
    """One row an attribute, in the order of first appearance."""
    rows: dict[tuple[str, str], list[Sign | None]] = {}
    for place, entry in enumerate(report.entries):
        for subject, lines in entry.subjects:
            for line in lines:
                rows.setdefault((subject, line.attribute), [None] * len(report.entries))[place] = line.sign
    return tuple((subject, attribute, tuple(signs)) for (subject, attribute), signs in rows.items())


def _entry(store: Store, select: Select, ended: Mapping[str, str]) -> Entry:
    """A take of the history."""
    take, shot = select.take, select.take.recipe.shot
    gone = [ended[name] for name in placed_names(take) if name in ended]
    facts = [
        ("shot", f"{shot.scene} / {shot.shot}"),
        ("engine", f"{shot.engine} {take.recipe.engine_version}"),
        ("seed", str(shot.seed)),
        ("raster", f"{shot.width} x {shot.height}, {select.frames} frames at {rate_words(select.fps)}"),
        ("recipe", take.recipe_sha256[:12]),
    ]
    if shot.generation is not None:
        facts.insert(2, ("model", f"{shot.generation.named}, {mode_words(shot.generation, take)}"))
    if take.parent:
        facts.insert(0, ("branch of", take.parent))
    notes = [f"{words} No picture of this take is shown." for words in gone]
    if take.recipe.direction.unread:
        notes.append(f"Not understood: {', '.join(take.recipe.direction.unread)}.")
    if take.cannot:
        notes.append(f"{shot.engine} cannot: {', '.join(take.cannot)}.")
    pictures = None if gone else _Pictures(store, take)
    subjects = []
    for placement, title, held in zip(shot.placed, select.locks, select.held, strict=True):
        try:
            lock: Lock | None = store.lock_by_sha(placement.lock_sha256)
        except NotFoundError:
            lock = None
        policies: Mapping[str, str] = effective_policies(lock, shot.overrides) if lock else {}
        labels = explain(take.report.get(placement.name, {}), take.recipe.direction)
        every = {h.attribute: h for h in held}
        names = ATTRIBUTES[lock.kind] if lock else tuple(every)
        lines = tuple(_held(every.get(a) or Held(a, "", None, None), policies, labels, pictures) for a in names)
        subjects.append((title, lines))
    poster = pictures.poster() if pictures else None
    return Entry(
        take.take, select.number, select.mark or "", select.said, tuple(facts), tuple(notes), poster, tuple(subjects),
        tuple(_remark(c) for c in select.comments),
    )  # fmt: skip


def _remark(comment: Comment) -> Remark:
    frame = shown(comment.frame) if comment.frame is not None else None
    return Remark(frame, comment.who, comment.created_utc[:10], comment.text)


class _Pictures:
    """What a take's history shows of it; its film is read once, and only where something drifted."""

    def __init__(self, store: Store, take: Take) -> None:
        self.store, self.take = store, take
        flags = [f for by in take.report.values() for f in by.values() if f.status == "flag"]
        wanted = {f.frame for f in flags if f.frame is not None}
        self.frames: dict[int, NDArray[np.uint8]] = {}
        if wanted:
            film = store.blob(take.files["clip.mp4"])
            for frame, rgb in enumerate(read_frames(film, 0, max(wanted) + 1)):
                if frame in wanted:
                    self.frames[frame] = rgb

    def poster(self) -> Shown | None:
        """The take's poster."""
        if "poster.jpg" not in self.take.files:
            return None
        return thumbnail(self._own(self.take.files["poster.jpg"]), f"{self.take.take}, its poster")

    def worst(self, finding: Finding) -> Shown | None:
        """The worst frame with its box."""
        if finding.frame is None or finding.frame not in self.frames or finding.box is None:
            return None
        return boxed(self.frames[finding.frame], finding.box, f"frame {shown(finding.frame)}, what drifted in a box")

    def kept(self, sha256: str | None, words: str, large: bool) -> Shown | None:
        """A picture that the judge kept."""
        return beside(self._own(sha256), words, large) if sha256 else None

    def _own(self, sha256: str) -> NDArray[np.uint8]:
        return read_own(self.store.blob(sha256).read_bytes())


def _held(held: Held, policies: Mapping[str, str], labels: Mapping[str, str], pictures: _Pictures | None) -> Line:
    """One attribute of a take; `pictures` is None where none may be shown."""
    found, policy = held.finding, policies.get(held.attribute, held.policy)
    grip = _grip_words(held.grip, found)
    if found is None:
        return Line(held.attribute, "free", policy, grip)
    flag = found.status == "flag"
    name = held.attribute
    return Line(
        name, found.status, policy, grip, found.score, found.threshold,
        None if found.frame is None else shown(found.frame), in_words(found.words), labels.get(name, ""),
        worst=pictures.worst(found) if pictures and flag else None,
        evidence=pictures.kept(found.evidence_sha256, f"{name}, take beside anchor", flag) if pictures else None,
        drift_map=pictures.kept(found.map_sha256, f"{name}, where it drifted", flag) if pictures else None,
        curve=tuple((shown(frame), score) for frame, score in found.curve),
    )  # fmt: skip


def _grip_words(grip: Grip | None, found: Finding | None) -> str:
    if grip is None or (grip.core == 0 and (found is None or found.status == "not_seen")):
        return ""
    return f"{grip.grip} {grip.core:.0%}"


def _clip(clip: Judged, number: str, locks: Mapping[str, Lock]) -> Entry:
    """A clip from elsewhere."""
    facts: tuple[tuple[str, str], ...] = ()
    if clip.read:
        facts = (("raster", f"{clip.width} x {clip.height}, {clip.frames} frames at {rate_words(Fraction(clip.fps))}"),)
    still = next(iter(clip.stills.values()), None)
    poster = thumbnail(still, f"{clip.path}, one frame") if still is not None else None
    subjects = tuple(
        (
            f"@{locks[asked].name} v{locks[asked].version}",
            tuple(_found(clip, locks[asked], a, f) for a, f in by.items()),
        )
        for asked, by in clip.report.items()
    )
    notes = (*clip.words, *(f"{d.words[0].upper()}{d.words[1:]}" for d in clip.between))
    return Entry(clip.path, number, "", "", facts, notes, poster, subjects)


def _found(clip: Judged, lock: Lock, attribute: str, found: Finding) -> Line:
    """One attribute of a clip from elsewhere."""
    flag, worst = found.status == "flag", None
    if flag and found.frame is not None and found.frame in clip.stills and found.box is not None:
        still = clip.stills[found.frame]
        share = still.shape[1] / clip.width
        box = (round(found.box[0] * share), round(found.box[1] * share), round(found.box[2] * share), round(found.box[3] * share))  # fmt: skip
        worst = boxed(still, box, f"frame {shown(found.frame)}, what drifted in a box")
    shows = ((found.evidence_sha256, "clip beside anchor"), (found.map_sha256, "where it drifted"))
    evidence, drift_map = (
        beside(read_own(clip.pictures[sha256]), f"{attribute}, {what}", flag) if sha256 else None
        for sha256, what in shows
    )
    return Line(
        attribute, found.status, lock.policies.get(attribute, ""), "", found.score, found.threshold,
        None if found.frame is None else shown(found.frame), in_words(found.words), "",
        worst=worst, evidence=evidence, drift_map=drift_map, curve=tuple((shown(frame), score) for frame, score in found.curve),
    )  # fmt: skip
