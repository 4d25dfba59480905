"""A recipe with its locks resolved to subjects and its engine prepared.

Place in the path: the first step of `shoot`. What a fan-out shares (prepared scenes, blockings) is kept here between its takes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from sora_lock.engines import Actor, Layers, Scene, engine, engine_info
from sora_lock.errors import EngineError
from sora_lock.filmed import Ready, finished
from sora_lock.generation import UNBLOCKED
from sora_lock.hold import Hold
from sora_lock.lock import effective_policies
from sora_lock.media import images, video
from sora_lock.paths import shipped
from sora_lock.records import Lock, Placement, Recipe, Shot, digest
from sora_lock.subjects import baked

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sora_lock.blocking import Blocking
    from sora_lock.store import Store

    Frame = NDArray[np.uint8]


MOST_KEPT, MOST_GUIDES = 3, 8


def resolve(store: Store, recipe: Recipe, kept: dict[str, Ready]) -> Ready:
    """Locks to subjects, engine prepared, and what an engine that invents goes by; `kept` (small, by digest) lets a whole fan-out share one `prepare`.

    Raises:
        EngineError: when a subject is no longer the one that was locked.
        EngineUnavailableError: when the engine lacks weights, a token or a device.
        MediaError: when the archive of a brought one is damaged.
        NotFoundError: when a lock, its picture or its archive, or a base take is not in the store.
    """
    shot = recipe.shot
    policies = {p.name: effective_policies(store.lock_by_sha(p.lock_sha256), shot.overrides) for p in shot.placed}
    asked = shot.generation
    shared = [shot.cast, shot.stage, shot.width, shot.height, shot.fps, shot.engine, policies]
    key = digest([*shared, asked.model] if asked is not None else shared)
    if key not in kept:
        scene = Scene(
            tuple(_actor(store, p, shot, policies[p.name]) for p in shot.cast),
            _actor(store, shot.stage, shot, policies[shot.stage.name]),
            shot.width,
            shot.height,
            asked.named if asked is not None else "",
        )
        made = engine(shot.engine)
        while len(kept) >= MOST_KEPT:
            kept.pop(next(iter(kept)))
        kept[key] = Ready(recipe, scene, made, made.prepare(scene))
    ready = kept[key]  # before the guide, whose scene may take its place
    guide = _guide(store, recipe, kept) if asked is not None and asked.mode not in UNBLOCKED else None
    return replace(ready, recipe=recipe, guide=guide)


def _guide(store: Store, recipe: Recipe, kept: dict[str, Ready]) -> Blocking:
    """What comp films of a shot, or of its base take, for a model to go by."""
    from sora_lock.blocking import Blocking

    asked, direction = recipe.shot.generation, recipe.direction
    assert asked is not None
    base = store.take(asked.base) if asked.base else None
    if base is not None:
        if base.files["master.mkv"] != asked.base_sha256:
            raise EngineError(f"The base take {asked.base} is not the one this recipe was written for.")
        direction = base.recipe.direction
    info = engine_info("comp")
    filmed = Recipe(replace(recipe.shot, engine=info.name, generation=None), direction, info.version, {})
    ready = resolve(store, filmed, kept)
    key = digest([filmed.recipe_sha256, asked.base_sha256])
    if key not in ready.guides:
        while len(ready.guides) >= MOST_GUIDES:
            ready.guides.pop(next(iter(ready.guides)))  # its folder goes with the last take that uses it

        def film() -> Iterator[tuple[Layers, Frame]]:
            hold = Hold(ready.actors, ready.regions)
            for _, layers, rgb in finished(ready, hold, cancelled=lambda: False, aov=lambda frame: True):
                yield layers, rgb

        pictures = _base_frames(store, asked.base_sha256) if base is not None else None
        ready.guides[key] = Blocking(recipe.shot.frames, film, ready.actors, ready.regions, pictures)
    return ready.guides[key]


def _base_frames(store: Store, master_sha256: str) -> Callable[[int], Frame]:
    """The finished frames of a master, decoded together when the first is asked for."""

    @functools.cache
    def frames() -> list[Frame]:
        return list(video.read_frames(store.blob(master_sha256)))

    return lambda frame: frames()[frame]


def _actor(store: Store, placement: Placement, shot: Shot, policies: Mapping[str, str]) -> Actor:
    made = _subject(store, placement, shot, policies)
    shipped_as = made.lock.subject.startswith(
        ("cast/", "sets/")
    )  # of what is brought it says how, and not what it shows
    about = str(made.subject.info.get("about", "")) if shipped_as else ""

    def anchors() -> tuple[NDArray[np.uint8], ...]:
        return tuple(images.read_own(store.blob(a.image_sha256).read_bytes()) for a in made.lock.anchors)

    return replace(made, anchors=anchors, about=about)


def _subject(store: Store, placement: Placement, shot: Shot, policies: Mapping[str, str]) -> Actor:
    lock = store.lock_by_sha(placement.lock_sha256)
    if lock.subject == "photo":
        from sora_lock.subjects import photo

        picture = photo.picture(store.blob(lock.subject_sha256).read_bytes(), None, None)
        return Actor(lock, photo.conform(picture, shot.width, shot.height), placement.mark, policies)
    if lock.frames:
        return _clip(store, lock, placement, shot, policies)
    return Actor(lock, geometry(store, lock), placement.mark, policies)


def geometry(store: Store, lock: Lock) -> baked.BakedSubject:
    """The one body that a lock holds: shipped, or from the archive that was locked; not for pictures and clips, which are conformed to each shot.

    Raises:
        EngineError: when it is not shipped here, or is no longer the one that was locked.
        MediaError: when the archive is damaged.
        NotFoundError: when the archive is not in the store.
    """
    from sora_lock.subjects import brought

    if lock.subject.startswith("brought/"):
        return _the_one_locked(lock, brought.load_file(store.blob(lock.subject_sha256)))
    folder = shipped().get(lock.subject.partition("/")[2])
    if folder is None:
        raise EngineError(f"@{lock.name} locks {lock.subject}, which this installation does not ship.")
    return _the_one_locked(lock, baked.load(folder))


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


def _the_one_locked(lock: Lock, subject: baked.BakedSubject) -> baked.BakedSubject:
    """`subject` itself; EngineError when it is not what the lock names."""
    if subject.atlas().atlas_sha256 != lock.atlas_sha256 or subject.subject_sha256 != lock.subject_sha256:
        raise EngineError(
            f"@{lock.name} v{lock.version} locks another make of {lock.subject} than the one that is here; freeze a new version of it."
        )
    return subject
