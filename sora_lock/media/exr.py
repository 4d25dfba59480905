"""Layers of a frame as one multi-layer OpenEXR file, half or float32, ZIP-compressed, and back.

Place in the path: beside film; `shoot` writes the evidence of the reflectance grip with it when layers are asked for. OpenEXR is
imported only when a file is opened.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.errors import MediaError, StoreUnwritableError

Floats = NDArray[np.float32]

# Channel names by layer, as compositing programs expect them; layers of three planes that are not here are R, G, B.
_CHANNELS: Mapping[str, tuple[str, ...]] = {
    "st": ("S", "T", "LOD"),
    "normal": ("X", "Y", "Z"),
    "coverage": ("A",),
    "region": ("ID",),
    "depth": ("Z",),
}
_ORDER = ("R", "G", "B", "A", "S", "T", "LOD", "X", "Y", "Z", "ID", "V")


def _names(layer: str, planes: int) -> tuple[str, ...]:
    suffixes = _CHANNELS.get(layer.split(".")[0])
    if suffixes is None or len(suffixes) != planes:
        suffixes = {1: ("V",), 3: ("R", "G", "B"), 4: ("R", "G", "B", "A")}.get(planes)
    if suffixes is None:
        raise MediaError(f"The layer {layer!r} has {planes} planes; wanted 1, 3 or 4.")
    return tuple(f"{layer}.{s}" if layer else s for s in suffixes)


def write_layers(path: Path | str, layers: Mapping[str, NDArray[Any]]) -> None:
    """Writes all layers into one file, whole or not at all.

    Args:
        layers: name -> [H, W] or [H, W, C] of one size; float16 is stored as half, all else as float32 (region numbers up to 2**24 are exact).
            The name "" gives plain R, G, B channels. Names may hold dots ("coverage.mara").

    Raises:
        MediaError: for no layers, differing sizes, or a number of planes other than 1, 3, 4.
        StoreUnwritableError: when the file cannot be written.
    """
    import OpenEXR

    if not layers:
        raise MediaError("No layers were given; an EXR needs at least one.")
    size = next(iter(layers.values())).shape[:2]
    channels: dict[str, Any] = {}
    for layer, array in layers.items():
        if array.ndim not in (2, 3) or array.shape[:2] != size:
            raise MediaError(f"The layer {layer!r} has the shape {array.shape}; wanted {size} like the first.")
        kept = array if array.dtype == np.float16 else array.astype(np.float32)
        planes = kept.reshape(*size, -1)
        for i, name in enumerate(_names(layer, planes.shape[2])):
            channels[name] = np.ascontiguousarray(planes[..., i])
    where = Path(path)
    part = where.with_name(f".{where.stem}.{secrets.token_hex(4)}.part.exr")
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    try:
        part.touch(exist_ok=False)
        OpenEXR.File(header, channels).write(str(part))
        with part.open("rb") as whole:
            os.fsync(whole.fileno())
        part.replace(where)
    except (OSError, RuntimeError, ValueError) as fault:
        part.unlink(missing_ok=True)
        raise StoreUnwritableError(f"The layers {where.name} could not be written ({fault}).") from fault


def read_layers(path: Path | str) -> dict[str, Floats]:
    """The layers of an EXR file (its first part), float32 (which holds every half exactly): [H, W] for one channel, [H, W, C] for several.

    Channels come in the order R G B A, S T LOD, X Y Z; channels without a layer make the layer "".

    Raises:
        MediaError: when the file is no EXR or is damaged.
    """
    import OpenEXR

    where = Path(path)
    try:
        with where.open("rb") as f:
            magic = f.read(4)
        if magic != b"\x76\x2f\x31\x01":
            raise MediaError(f"{where.name[:80]} is no EXR file (it begins with {magic.hex(' ') or 'nothing'}).")
        with OpenEXR.File(str(where), separate_channels=True) as opened:
            pixels = {name: np.array(c.pixels, dtype=np.float32) for name, c in opened.channels().items()}
    except (OSError, RuntimeError, ValueError) as fault:
        raise MediaError(f"{where.name[:80]} cannot be read as EXR ({' '.join(str(fault).split())[:120]}).") from fault
    grouped: dict[str, list[tuple[int, Floats]]] = {}
    for name, plane in pixels.items():
        layer, _, suffix = name.rpartition(".")
        rank = _ORDER.index(suffix) if suffix in _ORDER else len(_ORDER)
        grouped.setdefault(layer, []).append((rank, plane))
    out: dict[str, Floats] = {}
    for layer, planes in grouped.items():
        ordered = [p for _, p in sorted(planes, key=lambda item: item[0])]
        out[layer] = ordered[0] if len(ordered) == 1 else np.stack(ordered, axis=-1)
    return out
