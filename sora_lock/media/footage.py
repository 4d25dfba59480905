"""Clips in: whatever film a person brings becomes plain sRGB frames at one constant rate.

Place in the path: before `subjects.clip`; beside `images`, which does the same for pictures. The clip is decoded in a child process with limits, frame
by frame into a file, so that nothing here ever holds all of it in memory. `video` is for films of this program's own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.errors import MediaError
from sora_lock.media.child import answering
from sora_lock.media.probe import check_size, sniff_film

MAX_SIDE, MAX_FRAMES, MAX_S, WALL_S = 4096, 240, 10, 180
REDUCED_PX = 1280
"""Longest side of what is kept of a clip: no shot is larger than twice that, and a subject is a part of it."""
BLACK = 12
"""Code value below which a clip shows nothing."""
HEAD_BYTES = 1 << 16


@dataclass(frozen=True)
class Footage:
    """A decoded clip.

    Attributes:
        frames: uint8 [F, H, W, 3], or [F, H, W, 4] with straight alpha; sRGB, upright, square pixels; read from a file as it is asked for.
        fps: "24", "24000/1001", ...; constant.
        brought: (width, height) px of the clip as it was brought, upright and with square pixels.
        notes: sentences for people on what was converted.
    """

    frames: NDArray[np.uint8]
    fps: str
    brought: tuple[int, int]
    notes: tuple[str, ...]


def read_footage(data: bytes, path: Path, longest_px: int = REDUCED_PX) -> Footage:
    """Decodes a file from outside: MP4, MOV, WebM or MKV of `MAX_S` seconds and `MAX_SIDE` px a side at most.

    The kind is told by the first bytes and its demuxer forced; nothing but the file itself is ever opened. Rotation, pixel aspect, colour
    matrix and range are applied, a variable rate becomes a constant one, and of clips with more than `MAX_FRAMES` frames every other is
    taken, or 24 a second.

    Args:
        path: where the frames are kept; the caller deletes it. Nothing is left there after an error.
        longest_px: longest side of what is kept.

    Raises:
        MediaError: for an empty, damaged, too long, too large or unwanted file: what came, what was wanted, what to do.
    """
    check_size(data)
    kind = sniff_film(data)
    limits = (MAX_SIDE * MAX_SIDE, MAX_SIDE, MAX_FRAMES, MAX_S, longest_px)
    try:
        with answering("footage_sandbox.py", kind, data, *limits, wall_s=WALL_S) as said:
            head = _line(said, kind)
            shape = (int(head["frames"]), int(head["height"]), int(head["width"]), int(head["channels"]))
            frames = np.memmap(path, np.uint8, "w+", shape=shape)
            brightest = 0
            for frame in frames:
                _line(said, kind)
                if said.readinto(memoryview(frame).cast("B")) != frame.nbytes:  # type: ignore[attr-defined]
                    raise _unfinished(kind)
                brightest = max(brightest, int(frame[..., :3].max()))
            _line(said, kind)
        if brightest < BLACK:
            raise MediaError("The clip is black from its first frame to its last; bring one in which something shows.")
    except MediaError:
        path.unlink(missing_ok=True)
        raise
    frames.flush()
    wide, tall = head["brought"]
    return Footage(np.memmap(path, np.uint8, "r", shape=shape), str(head["fps"]), (wide, tall), tuple(head["notes"]))


def _line(said: IO[bytes], kind: str) -> dict[str, Any]:
    """The next line of the sandbox's answer; MediaError for one that says what is wrong, or for none."""
    line = said.readline(HEAD_BYTES)
    if not line.endswith(b"\n"):
        raise _unfinished(kind)
    told: dict[str, Any] = json.loads(line)
    if "error" in told:
        raise MediaError(str(told["error"]))
    return told


def _unfinished(kind: str) -> MediaError:
    return MediaError(
        f"The {kind.upper()} could not be decoded within its limits of time and memory; make it shorter or smaller."
    )
