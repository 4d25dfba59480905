"""A scene, a cast line and variations -> checked recipes -> one cell with its jobs in the store.

Place in the path: between direction and the worker; what the page and the command line call to ask for takes. Renders nothing and
imports nothing heavy: everything that can be refused is refused here, before a job exists.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from sora_lock import direction as words
from sora_lock.engines import engine_info
from sora_lock.errors import ContradictionError, NamingError, PromptError, ShotError
from sora_lock.generation import generation, modes
from sora_lock.lock import contradictions, effective_policies
from sora_lock.paraphrase import widen
from sora_lock.records import Direction, Generation, Lock, Placement, Recipe, Shot, plain

if TYPE_CHECKING:
    from sora_lock.store import Cell, Store

MAX_FRAMES, MAX_SIDE, MAX_LINES, MAX_CAST = 240, 2048, 96, 3
MAX_SEEDS = 8
"""Most seeds of one variation: a grid is looked at by people."""


def check_code(code: str, what: str, pattern: str = r"[A-Z]{2}[0-9]{3,4}") -> str:
    """A scene ("SC010") or shot ("SH020") code, upper-cased; NamingError for another form."""
    plain_code = code.strip().upper() if isinstance(code, str) else ""
    if not re.fullmatch(pattern, plain_code):
        example = "SC010" if what == "scene" else "SH020"
        raise NamingError(
            f"{str(code)[:40]!r} is no {what}: write two letters and three or four digits, such as {example}."
        )
    return plain_code


def whole(value: Any, what: str, low: int, high: int) -> int:
    """`value` as an integer within [low, high]; ShotError that says what came and what was wanted."""
    try:
        number = float(value) if not isinstance(value, int) else value
    except (TypeError, ValueError):
        raise ShotError(f"{what} is {str(value)[:40]!r}; wanted a whole number from {low} to {high}.") from None
    if isinstance(number, float) and (math.isnan(number) or math.isinf(number) or number != int(number)):
        raise ShotError(f"{what} is {number}; wanted a whole number from {low} to {high}.")
    if not low <= number <= high:
        raise ShotError(f"{what} is {value}; wanted a whole number from {low} to {high}.")
    return int(value if isinstance(value, int) else number)


def check_raster(width: Any, height: Any, frames: Any, fps: Any, seed: Any) -> tuple[int, int, int, str, int]:
    """Size, length, rate and seed, each within what can be shot; ShotError otherwise."""
    w, h = whole(width, "The width", 64, MAX_SIDE), whole(height, "The height", 64, MAX_SIDE)
    if w % 2 or h % 2:
        raise ShotError(f"The size is {w}x{h}; both sides must be even, for example {w + w % 2}x{h + h % 2}.")
    try:
        rate = Fraction(str(fps).strip())
    except (ValueError, ZeroDivisionError):
        raise ShotError(f"The frame rate is {str(fps)[:40]!r}; wanted a number such as 24 or 24000/1001.") from None
    if not 1 <= rate <= 120:
        raise ShotError(f"The frame rate is {rate}; wanted 1 to 120 frames a second.")
    return w, h, whole(frames, "The number of frames", 1, MAX_FRAMES), str(rate), whole(seed, "The seed", 0, 2**63 - 1)


def place(store: Store, cast_line: str) -> tuple[tuple[Lock, ...], Lock, tuple[Placement, ...], Placement]:
    """ "@mara at window in @kitchen" -> locks and placements, the set apart.

    Raises:
        NotFoundError: for a lock that is not in the store.
        PromptError: when no set, no character, two sets or more than `MAX_CAST` characters are named.
    """
    names, stage_name, marks = words.cast(cast_line)
    found = [store.lock(n) for n in names]
    stages = [k for k in found if k.kind == "set"] + ([store.lock(stage_name)] if stage_name else [])
    people = tuple(k for k in found if k.kind != "set")
    if len(stages) != 1 or stages[0].kind != "set":
        raise PromptError(
            "Name one set, as in “@mara in @alley”" + (f"; @{stages[0].name} is a {stages[0].kind}." if stages else ".")
        )
    if not 1 <= len(people) <= MAX_CAST:
        raise PromptError(
            f"Name one to {MAX_CAST} characters or props, as in “@mara at table and @ivo at stove in @kitchen”; {len(people)} came."
        )
    cast = tuple(Placement(k.name, k.version, k.lock_sha256, marks.get(k.name)) for k in people)
    return people, stages[0], cast, Placement(stages[0].name, stages[0].version, stages[0].lock_sha256)


def plan_fanout(
    store: Store,
    *,
    scene: str,
    shot: str,
    cast: str,
    texts: Sequence[str] = (),
    directions: Sequence[Direction] | None = None,
    overrides: Mapping[str, Mapping[str, str]] | None = None,
    frames: Any = 48,
    fps: Any = 24,
    width: Any = 960,
    height: Any = 540,
    seed: Any = 7,
    engine: str = "comp",
    parent: str | None = None,
    who: str = "",
    model: str = "",
    mode: str = "",
    base: str | None = None,
    best_of: Any = 1,
    steps: Any = 0,
    guidance: float = 0.0,
) -> Cell:
    """Checks everything, then writes one fan-out cell with a take number and a job for each variation.

    Args:
        texts: one variation each; or
        directions: already read (and corrected) variations, which win over `texts`.
        overrides: lock name -> attribute -> policy; "*" stands for every lock that has the attribute.
        parent: a take of the same scene; its direction is the base that each variation is laid over.
        model, mode, steps, guidance: of an engine that invents; see `generation.generation` and `generation.modes`. 0 steps or guidance: the model's usual.
        base: of an engine that invents, the take whose pixels it goes by: the parent unless given, "" for none.
        best_of: so many seeds a variation, from `seed` up; all are kept, and the one with least drift stands in front.

    Raises:
        InputError: whatever of the tree fits; EngineUnavailableError for an engine there is none of, or that lacks something. Nothing is written then.
    """
    scene, shot = check_code(scene, "scene"), check_code(shot, "shot")
    width, height, frames, fps, seed = check_raster(width, height, frames, fps, seed)
    info = engine_info(engine)
    people, stage, placements, floor = place(store, cast)
    read = list(directions) if directions is not None else [words.read(t) for t in texts]
    if not read:
        raise PromptError("Write at least one variation, for example “golden hour, low angle”.")
    if len(read) > MAX_LINES:
        raise PromptError(
            f"{len(read)} variations came; one grid holds at most {MAX_LINES}. Split them over two cells."
        )
    if directions is None:
        read = [widen(d) for d in read]
    under = store.take(parent) if parent is not None else None
    if under is not None:
        read = [words.merge(under.recipe.direction, d) for d in read]
    laid_on = under if base is None else (store.take(base) if base else None)
    allowed = spread(overrides or {}, (*people, stage))
    against = contradictions(read, (*people, stage), allowed)
    if against:
        raise ContradictionError(against[0].words, against)
    libraries = {name: version(name) for name in info.libraries}
    seeds, steps = whole(best_of, "The number of seeds", 1, MAX_SEEDS), whole(steps, "The number of steps", 0, 200)
    if not 0 <= guidance <= 30:  # NaN is none of these either
        raise ShotError(f"The guidance is {guidance}; wanted 0 (the model's usual) to 30.")
    each = [(d, by) for d in read for by in modes(mode)]
    if len(each) * seeds > MAX_LINES:
        raise PromptError(
            f"{len(each)} variations with {seeds} seeds each make {len(each) * seeds} takes; one grid holds at most {MAX_LINES}."
        )
    if info.invents:
        policies = {k.name: effective_policies(k, allowed) for k in (*people, stage)}
        asked: list[Generation | None] = [
            generation(
                info, model=model, mode=by, direction=d, parent=laid_on, placed=(*placements, floor), locks=(*people, stage),
                policies=policies, raster=(width, height, frames, fps), steps=steps, guidance=guidance,
            )
            for d, by in each
        ]  # fmt: skip
    elif model or mode or seeds > 1:
        raise ShotError(
            f"{info.label} films what there is, the same for any seed: it takes no model, no mode and one seed. Choose vace or hosted for these."
        )
    else:
        asked = [None] * len(each)
    recipes = [
        Recipe(
            Shot(scene, shot, placements, floor, allowed, width, height, fps, frames, seed + n, engine, by),
            d,
            info.version,
            libraries,
        )
        for (d, _), by in zip(each, asked, strict=True)
        for n in range(seeds)
    ]
    body = {
        "scene": scene,
        "shot": shot,
        "cast": cast,
        "texts": [d.text for d in read],
        "directions": plain(read),
        "locks": plain([*placements, floor]),
        "overrides": plain(allowed),
        "frames": frames,
        "fps": fps,
        "size": [width, height],
        "seed": seed,
        "engine": engine,
    }
    if info.invents:
        body |= {"model": model, "mode": mode, "best_of": seeds, "steps": steps, "guidance": guidance}
    return store.plan(scene, body, recipes, parent_take=parent, who=who)


def spread(overrides: Mapping[str, Mapping[str, str]], locks: Sequence[Lock]) -> dict[str, dict[str, Any]]:
    """Overrides with "*" spread over the locks that have the attribute, and each checked against its lock.

    Raises:
        PolicyError: for an attribute or policy that does not exist, or a lock that is not in the shot.
    """
    from sora_lock.errors import PolicyError

    by_name = {lock.name: lock for lock in locks}
    out: dict[str, dict[str, Any]] = {}
    for name, changes in overrides.items():
        for attribute, policy in changes.items():
            targets = [n for n, k in by_name.items() if attribute in k.policies] if name == "*" else [name]
            if not targets:
                raise PolicyError(f"Nothing in this shot has the attribute {attribute!r}.")
            for target in targets:
                if target not in by_name:
                    raise PolicyError(f"@{target} is not in this shot; it has {', '.join('@' + n for n in by_name)}.")
                effective_policies(by_name[target], {target: {attribute: policy}})
                out.setdefault(target, {})[attribute] = policy
    return out
