"""Freezing a clip: every frame of it as what is held, a few of them as anchors.

Place in the path: beside `freeze`, which sends clips here. Runs in the page process, so it renders nothing; reading a folder's frames behind
limits takes some 0.1 s a frame.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sora_lock.errors import MediaError
from sora_lock.lock import check_name, check_policies, readiness
from sora_lock.records import Anchor, Kind, Lock, digest
from sora_lock.subjects.photo import Box, Picture, regions_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sora_lock.freeze import Shelf
    from sora_lock.subjects.clip import Clip
    from sora_lock.subjects.plates import Plates


def freeze_clip(
    shelf: Shelf,
    name: str,
    kind: Kind,
    folder: Path,
    *,
    relight: bool = True,
    policies: Mapping[str, str] | None = None,
    face_box: Box | None = None,
    height_m: float | None = None,
) -> Lock:
    """Freezes the clip in a folder that `cutout` wrote: as a body a frame, held by `reflectance`, when it is to be relit (some 1 s a frame);
    else held by `pixel`, and it keeps its light.

    Args:
        height_m: of the whole subject, for relighting; without it the usual one of its kind.
        face_box: (x0, y0, x1, y1) px of the clip's first frame as it was brought; it is carried along.

    Raises:
        NotFoundError, MediaError: as `clip_cut.read_clip`; MediaError for a set, and for a face box beside the subject, or on a prop.
        NamingError, PolicyError: as `check_name` and `check_policies`.
    """
    from sora_lock.media.images import png
    from sora_lock.subjects.brought import pack
    from sora_lock.subjects.clip import key_frames
    from sora_lock.subjects.clip_cut import read_clip
    from sora_lock.subjects.clip_relief import reliefs

    if kind == "set":
        raise MediaError("A clip can be locked as a character or a prop; as a set it would need depth for every frame.")
    if face_box is not None and kind != "character":
        raise MediaError(f"Only a character has a face; leave the face box of a {kind} out.")
    plain_name, full = check_name(name), check_policies(kind, policies or {})
    clip, brought = read_clip(folder)
    first = clip.picture(0)
    faces = _carried(clip, Picture(first.rgb, first.alpha, (), brought).box(face_box)) if face_box else None
    judged_by = key_frames(clip.count)
    anchors = []
    for frame in judged_by:
        regions, plate = regions_for(clip.picture(frame), kind, faces[frame] if faces else None)
        anchors.append(Anchor(f"frame {frame}", shelf.put(clip.read(frame)), shelf.put(png(plate))))
    made_by: dict[str, str] = {}
    if relight:
        subject, frames, atlases, lit = "brought/clip", [], [], tuple(anchors)
        for frame, relief in enumerate(reliefs(clip, kind, name=plain_name, faces=faces, height_m=height_m)):
            archive, body = pack(relief.parts)
            frames.append(shelf.put(archive))
            atlases.append(body.atlas().atlas_sha256)
            if frame in judged_by:
                # The judge compares takes with what is held, which is the clip without its light.
                of = lit[judged_by.index(frame)]
                unlit = shelf.put(png(_unlit(clip.picture(frame), relief.plates)))
                anchors.append(Anchor(f"{of.view}, its light taken out", unlit, of.regions_sha256))
        atlas_sha256, made_by = digest(atlases), dict(relief.plates.made_by)
    else:
        subject, frames, atlas_sha256 = "clip", [shelf.put(clip.read(k)) for k in range(clip.count)], _colours(clip)
    return shelf.add_lock(
        Lock(
            name=plain_name,
            kind=kind,
            version=1,
            subject=subject,
            subject_sha256=digest_of(frames, clip.fps),
            atlas_sha256=atlas_sha256,
            regions=regions,
            policies=full,
            anchors=tuple(anchors),
            readiness=readiness(first.rgb, first.alpha, faces[0] if faces else None),
            made_by=made_by,
            frames=tuple(frames),
            fps=clip.fps,
        )
    )


def _unlit(made: Picture, plates: Plates) -> NDArray[np.uint8]:
    """A frame without its light, uint8 [H, W, 4]."""
    from sora_lock.colour import coded

    coverage = np.rint(made.alpha * 255).astype(np.uint8)
    flat = coded(plates.reflectance)
    return np.dstack([np.where(coverage[..., None] > 0, flat, np.uint8(0)), coverage])


def digest_of(frames: Sequence[str], fps: str) -> str:
    """The `subject_sha256` of a clip: SHA-256 over the digests of its frames and its rate."""
    return digest({"frames": frames, "fps": fps})


def _colours(clip: Clip) -> str:
    """SHA-256 of the colours of all frames in order, linear, as `Lock.atlas_sha256` has those of one picture."""
    from sora_lock.colour import linear_from_srgb

    said = hashlib.sha256()
    for frame in range(clip.count):
        said.update(np.ascontiguousarray(linear_from_srgb(clip.picture(frame).rgb), "<f4").data)
    return said.hexdigest()


def _carried(clip: Clip, box: Box) -> list[Box]:
    """Where a box of the first frame is in every frame; what is not the subject is black in them and moves nothing."""
    from sora_lock.subjects.estimators.carried import carry_box

    return carry_box(lambda frame: clip.picture(frame).rgb, clip.count, box)
