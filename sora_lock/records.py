"""The frozen records that travel the path: subject, lock, direction, shot, take, report.

Place in the path: the bottom. Everything above speaks in these; they hold data and their canonical form, no behaviour that
renders, stores or shows. Digests are SHA-256 over canonical JSON (`canonical`), so that a record means the same on every
machine.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["character", "set", "prop"]
Policy = Literal["hold", "evolve", "free"]
GripName = Literal["pixel", "reflectance", "guided"]
Status = Literal["pass", "flag", "not_seen"]
Mark = Literal["circled", "keep", "NG"]
Mode = Literal["text", "references", "blocked", "matte"]

ATTRIBUTES: Mapping[Kind, tuple[str, ...]] = {
    "character": ("face", "expression", "hair", "wardrobe", "body"),
    "set": ("layout", "props", "surfaces"),
    "prop": ("layout", "props", "surfaces"),
}
POLICIES: tuple[Policy, ...] = ("hold", "evolve", "free")
MARKS: tuple[Mark, ...] = ("circled", "keep", "NG")


def canonical(value: Any) -> bytes:
    """UTF-8 JSON of `value` with sorted keys, no spaces, no NaN: the form that digests are taken of.

    Args:
        value: a record of this module, or JSON-like data (tuples count as lists).

    Raises:
        ValueError: for NaN or infinity.
        TypeError: for what JSON cannot hold.
    """
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest(value: Any) -> str:
    """SHA-256 (64 hex digits) of `canonical(value)`."""
    return hashlib.sha256(canonical(value)).hexdigest()


def plain(value: Any) -> Any:
    """Records, mappings and tuples as plain dicts and lists, ready for `json.dumps`.

    A field that came later than the record's first digests is left out while it is empty, so that these digests stay.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        said = ((f, getattr(value, f.name)) for f in dataclasses.fields(value))
        return {f.name: plain(v) for f, v in said if v or not f.metadata.get("unsaid_when_empty")}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value


@dataclass(frozen=True)
class Region:
    """One part of a subject as the plates number it.

    Attributes:
        name: the part's own name ("coat", "left wall").
        attributes: the attributes it belongs to; a mouth belongs to `face` and to `expression`.
    """

    name: str
    attributes: tuple[str, ...]


@dataclass(frozen=True)
class Anchor:
    """A plate the checks compare with.

    Attributes:
        view: "front", "left 30", "picture", ...
        image_sha256: PNG, sRGB 8 bit RGBA; alpha is coverage. For baked subjects the reflectance seen from `view` under even light.
        regions_sha256: PNG, 8 bit grey of the same size; 0 is outside, k is `Lock.regions[k - 1]`.
    """

    view: str
    image_sha256: str
    regions_sha256: str


@dataclass(frozen=True)
class Reading:
    """One line of lock-readiness, in plain words. `level` is "good", "fair" or "poor"."""

    quantity: str
    value: float
    level: Literal["good", "fair", "poor"]
    words: str


@dataclass(frozen=True)
class Lock:
    """An immutable, versioned record of what must not change, with the evidence to check it.

    Attributes:
        name: without the "@"; lower case letters, digits, "-" and "_", 1 to 40 characters.
        version: counts from 1 within a name.
        subject: where the subject comes from: "cast/mara", "sets/alley" (baked, shipped), "photo" (a picture held by pixel) or
            "brought/relief" (a picture with estimates, see `subjects.brought`), "brought/place" (a location still), "brought/model" (a GLB); "clip" and
            "brought/clip" are pictures and pictures with estimates, one a frame.
        subject_sha256: digest of the geometry (baked), of the conformed RGBA picture (photo) or of the archive (brought); of a clip that of `frames`
            and `fps`.
        atlas_sha256: SHA-256 of the reflectance atlas as little-endian float32 [H, W, 3], linear Rec.709, row-major.
        regions: the parts, in plate order; region value k in a plate is `regions[k - 1]`.
        policies: attribute -> policy, for all attributes of the kind.
        anchors: at least one.
        parent_sha256: the lock this version was edited from, or None.
        made_by: plate -> which estimator (or file) made it, with its version; of brought subjects only. "picture": the model that drew it, its words and
            seed, where one did.
        frames: of a clip, what each frame is: SHA-256 of a PNG, RGBA (clip), or of an archive (brought/clip); fps: its rate.
    """

    name: str
    kind: Kind
    version: int
    subject: str
    subject_sha256: str
    atlas_sha256: str
    regions: tuple[Region, ...]
    policies: Mapping[str, Policy]
    anchors: tuple[Anchor, ...]
    readiness: tuple[Reading, ...] = ()
    parent_sha256: str | None = None
    made_by: Mapping[str, str] = field(default_factory=dict, metadata={"unsaid_when_empty": True})
    frames: tuple[str, ...] = field(default=(), metadata={"unsaid_when_empty": True})
    fps: str = field(default="", metadata={"unsaid_when_empty": True})

    @property
    def laid_over(self) -> bool:
        """Whether it is a picture or a clip without plates: no engine films it, the hold lays it over finished frames, by `pixel`."""
        return self.subject in ("photo", "clip")

    @property
    def lock_sha256(self) -> str:
        """Digest of the whole record; two locks with one digest are the same lock."""
        return digest(self)

    @property
    def held(self) -> tuple[str, ...]:
        """The attributes whose default policy is `hold`, in the kind's order."""
        return tuple(a for a in ATTRIBUTES[self.kind] if self.policies.get(a) == "hold")


