"""The child process in which renders are decoded: all channels of all parts of an OpenEXR file, as they are, and what its header says.

Place in the path: run by `passes.open_passes` as a script of its own (`python -I passes_sandbox.py exr MAX_PIXELS MAX_SIDE MAX_BYTES`), so that a
decoder that crashes, hangs or eats memory takes nothing along. It imports nothing of the package but its limits.

Protocol: the file on standard input; on standard output one line of JSON, {"display", "pixel_aspect", "attributes", "cryptomattes", "planes":
[[channel, dtype, [x0, y0, x1, y1]], ...]} or {"error"}, then without an error the planes in that order, little-endian. Windows are in px, ends exclusive.
"""

from __future__ import annotations

import json
import re
import runpy
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

MEMORY_BYTES, CPU_S, SCRATCH_BYTES = 5 * 1024**3, 60, 512 * 1024**2
limit = runpy.run_path(str(Path(__file__).with_name("sandbox_limits.py")))["limit"]
FAULTS = (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, RuntimeError, EOFError, OverflowError)
STORED = {"float16": "<f2", "float32": "<f4", "uint32": "<u4"}
LONGEST, MOST_ATTRIBUTES, MOST_NAMES, MOST_CHANNELS = 400, 400, 50_000, 1024
"""Characters of a text, texts and numbers of a header, names of a manifest, and channels that are read."""


class Refused(Exception):
    """The file is readable but not wanted; the message is for people."""


def window(pair: Any, max_pixels: int, max_side: int) -> list[int]:
    """x0, y0, x1, y1 of a header's window, ends exclusive; refuses one that is too large before anything is decoded."""
    (x0, y0), (x1, y1) = ((int(v) for v in corner) for corner in pair)
    wide, tall = x1 + 1 - x0, y1 + 1 - y0
    if wide < 1 or tall < 1 or wide * tall > max_pixels or max(wide, tall) > max_side:
        raise Refused(f"The render is {wide}x{tall} px; wanted at most {max_side} px a side. Render it smaller.")
    return [x0, y0, x1 + 1, y1 + 1]


def named(part: str, channel: str, parts: int) -> str:
    """A channel's whole name: in files of several parts most packages repeat the part's name in it, some do not."""
    if parts == 1 or not part or channel.startswith(part + "."):
        return channel
    last = part.rpartition(".")[2]
    return f"{part}{channel[len(last) :]}" if channel.startswith(last + ".") else f"{part}.{channel}"


def attributes(header: dict[str, Any]) -> dict[str, Any]:
    """Short texts, numbers, matrices and chromaticities of a header."""
    kept: dict[str, Any] = {}
    for name, value in header.items():
        if len(kept) >= MOST_ATTRIBUTES:
            break
        if isinstance(value, str):
            if len(value) <= LONGEST and not name.startswith("cryptomatte/"):
                kept[name] = value
        elif isinstance(value, int | float):
            kept[name] = value
        elif isinstance(value, np.ndarray) and value.size <= 16 and value.dtype.kind == "f":
            kept[name] = value.tolist()
        elif isinstance(value, tuple) and len(value) == 8 and all(isinstance(v, float) for v in value):
            kept[name] = list(value)
    return kept


def cryptomattes(header: dict[str, Any]) -> list[dict[str, Any]]:
    """Name, hash, conversion and manifest (name -> number in hexadecimal) of each cryptomatte that a header describes."""
    found: dict[str, dict[str, Any]] = {}
    for name, value in header.items():
        head, _, rest = name.partition("/")
        key, _, what = rest.partition("/")
        if head == "cryptomatte" and isinstance(value, str) and what:
            found.setdefault(key, {})[what] = value
    out = []
    for told in found.values():
        try:
            manifest = json.loads(told.get("manifest", "{}"))
        except (ValueError, RecursionError):
            manifest = {}
        pairs = manifest.items() if isinstance(manifest, dict) else ()
        names = {str(k)[:LONGEST]: str(v)[:8] for k, v in list(pairs)[:MOST_NAMES]}
        out.append({**{k: str(told.get(k, ""))[:LONGEST] for k in ("name", "hash", "conversion")}, "manifest": names})
    return out


