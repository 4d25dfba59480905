"""What an engine that invents is to go by in a shot: the mode and the grip follow from base take, direction and policies.

Place in the path: beside fanout, which asks for a `Generation` a variation; pure decisions over records, imports no model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast, get_args

from sora_lock.engines import EngineInfo
from sora_lock.errors import ShotError
from sora_lock.records import Direction, Generation, GripName, Lock, Mode, Placement, Take

GEOMETRY: tuple[str, ...] = ("size", "angle", "move", "lens", "performance", "expression", "eyeline")
"""Axes that move camera or cast: where one of them changes, a base take's pixels lie elsewhere."""
LIGHT: tuple[str, ...] = ("light", "time", "weather", "practical", "key", "grade")
"""Axes that change how what is held looks without moving it."""
MODES: tuple[Mode, ...] = get_args(Mode)
WORDS: Mapping[str, str] = {
    "text": "words alone (lock off)",
    "references": "references",
    "blocked": "blocked by comp",
    "matte": "base take and matte",
}
"""The modes in words, for tiles and fields."""
UNBLOCKED: tuple[Mode, ...] = ("text", "references")
"""The modes in which nothing says where what stands."""
COMPARE = "compare"
COMPARED: tuple[str, ...] = ("text", "references", "")
"""What `COMPARE` asks for in place of a mode: each variation with the lock off, by references, and as follows from the shot, all of one seed."""


class Planner(Protocol):
    """An engine's module that knows its models without loading any, and asks nobody: the page has it, too."""

    def choices(self) -> Sequence[tuple[str, str]]:
        """(words, model) of what can be chosen from a list."""

    def usual(self, model: str) -> tuple[int, int, int, str] | None:
        """Width, height, frames and fps that a model was made for; None where nobody knows."""

    def identity(self, model: str) -> str:
        """What a recipe calls it; raises EngineUnavailableError or InputError where it is unknown, or not here."""

    def check_raster(self, width: int, height: int, frames: int, model: str) -> None:
        """Raises ShotError, with the nearest that is allowed, for what the model cannot make."""

    def words(self, model: str, width: int, height: int, frames: int) -> str:
        """Memory against what there is, or who bills, or what is missing and how to get it."""


def planner(info: EngineInfo) -> Planner:
    """The planner of an engine that invents."""
    return cast(Planner, import_module(info.planned_by))


def modes(asked: str) -> tuple[str, ...]:
    """The modes that each variation is shot in: one, or those of `COMPARE`."""
    return COMPARED if asked == COMPARE else (asked,)


def mode_words(asked: Generation, take: Take | None = None) -> str:
    """What a model goes by and how what is held is to be held; of a finished take, how it was, for a tile."""
    if asked.hold == "guided":
        return WORDS[asked.mode]
    if take is None:
        return f"{WORDS[asked.mode]}, {asked.hold}"
    grips = [g.grip for by in take.grips.values() for g in by.values()]
    held = sum(g == asked.hold for g in grips)
    if held == len(grips):
        return f"{WORDS[asked.mode]}, {asked.hold}"
    return (
        f"{WORDS[asked.mode]}, {held} of {len(grips)} by {asked.hold}" if held else f"{WORDS[asked.mode]}, only guided"
    )


def generation(
    info: EngineInfo,
    *,
    model: str,
    mode: str,
    direction: Direction,
    parent: Take | None,
    placed: Sequence[Placement],
    locks: Sequence[Lock],
    policies: Mapping[str, Mapping[str, str]],
    raster: tuple[int, int, int, str],
    steps: int,
    guidance: float,
) -> Generation:
    """What the engine goes by in one variation.

    A branch whose camera and cast stand as in its parent goes by the parent's own pixels ("matte"): what is held stays by `pixel`, or by `reflectance`
    where light or weather change. Otherwise comp blocks the shot ("blocked"); what it cannot film (pictures held by pixel alone) is held over a place that is
    invented around it ("matte" without a base). "references" is chosen by hand: a pose or a camera that nothing here can block; "text" too, to see what the lock does.

    Args:
        mode: one of `MODES`, or "" to let it follow.
        direction: laid over the parent's already.
        raster: width, height, frames, fps.

    Raises:
        EngineUnavailableError: when the model is unknown, or its weights or a token are missing.
        ShotError: for a mode that this shot has no base for, a size or length the model cannot make, or a shot of which nothing is free.
    """
    planned, model = planner(info), _whole_path(model)
    identity = planned.identity(model)
    planned.check_raster(*raster[:3], model)
    chosen, hold, base = way(mode, direction, parent, placed, locks, policies, raster)
    return Generation(
        identity, model, chosen, hold,
        base=base.take if base else "", base_sha256=base.files["master.mkv"] if base else "", steps=steps, guidance=guidance,
    )  # fmt: skip


