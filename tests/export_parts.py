"""A store with small finished takes whose media are real films, for the tests of the export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from sora_lock import direction
from sora_lock.media.images import jpeg, png
from sora_lock.media.video import MasterWriter, ProxyWriter
from sora_lock.records import Finding, Generation, Grip, GripName, Placement, Recipe, Shot, Take, digest
from sora_lock.store import Store

FACE = ("face", "expression", "hair", "wardrobe", "body")
PLACE = ("layout", "props", "surfaces")


def frames_of(level: int, width: int, height: int, count: int) -> list[np.ndarray]:
    """Frames of one grey, one code value brighter each, so that a frame of the reel tells which it shows."""
    return [np.full((height, width, 3), level + i, np.uint8) for i in range(count)]


def shoot_take(
    store: Store,
    folder: Path,
    text: str = "golden hour",
    *,
    scene: str = "SC010",
    shot: str = "SH020",
    width: int = 128,
    height: int = 72,
    fps: str = "24",
    frames: int = 6,
    level: int = 60,
    seed: int = 7,
    parent: str | None = None,
    generation: Generation | None = None,
    grip: GripName = "reflectance",
    report: Mapping[str, Mapping[str, Finding]] | None = None,
) -> Take:
    """Plans, leases and finishes one take in `store`, its master, clip and poster encoded for real; a generated one places locks that are there.

    `report` stands in the place of the usual one.
    """
    cast, stage = Placement("mara", 2, "2" * 64), Placement("alley", 1, "3" * 64)
    if generation is not None:
        cast, stage = (Placement(k.name, k.version, k.lock_sha256) for k in map(store.lock, ("mara", "alley")))
    engine = "comp" if generation is None else "vace"
    wanted = Shot(scene, shot, (cast,), stage, {}, width, height, fps, frames, seed, engine, generation)
    recipe = Recipe(wanted, direction.read(text), "1", {"numpy": "2"})
    cell = store.plan(scene, {"texts": [text]}, [recipe], parent_take=parent, who="ana")
    pictures = frames_of(level, width, height, frames)
    files = {}
    for name, kind in (("master.mkv", MasterWriter), ("clip.mp4", ProxyWriter)):
        path = folder / name
        with kind(path, width, height, fps) as film:
            for rgb in pictures:
                film.write(rgb)
        files[name] = store.put_file(path, move=True)
    files["poster.jpg"] = store.put(jpeg(pictures[0], 90))
    job = store.lease("w1")
    assert job is not None
    store.poster_done(job.id, "w1", files["poster.jpg"], [])
    job = store.lease("w1")
    assert job is not None
    attributes = {"mara": FACE, "alley": PLACE}
    take = Take(
        job.take,
        parent,
        cell.id,
        recipe,
        recipe.recipe_sha256,
        digest(files),
        {n: {a: Grip(grip, 0.9) for a in by} for n, by in attributes.items()},
        report
        or {
            n: {a: Finding("flag" if a == "hair" else "pass", 0.93, 2, (1, 2, 3, 4), 0.8, None, "") for a in by}
            for n, by in attributes.items()
        },
        (),
        files,
        {"clip": 1.0},
        "2026-11-22T20:00:00+00:00",
    )
    store.finish(job.id, "w1", take)
    return take


def drifted(store: Store) -> dict[str, dict[str, Finding]]:
    """A report with one of each: hair that drifted, with all the evidence there can be; a face that held; a body that was not seen; and a place that held."""
    pair = np.tile(np.linspace(20, 220, 90, dtype=np.uint8)[None, :, None], (40, 1, 3))
    evidence, heat = store.put(png(pair)), store.put(png(pair[:, ::-1]))
    held = Finding("pass", 0.93, 2, (10, 8, 40, 30), 0.5, evidence, "The face of @mara held.", ((0, 0.95), (5, 0.93)))
    flag = Finding(
        "flag", 0.31, 3, (60, 10, 100, 50), 0.5, evidence, "The hair of @mara drifted, worst in frame 3.",
        ((0, 0.8), (3, 0.31), (5, 0.4)), heat,
    )  # fmt: skip
    unseen = Finding("not_seen", words="The body of @mara was not judged: it is only 12 px high.")
    place = {a: Finding("pass", 0.8, 1, (0, 0, 100, 60), 0.5, None, f"The {a} held.") for a in PLACE}
    return {"mara": {"face": held, "hair": flag, "body": unseen}, "alley": place}


def three_takes(store: Store, folder: Path, texts: Sequence[str] = ("golden hour", "rain", "neon, fog")) -> list[Take]:
    """Three takes of one shot; the first and the third are circled, the second is NG."""
    store.ensure_scene("SC010", "The alley")
    made = [shoot_take(store, folder, t, level=40 + 60 * i, seed=i) for i, t in enumerate(texts)]
    for take, mark in zip(made, ("circled", "NG", "circled"), strict=True):
        store.mark(take.take, mark, "ana")
    return made
