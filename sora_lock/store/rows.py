"""What the store hands out besides the records: scenes, cells, jobs, nodes, comments, marks, hits and verdicts.

Place in the path: the store's own vocabulary; frozen, no behaviour. Records of the film itself (locks, takes, recipes) live in
`sora_lock.records`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sora_lock.records import Mark, Recipe

CellKind = Literal["lock", "fanout", "note", "compare"]
State = Literal["queued", "leased", "done", "failed", "cancelled"]
Stage = Literal["poster", "clip"]
Source = Literal["prompt", "comment"]

CELL_KINDS: tuple[CellKind, ...] = ("lock", "fanout", "note", "compare")
STATES: tuple[State, ...] = ("queued", "leased", "done", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class SceneRow:
    """A scene as the left-hand list shows it.

    Attributes:
        code: "SC010".
        seq: order of making, from 1.
        shots: codes of the shots that takes were asked for in, in order of first use.
        cells, takes: how many there are (takes: finished ones).
        revision: the store's revision when something in this scene last changed.
    """

    code: str
    title: str
    seq: int
    shots: tuple[str, ...]
    cells: int
    takes: int
    revision: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the notebook.

    Attributes:
        seq: its number within the scene, from 1; never reused.
        body: JSON-like data, a copy of one's own; its shape is the notebook's matter.
        stale: a fan-out whose locks have a newer version by now.
        parent_take: the take it branches from, or None.
    """

    id: int
    scene: str
    seq: int
    kind: CellKind
    body: dict[str, Any]
    who: str
    created_utc: str
    stale: bool
    parent_take: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One take that was asked for, and how far it is.

    Attributes:
        id: order of asking, across all scenes.
        take: the take id that was allocated for it.
        parent: the take it branches from, or None.
        stage: what is to be made next ("poster", then "clip"); "clip" once done.
        progress: 0..1 of the stage.
        eta_s: seconds left by the worker's own estimate, or None.
        error: why it failed, in words; None otherwise.
        poster_sha256: set once the poster is there.
        worker, lease_until: who holds it until when (seconds since the epoch); None unless leased.
        cancel: someone asked the worker to stop.
        cannot: directions the engine could not do, in words for the tile; known with the poster.
        attempts: how often a worker died over it since it was asked for or retried.
    """

    id: int
    take: str
    cell: int
    scene: str
    recipe: Recipe
    parent: str | None
    state: State
    stage: Stage
    progress: float
    eta_s: float | None
    error: str | None
    poster_sha256: str | None
    worker: str | None
    lease_until: float | None
    cancel: bool
    cannot: tuple[str, ...]
    attempts: int


@dataclass(frozen=True, slots=True)
class Node:
    """A finished take in the branch tree; `lane` 0 is drawn first. See `sora_lock.store.tree` for the rule of lanes."""

    take: str
    parent: str | None
    lane: int
    cell: int
    mark: Mark | None


@dataclass(frozen=True, slots=True)
class MarkRow:
    """One change of a take's mark; None took it away."""

    seq: int
    take: str
    mark: Mark | None
    who: str
    created_utc: str


@dataclass(frozen=True, slots=True)
class Consent:
    """One line of what was recorded of a person's consent to a lock of them; the latest of a name counts.

    Attributes:
        name: the lock's.
        event: "given" or "revoked".
        basis, scope: what it rests on and covers, in words.
        until_date: last day it holds ("2027-05-31"), or "".
    """

    seq: int
    name: str
    event: str
    person: str
    basis: str
    scope: str
    until_date: str
    recorded_by: str
    created_utc: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A remark on a take, at a frame counted from 0, or on all of it (None)."""

    id: int
    take: str
    frame: int | None
    text: str
    who: str
    created_utc: str


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a search found its words: the prompt of a take that was asked for, or a comment on a take."""

    take: str
    scene: str
    cell: int
    source: Source
    text: str


@dataclass(frozen=True, slots=True)
class Verify:
    """What `verify` saw; no problems means all rows and media files are what they were when they were written."""

    rows_checked: int
    blobs_checked: int
    problems: list[str]
