"""The timeline for the edit: OpenTimelineIO with clips that point at the exported media.

Place in the path: export. One video track, takes back to back without slates; ranges are in the take's own frames from 0, timecode starts
at one hour. Each clip has two media: the H.264 clip (the active one: every edit program opens it) and the lossless master.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil
from typing import Any

from sora_lock.edit_frames import FIRST_FRAME
from sora_lock.export.selects import Select
from sora_lock.records import plain

START_HOUR = 1


def timeline(chosen: Sequence[Select], scene: str, media: Mapping[str, Mapping[str, str]], title: str = "") -> str:
    """The timeline as OTIO's JSON text.

    Args:
        chosen: at least one take; the first one's rate counts for the timeline.
        media: take id -> {"clip": file name, "master": file name}, relative to where the text will lie.
    """
    import opentimelineio as otio

    def at(frames: int, fps: Fraction) -> Any:
        return otio.opentime.RationalTime(frames, float(fps))

    def span(start: int, frames: int, fps: Fraction) -> Any:
        return otio.opentime.TimeRange(at(start, fps), at(frames, fps))

    fps = chosen[0].fps
    made = otio.schema.Timeline(name=f"{scene} {title}".strip())
    made.global_start_time = at(START_HOUR * 3600 * ceil(fps), fps)
    made.metadata["sora_lock"] = {"scene": scene, "first_frame": FIRST_FRAME}
    track = otio.schema.Track(name="V1", kind=otio.schema.TrackKind.Video)
    made.tracks.append(track)
    for select in chosen:
        clip = otio.schema.Clip(name=select.take.take, source_range=span(0, select.frames, select.fps))
        key = otio.schema.Clip.DEFAULT_MEDIA_KEY
        references = {}
        for kind, name in media[select.take.take].items():
            reference = otio.schema.ExternalReference(
                target_url=name, available_range=span(0, select.frames, select.fps)
            )
            reference.name = select.take.take
            reference.metadata["cmx_3600"] = {"reel": select.reel}
            references[key if kind == "clip" else kind] = reference
        clip.set_media_references(references, key)
        clip.metadata["sora_lock"] = _facts(select)
        clip.metadata["cmx_3600"] = {"reel": select.reel}
        for comment in select.comments:
            if comment.frame is not None and comment.frame < select.frames:
                clip.markers.append(
                    otio.schema.Marker(
                        name=comment.text[:80],
                        marked_range=span(comment.frame, 1, select.fps),
                        color=otio.schema.MarkerColor.ORANGE,
                        metadata={"sora_lock": {"text": comment.text, "who": comment.who}},
                    )
                )
        track.append(clip)
    text: str = otio.adapters.write_to_string(made, "otio_json")
    return text + "\n"


def _facts(select: Select) -> dict[str, Any]:
    """What an edit may want to know of a take, as JSON-like data; numbers that may exceed 32 bits go as text."""
    take, shot = select.take, select.take.recipe.shot
    return {
        "take": take.take,
        "parent": take.parent or "",
        "mark": select.mark or "",
        "reel": select.reel,
        "direction": select.said,
        "chips": select.chips,
        "unread": list(take.recipe.direction.unread),
        "cannot": list(take.cannot),
        "locks": [{"name": p.name, "version": p.version, "lock_sha256": p.lock_sha256} for p in shot.placed],
        "seed": str(shot.seed),
        "engine": shot.engine,
        "recipe_sha256": take.recipe_sha256,
        "result_sha256": take.result_sha256,
        "grips": plain(take.grips),
        "statuses": {lock: {a: f.status for a, f in by.items()} for lock, by in take.report.items()},
    }
