"""A brought subject as one file: packed when a lock is frozen, read from the store's media when it is shot.

Place in the path: subjects; `relief` and its neighbours make the parts, `freeze` packs and freezes them, `shoot` loads them. What comes back is a
`BakedSubject` like any shipped one. No torch, no ray caster.

The archive is a ZIP without compression whose members, order and times are fixed: `subject.json` (canonical JSON), one NPY an array (`expr_NAME.npy`:
an expression), one PNG a texture. Equal parts give equal bytes, and its SHA-256 is the lock's `subject_sha256`. `load` trusts none of it: sizes are
read before anything is decoded, and indices, numbers and shapes before anything is used.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import math
import re
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from sora_lock.colour import TABLE
from sora_lock.errors import MediaError
from sora_lock.media.images import png, read_own
from sora_lock.records import ATTRIBUTES, canonical
from sora_lock.subjects.baked import FORMAT, Atlas, BakedSubject, digest_of

Floats = NDArray[np.float32]
Codes = NDArray[np.uint8]

MAX_BYTES = 96 << 20
MAX_SIDE = 4096
MAX_VERTICES, MAX_TRIANGLES = 400_000, 800_000
MAX_METRES: Mapping[str, float] = {"character": 60.0, "prop": 60.0, "set": 400.0}
"""How far from its origin anything of a subject may lie, by its kind."""
MAX_JSON_BYTES = 1 << 18
MAX_EXPRESSIONS = 24
EXPRESSION = re.compile(r"expr_([a-z][a-z ]{0,30})")
"""How the array of an expression is named."""
ARRAYS: Mapping[str, tuple[str, tuple[int, ...], int]] = {
    # name: type, shape after the first axis, most items along it
    "faces": ("<i4", (3,), MAX_TRIANGLES),
    "layer": ("|u1", (), MAX_TRIANGLES),
    "part": ("|u1", (), MAX_TRIANGLES),
    "rest": ("<f4", (3,), MAX_VERTICES),
    "st": ("<f4", (2,), MAX_VERTICES),
    "weld": ("<i4", (), MAX_VERTICES),
}
TEXTURES: Mapping[str, int] = {"alpha": 1, "material": 3, "normal": 3, "reflectance": 3}
"""Textures and how many channels each has; alpha may be missing."""
HEAD = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '(?P<kind>[<|][a-z][0-9])', 'fortran_order': False, 'shape': \((?P<shape>[0-9]{1,9},(?: [0-9]{1,9})?)\), \} {0,99}\n",
    re.DOTALL,
)
"""The head that NumPy writes before a small array in NPY 1.0."""
FAULTS = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    EOFError,
    RecursionError,
    NotImplementedError,
    zipfile.BadZipFile,
    struct.error,
)


@dataclass(frozen=True, eq=False)
class Parts:
    """What an archive is packed from; arrays as in `baked.BakedSubject` and `baked.Atlas`, colours in 8 bits.

    Attributes:
        info: what `subject.json` holds: format, name, kind, parts; of characters and props `framing`; of sets marks, practicals, sun, open_sky and
            bounds_m as the shipped sets have them; `relief` where it is known from the front only, else None.
        reflectance: uint8 [N, N, 3], sRGB; alpha: uint8 [N, N].
        normal, material: uint8 [n, n, 3], n = N or a whole part of it; normals of a relief in its own space, of others in tangent space.
        weld: int32 [V], see `BakedSubject`; None when no two vertices share a normal.
        expressions: name -> float32 [V, 3], offset from rest.
    """

    info: Mapping[str, Any]
    faces: NDArray[np.int32]
    st: Floats
    part: Codes
    layer: Codes
    rest: Floats
    reflectance: Codes
    normal: Codes
    material: Codes
    alpha: Codes | None
    weld: NDArray[np.int32] | None = None
    expressions: Mapping[str, Floats] = field(default_factory=dict)


def pack(parts: Parts) -> tuple[bytes, BakedSubject]:
    """The archive of a subject, and the subject as `load` takes it back; the same parts give the same bytes.

    Raises:
        MediaError: for parts that `load` would not take back.
    """
    members = {"subject.json": canonical(parts.info)}
    arrays = {name: getattr(parts, name) for name in ARRAYS}
    if arrays["weld"] is None:
        del arrays["weld"]
    arrays |= {f"expr_{name}": offset for name, offset in parts.expressions.items()}
    for name, array in arrays.items():
        out = io.BytesIO()
        npy.write_array(out, np.ascontiguousarray(array, _kind_of(name)[0]), (1, 0), allow_pickle=False)
        members[f"{name}.npy"] = out.getvalue()
    for name in TEXTURES:
        if getattr(parts, name) is not None:
            members[f"{name}.png"] = png(getattr(parts, name))
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:
        for name, data in sorted(members.items()):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, data)
    data = whole.getvalue()
    return data, load(data)


def _kind_of(array: str) -> tuple[str, tuple[int, ...], int]:
    """Type, shape after the first axis and most items of an array of the archive; an expression is as large as `rest`."""
    return ARRAYS["rest"] if EXPRESSION.fullmatch(array) else ARRAYS[array]


def load(data: bytes) -> BakedSubject:
    """The subject of an archive, decoded and checked.

    Raises:
        MediaError: for anything that is no whole archive of this format.
    """
    members = _members(data)
    info = _info(members["subject.json"])
    arrays = {n.removesuffix(".npy"): _array(n.removesuffix(".npy"), members[n]) for n in members if n.endswith(".npy")}
    textures = {name: _texture(name, members[f"{name}.png"]) for name in TEXTURES if f"{name}.png" in members}
    _check(info, arrays, textures)
    reflectance = TABLE[textures["reflectance"]]
    reflectance.setflags(write=False)
    surfaces = Atlas(
        reflectance, textures["normal"], textures["material"], digest_of(reflectance), textures.get("alpha")
    )
    return BakedSubject(
        name=info["name"],
        kind=info["kind"],
        folder=None,
        info=info,
        faces=arrays["faces"],
        st=arrays["st"],
        part=arrays["part"],
        weld=arrays.get("weld", np.arange(len(arrays["rest"]), dtype=np.int32)),
        rest=arrays["rest"],
        expressions={name.removeprefix("expr_"): arrays[name] for name in arrays if EXPRESSION.fullmatch(name)},
        basis=None,
        weights=None,
        head=None,
        moves={},
        bones=None,
        follows=None,
        subject_sha256=hashlib.sha256(data).hexdigest(),
        layer=arrays["layer"],
        surfaces=surfaces,
    )


@functools.lru_cache(maxsize=4)
def load_file(path: Path) -> BakedSubject:
    """`load` of a file of the store, whose name is its digest; the last few stay in memory."""
    if path.stat().st_size > MAX_BYTES:
        raise MediaError(
            f"The archive {path.name[:16]}… has {path.stat().st_size >> 20} MB; wanted {MAX_BYTES >> 20} at most."
        )
    return load(path.read_bytes())


def _members(data: bytes) -> dict[str, bytes]:
    """Member name -> bytes; every size is known and bounded before anything is read."""
    if len(data) > MAX_BYTES:
        raise MediaError(f"The archive has {len(data) >> 20} MB; wanted {MAX_BYTES >> 20} MB at most.")
    needed = {
        "subject.json",
        *(f"{n}.npy" for n in ARRAYS if n != "weld"),
        *(f"{n}.png" for n in TEXTURES if n != "alpha"),
    }
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = [e.filename for e in entries]
            said = {n for n in names if EXPRESSION.fullmatch(n.removesuffix(".npy"))}
            strange = set(names) - needed - said - {"alpha.png", "weld.npy"}
            if strange or len(names) != len(set(names)) or len(said) > MAX_EXPRESSIONS:
                raise MediaError(
                    f"The archive holds {ascii(sorted(strange or names))[:80]}, which no brought subject has."
                )
            if needed - set(names):
                raise MediaError(
                    f"The archive lacks {', '.join(sorted(needed - set(names)))}; bring the subject again."
                )
            if any(
                e.compress_type != zipfile.ZIP_STORED or e.file_size > len(data) or e.flag_bits & 1 for e in entries
            ):
                raise MediaError(
                    "The archive is compressed or says sizes it cannot have; wanted plainly stored members."
                )
            return {e.filename: archive.read(e) for e in entries}
    except FAULTS as fault:
        raise MediaError(
            f"The archive of a brought subject is damaged or cut off ({_said(fault)}); bring it again."
        ) from None


def _said(fault: BaseException) -> str:
    return " ".join(str(fault).split())[:100] or type(fault).__name__


def _info(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_JSON_BYTES:
        raise MediaError(f"The archive's subject.json has {len(data)} bytes; wanted {MAX_JSON_BYTES} at most.")
    try:
        info = json.loads(data)
        kind, parts, relief = info["kind"], info["parts"], info["relief"]
        sound = (
            info["format"] == FORMAT
            and kind in ATTRIBUTES
            and isinstance(info["name"], str)
            and 1 <= len(parts) <= 250
            and all(isinstance(p["name"], str) and set(p["attributes"]) <= set(ATTRIBUTES[kind]) for p in parts)
            and (_place(info) if kind == "set" else _framing(info["framing"]))
            and (relief is None or _relief(relief))
        )
    except FAULTS as fault:
        raise MediaError(
            f"The archive's subject.json cannot be read ({_said(fault)}); bring the subject again."
        ) from None
    if not sound:
        raise MediaError(
            f"The archive's subject.json describes no subject of format {FORMAT}; bring the subject again."
        )
    return dict(info)


def _numbers(*values: Any) -> bool:
    """Whether all are numbers that a length or an angle can have."""
    return all(type(v) in (int, float) and math.isfinite(v) and abs(v) < 1e5 for v in values)


def _framing(frame: Mapping[str, Any]) -> bool:
    sizes, spread = (frame["head_radius_m"], frame["height_m"]), frame.get("spread_m", 0.0)
    head = frame.get("head_m", frame["eye_m"])
    sound = len(frame["eye_m"]) == len(head) == 3 and _numbers(*frame["eye_m"], *head, *sizes, spread)
    return sound and min(*sizes, spread + 1) > 0


def _relief(relief: Mapping[str, Any]) -> bool:
    """`texels_per_m`, or of a photographed place its camera: `from_m`, `rotation`, `focal_texels`, `size_px`; `cut_m`; `estimated`."""
    if "from_m" in relief:
        scale = relief["focal_texels"]
        turn, size = relief["rotation"], relief["size_px"]
        placed = len(relief["from_m"]) == 3 and _numbers(*relief["from_m"]) and [len(r) for r in turn] == [3, 3, 3]
        placed = placed and _numbers(*(v for r in turn for v in r)) and len(size) == 2
        placed = placed and all(type(n) is int and 16 <= n <= MAX_SIDE for n in size)
    else:
        scale, placed = relief["texels_per_m"], True
    return placed and _numbers(scale, relief["cut_m"] or 0.0) and scale > 0 and isinstance(relief["estimated"], bool)


def _place(info: Mapping[str, Any]) -> bool:
    """A set's marks, lamps, sun, sky and bounds."""
    marks, lamps, sun, (low, high) = info["marks"], info["practicals"], info["sun"], info["bounds_m"]
    return (
        1 <= len(marks) <= 40
        and all(
            len(m["position_m"]) == 3 and _numbers(*m["position_m"], m["facing_deg"], m["camera_deg"])
            for m in marks.values()
        )
        and len(lamps) <= 40
        and all(
            _numbers(*p["position_m"], *p["rgb"], p["power"], p["radius_m"])
            and len(p["position_m"]) == len(p["rgb"]) == 3
            for p in lamps.values()
        )
        and _numbers(sun["azimuth_deg"], sun["elevation_deg"], info["open_sky"], *low, *high)
        and len(low) == len(high) == 3
    )


