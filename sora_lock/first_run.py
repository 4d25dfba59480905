"""The first start: a scene that already holds the shipped cast and sets, and a short walkthrough.

Place in the path: before it. Writes through the same calls a person's actions do, once; a store with any scene is left alone.
"""

from __future__ import annotations

from sora_lock.lock import freeze_baked
from sora_lock.paths import shipped
from sora_lock.store import Store

SCENE = "SC010"
FIRST = ("mara", "ivo", "alley", "kitchen")  # the order in which the walkthrough speaks of them
WALKTHROUGH = """Welcome. Two people and two places are locked already: @mara, @ivo, @alley, @kitchen.
1. Press “First grid” below, or write one variation a line: what changes is the light, the weather, the camera.
2. Posters come first, then clips. Point at a tile to play it; click it to inspect what held and what drifted.
3. Found one? c circles it, b branches from it. Everything stays in the history."""


def settle(store: Store) -> None:
    """Seeds an empty store with the shipped locks, one scene, its lock cells and the walkthrough."""
    if store.scenes():
        return
    folders = shipped()
    locks = [freeze_baked(store, n, folders[n]) for n in (*FIRST, *sorted(folders.keys() - set(FIRST))) if n in folders]
    store.ensure_scene(SCENE, "First scene")
    store.add_cell(SCENE, "note", {"text": WALKTHROUGH}, who="Sora Lock")
    for lock in locks:
        store.add_cell(
            SCENE,
            "lock",
            {"name": lock.name, "version": lock.version, "lock_sha256": lock.lock_sha256},
            who="Sora Lock",
        )
