"""GLB files made by the project itself: a small writer by the letter of glTF 2.0, and models whose truth is known."""

from __future__ import annotations

import functools
import io
import json
import struct
from typing import Any

import numpy as np
from PIL import Image

from sora_lock.colour import srgb_from_linear
from sora_lock.engines import Actor
from sora_lock.paths import shipped
from sora_lock.records import ATTRIBUTES, Kind, Lock
from sora_lock.subjects import baked
from sora_lock.subjects.brought import pack
from sora_lock.subjects.models.bring import Brought, bring
from sora_lock.subjects.models.frames import frames

KINDS = {"|u1": 5121, "<u2": 5123, "<u4": 5125, "<f4": 5126, "|i1": 5120, "<i2": 5122}
WIDTHS = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}


def chunked(told: dict[str, Any] | bytes, body: bytes) -> bytes:
    """A GLB of its JSON (or what stands in its place) and its buffer."""
    text = told if isinstance(told, bytes) else json.dumps(told).encode()
    text += b" " * (-len(text) % 4)
    body += b"\0" * (-len(body) % 4)
    whole = struct.pack("<I4s", len(text), b"JSON") + text
    if body:
        whole += struct.pack("<I4s", len(body), b"BIN\0") + body
    return struct.pack("<4sII", b"glTF", 2, 12 + len(whole)) + whole


class Glb:
    """A GLB under construction; `json` may be changed at will before `data`."""

    def __init__(self) -> None:
        self.json: dict[str, Any] = {
            "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": []}], "nodes": [], "meshes": [],
            "accessors": [], "bufferViews": [], "buffers": [{"byteLength": 0}],
        }  # fmt: skip
        self.body = b""

    def data(self) -> bytes:
        self.json["buffers"][0]["byteLength"] = len(self.body)
        return chunked(self.json, self.body)

    def add(self, what: str, thing: dict[str, Any]) -> int:
        self.json.setdefault(what, []).append(thing)
        return len(self.json[what]) - 1

    def view(self, data: bytes, **more: Any) -> int:
        self.body += b"\0" * (-len(self.body) % 4)
        at = len(self.body)
        self.body += data
        return self.add("bufferViews", {"buffer": 0, "byteOffset": at, "byteLength": len(data), **more})

    def accessor(self, values: Any, **more: Any) -> int:
        """An accessor of an array [N] or [N, C]; float64 becomes float32, int64 uint32."""
        array = np.asarray(values)
        array = array.astype(
            {"f": "<f4", "i": "<u4"}.get(array.dtype.kind, array.dtype) if array.dtype.itemsize == 8 else array.dtype
        )
        width = 1 if array.ndim == 1 else array.shape[1]
        view = self.view(np.ascontiguousarray(array).tobytes())
        told = {"bufferView": view, "componentType": KINDS[array.dtype.str], "count": len(array), "type": WIDTHS[width]}
        return self.add("accessors", {**told, **more})

    def image(self, pixels: np.ndarray, form: str = "PNG", **sampler: Any) -> int:
        """A texture of uint8 pixels; its number."""
        out = io.BytesIO()
        Image.fromarray(pixels).save(out, form, **({"lossless": True} if form == "WEBP" else {}))
        source = self.add("images", {"bufferView": self.view(out.getvalue()), "mimeType": f"image/{form.lower()}"})
        return self.add("textures", {"source": source, "sampler": self.add("samplers", sampler)})

    def material(
        self, name: str, base: Any = (1, 1, 1, 1), texture: int | None = None, rough: float = 0.8, **more: Any
    ) -> int:
        pbr: dict[str, Any] = {"baseColorFactor": list(base), "metallicFactor": 0, "roughnessFactor": rough}
        if texture is not None:
            pbr["baseColorTexture"] = {"index": texture}
        return self.add("materials", {"name": name, "pbrMetallicRoughness": pbr, **more})

    def primitive(self, faces: Any, material: int | None = None, **attributes: Any) -> dict[str, Any]:
        made: dict[str, Any] = {"attributes": {k: self.accessor(v) for k, v in attributes.items()}}
        if faces is not None:
            made["indices"] = self.accessor(np.asarray(faces, np.uint32).reshape(-1))
        if material is not None:
            made["material"] = material
        return made

    def node(self, name: str, root: bool = True, **more: Any) -> int:
        made = self.add("nodes", {"name": name, **more})
        if root:
            self.json["scenes"][0]["nodes"].append(made)
        return made

    def thing(
        self, name: str, primitives: list[dict[str, Any]], root: bool = True, extras: Any = None, **more: Any
    ) -> int:
        mesh = self.add("meshes", {"name": name, "primitives": primitives, **({"extras": extras} if extras else {})})
        return self.node(name, root, mesh=mesh, **more)


