"""A store with takes in it that no engine made: small drawn pictures, put there through the store's own calls.

For tests of the notebook and the server, which must show takes and need not wait for any.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sora_lock.fanout import plan_fanout
from sora_lock.media import images
from sora_lock.media.video import ProxyWriter
from sora_lock.records import ATTRIBUTES, Finding, Grip, Take, digest
from sora_lock.store import Job, Store

LINES = (
    "now bathed in dramatic chiaroscuro",
    "golden hour, low angle, slow push-in",
    "now in a heavy downpour, wistful",
    "neon night, fog",
    "moonlight",
    "overcast, fog",
)


def drawn(number: int, width: int = 320, height: int = 180) -> np.ndarray:
    """A picture that differs by number: a disc before a gradient, uint8 [H, W, 3]."""
    y, x = np.mgrid[0:height, 0:width]
    hue = np.array([(number * 53) % 97, (number * 31) % 89, (number * 71) % 83], np.float32) + 40
    picture = hue * (0.3 + 0.7 * (x / width))[..., None]
    disc = (x - width * 0.5) ** 2 + (y - height * 0.45) ** 2 < (height * 0.28) ** 2
    picture[disc] = picture[disc] * 0.4 + 120
    return np.clip(picture, 0, 255).astype(np.uint8)


def finish(store: Store, job: Job, picture: np.ndarray, worker: str = "planter", flag: str | None = None) -> Take:
    """Makes a leased job's take from one picture that slides by a pixel a frame."""
    shot = job.recipe.shot
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.mp4"
        with ProxyWriter(clip, picture.shape[1], picture.shape[0], shot.fps) as film:
            for frame in range(shot.frames):
                film.write(np.roll(picture, frame, axis=1))
        files = {"clip.mp4": store.put_file(clip), "poster.jpg": store.put(images.jpeg(picture))}
    files["master.mkv"] = files["clip.mp4"]
    evidence = store.put(images.png(picture[40:120, 100:220]))
    grips: dict[str, dict[str, Grip]] = {}
    report: dict[str, dict[str, Finding]] = {}
    for placed in (*shot.cast, shot.stage):
        lock = store.lock_by_sha(placed.lock_sha256)
        for attribute in ATTRIBUTES[lock.kind]:
            grips.setdefault(placed.name, {})[attribute] = Grip("reflectance", 0.91)
            bad = attribute == flag
            report.setdefault(placed.name, {})[attribute] = Finding(
                "flag" if bad else "pass",
                0.62 if bad else 0.97,
                11,
                (100, 40, 220, 120),
                0.8,
                evidence,
                f"The {attribute} drifted at frame 11." if bad else f"The {attribute} held.",
                ((0, 0.97), (11, 0.62)) if bad else (),
                store.put(images.png(picture[::2, ::2])) if bad else "",
            )
    take = Take(
        job.take,
        job.parent,
        job.cell,
        job.recipe,
        job.recipe.recipe_sha256,
        digest(files),
        grips,
        report,
        job.cannot,
        files,
        {"prepare": 0.4, "poster": 0.3, "clip": 3.1},
        "2026-11-22T20:00:00+00:00",
    )
    store.finish(job.id, worker, take)
    return take


def shoot_all(store: Store, pictures: Sequence[np.ndarray] = (), flag: str | None = None) -> list[Take]:
    """Makes a take of every job that waits; the second one drifts in `flag`."""
    made: list[Take] = []
    while (job := store.lease("planter")) is not None:
        number = job.id
        picture = pictures[(number - 1) % len(pictures)] if pictures else drawn(number)
        if job.stage == "poster":
            store.poster_done(job.id, "planter", store.put(images.jpeg(picture)), ())
            continue
        made.append(finish(store, job, picture, flag=flag if len(made) == 1 else None))
    return made


def grid(
    store: Store, lines: Sequence[str] = LINES, parent: str | None = None, frames: int = 12, who: str = "ana"
) -> int:
    """Plans a fan-out of the shipped cast; returns its cell."""
    cell = plan_fanout(
        store,
        scene="SC010",
        shot="SH020",
        cast="@mara in @alley",
        texts=lines,
        frames=frames,
        width=320,
        height=180,
        parent=parent,
        who=who,
    )
    return cell.id
