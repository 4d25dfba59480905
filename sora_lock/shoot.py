"""The path itself: a recipe becomes a take. If you are new here, read this file first.

Place in the path: all of it, in order: resolve the locks, let the engine render, develop the film, hold, judge, encode. The worker calls
`poster` and then `shoot`; `finished` is also walked again for AOVs and for the proof that a recipe reproduces its bits.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sora_lock.continuity import Judge
from sora_lock.engines import Actor, Engine, Layers, Prepared, Scene, engine, poster_frame
from sora_lock.errors import EngineError
from sora_lock.hold import Hold
from sora_lock.lock import effective_policies
from sora_lock.media import film, images, video
from sora_lock.paths import shipped
from sora_lock.records import Finding, Lock, Placement, Recipe, Shot, Take, digest
from sora_lock.subjects import baked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sora_lock.store import Store

    Frame = NDArray[np.uint8]

PROOF_EVERY_FRAMES = 16  # the hold proves the grip on these frames, over the clip and not once
GRAIN = 0.35
PIXEL_CRF = 14
"""Of the proxy where something is held by `pixel`: its luma keeps 42 dB in the core then (with the usual 18: 40.5 dB on a noisy clip), for 50 to 65 % more bytes."""


@dataclass(frozen=True)
class Ready:
    """A recipe with its locks resolved to subjects and its engine prepared: what the steps below are given."""

    recipe: Recipe
    scene: Scene
    engine: Engine
    prepared: Prepared

    @property
    def actors(self) -> tuple[Actor, ...]:
        """Cast and set."""
        return (*self.scene.cast, self.scene.stage)


def warm_up() -> None:
    """Loads the default engine with its compiled loops and makes film's tables, for a worker to do while nobody waits for a poster yet."""
    engine("comp").warm_up()
    film.grain(film.develop(np.zeros((16, 16, 3), np.float32)), seed=0, frame=0)


def resolve(store: Store, recipe: Recipe, kept: dict[str, Ready]) -> Ready:
    """Locks to subjects, engine prepared; `kept` (small, by digest) lets a whole fan-out share one `prepare`.

    Raises:
        EngineError: when a subject is no longer the one that was locked.
        MediaError: when the archive of a brought one is damaged.
        NotFoundError: when a lock, its picture or its archive is not in the store.
    """
    shot = recipe.shot
    policies = {p.name: effective_policies(store.lock_by_sha(p.lock_sha256), shot.overrides) for p in shot.placed}
    key = digest([shot.cast, shot.stage, shot.width, shot.height, shot.fps, shot.engine, policies])
    if key not in kept:
        scene = Scene(
            tuple(_actor(store, p, shot, policies[p.name]) for p in shot.cast),
            _actor(store, shot.stage, shot, policies[shot.stage.name]),
            shot.width,
            shot.height,
        )
        made = engine(shot.engine)
        while len(kept) >= 2:
            kept.pop(next(iter(kept)))
        kept[key] = Ready(recipe, scene, made, made.prepare(scene))
    return replace(kept[key], recipe=recipe)


def _actor(store: Store, placement: Placement, shot: Shot, policies: Mapping[str, str]) -> Actor:
    lock = store.lock_by_sha(placement.lock_sha256)
    if lock.subject == "photo":
        from sora_lock.subjects import photo

        picture = photo.picture(store.blob(lock.subject_sha256).read_bytes(), None, None)
        return Actor(lock, photo.conform(picture, shot.width, shot.height), placement.mark, policies)
    if lock.frames:
        return _clip(store, lock, placement, shot, policies)
    if lock.subject.startswith("brought/"):
        from sora_lock.subjects import brought

        return Actor(
            lock, _the_one_locked(lock, brought.load_file(store.blob(lock.subject_sha256))), placement.mark, policies
        )
    folder = shipped().get(lock.subject.partition("/")[2])
    if folder is None:
        raise EngineError(f"@{lock.name} locks {lock.subject}, which this installation does not ship.")
    return Actor(lock, _the_one_locked(lock, baked.load(folder)), placement.mark, policies)


def _clip(store: Store, lock: Lock, placement: Placement, shot: Shot, policies: Mapping[str, str]) -> Actor:
    """A clip, which is another picture, or another body, in each frame."""
    from sora_lock.subjects import brought, clip

    lasts = clip.lasts_frames(len(lock.frames), lock.fps, shot.fps)
    if not lock.laid_over:

        def body(frame: int) -> baked.BakedSubject:
            own = lock.frames[clip.frame_shown(frame, lock.fps, shot.fps, len(lock.frames))]
            return brought.load_file(store.blob(own))

        return Actor(lock, body(0), placement.mark, policies, body, lasts)
    read = clip.Clip(len(lock.frames), lock.fps, lambda frame: store.blob(lock.frames[frame]).read_bytes())
    conformed = clip.conform(read, shot.width, shot.height, shot.fps)
    return Actor(lock, conformed.at(0), placement.mark, policies, conformed.at, lasts)


def cannot(ready: Ready) -> tuple[str, ...]:
    """What the engine cannot do of the direction, and whose clip is over before the shot is, in words for the tile."""
    frames = ready.recipe.shot.frames
    short = [a for a in ready.actors if 0 < a.lasts_frames < frames]
    words = (f"@{a.lock.name}'s clip ends at frame {1000 + a.lasts_frames}: its last picture stays" for a in short)
    return (*ready.engine.cannot(ready.recipe.direction, ready.scene), *words)


