"""The child process in which clips from outside are decoded: bytes in, upright sRGB frames at one constant rate out, limits all around.

Place in the path: run by `footage.read_footage` as a script of its own (`python -I footage_sandbox.py KIND MAX_PIXELS MAX_SIDE MAX_FRAMES MAX_S
REDUCED_PX`), so that a decoder that crashes, hangs or eats memory takes nothing along. It imports nothing of the package but its limits.

Protocol: the file on standard input; on standard output lines of JSON. First {"width", "height", "channels", "frames", "fps", "brought", "notes"}, then as many
times as `frames` says {"frame"} and height * width * channels bytes, last {"end"}. In the place of any line {"error"} may stand, and nothing follows it.
"""

from __future__ import annotations

import io
import json
import runpy
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import Interpolation

MEMORY_BYTES, CPU_S = 3 * 1024**3, 150
limit = runpy.run_path(str(Path(__file__).with_name("sandbox_limits.py")))["limit"]
# What a demuxer may be for what the first bytes say: a playlist that names other files can never be opened as a film.
DEMUXER = {"mp4": "mp4", "mov": "mov", "webm": "matroska", "mkv": "matroska"}
DECODERS = frozenset(
    "h264 hevc av1 libdav1d vp8 vp9 libvpx libvpx-vp9 prores mpeg4 mjpeg dnxhd cfhd qtrle ffv1 rawvideo png".split()
)
WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""FFmpeg's own decoders of these leave the alpha that WebM carries beside the picture."""
RATES = tuple(Fraction(n) for n in (12, 15, 24, 25, 30, 48, 50, 60, 100, 120, 240)) + tuple(
    Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120)
)
NEAR, EVEN, JOINED = 0.004, 0.3, 0.02
"""Parts of a rate: from a usual one within which it is that one, a step may differ from the mean in an even clip, and the usual in an uneven one."""
EDIT_FPS, MOST_FPS = Fraction(24), 120
MOST_STRETCH = 4
HDR = {16: "PQ", 18: "HLG"}
MATRICES = {1: "ITU709", 5: "ITU601", 6: "ITU601", 4: "FCC", 7: "SMPTE240M", 9: "BT2020"}
SD_ROWS = 576
FAULTS = (av.FFmpegError, OSError, ValueError, TypeError, KeyError, IndexError, EOFError, OverflowError, RuntimeError)


class Refused(Exception):
    """The clip is readable but not wanted; the message is for people."""


def opened(data: bytes, kind: str) -> tuple[Any, Any]:
    """The container and its stream of pictures; nothing is decoded yet."""
    container = av.open(io.BytesIO(data), format=DEMUXER[kind], options={"protocol_whitelist": "none"})
    covers = av.stream.Disposition.attached_pic  # an audio file's cover is no film
    streams = [s for s in container.streams.video if not s.disposition & covers]
    if not streams:
        raise Refused("The file holds sound or text but no moving picture; bring a clip with pictures.")
    stream = streams[0]
    name = stream.codec_context.name
    if name not in DECODERS:
        raise Refused(f"The clip is coded in {name[:30]}, which is not read; export it as H.264, HEVC, VP9 or ProRes.")
    return container, stream


def times(data: bytes, kind: str, max_frames: int, max_s: int) -> tuple[list[float], float]:
    """When each picture is shown, seconds from the first one, in order, and how long all of them last: from the packets, whatever the head says."""
    container, stream = opened(data, kind)
    with container:
        found, broken, most = [], 0, max_frames * max_s
        for packet in container.demux(stream):
            if packet.size == 0 or packet.is_discard:
                continue
            when = packet.pts if packet.pts is not None else packet.dts
            if when is None:
                raise Refused("The clip does not say when its pictures are shown; export it again.")
            broken += bool(packet.is_corrupt)
            found.append(float(when * packet.time_base))
            if len(found) > most:
                raise Refused(f"The clip holds more than {most} pictures; cut it to {max_s} s or less.")
            if max(found) - min(found) > 100 * max_s:
                raise Refused(f"The clip runs far longer than {max_s} s, or its times are wrong; cut it shorter.")
        if not found:
            raise Refused("The clip holds no pictures, or was cut off before the first; export it again.")
        if broken or len(found) < stream.frames:
            raise Refused(
                f"The clip is cut off: {len(found) - broken} of {max(stream.frames, len(found))} pictures are there. Copy or export it again."
            )
        found.sort()
        last = found[-1] - found[0]
        lasts = last + last / max(1, len(found) - 1)
        told = _told_s(container, stream)
    if len(found) < 2:
        raise Refused("The clip holds a single picture; bring it as a PNG instead.")
    if lasts > max_s + 0.1:
        raise Refused(f"The clip runs {lasts:.1f} s; at most {max_s} s can be brought. Cut it shorter.")
    if told is not None and abs(told - lasts) > 0.5 + 0.1 * lasts:
        raise Refused(
            f"The clip's head says {told:.1f} s and its pictures last {lasts:.1f} s: it is cut off or was tampered with. Export it again."
        )
    return [t - found[0] for t in found], lasts


