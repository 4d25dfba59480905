"""The child process in which PNG, TIFF and EXR from outside are decoded at their own depth: bytes in, float32 planes out, limits all around.

Place in the path: run by `deep.open_planes` as a script of its own (`python -I deep_sandbox.py KIND MAX_PIXELS MAX_SIDE`), so that a decoder that
crashes, hangs or eats memory takes nothing along. It imports nothing of the package but its limits.

Protocol: the file on standard input; on standard output one line of JSON, {"coded", "layers": [[name, height, width, channels], ...]} or {"error"}, then
without an error the planes of all layers in that order, little-endian float32.
"""

from __future__ import annotations

import io
import json
import runpy
import struct
import sys
import tempfile
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np

MEMORY_BYTES, CPU_S, SCRATCH_BYTES = 4 * 1024**3, 40, 512 * 1024**2
limit = runpy.run_path(str(Path(__file__).with_name("sandbox_limits.py")))["limit"]
FAULTS = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, RuntimeError, EOFError, OverflowError, struct.error, zlib.error)  # fmt: skip
ORDER = ("R", "G", "B", "A", "X", "Y", "Z", "V")


class Refused(Exception):
    """The file is readable but not wanted; the message is for people."""


def fits(width: int, height: int, max_pixels: int, max_side: int) -> None:
    """Refuses a raster that is too large, before it is decoded."""
    if width < 1 or height < 1 or width * height > max_pixels or max(width, height) > max_side:
        raise Refused(f"The file is {width}x{height} px, which is too large; scale it down to the picture's size.")


def integers(data: bytes, kind: str, max_pixels: int, max_side: int) -> list[tuple[str, Any]]:
    """PNG or TIFF of 8 or 16 bit: one layer "", its channels in the order R G B A, as 0..1."""
    import cv2
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # `fits` asks before anything is decoded
    with Image.open(io.BytesIO(data), formats=(kind.upper(),)) as opened:
        fits(*opened.size, max_pixels, max_side)
        wide, tall = opened.size
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.dtype not in (np.uint8, np.uint16):
        raise Refused("The file cannot be read as 8 or 16 bit a channel; export it as such, or as EXR.")
    planes = pixels.reshape(tall, wide, -1).astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max)
    order = {3: [2, 1, 0], 4: [2, 1, 0, 3]}.get(planes.shape[2])  # OpenCV's order is blue, green, red
    return [("", planes if order is None else planes[..., order])]


def floats(data: bytes, max_pixels: int, max_side: int) -> list[tuple[str, Any]]:
    """EXR: its layers, as they are."""
    import OpenEXR

    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "given.exr"
        path.write_bytes(data)
        with OpenEXR.File(str(path), header_only=True) as head:
            low, high = head.header()["dataWindow"]
            fits(int(high[0]) - int(low[0]) + 1, int(high[1]) - int(low[1]) + 1, max_pixels, max_side)
        with OpenEXR.File(str(path), separate_channels=True) as opened:
            channels = {n: np.array(c.pixels, dtype=np.float32) for n, c in opened.channels().items()}
    grouped: dict[str, list[tuple[int, Any]]] = {}
    for name, plane in channels.items():
        layer, _, suffix = name.rpartition(".")
        grouped.setdefault(layer, []).append((ORDER.index(suffix) if suffix in ORDER else len(ORDER), plane))
    return [
        (layer, np.stack([p for _, p in sorted(planes, key=lambda x: x[0])], axis=-1))
        for layer, planes in grouped.items()
    ]


def main() -> None:
    """Reads standard input, writes standard output."""
    limit(MEMORY_BYTES, CPU_S, file_bytes=SCRATCH_BYTES)
    warnings.simplefilter("error")
    kind, max_pixels, max_side = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    data = sys.stdin.buffer.read()
    try:
        made = floats(data, max_pixels, max_side) if kind == "exr" else integers(data, kind, max_pixels, max_side)
        head: dict[str, Any] = {"coded": kind != "exr", "layers": [[name, *planes.shape] for name, planes in made]}
    except Refused as refused:
        made, head = [], {"error": str(refused)}
    except MemoryError:
        made, head = [], {"error": "The file needs more memory than is given to it; scale it down."}
    except (*FAULTS, Warning) as fault:
        made, head = (
            [],
            {"error": f"The {kind.upper()} is damaged ({' '.join(str(fault).split())[:100]}); export it again."},
        )
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n")
    for _, planes in made:
        sys.stdout.buffer.write(np.ascontiguousarray(planes, "<f4").tobytes())


if __name__ == "__main__":
    main()
