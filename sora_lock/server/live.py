"""What a poll compares: has anything changed that a page of this scene shows?

Place in the path: between the store's revision and the notebook's timer. A page remembers the last `Glance`; an equal one means that
nothing need be drawn.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from sora_lock.store import Store

T = TypeVar("T")
Version = tuple[int, tuple[str, ...]]


@dataclass(frozen=True)
class Glance:
    """Everything whose change makes a page of a scene look different, as cheap facts.

    Attributes:
        revision: of the whole store: locks, queue and other scenes' names show on every page.
        withdrawn: locks whose consent was revoked or has ended; a day that goes by bumps no revision.
        here: who looks at this scene; leaving it bumps no revision.
        workers: how many are alive; dying bumps no revision.
    """

    scene: str
    revision: int
    withdrawn: tuple[str, ...]
    here: tuple[str, ...]
    workers: int

    @property
    def version(self) -> Version:
        """What a scene's cells are drawn from."""
        return self.revision, self.withdrawn


def glance(store: Store, scene: str, who: str) -> Glance:
    """Looks at the store on behalf of `who`, and tells it that they are here."""
    if who:
        store.touch(who, scene)
    return Glance(
        scene, store.revision(), tuple(sorted(store.withdrawn())), tuple(store.here(scene)), len(store.workers())
    )


class Latest(Generic[T]):
    """Keeps the last value made for each key, so that many browsers at one version cost one reading.

    Args:
        make: makes the value of a key.
        keep: how many keys are kept; the oldest go first.
    """

    def __init__(self, make: Callable[[str, Version], T], keep: int = 16) -> None:
        self._make, self._keep = make, keep
        self._mutex = threading.Lock()
        self._kept: dict[str, tuple[Version, T]] = {}

    def get(self, scene: str, version: Version) -> T:
        """The value for a scene at a version, made unless the last one was for that version."""
        with self._mutex:
            kept = self._kept.get(scene)
            if kept and kept[0] == version:
                return kept[1]
        value = self._make(scene, version)
        with self._mutex:
            self._kept.pop(scene, None)
            self._kept[scene] = (version, value)
            while len(self._kept) > self._keep:
                self._kept.pop(next(iter(self._kept)))
        return value
