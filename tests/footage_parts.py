"""Clips whose content is known, coded and damaged in memory."""

from __future__ import annotations

import io
import struct
import tempfile
import zlib
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

QUIET = {"libvpx": {"auto-alt-ref": "0"}, "libvpx-vp9": {"auto-alt-ref": "0"}, "prores_ks": {"profile": "4444"}}


def drawn(count: int = 12, width: int = 64, height: int = 48) -> list[np.ndarray]:
    """Frames uint8 [H, W, 4]: a red block, opaque, that moves to the right over blue, which is transparent."""
    out = []
    for k in range(count):
        frame = np.zeros((height, width, 4), np.uint8)
        frame[..., :3] = (30, 60, 200)
        frame[height // 4 : 3 * height // 4, 4 + k : 28 + k] = (210, 60, 40, 255)
        out.append(frame)
    return out


def coded(
    frames: Iterable[np.ndarray],
    codec: str = "libx264",
    pixels: str = "yuv420p",
    container: str = "mp4",
    *,
    fps: Fraction | int = 24,
    times: Sequence[int] | None = None,
    tags: dict[str, int] | None = None,
    aspect: Fraction | None = None,
    options: dict[str, str] | None = None,
    index_first: bool = False,
) -> bytes:
    """A film of frames uint8 [H, W, 3 or 4], or of ready `av.VideoFrame`s.

    Args:
        times: of each frame in 1/1000 s; else one step of `fps` each.
        tags: of the codec context: colorspace, color_range, ...
        index_first: of an MP4, so that a part of it can be opened.
    """
    with (
        tempfile.NamedTemporaryFile() as out,
        av.open(out.name, "w", format=container, options={"movflags": "faststart"} if index_first else {}) as film,
    ):
        stream: Any = None
        for k, picture in enumerate(frames):
            frame = picture
            if isinstance(picture, np.ndarray):
                frame = av.VideoFrame.from_ndarray(picture, format="rgba" if picture.shape[2] == 4 else "rgb24")
                frame = frame.reformat(format=pixels, dst_colorspace="ITU601", dst_color_range="MPEG")
            if stream is None:
                stream = film.add_stream(codec, rate=fps, options={**QUIET.get(codec, {}), **(options or {})})
                stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, pixels
                if times is not None:
                    stream.codec_context.time_base = Fraction(1, 1000)
                if aspect is not None:
                    stream.sample_aspect_ratio = aspect
                for name, value in (tags or {}).items():
                    setattr(stream.codec_context, name, value)
            frame.pts = k if times is None else times[k]
            frame.time_base = 1 / Fraction(fps) if times is None else Fraction(1, 1000)
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
        film.close()
        return Path(out.name).read_bytes()


def sound() -> bytes:
    """An MP4 without pictures."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as film:
        stream = film.add_stream("aac", rate=48000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 48000
        film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    return out.getvalue()


def of_two_sizes() -> bytes:
    """A WebM in whose middle the pictures grow."""
    out = io.BytesIO()
    with av.open(out, "w", format="webm") as film:
        streams = []
        for k, size in enumerate(((64, 48), (96, 80))):
            part = io.BytesIO(coded(drawn(6, *size), "libvpx", container="webm"))
            with av.open(part, format="matroska") as source:
                own = source.streams.video[0]
                if not streams:
                    streams.append(film.add_stream_from_template(own))
                for packet in source.demux(own):
                    if packet.size:
                        packet.stream = streams[0]
                        packet.pts = packet.dts = packet.pts + 250 * k
                        film.mux(packet)
    return out.getvalue()


def boxed(data: bytes, name: bytes, at: int, new: bytes) -> bytes:
    """The MP4 with `new` written over every box called `name`, from `at` bytes behind the name on."""
    out, where = bytearray(data), data.find(name)
    assert where > 0
    while where > 0:
        out[where + 4 + at : where + 4 + at + len(new)] = new
        where = data.find(name, where + 4)
    return bytes(out)


def turned(data: bytes) -> bytes:
    """The MP4 with the matrix of a telephone held upright: players turn it a quarter clockwise."""
    return boxed(data, b"tkhd", 40, struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30))


def chunk(name: bytes, body: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def apng(frames: int) -> bytes:
    """An animated PNG of 8x8 px that holds that many frames."""
    dot = zlib.compress(b"\0" + b"\x40" * 8)
    control = lambda n: chunk(b"fcTL", struct.pack(">IIIIIHHBB", n, 8, 1, 0, 0, 1, 24, 0, 0))  # noqa: E731
    out = [b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0))]
    out.append(chunk(b"acTL", struct.pack(">II", frames, 0)))
    out.append(control(0) + chunk(b"IDAT", zlib.compress((b"\0" + b"\x40" * 8) * 8)))
    for k in range(1, frames):
        out.append(control(2 * k - 1) + chunk(b"fdAT", struct.pack(">I", 2 * k) + dot))
    return b"".join(out) + chunk(b"IEND", b"")


def gif(frames: int) -> bytes:
    """An animated GIF of one pixel that holds that many frames."""
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    one = b"\x21\xf9\x04\x00\x04\x00\x00\x00" + b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return head + one * frames + b"\x3b"


def text_bomb() -> bytes:
    """A PNG of 16x16 px with a compressed text of 200 MB."""
    pixels = zlib.compress((b"\0" + b"\x80" * 16) * 16)
    text = b"Comment\0\0" + zlib.compress(b"\0" * (200 << 20), 9)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 16, 16, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"zTXt", text) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
