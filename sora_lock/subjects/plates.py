"""What is known, or estimated, of a picture beyond its colours: reflectance, shape and distance, pixel by pixel.

Place in the path: subjects, between a picture and its relief. Files and estimators fill one `Plates` (`plates_for`), and nobody further on
asks where they came from, except the lock, which records it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sora_lock.colour import linear_from_srgb, luma
from sora_lock.errors import MediaError
from sora_lock.subjects.photo import Picture, cut_below, resized, spread

if TYPE_CHECKING:
    from sora_lock.subjects.estimators import Estimate

Floats = NDArray[np.float32]

PALEST = 0.15
"""Mean luma above which a guessed reflectance is brought down: a grey card has 0.18, pale skin 0.35, and clothes are mostly darker."""
MOST_HOLES = 0.01
"""Part of the matte over which a plate may lack a value: mattes and renders never agree on every pixel of an edge."""


@dataclass(frozen=True)
class Plates:
    """Plates of one picture, all of its size.

    Attributes:
        reflectance: float32 [H, W, 3], linear Rec.709, light taken out.
        normal: float32 [H, W, 3], unit length in camera space, +X right, +Y up, +Z to the camera.
        depth: float32 [H, W], planar metres away from the camera; only differences count.
        made_by: plate -> who made it ("given 3f2a90b1c4d7" by the file's SHA-256, "classical 1").
        estimated: whether shape was guessed from the picture: then no shadow of the subject on itself is drawn from it.

    What lies outside the matte is not looked at.
    """

    reflectance: Floats
    normal: Floats
    depth: Floats
    made_by: Mapping[str, str]
    estimated: bool = True


def checked(plates: Plates, alpha: Floats) -> Plates:
    """The plates with normals at unit length and reflectance within 0..1; few holes inside the matte are filled from around.

    Args:
        alpha: float32 [H, W], the matte they belong to.

    Raises:
        MediaError: for another size than the matte's, or more than a hundredth of the matte without a value.
    """
    inside = alpha >= 0.5
    whole = {}
    for name, plane in (
        ("reflectance", plates.reflectance),
        ("normal", plates.normal),
        ("depth", plates.depth[..., None] if plates.depth.ndim == 2 else plates.depth),
    ):
        wanted = (*alpha.shape, 1 if name == "depth" else 3)
        if plane.shape != wanted:
            raise MediaError(f"The {name} plate has the shape {plane.shape}; wanted {wanted}, as the picture has it.")
        there = np.asarray(np.isfinite(plane).all(axis=2), np.bool_)
        if name == "normal":
            there &= np.linalg.norm(np.where(there[..., None], plane, 0), axis=2) > 0.2
        lacking = float((~there[inside]).mean())
        if lacking > MOST_HOLES:
            raise MediaError(
                f"The {name} plate has no value over {lacking:.0%} of the matte; wanted one wherever the matte is white."
            )
        plane = np.where(there[..., None], plane, np.float32(0.0)).astype(np.float32)
        if lacking > 0:
            filled = spread(np.broadcast_to(plane, (*alpha.shape, 3)), (there & inside).astype(np.float32))
            plane = np.where((inside & ~there)[..., None], filled[..., : plane.shape[2]], plane)
        whole[name] = plane
    length = np.linalg.norm(whole["normal"], axis=2, keepdims=True)
    return replace(
        plates,
        reflectance=np.clip(whole["reflectance"], 0, 1),
        normal=(whole["normal"] / np.maximum(length, 1e-6)).astype(np.float32),
        depth=np.ascontiguousarray(whole["depth"][..., 0]),
    )


def plates_for(
    made: Picture, files: Mapping[str, bytes] | None = None, height_m: float | None = None, by: str = "classical"
) -> Plates:
    """The plates of a picture: from a file where one was brought, else estimated.

    Args:
        files: "reflectance", "normal" or "depth" -> the file's bytes, of the size of the picture as it was brought; see `estimators.given`.
        height_m: of the subject as far as the picture shows it; 1.7 unless told.
        by: the estimator, "classical" (no weights) or "learned".

    Raises:
        MediaError: for a file that cannot be read, has another size or says something else, or as `checked`.
    """
    from sora_lock.subjects.estimators import QUANTITIES, Stand, estimator, given

    files = files or {}
    unknown = set(files) - set(QUANTITIES)
    if unknown:
        raise MediaError(
            f"There is no plate called {sorted(unknown)[0][:40]!r}; a picture has {', '.join(QUANTITIES)}."
        )
    wide, tall = made.brought or made.alpha.shape[::-1]
    read = {"reflectance": given.reflectance, "normal": given.normal, "depth": given.depth}
    light = linear_from_srgb(made.rgb)
    guess = estimator(by)
    found: dict[str, Estimate] = {}
    for quantity in QUANTITIES:
        if quantity in files:
            brought = read[quantity](files[quantity], (tall, wide))
            found[quantity] = replace(brought, values=sized(brought.values, quantity, made))
        elif quantity == "normal":
            found[quantity] = guess.normal(light, made.alpha)
        elif quantity == "depth":
            found[quantity] = guess.depth(
                light, made.alpha, Stand(height_m or 1.7, floor=not cut_below(made.alpha >= 0.5))
            )
        else:
            found[quantity] = _as_grey(guess.reflectance(light, made.alpha), made.alpha)
    said = {q: f"{e.made_by.name} {e.made_by.version[:12]}" for q, e in found.items()}
    estimated = not {"normal", "depth"} <= set(files)
    whole = Plates(found["reflectance"].values, found["normal"].values, found["depth"].values, said, estimated)
    return checked(whole, made.alpha)


def _as_grey(guess: Estimate, alpha: Floats) -> Estimate:
    """A guessed reflectance no paler on the whole than `PALEST`: a photograph tells it only up to a factor, and most expose people bright."""
    mean = float(luma(guess.values[alpha >= 0.5]).mean())
    return replace(guess, values=guess.values * np.float32(min(1.0, PALEST / max(mean, 1e-3))))


def sized(plane: Floats, name: str, made: Picture) -> Floats:
    """[h, w] or [h, w, C] at the picture's size."""
    tall, wide = made.alpha.shape
    h, w = plane.shape[:2]
    if (h, w) == (tall, wide):
        return plane
    planes = plane[..., None] if plane.ndim == 2 else plane
    how = Image.Resampling.HAMMING if h > tall else Image.Resampling.BILINEAR
    fitted = np.stack([resized(planes[..., c], (wide, tall), how) for c in range(planes.shape[2])], axis=-1)
    return np.ascontiguousarray(fitted[..., 0] if plane.ndim == 2 else fitted, np.float32)
