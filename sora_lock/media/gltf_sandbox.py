"""The child process in which a GLB from outside is read: bytes in, triangles in one space and decoded textures out, limits all around.

Place in the path: run by `gltf.open_model` as a script of its own (`python -I gltf_sandbox.py glb MAX_VERTICES MAX_TRIANGLES MAX_PIXELS MAX_SIDE`). It
imports nothing of the package but its limits, opens nothing that the file names, and checks every number of the JSON before it is used.

Read by the letter of glTF 2.0 (Khronos, 2021): nodes are flattened, skins stand in their rest pose, morph targets become offsets in the same space.

Protocol: the file on standard input; on standard output one line of JSON, {"error"} or what `gltf.Model` holds, in which each array is
[name, type, shape ...]; then the arrays in that order, little-endian, first those of the images, then those of the pieces.
"""

from __future__ import annotations

import io
import json
import math
import runpy
import struct
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

MEMORY_BYTES, CPU_S = 4 * 1024**3, 60
limit = runpy.run_path(str(Path(__file__).with_name("sandbox_limits.py")))["limit"]
FAULTS = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError, OverflowError, ArithmeticError, struct.error)  # fmt: skip
MAX_JSON_BYTES = 16 << 20
MOST = {
    "accessors": 60_000, "bufferViews": 60_000, "meshes": 20_000, "nodes": 20_000, "materials": 4_000, "images": 400,
    "textures": 4_000, "samplers": 4_000, "skins": 400, "cameras": 400, "scenes": 400, "buffers": 400,
}  # fmt: skip
MOST_DEEP, MOST_TARGETS, MOST_MOVED, KEPT_SIDE = 200, 300, 24_000_000, 4096
FARTHEST = 1e6
COMPONENTS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
WRAPS = {33071: "clamp", 33648: "mirror", 10497: "repeat"}
KNOWN = frozenset(
    "KHR_texture_transform KHR_materials_emissive_strength KHR_materials_unlit KHR_mesh_quantization KHR_lights_punctual"
    " KHR_materials_pbrSpecularGlossiness EXT_texture_webp KHR_materials_ior KHR_materials_specular KHR_materials_clearcoat"
    " KHR_materials_sheen KHR_materials_transmission KHR_materials_volume KHR_animation_pointer VRM VRMC_vrm".split()
)
"""Extensions a file may require: what they add is read, or looks right without it."""
INSTEAD = {
    "KHR_draco_mesh_compression": "export it again without Draco compression",
    "EXT_meshopt_compression": "export it again without meshopt compression",
    "KHR_meshopt_compression": "export it again without meshopt compression",
    "KHR_texture_basisu": "export its textures as PNG or JPEG instead of KTX2",
}
Json = dict[str, Any]
Array = Any  # of NumPy; what it holds is said where it is made


class Refused(Exception):
    """The file is readable but not wanted; the message is for people."""


# what the JSON says, checked


def whole(value: Any, low: int, high: int, what: str) -> int:
    """An integer of the JSON in low..high."""
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is not int or not low <= value <= high:
        raise Refused(f"The GLB's {what} is {str(value)[:24]!r}, which cannot be; export it again.")
    return int(value)


def reals(value: Any, count: int, what: str) -> list[float]:
    """`count` finite numbers of the JSON."""
    if not isinstance(value, list) or len(value) != count:
        raise Refused(f"The GLB's {what} is not {count} numbers; export it again.")
    if not all(type(v) in (int, float) and abs(v) <= 1e9 for v in value):  # a NaN is not <= anything
        raise Refused(f"The GLB's {what} holds values that are no numbers; export it again.")
    return [float(v) for v in value]


def real(value: Any, what: str) -> float:
    """One finite number of the JSON."""
    return reals([value], 1, what)[0]


def name_of(thing: Json, otherwise: str = "") -> str:
    """A name as one line of at most 60 characters."""
    said = thing.get("name")
    plain = "".join(c if c.isprintable() else " " for c in said) if isinstance(said, str) else ""
    return " ".join(plain.split())[:60] or otherwise


def extension(thing: Json, name: str) -> Json | None:
    """An extension of a thing, where it has it."""
    found = thing.get("extensions", {}).get(name)
    return found if isinstance(found, dict) else None


