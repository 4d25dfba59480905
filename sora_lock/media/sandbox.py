"""The child process in which pictures from outside are decoded: bytes in, straight sRGB RGBA out, limits all around.

Place in the path: run by `images.read_image` as a script of its own (`python -I sandbox.py KIND MAX_PIXELS MAX_SIDE`), so that a
decoder that crashes, hangs or eats memory takes nothing along. It imports nothing of the package but its limits.

Protocol: the file on standard input; on standard output one line of JSON ({"width", "height", "notes"} or {"error"}) and then, when
there is no error, width * height * 4 bytes.
"""

from __future__ import annotations

import io
import json
import runpy
import struct
import sys
import warnings
import zlib
from pathlib import Path

from PIL import (
    Image,
    ImageCms,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

FORMATS = {"png": ("PNG",), "jpeg": ("JPEG", "MPO"), "webp": ("WEBP",), "tiff": ("TIFF",)}
PLUGINS = (JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin)  # registered by being imported
MEMORY_BYTES, CPU_S = 2 * 1024**3, 20
limit = runpy.run_path(str(Path(__file__).with_name("sandbox_limits.py")))["limit"]
FAULTS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    EOFError,
    OverflowError,
    struct.error,
    zlib.error,
    ImageCms.PyCMSError,
)


class Refused(Exception):
    """The picture is readable but not wanted; the message is for people."""


def to_srgb(image: Image.Image, notes: list[str]) -> Image.Image:
    """Mode RGB or RGBA of any mode, through the embedded ICC profile to sRGB where there is one."""
    if image.mode in ("I;16", "I;16B", "I;16L", "I;16N"):
        notes.append("16 bits a channel were rounded to 8.")
        # In two steps: `point` on 16-bit modes only knows scale and offset, and leaves 16 bits.
        image = image.convert("I").point(lambda v: v * (1 / 257) + 0.5).convert("L")
    elif image.mode == "I":
        notes.append("The grey values were rounded to 8 bits.")
        image = image.point(lambda v: v * (1 / 257) + 0.5).convert("L")
    elif image.mode == "F":
        raise Refused("The picture holds floating-point values; export it with 8 or 16 bits a channel.")
    if image.mode == "1":
        image = image.convert("L")
    profile = image.info.get("icc_profile")
    if image.mode in ("P", "PA"):
        image = image.convert("RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB")
    elif image.mode in ("L", "RGB") and "transparency" in image.info:
        image = image.convert("LA" if image.mode == "L" else "RGBA")
    alpha = image.getchannel("A") if image.mode in ("RGBA", "LA") else None
    colour = image
    if image.mode == "RGBA":
        colour = image.convert("RGB")
    elif image.mode == "LA":
        colour = image.getchannel("L")
    elif image.mode in ("RGBa", "La"):
        image = image.convert("RGBA") if image.mode == "RGBa" else image.convert("LA")
        alpha = image.getchannel("A")
        colour = image.convert("RGB")
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            name = (ImageCms.getProfileDescription(source) or "").strip()
            colour = (
                ImageCms.profileToProfile(
                    colour,
                    source,
                    ImageCms.createProfile("sRGB"),
                    renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
                    outputMode="RGB",
                    flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
                )
                or colour
            )
            if not name.lower().startswith("srgb"):
                notes.append(f"Colours were converted from {name[:60] or 'the embedded profile'} to sRGB.")
        except (ImageCms.PyCMSError, OSError, ValueError):
            notes.append("The embedded colour profile could not be read and was left out; colours are taken as sRGB.")
    if colour.mode == "CMYK":
        notes.append("CMYK without a usable profile was converted by the plain formula; bring sRGB for true colours.")
    if colour.mode != "RGB":
        colour = colour.convert("RGB")
    if alpha is not None:
        colour.putalpha(alpha.convert("L"))
    else:
        colour = colour.convert("RGBA")
    return colour


def decode(data: bytes, kind: str, max_pixels: int, max_side: int) -> tuple[Image.Image, list[str]]:
    """The picture as RGBA, turned upright, with notes for people.

    Raises:
        Refused: for what is readable but not wanted (too large, animated, floating point).
        and any of `FAULTS` for what is damaged.
    """
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = max_pixels
    notes: list[str] = []
    image = Image.open(io.BytesIO(data), formats=FORMATS[kind])
    width, height = image.size
    if width < 1 or height < 1:
        raise Refused("The picture has no pixels.")
    if width > max_side or height > max_side or width * height > max_pixels:
        raise Refused(
            f"The picture is {width}x{height}; at most {max_pixels // 10**6} million pixels and {max_side} a side. "
            "Scale it down."
        )
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format != "MPO":  # phones store a depth or preview picture behind the first
        raise Refused(f"The file is animated or has pages ({frames} of them); save the one you want as PNG.")
    image.load()
    turned = ImageOps.exif_transpose(image)
    if turned is not None and turned.size != image.size:
        notes.append("The picture was turned upright as its EXIF data says.")
    return to_srgb(turned if turned is not None else image, notes), notes


def main() -> int:
    """Reads, decodes, answers; the exit status is 0 whenever an answer was written."""
    kind, max_pixels, max_side = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    Image.preinit()
    limit(MEMORY_BYTES, CPU_S, files=16)
    data = sys.stdin.buffer.read()
    out = sys.stdout.buffer
    try:
        image, notes = decode(data, kind, max_pixels, max_side)
        head = {"width": image.width, "height": image.height, "notes": notes}
        body = image.tobytes()
    except Refused as fault:
        head, body = {"error": str(fault)}, b""
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        head, body = {"error": f"The picture has more than {max_pixels // 10**6} million pixels. Scale it down."}, b""
    except MemoryError:
        head, body = {"error": "The picture needs more memory than a decode may take. Scale it down."}, b""
    except FAULTS as fault:
        unknown = isinstance(fault, UnidentifiedImageError)
        said = "its head cannot be read" if unknown else " ".join(str(fault).split())[:120]
        head, body = {"error": f"The {kind.upper()} is damaged or cut off ({said}); export it again."}, b""
    out.write(json.dumps(head).encode() + b"\n")
    out.write(body)
    out.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