@dataclass(frozen=True)
class Chip:
    """One understood instruction.

    Attributes:
        axis: "light", "time", "weather", "size", "angle", "move", "lens", "expression", "performance", "grade", "wardrobe".
        value: a value of the vocabulary ("golden hour", "push in").
        words: the words of the prompt that caused it; "" for a chip a person set by hand.
        amount: 0 negated ("no rain"), 0.5 slight, 1 plain, 1.5 heavy, 2 extreme.
    """

    axis: str
    value: str
    words: str = ""
    amount: float = 1.0


@dataclass(frozen=True)
class Direction:
    """What one variation changes: chips in reading order, and the words that were not understood."""

    text: str
    chips: tuple[Chip, ...] = ()
    unread: tuple[str, ...] = ()

    def chip(self, axis: str) -> Chip | None:
        """The last positive (amount > 0) chip of `axis`, or None."""
        return next((c for c in reversed(self.chips) if c.axis == axis and c.amount > 0), None)

    def values(self, axis: str) -> dict[str, float]:
        """All positive values of `axis` with their amounts ("rain, fog" gives two)."""
        return {c.value: c.amount for c in self.chips if c.axis == axis and c.amount > 0}


@dataclass(frozen=True)
class Placement:
    """A lock on the floor: which version, at which mark (None: the set's first)."""

    name: str
    version: int
    lock_sha256: str
    mark: str | None = None


@dataclass(frozen=True)
class Generation:
    """What an engine that invents is asked for, beyond shot and direction.

    Attributes:
        model: which weights: "OWNER/NAME@COMMIT", "folder:SHA256" of a local directory's files, or "PROVIDER/OWNER/NAME".
        named: how the person named it; a place on their disk, maybe, so it is no part of the recipe's digest.
        mode: what the model goes by: "text" (words alone, the lock is off), "references" (pictures of the locks), "blocked" (also the depth of a take that comp blocks), "matte" (a base take;
            what is not held is regenerated).
        hold: the grip that the hold tries for what is held.
        base: of "matte", the take it goes by; like other names no part of the digest. base_sha256: its master.
        steps, guidance: of the diffusion; 0 is the model's usual.
    """

    model: str
    named: str
    mode: Mode
    hold: GripName
    base: str = ""
    base_sha256: str = ""
    steps: int = 0
    guidance: float = 0.0


@dataclass(frozen=True)
class Shot:
    """What is shot, apart from the direction.

    Attributes:
        scene, shot: "SC010", "SH020".
        cast: characters and props at marks, in the order written.
        stage: the set.
        overrides: lock name -> attribute -> policy, recorded departures from the lock's defaults.
        width, height: pixels, even.
        fps: "24" or a ratio "24000/1001".
        frames: 1 to 240.
        seed: 0 to 2**63 - 1.
        engine: "comp", "vace" or "hosted".
        generation: of an engine that invents, what it goes by; None for comp.
    """

    scene: str
    shot: str
    cast: tuple[Placement, ...]
    stage: Placement
    overrides: Mapping[str, Mapping[str, Policy]] = field(default_factory=dict)
    width: int = 960
    height: int = 540
    fps: str = "24"
    frames: int = 48
    seed: int = 7
    engine: str = "comp"
    generation: Generation | None = field(default=None, metadata={"unsaid_when_empty": True})

    @property
    def placed(self) -> tuple[Placement, ...]:
        """Cast and set."""
        return (*self.cast, self.stage)


@dataclass(frozen=True)
class Recipe:
    """All that determines pixels; `recipe_sha256` is its digest. The parent take is not in it."""

    shot: Shot
    direction: Direction
    engine_version: str
    libraries: Mapping[str, str]

    @property
    def recipe_sha256(self) -> str:
        """Digest of what determines pixels: scene and shot names do not, and the prompt's wording only where a model reads it."""
        data = plain(self)
        for label in ("scene", "shot"):
            del data["shot"][label]
        for label in ("named", "base"):
            data["shot"].get("generation", {}).pop(label, None)
        text = data["direction"]["text"]
        data["direction"] = sorted([c["axis"], c["value"], c["amount"]] for c in data["direction"]["chips"])
        if self.shot.generation is not None:
            data["text"] = text
        return digest(data)


