"""A clip cut out, as a folder that people can look at and correct before it is frozen: its frames with their mattes, and films of both.

Place in the path: subjects; beside `cut`, which does the same for pictures. `cutout` writes one, `cutout --earlier` corrects it at a further frame,
`freeze.freeze_cut` freezes it. `frames/NNNN.png` are what is frozen (RGBA, straight), `stills/NNNN.jpg` the clip as it was, for people to paint strokes on.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.colour import linear_from_srgb
from sora_lock.errors import MediaError, NotFoundError, ShotError
from sora_lock.media.footage import Footage
from sora_lock.media.images import jpeg, open_image, png
from sora_lock.media.video import ProxyWriter, rate
from sora_lock.subjects.clip import Clip, Matted, key_frames
from sora_lock.subjects.cut import TOLD, Told
from sora_lock.subjects.estimators.faces import propose
from sora_lock.subjects.photo import Picture, picture

Codes = NDArray[np.uint8]

GREY = 96
"""Code value behind the subject where people look at a matte's edge: neither its light nor its dark rims hide before it."""
MADE_BY = "classical, carried along the motion"


def write_clip(folder: Path, made: Matted) -> Told:
    """Writes frames, stills, `seen.mp4` (the subject before grey), `matte.mp4`, a few pictures to look at, and `cut.json`.

    Returns:
        What `cut.json` says: beside `shown` and `notes` the rate, size and number of frames, the key frames, the films, and a proposed face box
        at the first frame, px of the clip as it was brought.
    """
    count, height, width = made.mattes.shape
    for name in ("frames", "stills"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    even = np.s_[: height // 2 * 2, : width // 2 * 2]
    size = (width // 2 * 2, height // 2 * 2)
    looked_at = key_frames(count)
    shown: list[list[str]] = []
    face = None
    with (
        ProxyWriter(folder / "seen.mp4", *size, made.footage.fps) as seen,
        ProxyWriter(folder / "matte.mp4", *size, made.footage.fps) as mattes,
    ):
        for frame in range(count):
            own = made.picture(frame)
            (folder / "frames" / f"{frame:04d}.png").write_bytes(png(np.dstack([own.rgb, made.mattes[frame]]), level=1))
            still = np.ascontiguousarray(made.footage.frames[frame][..., :3])
            (folder / "stills" / f"{frame:04d}.jpg").write_bytes(jpeg(still, 85))
            before_grey = _before_grey(own)
            seen.write(np.ascontiguousarray(before_grey[even]))
            mattes.write(np.repeat(made.mattes[frame][even][..., None], 3, axis=2))
            if frame in looked_at:
                name = f"frame_{frame:04d}.seen.png"
                (folder / name).write_bytes(png(before_grey))
                shown.append([name, f"frame {frame}", MADE_BY if made.keys else "brought"])
            if frame == 0:
                face = propose(linear_from_srgb(own.rgb), own.alpha)
    wide, tall = made.footage.brought
    told: Told = {
        "what": "clip", "shown": shown, "notes": [*made.footage.notes, *made.notes],
        "fps": made.footage.fps, "frames": count, "width": width, "height": height, "brought": [wide, tall],
        "keys": list(made.keys), "made_by": MADE_BY if made.keys else "brought",
        "films": [["seen.mp4", "before grey"], ["matte.mp4", "matte"]], "face": None,
    }  # fmt: skip
    if face is not None:
        share = (wide / width, tall / height) * 2
        told["face"] = {"box": [round(v * k) for v, k in zip(face.box, share, strict=True)], "words": face.words}
    (folder / TOLD).write_text(json.dumps(told, indent=1) + "\n")
    return told


def _before_grey(made: Picture) -> Codes:
    """The subject before a grey ground, uint8 [H, W, 3], mixed as code values: for people to judge an edge by."""
    cover = made.alpha[..., None]
    return np.asarray(np.rint(made.rgb * cover + GREY * (1 - cover)), np.uint8)


def read_mattes(folder: Path, footage: Footage) -> Matted:
    """The mattes of a folder that `write_clip` wrote of this very clip, to be corrected.

    Raises:
        NotFoundError: when a file is missing; MediaError when the folder is of another clip or damaged.
    """
    told = _clip_told(folder)
    count, height, width = footage.frames.shape[:3]
    if (told["frames"], told["height"], told["width"], told["fps"]) != (count, height, width, footage.fps):
        raise MediaError(
            f"The folder {folder.name[:60]} holds another clip ({told['frames']} frames of {told['width']}x{told['height']}); correct the clip it was made of."
        )
    mattes = np.zeros((count, height, width), np.uint8)
    for frame in range(count):
        alpha = open_image(_file(folder, frame)).rgba[..., 3]
        if alpha.shape != (height, width):
            raise MediaError(f"Frame {frame} in {folder.name[:60]} has another size; make the folder anew.")
        mattes[frame] = alpha
    return Matted(footage, mattes, told["keys"])


def read_clip(folder: Path) -> tuple[Clip, tuple[int, int]]:
    """The clip of a folder that `write_clip` wrote, every frame decoded behind limits and checked, and its size as it was brought.

    Raises:
        NotFoundError: when a file is missing; MediaError when one is damaged, empty, or of another size than the first.
    """
    told = _clip_told(folder)
    size = (told["height"], told["width"])
    frames = []
    for frame in range(told["frames"]):
        try:
            made = picture(_file(folder, frame))
        except MediaError as error:
            raise MediaError(f"Frame {frame} of {folder.name[:60]}: {error}") from None
        if made.alpha.shape != size:
            raise MediaError(
                f"Frame {frame} in {folder.name[:60]} has another size than the clip; make the folder anew."
            )
        frames.append(png(np.dstack([made.rgb, np.rint(made.alpha * 255).astype(np.uint8)])))
    reading: Callable[[int], bytes] = frames.__getitem__
    return Clip(len(frames), told["fps"], reading), told["brought"]


def _clip_told(folder: Path) -> dict[str, Any]:
    """The numbers of a clip's `cut.json`, checked: somebody may have edited it."""
    from sora_lock.media.footage import MAX_FRAMES, REDUCED_PX

    try:
        told = json.loads((folder / TOLD).read_text(encoding="utf-8"))
        count, height, width = (int(told[k]) for k in ("frames", "height", "width"))
        wide, tall = (int(v) for v in told["brought"])
        out: dict[str, Any] = {
            "frames": count, "height": height, "width": width, "fps": str(rate(str(told["fps"]))), "brought": (wide, tall),
            "keys": tuple(int(k) for k in told["keys"]),
        }  # fmt: skip
    except FileNotFoundError:
        raise NotFoundError(f"{folder} holds no {TOLD}; make the folder with `cutout --out`.") from None
    except (OSError, ValueError, KeyError, TypeError, ShotError) as error:
        raise MediaError(
            f"{TOLD} in {folder} cannot be read: {error}. Make the folder anew with `cutout --out`."
        ) from None
    sound = 2 <= count <= MAX_FRAMES and min(height, width) >= 16 and max(height, width) <= REDUCED_PX
    if not sound or min(wide, tall) < 1 or not all(0 <= k < count for k in out["keys"]):
        raise MediaError(f"{TOLD} in {folder} says numbers no clip has; make the folder anew with `cutout --out`.")
    return out


def _file(folder: Path, frame: int) -> bytes:
    try:
        return (folder / "frames" / f"{frame:04d}.png").read_bytes()
    except FileNotFoundError:
        raise NotFoundError(f"{folder} holds no frame {frame}; make the folder with `cutout --out`.") from None
