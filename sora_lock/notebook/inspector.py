"""The inspector at the right: plays one take and explains it.

Place in the path: beside the feed, from the same rows. The player's own state (time, wipe, loop) lives in the page's script; what
is drawn here changes only when the take's record, marks or comments change.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from sora_lock.edit_frames import shown
from sora_lock.errors import NotFoundError
from sora_lock.generation import mode_words
from sora_lock.notebook import chips
from sora_lock.notebook.feed import GOING, Board, withdrawn_of
from sora_lock.notebook.findings import continuity
from sora_lock.notebook.text import attrs, button, clip, clock, esc, short
from sora_lock.records import MARKS, Lock, Placement, Take
from sora_lock.retake import Remedy, remedy
from sora_lock.store import Comment, Job, Store

KEYS: tuple[tuple[str, str], ...] = (
    ("← →", "the take before, after"),
    ("space", "play, pause"),
    (", .", "a frame back, on"),
    ("w", "wipe against the anchor"),
    ("c k n", "circled, keep, NG"),
    ("b", "branch from the take"),
    ("r", "retake"),
    ("x", "cancel what is going"),
    ("/", "write variations"),
    ("d", "fold the dock"),
    ("ctrl ↵", "shoot"),
    ("esc", "leave a field"),
)


def inspector(store: Store, b: Board, take: str | None) -> str:
    """The whole inspector as HTML; without a take, the keys and how to begin."""
    if take is None:
        return _nothing()
    job = next((j for jobs in b.jobs.values() for j in jobs if j.take == take), None)
    done = b.takes.get(take)
    if done is None:
        return _going(job, take) if job else _nothing(f"There is no take {take} in this scene.")
    return _take(store, b, done)


def _nothing(words: str = "") -> str:
    keys = "".join(
        "<dt>" + " ".join(f"<kbd>{esc(k)}</kbd>" for k in key.split()) + f"</dt><dd>{esc(does)}</dd>"
        for key, does in KEYS
    )
    lead = esc(words) if words else "Choose a take: it plays here, with what held and what drifted."
    return f'<div class="nothing"><p class="lead">{lead}</p><h3>Keys</h3><dl class="keys">{keys}</dl></div>'


def _going(job: Job | None, take: str) -> str:
    if job is None:
        return _nothing()
    poster = f'<img src="/media/{esc(job.poster_sha256)}" alt="">' if job.poster_sha256 else ""
    why = f'<p class="bad">{esc(job.error)}</p>' if job.error else ""
    cannot = f'<p class="cannot">{esc(", ".join(job.cannot))}</p>' if job.cannot else ""
    state = {
        "queued": "waits its turn",
        "leased": "is being shot",
        "failed": "failed",
        "cancelled": "was cancelled",
    }.get(job.state, "")
    return (
        f'<header class="take"><h2><span>{esc(take.rsplit("_", 1)[0])}</span>{esc(short(take))}</h2></header>'
        f'<div class="player waiting">{poster}</div><p class="lead">This take {state}.</p>{why}{cannot}'
        f'<section class="asked"><h3>Direction</h3><p class="prompt">{esc(job.recipe.direction.text)}</p>'
        f'<p class="chips">{chips.still(job.recipe.direction, invents=job.recipe.shot.generation is not None)}</p></section>'
    )


def _take(store: Store, b: Board, take: Take) -> str:
    shot = take.recipe.shot
    mark = b.marks.get(take.take)
    marks = "".join(
        button(
            {"circled": "○ circled", "keep": "✓ keep", "NG": "NG"}[m],
            "mark",
            kind=f"seg {m}" + (" on" if m == mark else ""),
            title=f"mark as {m}; again takes it away",
            key={"circled": "c", "keep": "k", "NG": "n"}[m],
            take=take.take,
            mark=m,
        )
        for m in MARKS
    )
    locks = _locks(store, shot.placed)
    going = [job for jobs in b.jobs.values() for job in jobs if job.state in GOING]
    better = remedy(take, list(b.takes.values()), list(locks.values()), going)
    parts = [
        f'<header class="take"><h2><span>{esc(take.take.rsplit("_", 1)[0])}</span>{esc(short(take.take))}</h2>'
        f'<div class="marks" role="group" aria-label="director’s mark">{marks}</div></header>',
        _player(b, take, locks),
        *(
            f'<p class="cannot">{esc(b.withdrawn[name])} This take cannot be exported.</p>'
            for name in withdrawn_of(b, shot)
        ),
        '<div class="do">'
        + button(
            "Branch", "branch", kind="primary", title="New variations on top of this take", key="b", take=take.take
        )
        + button("Retake", "retake", title="The same direction with the next seed", key="r", take=take.take)
        + _improve(better)
        + (
            button("Compare with parent", "compare", title="Put both side by side in the feed", take=take.take)
            if take.parent
            else ""
        )
        + f'<a class="b quiet" href="?scene={esc(b.scene)}&amp;take={esc(take.take)}" data-link>link</a></div>',
        f'<p class="remedy">{esc(better.words)}</p>' if better else "",
        continuity(take),
        _direction(b, take),
        _recipe(take, locks),
        _comments(store.comments(take.take), take),
    ]
    return "".join(parts)


def _improve(better: Remedy | None) -> str:
    """The press that asks for what drifted anew, where the engine can do better."""
    if better is None or not better.can:
        return ""
    return button("Retake what drifted", "improve", kind="warn", title=better.words, take=better.take)


def _locks(store: Store, placements: Sequence[Placement]) -> dict[str, Lock]:
    found = {}
    for placement in placements:
        try:
            found[placement.name] = store.lock_by_sha(placement.lock_sha256)
        except NotFoundError:
            continue
    return found


def _player(b: Board, take: Take, locks: dict[str, Lock]) -> str:
    shot = take.recipe.shot
    sources = [(f"@{name} {a.view}", f"/media/{a.image_sha256}") for name, lock in locks.items() for a in lock.anchors]
    parent = b.takes.get(take.parent or "")
    if parent and "poster.jpg" in parent.files:
        sources.append((f"parent {short(parent.take)}", f"/media/{parent.files['poster.jpg']}"))
    options = "".join(f'<option value="{esc(url)}">{esc(name)}</option>' for name, url in sources)
    video = attrs(
        {
            "src": f"/media/{take.files['clip.mp4']}",
            "poster": f"/media/{take.files['poster.jpg']}" if "poster.jpg" in take.files else None,
            "muted": True,
            "loop": True,
            "playsinline": True,
            "preload": "auto",
            "disablepictureinpicture": True,
        }
    )
    rate = float(Fraction(shot.fps))
    first = f'<img class="anchor" src="{esc(sources[0][1])}" alt="">' if sources else ""
    return (
        f'<div class="player" data-fps="{rate:.6f}" data-frames="{shot.frames}" tabindex="0" role="group" '
        f'aria-label="player of {esc(take.take)}"><div class="screen" style="aspect-ratio:{shot.width}/{shot.height}">'
        f'<video{video}></video><div class="worst"></div><div class="against">{first}</div>'
        '<div class="grip" role="slider" tabindex="0" aria-label="wipe" aria-valuemin="0" aria-valuemax="100"></div></div>'
        '<div class="transport"><button type="button" class="b t" data-player="back" title="a frame back (,)">‹</button>'
        '<button type="button" class="b t play" data-player="play" title="play, pause (space)"><i></i></button>'
        '<button type="button" class="b t" data-player="on" title="a frame on (.)">›</button>'
        f'<output class="frame">{shown(0)}</output>'
        f'<input class="scrub" type="range" min="0" max="{shot.frames - 1}" step="1" value="0" aria-label="frame">'
        f'<span class="last">{shown(shot.frames - 1)}</span>'
        '</div><div class="wiperow"><button type="button" class="b t wipe" data-player="wipe" title="wipe against the anchor (w)">wipe</button>'
        f'<select class="pick against" aria-label="wipe against">{options}</select></div></div>'
    )


def _direction(b: Board, take: Take) -> str:
    direction = take.recipe.direction
    parent = b.takes.get(take.parent or "")
    base = parent.recipe.direction.chips if parent else ()
    cannot = f'<p class="cannot">{esc(", ".join(take.cannot))}</p>' if take.cannot else ""
    copies = "".join(
        button(label, "copy", kind="small", title=f"copy {what} into the composer", take=take.take, what=what)
        for what, label in (("prompt", "prompt"), ("direction", "direction"), ("seed", "seed"), ("all", "all"))
    )
    return (
        f'<section class="asked"><h3>Direction</h3><p class="prompt">{esc(direction.text)}</p>'
        f'<p class="chips">{chips.still(direction, base, invents=take.recipe.shot.generation is not None)}</p>{cannot}'
        f'<p class="copies"><span>to the composer</span>{copies}</p></section>'
    )


def _recipe(take: Take, locks: dict[str, Lock]) -> str:
    shot = take.recipe.shot
    people = (
        ", ".join(f"@{p.name} v{p.version}" + (f" at {p.mark}" if p.mark else "") for p in shot.cast)
        + f" in @{shot.stage.name} v{shot.stage.version}"
    )
    rows = [
        ("locks", esc(people)),
        ("seed", f'<span class="num">{shot.seed}</span>'),
        ("engine", esc(f"{shot.engine} {take.recipe.engine_version}")),
        *_invented(take),
        ("raster", esc(f"{shot.width} × {shot.height}, {shot.frames} frames at {shot.fps}")),
        ("recipe", _hash(take.recipe_sha256)),
        ("result", _hash(take.result_sha256)),
    ]
    if take.parent:
        rows.append(
            (
                "parent",
                f'<button type="button" class="link" data-act="open" data-take="{esc(take.parent)}">{esc(take.parent)}</button>',
            )
        )
    overrides = [f"@{n} {a} {p}" for n, by in shot.overrides.items() for a, p in by.items()]
    if overrides:
        rows.append(("allowed", esc(", ".join(overrides))))
    if take.seconds:
        spent = sum(take.seconds.values())
        rows.append(("took", esc(f"{spent:.1f} s")))
    body = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows)
    return f'<section class="recipe"><h3>Recipe</h3><dl>{body}</dl></section>'


def _invented(take: Take) -> list[tuple[str, str]]:
    """What an engine that invents went by."""
    made = take.recipe.shot.generation
    if made is None:
        return []
    rows = [
        ("model", f'<span title="{esc(made.model)}">{esc(clip(made.named, 60))}</span>'),
        ("went by", esc(mode_words(made, take))),
    ]
    if made.base:
        rows.append(
            (
                "base",
                f'<button type="button" class="link" data-act="open" data-take="{esc(made.base)}">{esc(made.base)}</button>',
            )
        )
    return rows


def _hash(sha256: str) -> str:
    return f'<button type="button" class="link num" data-clip="{esc(sha256)}" title="{esc(sha256)}; press to copy">{esc(sha256[:12])}</button>'


def _comments(comments: Sequence[Comment], take: Take) -> str:
    rows = []
    for c in comments:
        frame = ""
        if c.frame is not None:
            frame = f'<button type="button" class="link num" data-jump data-frame="{c.frame}">{shown(c.frame)}</button>'
        rows.append(
            f'<li>{frame}<p>{esc(c.text)}</p><span class="by">{esc(clip(c.who, 24))} '
            f'<time datetime="{esc(c.created_utc)}">{esc(clock(c.created_utc))}</time></span></li>'
        )
    field = (
        f'<form class="comment" data-submit="comment" data-take="{esc(take.take)}">'
        '<input type="text" name="text" maxlength="2000" placeholder="comment at this frame" aria-label="comment at this frame" autocomplete="off">'
        '<button type="submit" class="b small">add</button></form>'
    )
    return f'<section class="remarks"><h3>Comments</h3><ul>{"".join(rows)}</ul>{field}</section>'
