"""A take's recipe walked again: its layers as EXR, and the proof that the recipe reproduces its bits.

Place in the path: after a take exists; the same `resolve` and `finished` as the take itself, nothing of its own.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sora_lock.engines import engine_info
from sora_lock.errors import EngineError
from sora_lock.filmed import Ready, finished
from sora_lock.hold import Hold
from sora_lock.media import exr, video
from sora_lock.records import Take
from sora_lock.resolve import resolve

if TYPE_CHECKING:
    from sora_lock.store import Store
    from sora_lock.subjects.baked import BakedSubject


@dataclass
class Shared:
    """What takes of one fan-out have in common when their layers are written: prepared scenes, and atlases by digest."""

    kept: dict[str, Ready] = field(default_factory=dict)
    atlases: dict[str, Path] = field(default_factory=dict)


def write_layers(store: Store, take: Take, folder: Path, shared: Shared | None = None) -> list[dict[str, object]]:
    """Writes `NNNN.exr` (frames from 1001) and `atlas_<lock>.exr`, of a clip `atlas_<lock>.NNNN.exr` for each frame; returns the region table, number k at index k - 1.

    Args:
        shared: handed from take to take, so that nothing is prepared or encoded twice.

    Raises:
        EngineError: for a generated take that has no layers, or whose model does not reproduce its bits here.
    """
    import torch

    torch.set_num_threads(1)  # as the worker does: the order of sums is part of the bits
    folder.mkdir(parents=True, exist_ok=True)
    shared = Shared() if shared is None else shared
    asked = take.recipe.shot.generation
    _not_paid_again(take)
    if asked is not None and asked.hold != "reflectance":
        raise EngineError(
            f"{take.take} was made by a model and is held by {asked.hold}: there are no layers under its pictures."
        )
    ready = resolve(store, take.recipe, shared.kept)
    hold = Hold(ready.actors, ready.regions)
    for actor in ready.actors:
        if not actor.lock.laid_over and actor.changes is None:
            _write_atlas(folder / f"atlas_{actor.lock.name}.exr", actor.subject, shared)
    master = video.read_frames(store.blob(take.files["master.mkv"])) if asked is not None else None
    for frame, layers, rgb in finished(ready, hold, cancelled=lambda: False, aov=lambda f: True):
        if master is not None and not np.array_equal(next(master), rgb):
            raise EngineError(
                f"The model drew {take.take} otherwise this time, so its layers would not be those of the take; its master stays as it is."
            )
        aov = layers.aov
        assert aov is not None
        for actor in ready.actors:
            if not actor.lock.laid_over and actor.changes is not None:
                _write_atlas(folder / f"atlas_{actor.lock.name}.{1001 + frame:04d}.exr", actor.at(frame), shared)
        named = {f.name: getattr(aov, f.name) for f in fields(aov)}
        named |= {f"coverage.{name}": cover for name, cover in layers.coverage.items()}
        # Pixels blended from several samples have no one coordinate: level of detail -1 says so.
        named["st"] = np.where(layers.single[..., None], aov.st, np.array([0, 0, -1], np.float32))
        cast = [c for name, c in layers.coverage.items() if name != ready.scene.stage.lock.name]
        named["coverage"] = np.maximum.reduce(cast) if cast else np.zeros(layers.region.shape, np.float32)
        named["region"] = layers.region.astype("float32")
        exr.write_layers(folder / f"{1001 + frame:04d}.exr", named)
    return [{"lock": r.lock, "part": r.part, "attributes": list(r.attributes)} for r in ready.regions]


def _write_atlas(path: Path, subject: BakedSubject, shared: Shared) -> None:
    atlas = subject.atlas()
    if atlas.atlas_sha256 in shared.atlases:
        shutil.copyfile(shared.atlases[atlas.atlas_sha256], path)
    else:
        exr.write_layers(path, {"": atlas.reflectance})
        shared.atlases[atlas.atlas_sha256] = path


def reshoot(store: Store, take: Take) -> str:
    """SHA-256 of the master that the take's recipe gives now, on this machine.

    Raises:
        EngineError: for a take that somebody would be paid for once more.
    """
    import torch

    _not_paid_again(take)

    torch.set_num_threads(1)
    ready = resolve(store, take.recipe, {})
    hold, shot = Hold(ready.actors, ready.regions), take.recipe.shot
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "master.mkv"
        with video.MasterWriter(path, shot.width, shot.height, shot.fps) as master:
            for _, _, rgb in finished(ready, hold, cancelled=lambda: False, aov=lambda f: False):
                master.write(rgb)
        return hashlib.sha256(path.read_bytes()).hexdigest()


def _not_paid_again(take: Take) -> None:
    if engine_info(take.recipe.shot.engine).billed:
        raise EngineError(
            f"{take.take} came from a provider, who would be paid again to make it anew; its master stays as it is."
        )
