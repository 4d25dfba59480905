"""Estimates from files: what a person rendered, painted or had from another tool takes the place of a guess.

Place in the path: estimators; the file wins over whatever was estimated. PNG or TIFF, 8 or 16 bit, and EXR; checked for size, numbers and sense before
anything is replaced. A file is named by its SHA-256 in `MadeBy.version`.

Normal maps: red is x to the right, blue is z to the camera, 0..1 stands for -1..1 in integer files; green is y, up ("opengl") or down ("directx"). EXR holds -1..1
as it is. Reflectance: sRGB in integer files, linear Rec.709 in EXR. Depth: EXR in metres; integer files only with the two distances that black and white stand for.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import numpy as np

from sora_lock.colour import linear_from_srgb
from sora_lock.errors import MediaError
from sora_lock.media.deep import open_planes
from sora_lock.subjects.estimators import Estimate, Floats, MadeBy

Convention = Literal["opengl", "directx"]
LAYERS = {
    "normal map": ("normal", "N"),
    "depth": ("depth",),
    "reflectance": ("reflectance", "albedo", "diffuse"),
}
"""Names under which an EXR may have a quantity, the first that is there."""


def normal(data: bytes, shape: tuple[int, ...], convention: Convention = "opengl") -> Estimate:
    """A normal map for a picture of `shape`, in camera space.

    Args:
        convention: "opengl" (green grows upwards) or "directx" (downwards).

    Raises:
        MediaError: when the file cannot be read, has another size, or is no normal map: lengths far from 1, or mostly turned away.
    """
    if convention not in ("opengl", "directx"):
        raise MediaError(f"The convention {convention!r} is not known; say opengl (+Y up) or directx (+Y down).")
    planes, coded = _planes(data, shape, "normal map")
    if planes.shape[2] < 3:
        raise MediaError(f"The normal map has {planes.shape[2]} channels; wanted three: x, y, z.")
    vectors = planes[..., :3] * 2 - 1 if coded else planes[..., :3].copy()
    if convention == "directx":
        vectors[..., 1] *= -1
    length = np.linalg.norm(vectors, axis=2)
    said = length > 0.1  # black is what many tools write outside the subject
    if not coded:
        said = length > 1e-3
    if said.sum() < 0.01 * said.size or float(np.median(np.abs(length[said] - 1))) > 0.25:
        raise MediaError(
            "The normal map does not hold normals: its vectors are not of length 1. Export it in camera space, 8 or 16 bit as 0.5 + 0.5 n, or as EXR."
        )
    if float((vectors[..., 2][said] < -0.05).mean()) > 0.2:
        raise MediaError(
            "The normal map mostly faces away from the camera. Export it in camera space with +Z to the camera."
        )
    values = np.where(said[..., None], vectors / np.maximum(length, 1e-6)[..., None], np.array([0, 0, 1], np.float32))
    made_by = _made_by(data, {"file": "normal", "convention": convention})
    return Estimate("normal", values.astype(np.float32), made_by)


def depth(data: bytes, shape: tuple[int, ...], ends_m: tuple[float, float] | None = None) -> Estimate:
    """Planar depth in metres for a picture of `shape`.

    Args:
        ends_m: the metres that black and white stand for, for integer files; an EXR holds metres.

    Raises:
        MediaError: when the file cannot be read, has another size, or holds depths that are not above 0; an integer file without `ends_m`.
    """
    planes, coded = _planes(data, shape, "depth", allow_infinite=True)
    values = planes[..., 0].copy()
    if coded:
        if ends_m is None or min(ends_m) <= 0:
            raise MediaError("A depth of 8 or 16 bit needs the metres that black and white stand for, both above 0.")
        values = np.float32(ends_m[0]) + values * np.float32(ends_m[1] - ends_m[0])
    finite = np.isfinite(values)
    if not finite.any() or float(values[finite].min()) <= 0:
        raise MediaError("The depth holds values that are not above 0; wanted metres from the camera.")
    values = np.where(finite, values, values[finite].max())  # what lies infinitely far is put behind all else
    ends = {} if ends_m is None else {"black_m": ends_m[0], "white_m": ends_m[1]}
    return Estimate("depth", values.astype(np.float32), _made_by(data, {"file": "depth", **ends}))


def reflectance(data: bytes, shape: tuple[int, ...]) -> Estimate:
    """Reflectance, linear Rec.709, for a picture of `shape`.

    Raises:
        MediaError: when the file cannot be read, has another size, or leaves 0..1: it holds light then.
    """
    planes, coded = _planes(data, shape, "reflectance")
    if planes.shape[2] < 3:
        raise MediaError(f"The reflectance has {planes.shape[2]} channels; wanted three: red, green, blue.")
    colours = planes[..., :3]
    values = linear_from_srgb(colours) if coded else colours
    _within(values, 0.0, 1.0, "reflectance")
    return Estimate("reflectance", np.clip(values, 0, 1).astype(np.float32), _made_by(data, {"file": "reflectance"}))


def _made_by(data: bytes, parameters: dict[str, str | float]) -> MadeBy:
    return MadeBy("given", hashlib.sha256(data).hexdigest(), parameters)


def _within(values: Floats, low: float, high: float, what: str) -> None:
    off = float(((values < low - 0.01) | (values > high + 0.01)).mean())
    if off > 0.001:
        raise MediaError(
            f"The {what} leaves {low:g}..{high:g} at {off:.1%} of its pixels; export it anew, without light in it."
        )


def _planes(data: bytes, shape: tuple[int, ...], what: str, *, allow_infinite: bool = False) -> tuple[Floats, bool]:
    """The file's channels, float32 [H, W, C], and whether they were code values (then 0..1)."""
    opened = open_planes(data)
    wanted = [name for name in (*LAYERS.get(what, ()), "") if name in opened.layers]
    if not wanted and len(opened.layers) != 1:
        raise MediaError(f"The EXR has the layers {', '.join(sorted(opened.layers))[:120]}; none of them is a {what}.")
    planes = opened.layers[wanted[0]] if wanted else next(iter(opened.layers.values()))
    if planes.shape[:2] != tuple(shape[:2]):
        raise MediaError(
            f"The {what} is {planes.shape[1]}x{planes.shape[0]} px and the picture {shape[1]}x{shape[0]}; wanted the same size."
        )
    if np.isnan(planes).any() or not (allow_infinite or np.isfinite(planes).all()):
        raise MediaError(f"The {what} holds values that are no numbers; export it again.")
    return planes, opened.coded
