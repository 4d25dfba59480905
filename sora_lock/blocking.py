"""The take that an engine that invents goes by: comp films it, or it is a base take whose geometry comp films again.

Place in the path: in shoot, before engines that invent; a `Guide` of the engines' protocol. Frames are filmed when first asked for and kept in a folder
of their own while the take is made: a clip's AOVs are too large for memory.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sora_lock.composite import held_coverage
from sora_lock.engines import Aov, Layers
from sora_lock.hold import paste

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sora_lock.engines import Actor, RegionEntry

    Codes = NDArray[np.uint8]
    Floats = NDArray[np.float32]

KEPT = ("diffuse", "shading", "st", "depth", "normal")
"""What is kept of the AOVs; the others are told as none (no air, no highlights)."""


class Blocking:
    """A guide made of filmed frames; what it keeps on disk goes when nobody holds it any more.

    Args:
        frames: how many.
        film: begins the clip anew: (layers with AOVs, finished frame) in order.
        actors, regions: of the filmed scene; policies say what is held.
        base: frame -> uint8 [H, W, 3] of the base take, where its own pixels are not the ones `film` yields.
    """

    def __init__(
        self,
        frames: int,
        film: Callable[[], Iterator[tuple[Layers, Codes]]],
        actors: tuple[Actor, ...],
        regions: tuple[RegionEntry, ...],
        base: Callable[[int], Codes] | None = None,
    ) -> None:
        self.frames, self.regions = frames, regions
        self._film, self._actors, self._base = film, actors, base
        self._source: Iterator[tuple[Layers, Codes]] | None = None
        self._made = 0
        self._folder = tempfile.TemporaryDirectory(prefix="sora-lock-blocking-")
        self._last: tuple[int, dict[str, Any]] | None = None

    def rgb(self, frame: int) -> Codes:
        """The base take's finished frame, or what was filmed; pictures that are held by `pixel` are laid over."""
        rgb: Codes = self._base(frame) if self._base is not None else self._load(frame)["rgb"]
        for actor in self._actors:
            if actor.lock.laid_over:
                rgb = paste(rgb, actor.at(frame))
        return rgb

    def layers(self, frame: int) -> Layers:
        """Coverage, regions and the kept AOVs of the frame."""
        kept = self._load(frame)
        coverage = {key[9:]: kept[key].astype(np.float32) for key in kept if key.startswith("coverage.")}
        zero = np.zeros((*kept["region"].shape, 3), np.float32)
        named = {name: kept[name].astype(np.float32) for name in KEPT}
        aov = Aov(**named, specular=zero, transmittance=zero + 1, airlight=zero)
        return Layers(named["diffuse"], kept["region"], coverage, kept["single"], aov)

    def held(self, frame: int) -> Floats:
        """Coverage of what is held, pictures laid over included."""
        out = held_coverage(self.layers(frame), self.regions, self._actors)
        for actor in self._actors:
            if actor.lock.laid_over:
                np.maximum(out, actor.at(frame).coverage, out=out)
        return out

    def _load(self, frame: int) -> dict[str, Any]:
        if not 0 <= frame < self.frames:
            raise IndexError(f"Frame {frame} was asked of a blocking of {self.frames}.")
        if self._last is not None and self._last[0] == frame:
            return self._last[1]
        while self._made <= frame:
            if self._source is None:
                self._source = self._film()
            layers, rgb = next(self._source)
            _keep(self._path(self._made), layers, rgb)
            self._made += 1
        with np.load(self._path(frame)) as file:
            kept = {name: file[name] for name in file.files}
        self._last = (frame, kept)
        return kept

    def _path(self, frame: int) -> Path:
        return Path(self._folder.name) / f"{frame:04d}.npz"


def _keep(path: Path, layers: Layers, rgb: Codes) -> None:
    aov = layers.aov
    assert aov is not None
    # Coordinates and depth need all their bits; light is looked at, so half of them do.
    named: dict[str, Any] = {n: getattr(aov, n) for n in ("st", "depth")}
    named |= {n: getattr(aov, n).astype(np.float16) for n in ("diffuse", "shading", "normal")}
    named |= {f"coverage.{name}": cover.astype(np.float16) for name, cover in layers.coverage.items()}
    np.savez(path, rgb=rgb, region=layers.region, single=layers.single, **named)