def _array(name: str, data: bytes) -> NDArray[Any]:
    """One array, of exactly the type and rank that is wanted, and no larger than its bytes; its head is matched, not evaluated."""
    kind, tail, most = _kind_of(name)
    head = HEAD.match(data)
    if head is None:
        raise MediaError(f"The archive's {name} has no head of NPY 1.0; bring the subject again.")
    shape = tuple(int(n) for n in head["shape"].decode().replace(" ", "").split(",") if n)
    said, body = head["kind"].decode(), data[head.end() :]
    if said != kind or len(shape) != 1 + len(tail) or shape[1:] != tail or not 1 <= shape[0] <= most:
        wanted = ", ".join([f"1 to {most}", *map(str, tail)])
        raise MediaError(f"The archive's {name} is {said} {shape}; wanted {kind} ({wanted}).")
    wanted_bytes = math.prod(shape) * np.dtype(kind).itemsize
    if len(body) != wanted_bytes:
        raise MediaError(f"The archive's {name} has {len(body)} bytes; wanted {wanted_bytes}.")
    return np.frombuffer(body, kind).reshape(shape).astype(np.dtype(kind).newbyteorder("="))


def _texture(name: str, data: bytes) -> NDArray[np.uint8]:
    """One square texture; its size is read from the PNG's head before anything is decoded."""
    channels = TEXTURES[name]
    head = struct.unpack(">II", data[16:24]) if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 33 else (0, 0)
    if head[0] != head[1] or not 16 <= head[0] <= MAX_SIDE or head[0] % 16:
        raise MediaError(
            f"The archive's {name} is {head[0]}x{head[1]}; wanted a square PNG of 16 to {MAX_SIDE} px, in steps of 16."
        )
    pixels = read_own(data)
    if pixels.dtype != np.uint8 or pixels.shape != (head[0], head[0], 3)[: 3 if channels == 3 else 2]:
        raise MediaError(f"The archive's {name} has the shape {pixels.shape}; wanted {channels} channels of 8 bits.")
    return np.ascontiguousarray(pixels)


