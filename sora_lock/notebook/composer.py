"""The composer: what a person is about to shoot, read back to them before it is shot.

Place in the path: above direction, lock and fanout; below the dock, which owns the fields. A `Draft` is all that the fields say; the
readings in it are the server's, corrected by hand where a person did so, and are what will be shot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from sora_lock import direction as words
from sora_lock.errors import ContradictionError, InputError, NotFoundError, PromptError, ShotError
from sora_lock.fanout import MAX_LINES, check_code, place, plan_fanout, spread
from sora_lock.generation import WORDS, modes, way, why_no_base
from sora_lock.lock import Contradiction, contradictions, effective_policies
from sora_lock.notebook import chips
from sora_lock.notebook.feed import Board
from sora_lock.notebook.inventing import Asked, before
from sora_lock.notebook.text import button, clip, coded, esc, plural, short, span
from sora_lock.paraphrase import understand, widen
from sora_lock.records import Direction, Take
from sora_lock.store import Cell, Store

EXAMPLE_LINES = (
    "now bathed in dramatic chiaroscuro",
    "now in a heavy downpour",
    "golden hour, low angle, slow push-in",
    "neon night, fog",
    "overcast morning, snow, wide",
    "silhouette at blue hour, slow pan left",
)
CAMERA_AXES = ("size", "angle", "move")


@dataclass(frozen=True)
class Draft:
    """What the composer holds for one person.

    Attributes:
        text: the lines as typed.
        axes: axis -> chosen values; their product is the grid, and multiplies the lines where there are both.
        fixed: line -> its reading as corrected by hand.
        parent: the take to branch from.
        overrides: lock -> attribute -> policy, allowed in this cell.
        asked: which engine, and what one that invents is asked for.
    """

    text: str = ""
    axes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fixed: Mapping[str, Direction] = field(default_factory=dict)
    parent: str | None = None
    overrides: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    asked: Asked = field(default_factory=Asked)

    def __hash__(self) -> int:
        """Of all that it holds, mappings too: by it Gradio tells that a state has changed."""
        return hash(repr(self))


def directions(draft: Draft) -> list[Direction]:
    """The variations of a draft, one direction each, corrections included.

    Raises:
        PromptError: for text that cannot be read, and when there is no variation at all.
    """
    chosen = words.product({a: list(v) for a, v in draft.axes.items() if v})
    if draft.text.strip() or not chosen:
        made = [words.read(line) for line in words.lines(draft.text)]
        if len(made) <= MAX_LINES:  # more are refused below, without the work
            made = [widen(d) for d in made]
        if chosen:
            made = [replace(words.merge(c, d), text=f"{d.text}, {c.text}") for d in made for c in chosen]
    else:
        made = chosen
    if len(made) > MAX_LINES:
        raise PromptError(f"That makes {len(made)} takes; one grid holds at most {MAX_LINES}. Leave some out.")
    return [draft.fixed.get(d.text, d) for d in made]


def correct(draft: Draft, line: int, chip: int, choice: str) -> Draft:
    """The draft with one chip of one variation corrected; unchanged when there is no such line any more."""
    try:
        made = directions(draft)
    except InputError:
        return draft
    if not 0 <= line < len(made):
        return draft
    changed = chips.corrected(made[line], chip, choice)
    return replace(draft, fixed={**draft.fixed, changed.text: changed})


def allow(draft: Draft, lock: str, attribute: str, policy: str) -> Draft:
    """The draft with an override added, or taken away by policy ""."""
    kept = {n: dict(by) for n, by in draft.overrides.items()}
    if policy:
        kept.setdefault(lock, {})[attribute] = policy
    else:
        kept.get(lock, {}).pop(attribute, None)
    return replace(draft, overrides={n: by for n, by in kept.items() if by})


def scene_and_shot(code: str, scene: str) -> tuple[str, str]:
    """ "SC010_SH020" or "SH020" (in `scene`) as two codes; NamingError otherwise."""
    first, _, second = code.strip().partition("_")
    return (check_code(first, "scene"), check_code(second, "shot")) if second else (scene, check_code(first, "shot"))


def against(store: Store, draft: Draft, cast: str, made: Sequence[Direction]) -> tuple[Contradiction, ...]:
    """What the draft asks for against what its locks hold; raises InputError when the cast line cannot be read."""
    people, stage, _, _ = place(store, cast)
    locks = (*people, stage)
    base = _base(store, draft)
    laid = [words.merge(base, d) for d in made] if base else list(made)
    known = {k: v for k, v in draft.overrides.items() if k == "*" or k in {lock.name for lock in locks}}
    return contradictions(laid, locks, spread(known, locks))


def _base(store: Store, draft: Draft) -> Direction | None:
    if draft.parent is None:
        return None
    try:
        return store.take(draft.parent).recipe.direction
    except NotFoundError:
        return None


def estimate(store: Store, takes: int, frames: int, pixels: int, asked: Asked) -> float | None:
    """Seconds until the last of `takes` is there, from what this machine's past takes cost; None before the first.

    Args:
        pixels: of a frame; cost grows about with the area.
    """
    known = store.seconds(asked.engine, asked.model if asked.info.invents else "")
    if known is None:
        return None
    workers = max(1, len(store.workers()))
    return known * takes * frames * pixels / 1e6 / min(workers, takes or 1)


def reading(store: Store, draft: Draft, cast: str, frames: int, size: tuple[int, int], fps: str) -> tuple[str, str]:
    """The draft read back: HTML of the variations with their chips, and HTML of what must be settled or is expected."""
    banner = _banner(store, draft)
    try:
        made = directions(draft)
    except InputError as error:
        blank = not draft.text.strip() and not draft.axes
        hint = "Write one variation a line, or choose axes. What is understood appears here." if blank else str(error)
        return f'{banner}<p class="hint{"" if blank else " bad"}">{esc(hint)}</p>', _said(
            store, draft, _before(draft, (*size, frames)), []
        )
    base = _base(store, draft)
    rows = "".join(
        f'<li><span class="n">{n}</span><div>{chips.editable(d, n - 1, invents=draft.asked.info.invents)}{_kept(base, d)}</div></li>'
        for n, d in enumerate(made, 1)
    )
    listing = f'{banner}<ol class="lines{" many" if len(made) > 12 else ""}">{rows}</ol>'
    try:
        found = against(store, draft, cast, made)
    except InputError as error:
        return listing, _said(store, draft, f'<p class="bad">{esc(error)}</p>', [])
    takes = len(made) * (draft.asked.best_of * len(modes(draft.asked.mode)) if draft.asked.info.invents else 1)
    left = estimate(store, takes, frames, size[0] * size[1], draft.asked)
    about = f" · about {span(left)}" if left is not None else ""
    first = f'<p class="estimate">{plural(takes, "take")}{about}</p>' + _invented(
        store, draft, cast, made, (*size, frames, fps)
    )
    return listing, _said(store, draft, first, found)


def _invented(
    store: Store, draft: Draft, cast: str, made: Sequence[Direction], raster: tuple[int, int, int, str]
) -> str:
    """What an engine that invents will go by, and what to know of it before pressing; "" for comp."""
    if not draft.asked.info.invents:
        return ""
    people, stage, placements, floor = place(store, cast)
    locks = (*people, stage)
    known = {k: v for k, v in draft.overrides.items() if k == "*" or k in {lock.name for lock in locks}}
    policies = {k.name: effective_policies(k, spread(known, locks)) for k in locks}
    parent = store.take(draft.parent) if draft.parent is not None else None
    ways: dict[str, int] = {}
    trouble = ""
    for d, asked in product(made, modes(draft.asked.mode)):
        laid = words.merge(parent.recipe.direction, d) if parent is not None else d
        try:
            mode, hold, _ = way(asked, laid, parent, (*placements, floor), locks, policies, raster)
        except ShotError as error:
            trouble = str(error)
            continue
        said = WORDS[mode] + (f", held by {hold}" if hold != "guided" else "" if mode == "text" else ", guided")
        if parent is not None and mode == "blocked" and not asked:
            said += f" ({why_no_base(parent, laid, (*placements, floor), raster)})"
        ways[said] = ways.get(said, 0) + 1
    lines = [f"{count} × {said}" if len(ways) > 1 else said for said, count in ways.items()]
    return (
        f'<p class="way">{esc(" · ".join(lines))}</p>'
        + (f'<p class="bad">{esc(trouble)}</p>' if trouble else "")
        + _before(draft, raster[:3])
    )


def _before(draft: Draft, raster: tuple[int, int, int]) -> str:
    """Memory, cost, or what is missing: to be known before anybody presses, and before anything is written."""
    told = before(draft.asked, *raster)
    return f'<p class="before">{coded(told)}</p>' if told else ""


def _kept(base: Direction | None, change: Direction) -> str:
    if base is None:
        return ""
    own = {(c.axis, c.value) for c in change.chips}
    rest = [c for c in words.merge(base, change).chips if (c.axis, c.value) not in own]
    return "".join(f'<span class="chip inherited"><b>{esc(c.axis)}</b>{esc(chips.said(c))}</span>' for c in rest)


def _banner(store: Store, draft: Draft) -> str:
    if draft.parent is None:
        return ""
    base = _base(store, draft)
    line = esc(chips.line_of(base)) if base else "not in this store"
    leave = button("×", "leave_branch", kind="t", title="do not branch")
    return f'<p class="branching">branch of <b>{esc(short(draft.parent))}</b> {line}{leave}</p>'


def _said(store: Store, draft: Draft, first: str, found: Sequence[Contradiction]) -> str:
    out = [first]
    seen = set()
    for c in found:
        if (c.lock, c.attribute) in seen:
            continue
        seen.add((c.lock, c.attribute))
        asked = esc(clip(c.chip.words or c.chip.value, 40))
        out.append(
            f'<div class="against"><p>“{asked}” would change the {esc(c.attribute)} of @{esc(c.lock)}, which is held.</p><p>'
            + button(
                "let it go here",
                "allow",
                kind="small",
                title=f"{c.attribute}=free in this cell",
                lock=c.lock,
                attribute=c.attribute,
                policy="free",
            )
            + button(
                "let it evolve here",
                "allow",
                kind="small",
                title=f"{c.attribute}=evolve in this cell",
                lock=c.lock,
                attribute=c.attribute,
                policy="evolve",
            )
            + button(f"new version of @{esc(c.lock)}", "edit_lock", kind="small", lock=c.lock, attribute=c.attribute)
            + "</p></div>"
        )
    for lock, by in draft.overrides.items():
        for attribute, policy in by.items():
            out.append(
                f'<span class="chip live"><b>allowed</b>@{esc(lock)} {esc(attribute)} {esc(policy)}'
                f'<button type="button" data-act="allow" data-lock="{esc(lock)}" data-attribute="{esc(attribute)}" data-policy="" '
                f'aria-label="hold again" title="hold again">×</button></span>'
            )
    return "".join(out)


def shoot(
    store: Store,
    draft: Draft,
    *,
    code: str,
    scene: str,
    cast: str,
    frames: object,
    fps: object,
    size: str,
    seed: object,
    who: str,
) -> Cell:
    """Plans the draft's takes.

    Raises:
        InputError: whatever of the tree fits, in words for the page; nothing is written then.
    """
    of_scene, shot = scene_and_shot(code, scene)
    width, _, height = size.lower().replace("×", "x").replace(" ", "").partition("x")
    people, stage, _, _ = place(store, cast)
    names = {k.name for k in (*people, stage)}
    made = directions(draft)
    try:
        return plan_fanout(
            store,
            scene=of_scene,
            shot=shot,
            cast=cast,
            directions=made,
            overrides={n: by for n, by in draft.overrides.items() if n in names},
            frames=frames,
            fps=fps,
            width=whole_or_text(width),
            height=whole_or_text(height),
            seed=seed,
            parent=draft.parent,
            who=who,
            **draft.asked.options,
        )
    except ContradictionError as error:
        raise PromptError("Settle what contradicts a lock first: " + str(error)) from error


def whole_or_text(text: str) -> int | str:
    """A field's digits as an integer (a seed has more of them than a float can hold); any other text as it is."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 24 else text


