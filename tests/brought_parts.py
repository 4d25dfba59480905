"""A picture whose truth is known: a shipped figure filmed by comp, its layers written as the plates somebody would bring."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sora_lock.direction import read
from sora_lock.engines import Scene
from sora_lock.engines.comp.scene import PreparedScene
from sora_lock.engines.comp.take import Filming
from sora_lock.media import exr, film
from sora_lock.media.images import png
from sora_lock.paths import shipped
from sora_lock.subjects.photo import PAINTED
from tests.baked_parts import actor, shot

COLOURS = np.array([(0, 0, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)], np.uint8)
"""What `photo.painted_colours` reads, by number."""


@dataclass(frozen=True)
class Brought:
    """Files in a folder, and what is in them.

    Attributes:
        rgb: uint8 [H, W, 3], the photograph with its background; alpha: float32 [H, W].
        reflectance, normal: float32 [H, W, 3]; depth: float32 [H, W].
        painted: uint8 [H, W], numbers of `photo.PAINTED`.
    """

    folder: Path
    rgb: np.ndarray
    alpha: np.ndarray
    reflectance: np.ndarray
    normal: np.ndarray
    depth: np.ndarray
    painted: np.ndarray

    def file(self, name: str) -> Path:
        """picture.png, matte.png, parts.png, reflectance.exr, normal.exr or depth.exr."""
        return self.folder / name


def film_figure(
    folder: Path, name: str, stage: str, text: str, width: int, height: int, mark: str | None = None
) -> Brought:
    """Films one frame of a shipped figure and writes it as a picture with all its plates."""
    prepared = PreparedScene(
        Scene((actor(shipped()[name], name, mark=mark),), actor(shipped()[stage], stage), width, height)
    )
    layers = Filming(prepared, shot(prepared.scene), read(text)).frame(0, aov=True)
    aov = layers.aov
    assert aov is not None
    rgb = film.develop(layers.picture, grade={}, seed=0, frame=0)
    numbers = [0, *(_painted(entry.attributes) if entry.lock == name else 0 for entry in prepared.regions)]
    painted = np.asarray(numbers, np.uint8)[layers.region]
    alpha = layers.coverage[name]
    reflectance = aov.diffuse / np.maximum(aov.shading, 1e-4)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "picture.png").write_bytes(png(rgb))
    (folder / "matte.png").write_bytes(png(np.rint(alpha * 255).astype(np.uint8)))
    (folder / "parts.png").write_bytes(png(COLOURS[painted]))
    exr.write_layers(folder / "reflectance.exr", {"reflectance": reflectance})
    exr.write_layers(folder / "normal.exr", {"normal": aov.normal})
    exr.write_layers(folder / "depth.exr", {"depth": aov.depth})
    return Brought(folder, rgb, alpha, reflectance, aov.normal, aov.depth, painted)


def _painted(attributes: tuple[str, ...]) -> int:
    return next(k for k, part in enumerate(PAINTED, 1) if part.attributes[0] in attributes)
