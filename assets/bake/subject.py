"""Bakes and writes a subject: paint, normal detail, occlusion and movement of an `Assembly`, in the baked format.

Last step of a character's bake. Everything written is a pure function of the assembly, the painters and the seeds.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .charts import Array, Assembly, Ints, Raster, dilate

FRAMES = 48


@dataclass
class Texels:
    """What a painter sees: the surface under its texels. `p`, `n` [k,3] m, `uv` [k,2] chart metres, `a` attributes."""

    p: Array
    n: Array
    uv: Array
    a: dict[str, Array]
    pixel_m: Array


@dataclass
class Paint:
    """A painter's answer per texel: linear reflectance [k,3], height [k] m, roughness [k], softness [k]."""

    rgb: Array
    height: Array
    rough: Array
    soft: Array


Painter = Callable[[Texels], Paint]


def encode_srgb(x: Array) -> Array:
    """IEC 61966-2-1 transfer of linear 0..1."""
    return np.where(x <= 0.0031308, 12.92 * x, 1.055 * np.power(np.maximum(x, 1e-9), 1 / 2.4) - 0.055)


def smooth_normals(points: Array, faces: Ints, weld: Ints) -> Array:
    """Area-weighted vertex normals, shared between welded vertices."""
    fn = np.cross(points[faces[:, 1]] - points[faces[:, 0]], points[faces[:, 2]] - points[faces[:, 0]])
    out = np.zeros((int(weld.max()) + 1, 3))
    for k in range(3):
        np.add.at(out, weld[faces[:, k]], fn)
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)
    return out[weld]


def occlusion(asm: Assembly, normals: Array, side: int, rays: int, reach_m: float, seed: int) -> Array:
    """Openness 0..1 [side,side]: cosine-weighted share of rays that leave the figure unhindered within `reach_m`."""
    import cv2
    from embreex.mesh_construction import TriangleMesh
    from embreex.rtcore_scene import EmbreeScene

    scene = EmbreeScene()
    TriangleMesh(scene, np.ascontiguousarray(asm.points[asm.faces].astype(np.float32)))
    raster = Raster(asm, side)
    rows, cols = np.nonzero(raster.face >= 0)
    p = raster.sample(asm.points, rows, cols)
    n = raster.sample(normals, rows, cols)
    n /= np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-9)
    tri = asm.points[asm.faces[raster.face[rows, cols]]]
    g = np.cross(tri[:, 1] - tri[:, 0], tri[:, 2] - tri[:, 0])
    g /= np.maximum(np.linalg.norm(g, axis=1, keepdims=True), 1e-12)
    rng = np.random.default_rng(seed)
    open_share = np.zeros(len(p))
    for k in range(rays):
        # Cranley-Patterson rotated low-discrepancy pairs keep the noise even.
        u = (0.5545497 * k + rng.random(len(p)) / rays * 4) % 1.0
        a = 2 * np.pi * ((0.7548777 * k + rng.random(len(p))) % 1.0)
        z = 2 * u - 1
        r = np.sqrt(np.maximum(0, 1 - z * z))
        d = n + np.stack([r * np.cos(a), r * np.sin(a), z], axis=1) * 0.999
        d /= np.maximum(np.linalg.norm(d, axis=1, keepdims=True), 1e-9)
        o = (p + g * 6e-4 + d * 2e-4).astype(np.float32)
        dist = scene.run(
            np.ascontiguousarray(o), np.ascontiguousarray(d.astype(np.float32)), query="DISTANCE", output=False
        )
        hit = np.asarray(dist)
        open_share += np.clip(hit / reach_m, 0, 1) ** 0.5
    image = np.zeros((side, side), np.float32)
    image[rows, cols] = open_share / rays
    image = dilate(image, raster.face >= 0, 3).astype(np.float32)
    return cv2.GaussianBlur(image, (0, 0), 0.8)


