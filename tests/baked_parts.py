"""Small subjects in the baked format, for the tests of camera, plates and light: a figure of a sphere on a box, a set of floor and wall."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from sora_lock.engines import Actor, Scene
from sora_lock.records import ATTRIBUTES, Chip, Direction, Kind, Lock, Placement, Shot
from sora_lock.subjects import baked

SIDE = 64


def _sphere(centre: tuple[float, float, float], radius: float, st: tuple[float, float, float, float]) -> tuple:
    rows, cols = 24, 48
    v, u = np.mgrid[0 : rows + 1, 0 : cols + 1]
    theta, phi = np.pi * v / rows, 2 * np.pi * u / cols
    normal = np.stack([np.sin(theta) * np.sin(phi), np.cos(theta), np.sin(theta) * np.cos(phi)], -1).reshape(-1, 3)
    points = np.asarray(centre) + radius * normal
    x0, y0, x1, y1 = st
    coords = np.stack([x0 + (x1 - x0) * u / cols, y0 + (y1 - y0) * v / rows], -1).reshape(-1, 2)
    a = (np.arange(rows)[:, None] * (cols + 1) + np.arange(cols)[None]).ravel()
    b, c, d = a + 1, a + cols + 1, a + cols + 2
    faces = np.concatenate([np.stack([a, c, b], 1), np.stack([b, c, d], 1)])
    same = np.arange((rows + 1) * (cols + 1)).reshape(rows + 1, cols + 1)
    same[:, -1] = same[:, 0]
    same[0], same[-1] = same[0, 0], same[-1, 0]
    return points, coords, faces, same.ravel()


def _quad(corners: list[tuple[float, float, float]], st: tuple[float, float, float, float]) -> tuple:
    """Corners in the order upper left, lower left, lower right, upper right, as seen from the front."""
    x0, y0, x1, y1 = st
    coords = np.array([(x0, y0), (x0, y1), (x1, y1), (x1, y0)])
    return np.array(corners, float), coords, np.array([(0, 1, 2), (0, 2, 3)]), np.arange(4)


def _box(
    low: tuple[float, float, float], high: tuple[float, float, float], st: tuple[float, float, float, float]
) -> list:
    (a, b, c), (x, y, z) = low, high
    return [
        _quad([(a, y, z), (a, b, z), (x, b, z), (x, y, z)], st),
        _quad([(x, y, c), (x, b, c), (a, b, c), (a, y, c)], st),
        _quad([(a, y, c), (a, b, c), (a, b, z), (a, y, z)], st),
        _quad([(x, y, z), (x, b, z), (x, b, c), (x, y, c)], st),
        _quad([(a, y, c), (a, y, z), (x, y, z), (x, y, c)], st),
    ]


def _write(
    folder: Path, info: dict, pieces: list[tuple[int, tuple]], atlas: np.ndarray, extra: dict, soft: int
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    points, st, faces, part, weld, at, joined = [], [], [], [], [], 0, 0
    for index, (p, c, f, w) in pieces:
        points.append(p)
        st.append(c)
        faces.append(f + at)
        part.append(np.full(len(f), index))
        weld.append(w + joined)
        at, joined = at + len(p), joined + int(w.max()) + 1
    rest = np.concatenate(points).astype(np.float32)
    arrays = {
        "faces": np.concatenate(faces).astype(np.int32),
        "st": np.concatenate(st).astype(np.float32),
        "part": np.concatenate(part).astype(np.uint8),
        "weld": np.concatenate(weld).astype(np.int32),
        "rest": rest,
    }
    arrays |= {k: v(rest) for k, v in extra.items()}
    np.savez_compressed(folder / "geometry.npz", **arrays)
    (folder / "subject.json").write_text(json.dumps(info))
    Image.fromarray(atlas).save(folder / "reflectance.webp", lossless=True)
    flat = np.full((SIDE, SIDE, 3), (128, 128, 255), np.uint8)
    Image.fromarray(flat).save(folder / "normal.webp", lossless=True)
    Image.fromarray(np.full((SIDE, SIDE, 3), (255, 220, soft), np.uint8)).save(folder / "material.webp", lossless=True)


def write_figure(root: Path, *, plain: bool = False, soft: int = 0, walks: bool = False) -> Path:
    """A figure 1.7 m tall: a sphere of 0.13 m (part "face") above a box (part "coat"); breathing by a few millimetres.

    With `walks` it also has a walk of 96 frames on two bones: from half a metre at its right to half a metre at its left and back, the
    head 30 degrees ahead of a body that turns as far.
    """
    folder = root / "cast" / "dummy"
    draw = np.random.default_rng(3)
    atlas = np.full((256, 256, 3), 188, np.uint8) if plain else draw.integers(40, 230, (256, 256, 3), np.uint8)
    pieces = [(0, _sphere((0, 1.57, 0), 0.13, (0.02, 0.02, 0.48, 0.48)))]
    pieces += [(1, q) for q in _box((-0.22, 0.0, -0.12), (0.22, 1.38, 0.12), (0.52, 0.52, 0.98, 0.98))]
    info = {
        "format": 1,
        "name": "dummy",
        "kind": "character",
        "label": "Dummy",
        "about": "A sphere on a box.",
        "parts": [
            {"name": "face", "attributes": ["face", "expression"]},
            {"name": "coat", "attributes": ["wardrobe", "body"]},
        ],
        "character": {
            "height_m": 1.7,
            "eye_m": [0, 1.6, 0.11],
            "head_m": [0, 1.57, 0],
            "head_radius_m": 0.13,
            "expressions": ["smile"],
            "performances": {"idle": {"frames": 48, "fps": 24}},
        },
        "policies": {"default": dict.fromkeys(ATTRIBUTES["character"], "hold")},
    }
    beat = np.arange(48) * 2 * np.pi / 48
    extra = {
        "idle_basis": lambda rest: np.stack([np.eye(3)[2] * (rest[:, 1:2] > 1.0)]).astype(np.float16),
        "idle_weights": lambda rest: (0.004 * np.sin(beat))[:, None].astype(np.float32),
        "idle_head": lambda rest: np.tile(np.eye(3, dtype=np.float32), (48, 1, 1)),
        "expr_smile": lambda rest: np.where(rest[:, 1:2] > 1.4, [[0.02, 0, 0]], 0).astype(np.float16),
    }
    if walks:
        info["character"]["performances"]["walk"] = {"frames": 96, "fps": 24}
        extra |= {
            "skin_bones": lambda rest: np.where(rest[:, 1:2] > 1.4, [[1, 0, 0, 0]], 0).astype(np.uint8),
            "skin_weights": lambda rest: np.tile([[1, 0, 0, 0]], (len(rest), 1)).astype(np.float16),
            "walk_bones": lambda rest: _paced(),
        }
    _write(folder, info, pieces, atlas, extra, soft)
    return folder


def _paced() -> np.ndarray:
    """Bones [96, 2, 3, 4] of the dummy's walk: body, head."""
    way = np.arange(96) * 2 * np.pi / 96
    out = np.zeros((96, 2, 3, 4), np.float32)
    for bone, turn in enumerate((30.0, 60.0)):
        a = np.radians(turn) * np.sin(way)
        out[:, bone, 0, 0] = out[:, bone, 2, 2] = np.cos(a)
        out[:, bone, 0, 2], out[:, bone, 2, 0] = np.sin(a), -np.sin(a)
        out[:, bone, 1, 1] = 1.0
        out[:, bone, 0, 3] = -0.5 * np.cos(way)
    return out


