"""hosted: a provider's model, with a token of the person's own. The prompt, and where there is a guide its first frame, leave this machine.

Place in the path: one engine behind the protocol of `sora_lock.engines`. `providers` says who there is, `request` asks, `wire` keeps the network within
bounds; the clip that comes back is decoded in a child process and conformed to the shot. It imports no client until it is asked for a take.

A provider takes one picture and no matte: of a base take, or of what comp blocked, it is given the first frame, and what it makes of it is what is yielded.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sora_lock.colour import linear_from_srgb
from sora_lock.engines import Guide, Layers, Prepared, RegionEntry, Scene, engine_info, poster_frame
from sora_lock.engines.hosted.providers import Provider, check_raster, named
from sora_lock.engines.hosted.slate import slate
from sora_lock.engines.prompt import composed
from sora_lock.errors import EngineError, EngineUnavailableError, MediaError, TakeCancelled
from sora_lock.media import footage, images
from sora_lock.records import Direction, Shot
from sora_lock.subjects.clip import frame_shown

if TYPE_CHECKING:
    from sora_lock.engines.hosted.wire import Limits

Codes = NDArray[np.uint8]

SEEDS = 2**31
"""Providers take seeds below this; larger ones are taken modulo it."""
QUALITIES = (92, 85, 75, 60, 45, 30)
"""Of the JPEG that a provider is sent, the best that fits first."""


@dataclass(frozen=True)
class PreparedHosted:
    """What a fan-out shares.

    Attributes:
        provider, model: who is asked, and for what.
        regions: none, since nobody says what stands where in a provider's picture.
    """

    scene: Scene
    provider: Provider
    model: str
    regions: tuple[RegionEntry, ...] = ()


def _ours(prepared: Prepared) -> PreparedHosted:
    if not isinstance(prepared, PreparedHosted):
        raise EngineError(f"hosted was given what another engine prepared: {type(prepared).__name__}.")
    return prepared


class Hosted:
    """The engine; holds no state of its own but its limits, and never the token."""

    name = "hosted"
    version = engine_info("hosted").version
    deterministic = False

    def __init__(self, limits: Limits | None = None) -> None:
        """`limits`: how long a provider may take, how often it is asked again; None for the usual ones."""
        self._limits = limits

    def warm_up(self) -> None:
        """Nothing: there is nothing to make ready here."""

    def cannot(self, direction: Direction, scene: Scene) -> tuple[str, ...]:
        """What a provider is not told, or decides by itself, in words for the tile."""
        provider, _ = named(scene.model)
        said = [
            f"{provider.name} chooses size and length: its clip is cropped to {scene.width}x{scene.height}, and its last picture stays where it ends early"
        ]
        if not provider.from_picture:
            said.append(f"{provider.name} takes no picture: it goes by the words alone, whatever take guides the shot")
        unsaid = [f"@{a.lock.name}" for a in scene.actors if not a.about.strip()]
        if unsaid:
            said.append(f"nobody described {', '.join(unsaid)}: the provider is told no looks, and takes no anchors")
        return tuple(said)

    def prepare(self, scene: Scene) -> PreparedHosted:
        """Checks the model's name and that there is a token; asks nobody anything.

        Raises:
            EngineUnavailableError: for a provider that makes no clips, or no token.
        """
        from sora_lock.engines.hosted.request import check_token

        provider, model = named(scene.model)
        check_token(self._usual())
        return PreparedHosted(scene, provider, model)

    def poster(self, prepared: Prepared, shot: Shot, direction: Direction, *, guide: Guide | None = None) -> Layers:
        """Without a request, since each is billed: the guide's own frame at `poster_frame(shot)`, or without a guide the anchors on grey."""
        scene = _ours(prepared).scene
        return _layers(slate(scene) if guide is None else guide.rgb(poster_frame(shot)))

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
        """The provider's clip, scaled to cover the raster, cropped at the centre, each frame the one on show at its time.

        One request is made; a provider says nothing in between, so `progress` is told 0 when it is sent and 1 when the clip is here.

        Raises:
            TakeCancelled: when `cancelled()` turns true; the provider may still bill.
            EngineUnavailableError: no token, or one that is refused; no credit; no such model.
            EngineError: when the provider fails, or sends what is no clip.
            ShotError: for a shot that no provider's clip can fill.
        """
        from sora_lock.engines.hosted.request import Asked, clip

        ours = _ours(prepared)
        scene, who = ours.scene, ours.provider.name
        check_raster(shot.width, shot.height, shot.frames, scene.model, shot.fps)
        wanted = shot.generation
        picture = b""
        if guide is not None and ours.provider.from_picture:
            picture = _jpeg(guide.rgb(0), ours.provider)
        prompt = composed(direction, scene)
        if not prompt and not picture:
            raise EngineUnavailableError(
                f"Nothing is said of what {who} shall make; describe the subject or write what happens."
            )
        asked = Asked(
            ours.provider,
            ours.model,
            prompt,
            picture,
            shot.seed % SEEDS,
            wanted.steps if wanted else 0,
            wanted.guidance if wanted else 0.0,
        )
        progress(0.0)
        data = clip(asked, self._usual(), cancelled)
        progress(1.0)
        with tempfile.TemporaryDirectory(prefix="hosted-") as folder:
            try:
                shown = footage.read_footage(data, Path(folder) / "frames", longest_px=max(shot.width, shot.height))
            except MediaError as fault:
                raise EngineError(f"What {who} sent cannot be shown: {fault}") from None
            for frame in range(shot.frames):
                if cancelled():
                    raise TakeCancelled(
                        f"Cancelled at frame {frame} of {shot.frames}; {who} made the clip and bills it."
                    )
                own = shown.frames[frame_shown(frame, shown.fps, shot.fps, len(shown.frames))]
                yield _layers(images.cover(own[..., :3], shot.width, shot.height))

    def _usual(self) -> Limits:
        from sora_lock.engines.hosted.wire import Limits

        return self._limits or Limits()


def _jpeg(rgb: Codes, provider: Provider) -> bytes:
    """The picture as a provider takes it: the best JPEG that it has room for, reduced where none has."""
    if not provider.picture_bytes:
        return images.jpeg(rgb, QUALITIES[0])
    while True:
        for quality in QUALITIES:
            data = images.jpeg(rgb, quality)
            if len(data) <= provider.picture_bytes:
                return data
        rgb = images.resize(rgb, rgb.shape[1] // 2, rgb.shape[0] // 2)


def _layers(rgb: Codes) -> Layers:
    """A finished picture as an engine yields it; what stands where in it a provider does not say, and a guide says to others."""
    size = rgb.shape[:2]
    return Layers(linear_from_srgb(rgb), np.zeros(size, np.uint16), {}, np.zeros(size, np.bool_), developed=rgb)