def quad(corner: Any, right: Any, up: Any, tiles: tuple[float, float] = (1, 1)) -> dict[str, Any]:
    """Attributes and faces of a rectangle seen from where right x up points: its texture stands upright."""
    p, a, b = (np.asarray(v, np.float64) for v in (corner, right, up))
    n = np.cross(a, b)
    return {
        "POSITION": np.array([p, p + a, p + a + b, p + b]),
        "NORMAL": np.tile(n / np.linalg.norm(n), (4, 1)),
        "TEXCOORD_0": np.array([(0, tiles[1]), (tiles[0], tiles[1]), (tiles[0], 0), (0, 0)], np.float64),
        "faces": np.array([(0, 1, 2), (0, 2, 3)]),
    }


def box(low: Any, high: Any, tiles: float = 1.0) -> dict[str, Any]:
    """The same of a box, seen from outside."""
    (a, b, c), (x, y, z) = low, high
    w, h, d = x - a, y - b, z - c
    sides = (
        quad((a, b, z), (w, 0, 0), (0, h, 0), (tiles, tiles)), quad((x, b, c), (-w, 0, 0), (0, h, 0), (tiles, tiles)),
        quad((x, b, z), (0, 0, -d), (0, h, 0), (tiles, tiles)), quad((a, b, c), (0, 0, d), (0, h, 0), (tiles, tiles)),
        quad((a, y, z), (w, 0, 0), (0, 0, -d), (tiles, tiles)), quad((a, b, c), (w, 0, 0), (0, 0, d), (tiles, tiles)),
    )  # fmt: skip
    return joined(*sides)


def joined(*shapes: dict[str, Any]) -> dict[str, Any]:
    """Several shapes as one."""
    starts = np.cumsum([0, *(len(s["POSITION"]) for s in shapes)])
    out = {k: np.concatenate([s[k] for s in shapes]) for k in shapes[0] if k != "faces"}
    return {**out, "faces": np.concatenate([s["faces"] + a for s, a in zip(shapes, starts, strict=False)])}


def ball(centre: Any, radius: float, rows: int = 12, columns: int = 24) -> dict[str, Any]:
    """A sphere with one seam, its texture once around."""
    v, u = np.mgrid[: rows + 1, : columns + 1]
    theta, phi = np.pi * v / rows, 2 * np.pi * u / columns
    normal = np.stack([np.sin(theta) * np.sin(phi), np.cos(theta), np.sin(theta) * np.cos(phi)], -1).reshape(-1, 3)
    a = (np.arange(rows)[:, None] * (columns + 1) + np.arange(columns)[None]).ravel()
    b, c, d = a + 1, a + columns + 1, a + columns + 2
    return {
        "POSITION": np.asarray(centre) + radius * normal, "NORMAL": normal,
        "TEXCOORD_0": np.stack([u / columns, v / rows], -1).reshape(-1, 2),
        "faces": np.concatenate([np.stack([a, c, b], 1), np.stack([b, c, d], 1)]),
    }  # fmt: skip


def mesh(glb: Glb, name: str, shape: dict[str, Any], material: int | None = None, **more: Any) -> int:
    """A node of one shape."""
    attributes = {k: v for k, v in shape.items() if k != "faces"}
    return glb.thing(name, [glb.primitive(shape["faces"], material, **attributes)], **more)