def write_set(root: Path, *, plain: bool = False, wall: bool = True, open_sky: float = 1.0) -> Path:
    """A floor of 16 by 16 m and a wall 4 m behind the mark; a lamp at the side, a sun from 45 degrees at the right."""
    folder = root / "sets" / "void"
    draw = np.random.default_rng(4)
    atlas = np.full((256, 256, 3), 188, np.uint8) if plain else draw.integers(40, 230, (256, 256, 3), np.uint8)
    pieces = [(0, _quad([(-8, 0, -8), (-8, 0, 8), (8, 0, 8), (8, 0, -8)], (0.02, 0.02, 0.48, 0.98)))]
    if wall:
        pieces.append((1, _quad([(-8, 5, -4), (-8, 0, -4), (8, 0, -4), (8, 5, -4)], (0.52, 0.02, 0.98, 0.98))))
    info = {
        "format": 1,
        "name": "void",
        "kind": "set",
        "label": "Void",
        "about": "A floor and a wall.",
        "parts": [
            {"name": "floor", "attributes": ["surfaces", "layout"]},
            {"name": "wall", "attributes": ["surfaces", "layout"]},
        ],
        "marks": {"middle": {"position_m": [0, 0, 0], "facing_deg": 0, "camera_deg": 0, "label": "Middle"}},
        "practicals": {
            "bulb": {
                "position_m": [2.5, 2.2, -3.0],
                "rgb": [1, 0.7, 0.4],
                "power": 0.8,
                "kind": "lamp",
                "radius_m": 0.1,
                "default_on": True,
            }
        },
        "sun": {"azimuth_deg": 90, "elevation_deg": 45},
        "open_sky": open_sky,
        "bounds_m": [[-8, 0, -8], [8, 5, 8]],
        "policies": {"default": dict.fromkeys(ATTRIBUTES["set"], "hold")},
    }
    _write(folder, info, pieces, atlas, {}, 0)
    return folder


def actor(folder: Path, name: str, policies: dict[str, str] | None = None, mark: str | None = None) -> Actor:
    """An actor of a baked folder; all held unless `policies` says otherwise."""
    subject = baked.load(folder)
    kind: Kind = subject.kind  # type: ignore[assignment]
    held = dict.fromkeys(ATTRIBUTES[kind], "hold")
    lock = Lock(name, kind, 1, name, subject.subject_sha256, subject.atlas().atlas_sha256, subject.regions, held, ())
    return Actor(lock, subject, mark, {**held, **(policies or {})})


def scene(
    root: Path, width: int = 160, height: int = 90, *, policies: dict[str, str] | None = None, **make: int
) -> Scene:
    """The figure in the set; `plain=True` gives both one even reflectance."""
    plain = bool(make.get("plain"))
    figure = actor(write_figure(root, plain=plain, soft=make.get("soft", 0)), "dummy", policies)
    return Scene((figure,), actor(write_set(root, plain=plain), "void"), width, height)


def shot(scene: Scene, frames: int = 4, seed: int = 7) -> Shot:
    """A shot of that scene."""

    def placed(a: Actor) -> Placement:
        return Placement(a.lock.name, 1, a.lock.lock_sha256, a.mark)

    cast = tuple(placed(a) for a in scene.cast)
    return Shot("SC010", "SH010", cast, placed(scene.stage), {}, scene.width, scene.height, "24", frames, seed, "comp")


def direction(**axes: str | tuple[str, float] | list[str]) -> Direction:
    """Chips by axis: `direction(light="neon", move=("push in", 0.5), weather=["rain", "fog"])`."""
    chips = []
    for axis, given in axes.items():
        for value in given if isinstance(given, list) else [given]:
            name, amount = value if isinstance(value, tuple) else (value, 1.0)
            chips.append(Chip(axis, name, name, amount))
    return Direction(" ".join(c.value for c in chips) or "as it is", tuple(chips))
