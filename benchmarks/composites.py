"""Photographs with known truth: shipped figures before real photographs, as a camera would have taken them.

Part of `make bench`, for `benchmarks.estimators`. A figure is ray-cast at several samples a pixel, lit by one key lamp with cast shadows and an even
sky, and laid over a photograph that scikit-image ships, in linear light; a slightly soft lens, sensor noise and 8 bit follow. The light here is
written for this purpose and shares nothing with the engine's rigs.
"""

from __future__ import annotations

import functools
import importlib.resources
import math
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from sora_lock import direction
from sora_lock.camera import Camera, Framing, path
from sora_lock.colour import linear_from_srgb, srgb_from_linear
from sora_lock.engines.comp.stage import Body, Mesh, Samples, Topology, resolve
from sora_lock.paths import shipped
from sora_lock.subjects import baked
from sora_lock.subjects.photo import PAINTED

Floats = NDArray[np.float32]

LENS_PX, NOISE = 0.55, 0.006
"""Standard deviations: of the lens in px, of the sensor's noise in code values of 0..1."""


@dataclass(frozen=True)
class Scene:
    """What to photograph.

    Attributes:
        figure: name of a shipped one; yaw_deg: how it is turned.
        framing: a size chip ("medium close-up", "medium", "medium wide").
        background: file name of a picture in scikit-image's data folder; blur_px: how far out of focus it is.
        key: direction of the key lamp in camera space (towards the lamp), its colour; sky: colour of the even light.
    """

    figure: str
    yaw_deg: float
    framing: str
    background: str
    blur_px: float
    key: tuple[float, float, float]
    key_rgb: tuple[float, float, float]
    sky_rgb: tuple[float, float, float]


FIT = (
    Scene("mara", 15.0, "medium close-up", "motorcycle_left.png", 2.5, (-0.75, 0.45, 0.55), (1.9, 1.8, 1.7), (0.42, 0.45, 0.5)),
    Scene("ivo", -25.0, "medium close-up", "coffee.png", 4.0, (0.6, 0.5, 0.7), (1.5, 1.5, 1.5), (0.6, 0.6, 0.6)),
    Scene("noor", 20.0, "medium", "rocket.jpg", 1.0, (0.8, 0.25, 0.35), (2.1, 1.9, 1.6), (0.35, 0.4, 0.5)),
    Scene("abel", 0.0, "medium", "chelsea.png", 3.0, (-0.3, 0.8, 0.6), (1.4, 1.45, 1.5), (0.7, 0.7, 0.7)),
    Scene("mara", -35.0, "medium wide", "astronaut.png", 1.0, (0.3, 0.6, 0.8), (1.2, 1.2, 1.2), (0.8, 0.8, 0.8)),
    Scene("noor", -10.0, "medium close-up", "brick.png", 1.5, (-0.9, 0.2, 0.3), (2.2, 2.2, 2.1), (0.3, 0.3, 0.33)),
)  # fmt: skip


HELD_OUT = (
    Scene("ivo", 20.0, "medium close-up", "motorcycle_right.png", 3.0, (-0.6, 0.5, 0.5), (1.8, 1.8, 1.8), (0.5, 0.5, 0.5)),
    Scene("abel", -30.0, "medium close-up", "coffee.png", 2.0, (0.8, 0.3, 0.5), (1.9, 1.8, 1.6), (0.4, 0.43, 0.5)),
    Scene("mara", -20.0, "medium", "grass.png", 2.0, (0.2, 0.7, 0.7), (1.4, 1.4, 1.4), (0.7, 0.7, 0.7)),
    Scene("noor", 40.0, "medium", "astronaut.png", 3.0, (-0.8, 0.4, 0.4), (2.0, 2.0, 2.0), (0.35, 0.35, 0.38)),
    Scene("abel", 25.0, "medium wide", "rocket.jpg", 1.0, (-0.5, 0.6, 0.6), (1.5, 1.4, 1.3), (0.5, 0.5, 0.6)),
)  # fmt: skip
"""What the estimators' constants were chosen on, and what they were only measured on."""


@dataclass(frozen=True)
class Composite:
    """A photograph and what is true of it; all float32 unless said.

    Attributes:
        rgb: uint8 [H, W, 3], sRGB.
        alpha: [H, W], coverage; face: bool [H, W].
        parts: uint8 [H, W], what covers most of a pixel, as `photo.PAINTED` counts; 0 where the figure does not cover half of it.
        foreground: [H, W, 3] linear, the subject's light without background, as the sensor saw it, where alpha > 0.
        reflectance: [H, W, 3] linear; normal: [H, W, 3], camera space; depth: [H, W] planar metres; true where alpha is 1.
        height_m: of what the picture shows of the subject, from the highest to the lowest covered row.
    """

    rgb: NDArray[np.uint8]
    alpha: Floats
    face: NDArray[np.bool_]
    parts: NDArray[np.uint8]
    foreground: Floats
    reflectance: Floats
    normal: Floats
    depth: Floats
    height_m: float