def planks(side: int = 256) -> np.ndarray:
    """Boards with grain, running up the picture; the lower left one is red, so that up and left can be told."""
    draw = np.random.default_rng(1)
    out = np.empty((side, side, 3), np.float64)
    for k in range(4):
        tone = draw.uniform(0.8, 1.1) * np.array([150, 105, 70])
        grain = np.cumsum(draw.normal(0, 3, (1, side // 4)), axis=1) + draw.normal(0, 4, (side, side // 4))
        out[:, k * side // 4 : (k + 1) * side // 4] = tone + grain[..., None]
        out[:, k * side // 4 : k * side // 4 + 2] *= 0.45
    out[-side // 5 :, : side // 5] = (190, 40, 35)
    return np.clip(out, 0, 255).astype(np.uint8)


def wallpaper(side: int = 256) -> np.ndarray:
    """Green stripes with dots."""
    y, x = np.mgrid[:side, :side]
    stripe = ((x // (side // 8)) % 2)[..., None]
    out = np.where(stripe, (112, 140, 118), (136, 160, 138)).astype(np.float64)
    dot = np.hypot(x % (side // 4) - side / 8, y % (side // 4) - side / 8) < side / 40
    out[dot] = (214, 196, 150)
    return out.astype(np.uint8)


def letters(side: int = 256) -> np.ndarray:
    """A picture whose way up and hand can be told: an F."""
    out = np.full((side, side, 3), (225, 214, 190), np.uint8)
    s = side // 8
    out[s : 7 * s, 2 * s : 3 * s] = (30, 40, 110)
    out[s : 2 * s, 2 * s : 6 * s] = (30, 40, 110)
    out[3 * s : 4 * s, 2 * s : 5 * s] = (30, 40, 110)
    return out


def bumps(side: int = 256, cells: int = 8) -> np.ndarray:
    """A normal map of round bosses, +Y up in the picture."""
    y, x = (np.mgrid[:side, :side] + 0.5) / side * cells % 1 * 2 - 1
    r2 = x * x + y * y
    up = np.sqrt(np.maximum(1 - r2, 0.15))
    n = np.where((r2 < 0.8)[..., None], np.dstack([0.8 * x, -0.8 * y, up]), np.array([0.0, 0.0, 1.0]))
    n /= np.linalg.norm(n, axis=2, keepdims=True)
    return np.rint((n + 1) * 127.5).astype(np.uint8)


def room(scale: float = 1.0, camera: bool = True, mark: bool = True, px: int = 64) -> Glb:
    """A closed room 5 x 2.8 x 5 m: planks, wallpaper, a picture, a table, a shelf, a lamp that glows with its light, a window's pane, a camera, a mark.

    `px` are those of a metre's texture: few are brought quickly.
    """
    glb = Glb()
    wood = glb.material("wood", texture=glb.image(planks(px)), rough=0.55)
    paper = glb.material("paper", texture=glb.image(wallpaper(px)), rough=0.95)
    white = glb.material("white", (0.8, 0.79, 0.76, 1), rough=0.9)
    dark = glb.material("dark wood", (0.16, 0.09, 0.055, 1), rough=0.4)
    art = glb.material("print", texture=glb.image(letters(), "JPEG"), rough=0.7)
    boss = glb.material("plaster", (0.62, 0.55, 0.45, 1), normalTexture={"index": glb.image(bumps())}, rough=0.9)
    glow = glb.material(
        "bulb",
        (1, 0.9, 0.7, 1),
        emissiveFactor=[1.0, 0.72, 0.4],
        extensions={"KHR_materials_emissive_strength": {"emissiveStrength": 8}},
    )
    pane = glb.material("glass", (0.6, 0.7, 0.75, 0.2), alphaMode="BLEND")
    mesh(glb, "floor", quad((-2.5, 0, 2.5), (5, 0, 0), (0, 0, -5), (5, 5)), wood)
    mesh(glb, "ceiling", quad((-2.5, 2.8, -2.5), (5, 0, 0), (0, 0, 5)), white)
    mesh(glb, "wall back", quad((-2.5, 0, -2.5), (5, 0, 0), (0, 2.8, 0), (4, 2.24)), paper)
    mesh(glb, "wall front", quad((2.5, 0, 2.5), (-5, 0, 0), (0, 2.8, 0), (4, 2.24)), paper)
    mesh(glb, "wall left", quad((-2.5, 0, 2.5), (0, 0, -5), (0, 2.8, 0), (4, 2.24)), paper)
    mesh(glb, "wall right", quad((2.5, 0, -2.5), (0, 0, 5), (0, 2.8, 0), (4, 2.24)), paper)
    mesh(glb, "window pane", quad((2.48, 1.0, -1.9), (0, 0, 1.2), (0, 1.2, 0)), pane)
    mesh(glb, "picture", quad((-0.3, 1.35, -2.47), (0.7, 0, 0), (0, 0.7, 0)), art)
    mesh(glb, "plaster panel", quad((-2.1, 0.9, -2.46), (1.2, 0, 0), (0, 1.2, 0)), boss)
    legs = [box((x, 0, z), (x + 0.06, 0.7, z + 0.06)) for x in (0.9, 1.94) for z in (-1.5, -0.86)]
    mesh(glb, "table", joined(box((0.85, 0.7, -1.55), (2.05, 0.75, -0.75)), *legs), dark)
    mesh(glb, "Lamp.001", ball((1.5, 1.02, -1.2), 0.09), glow)
    mesh(glb, "lamp foot", box((1.42, 0.75, -1.28), (1.58, 0.93, -1.12)), dark)
    glb.json["extensionsUsed"] = ["KHR_lights_punctual", "KHR_materials_emissive_strength"]
    glb.json["extensions"] = {
        "KHR_lights_punctual": {
            "lights": [{"type": "point", "name": "Table lamp", "color": [1, 0.72, 0.4], "intensity": 40}]
        }
    }
    glb.node("light", translation=[1.5, 1.25, -1.2], extensions={"KHR_lights_punctual": {"light": 0}})
    if camera:
        turn = np.radians(-12) / 2
        at = glb.add("cameras", {"type": "perspective", "perspective": {"yfov": 0.7, "znear": 0.1}})
        glb.node(
            "Camera", translation=[-0.9, 1.5, 2.2], rotation=[0, float(np.sin(turn)), 0, float(np.cos(turn))], camera=at
        )
    if mark:
        glb.node("mark window", translation=[0.1, 0, -0.6], rotation=[0, float(np.sin(0.1)), 0, float(np.cos(0.1))])
    if scale != 1.0:
        inner = glb.json["scenes"][0]["nodes"]
        glb.json["scenes"][0]["nodes"] = [glb.add("nodes", {"name": "root", "children": inner, "scale": [scale] * 3})]
    return glb


def leaf(side: int = 128) -> np.ndarray:
    """RGBA of three leaves on nothing."""
    y, x = (np.mgrid[:side, :side] + 0.5) / side
    out = np.zeros((side, side, 4), np.uint8)
    out[..., :3] = (70, 96, 44)
    for cx, cy, turn in ((0.5, 0.3, 0.0), (0.3, 0.65, 2.2), (0.7, 0.65, -2.2)):
        u, v = (x - cx) * np.cos(turn) + (y - cy) * np.sin(turn), (y - cy) * np.cos(turn) - (x - cx) * np.sin(turn)
        inside = (u / 0.13) ** 2 + (v / 0.27) ** 2 < 1
        out[inside] = (84, 122, 52, 255)
        out[inside & (np.abs(u) < 0.012)] = (120, 150, 84, 255)
    return out


def bricks(side: int = 256) -> np.ndarray:
    """Eight courses of bricks with mortar."""
    draw = np.random.default_rng(6)
    y, x = np.mgrid[:side, :side]
    row = y * 8 // side
    column = ((x + (row % 2) * side // 8) % side) * 4 // side
    tone = draw.uniform(0.75, 1.15, (8, 4))[row, column][..., None]
    out = tone * np.array([146, 74, 56]) + draw.normal(0, 6, (side, side, 1))
    mortar = (y * 8 % side < side * 8 // 100) | ((x + (row % 2) * side // 8) * 4 % side < side * 4 // 100)
    out[mortar] = (168, 160, 148)
    return np.clip(out, 0, 255).astype(np.uint8)


def courtyard(px: int = 64) -> Glb:
    """An open yard of 9 x 9 m: ground, brick walls on two sides, a plant of masked cards, a red sign, a sun; neither mark nor camera."""
    glb = Glb()
    brick = glb.material("brick", texture=glb.image(bricks(px)), rough=0.9)
    stone = glb.material("stone", (0.32, 0.31, 0.3, 1), rough=0.85)
    clay = glb.material("clay", (0.45, 0.2, 0.12, 1))
    green = glb.material("leaves", texture=glb.image(leaf()), alphaMode="MASK", doubleSided=True)
    red = glb.material("tubes", (1, 0.2, 0.25, 1), emissiveFactor=[1.0, 0.05, 0.2])
    mesh(glb, "ground", quad((-4.5, 0, 4.5), (9, 0, 0), (0, 0, -9)), stone)
    mesh(glb, "wall north", quad((-4.5, 0, -4.5), (9, 0, 0), (0, 4, 0), (9, 4)), brick)
    mesh(glb, "wall west", quad((-4.5, 0, 4.5), (0, 0, -9), (0, 4, 0), (9, 4)), brick)
    mesh(glb, "pot", box((0.9, 0, -2.6), (1.5, 0.5, -2.0)), clay)
    draw = np.random.default_rng(8)
    cards = []
    for _ in range(40):
        a, tilt = draw.uniform(0, 2 * np.pi), draw.uniform(0.2, 1.0)
        right = 0.45 * np.array([np.cos(a), 0, np.sin(a)])
        up = 0.45 * np.array([-np.sin(a) * np.cos(tilt), np.sin(tilt), np.cos(a) * np.cos(tilt)])
        cards.append(
            quad(np.array([1.2, 0.5, -2.3]) + draw.normal(0, 0.12, 3) * [1, 2, 1] + up * 0.4 - right / 2, right, up)
        )
    mesh(glb, "plant", joined(*cards), green)
    mesh(glb, "sign", box((-1.6, 2.2, -4.45), (-0.2, 2.5, -4.4)), red)
    glb.json["extensions"] = {"KHR_lights_punctual": {"lights": [{"type": "directional", "intensity": 3}]}}
    glb.node("sun", rotation=[-0.36, 0.25, 0.1, 0.89], extensions={"KHR_lights_punctual": {"light": 0}})
    return glb


def crate() -> Glb:
    """A prop: a crate of planks with an F on its lid and bosses on its front, a metal band around it."""
    glb = Glb()
    wood = glb.material("planks", texture=glb.image(planks()), rough=0.7)
    lid = glb.material("lid", texture=glb.image(letters()))
    boss = glb.material("front", (0.5, 0.42, 0.3, 1), normalTexture={"index": glb.image(bumps())})
    metal = glb.material("band", (0.55, 0.56, 0.58, 1), rough=0.3)
    glb.json["materials"][metal]["pbrMetallicRoughness"]["metallicFactor"] = 1.0
    mesh(glb, "crate", box((-0.3, 0, -0.25), (0.3, 0.5, 0.25)), wood)
    mesh(glb, "lid", quad((-0.3, 0.502, 0.25), (0.6, 0, 0), (0, 0, -0.5)), lid)
    mesh(glb, "front", quad((-0.25, 0.05, 0.252), (0.5, 0, 0), (0, 0.4, 0)), boss)
    mesh(glb, "band", box((-0.305, 0.22, -0.255), (0.305, 0.28, 0.256)), metal)
    return glb


def figure(name: str = "mara", targets: bool = True) -> Glb:
    """A shipped figure as a GLB: its own parts as primitives, its expressions as morph targets under ARKit's and plain names."""
    subject = baked.load(shipped()[name])
    atlas = subject.atlas()
    glb = Glb()
    codes = np.rint(srgb_from_linear(atlas.reflectance) * 255).astype(np.uint8)
    texture = glb.image(codes[::2, ::2].copy())
    bump = glb.image(np.ascontiguousarray(atlas.normal))
    normal = _smooth(subject)
    primitives = []
    moved = [
        ("mouthSmileLeft", 0.5, "smile"),
        ("mouthSmileRight", 0.5, "smile"),
        ("Angry", 1.0, "angry"),
        ("tongueOut", 0.3, "weary"),
    ]
    for k, part in enumerate(subject.info["parts"]):
        own = np.flatnonzero(subject.part == k)
        used, faces = np.unique(subject.faces[own], return_inverse=True)
        skin = glb.material(f"{part['name']} material", texture=texture, normalTexture={"index": bump})
        made = glb.primitive(faces, skin, POSITION=subject.rest[used], NORMAL=normal[used], TEXCOORD_0=subject.st[used])
        if targets:
            made["targets"] = [
                {"POSITION": glb.accessor(np.float32(w) * subject.expressions[e][used])} for _, w, e in moved
            ]
        primitives.append(made)
    glb.thing("Figure", primitives, extras={"targetNames": [n for n, _, _ in moved]} if targets else None)
    return glb


def _smooth(subject: baked.BakedSubject) -> np.ndarray:
    return frames(subject.rest, subject.faces, subject.st, subject.weld).normal


MAKES = {
    "room": (room, "set"),
    "courtyard": (courtyard, "set"),
    "crate": (crate, "prop"),
    "figure": (figure, "character"),
}


@functools.lru_cache(maxsize=8)
def brought(name: str) -> tuple[Brought, baked.BakedSubject]:
    """One of these models, brought and packed; made once for all tests."""
    make, kind = MAKES[name]
    made = bring(make().data(), kind, name)  # type: ignore[arg-type]
    return made, pack(made.parts)[1]


def acting(subject: baked.BakedSubject, name: str, **policies: str) -> Actor:
    """An actor of a brought model; all held but what `policies` says."""
    kind: Kind = subject.kind  # type: ignore[assignment]
    held = dict.fromkeys(ATTRIBUTES[kind], "hold")
    lock = Lock(
        name, kind, 1, "brought/model", subject.subject_sha256, subject.atlas().atlas_sha256, subject.regions, held, ()
    )
    return Actor(lock, subject, None, {**held, **policies})