def headers(path: Path, max_pixels: int, max_side: int, max_bytes: int) -> tuple[dict[str, Any], list[list[int]]]:
    """What the file says of itself, and each part's window, with everything too large refused."""
    import OpenEXR

    with OpenEXR.File(str(path), header_only=True) as opened:
        heads = [dict(part.header) for part in opened.parts]
    size, windows, channels = 0, [], 0
    for head in heads:
        if head["type"] in (OpenEXR.deepscanline, OpenEXR.deeptile):
            raise Refused("The EXR holds deep data (many depths a pixel); render it flat, as a multi-layer EXR.")
        where = window(head["dataWindow"], max_pixels, max_side)
        windows.append(where)
        if any(c.xSampling != 1 or c.ySampling != 1 for c in head["channels"]):
            raise Refused("The EXR holds channels at half their size (luminance and chroma); export RGB.")
        channels += len(head["channels"])
        size += 4 * len(head["channels"]) * (where[2] - where[0]) * (where[3] - where[1])
    if channels > MOST_CHANNELS or size > max_bytes:
        raise Refused(
            f"The EXR holds {channels} channels, {size >> 20} MB when opened; wanted {max_bytes >> 20} MB at most. "
            "Render it smaller, or leave layers out."
        )
    display = window(heads[0]["displayWindow"], max_pixels, max_side)
    told = {
        "display": display,
        "pixel_aspect": float(heads[0].get("pixelAspectRatio", 1.0)),
        "attributes": {k: v for head in reversed(heads) for k, v in attributes(head).items()},
        "cryptomattes": list({m["name"]: m for head in reversed(heads) for m in cryptomattes(head)}.values()),
    }
    return told, windows


def decode(data: bytes, max_pixels: int, max_side: int, max_bytes: int) -> tuple[dict[str, Any], list[Any]]:
    """Head and planes of a file.

    Raises:
        Refused: for what is readable but not wanted (too large, deep, subsampled); any of `FAULTS` for what is damaged.
    """
    import OpenEXR

    OpenEXR.set_global_thread_count(0)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "brought.exr"
        path.write_bytes(data)
        told, windows = headers(path, max_pixels, max_side, max_bytes)
        planes, said = [], []
        with OpenEXR.File(str(path), separate_channels=True) as opened:
            if len(opened.parts) != len(windows):
                raise ValueError("some of its parts are missing")
            for part, where in zip(opened.parts, windows, strict=True):
                for channel, held in part.channels.items():
                    pixels = np.asarray(held.pixels)
                    if pixels.shape != (where[3] - where[1], where[2] - where[0]):
                        raise ValueError(f"the channel {channel[:40]} has another size than its window")
                    said.append([named(part.name(), channel, len(windows)), str(pixels.dtype), where])
                    planes.append(pixels)
    return {**told, "planes": said}, planes


def main() -> None:
    """Reads standard input, writes standard output."""
    limit(MEMORY_BYTES, CPU_S, file_bytes=SCRATCH_BYTES)
    max_pixels, max_side, max_bytes = (int(v) for v in sys.argv[2:5])
    data = sys.stdin.buffer.read()
    planes: list[Any] = []
    try:
        head, planes = decode(data, max_pixels, max_side, max_bytes)
    except Refused as refused:
        head = {"error": str(refused)}
    except MemoryError:
        head = {"error": "The EXR needs more memory than is given to it; render it smaller, or leave layers out."}
    except FAULTS as fault:
        said = re.sub(r"'\S*brought\.exr'", "it", " ".join(str(fault).split()))[:100]
        head = {"error": f"The EXR is damaged or cut off ({said}); export it again."}
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n")
    for plane in planes:
        sys.stdout.buffer.write(np.ascontiguousarray(plane, STORED[str(plane.dtype)]).tobytes())


if __name__ == "__main__":
    main()
