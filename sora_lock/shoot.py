"""The path itself: a recipe becomes a take. If you are new here, read this file first.

Place in the path: all of it, in order: `sora_lock.resolve` brings locks and engine, the engine renders, film develops, what is held is laid over what a
model invented, then hold, judge, encode. The worker calls `poster` and then `shoot`; `finished` is also walked again for AOVs and for the proof that a
recipe reproduces its bits.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sora_lock.continuity import Judge, named
from sora_lock.engines import Actor, engine, poster_frame
from sora_lock.filmed import Ready, develop, finished, whole
from sora_lock.hold import Hold
from sora_lock.media import film, images, video
from sora_lock.records import Shot, Take, digest
from sora_lock.subjects.baked import BakedSubject

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sora_lock.store import Store

    Frame = NDArray[np.uint8]

PROOF_EVERY_FRAMES = 16  # the hold proves the grip on these frames, over the clip and not once
PIXEL_CRF = 14
"""Of the proxy where something is held by `pixel`: its luma keeps 42 dB in the core then (with the usual 18: 40.5 dB on a noisy clip), for 50 to 65 % more bytes."""


def warm_up() -> None:
    """Loads the default engine with its compiled loops and makes film's tables, for a worker to do while nobody waits for a poster yet."""
    engine("comp").warm_up()
    film.grain(film.develop(np.zeros((16, 16, 3), np.float32)), seed=0, frame=0)


def cannot(ready: Ready) -> tuple[str, ...]:
    """What the engine cannot do of the direction, and whose clip is over before the shot is, in words for the tile."""
    frames = ready.recipe.shot.frames
    short = [a for a in ready.actors if 0 < a.lasts_frames < frames]
    words = (f"@{a.lock.name}'s clip ends at frame {1000 + a.lasts_frames}: its last picture stays" for a in short)
    return (*ready.engine.cannot(ready.recipe.direction, ready.scene), *words)


def poster(ready: Ready) -> tuple[Frame, tuple[str, ...]]:
    """One telling frame, and what the engine cannot do of the direction."""
    shot, direction = ready.recipe.shot, ready.recipe.direction
    layers, frame = ready.engine.poster(ready.prepared, shot, direction, guide=ready.guide), poster_frame(shot)
    hold = Hold(ready.actors, ready.regions)
    if shot.generation is None:
        return develop(ready, hold, frame, layers), cannot(ready)
    laid = next(iter(ready.composite.frames([whole(layers)], [frame])))
    return hold.finish(whole(laid), frame), cannot(ready)


def shoot(
    store: Store,
    ready: Ready,
    *,
    take: str,
    parent: str | None,
    cell: int,
    folder: Path,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
    judges: Mapping[str, Judge] | None = None,
) -> Take:
    """Renders, holds, judges and encodes one take; its media are in the store when this returns, its row is not.

    Args:
        folder: a place for unfinished files; nothing stays in it.
        progress: told the number of finished frames after each; of a model, which has none until all are done, the same part of its work.
        judges: lock -> who looks at the frames for it; unless given, one for each lock that is placed.

    Raises:
        TakeCancelled: when `cancelled()` turned true; nothing is left behind.
    """
    recipe, shot = ready.recipe, ready.recipe.shot
    seconds: dict[str, float] = defaultdict(float)
    hold = Hold(ready.actors, ready.regions)
    if judges is None:
        judges = {a.lock.name: _judge(store, a, shot) for a in ready.actors}
    proof = {*range(0, shot.frames, PROOF_EVERY_FRAMES), poster_frame(shot)}
    master_path, clip_path = folder / f"{take}.mkv", folder / f"{take}.mp4"
    with ExitStack() as stack:
        master = stack.enter_context(video.MasterWriter(master_path, shot.width, shot.height, shot.fps))
        crf = PIXEL_CRF if any(a.lock.laid_over for a in ready.actors) else video.CRF
        proxy = stack.enter_context(video.ProxyWriter(clip_path, shot.width, shot.height, shot.fps, crf=crf))
        walk = finished(
            ready,
            hold,
            cancelled=cancelled,
            aov=proof.__contains__,
            seconds=seconds,
            progress=lambda part: progress(part * shot.frames),
        )
        for frame, _, rgb in walk:
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
    report = {
        name: {a: named(*seen, store.put) for a, seen in judge.report().items()} for name, judge in judges.items()
    }
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


def _judge(store: Store, actor: Actor, shot: Shot) -> Judge:
    """The judge of an actor's lock; it may look at whole geometry, which a lock names by digest, from each frame's own camera."""
    whole = actor.subject if isinstance(actor.subject, BakedSubject) and actor.changes is None else None
    pictures = (lambda sha: store.blob(sha).read_bytes(), actor.policies)
    return Judge(actor.lock, *pictures, shot.width, shot.height, whole)
