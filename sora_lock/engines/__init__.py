"""The engine protocol, what an engine yields, and the choice of one.

Place in the path: between direction and hold. Engines never import one another and know nothing of stores or pages; they are
given a `Scene` (locks resolved to subjects) and yield `Layers`, frame by frame. Film comes after, outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from sora_lock.errors import EngineUnavailableError
from sora_lock.records import Direction, Lock, Shot

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Bools = NDArray[np.bool_]
    Ids = NDArray[np.uint16]
    Codes = NDArray[np.uint8]


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
        anchors: the lock's anchor pictures, the front first: uint8 [h, w, 4], sRGB, alpha is coverage; decoded when asked for.
        about: the subject in words, as a model is told of it; "" where nobody gave any.
    """

    lock: Lock
    subject: Any
    mark: str | None
    policies: Mapping[str, str]
    changes: Callable[[int], Any] | None = None
    lasts_frames: int = 0
    anchors: Callable[[], tuple[Codes, ...]] = tuple
    about: str = ""

    @property
    def free(self) -> bool:
        """Whether nothing of it is to be kept: then a model is neither shown nor told of it."""
        return bool(self.policies) and all(policy == "free" for policy in self.policies.values())

    def at(self, frame: int) -> Any:
        """The subject at a frame of the shot."""
        return self.subject if self.changes is None else self.changes(frame)


@dataclass(frozen=True)
class Scene:
    """All that a fan-out shares: actors, set, raster and, for engines that invent, the model as it was named. Equal scenes share one `prepare`."""

    cast: tuple[Actor, ...]
    stage: Actor
    width: int
    height: int
    model: str = ""

    @property
    def actors(self) -> tuple[Actor, ...]:
        """Cast and set."""
        return (*self.cast, self.stage)


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
        developed: uint8 [H, W, 3], sRGB: of engines whose frames are finished pictures, which film is not applied to; `picture` is then its linear form.
    """

    picture: Floats
    region: Ids
    coverage: Mapping[str, Floats]
    single: Bools
    aov: Aov | None = None
    developed: Codes | None = None


@dataclass(frozen=True)
class RegionEntry:
    """What a region number of a plate stands for."""

    lock: str
    part: str
    attributes: tuple[str, ...]


class Guide(Protocol):
    """A take that an engine that invents goes by: the base take, or what comp blocked; of the shot's size and length, frames in any order."""

    frames: int

    def rgb(self, frame: int) -> Codes:
        """Its finished frame, uint8 [H, W, 3], sRGB."""

    def layers(self, frame: int) -> Layers:
        """Coverage, regions and AOVs of that frame."""

    def held(self, frame: int) -> Floats:
        """Coverage of what is held, float32 [H, W]: what must not be regenerated. All zero where nothing is."""


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

    def poster(self, prepared: Prepared, shot: Shot, direction: Direction, *, guide: Guide | None = None) -> Layers:
        """One telling frame, quickly: that of `poster_frame(shot)`, or what a model draws as a still; the clip's own frame replaces it."""

    def frames(
        self,
        prepared: Prepared,
        shot: Shot,
        direction: Direction,
        *,
        cancelled: Callable[[], bool],
        aov: Callable[[int], bool],
        guide: Guide | None = None,
        progress: Callable[[float], None] = lambda part: None,
    ) -> Iterator[Layers]:
        """The clip in order; raises TakeCancelled when `cancelled()` turns true.

        Args:
            aov: which frames shall carry AOVs.
            guide: what engines that invent go by; comp has no use for it.
            progress: told 0..1 by engines that have no first frame until all are made.
        """


@dataclass(frozen=True)
class EngineInfo:
    """An engine as the page lists it.

    Attributes:
        version: goes into recipes and changes whenever the same recipe would give other pixels.
        invents: whether it makes pictures of its own (then a shot has a `Generation`), rather than film what there is.
        libraries: the packages whose versions a recipe records.
        made_by: module and class.
        billed: whether somebody is paid for each take; nothing is then made anew unasked.
        on_gpu: whether its takes are left to workers that have a GPU, where any has one.
        planned_by: of engines that invent, the module that knows their models without loading any.
    """

    name: str
    version: str
    label: str
    about: str
    invents: bool
    libraries: tuple[str, ...] = field(default=())
    made_by: tuple[str, str] = ("", "")
    planned_by: str = ""
    on_gpu: bool = False
    billed: bool = False


ENGINES: tuple[EngineInfo, ...] = (
    EngineInfo(
        "comp",
        "1.2",
        "comp",
        "The embedded previz renderer: ray-cast plates, light, air and lens on the CPU, offline.",
        False,
        ("numpy", "torch", "numba", "embreex", "opencv-python-headless"),
        ("sora_lock.engines.comp", "Comp"),
    ),
    EngineInfo(
        "vace",
        "1.0",
        "vace",
        "Open weights through diffusers: invents motion, places and weather; wants a GPU for anything but the miniature.",
        True,
        ("numpy", "torch", "diffusers", "transformers"),
        ("sora_lock.engines.vace", "Vace"),
        "sora_lock.engines.vace.models",
        True,
    ),
    EngineInfo(
        "hosted",
        "1.0",
        "hosted",
        "A provider's model, with a token of your own: the prompt and one frame leave this machine.",
        True,
        ("numpy", "huggingface_hub"),
        ("sora_lock.engines.hosted", "Hosted"),
        "sora_lock.engines.hosted.providers",
        billed=True,
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
    module, made = engine_info(name).made_by
    return cast(Engine, getattr(import_module(module), made)())
