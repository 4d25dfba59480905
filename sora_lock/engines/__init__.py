"""The engine protocol, what an engine yields, and the choice of one.

Place in the path: between direction and hold. Engines never import one another and know nothing of stores or pages; they are
given a `Scene` (locks resolved to subjects) and yield `Layers`, frame by frame. Film comes after, outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sora_lock.errors import EngineUnavailableError
from sora_lock.records import Direction, Lock, Shot

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Bools = NDArray[np.bool_]
    Ids = NDArray[np.uint16]


@dataclass(frozen=True)
class Actor:
    """One lock with its subject, ready for an engine.

    Attributes:
        lock: the lock.
        subject: a `subjects.baked.BakedSubject`, or a `subjects.photo.Conformed` picture (which engines leave to the hold); of a clip the first.
        mark: floor mark, or None for the set's first.
        policies: the effective policy of each attribute in this shot.
        changes: of a clip, frame of the shot -> subject: all of one make (`info` but for the frame's own shape); None where one serves all frames.
        lasts_frames: of a clip, how many frames of the shot it has; then its last one stays. 0 for what does not end.
    """

    lock: Lock
    subject: Any
    mark: str | None
    policies: Mapping[str, str]
    changes: Callable[[int], Any] | None = None
    lasts_frames: int = 0

    def at(self, frame: int) -> Any:
        """The subject at a frame of the shot."""
        return self.subject if self.changes is None else self.changes(frame)


@dataclass(frozen=True)
class Scene:
    """All that a fan-out shares: actors, set and raster. Equal scenes share one `prepare`."""

    cast: tuple[Actor, ...]
    stage: Actor
    width: int
    height: int


@dataclass
class Aov:
    """The named layers under a frame; every array is float32 and of the raster's size.

    `beauty = (diffuse + specular) * transmittance + airlight`; in the core `diffuse = sample(R, st) * shading`.
    """

    diffuse: Floats  # [H, W, 3]
    shading: Floats  # [H, W, 3]
    st: Floats  # [H, W, 3]: s, t in 0..1 (t down), level of detail (0 = full atlas)
    depth: Floats  # [H, W] planar metres, inf where nothing was hit
    normal: Floats  # [H, W, 3] camera space
    specular: Floats  # [H, W, 3]
    transmittance: Floats  # [H, W, 3]
    airlight: Floats  # [H, W, 3]


@dataclass
class Layers:
    """One frame as an engine yields it.

    Attributes:
        picture: float32 [H, W, 3], linear Rec.709, after air and lens, before film.
        region: uint16 [H, W]; 0 where nothing was hit, else an index into `regions` of the plate (`Prepared.regions`).
        coverage: lock name -> float32 [H, W].
        single: bool [H, W]: one sample stands for the pixel (no edge blending), so the diffuse layer can be rebuilt.
        aov: present when it was asked for.
    """

    picture: Floats
    region: Ids
    coverage: Mapping[str, Floats]
    single: Bools
    aov: Aov | None = None


@dataclass(frozen=True)
class RegionEntry:
    """What a region number of a plate stands for."""

    lock: str
    part: str
    attributes: tuple[str, ...]


class Prepared(Protocol):
    """What `prepare` made: geometry, plates, encodes; shared by a whole fan-out."""

    regions: tuple[RegionEntry, ...]  # region number k is regions[k - 1]


class Engine(Protocol):
    """An engine: what it can change, whether a recipe reproduces its bits, and its steps."""

    name: str
    version: str
    deterministic: bool

    def warm_up(self) -> None:
        """What can be made ready before there is a scene: a worker does so while nobody waits yet."""

    def cannot(self, direction: Direction, scene: Scene) -> tuple[str, ...]:
        """The instructions this engine cannot do in this scene, each as words for the tile."""

    def prepare(self, scene: Scene) -> Prepared:
        """Geometry and everything that a fan-out shares."""

    def poster(self, prepared: Prepared, shot: Shot, direction: Direction) -> Layers:
        """One telling frame of the clip, quickly; the same frame that `frames` yields at `poster_frame(shot)`."""

    def frames(
        self,
        prepared: Prepared,
        shot: Shot,
        direction: Direction,
        *,
        cancelled: Callable[[], bool],
        aov: Callable[[int], bool],
    ) -> Iterator[Layers]:
        """The clip in order; raises TakeCancelled when `cancelled()` turns true."""


@dataclass(frozen=True)
class EngineInfo:
    """An engine as the page lists it; `version` goes into recipes and changes whenever the same recipe would give other pixels."""

    name: str
    version: str
    label: str
    about: str
    libraries: tuple[str, ...] = field(default=())


ENGINES: tuple[EngineInfo, ...] = (
    EngineInfo(
        "comp",
        "1.1",
        "comp",
        "The embedded previz renderer: ray-cast plates, light, air and lens on the CPU, offline.",
        ("numpy", "torch", "numba", "embreex", "opencv-python-headless"),
    ),
)


def poster_frame(shot: Shot) -> int:
    """The frame a poster shows: past the middle, where moves and evolving expressions can be seen."""
    return min(shot.frames - 1, (shot.frames * 5) // 8)


def engine_info(name: str) -> EngineInfo:
    """The entry of `ENGINES` called `name`.

    Raises:
        EngineUnavailableError: for a name that is not there.
    """
    for info in ENGINES:
        if info.name == name:
            return info
    known = ", ".join(e.name for e in ENGINES)
    raise EngineUnavailableError(f"There is no engine called {name!r}; choose one of: {known}.")


def engine(name: str) -> Engine:
    """The engine called `name`; imports it only now.

    Raises:
        EngineUnavailableError: for a name that is not in `ENGINES`.
    """
    engine_info(name)
    from sora_lock.engines.comp import Comp

    return Comp()
