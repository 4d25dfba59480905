"""Real records for the store's tests: a lock, a set, recipes, and a worker that finishes takes without rendering them."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

from sora_lock.records import (
    ATTRIBUTES,
    Anchor,
    Chip,
    Direction,
    Finding,
    Grip,
    Kind,
    Lock,
    Placement,
    Recipe,
    Region,
    Shot,
    Take,
    digest,
)
from sora_lock.store import Cell, Job, Store


def a_lock(store: Store, name: str = "mara", kind: Kind = "character", **changes: str) -> Lock:
    """A lock ready to be added, its anchor's pictures already put; `changes` are policies."""
    image, regions = store.put(f"picture of {name}".encode()), store.put(f"regions of {name}".encode())
    policies = {a: "hold" for a in ATTRIBUTES[kind]} | changes
    return Lock(
        name, kind, 1, f"cast/{name}", "0" * 64, "1" * 64, (Region("all", ATTRIBUTES[kind]),), policies,
        (Anchor("front", image, regions),),
    )  # fmt: skip


def a_recipe(seed: int = 7, text: str = "golden hour", scene: str = "SC010", shot: str = "SH020") -> Recipe:
    """A recipe of @mara v1 in @alley v1."""
    cast, stage = Placement("mara", 1, "2" * 64), Placement("alley", 1, "3" * 64)
    words = Direction(text, (Chip("time", "golden hour", "golden hour"),), ("wistful",))
    return Recipe(Shot(scene, shot, (cast,), stage, seed=seed), words, "1", {"numpy": "2"})


def a_grid(store: Store, count: int = 2, parent: str | None = None, **changes: str) -> Cell:
    """A planned fan-out of `count` takes."""
    recipes = [a_recipe(seed, **changes) for seed in range(count)]
    return store.plan(recipes[0].shot.scene, {"note": "grid"}, recipes, parent_take=parent, who="ana")


def a_take(store: Store, job: Job) -> Take:
    """A take of that job whose files are put; every take has bytes of its own."""
    files = {n: store.put(f"{job.take} {n}".encode()) for n in ("clip.mp4", "master.mkv", "poster.jpg")}
    evidence = store.put(f"{job.take} evidence".encode())
    return Take(
        job.take, job.parent, job.cell, job.recipe, job.recipe.recipe_sha256, digest(files),
        {"mara": {"face": Grip("reflectance", 0.9)}},
        {"mara": {"face": Finding("pass", 0.99, 3, (1, 2, 3, 4), 0.8, evidence, "The face holds.")}},
        ("puts on a hat",), files, {"clip": 4.8, "light": 2.4}, "2026-11-22T20:00:00Z",
    )  # fmt: skip


def shoot_one(store: Store, worker: str = "w1") -> str | None:
    """Leases and does the next stage of something; the take id, or None when nothing waits."""
    job = store.lease(worker)
    if job is None:
        return None
    if job.stage == "poster":
        store.poster_done(job.id, worker, store.put(f"{job.take} poster.jpg".encode()), ["puts on a hat"])
    else:
        store.finish(job.id, worker, a_take(store, job))
    return job.take


def shoot_all(store: Store, worker: str = "w1") -> None:
    """Does all that waits."""
    while shoot_one(store, worker):
        pass


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def all_files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file())


def age_all(folder: Path, hours: float = 2.0) -> None:
    """Makes every file of a folder look as if written hours ago."""
    then = time.time() - hours * 3600
    for path in all_files(folder):
        os.utime(path, (then, then))