@dataclass(frozen=True)
class Grip:
    """How an attribute was held in a take.

    Attributes:
        grip: "pixel", "reflectance" or "guided".
        core: core area / region area over the clip, 0..1; under 0.5 the grip is "guided".
        note: what lowered it, or the transform and hash of the conformed anchor; "" if nothing is to be said.
    """

    grip: GripName
    core: float
    note: str = ""


@dataclass(frozen=True)
class Finding:
    """Continuity of one attribute in one take.

    Attributes:
        score: 0..1, higher is better; None when not seen.
        frame: the worst frame, counted from 0; None when not seen.
        box: (x0, y0, x1, y1) in px of the evidence in that frame; None when not seen.
        threshold: the score below which the status is "flag".
        evidence_sha256: PNG, the crop beside the anchor; None when there is none.
        words: one sentence for people.
        curve: (frame, score) of each frame that was looked at and in which it was seen, frames from 0 and in order; () where nobody measured it.
        map_sha256: PNG, where in the worst frame it drifted; "" when there is none.
    """

    status: Status
    score: float | None = None
    frame: int | None = None
    box: tuple[int, int, int, int] | None = None
    threshold: float | None = None
    evidence_sha256: str | None = None
    words: str = ""
    curve: tuple[tuple[int, float], ...] = field(default=(), metadata={"unsaid_when_empty": True})
    map_sha256: str = field(default="", metadata={"unsaid_when_empty": True})


@dataclass(frozen=True)
class Take:
    """One rendered result and its recipe.

    Attributes:
        take: "SC010_SH020_T007".
        parent: another take of the same scene, or None.
        cell: the cell that asked for it.
        result_sha256: digest of {file name: sha256} of master and poster.
        grips, report: lock name -> attribute -> Grip / Finding.
        cannot: directions the engine could not do, in words for the tile.
        files: "clip.mp4", "master.mkv", "poster.jpg" -> sha256 of the blob.
        seconds: stage -> seconds spent, for the bench and for time left.
    """

    take: str
    parent: str | None
    cell: int
    recipe: Recipe
    recipe_sha256: str
    result_sha256: str
    grips: Mapping[str, Mapping[str, Grip]]
    report: Mapping[str, Mapping[str, Finding]]
    cannot: tuple[str, ...]
    files: Mapping[str, str]
    seconds: Mapping[str, float]
    created_utc: str


def _tuples(value: Any) -> Any:
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value


def lock_from(data: Mapping[str, Any]) -> Lock:
    """A `Lock` from `plain(lock)`; raises KeyError or TypeError for data of another shape."""
    d = dict(data)
    d["regions"] = tuple(Region(r["name"], tuple(r["attributes"])) for r in d["regions"])
    d["anchors"] = tuple(Anchor(**a) for a in d["anchors"])
    d["readiness"] = tuple(Reading(**r) for r in d["readiness"])
    d["frames"] = tuple(d.get("frames", ()))
    return Lock(**d)


def direction_from(data: Mapping[str, Any]) -> Direction:
    """A `Direction` from `plain(direction)`."""
    return Direction(data["text"], tuple(Chip(**c) for c in data["chips"]), tuple(data["unread"]))


def shot_from(data: Mapping[str, Any]) -> Shot:
    """A `Shot` from `plain(shot)`."""
    d = dict(data)
    d["cast"] = tuple(Placement(**p) for p in d["cast"])
    d["stage"] = Placement(**d["stage"])
    if "generation" in d:
        d["generation"] = Generation(**d["generation"])
    return Shot(**d)


def recipe_from(data: Mapping[str, Any]) -> Recipe:
    """A `Recipe` from `plain(recipe)`."""
    return Recipe(
        shot_from(data["shot"]), direction_from(data["direction"]), data["engine_version"], dict(data["libraries"])
    )


def finding_from(data: Mapping[str, Any]) -> Finding:
    """A `Finding` from `plain(finding)`."""
    return Finding(**{**data, "box": _tuples(data["box"]), "curve": _tuples(list(data.get("curve", ())))})


def take_from(data: Mapping[str, Any]) -> Take:
    """A `Take` from `plain(take)`."""
    d = dict(data)
    d["recipe"] = recipe_from(d["recipe"])
    d["grips"] = {n: {a: Grip(**g) for a, g in by.items()} for n, by in d["grips"].items()}
    d["report"] = {n: {a: finding_from(f) for a, f in by.items()} for n, by in d["report"].items()}
    d["cannot"] = tuple(d["cannot"])
    return Take(**d)
