"""What is known, or estimated, of a picture beyond its colours: reflectance, shape and distance, pixel by pixel.

Place in the path: subjects, between a picture and its relief. Whoever makes plates (files, here in `given`; estimators) fills one
`Plates`, and nobody further on asks where they came from, except the lock, which records it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sora_lock.colour import linear_from_srgb
from sora_lock.errors import MediaError, NotFoundError
from sora_lock.media import exr
from sora_lock.media.images import read_image
from sora_lock.media.probe import MAX_UPLOAD_BYTES
from sora_lock.subjects.photo import Picture, resized, spread

Floats = NDArray[np.float32]

LAYERS: Mapping[str, tuple[str, ...]] = {
    "reflectance": ("reflectance", "albedo", "diffuse_color", "diffcol", ""),
    "normal": ("normal", "normals", "n", ""),
    "depth": ("depth", "z", ""),
}
"""Under which names an EXR may hold each plate; the plain channels last."""
MOST_HOLES = 0.01
"""Part of the matte over which a plate may lack a value: mattes and renders never agree on every pixel of an edge."""


@dataclass(frozen=True)
class Plates:
    """Plates of one picture, all of its size.

    Attributes:
        reflectance: float32 [H, W, 3], linear Rec.709, light taken out.
        normal: float32 [H, W, 3], unit length in camera space, +X right, +Y up, +Z to the camera.
        depth: float32 [H, W], planar metres away from the camera; only differences count.
        made_by: plate -> who made it ("given plate.exr", "classical 1").
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


def given(made: Picture, *, reflectance: Path, normal: Path, depth: Path) -> Plates:
    """Plates from three files of the picture's size (or of its proportions: they are fitted).

    Args:
        reflectance: EXR (linear), or PNG, JPEG, WebP, TIFF (sRGB).
        normal: EXR (-1..1), or a picture with 0.5 + 0.5 n in 8 bits; camera space, +X right, +Y up, +Z to the camera.
        depth: EXR, metres.

    Raises:
        NotFoundError: for a file that is not there.
        MediaError: for one that cannot be read, is of other proportions, or as `checked`.
    """
    found = {
        "reflectance": _plate("reflectance", reflectance, 3, made, linear_from_srgb),
        "normal": _plate("normal", normal, 3, made, lambda codes: codes.astype(np.float32) / np.float32(127.5) - 1),
        "depth": _plate("depth", depth, 1, made, None),
    }
    paths = {"reflectance": reflectance, "normal": normal, "depth": depth}
    said = {name: f"given {path.name[:80]}" for name, path in paths.items()}
    whole = Plates(found["reflectance"], found["normal"], found["depth"], said, estimated=False)
    return checked(whole, made.alpha)


def _plate(
    name: str, path: Path, planes: int, made: Picture, decode: Callable[[NDArray[np.uint8]], Floats] | None
) -> Floats:
    """One plate at the picture's size, [H, W] or [H, W, planes]; `decode` makes values of 8-bit codes, None refuses them."""
    try:
        size = path.stat().st_size
        if size > MAX_UPLOAD_BYTES:
            raise MediaError(f"{path.name} has {size >> 20} MB; a plate may have {MAX_UPLOAD_BYTES >> 20} MB at most.")
        with path.open("rb") as file:
            is_exr = file.read(4) == b"\x76\x2f\x31\x01"
        if not is_exr and decode is not None:
            return _sized(decode(read_image(path.read_bytes())[..., :planes]), name, made)
    except FileNotFoundError:
        raise NotFoundError(f"There is no file {path}.") from None
    except IsADirectoryError:
        raise MediaError(f"{path} is a folder; name the file of the {name}.") from None
    if not is_exr:
        raise MediaError(f"The {name} must come as EXR in metres; {path.name} is none, and 8 bits cannot hold it.")
    layers = {layer.casefold(): plane for layer, plane in exr.read_layers(path).items()}
    wanted = [layers[key] for key in LAYERS[name] if key in layers] or list(layers.values())[:1]
    plane = wanted[0] if wanted[0].ndim == 3 else wanted[0][..., None]
    if plane.shape[2] < planes:
        raise MediaError(
            f"{path.name} has no layer of {planes} channels for the {name}; it has {', '.join(layers) or 'none'}."
        )
    return _sized(plane[..., :planes], name, made)


def _sized(plane: Floats, name: str, made: Picture) -> Floats:
    """[h, w, C] at the picture's size, without its last axis when C is 1."""
    tall, wide = made.alpha.shape
    h, w = plane.shape[:2]
    if abs(w * tall / (h * wide) - 1) > 0.01:
        raise MediaError(
            f"The {name} plate is {w}x{h} and the picture {wide}x{tall}; wanted the same size or proportions."
        )
    if (h, w) != (tall, wide):
        shrinks = h > tall
        how = Image.Resampling.HAMMING if shrinks else Image.Resampling.BILINEAR
        known = np.where(np.isfinite(plane), plane, np.float32(0.0))
        plane = np.stack([resized(known[..., c], (wide, tall), how) for c in range(plane.shape[2])], axis=-1)
    return np.ascontiguousarray(plane[..., 0] if plane.shape[2] == 1 else plane, np.float32)