class Document:
    """A GLB's JSON and its one buffer.

    Attributes:
        json: the JSON; said: remarks for people, in the order they came up.
    """

    def __init__(self, data: bytes) -> None:
        self.json, self.bin = _chunks(data)
        self.said: list[str] = []
        for what, most in MOST.items():
            found = self.json.get(what, [])
            if not isinstance(found, list) or not all(isinstance(x, dict) for x in found):
                raise Refused(f"The GLB's {what} are no list of objects; export it again.")
            if len(found) > most:
                raise Refused(
                    f"The GLB has {len(found)} {what}; at most {most} can be brought. Join what belongs together."
                )
        for needed in self.json.get("extensionsRequired", []):
            if needed not in KNOWN:
                what = INSTEAD.get(needed, "export it again without that extension")
                raise Refused(f"The GLB requires {str(needed)[:60]}, which is not read here; {what}.")
        for what in ("buffers", "images"):
            for thing in self.list(what):
                if "uri" in thing:
                    raise Refused(
                        f"The GLB names an external file ({str(thing['uri'])[:40]!r}) for its {what}; export it with everything embedded."
                    )

    def list(self, what: str) -> list[Json]:
        """All things of a kind."""
        found: list[Json] = self.json.get(what, [])
        return found

    def at(self, what: str, index: Any) -> Json:
        """The thing of a kind with an index."""
        things = self.list(what)
        return things[whole(index, 0, len(things) - 1, f"index into {what}")]

    def say(self, words: str) -> None:
        """A remark for people, once."""
        if words not in self.said:
            self.said.append(words)

    def view(self, index: Any) -> tuple[int, int, int]:
        """Start, length and stride (0: none told) of a buffer view, all of it inside the buffer."""
        view = self.at("bufferViews", index)
        if self.at("buffers", view.get("buffer")) is not self.list("buffers")[0]:
            raise Refused("The GLB keeps data outside its one buffer; export it with everything embedded.")
        start = whole(view.get("byteOffset", 0), 0, len(self.bin), "buffer view's offset")
        length = whole(view.get("byteLength"), 1, 1 << 62, "buffer view's length")
        if start + length > len(self.bin):
            raise Refused(
                f"A buffer view of the GLB says {said_bytes(length)}, beyond its buffer of {said_bytes(len(self.bin))}; export it again."
            )
        return start, length, whole(view.get("byteStride", 0), 0, 252, "buffer view's stride")

    def rows(self, view: Any, offset: int, count: int, kind: str, width: int) -> Array:
        """[count, width] of a buffer view, copied."""
        start, length, stride = self.view(view)
        size = np.dtype(kind).itemsize * width
        stride = stride or size
        if stride < size or offset + stride * (count - 1) + size > length:
            raise Refused(
                f"An accessor of the GLB says {said_bytes(offset + stride * (count - 1) + size)}, beyond its buffer view of {said_bytes(length)}; export it again."
            )
        one = np.dtype(kind).itemsize
        seen = np.ndarray((count, width), kind, self.bin, start + offset, (stride, one))
        return np.array(seen)

    def accessor(self, index: Any, widths: tuple[int, ...], most: int) -> Array:
        """An accessor as float32 (normalised integers scaled) or int64 [count, width]."""
        told = self.at("accessors", index)
        count = whole(told.get("count"), 1, 1 << 62, "accessor's count")
        if count > most:
            raise Refused(
                f"An accessor of the GLB says {count} items; at most {most} can be brought. Decimate the model."
            )
        code = told.get("componentType")
        kind, width = COMPONENTS.get(code if type(code) is int else -1), WIDTHS.get(str(told.get("type")))
        if kind is None or width not in widths:
            raise Refused(
                f"An accessor of the GLB is {told.get('type')!s:.12} of {code!s:.12}, which does not fit its use; export it again."
            )
        offset = whole(told.get("byteOffset", 0), 0, 1 << 62, "accessor's offset")
        if "bufferView" in told:
            values = self.rows(told["bufferView"], offset, count, kind, width)
        else:
            values = np.zeros((count, width), kind)
        if "sparse" in told:
            sparse = told["sparse"]
            few = whole(sparse["count"], 1, count, "sparse accessor's count")
            where, what = sparse["indices"], sparse["values"]
            own = COMPONENTS.get(where["componentType"])
            if own not in ("<u1", "<u2", "<u4"):
                raise Refused("A sparse accessor of the GLB has indices of no known type; export it again.")
            at = self.rows(where["bufferView"], whole(where.get("byteOffset", 0), 0, 1 << 62, "offset"), few, own, 1)[
                :, 0
            ]
            if int(at.max()) >= count:
                raise Refused("A sparse accessor of the GLB names items that are not there; export it again.")
            values[at] = self.rows(
                what["bufferView"], whole(what.get("byteOffset", 0), 0, 1 << 62, "offset"), few, kind, width
            )
        if kind == "<f4":
            return values.astype(np.float32)
        if told.get("normalized") is True:
            top = float(np.iinfo(kind).max)
            return np.maximum(values.astype(np.float32) / np.float32(top), np.float32(-1))
        return values.astype(np.int64)


