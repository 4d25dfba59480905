"""A render whose truth is known: three balls before nothing, drawn by formulas, in the layers and conventions of each package."""

from __future__ import annotations

import functools
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR

W, H, FINE, FOCAL_PX = 96, 128, 3, 160.0
BALLS = (
    ("Head", (0.02, 0.62, -3.5), 0.22, (0.6, 0.35, 0.25)),
    ("Hair_cap", (0.02, 0.74, -3.52), 0.21, (0.1, 0.05, 0.02)),
    ("Coat", (0.0, -0.25, -3.6), 0.72, (0.1, 0.2, 0.5)),
)
"""Name, middle and radius in metres in camera space, colour without light."""
NUMBERS = {"Head": 0x05777012, "Hair_cap": 0x5905040D, "Coat": 0x8E7F2B6D}
"""Of these names as Blender 5.0.1 writes them in a manifest."""
MANIFEST = "{" + ",".join(f'"{name}":"{number:08x}"' for name, number in NUMBERS.items()) + "}"
KEY = np.array([0.5, 0.6, 0.62])


@dataclass(frozen=True)
class Truth:
    """All float32 [H, W] or [H, W, 3].

    Attributes:
        alpha, beauty, albedo: multiplied by coverage, as renderers have them; normal in camera space, averaged over the pixel.
        depth: planar metres of what is nearest, infinite where there is nothing.
        covers: name -> coverage; index: number of the ball in the pixel's middle, from 1.
        turn: 3x3, camera space to the package's world.
    """

    alpha: np.ndarray
    beauty: np.ndarray
    albedo: np.ndarray
    normal: np.ndarray
    depth: np.ndarray
    covers: dict[str, np.ndarray]
    index: np.ndarray
    turn: np.ndarray


@functools.cache
def truth() -> Truth:
    y, x = (np.mgrid[: H * FINE, : W * FINE] + 0.5) / FINE
    rays = np.stack([(x - W / 2) / FOCAL_PX, -(y - H / 2) / FOCAL_PX, -np.ones_like(x)], axis=-1)
    away, which = np.full(x.shape, np.inf), np.zeros(x.shape, int)
    for k, (_, middle, radius, _) in enumerate(BALLS, 1):
        m = np.array(middle)
        a, b, c = (rays**2).sum(-1), rays @ m, m @ m - radius**2
        inner = b * b - a * c
        t = np.where(inner > 0, (b - np.sqrt(np.maximum(inner, 0))) / a, np.inf)
        which, away = np.where(t < away, k, which), np.minimum(t, away)
    points = rays * np.where(which > 0, away, 0)[..., None]
    middles, radii = np.array([(0, 0, 0), *(b[1] for b in BALLS)]), np.array([1, *(b[2] for b in BALLS)])
    normal = np.where((which > 0)[..., None], (points - middles[which]) / radii[which][..., None], 0)
    colour = np.array([(0, 0, 0), *(b[3] for b in BALLS)])[which]
    light = 0.25 + np.maximum(normal @ (KEY / np.linalg.norm(KEY)), 0)

    def pixels(plane: np.ndarray) -> np.ndarray:
        return (
            plane.reshape(H, FINE, W, FINE, -1)
            .mean(axis=(1, 3))
            .squeeze(-1 if plane.ndim == 2 else ())
            .astype(np.float32)
        )

    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(3, 3)))[0]
    return Truth(
        pixels((which > 0).astype(float)), pixels(colour * light[..., None]), pixels(colour), pixels(normal),
        away.reshape(H, FINE, W, FINE).min(axis=(1, 3)).astype(np.float32),
        {b[0]: pixels((which == k).astype(float)) for k, b in enumerate(BALLS, 1)},
        which[FINE // 2 :: FINE, FINE // 2 :: FINE].astype(np.float32), turn * np.linalg.det(turn),
    )  # fmt: skip


def ranks(count: int = 2) -> list[np.ndarray]:
    """Layers of a cryptomatte, each float32 [H, W, 4]: number and coverage of two ranks."""
    covers = np.stack([truth().covers[b[0]] for b in BALLS])
    numbers = np.array([NUMBERS[b[0]] for b in BALLS], np.uint32).view(np.float32)
    order = np.argsort(-covers, axis=0, kind="stable")
    sorted_covers = np.take_along_axis(covers, order, 0)
    ids = np.where(sorted_covers > 0, numbers[order], np.float32(0))
    pairs = np.concatenate([np.stack([ids, sorted_covers], axis=1), np.zeros((1, 2, H, W), np.float32)])
    return [np.moveaxis(pairs[2 * k : 2 * k + 2].reshape(4, H, W), 0, -1).astype(np.float32) for k in range(count)]


def split(layer: str, plane: np.ndarray, names: str) -> dict[str, np.ndarray]:
    """Channels of a layer, "" being plain."""
    planes = plane[..., None] if plane.ndim == 2 else plane
    return {f"{layer}.{n}" if layer else n: np.ascontiguousarray(planes[..., k]) for k, n in enumerate(names)}


def crypto_header(name: str) -> dict[str, str]:
    at = "cryptomatte/abc1234/"
    return {
        f"{at}name": name,
        f"{at}hash": "MurmurHash3_32",
        f"{at}conversion": "uint32_to_float32",
        f"{at}manifest": MANIFEST,
    }


def written(channels: dict[str, np.ndarray], header: dict[str, Any] | None = None, *, parts: bool = False) -> bytes:
    """An EXR of channels, in one part or one a layer, as bytes."""
    head = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage, **(header or {})}
    with tempfile.TemporaryDirectory() as scratch:
        path = str(Path(scratch) / "a.exr")
        if parts:
            layers = dict.fromkeys(n.rpartition(".")[0] for n in channels)
            made = [
                OpenEXR.Part(dict(head), {n: c for n, c in channels.items() if n.rpartition(".")[0] == layer}, layer)
                for layer in layers
            ]
            OpenEXR.File(made).write(path)
        else:
            OpenEXR.File(head, dict(channels)).write(path)  # it writes into what it is given
        return Path(path).read_bytes()