def _told_s(container: Any, stream: Any) -> float | None:
    """How long the head says the pictures last, s; None where it does not say, or says it of sound too."""
    if stream.duration is not None:
        return float(stream.duration * stream.time_base)
    if container.duration is not None and len(container.streams) == 1:
        return float(container.duration / av.time_base)
    return None


def steady(shown: list[float], lasts: float, max_frames: int, notes: list[str]) -> tuple[Fraction, int]:
    """The constant rate that a clip is brought to, and how many frames it then has."""
    steps = np.diff(shown)
    mean = len(shown) / lasts
    even = bool(np.all(np.abs(steps * mean - 1) < EVEN))
    rate = mean if even else 1 / float(np.median(steps[steps > 0])) if (steps > 0).any() else mean
    usual = min(RATES, key=lambda r: abs(float(r) / rate - 1))
    fps = usual if abs(float(usual) / rate - 1) < (NEAR if even else JOINED) else Fraction(rate).limit_denominator(100)
    if not 1 <= fps <= 240:
        raise Refused(f"The clip shows {float(rate):.2f} pictures a second; wanted 1 to 240.")
    if not even:
        notes.append(f"Its rate varied; it was brought to a constant {_said(fps)} frames a second.")
    fewer = (r for r in (fps, fps / 2, fps / 4) if r <= MOST_FPS and (r == fps or r >= EDIT_FPS - 1))
    wanted = next((r for r in fewer if round(lasts * r) <= max_frames), EDIT_FPS)
    if wanted != fps:
        notes.append(f"It was brought from {_said(fps)} to {_said(wanted)} frames a second.")
    return wanted, min(max_frames, max(1, round(lasts * wanted)))


def _said(fps: Fraction) -> str:
    return f"{float(fps):.3f}".rstrip("0").rstrip(".")


def pictures(data: bytes, kind: str) -> Iterator[tuple[float, Any]]:
    """(time in s, frame) in the order they are shown, decoded with alpha where there is some."""
    container, stream = opened(data, kind)
    with container:
        context = stream.codec_context
        context.thread_count = 2
        if stream.metadata.get("alpha_mode") == "1" and context.name in WITH_ALPHA:
            other = av.CodecContext.create(WITH_ALPHA[context.name], "r")
            other.extradata = context.extradata
            context = other
        for packet in container.demux(stream):
            if packet.is_discard:
                continue
            for frame in context.decode(packet if packet.size else None):
                if frame.is_corrupt:
                    raise Refused("A picture of the clip is damaged; export it again.")
                when = frame.pts if frame.pts is not None else frame.dts
                yield float(when * (frame.time_base or stream.time_base)), frame


def fits(width: int, height: int, max_pixels: int, max_side: int) -> None:
    """Refuses a raster that is too large or too small."""
    if min(width, height) < 16 or max(width, height) > max_side or width * height > max_pixels:
        raise Refused(f"The clip is {width}x{height} px; wanted 16 to {max_side} px a side. Scale it.")