def said_bytes(count: int) -> str:
    """A number of bytes for people."""
    return f"{count / 1e9:.1f} GB" if count >= 10**8 else f"{count} bytes"


def _chunks(data: bytes) -> tuple[Json, bytes]:
    """JSON and buffer of a GLB: its lengths must be those of the file."""
    if len(data) < 20:
        raise Refused("The GLB is cut off; export it again.")
    magic, version, length = struct.unpack_from("<4sII", data)
    if magic != b"glTF" or version != 2:
        raise Refused(f"The file is glTF version {version}; wanted a GLB of glTF 2.0. Export it again.")
    if length != len(data):
        raise Refused(
            f"The GLB says it has {length} bytes and has {len(data)}; it is cut off or forged. Export it again."
        )
    found: list[tuple[bytes, bytes]] = []
    at = 12
    while at < length:
        if at + 8 > length:
            raise Refused("The GLB ends within a chunk's head; export it again.")
        size, kind = struct.unpack_from("<I4s", data, at)
        if at + 8 + size > length:
            raise Refused(
                f"A chunk of the GLB says {size} bytes, and {length - at - 8} are left; it is cut off or forged. Export it again."
            )
        found.append((kind, data[at + 8 : at + 8 + size]))
        at += 8 + size
        if len(found) > 16:
            raise Refused("The GLB has more than 16 chunks, and wants two; export it again.")
    if not found or found[0][0] != b"JSON":
        raise Refused("The GLB does not begin with its JSON; export it again.")
    if len(found[0][1]) > MAX_JSON_BYTES:
        raise Refused(
            f"The GLB's JSON has {len(found[0][1]) >> 20} MB; at most {MAX_JSON_BYTES >> 20} MB are read. Join meshes."
        )
    told = json.loads(found[0][1].decode("utf-8"), parse_constant=_no_number)
    if not isinstance(told, dict):
        raise Refused("The GLB's JSON is no object; export it again.")
    return told, next((body for kind, body in found[1:] if kind == b"BIN\x00"), b"")


def _no_number(word: str) -> float:
    raise Refused(f"The GLB's JSON holds {word}, which is no number; export it again.")


# nodes


def matrix_of(node: Json) -> Array:
    """A node's own matrix [4, 4], column vectors."""
    if "matrix" in node:
        made = np.array(reals(node["matrix"], 16, "node's matrix"), np.float64).reshape(4, 4).T
        made[3] = (0, 0, 0, 1)
        return made
    x, y, z, w = reals(node.get("rotation", [0, 0, 0, 1]), 4, "node's rotation")
    norm = math.sqrt(x * x + y * y + z * z + w * w)
    if norm < 1e-6:
        raise Refused(f"The node {name_of(node)!r} of the GLB has a rotation of length 0; export it again.")
    x, y, z, w = x / norm, y / norm, z / norm, w / norm
    turn = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    made = np.eye(4)
    made[:3, :3] = turn * np.array(reals(node.get("scale", [1, 1, 1]), 3, "node's scale"))
    made[:3, 3] = reals(node.get("translation", [0, 0, 0]), 3, "node's translation")
    return made