@functools.lru_cache(maxsize=2)
def _figure(name: str, yaw_deg: float, pose: tuple[str, float]) -> tuple[Mesh, baked.BakedSubject]:
    subject = baked.load(shipped("cast")[name])
    body = Body(subject, (0.0, 0.0, 0.0), yaw_deg, 1)
    performance, frame = pose
    return Mesh(Topology([body]), [body.world(subject.posed({}, frame, performance=performance))]), subject


def _camera(scene: Scene, subject: baked.BakedSubject, width: int, height: int) -> Camera:
    who = subject.info["character"]
    framing = Framing(tuple(who["eye_m"]), float(who["head_radius_m"]), float(subject.rest[:, 1].max()))
    return path(direction.read(scene.framing), framing, width, height, 1, 0)[0]


def _light(scene: Scene, samples: Samples, mesh: Mesh, camera: Camera) -> tuple[Floats, Floats]:
    """Diffuse shading and highlight, each [N, 3], of samples: a key lamp with shadows, a sky dimmed by what is closed to it."""
    turn = np.asarray(camera.rotation, np.float32)
    to = np.asarray(scene.key, np.float32) / np.float32(np.linalg.norm(scene.key))
    world = turn.T @ to
    normal, view = samples.normal.numpy(), samples.view.numpy()
    facing = np.maximum(world @ normal, 0)
    start = np.ascontiguousarray((samples.position.numpy() + 0.004 * samples.smooth.numpy()).T, np.float32)
    # A lamp of some size: its shadow's edge is as soft as a window's.
    turns = [world + 0.06 * np.array([math.cos(a), math.sin(a), -math.cos(a)], np.float32) for a in (0.3, 2.4, 4.5)]
    lit = np.zeros(len(samples), np.float32)
    for towards in turns:
        rays = np.broadcast_to(towards.astype(np.float32), start.shape).copy()
        lit += ~mesh.blocked(start, rays, np.full(len(start), 5.0, np.float32))
    lit /= len(turns)
    half = world[:, None] + view
    half /= np.linalg.norm(half, axis=0)
    rough = samples.rough.numpy()
    power = 4 + 60 * (1 - rough) ** 2
    shine = 0.04 * (power + 8) / 25 * np.maximum((normal * half).sum(axis=0), 0) ** power * facing * lit
    above = 0.75 + 0.25 * normal[1]
    shading = (facing * lit)[:, None] * np.float32(scene.key_rgb) + (above * samples.open.numpy())[
        :, None
    ] * np.float32(scene.sky_rgb)
    return shading.astype(np.float32), (shine[:, None] * np.float32(scene.key_rgb)).astype(np.float32)