def write(
    folder: Path,
    asm: Assembly,
    painters: dict[str, Painter],
    about: dict[str, object],
    parts: list[dict[str, object]],
    move: Callable[[int], tuple[Array, Array]],
    carried: dict[str, NDArray[np.generic]],
    *,
    side: int = 2048,
    seed: int = 1,
) -> dict[str, float]:
    """Writes subject.json, geometry.npz and the three images; returns measured figures.

    `move(frame)` gives all points [V,3] of the idle at a frame and the rotation [3,3] of the head there; `carried` are the arrays of
    performances by bones, see `walk.arrays`.
    """
    import os

    import cv2
    from PIL import Image

    # A draft has coarser occlusion, for looking while modelling; never commit one.
    ao_side, ao_rays = (512, 12) if os.environ.get("BAKE_DRAFT") else (1024, 48)
    folder.mkdir(parents=True, exist_ok=True)
    normals = smooth_normals(asm.points, asm.faces, asm.weld)
    raster = Raster(asm, side)
    rgb = np.zeros((side, side, 3), np.float32)
    height = np.zeros((side, side), np.float32)
    rough = np.full((side, side), 0.8, np.float32)
    soft = np.zeros((side, side), np.float32)
    per_m = np.zeros((side, side), np.float32)
    for i, piece in enumerate(asm.pieces):
        rows, cols = raster.texels(i)
        if not len(rows):
            continue
        v0 = asm.first[i][0]

        def spread(values: Array, v0: int = v0) -> Array:
            full = np.zeros((len(asm.points), *values.shape[1:]))
            full[v0 : v0 + len(values)] = values
            return full

        n = raster.sample(normals, rows, cols)
        texels = Texels(
            raster.sample(asm.points, rows, cols),
            n / np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-9),
            raster.sample(spread(piece.uv), rows, cols),
            {k: raster.sample(spread(v), rows, cols) for k, v in piece.attrs.items()},
            1.0 / asm.texels_per_m[raster.face[rows, cols]],
        )
        paint = painters[piece.paint](texels)
        rgb[rows, cols] = paint.rgb
        height[rows, cols] = paint.height
        rough[rows, cols] = paint.rough
        soft[rows, cols] = paint.soft
        per_m[rows, cols] = asm.texels_per_m[raster.face[rows, cols]]
    known = raster.face >= 0
    rgb = np.clip(dilate(rgb, known), 0.02, 0.90)
    height = dilate(height, known)
    per_m = dilate(per_m, known)
    slope_s = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8) * per_m
    slope_row = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8) * per_m
    normal = np.stack([-slope_s, slope_row, np.ones_like(slope_s)], axis=-1)
    normal[~known] = (0, 0, 1)
    half = side // 2
    normal = cv2.resize(
        normal / np.linalg.norm(normal, axis=-1, keepdims=True), (half, half), interpolation=cv2.INTER_AREA
    )
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    ao = occlusion(asm, normals, ao_side, ao_rays, 0.45, seed)
    ao = cv2.resize(ao, (half, half), interpolation=cv2.INTER_LINEAR)
    material = np.stack(
        [
            ao,
            cv2.resize(dilate(rough, known), (half, half), interpolation=cv2.INTER_AREA),
            cv2.resize(dilate(soft, known), (half, half), interpolation=cv2.INTER_AREA),
        ],
        axis=-1,
    )

    def save(image: Array, name: str) -> None:
        data = np.clip(np.round(image * 255), 0, 255).astype(np.uint8)
        Image.fromarray(data).save(folder / name, lossless=True, quality=100, method=4, exact=True)

    # Texels that no triangle reads are flattened to one colour: they cost bytes and prove nothing.
    far = cv2.dilate(known.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=7) == 0
    rgb[far] = 0.2
    save(encode_srgb(rgb), "reflectance.webp")
    # Steps of 2/255 for normals and of 4/255 for the rest: below what light shows, a third fewer bytes.
    save(np.round((normal * 0.5 + 0.5) * 127.5) / 127.5 * (127.5 * 2 / 255), "normal.webp")
    save(np.round(material * 85) / 85, "material.webp")

    posed = [move(f) for f in range(FRAMES)]
    delta = np.stack([p for p, _ in posed]) - asm.points
    flat = delta.reshape(FRAMES, -1)
    u, s, vt = np.linalg.svd(flat.astype(np.float64), full_matrices=False)
    # a singular vector's sign is the library's whim; with one rule for it two machines bake the same file
    side = np.sign(vt[np.arange(len(vt)), np.abs(vt).argmax(axis=1)])
    u, vt = u * side, vt * side[:, None]
    worst, rank = 1.0, 0
    while worst > 1.2e-4 and rank < FRAMES:
        rank += 1
        scale = np.abs(vt[:rank]).max(axis=1)
        # seven digits and one zero: how a machine's threads share out a sum shows in the digits after, and in a nothing's sign
        basis = (vt[:rank] / scale[:, None]).astype(np.float16) + np.float16(0.0)
        weights = (np.round(u[:, :rank] * s[:rank] * scale, 7) + 0.0).astype(np.float32)
        error = (weights @ basis.astype(np.float32) - flat).reshape(FRAMES, -1, 3)
        worst = float(np.linalg.norm(error, axis=2).max())
    names = [str(p["name"]) for p in parts]
    part = np.concatenate(
        [np.array([names.index(k) for k in p.face_part or [p.part] * len(p.faces)], np.uint8) for p in asm.pieces]
    )
    arrays: dict[str, NDArray[np.generic]] = {
        "faces": asm.faces.astype(np.int32),
        "st": asm.st.astype(np.float32),
        "part": part,
        "weld": asm.weld.astype(np.int32),
        "rest": asm.points.astype(np.float32),
        "idle_basis": basis.reshape(rank, -1, 3),
        "idle_weights": weights,
        "idle_head": np.stack([r for _, r in posed]).astype(np.float32),
    }
    expressions: list[str] = sorted({k for p in asm.pieces for k in p.deltas})
    for name in expressions:
        arrays[f"expr_{name}"] = np.concatenate(
            [p.deltas.get(name, np.zeros_like(p.points)) for p in asm.pieces]
        ).astype(np.float16)
    arrays |= carried
    np.savez_compressed(folder / "geometry.npz", **arrays)
    character = dict(about.pop("character"))  # type: ignore[call-overload]
    character["expressions"] = expressions
    moves = {k.removesuffix("_bones"): len(v) for k, v in carried.items() if k.endswith("_bones") and k != "skin_bones"}
    character["performances"] = {k: {"frames": n, "fps": 24} for k, n in {"idle": FRAMES, **moves}.items()}
    doc = {"format": 1, **about, "parts": parts, "character": character}
    doc["policies"] = {"default": {a: "hold" for a in ("face", "expression", "hair", "wardrobe", "body")}}
    (folder / "subject.json").write_text(json.dumps(doc, indent=1) + "\n")
    return {
        "triangles": len(asm.faces),
        "vertices": len(asm.points),
        "rank": rank,
        "idle_error_mm": worst * 1000,
        "texels_per_m": asm.scale,
        "coverage": float(known.mean()),
        "mb": sum(f.stat().st_size for f in folder.iterdir()) / 1e6,
    }
