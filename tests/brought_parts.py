"""Pictures whose truth is known: an egg drawn by formulas, and a shipped figure filmed by comp with its layers as the plates somebody would bring."""

from __future__ import annotations

from collections.abc import Iterator
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
from sora_lock.subjects.brought import Parts
from sora_lock.subjects.photo import PAINTED, Picture, picture, regions_for
from sora_lock.subjects.plates import Plates
from sora_lock.subjects.relief import build
from tests.baked_parts import actor, shot

GREEN = np.array([0.05, 0.7, 0.1], np.float32)
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


def dome(width: int = 300, height: int = 400, cut: bool = False) -> tuple[Picture, Plates]:
    """An egg with a texture, nearest in its middle, before a green wall; whole, or cut off by the picture's bottom."""
    y, x = np.mgrid[:height, :width] + 0.5
    cy, ry = (height, height * 0.75) if cut else (height / 2, height * 0.4)
    u, v = (x - width / 2) / (width * 0.3), (y - cy) / ry
    r = np.hypot(u, v)
    alpha = np.clip((1 - r) * width * 0.12 + 0.5, 0, 1).astype(np.float32)
    rng = np.random.default_rng(4)
    core = np.array([0.40, 0.10, 0.08]) * rng.uniform(0.7, 1.3, (height, width, 1))
    reflectance = (core * alpha[..., None] + GREEN * (1 - alpha[..., None])).astype(
        np.float32
    )  # as a poor plate has it
    bulge = np.sqrt(np.maximum(1 - r * r, 0)).astype(np.float32)
    normal = np.dstack([u, -v, bulge + 0.05]).astype(np.float32)
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    depth = (3.0 - 0.2 * bulge).astype(np.float32)
    depth[alpha == 0] = np.inf
    codes = np.rint(np.clip(reflectance, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)
    made = picture(png(codes), png(np.rint(alpha * 255).astype(np.uint8)))
    return made, Plates(reflectance, normal, depth, {"depth": "a test"}, estimated=False)


def relief(cut: bool = False, **told: object) -> tuple[Picture, Plates, Parts]:
    made, plates = dome(cut=cut)
    regions, numbers = regions_for(made, "character")
    return made, plates, build(made, plates, "character", regions, numbers, name="egg", **told)  # type: ignore[arg-type]


def rims(light: np.ndarray, cover: np.ndarray, reach: int = 4) -> Iterator[float]:
    """Of each edge pixel, by what factor it is brighter or darker than the medians of core and ground around it (at most 1: between them)."""
    inner, outer = cover >= 0.98, cover <= 0.02
    for y, x in zip(*np.nonzero(~inner & ~outer), strict=True):
        near = np.s_[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
        core, ground = light[near][inner[near]], light[near][outer[near]]
        if len(core) >= 6 and len(ground) >= 6:
            low, high = sorted((float(np.median(core)), float(np.median(ground))))
            yield max(light[y, x] / max(high, 1e-3), low / max(float(light[y, x]), 1e-3))