def worlds(doc: Document) -> dict[int, Array]:
    """World matrices [4, 4] of the nodes of the scene; a tree, of bounded depth, or a refusal."""
    nodes = doc.list("nodes")
    children = [[whole(c, 0, len(nodes) - 1, "child node") for c in node.get("children", [])] for node in nodes]
    parents = [0] * len(nodes)
    for own in children:
        for c in own:
            parents[c] += 1
            if parents[c] > 1:
                raise Refused(
                    f"The node {name_of(nodes[c], str(c))!r} of the GLB has two parents; wanted a tree. Export it again."
                )
    scenes = doc.list("scenes")
    if scenes:
        scene = doc.at("scenes", doc.json.get("scene", 0))
        roots = [whole(r, 0, len(nodes) - 1, "root node") for r in scene.get("nodes", [])]
        if len(scenes) > 1:
            doc.say(f"Of {len(scenes)} scenes in the GLB the one it names is brought.")
    else:
        roots = [k for k, count in enumerate(parents) if count == 0]
    if nodes and (any(parents[r] for r in roots) or all(parents)):
        raise Refused("The nodes of the GLB run in a circle; wanted a tree. Export it again.")
    out: dict[int, Array] = {}
    waiting = [(r, np.eye(4), 0) for r in roots]
    while waiting:
        k, above, deep = waiting.pop()
        if k in out:
            raise Refused("The nodes of the GLB run in a circle; wanted a tree. Export it again.")
        if deep > MOST_DEEP:
            raise Refused(f"The nodes of the GLB are nested more than {MOST_DEEP} deep; flatten them.")
        out[k] = above @ matrix_of(nodes[k])
        if not np.isfinite(out[k]).all() or np.abs(out[k]).max() > 1e9:
            raise Refused(
                f"The node {name_of(nodes[k], str(k))!r} of the GLB stands beyond all numbers; export it again."
            )
        waiting += [(c, out[k], deep + 1) for c in children[k]]
    return out


# meshes


class Budget:
    """What is left of vertices, triangles and morphed positions."""

    def __init__(self, vertices: int, triangles: int) -> None:
        self.most = (vertices, triangles)
        self.vertices = self.triangles = self.moved = 0

    def take(self, vertices: int, triangles: int, moved: int) -> None:
        """Counts a piece before anything of it is made."""
        self.vertices, self.triangles, self.moved = (
            self.vertices + vertices,
            self.triangles + triangles,
            self.moved + moved,
        )
        if self.vertices > self.most[0] or self.triangles > self.most[1]:
            raise Refused(
                f"The GLB has more than {self.most[0]} vertices or {self.most[1]} triangles (instances count each); decimate it."
            )
        if self.moved > MOST_MOVED:
            raise Refused("The GLB's morph targets move too many vertices; keep only those that are expressions.")