def as_half(channels: dict[str, np.ndarray], keep: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Channels in half, but those whose names hold one of `keep`."""
    return {n: c if any(k in n for k in keep) else c.astype(np.float16) for n, c in channels.items()}


def blender(half: bool = False, parts: bool = True, layer: str = "ViewLayer") -> dict[str, np.ndarray]:
    """Channels as Cycles up to Blender 4 names them; normals in a z-up world, 1e10 where nothing is."""
    t = truth()
    world = t.normal @ t.turn.T.astype(np.float32)
    channels = {
        **split(f"{layer}.Combined", np.dstack([t.beauty, t.alpha]), "RGBA"),
        **split(f"{layer}.Depth", np.where(np.isfinite(t.depth), t.depth, np.float32(1e10)), "Z"),
        **split(f"{layer}.Normal", world, "XYZ"),
        **split(f"{layer}.DiffCol", t.albedo, "RGB"),
        **split(f"{layer}.AO", np.dstack([t.alpha] * 3), "RGB"),
        **split(f"{layer}.IndexOB", t.index, "X"),
    }
    for k, rank in enumerate(ranks()):
        channels |= split(f"{layer}.CryptoObject{k:02d}", rank, "rgba")
    return as_half(channels, ("Depth", "Normal", "IndexOB", "Crypto")) if half else channels


def arnold(half: bool = False) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Channels and header as Arnold writes them, with its camera; metres."""
    t = truth()
    channels = {
        **split("", np.dstack([t.beauty, t.alpha]), "RGBA"),
        **split("", t.depth, "Z"),
        **split("N", t.normal @ t.turn.T.astype(np.float32), "XYZ"),
        **split("diffuse_albedo", t.albedo, "RGB"),
        **split("diffuse", t.beauty, "RGB"),
        **split("AO", np.dstack([t.alpha] * 3), "RGB"),
    }
    for k, rank in enumerate(ranks()):
        channels |= split(f"crypto_object{k:02d}", rank, "RGBA")
    camera, screen = np.eye(4), np.zeros((4, 4))
    camera[:3, :3] = t.turn  # row vectors: world to camera
    screen[0, 0], screen[1, 1], screen[2, 3], screen[2, 2] = 2 * FOCAL_PX / W, 2 * FOCAL_PX / H, -1, 1
    header = {
        "worldToCamera": camera.astype(np.float32),
        "worldToNDC": (camera @ screen).astype(np.float32),
        "arnold/version": "7.3.4.1",
        **crypto_header("crypto_object"),
    }
    return (as_half(channels, ("Z", "crypto")) if half else channels), header


def unreal(
    half: bool = False, prefix: str = "FinalImageMovieRenderQueue_"
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Channels and header as the Movie Render Queue writes them: centimetres, a left-handed world, normals and masks from materials."""
    t = truth()
    left = t.turn @ np.diag([1.0, 1.0, -1.0])
    unit = t.normal / np.maximum(np.linalg.norm(t.normal, axis=2, keepdims=True), 1e-6)
    depth = np.where(np.isfinite(t.depth), t.depth * 100, np.float32(65504 if half else 1e12))
    channels = {
        **split("", np.dstack([t.beauty, t.alpha]), "RGBA"),
        **split(f"{prefix}WorldDepth", np.dstack([depth] * 3), "RGB"),
        **split(f"{prefix}WorldNormal", (unit @ left.T).astype(np.float32), "RGB"),
        **split(f"{prefix}BaseColor", t.albedo, "RGB"),
        **split(f"{prefix}AmbientOcclusion", np.dstack([t.alpha] * 3), "RGB"),
    }
    for k, rank in enumerate(ranks()):
        channels |= split(f"ActorHitProxyMask{k:02d}", rank, "RGBA")
    header = {
        "unreal/camera/FinalImage/focalLength": f"{FOCAL_PX / W * 36:.4f}",
        "unreal/camera/FinalImage/sensorWidth": "36.0",
        "unreal/camera/curPos/x": "100.0",
        **crypto_header("ActorHitProxyMask"),
    }
    return (as_half(channels, ("HitProxy",)) if half else channels), header


def files(half: bool) -> dict[str, tuple[dict[str, np.ndarray], bytes]]:
    """Package -> its channels, and the file of them."""
    crypto = crypto_header("ViewLayer.CryptoObject")
    made: dict[str, tuple[dict[str, np.ndarray], dict[str, Any], bool]] = {
        "Blender, one part": (blender(half), crypto, False),
        "Blender, a part a pass": (blender(half), crypto, True),
        "Blender, old": (blender(half, layer="RenderLayer"), crypto_header("RenderLayer.CryptoObject"), False),
        "Arnold": (*arnold(half), False),
        "Unreal": (*unreal(half), False),
        "Unreal, plain": (*unreal(half, "FinalImage"), False),
    }
    return {
        name: (channels, written(channels, header, parts=parts)) for name, (channels, header, parts) in made.items()
    }