def _check(
    info: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], textures: Mapping[str, NDArray[np.uint8]]
) -> None:
    """What arrays and textures must be to one another."""
    triangles, vertices = len(arrays["faces"]), len(arrays["rest"])
    if len(arrays["part"]) != triangles or len(arrays["layer"]) != triangles or len(arrays["st"]) != vertices:
        raise MediaError(
            "The archive's arrays do not belong together: wanted one part and layer a triangle, one st a vertex."
        )
    if arrays["faces"].min() < 0 or arrays["faces"].max() >= vertices:
        raise MediaError(f"The archive's faces name vertices that are not there; wanted 0 to {vertices - 1}.")
    if int(arrays["part"].max()) >= len(info["parts"]) or int(arrays["layer"].max()) > 2:
        raise MediaError(
            f"The archive's triangles name a part or layer that is not there; wanted parts 0 to {len(info['parts']) - 1}, layers 0 to 2."
        )
    if not (arrays["layer"] < 2).any():
        raise MediaError("The archive has no triangle that could be seen.")
    offsets = [name for name in arrays if EXPRESSION.fullmatch(name)]
    sized = [name for name in ("weld", *offsets) if name in arrays and len(arrays[name]) != vertices]
    if sized or ("weld" in arrays and not 0 <= arrays["weld"].min() <= arrays["weld"].max() < vertices):
        raise MediaError(
            f"The archive's {(sized or ['weld'])[0]} does not belong to its {vertices} vertices; bring the subject again."
        )
    far = MAX_METRES[info["kind"]]
    for name, low, high in (("rest", -far, far), ("st", 0.0, 1.0), *((name, -2.0, 2.0) for name in offsets)):
        if not np.isfinite(arrays[name]).all() or arrays[name].min() < low or arrays[name].max() > high:
            raise MediaError(f"The archive's {name} holds values that are no numbers, or beyond {low:g} to {high:g}.")
    side = textures["reflectance"].shape[0]
    for name, texture in textures.items():
        n = texture.shape[0]
        if (name == "alpha" and n != side) or side % n or (name == "material" and n != textures["normal"].shape[0]):
            raise MediaError(
                f"The archive's {name} has {n} px a side and the reflectance {side}; wanted the same, or a whole part of it."
            )