def _whole_path(model: str) -> str:
    """A directory by its whole path, since workers stand elsewhere; what is none stays as it is."""
    folder = Path(model).expanduser()
    return str(folder.resolve()) if model and folder.is_dir() else model


def again(made: Generation | None) -> dict[str, Any]:
    """What `plan_fanout` is told to ask for the same once more, on the same base."""
    if made is None:
        return {}
    return {"model": made.named, "mode": made.mode, "base": made.base, "steps": made.steps, "guidance": made.guidance}


def way(
    mode: str,
    direction: Direction,
    parent: Take | None,
    placed: Sequence[Placement],
    locks: Sequence[Lock],
    policies: Mapping[str, Mapping[str, str]],
    raster: tuple[int, int, int, str],
) -> tuple[Mode, GripName, Take | None]:
    """Mode, the grip to be tried, and the base take; arguments and errors as of `generation`, no model is asked about."""
    if mode and mode not in MODES:
        raise ShotError(
            f"The mode is {mode[:40]!r}; choose one of {', '.join(MODES)}, {COMPARE} for three of them side by side, or none to let it follow from the shot."
        )
    laid_over = any(lock.laid_over for lock in locks)
    why_not = why_no_base(parent, direction, placed, raster)
    chosen = next((m for m in MODES if m == mode), "matte" if not why_not or laid_over else "blocked")
    if chosen != "matte":
        return cast(Mode, chosen), "guided", None
    if why_not and not laid_over:
        raise ShotError(
            f"There is no base take to lay a matte on: {why_not}. Branch from a take, or choose another mode."
        )
    base = parent if not why_not else None
    hold = _grip(base, direction)
    if hold == "pixel" and base is not None and all(set(by.values()) == {"hold"} for by in policies.values()):
        raise ShotError(
            "All of this is held and no light changes, so there is nothing to invent; change the light, or let something go, for example the set "
            "(layout, props and surfaces free)."
        )
    return "matte", hold, base


def _grip(base: Take | None, direction: Direction) -> GripName:
    """`pixel` where the light stays (or there is only a picture, which brings its own), else `reflectance`."""
    if base is None:
        return "pixel"
    return "reflectance" if _said(direction, LIGHT) != _said(base.recipe.direction, LIGHT) else "pixel"


def why_no_base(
    parent: Take | None, direction: Direction, placed: Sequence[Placement], raster: tuple[int, int, int, str]
) -> str:
    """Why the parent cannot be the base of this direction; "" when it can."""
    if parent is None:
        return "the shot has no parent"
    shot = parent.recipe.shot
    if [(p.lock_sha256, p.mark) for p in shot.placed] != [(p.lock_sha256, p.mark) for p in placed]:
        return f"{parent.take} has another cast, set or marks"
    if (shot.width, shot.height, shot.frames, shot.fps) != raster:
        return f"{parent.take} has {shot.frames} frames of {shot.width}x{shot.height} at {shot.fps} a second"
    if shot.generation is not None and shot.generation.mode in UNBLOCKED:
        return f"nobody knows what stands where in {parent.take}, which a model made by {WORDS[shot.generation.mode]}"
    if _said(direction, GEOMETRY) != _said(parent.recipe.direction, GEOMETRY):
        return f"camera or cast do not stand as in {parent.take}"
    return ""


def _said(direction: Direction, axes: Sequence[str]) -> frozenset[tuple[str, str, float]]:
    return frozenset((c.axis, c.value, c.amount) for c in direction.chips if c.axis in axes)