def _the_one_locked(lock: Lock, subject: baked.BakedSubject) -> baked.BakedSubject:
    """`subject` itself; EngineError when it is not what the lock names."""
    if subject.atlas().atlas_sha256 != lock.atlas_sha256 or subject.subject_sha256 != lock.subject_sha256:
        raise EngineError(
            f"@{lock.name} v{lock.version} locks another make of {lock.subject} than the one that is here; freeze a new version of it."
        )
    return subject


def develop(ready: Ready, hold: Hold, frame: int, layers: Layers) -> Frame:
    """Linear picture -> finished frame: film and grade, grain, then what is held by `pixel` laid over."""
    seed = ready.recipe.shot.seed
    rgb = film.develop(layers.picture, grade=ready.recipe.direction.values("grade"), seed=seed, frame=frame)
    return hold.finish(film.grain(rgb, seed=seed, frame=frame, strength=GRAIN), frame)


def poster(ready: Ready) -> tuple[Frame, tuple[str, ...]]:
    """One telling frame, and what the engine cannot do of the direction."""
    shot, direction = ready.recipe.shot, ready.recipe.direction
    layers = ready.engine.poster(ready.prepared, shot, direction)
    hold = Hold(ready.actors, ready.prepared.regions)
    return develop(ready, hold, poster_frame(shot), layers), cannot(ready)


def finished(
    ready: Ready,
    hold: Hold,
    *,
    cancelled: Callable[[], bool],
    aov: Callable[[int], bool],
    seconds: dict[str, float] | None = None,
) -> Iterator[tuple[int, Layers, Frame]]:
    """Frame number, layers and finished frame, in order; adds what each step took to `seconds`."""
    spent = seconds if seconds is not None else defaultdict(float)
    clock = time.perf_counter()

    def lap(stage: str) -> None:
        nonlocal clock
        now = time.perf_counter()
        spent[stage] = spent.get(stage, 0.0) + now - clock
        clock = now

    source = ready.engine.frames(
        ready.prepared, ready.recipe.shot, ready.recipe.direction, cancelled=cancelled, aov=aov
    )
    for frame, layers in enumerate(source):
        lap("render")
        rgb = develop(ready, hold, frame, layers)
        lap("film")
        hold.see(frame, layers, rgb)
        lap("hold")
        yield frame, layers, rgb
        clock = time.perf_counter()


def shoot(
    store: Store,
    ready: Ready,
    *,
    take: str,
    parent: str | None,
    cell: int,
    folder: Path,
    progress: Callable[[int], None],
    cancelled: Callable[[], bool],
) -> Take:
    """Renders, holds, judges and encodes one take; its media are in the store when this returns, its row is not.

    Args:
        folder: a place for unfinished files; nothing stays in it.
        progress: told the number of finished frames after each.

    Raises:
        TakeCancelled: when `cancelled()` turned true; nothing is left behind.
    """
    recipe, shot = ready.recipe, ready.recipe.shot
    seconds: dict[str, float] = defaultdict(float)
    hold = Hold(ready.actors, ready.prepared.regions)
    judges = {
        a.lock.name: Judge(a.lock, lambda sha: store.blob(sha).read_bytes(), a.policies, shot.width, shot.height)
        for a in ready.actors
    }
    proof = {*range(0, shot.frames, PROOF_EVERY_FRAMES), poster_frame(shot)}
    master_path, clip_path = folder / f"{take}.mkv", folder / f"{take}.mp4"
    with ExitStack() as stack:
        master = stack.enter_context(video.MasterWriter(master_path, shot.width, shot.height, shot.fps))
        crf = PIXEL_CRF if any(a.lock.laid_over for a in ready.actors) else video.CRF
        proxy = stack.enter_context(video.ProxyWriter(clip_path, shot.width, shot.height, shot.fps, crf=crf))
        for frame, _, rgb in finished(ready, hold, cancelled=cancelled, aov=proof.__contains__, seconds=seconds):
            clock = time.perf_counter()
            master.write(rgb)
            proxy.write(rgb)
            seconds["encode"] += time.perf_counter() - clock
            clock = time.perf_counter()
            for judge in judges.values():
                if judge.wants(frame, shot.frames):
                    judge.see(frame, rgb)
            seconds["judge"] += time.perf_counter() - clock
            if frame == poster_frame(shot):
                poster_jpeg = images.jpeg(rgb, 90)
            progress(frame + 1)
    clock = time.perf_counter()
    report = {name: {a: _keep(store, *seen) for a, seen in judge.report().items()} for name, judge in judges.items()}
    seconds["judge"] += time.perf_counter() - clock
    files = {
        "clip.mp4": store.put_file(clip_path, move=True),
        "master.mkv": store.put_file(master_path, move=True),
        "poster.jpg": store.put(poster_jpeg),
    }
    return Take(
        take=take,
        parent=parent,
        cell=cell,
        recipe=recipe,
        recipe_sha256=recipe.recipe_sha256,
        result_sha256=digest({name: files[name] for name in ("master.mkv", "poster.jpg")}),
        grips=hold.grips(),
        report=report,
        cannot=cannot(ready),
        files=files,
        seconds={stage: round(s, 4) for stage, s in seconds.items()},
        created_utc=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _keep(store: Store, finding: Finding, evidence: bytes | None) -> Finding:
    return replace(finding, evidence_sha256=store.put(evidence)) if evidence else finding
