"""vace: open weights through diffusers' WanVACEPipeline. It invents; what is held, the hold puts back.

Place in the path: one engine behind the protocol of `sora_lock.engines`. In this order: `models` finds and checks the weights, `memory` says how
they fit, `text` and `conditions` make what the model is given, `pipe` runs it. Importing this brings no torch; `pipe` does, when a scene is prepared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sora_lock.colour import linear_from_srgb
from sora_lock.engines import Guide, Layers, Prepared, RegionEntry, Scene, engine_info, poster_frame
from sora_lock.engines.vace.conditions import conditions, references
from sora_lock.engines.vace.models import check_raster, find, how_usually, identity
from sora_lock.engines.vace.text import cut_words, told
from sora_lock.errors import EngineError, ShotError
from sora_lock.records import Direction, Generation, Shot

Codes = NDArray[np.uint8]


@dataclass(frozen=True)
class PreparedVace:
    """What a fan-out shares beside the loaded model, which is the process's: one is all that fits.

    Attributes:
        scene: what was prepared.
        references: uint8 [H, W, 3] each, as `conditions.references` chose them.
        regions: none, since a model does not say what stands where in its picture.
    """

    scene: Scene
    references: tuple[Codes, ...]
    regions: tuple[RegionEntry, ...] = ()


class Vace:
    """The engine; holds no state of its own: the loaded model is the process's, see `pipe.load`."""

    name = "vace"
    version = engine_info("vace").version
    deterministic = False

    def warm_up(self) -> None:
        """Nothing: which model is wanted is not known before there is a scene, and gigabytes are not read on suspicion."""

    def cannot(self, direction: Direction, scene: Scene) -> tuple[str, ...]:
        """What of the prompt the model will not read."""
        from sora_lock.engines.vace.pipe import encoder

        return cut_words(told(direction, scene, encoder(find(scene.model))))

    def prepare(self, scene: Scene) -> PreparedVace:
        """Loads the model and draws the references.

        Raises:
            ShotError: for a size the model would misalign.
            NotFoundError, MediaError, EngineError: as `pipe.load` and `conditions.references`.
        """
        check_raster(scene.width, scene.height, 1, scene.model)
        shown = references(scene)
        from sora_lock.engines.vace.pipe import load

        load(scene.model, scene.width, scene.height)
        return PreparedVace(scene, shown)

    def poster(self, prepared: Prepared, shot: Shot, direction: Direction, *, guide: Guide | None = None) -> Layers:
        """A still of one frame by the same call: what the model would draw, not a frame of the clip it will make."""
        frame = poster_frame(shot)
        ours = _ours(prepared, shot)
        made = self._made(ours, shot, direction, guide, (frame,), lambda: False, lambda part: None)
        return _layers(made[0], ours.scene)

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
        """The clip in order, made as a whole before the first frame comes; of AOVs it has none.

        Raises:
            TakeCancelled: when `cancelled()` turns true; asked before the call and after each of its steps.
            ShotError, EngineError: before the call, for what the model would misalign; see `pipe.Pipe.shoot`.
        """
        ours = _ours(prepared, shot)
        made = self._made(ours, shot, direction, guide, range(shot.frames), cancelled, progress)
        for rgb in made:
            yield _layers(rgb, ours.scene)

    def _made(
        self,
        ours: PreparedVace,
        shot: Shot,
        direction: Direction,
        guide: Guide | None,
        at: Sequence[int],
        cancelled: Callable[[], bool],
        progress: Callable[[float], None],
    ) -> Codes:
        """The frames of these numbers of the guide in one call, uint8 [F, H, W, 3]."""
        from sora_lock.engines.vace.pipe import Call, encoder, load

        check_raster(shot.width, shot.height, len(at), ours.scene.model)
        if guide is not None and guide.frames < shot.frames:
            raise EngineError(
                f"The take to go by has {guide.frames} frames and the shot {shot.frames}; shoot as many as that take has."
            )
        how = _generation(shot, ours.scene)
        text = told(direction, ours.scene, encoder(find(ours.scene.model)))
        steps, guidance = how_usually(ours.scene.model)
        call = Call(
            prompt=text.prompt,
            negative=text.negative,
            conditions=conditions(ours.scene, ours.references, how, guide, at),
            width=shot.width,
            height=shot.height,
            frames=len(at),
            steps=how.steps or steps,
            guidance=how.guidance or guidance,
            seed=shot.seed,
        )
        pipe = load(ours.scene.model, ours.scene.width, ours.scene.height)
        return pipe.shoot(call, cancelled=cancelled, progress=progress)


def _ours(prepared: Prepared, shot: Shot) -> PreparedVace:
    if not isinstance(prepared, PreparedVace):
        raise EngineError(f"vace was given what another engine prepared: {type(prepared).__name__}.")
    if (shot.width, shot.height) != (prepared.scene.width, prepared.scene.height):
        raise ShotError(
            f"The scene was prepared for {prepared.scene.width}x{prepared.scene.height}, and the shot is {shot.width}x{shot.height}."
        )
    return prepared


def _generation(shot: Shot, scene: Scene) -> Generation:
    how = shot.generation
    if how is None:
        raise ShotError(
            "A shot by vace says what the model goes by (its mode), and this one does not; ask for it anew."
        )
    if how.model != identity(scene.model):
        raise EngineError(
            f"The weights in {scene.model} are not those that the shot was asked for with; ask for it anew, or bring them back."
        )
    return how


def _layers(rgb: Codes, scene: Scene) -> Layers:
    """A frame as made. Where what stands in it, the model does not say; the composite asks the guide."""
    size = rgb.shape[:2]
    nobody = {a.lock.name: np.zeros(size, np.float32) for a in scene.actors}
    return Layers(linear_from_srgb(rgb), np.zeros(size, np.uint16), nobody, np.zeros(size, bool), developed=rgb)