def _background(scene: Scene, width: int, height: int, slide_px: tuple[float, float]) -> Floats:
    """A photograph cropped and fitted to the raster, linear; moved by `slide_px`, mirrored where it ends."""
    packed = importlib.resources.files("skimage") / "data" / scene.background
    with packed.open("rb") as f, Image.open(f) as opened:
        picture = np.asarray(opened)
    if picture.ndim == 2:
        picture = np.repeat(picture[..., None], 3, axis=2)
    tall, wide = picture.shape[:2]
    w = min(wide, tall * width // height)
    h = min(tall, wide * height // width)
    x, y = (wide - w) // 2, (tall - h) // 2
    fitted = cv2.resize(picture[y : y + h, x : x + w, :3], (width, height), interpolation=cv2.INTER_CUBIC)
    if slide_px != (0.0, 0.0):
        by = np.array([[1, 0, slide_px[0]], [0, 1, slide_px[1]]], np.float32)
        fitted = cv2.warpAffine(fitted, by, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    linear = linear_from_srgb(fitted)
    return np.asarray(cv2.GaussianBlur(linear, (0, 0), scene.blur_px * height / 800), np.float32)


def _strands(cover: Floats, hair: NDArray[np.bool_], seed: int) -> Floats:
    """Coverage [H, W] of stray hairs that leave the head: thin curves, half a pixel wide on a raster of 800 rows.

    The figures' hair is a closed shape; a person's is not, and stray hair is what a matte is judged by.
    """
    height, width = cover.shape
    draw = np.random.Generator(np.random.Philox(key=seed))
    edge = hair & (cv2.erode(cover, np.ones((3, 3))) < 0.5)
    ys, xs = np.nonzero(edge)
    out = np.zeros((height * 4, width * 4), np.uint8)
    if not len(ys):
        return np.zeros_like(cover)
    middle = np.array([xs.mean(), ys.mean()])
    size = float(np.ptp(ys))
    for k in draw.integers(0, len(ys), 150):
        at = np.array([xs[k], ys[k]], np.float64)
        way = at - middle
        way /= max(1e-6, float(np.linalg.norm(way)))
        bend = float(draw.normal(0, 0.6))
        points = [at - 3 * way]
        for step in np.linspace(0, 1, 12)[1:]:
            c, s = math.cos(bend * step), math.sin(bend * step)
            turned = np.array([c * way[0] - s * way[1], s * way[0] + c * way[1] + 0.5 * step])
            points.append(points[-1] + turned * size * float(draw.uniform(0.003, 0.011)))
        line = np.rint((np.array(points) + 0.5) * 4 * 16).astype(np.int32)
        cv2.polylines(out, [line[:, None]], False, 255, max(1, round(1.5 * height / 800)), cv2.LINE_AA, 4)
    return np.asarray(cv2.resize(out, (width, height), interpolation=cv2.INTER_AREA), np.float32) / np.float32(255)


def photograph(
    scene: Scene,
    width: int = 600,
    height: int = 800,
    samples: int = 4,
    *,
    pose: tuple[str, float] = ("idle", 0.0),
    slide_px: tuple[float, float] = (0.0, 0.0),
    strands: bool = True,
) -> Composite:
    """Takes the photograph; the same arguments give the same one.

    Args:
        samples: rays a pixel along each side.
        pose: performance and its frame; slide_px: how far the background has moved; each frame has noise of its own.
        strands: whether stray hair leaves the head; drawn anew for each photograph, so that a clip goes without.
    """
    torch.set_num_threads(1)
    mesh, subject = _figure(scene.figure, scene.yaw_deg, pose)
    camera = _camera(scene, subject, width, height)
    sums = np.zeros((height * width, 14), np.float32)  # coverage, foreground, reflectance, normal, and the four parts
    nearest = np.full(height * width, np.inf, np.float32)
    parts = subject.info["parts"]
    is_part = np.array(
        [[False] * len(PAINTED), *([q.attributes[0] in p["attributes"] for q in PAINTED] for p in parts)], np.float32
    )
    offsets = (np.arange(samples) + 0.5) / samples
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    origins = np.broadcast_to(np.asarray(camera.position_m, np.float32), (height * width, 3)).copy()
    turn = np.asarray(camera.rotation, np.float32)
    for dy in offsets:
        for dx in offsets:
            rays = camera.directions((xs + np.float32(dx)).ravel(), (ys + np.float32(dy)).ravel())
            hits = mesh.cast(origins, rays)
            at = np.flatnonzero(hits["primID"] >= 0)
            met = {k: hits[k][at] for k in ("primID", "u", "v", "tfar", "Ng")}
            seen = resolve(mesh, camera, at, rays[at], met)
            shading, shine = _light(scene, seen, mesh, camera)
            reflectance = seen.reflectance.numpy().T
            sums[at, 0] += 1
            sums[at, 1:4] += reflectance * shading + shine
            sums[at, 4:7] += reflectance
            sums[at, 7:10] += (turn @ seen.normal.numpy()).T
            sums[at, 10:] += is_part[seen.region.numpy()]
            nearest[at] = np.minimum(nearest[at], seen.depth.numpy())
    whole = sums.reshape(height, width, 14) / samples**2
    alpha, light, hair = whole[..., 0], whole[..., 1:4], whole[..., 11] > 0.5
    most = np.where(alpha >= 0.5, whole[..., 10:].argmax(axis=2) + 1, 0).astype(np.uint8)
    if strands:
        stray = (1 - alpha) * _strands(alpha, hair, len(scene.figure))
        alpha, light = alpha + stray, light + stray[..., None] * light[hair].mean(axis=0)
    alpha, light = (cv2.GaussianBlur(x, (0, 0), LENS_PX) for x in (alpha, light))
    alpha = np.where(alpha < 0.5 / 255, 0, np.where(alpha > 1 - 0.5 / 255, 1, alpha)).astype(np.float32)
    # Exposed as a camera would: the subject's mean luma at a mid grey.
    light = light * np.float32(0.2 / max(1e-3, float(light[alpha > 0.99].mean())))
    linear = light + (1 - alpha)[..., None] * _background(scene, width, height, slide_px)
    draw = (
        np.random.Generator(np.random.Philox(key=7 + round(pose[1]))).standard_normal(linear.shape).astype(np.float32)
    )
    coded = np.clip(srgb_from_linear(np.clip(linear, 0, 1)) + NOISE * draw, 0, 1)
    covered = np.maximum(alpha, 1e-4)[..., None]
    normal = whole[..., 7:10]
    normal = normal / np.maximum(np.linalg.norm(normal, axis=2, keepdims=True), 1e-6)
    depth = nearest.reshape(height, width)
    rows = np.flatnonzero((alpha > 0.5).any(axis=1))
    median = float(np.median(depth[alpha > 0.99]))
    return Composite(
        np.rint(coded * 255).astype(np.uint8),
        alpha,
        whole[..., 10] > 0.5,
        most,
        np.where(alpha[..., None] > 0, light / covered, 0).astype(np.float32),
        (whole[..., 4:7] / np.maximum(whole[..., 0], 1e-4)[..., None]).astype(np.float32),
        normal.astype(np.float32),
        depth,
        float(rows[-1] - rows[0] + 1) * median / camera.focal_px,
    )