def triangles_of(mode: int, order: Array) -> Array:
    """Triangles int64 [T, 3] of indices in the order of a mode: 4 triangles, 5 a strip, 6 a fan."""
    if mode == 4:
        return order[: len(order) // 3 * 3].reshape(-1, 3)
    if len(order) < 3:
        return np.zeros((0, 3), np.int64)
    if mode == 6:
        return np.stack([np.full(len(order) - 2, order[0]), order[1:-1], order[2:]], axis=1)
    strip = np.stack([order[:-2], order[1:-1], order[2:]], axis=1)
    strip[1::2] = strip[1::2][:, [1, 0, 2]]
    return strip


def skinned(doc: Document, node: Json, primitive: Json, world: dict[int, Array], count: int) -> Array | None:
    """Matrices [count, 4, 4] that bring vertices where the rest pose has them; None without a skin."""
    attributes = primitive["attributes"]
    if "skin" not in node or "JOINTS_0" not in attributes or "WEIGHTS_0" not in attributes:
        return None
    skin = doc.at("skins", node["skin"])
    joints = [whole(j, 0, len(doc.list("nodes")) - 1, "joint") for j in skin["joints"]]
    inverse = np.tile(np.eye(4), (len(joints), 1, 1))
    if "inverseBindMatrices" in skin:
        told = doc.accessor(skin["inverseBindMatrices"], (16,), 20_000).astype(np.float64)
        if len(told) < len(joints) or not np.isfinite(told).all():
            raise Refused("A skin of the GLB has fewer matrices than joints, or no numbers in them; export it again.")
        inverse = told[: len(joints)].reshape(-1, 4, 4).transpose(0, 2, 1)
    missing = [j for j in joints if j not in world]
    if missing:
        raise Refused("A skin of the GLB hangs on joints outside its scene; export it again.")
    bones = (np.stack([world[j] for j in joints]) @ inverse).reshape(len(joints), 16)
    out, total = np.zeros((count, 16)), np.zeros(count)
    for k in (0, 1):
        if f"JOINTS_{k}" not in attributes or f"WEIGHTS_{k}" not in attributes:
            continue
        which = doc.accessor(attributes[f"JOINTS_{k}"], (4,), count).astype(np.int64)
        weight = doc.accessor(attributes[f"WEIGHTS_{k}"], (4,), count).astype(np.float64)
        if (
            which.shape != (count, 4)
            or weight.shape != (count, 4)
            or which.min() < 0
            or which.max() >= len(joints)
            or not np.isfinite(weight).all()
        ):
            raise Refused("A skinned mesh of the GLB names joints or weights that are not there; export it again.")
        for j in range(4):
            out += weight[:, j, None] * bones[which[:, j]]
            total += weight[:, j]
    if (total < 1e-6).any():
        raise Refused("A skinned mesh of the GLB has vertices that no joint holds; export it again.")
    return (out / total[:, None]).reshape(count, 4, 4)


def attribute(doc: Document, primitive: Json, name: str, widths: tuple[int, ...], count: int) -> Array | None:
    """A vertex attribute as float32 [count, width], or None."""
    if name not in primitive["attributes"]:
        return None
    found = doc.accessor(primitive["attributes"][name], widths, count).astype(np.float32)
    if len(found) != count:
        raise Refused(f"The GLB has {len(found)} of {name} for {count} positions; export it again.")
    if not np.isfinite(found).all():
        raise Refused(f"The GLB's {name} holds NaN or infinity; export it again.")
    return found


def turned(vectors: Array, by: Array) -> Array:
    """[N, 3] by one matrix [3, 3] or one each [N, 3, 3]."""
    return vectors @ by.T if by.ndim == 2 else np.einsum("nij,nj->ni", by, vectors)


def across(by: Array) -> Array:
    """What turns normals where `by` [..., 3, 3] turns points: its inverse transposed, but for a factor above 0."""
    a, b, c = by[..., 0, :], by[..., 1, :], by[..., 2, :]
    cofactors = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=-2)
    return cofactors * np.sign(np.linalg.det(by))[..., None, None]


