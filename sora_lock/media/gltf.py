"""GLB models from outside: their triangles in one space, their materials, textures, lamps and cameras.

Place in the path: media, under `subjects.models`. The file is read in a child process with limits (`gltf_sandbox`); here its answer becomes records.

Space: as the file has it, glTF's own: +Y up, metres by its specification (not by everybody's habit).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sora_lock.errors import MediaError
from sora_lock.media.child import decoded
from sora_lock.media.probe import check_size, sniff

Floats = NDArray[np.float32]
Point = tuple[float, float, float]

WALL_S = 90
MAX_VERTICES, MAX_TRIANGLES = 400_000, 800_000
MAX_PIXELS, MAX_SIDE = 100_000_000, 8192
"""Of all textures together, and of one: more is refused before it is decoded."""


@dataclass(frozen=True)
class Texture:
    """A picture as a material reads it.

    Attributes:
        image: index into `Model.images`; uv: which set of coordinates.
        offset, scale, rotation: of KHR_texture_transform; radians.
        wrap: "repeat", "mirror" or "clamp", along s and t.
        strength: of a normal map its scale, of an occlusion map its strength.
    """

    image: int
    uv: int
    offset: tuple[float, float]
    scale: tuple[float, float]
    rotation: float
    wrap: tuple[str, str]
    strength: float


@dataclass(frozen=True)
class Material:
    """A material; factors linear, as the file has them.

    Attributes:
        base: red, green, blue, alpha.
        emissive: radiance, with KHR_materials_emissive_strength.
        alpha: how its alpha counts; cutoff: from where a mask is there.
        double: whether it is seen from behind; unlit: whether its colours already hold a light.
        clear: how much light goes through it (KHR_materials_transmission), 0..1.
        textures: "base", "rough", "normal", "occlusion", "emissive", where there is one.
    """

    name: str = ""
    base: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    metallic: float = 0.0
    roughness: float = 0.9
    emissive: Point = (0.0, 0.0, 0.0)
    alpha: Literal["OPAQUE", "MASK", "BLEND"] = "OPAQUE"
    cutoff: float = 0.5
    double: bool = False
    unlit: bool = False
    clear: float = 0.0
    textures: Mapping[str, Texture] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Piece:
    """One primitive of one node.

    Attributes:
        node, mesh: names, "" where there are none.
        material: index into `Model.materials`, -1 for none.
        position: float32 [V, 3]; faces: int32 [T, 3], counter-clockwise from outside.
        normal: [V, 3]; tangent: [V, 4]; uv: sets [V, 2] by number; colour: [V, 4] linear; None or missing where the file has none.
        targets: name -> float32 [V, 3], offset of a morph target.
    """

    node: str
    mesh: str
    material: int
    position: Floats
    faces: NDArray[np.int32]
    normal: Floats | None
    tangent: Floats | None
    uv: Mapping[int, Floats]
    colour: Floats | None
    targets: Mapping[str, Floats]


@dataclass(frozen=True)
class Lamp:
    """A punctual light: "directional" (lux), "point" or "spot" (candela), shining along `toward`."""

    name: str
    kind: str
    position: Point
    toward: Point
    rgb: Point
    intensity: float


@dataclass(frozen=True)
class Spot:
    """A node without a surface: a camera (which looks against `forward`), or an empty one, whose +Z is `forward`."""

    name: str
    position: Point
    forward: Point


@dataclass(frozen=True, eq=False)
class Model:
    """A whole GLB; images are uint8 [H, W, 3 or 4], sRGB or data as their use says; `said` are remarks for people."""

    pieces: tuple[Piece, ...]
    materials: tuple[Material, ...]
    images: tuple[NDArray[np.uint8], ...]
    lamps: tuple[Lamp, ...] = ()
    cameras: tuple[Spot, ...] = ()
    spots: tuple[Spot, ...] = ()
    said: tuple[str, ...] = ()


def open_model(data: bytes) -> Model:
    """Reads a GLB from outside.

    Raises:
        MediaError: for what is no GLB, is damaged, needs other files or too much of anything: what came, what was wanted, what to do.
    """
    check_size(data)
    kind = sniff(data)
    if kind != "glb":
        raise MediaError(f"The file is of the kind {kind.upper()}; wanted a GLB model.")
    limits = (MAX_VERTICES, MAX_TRIANGLES, MAX_PIXELS, MAX_SIDE)
    head, body = decoded("gltf_sandbox.py", kind, data, *limits, wall_s=WALL_S)
    at = 0

    def array(told: list[Any]) -> NDArray[Any]:
        nonlocal at
        kind, shape = np.dtype(str(told[1])), tuple(int(n) for n in told[2:])
        count = math.prod(shape)
        if len(body) < at + count * kind.itemsize:
            raise MediaError("The GLB could not be read completely; export it again.")
        values = np.frombuffer(body, kind, count, at).reshape(shape)
        at += count * kind.itemsize
        return values

    images = tuple(array(told) for told in head["images"])
    pieces = []
    for told in head["pieces"]:
        arrays = {str(row[0]): array(row) for row in told["arrays"]}
        pieces.append(
            Piece(
                str(told["node"]), str(told["mesh"]), int(told["material"]), arrays["position"], arrays["faces"],
                arrays.get("normal"), arrays.get("tangent"), {k: arrays[f"uv{k}"] for k in (0, 1) if f"uv{k}" in arrays},
                arrays.get("colour"), {str(n): arrays[f"target {k}"] for k, n in enumerate(told["targets"])},
            )
        )  # fmt: skip
    return Model(
        tuple(pieces), tuple(_material(m) for m in head["materials"]), images, tuple(_lamp(x) for x in head["lamps"]),
        tuple(_spot(x) for x in head["cameras"]), tuple(_spot(x) for x in head["spots"]), tuple(head["said"]),
    )  # fmt: skip


def _material(told: Mapping[str, Any]) -> Material:
    textures = {
        use: Texture(
            t["image"], t["uv"], tuple(t["offset"]), tuple(t["scale"]), t["rotation"], tuple(t["wrap"]), t["strength"]
        )
        for use, t in told["textures"].items()
        if t is not None
    }
    plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in told.items() if k != "textures"}
    return Material(**plain, textures=textures)


def _lamp(told: Mapping[str, Any]) -> Lamp:
    return Lamp(
        told["name"],
        told["kind"],
        tuple(told["position"]),
        tuple(told["toward"]),
        tuple(told["rgb"]),
        told["intensity"],
    )


def _spot(told: Mapping[str, Any]) -> Spot:
    return Spot(told["name"], tuple(told["position"]), tuple(told["forward"]))
