"""A brought subject as one file: packed when a lock is frozen, read from the store's media when it is shot.

Place in the path: subjects; `relief` makes the parts, `lock` packs and freezes them, `shoot` loads them. What comes back is a `BakedSubject` like
any shipped one. No torch, no ray caster.

The archive is a ZIP without compression whose members, order and times are fixed: `subject.json` (canonical JSON), one NPY an array, one PNG a
texture. Equal parts give equal bytes, and its SHA-256 is the lock's `subject_sha256`. `load` trusts none of it: sizes are read before
anything is decoded, and indices, numbers and shapes before anything is used.
"""

from __future__ import annotations

import functools
import io
import json
import math
import re
import struct
import zipfile
from collections.abc import Mapping
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
from sora_lock.subjects.relief import Parts

MAX_BYTES = 96 << 20
MAX_SIDE = 4096
MAX_VERTICES, MAX_TRIANGLES = 400_000, 800_000
MAX_METRES = 60.0
MAX_JSON_BYTES = 1 << 18
ARRAYS: Mapping[str, tuple[str, tuple[int, ...], int]] = {
    # name: type, shape after the first axis, most items along it
    "faces": ("<i4", (3,), MAX_TRIANGLES),
    "layer": ("|u1", (), MAX_TRIANGLES),
    "part": ("|u1", (), MAX_TRIANGLES),
    "rest": ("<f4", (3,), MAX_VERTICES),
    "st": ("<f4", (2,), MAX_VERTICES),
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


def pack(parts: Parts) -> bytes:
    """The archive of a subject; the same parts give the same bytes.

    Raises:
        MediaError: for parts that `load` would not take back.
    """
    members = {"subject.json": canonical(parts.info)}
    for name in ARRAYS:
        out = io.BytesIO()
        npy.write_array(out, np.ascontiguousarray(getattr(parts, name), ARRAYS[name][0]), (1, 0), allow_pickle=False)
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
    load(data)
    return data


def load(data: bytes) -> BakedSubject:
    """The subject of an archive, decoded and checked.

    Raises:
        MediaError: for anything that is no whole archive of this format.
    """
    members = _members(data)
    info = _info(members["subject.json"])
    arrays = {name: _array(name, members[f"{name}.npy"]) for name in ARRAYS}
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
        weld=np.arange(len(arrays["rest"]), dtype=np.int32),
        rest=arrays["rest"],
        expressions={},
        basis=None,
        weights=None,
        head=None,
        moves={},
        bones=None,
        follows=None,
        subject_sha256=_sha256(data),
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


def _sha256(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def _members(data: bytes) -> dict[str, bytes]:
    """Member name -> bytes; every size is known and bounded before anything is read."""
    if len(data) > MAX_BYTES:
        raise MediaError(f"The archive has {len(data) >> 20} MB; wanted {MAX_BYTES >> 20} MB at most.")
    needed = {"subject.json", *(f"{n}.npy" for n in ARRAYS), *(f"{n}.png" for n in TEXTURES if n != "alpha")}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = [e.filename for e in entries]
            strange = set(names) - needed - {"alpha.png"}
            if strange or len(names) != len(set(names)):
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
        kind, parts, frame, relief = info["kind"], info["parts"], info["framing"], info["relief"]
        lengths = [
            *frame["eye_m"],
            frame["head_radius_m"],
            frame["height_m"],
            relief["texels_per_m"],
            relief["cut_m"] or 0.0,
        ]
        sound = (
            info["format"] == FORMAT
            and kind in ("character", "prop")
            and isinstance(info["name"], str)
            and 1 <= len(parts) <= 250
            and all(isinstance(p["name"], str) and set(p["attributes"]) <= set(ATTRIBUTES[kind]) for p in parts)
            and len(frame["eye_m"]) == 3
            and isinstance(relief["estimated"], bool)
            and all(isinstance(v, (int, float)) and math.isfinite(v) and abs(v) < 1e5 for v in lengths)
            and min(frame["head_radius_m"], frame["height_m"], relief["texels_per_m"]) > 0
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


def _array(name: str, data: bytes) -> NDArray[Any]:
    """One array, of exactly the type and rank that is wanted, and no larger than its bytes; its head is matched, not evaluated."""
    kind, tail, most = ARRAYS[name]
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
    for name, low, high in (("rest", -MAX_METRES, MAX_METRES), ("st", 0.0, 1.0)):
        if not np.isfinite(arrays[name]).all() or arrays[name].min() < low or arrays[name].max() > high:
            raise MediaError(f"The archive's {name} holds values that are no numbers, or beyond {low:g} to {high:g}.")
    side = textures["reflectance"].shape[0]
    for name, texture in textures.items():
        n = texture.shape[0]
        if (name == "alpha" and n != side) or side % n or (name == "material" and n != textures["normal"].shape[0]):
            raise MediaError(
                f"The archive's {name} has {n} px a side and the reflectance {side}; wanted the same, or a whole part of it."
            )