class Developer:
    """Frames as upright sRGB with square pixels, all of the size of the first."""

    def __init__(self, first: Any, aspect: Fraction, reduced_px: int, notes: list[str]) -> None:
        self.size = (first.width, first.height)
        self.turn = round(first.rotation / 90) % 4
        planes = first.format.components
        self.alpha = any(c.is_alpha for c in planes)
        trc, space = int(first.color_trc or 2), int(first.colorspace or 2)
        if trc in HDR:
            raise Refused(f"The clip is HDR ({HDR[trc]}); export it as SDR (Rec.709), as it is to look.")
        if first.interlaced_frame:
            raise Refused("The clip is interlaced; deinterlace it and bring it again.")
        if max(c.bits for c in planes) > 8:
            notes.append("Its colours were rounded to 8 bits a channel.")
        if int(first.color_primaries or 2) in (9, 11, 12):
            notes.append("Its primaries are wider than Rec.709 and were taken as such: colours may look paler.")
        self.matrix = MATRICES.get(space)
        if self.matrix is None:
            self.matrix = "ITU601" if first.height <= SD_ROWS else "ITU709"
            if first.format.name.startswith("yuv"):
                notes.append(
                    f"It does not say its colour matrix; by its size it was taken for {self.matrix.replace('ITU', 'BT.')}."
                )
        full = int(first.color_range or 0) == 2 or first.format.name.startswith("yuvj")
        self.range = "JPEG" if full else "MPEG"
        if not Fraction(1, MOST_STRETCH) <= aspect <= MOST_STRETCH:
            raise Refused(f"Its pixels are {float(aspect):g} times as wide as high; export it with square pixels.")
        width, height = (round(first.width * aspect), first.height) if aspect > 1 else (first.width, round(first.height / aspect))  # fmt: skip
        if aspect != 1:
            notes.append(f"Its pixels were not square; it was stretched to {width}x{height}.")
        share = min(1.0, reduced_px / max(width, height))
        if share < 1:
            notes.append(f"It was reduced from {width}x{height} to {round(width * share)}x{round(height * share)}.")
        if self.turn:
            notes.append("It was turned upright as its data says.")
        self.brought = (height, width) if self.turn % 2 else (width, height)
        self.to = (max(16, round(width * share)), max(16, round(height * share)))
        self.scale = Interpolation.AREA if share < 1 else Interpolation.BILINEAR
        self.upright = self.to[::-1] if self.turn % 2 else self.to

    def of(self, frame: Any) -> bytes:
        """The bytes of one frame, row-major."""
        if (frame.width, frame.height) != self.size:
            raise Refused(
                f"The clip changes its size from {self.size[0]}x{self.size[1]} to {frame.width}x{frame.height} on the way; bring parts of one size."
            )
        out = frame.reformat(
            width=self.to[0], height=self.to[1], format="rgba" if self.alpha else "rgb24",
            src_colorspace=self.matrix, dst_colorspace="ITU709", src_color_range=self.range, dst_color_range="JPEG",
            interpolation=self.scale | Interpolation.FULL_CHR_H_INT | Interpolation.ACCURATE_RND, threads=1,
        ).to_ndarray()  # fmt: skip
        return np.ascontiguousarray(np.rot90(out, self.turn)).tobytes()


def tell(**said: Any) -> None:
    """One line of JSON."""
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n")


def show(data: bytes, kind: str, max_pixels: int, max_side: int, max_frames: int, max_s: int, reduced_px: int) -> None:
    """Decodes the clip and writes head, frames and end."""
    container, stream = opened(data, kind)
    with container:
        fits(stream.codec_context.width, stream.codec_context.height, max_pixels, max_side)
        aspect = stream.sample_aspect_ratio or Fraction(1)
    notes: list[str] = []
    shown, lasts = times(data, kind, max_frames, max_s)
    fps, count = steady(shown, lasts, max_frames, notes)
    made: Developer | None = None
    before: tuple[float, Any] | None = None
    done, start = 0, 0.0

    def write(until: float) -> None:
        """The frame before, for every step of the rate that is nearer to it than to what comes at `until`."""
        nonlocal done
        assert before is not None and made is not None
        body = None
        while done < count and float(done / fps) < until:
            body = made.of(before[1]) if body is None else body
            tell(frame=done)
            sys.stdout.buffer.write(body)
            done += 1

    for when, frame in pictures(data, kind):
        if made is None:
            fits(frame.width, frame.height, max_pixels, max_side)
            made, start = Developer(frame, aspect or Fraction(1), reduced_px, notes), when
            tell(
                width=made.upright[0], height=made.upright[1], channels=4 if made.alpha else 3, frames=count,
                fps=str(fps), brought=made.brought, notes=notes,
            )  # fmt: skip
        elif (frame.width, frame.height) != made.size:
            made.of(frame)
        if before is not None:
            write((before[0] + when - start) / 2)
        before = (when - start, frame)
    if before is None:
        raise Refused("No picture of the clip can be decoded; export it again.")
    write(float("inf"))
    tell(end=True)


def main() -> int:
    """Reads, decodes, answers; the exit status is 0 whenever an answer was written."""
    kind, limits = sys.argv[1], [int(n) for n in sys.argv[2:7]]
    av.logging.set_level(av.logging.PANIC)
    limit(MEMORY_BYTES, CPU_S, files=16)
    data = sys.stdin.buffer.read()
    try:
        show(data, kind, *limits)
    except Refused as refused:
        tell(error=str(refused))
    except (MemoryError, av.error.MemoryError):
        tell(error="The clip needs more memory than a decode may take. Scale it down.")
    except FAULTS as fault:
        said = " ".join(str(getattr(fault, "strerror", None) or fault).split())[:100]
        tell(error=f"The {kind.upper()} is damaged or cut off ({said}); export it again.")
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
