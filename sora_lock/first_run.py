"""The first start: a scene that already holds the shipped cast and sets, and a short walkthrough.

Place in the path: before it. Writes through the same calls a person's actions do, once; a store with any scene is left alone.
"""

from __future__ import annotations

from sora_lock.freeze import freeze_baked
from sora_lock.paths import shipped
from sora_lock.store import Store

SCENE = "SC010"
FIRST = ("mara", "ivo", "alley", "kitchen")  # whom the first grid shows, so they come first
WALKTHROUGH = """Welcome. Locked already: {people} for the cast, {places} for sets.
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
    people, places = (", ".join(f"@{k.name}" for k in locks if (k.kind == "set") is as_set) for as_set in (False, True))
    store.add_cell(SCENE, "note", {"text": WALKTHROUGH.format(people=people, places=places)}, who="Sora Lock")
    for lock in locks:
        store.add_cell(
            SCENE,
            "lock",
            {"name": lock.name, "version": lock.version, "lock_sha256": lock.lock_sha256},
            who="Sora Lock",
        )