def draft_of(cell: Cell) -> Draft:
    """The draft that would shoot a fan-out cell again."""
    from sora_lock.records import direction_from

    made = [direction_from(d) for d in cell.body.get("directions", [])]
    # The cell keeps the merged directions; laid over the same parent once more they say the same.
    text = "\n".join(d.text or words.words(d) for d in made)
    fixed = {}
    for d in made:
        line = d.text or words.words(d)
        if understand(line).chips != d.chips:
            fixed[line] = replace(d, text=line)
    overrides = {n: dict(by) for n, by in (cell.body.get("overrides") or {}).items()}
    b = cell.body
    asked = Asked(b.get("engine", "comp"), b.get("model", ""), b.get("mode", ""), int(b.get("best_of", 1)))
    return Draft(text=text, fixed=fixed, parent=cell.parent_take, overrides=overrides, asked=asked)


def usual(store: Store, b: Board) -> tuple[str, str]:
    """Cast line and shot that a scene's composer begins with: the last fan-out's, else the first locks."""
    last = next((c for c in reversed(b.cells) if c.kind == "fanout"), None)
    if last:
        return str(last.body.get("cast", "")), str(last.body.get("shot", "SH010"))
    locks = store.locks()
    person = next((k.name for k in locks if k.kind == "character"), None)
    stage = next((k.name for k in locks if k.kind == "set"), None)
    return (f"@{person} in @{stage}" if person and stage else ""), "SH010"


def cast_line(take: Take) -> str:
    """Who stood where in a take, as the composer's cast line."""
    shot = take.recipe.shot
    people = " and ".join(f"@{p.name}" + (f" at {p.mark}" if p.mark else "") for p in shot.cast)
    return f"{people} in @{shot.stage.name}"
