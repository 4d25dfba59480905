"""A take of which something drifted: can its engine do better, and how is it asked to?

Place in the path: beside fanout, which is then asked. Pure decisions over records: an engine that invents gets the next seed, and a base take in the place of
references or depth where there is one that stands the same; one that films what there is would film the same again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sora_lock.engines import engine_info
from sora_lock.errors import InputError, ShotError
from sora_lock.generation import again, way
from sora_lock.lock import effective_policies
from sora_lock.records import Lock, Take
from sora_lock.store import Job


@dataclass(frozen=True)
class Remedy:
    """What could be done about what drifted.

    Attributes:
        take: its id.
        flagged: lock -> its attributes that drifted.
        can: whether the engine can do better.
        words: what a retake would do, or why there is none.
        asked: what `plan_fanout` is told of seed, model, mode and base; empty where it cannot.
    """

    take: str
    flagged: Mapping[str, tuple[str, ...]]
    can: bool
    words: str
    asked: Mapping[str, Any]


def flagged(take: Take) -> dict[str, tuple[str, ...]]:
    """Lock -> its attributes that drifted; only locks of which something did."""
    found = {lock: tuple(a for a, f in by.items() if f.status == "flag") for lock, by in take.report.items()}
    return {lock: attributes for lock, attributes in found.items() if attributes}


def remedy(take: Take, others: Sequence[Take], locks: Sequence[Lock], going: Sequence[Job] = ()) -> Remedy | None:
    """What could be done about a take of which something drifted; None where nothing did.

    Args:
        others: takes of its scene, oldest first, any of which may serve as a base.
        locks: those it places, cast first.
        going: what of its scene is on its way.
    """
    found = flagged(take)
    if not found:
        return None
    info, made = engine_info(take.recipe.shot.engine), take.recipe.shot.generation
    if made is None or not info.invents:
        words = (
            f"{info.label} films the same for every seed, so a retake would drift again. Look at the evidence: change the direction, free what may change, "
            "or let it stand."
        )
        return Remedy(take.take, found, False, words, {})
    bill = " It is billed as any take." if info.billed else ""
    same = {**again(made), "seed": next_seed(take, others, going)}
    coming = [job.take.rpartition("_")[2] for job in going if job.parent == take.take]
    first = f"On its way: {', '.join(coming)}. Another would be the next seed" if coming else "The next seed"
    if made.mode == "matte":
        return Remedy(take.take, found, True, f"{first}, on the same base take.{bill}", same)
    base = _base(take, others, locks)
    if base is None:
        words = f"{first}. A stronger grip wants a base take whose camera and cast stand as here; this scene has none: shoot it with comp first."
        return Remedy(take.take, found, True, words + bill, same)
    instead = "depth" if made.mode == "blocked" else made.mode
    words = f"{first}, held by the pixels of {base.take.rpartition('_')[2]} in the place of {instead}.{bill}"
    return Remedy(take.take, found, True, words, {**same, "mode": "matte", "base": base.take})


def next_seed(take: Take, others: Sequence[Take], going: Sequence[Job]) -> int:
    """The seed after those that its cell and its branches were given, also where these are only on their way: asked for twice, it is not the same take twice."""
    every: list[Take | Job] = [*others, *going]
    near = [r for r in every if r.cell == take.cell or r.parent == take.take]
    return (max([take.recipe.shot.seed, *(r.recipe.shot.seed for r in near)]) + 1) % 2**63


def _base(take: Take, others: Sequence[Take], locks: Sequence[Lock]) -> Take | None:
    """A take whose camera and cast stand as in this one: without drift before with, filmed before invented, then the latest."""
    shot = take.recipe.shot
    try:
        policies = {lock.name: effective_policies(lock, shot.overrides) for lock in locks}
    except InputError:
        return None
    raster = (shot.width, shot.height, shot.frames, shot.fps)
    fit = []
    for other in others:
        if other.take == take.take:
            continue
        try:
            _, _, base = way("matte", take.recipe.direction, other, shot.placed, locks, policies, raster)
        except ShotError:
            continue
        if base is not None:
            fit.append(base)
    return max(
        reversed(fit), key=lambda other: (not flagged(other), other.recipe.shot.generation is None), default=None
    )
