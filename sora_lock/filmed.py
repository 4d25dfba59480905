"""A recipe that is ready to be walked, and the walk to finished frames: engine, film, what is laid over, hold.

Place in the path: the middle of it; `shoot` judges and encodes what comes out here, `blocking` films guides by it, `layers` walks it again.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sora_lock.composite import Composite
from sora_lock.engines import Actor, Engine, Layers, Prepared, RegionEntry, Scene
from sora_lock.errors import EngineError
from sora_lock.hold import Hold
from sora_lock.media import film
from sora_lock.records import Recipe

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sora_lock.blocking import Blocking

    Frame = NDArray[np.uint8]

GRAIN = 0.35


@dataclass(frozen=True)
class Ready:
    """A recipe with its locks resolved to subjects and its engine prepared: what the steps below are given.

    Attributes:
        guide: what an engine that invents goes by; None for comp, and where only references are given.
        guides: blockings that takes of this scene share, by digest; kept with the scene that comp prepared.
    """

    recipe: Recipe
    scene: Scene
    engine: Engine
    prepared: Prepared
    guide: Blocking | None = None
    guides: dict[str, Blocking] = field(default_factory=dict)

    @property
    def actors(self) -> tuple[Actor, ...]:
        """Cast and set."""
        return self.scene.actors

    @property
    def regions(self) -> tuple[RegionEntry, ...]:
        """What region numbers stand for: of what was filmed, or of the guide; none where nothing says what is where."""
        return self.guide.regions if self.guide is not None else self.prepared.regions

    @property
    def composite(self) -> Composite:
        """How what is held is laid over what a model made of this recipe."""
        asked = self.recipe.shot.generation
        assert asked is not None
        return Composite(self.actors, self.regions, self.guide, asked.hold, asked.base_sha256)


def develop(ready: Ready, hold: Hold, frame: int, layers: Layers) -> Frame:
    """Linear picture -> finished frame: film and grade, grain, then what is held by `pixel` laid over."""
    seed = ready.recipe.shot.seed
    rgb = film.develop(layers.picture, grade=ready.recipe.direction.values("grade"), seed=seed, frame=frame)
    return hold.finish(film.grain(rgb, seed=seed, frame=frame, strength=GRAIN), frame)


def finished(
    ready: Ready,
    hold: Hold,
    *,
    cancelled: Callable[[], bool],
    aov: Callable[[int], bool],
    seconds: dict[str, float] | None = None,
    progress: Callable[[float], None] = lambda part: None,
) -> Iterator[tuple[int, Layers, Frame]]:
    """Frame number, layers and finished frame, in order; adds what each step took to `seconds`.

    What a model makes comes as a whole: its frames are finished pictures that no film is put to, and what is held is laid over them.

    Args:
        progress: told 0..1 while a model works; what is filmed is counted by the frames that are yielded.
    """
    spent = seconds if seconds is not None else defaultdict(float)
    clock = time.perf_counter()

    def lap(stage: str) -> None:
        nonlocal clock
        now = time.perf_counter()
        spent[stage] = spent.get(stage, 0.0) + now - clock
        clock = now

    shot, direction = ready.recipe.shot, ready.recipe.direction
    source = ready.engine.frames(
        ready.prepared, shot, direction, cancelled=cancelled, aov=aov, guide=ready.guide, progress=progress
    )
    if shot.generation is not None:
        composite = ready.composite
        source = composite.frames([whole(layers) for layers in source])
        hold.claims = composite.claims()
    for frame, layers in enumerate(source):
        lap("render")
        if layers.developed is None:
            rgb = develop(ready, hold, frame, layers)
            lap("film")
        else:
            rgb = hold.finish(layers.developed, frame)
        hold.see(frame, layers, rgb)
        lap("hold")
        yield frame, layers, rgb
        clock = time.perf_counter()


def whole(layers: Layers) -> Frame:
    """The finished picture of a frame that a model made; EngineError when there is none."""
    if layers.developed is None:
        raise EngineError("An engine that invents yielded a frame without a finished picture.")
    return layers.developed