def unit(vectors: Array) -> Array:
    """[N, 3] at length 1; what has none stays 0."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-20)


def piece_of(
    doc: Document,
    node: Json,
    mesh: Json,
    primitive: Json,
    place: Array,
    world: dict[int, Array],
    budget: Budget,
) -> tuple[Json, list[tuple[str, Array]]] | None:
    """One primitive at one node in world space: what the JSON says of it, and its arrays; None for points and lines."""
    mode = whole(primitive.get("mode", 4), 0, 6, "mode of a primitive")
    if mode < 4:
        doc.say("Points and lines of the GLB have no surface and were left out.")
        return None
    most_v, most_t = budget.most
    position = doc.accessor(primitive["attributes"]["POSITION"], (3,), most_v).astype(np.float64)
    count = len(position)
    if not np.isfinite(position).all():
        raise Refused(f"The mesh {name_of(mesh)!r} of the GLB has positions that are NaN or infinity; export it again.")
    if "indices" in primitive:
        order = doc.accessor(primitive["indices"], (1,), 3 * most_t)[:, 0]
        if order.dtype != np.int64 or order.min() < 0 or order.max() >= count:
            raise Refused(
                f"The mesh {name_of(mesh)!r} of the GLB names vertices that are not there (it has {count}); export it again."
            )
    else:
        order = np.arange(count)
    faces = triangles_of(mode, order)
    targets = primitive.get("targets", [])
    if len(targets) > MOST_TARGETS:
        raise Refused(
            f"The mesh {name_of(mesh)!r} of the GLB has {len(targets)} morph targets; at most {MOST_TARGETS} are read."
        )
    budget.take(count, len(faces), count * len(targets))
    if not len(faces):
        return None
    offsets: list[tuple[str, Array]] = []
    extras: Json = mesh.get("extras") or primitive.get("extras") or {}
    names: list[Any] = extras.get("targetNames", [])
    weights: list[Any] = node.get("weights") or mesh.get("weights") or []
    for k, target in enumerate(targets):
        if "POSITION" not in target:
            continue
        moved = doc.accessor(target["POSITION"], (3,), count).astype(np.float64)
        if len(moved) != count or not np.isfinite(moved).all():
            raise Refused(f"A morph target of the mesh {name_of(mesh)!r} does not fit it; export it again.")
        if k < len(weights) and (weight := real(weights[k], "morph weight")):
            position = position + weight * moved
        offsets.append((name_of({"name": names[k]}) if k < len(names) else f"target {k}", moved))
    skin = skinned(doc, node, primitive, world, count)
    by = place if skin is None else skin
    linear = by[..., :3, :3]
    if skin is None and abs(float(np.linalg.det(linear))) < 1e-12:
        raise Refused(f"The node {name_of(node)!r} of the GLB is scaled to nothing; remove it, or apply its scale.")
    flip = float(np.median(np.linalg.det(linear))) < 0
    position = turned(position, linear) + by[..., :3, 3]
    if np.abs(position).max() > FARTHEST:
        raise Refused(f"The mesh {name_of(mesh)!r} of the GLB lies beyond {FARTHEST:g} m; export it again.")
    arrays = [("position", position.astype("<f4")), ("faces", (faces[:, ::-1] if flip else faces).astype("<i4"))]
    normal = attribute(doc, primitive, "NORMAL", (3,), count)
    if normal is not None:
        arrays.append(("normal", unit(turned(normal, across(linear))).astype("<f4")))
        tangent = attribute(doc, primitive, "TANGENT", (4,), count)
        if tangent is not None:
            side = np.sign(tangent[:, 3:]) * (-1 if flip else 1)
            arrays.append(("tangent", np.hstack([unit(turned(tangent[:, :3], linear)), side]).astype("<f4")))
    for k in (0, 1):
        uv = attribute(doc, primitive, f"TEXCOORD_{k}", (2,), count)
        if uv is not None:
            if np.abs(uv).max() > 1e5:
                raise Refused(
                    f"The mesh {name_of(mesh)!r} of the GLB has texture coordinates beyond all use; export it again."
                )
            arrays.append((f"uv{k}", uv.astype("<f4")))
    colour = attribute(doc, primitive, "COLOR_0", (3, 4), count)
    if colour is not None:
        opaque = np.ones((count, 1), np.float32) if colour.shape[1] == 3 else colour[:, 3:]
        arrays.append(("colour", np.clip(np.hstack([colour[:, :3], opaque]), 0, 1).astype("<f4")))
    arrays += [(f"target {k}", turned(moved, linear).astype("<f4")) for k, (_, moved) in enumerate(offsets)]
    material = primitive.get("material")
    row = {
        "node": name_of(node), "mesh": name_of(mesh), "targets": [name for name, _ in offsets],
        "material": -1 if material is None else whole(material, 0, len(doc.list("materials")) - 1, "material of a primitive"),
    }  # fmt: skip
    return row, arrays


# materials and textures


def texture_of(doc: Document, told: Any, used: dict[int, int]) -> Json | None:
    """A texture as the output says it; `used` gives images their numbers."""
    if not isinstance(told, dict):
        return None
    texture = doc.at("textures", told.get("index"))
    webp = extension(texture, "EXT_texture_webp")
    source = texture.get("source") if webp is None else webp.get("source")
    if source is None:
        doc.say(
            "A texture of the GLB has no picture that can be read here (KTX2?); export its textures as PNG or JPEG."
        )
        return None
    image = whole(source, 0, len(doc.list("images")) - 1, "image of a texture")
    sampler = doc.at("samplers", texture["sampler"]) if "sampler" in texture else {}
    moved = extension(told, "KHR_texture_transform") or {}
    return {
        "image": used.setdefault(image, len(used)),
        "uv": whole(moved.get("texCoord", told.get("texCoord", 0)), 0, 7, "texCoord"),
        "offset": reals(moved.get("offset", [0, 0]), 2, "texture's offset"),
        "scale": reals(moved.get("scale", [1, 1]), 2, "texture's scale"),
        "rotation": real(moved.get("rotation", 0), "texture's rotation"),
        "wrap": [WRAPS.get(sampler.get(k, 10497), "repeat") for k in ("wrapS", "wrapT")],
        "strength": real(told.get("scale", told.get("strength", 1)), "texture's strength"),
    }


def material_of(doc: Document, told: Json, used: dict[int, int]) -> Json:
    """A material as the output says it."""
    rough = told.get("pbrMetallicRoughness", {})
    glossy = extension(told, "KHR_materials_pbrSpecularGlossiness")
    if glossy is not None:
        base, texture = glossy.get("diffuseFactor", [1, 1, 1, 1]), glossy.get("diffuseTexture")
        metal, roughness, both = 0.0, 1 - real(glossy.get("glossinessFactor", 1), "glossiness"), None
    else:
        base, texture, both = (
            rough.get("baseColorFactor", [1, 1, 1, 1]),
            rough.get("baseColorTexture"),
            rough.get("metallicRoughnessTexture"),
        )
        metal, roughness = (
            real(rough.get("metallicFactor", 1), "metallic"),
            real(rough.get("roughnessFactor", 1), "roughness"),
        )
    glow = extension(told, "KHR_materials_emissive_strength") or {}
    strength = real(glow.get("emissiveStrength", 1), "emissive strength")
    mode = str(told.get("alphaMode", "OPAQUE"))
    return {
        "name": name_of(told),
        "base": reals(base, 4, "base colour"),
        "metallic": metal,
        "roughness": roughness,
        "emissive": [v * strength for v in reals(told.get("emissiveFactor", [0, 0, 0]), 3, "emissive colour")],
        "alpha": mode if mode in ("MASK", "BLEND") else "OPAQUE",
        "cutoff": real(told.get("alphaCutoff", 0.5), "alpha cutoff"),
        "double": told.get("doubleSided") is True,
        "unlit": extension(told, "KHR_materials_unlit") is not None,
        "clear": real(
            (extension(told, "KHR_materials_transmission") or {}).get("transmissionFactor", 0), "transmission"
        ),
        "textures": {
            "base": texture_of(doc, texture, used),
            "rough": texture_of(doc, both, used),
            "normal": texture_of(doc, told.get("normalTexture"), used),
            "occlusion": texture_of(doc, told.get("occlusionTexture"), used),
            "emissive": texture_of(doc, told.get("emissiveTexture"), used),
        },
    }


def pixels_of(doc: Document, image: Json, max_side: int, left: int) -> Array:
    """uint8 [H, W, 3 or 4] of an embedded picture; its size is known before it is decoded.

    Args:
        left: pixels that may still be decoded.
    """
    from PIL import Image

    start, length, _ = doc.view(image.get("bufferView"))
    data = doc.bin[start : start + length]
    magic = ((b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"RIFF", "WEBP"))
    kind = next((kind for sign, kind in magic if data.startswith(sign)), None)
    if kind is None:
        raise Refused("A texture of the GLB is neither PNG, JPEG nor WebP; export its textures as PNG or JPEG.")
    Image.MAX_IMAGE_PIXELS = None  # asked right below
    with Image.open(io.BytesIO(data), formats=(kind,)) as opened:
        wide, tall = opened.size
        if max(wide, tall) > max_side or wide * tall > left:
            raise Refused(
                f"A texture of the GLB is {wide}x{tall} px, with the others too large; scale the textures down to 2048 px."
            )
        clear = opened.mode in ("RGBA", "LA", "PA") or "transparency" in opened.info
        if opened.mode.startswith("I"):
            grey = np.asarray(opened).astype(np.int64) >> 8
            return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
        made = opened.convert("RGBA" if clear else "RGB")
    if max(wide, tall) > KEPT_SIDE:
        made = made.reduce(-(-max(wide, tall) // KEPT_SIDE))
    return np.ascontiguousarray(made, np.uint8)


# what stands in the scene besides meshes


def lamp_of(doc: Document, node: Json, place: Array) -> Json | None:
    """A punctual light at a node."""
    told = extension(node, "KHR_lights_punctual")
    if told is None:
        return None
    lights = (doc.json.get("extensions", {}).get("KHR_lights_punctual") or {}).get("lights", [])
    light = lights[whole(told.get("light"), 0, len(lights) - 1, "light of a node")]
    return {
        "name": name_of(light) or name_of(node), "kind": str(light.get("type"))[:12], "position": place[:3, 3].tolist(),
        "toward": unit(-place[None, :3, 2])[0].tolist(), "rgb": reals(light.get("color", [1, 1, 1]), 3, "light's colour"),
        "intensity": real(light.get("intensity", 1), "light's intensity"),
    }  # fmt: skip


def whole_scene(
    data: bytes, max_vertices: int, max_triangles: int, max_pixels: int, max_side: int
) -> tuple[Json, list[Array]]:
    """Everything that is handed on: the head, and the arrays behind it."""
    doc = Document(data)
    place = worlds(doc)
    nodes, budget = doc.list("nodes"), Budget(max_vertices, max_triangles)
    pieces: list[Json] = []
    body: list[Array] = []
    lamps: list[Json] = []
    cameras: list[Json] = []
    spots: list[Json] = []
    for k in sorted(place):
        node = nodes[k]
        if lamp := lamp_of(doc, node, place[k]):
            lamps.append(lamp)
        seen = {
            "name": name_of(node),
            "position": place[k][:3, 3].tolist(),
            "forward": unit(place[k][None, :3, 2])[0].tolist(),
        }
        if "camera" in node:
            cameras.append(seen)
        elif "mesh" not in node and not lamp and len(spots) < 2000:
            spots.append(seen)
        if "mesh" not in node:
            continue
        mesh = doc.at("meshes", node["mesh"])
        for primitive in mesh["primitives"]:
            made = piece_of(doc, node, mesh, primitive, place[k], place, budget)
            if made is not None:
                row, arrays = made
                row["arrays"] = [[name, a.dtype.str, *a.shape] for name, a in arrays]
                pieces.append(row)
                body += [a for _, a in arrays]
    if not pieces:
        raise Refused("The GLB holds no triangle; bring a model with a surface.")
    used: dict[int, int] = {}
    materials = [material_of(doc, m, used) for m in doc.list("materials")]
    images, left = [], max_pixels
    for index in used:
        pixels = pixels_of(doc, doc.at("images", index), max_side, left)
        left -= pixels.shape[0] * pixels.shape[1]
        images.append(pixels)
    if doc.list("animations"):
        doc.say("Animations of the GLB are not played: it stands as it rests.")
    head = {
        "materials": materials, "images": [["image", "|u1", *i.shape] for i in images], "pieces": pieces, "lamps": lamps[:400],
        "cameras": cameras[:400], "spots": spots, "said": doc.said,
    }  # fmt: skip
    return head, [*images, *body]


def main() -> None:
    """Reads standard input, writes standard output."""
    limit(MEMORY_BYTES, CPU_S)
    warnings.simplefilter("error")
    limits = [int(v) for v in sys.argv[2:6]]
    data = sys.stdin.buffer.read()
    body: list[Array] = []
    try:
        head, body = whole_scene(data, *limits)
    except Refused as refused:
        head = {"error": str(refused)}
    except (MemoryError, RecursionError):
        head = {"error": "The GLB nests deeper or needs more memory than is given to it; make it smaller."}
    except (*FAULTS, Warning) as fault:
        head = {
            "error": f"The GLB is damaged ({type(fault).__name__}: {' '.join(str(fault).split())[:80]}); export it again."
        }
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n")
    for array in body:
        sys.stdout.buffer.write(np.ascontiguousarray(array).tobytes())


if __name__ == "__main__":
    main()
