"""comp: the embedded engine. Deferred rendering of locked subjects on the CPU, offline, without weights.

Place in the path: one engine behind the protocol of `sora_lock.engines`. One step a module, in this order: `stage` casts plates, `rigs` says
which lamps burn, `light` shades, `air` lays fog and weather, `lens` forms the picture. It stages and lights; it does not invent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch

from sora_lock.engines import Guide, Layers, Prepared, Scene, engine_info, poster_frame
from sora_lock.engines.comp import loops
from sora_lock.engines.comp.scene import PreparedScene
from sora_lock.engines.comp.take import Filming
from sora_lock.engines.comp.words import cannot
from sora_lock.errors import EngineError, TakeCancelled
from sora_lock.records import Direction, Shot


def _ours(prepared: Prepared) -> PreparedScene:
    if not isinstance(prepared, PreparedScene):
        raise EngineError(f"comp was given what another engine prepared: {type(prepared).__name__}.")
    return prepared


class Comp:
    """The engine; holds no state of its own, so one serves any number of prepared scenes."""

    name = "comp"
    version = engine_info("comp").version
    deterministic = True

    def warm_up(self) -> None:
        """Compiles the inner loops: seconds the first time in an installation, a fraction of one later."""
        loops.compile_all()

    def cannot(self, direction: Direction, scene: Scene) -> tuple[str, ...]:
        """The instructions comp cannot do in this scene, each as words for the tile."""
        return cannot(direction, scene)

    def prepare(self, scene: Scene) -> PreparedScene:
        """Geometry, textures and the cache of plates that a fan-out shares."""
        torch.set_num_threads(1)  # two workers run side by side, and the order of sums is part of the bits
        return PreparedScene(scene)

    def poster(self, prepared: Prepared, shot: Shot, direction: Direction, *, guide: Guide | None = None) -> Layers:
        """The frame that `frames` yields at `poster_frame(shot)`."""
        return Filming(_ours(prepared), shot, direction).frame(poster_frame(shot), aov=False)

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
        """The clip in order, by geometry alone: `guide` and `progress` are for engines that invent.

        Raises:
            TakeCancelled: when `cancelled()` turns true; asked before each frame.
        """
        filming = Filming(_ours(prepared), shot, direction)
        for frame in range(shot.frames):
            if cancelled():
                raise TakeCancelled(f"Cancelled at frame {frame} of {shot.frames}.")
            yield filming.frame(frame, aov=aov(frame))
