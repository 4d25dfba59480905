"""Films in and out: the lossless master, the proxy for the browser, and frames read back.

Place in the path: after film and hold; `shoot` writes through it, the page and the export read through it. av is imported only when
a film is opened, so that importing this module costs nothing.

Both writers write beside the target under a temporary name, then fsync and rename; a film is either whole or not there. Nothing of
the time, the machine or the library's version is written. The same frames give a master of the same bytes; a proxy is only to be
looked at, and nothing relies on its bits.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sora_lock.errors import MediaError, ShotError, StoreUnwritableError
from sora_lock.media.probe import sniff_film

Rgb = NDArray[np.uint8]

# What a demuxer may be for what the first bytes say: a playlist that names other files can never be opened as a film.
_DEMUXER = {"mp4": "mp4", "mov": "mov", "webm": "matroska", "mkv": "matroska"}
CRF = 18  # of a proxy that shows what is reflectance or drift; 0..51, lower is better and larger
# One sliced frame at a time and a fixed number of threads. `cpu-independent`, because the macroblock tree's assembler differs from its C
# and from CPU to CPU, and on a busy machine one write in thousands came out other than the rest; of 60,000 with it none did. Two B
# frames at most and a closed group of 12 keep a step back within a decode of a few frames.
_X264 = "keyint=12:min-keyint=12:scenecut=0:bframes=2:open-gop=0:threads=2:sliced-threads=1:aq-mode=3:cpu-independent=1"
_BT709_TV = {"color_primaries": 1, "color_trc": 1, "colorspace": 1, "color_range": 1}


def _faults() -> tuple[type[Exception], ...]:
    """What av raises for a bad file or a bad disk; some of it is no OSError. All have `strerror`."""
    import av

    return (OSError, av.FFmpegError)


def _said(fault: Exception) -> str:
    return str(getattr(fault, "strerror", None) or fault)


def rate(fps: str | int | Fraction) -> Fraction:
    """Frames a second as an exact ratio; ShotError unless it lies within 1 to 120."""
    try:
        value = Fraction(str(fps).strip())
    except (ValueError, ZeroDivisionError):
        raise ShotError(f"The frame rate is {str(fps)[:40]!r}; wanted a number such as 24 or 24000/1001.") from None
    if not 1 <= value <= 120:
        raise ShotError(f"The frame rate is {value}; wanted 1 to 120 frames a second.")
    return value


class _Writer:
    """A film being written: frames in order, all of one size."""

    suffix = ""
    container_format = ""
    container_options: dict[str, str] = {}  # noqa: RUF012  (class data, overridden whole, never changed)

    def __init__(self, path: Path | str, width: int, height: int, fps: str | int | Fraction) -> None:
        """Opens a temporary file beside `path`.

        Args:
            path: where the whole film will be.
            width, height: even, 16 to 8192 px.
            fps: "24", "24000/1001", ...

        Raises:
            ShotError: for an odd or impossible size, or a frame rate that is none.
            StoreUnwritableError: when the folder cannot be written.
        """
        import av

        for side, name in ((width, "width"), (height, "height")):
            if not 16 <= side <= 8192:
                raise ShotError(f"The {name} is {side} px; wanted 16 to 8192.")
        if width % 2 or height % 2:
            raise ShotError(
                f"The size is {width}x{height}; both sides must be even, for example {width + width % 2}x{height + height % 2}."
            )
        self.path, self.width, self.height, self.fps = Path(path), width, height, rate(fps)
        self.frames = 0
        self._part = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}.part")
        self._open: Any = None
        try:
            self._part.touch(
                exist_ok=False
            )  # av opens its file at the first packet; a folder that cannot be written is said now
            self._open = av.open(
                str(self._part),
                "w",
                format=self.container_format,
                options={"fflags": "+bitexact", **self.container_options},
            )
            self._stream = self._make_stream(self._open)
        except _faults() as fault:
            self.abort()
            raise StoreUnwritableError(f"The film {self.path.name} cannot be written here ({_said(fault)}).") from fault

    def _make_stream(self, container: Any) -> Any:
        raise NotImplementedError

    def _frame(self, rgb: Rgb) -> Any:
        raise NotImplementedError

    def write(self, rgb: Rgb) -> None:
        """Appends one frame, uint8 [height, width, 3], sRGB code values.

        Raises:
            ShotError: for a frame of another size or type.
            StoreUnwritableError: when the disk is full; nothing is left behind then.
        """
        if rgb.shape != (self.height, self.width, 3) or rgb.dtype != np.uint8:
            raise ShotError(
                f"A frame of shape {rgb.shape} and type {rgb.dtype} came; wanted uint8 {(self.height, self.width, 3)}."
            )
        frame = self._frame(rgb)
        frame.pts, frame.time_base = self.frames, 1 / self.fps
        self._put(self._stream.encode(frame))
        self.frames += 1

    def _put(self, packets: Any) -> None:
        try:
            for packet in packets:
                for clean in self._cleaned(packet):
                    self._open.mux(clean)
        except _faults() as fault:
            self.abort()
            raise StoreUnwritableError(f"The film {self.path.name} could not be written ({_said(fault)}).") from fault

    def _cleaned(self, packet: Any) -> Any:
        return (packet,)

    def close(self) -> None:
        """Ends the film and gives it its name. A film without frames is not written: ShotError."""
        if self._open is None:
            return
        if self.frames == 0:
            self.abort()
            raise ShotError(f"The film {self.path.name} has no frames; nothing was written.")
        self._put(self._stream.encode(None))
        try:
            self._open.close()
            self._open = None
            with self._part.open("rb") as whole:
                os.fsync(whole.fileno())
            self._part.replace(self.path)
        except _faults() as fault:
            self.abort()
            raise StoreUnwritableError(f"The film {self.path.name} could not be written ({_said(fault)}).") from fault

    def abort(self) -> None:
        """Drops everything written so far; harmless when nothing is open."""
        opened, self._open = self._open, None
        if opened is not None:
            try:
                opened.close()
            except _faults():  # the disk may be the very reason for the abort
                pass
        self._part.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()


class MasterWriter(_Writer):
    """The master: FFV1 version 3 in Matroska, RGB 8 bit, every frame a key frame. Reading it back gives the very bytes."""

    container_format = "matroska"

    def _make_stream(self, container: Any) -> Any:
        stream = container.add_stream("ffv1", rate=self.fps)
        stream.width, stream.height, stream.pix_fmt = self.width, self.height, "bgr0"
        stream.time_base = 1 / self.fps
        # Four slices with checksums: damage is found by the decoder, and two cores share a frame.
        stream.options = {"level": "3", "slices": "4", "slicecrc": "1", "g": "1", "flags": "+bitexact"}
        stream.codec_context.thread_type = "SLICE"
        stream.codec_context.thread_count = 2
        # sRGB as it is: Rec.709 primaries, the sRGB curve, no matrix, full range.
        for name, value in (("color_primaries", 1), ("color_trc", 13), ("colorspace", 0), ("color_range", 2)):
            setattr(stream.codec_context, name, value)
        self._bgr0 = np.zeros((self.height, self.width, 4), np.uint8)
        return stream

    def _frame(self, rgb: Rgb) -> Any:
        import av

        self._bgr0[..., :3] = rgb[..., ::-1]
        frame = av.VideoFrame(self.width, self.height, "bgr0")
        plane = frame.planes[0]
        if plane.line_size == self.width * 4:
            plane.update(self._bgr0)
        else:
            padded = np.zeros((self.height, plane.line_size), np.uint8)
            padded[:, : self.width * 4] = self._bgr0.reshape(self.height, -1)
            plane.update(padded)
        return frame


class ProxyWriter(_Writer):
    """The proxy: H.264, yuv420p, Rec.709 tagged, the index in front, a key frame every 12 so that stepping and scrubbing are smooth."""

    container_format = "mp4"
    container_options = {"movflags": "+faststart"}  # noqa: RUF012

    def __init__(
        self,
        path: Path | str,
        width: int,
        height: int,
        fps: str | int | Fraction,
        *,
        crf: int = CRF,
        preset: str = "veryfast",
    ) -> None:
        """As `_Writer`; `crf` 0..51 (lower is better), `preset` of x264."""
        self._crf, self._preset = crf, preset
        super().__init__(path, width, height, fps)

    def _make_stream(self, container: Any) -> Any:
        stream = container.add_stream("libx264", rate=self.fps)
        stream.width, stream.height, stream.pix_fmt = self.width, self.height, "yuv420p"
        stream.time_base = 1 / self.fps
        stream.options = {
            "crf": str(self._crf),
            "preset": self._preset,
            "x264-params": _X264,
            "flags": "+bitexact",
        }
        for name, value in _BT709_TV.items():
            setattr(stream.codec_context, name, value)
        return stream

    def _cleaned(self, packet: Any) -> Any:
        # x264 writes its version and settings as a message (NAL type 6) into the first packet; they would change the bytes.
        import av.bitstream

        if not hasattr(self, "_filter"):
            self._filter = av.bitstream.BitStreamFilterContext("filter_units=remove_types=6", self._stream)
        return self._filter.filter(packet)

    def _frame(self, rgb: Rgb) -> Any:
        import av

        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
        return frame.reformat(
            format="yuv420p",
            src_colorspace="ITU709",
            dst_colorspace="ITU709",
            src_color_range="JPEG",
            dst_color_range="MPEG",
            interpolation="AREA",
        )


def read_frames(path: Path | str, start: int = 0, stop: int | None = None) -> Iterator[Rgb]:
    """The frames [start, stop) of a film as uint8 [H, W, 3], sRGB code values, in order.

    Masters come back as the very bytes written; proxies through the Rec.709 matrix. For films from this program's own store; what a
    person brings is to be decoded behind limits of its own.

    Raises:
        MediaError: for a file that is no film, is damaged, or holds a playlist.
    """
    import av

    if start < 0 or (stop is not None and stop < start):
        raise MediaError(f"Frames {start} to {stop} were asked for; wanted 0 or more, in order.")
    where = Path(path)
    try:
        with where.open("rb") as f:
            kind = sniff_film(f.read(512))
        container: Any = av.open(str(where), format=_DEMUXER[kind], options={"protocol_whitelist": "file"})
    except _faults() as fault:
        raise MediaError(f"The film {where.name[:80]} cannot be opened ({_said(fault)}).") from fault
    with container:
        if not container.streams.video:
            raise MediaError(f"The film {where.name[:80]} holds no pictures.")
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = 2
        try:
            number = _seek(container, stream, start)
            for frame in container.decode(stream):
                if number is None:
                    number = round(frame.pts * stream.time_base * stream.average_rate)
                if stop is not None and number >= stop:
                    return
                if number >= start:
                    yield _rgb(frame)
                number += 1
        except _faults() as fault:
            raise MediaError(f"The film {where.name[:80]} is damaged ({_said(fault)}).") from fault


def _seek(container: Any, stream: Any, start: int) -> int | None:
    """Jumps to the key frame at or before `start`; the number of the next frame, or None where its time must tell."""
    if start < 24 or not stream.average_rate:
        return 0
    container.seek(int(start / stream.average_rate / stream.time_base), stream=stream, backward=True)
    return None


def _rgb(frame: Any) -> Rgb:
    if frame.format.name in ("bgr0", "bgra", "gbrp"):
        if frame.format.name == "gbrp":
            green, blue, red = (
                np.frombuffer(p, np.uint8).reshape(frame.height, p.line_size)[:, : frame.width] for p in frame.planes
            )
            return np.ascontiguousarray(np.dstack([red, green, blue]))
        plane = frame.planes[0]
        packed = np.frombuffer(plane, np.uint8).reshape(frame.height, plane.line_size)[:, : frame.width * 4]
        return np.ascontiguousarray(packed.reshape(frame.height, frame.width, 4)[..., 2::-1])
    out: Rgb = frame.reformat(
        format="rgb24", src_colorspace="ITU709", dst_colorspace="ITU709", src_color_range="MPEG", dst_color_range="JPEG"
    ).to_ndarray()
    return out


def frame_count(path: Path | str) -> int:
    """How many frames a film holds, counted in its packets; raises MediaError as `read_frames`."""
    import av

    where = Path(path)
    try:
        with where.open("rb") as f:
            kind = sniff_film(f.read(512))
        with av.open(str(where), format=_DEMUXER[kind], options={"protocol_whitelist": "file"}) as container:
            return sum(1 for packet in container.demux(video=0) if packet.size)
    except _faults() as fault:
        raise MediaError(f"The film {where.name[:80]} cannot be read ({_said(fault)}).") from fault
