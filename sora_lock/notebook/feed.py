"""The feed: the cells of one scene, in order, as one piece of HTML. It shows and never edits.

Place in the path: above the store, below the page. One function from the store's rows to text, so that every browser at one revision
gets the same bytes; what differs between people (which take is selected, the filter) is the page's stylesheet's matter. Cells and
tiles only ever get added at the end and keep their place: the page's diff goes by position, and a playing video must stay itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sora_lock.best import least_drift
from sora_lock.errors import NotFoundError
from sora_lock.generation import mode_words
from sora_lock.notebook import chips
from sora_lock.notebook.text import as_json, attrs, button, clip, clock, esc, listed, percent, plural, short, span
from sora_lock.records import ATTRIBUTES, Direction, Finding, Grip, Lock, Shot, Take, direction_from
from sora_lock.store import Cell, Job, Store

CELLS_SHOWN = 40
GOING = ("queued", "leased")
MARK_WORDS = {"circled": "circled", "keep": "keep", "NG": "NG"}


@dataclass(frozen=True)
class Board:
    """Everything of one scene that the feed and its neighbours show, read once per revision."""

    scene: str
    title: str
    cells: Sequence[Cell]
    jobs: Mapping[int, Sequence[Job]]
    takes: Mapping[str, Take]
    marks: Mapping[str, str]
    remarks: Mapping[str, int]
    withdrawn: Mapping[str, str]


def board(store: Store, scene: str) -> Board:
    """Reads a scene's rows; `scene` must exist.

    Raises:
        NotFoundError: for an unknown scene.
    """
    row = next((s for s in store.scenes() if s.code == scene), None)
    if row is None:
        raise NotFoundError(f"There is no scene {scene} in this notebook.")
    cells = store.cells(scene, limit=CELLS_SHOWN)
    jobs: dict[int, list[Job]] = {}
    for job in store.jobs(scene=scene):
        jobs.setdefault(job.cell, []).append(job)
    takes = {t.take: t for t in store.takes(scene)}
    marks = {take: str(mark) for take, mark in store.marks(scene).items() if mark}
    remarks = {t: len(store.comments(t)) for t in takes} if len(takes) <= 96 else {}
    return Board(scene, row.title, cells, jobs, takes, marks, remarks, store.withdrawn())


def feed(store: Store, b: Board) -> str:
    """The whole feed of a scene as HTML."""
    first = b.cells[0].seq if b.cells else 1
    # Cells that fell out of the window keep their place, so that those after them are not moved.
    gone = '<article class="gone" hidden></article>' * (first - 1)
    circled = sum(m == "circled" for m in b.marks.values())
    going = [j for jobs in b.jobs.values() for j in jobs if j.state in GOING]
    facts = [plural(len(b.takes), "take")]
    if circled:
        facts.append(f"{circled} circled")
    if going:
        facts.append(f"{len(going)} to come")
    more = f"{first - 1} earlier cells are not shown." if first > 1 else ""
    head = (
        f'<header class="scene"><h1>{esc(b.scene)}<span>{esc(b.title)}</span></h1>'
        f"<p>{esc(' · '.join(facts))}</p>"
        '<nav class="filter" aria-label="which takes">'
        '<button type="button" data-filter="all">all</button><button type="button" data-filter="circled">circled</button>'
        '<button type="button" data-filter="good">no flags</button></nav></header>'
    )
    body = "".join(_cell(store, b, c) for c in b.cells)
    empty = "" if any(c.kind == "fanout" for c in b.cells) else _invitation()
    return f'{head}<p class="earlier">{more}</p><div class="cells">{gone}{body}</div>{empty}'


def _invitation() -> str:
    return (
        '<section class="invite"><h2>Nothing shot yet.</h2>'
        "<p>Six variations of the same person in the same place: light, weather and camera change; she does not.</p>"
        + button("Make the first grid", "example", kind="primary")
        + "</section>"
    )


def _cell(store: Store, b: Board, cell: Cell) -> str:
    inner = {"lock": _lock, "fanout": _fanout, "note": _note, "compare": _compare}[cell.kind]
    return inner(store, b, cell)


def _frame(cell: Cell, kind: str, title: str, facts: str, actions: str, body: str, extra: str = "") -> str:
    who = f'<span class="who">{esc(clip(cell.who, 24))}</span>' if cell.who else ""
    time = f'<time datetime="{esc(cell.created_utc)}">{esc(clock(cell.created_utc))}</time>'
    return (
        f'<article class="cell {kind}" id="cell-{cell.id}"><header><span class="seq">{cell.seq}</span>'
        f'<h2>{title}</h2><span class="facts">{facts}</span><span class="end">{actions}{who}{time}</span></header>'
        f"{extra}{body}</article>"
    )


# ---------------------------------------------------------------- fan-out


def _fanout(store: Store, b: Board, cell: Cell) -> str:
    jobs = b.jobs.get(cell.id, [])
    done = sum(j.state == "done" for j in jobs)
    going = [j for j in jobs if j.state in GOING]
    failed = sum(j.state == "failed" for j in jobs)
    facts = [f"<b>{esc(str(cell.body.get('shot', '')))}</b>"]
    if going:
        left = time_left(going)
        facts.append(f"{done} of {len(jobs)}" + (f" · {span(left)} left" if left is not None else ""))
    else:
        facts.append(plural(done, "take"))
    if failed:
        facts.append(f'<em class="bad">{failed} failed</em>')
    if cell.parent_take:
        facts.append(
            f'branch of <button type="button" class="link" data-act="open" data-take="{esc(cell.parent_take)}">'
            f"{esc(short(cell.parent_take))}</button>"
        )
    actions = ""
    if going:
        actions += button("cancel all", "cancel", kind="quiet", cell=cell.id)
    if cell.stale:
        facts.append(
            '<em class="stale" title="A lock of this cell has a newer version. Its takes keep the old one.">stale</em>'
        )
        actions += button(
            "shoot again",
            "again",
            kind="quiet",
            title="Open these variations with the locks as they are now",
            cell=cell.id,
        )
    overall = sum(_share(j) for j in jobs) / len(jobs) if jobs else 1.0
    meter = f'<div class="meter{"" if going else " full"}"><i style="width:{100 * overall:.1f}%"></i></div>'
    overrides = cell.body.get("overrides") or {}
    note = ""
    if overrides:
        said = [f"@{n} {a} {p}" for n, by in overrides.items() for a, p in by.items()]
        note = f'<p class="override">allowed in this cell: {esc(listed(said))}</p>'
    seeds = int(cell.body.get("best_of", 1))
    groups = [jobs[at : at + seeds] for at in range(0, len(jobs), seeds)]
    tiles = "".join(tile(b, j) for j in jobs) if seeds == 1 else "".join(_seeds(b, group) for group in groups)
    title = esc(clip(str(cell.body.get("cast", "")), 60))
    count = f' data-count="{len(groups)}"'
    return _frame(
        cell, "fanout", title, " · ".join(facts), actions, f'{note}<div class="grid"{count}>{tiles}</div>', meter
    )


def _seeds(b: Board, group: Sequence[Job]) -> str:
    """One variation's seeds: the take with least drift in front, the others small below it. Tiles keep their order, so that a playing one stays itself."""
    best = least_drift([b.takes[j.take] for j in group if j.take in b.takes])
    front = best.take if best is not None else group[0].take
    tiles = "".join(tile(b, j, front=j.take == front) for j in group)
    made = sum(j.take in b.takes for j in group)
    words = f"{short(front)} drifted least of {made}" if made > 1 else f"{made} of {len(group)} seeds made"
    return f'<div class="seeds" data-count="{len(group)}">{tiles}<p class="least">{esc(words)}</p></div>'


def _share(job: Job) -> float:
    """How much of a take is there, 0..1; the poster counts for a twelfth."""
    if job.state not in GOING:
        return 1.0
    if job.stage == "poster":
        return job.progress / 12
    return (1 + 11 * job.progress) / 12


def time_left(jobs: Sequence[Job]) -> float | None:
    """Seconds until the last of `jobs`, from the workers' own estimates; None before there is any.

    Those being made tell how long one takes; those that wait are shared out among as many workers.
    """
    running = [j for j in jobs if j.state == "leased" and j.stage == "clip" and j.eta_s is not None]
    if not running:
        return None
    left = [j.eta_s or 0.0 for j in running]
    whole = [(j.eta_s or 0.0) / max(0.05, 1 - j.progress) for j in running]
    waiting = len(jobs) - len(running)
    return max(left) + waiting * (sum(whole) / len(whole)) / len(running)


def tile(b: Board, job: Job, front: bool | None = None) -> str:
    """One take, or what there is of it; `front` says whether it stands before the other seeds of its variation."""
    take = b.takes.get(job.take)
    mark = b.marks.get(job.take)
    direction = job.recipe.direction
    state = "cancelling" if job.cancel and job.state in GOING else job.state
    flags = take is not None and any(f.status == "flag" for by in take.report.values() for f in by.values())
    classes = ["tile", state, f"at-{job.stage}"] + ([f"mark-{mark}"] if mark else []) + (["flagged"] if flags else [])
    if front is not None:
        classes.append("front" if front else "behind")
    poster = (take.files.get("poster.jpg") if take else None) or job.poster_sha256
    source = take.files.get("clip.mp4") if take else None
    made = job.recipe.shot.generation
    caption = chips.line_of(direction, invents=made is not None)
    video = attrs(
        {
            "poster": f"/media/{poster}" if poster else None,
            "src": f"/media/{source}" if source else None,
            "muted": True,
            "loop": True,
            "playsinline": True,
            "preload": "none",
            "disablepictureinpicture": True,
            "tabindex": "-1",
            "style": f"aspect-ratio:{job.recipe.shot.width}/{job.recipe.shot.height}",
        }
    )
    over = _over(job, state)
    words = f'<p class="words" title="{esc(direction.text)}">{esc(clip(caption, 90))}</p>'
    notes = f'<span class="way">{esc(mode_words(made, take))}</span>' if made is not None else ""
    notes += chips.unread(direction, invents=made is not None)
    cannot = take.cannot if take else job.cannot
    if cannot:
        notes += f'<span class="cannot" title="The engine cannot do this.">{esc(listed(cannot))}</span>'
    for name in withdrawn_of(b, job.recipe.shot):
        notes += f'<span class="cannot" title="{esc(b.withdrawn[name])}">consent of @{esc(name)} withdrawn</span>'
    remarks = b.remarks.get(job.take, 0)
    remark = f'<span class="remarks" title="{plural(remarks, "comment")}">{remarks}</span>' if remarks else ""
    # What stands within a button is not read aloud, so its own name says what the signs show.
    name = ", ".join(filter(None, (job.take, caption, MARK_WORDS.get(mark or "", state), signs_words(take))))
    tools = ""
    if take:
        tools = (
            '<span class="tools">'
            + button("○", "mark", kind="t circled", title="circle", key="c", take=job.take, mark="circled")
            + button("✓", "mark", kind="t keep", title="keep", key="k", take=job.take, mark="keep")
            + button("NG", "mark", kind="t NG", title="no good", key="n", take=job.take, mark="NG")
            + button("branch", "branch", kind="t", title="branch from this take", key="b", take=job.take)
            + "</span>"
        )
    return (
        f'<div class="{" ".join(classes)}" data-take="{esc(job.take)}" data-act="open" tabindex="0" role="button" '
        f'aria-label="{esc(name)}"><div class="pic"><video{video}></video>{over}{tools}</div>'
        f'<div class="cap"><span class="no">{esc(short(job.take))}</span>{_mark(mark)}{remark}{dots(take)}</div>'
        f'{words}<p class="notes">{notes}</p></div>'
    )


def withdrawn_of(b: Board, shot: Shot) -> list[str]:
    """The locks of a shot whose person withdrew, cast first."""
    return [p.name for p in shot.placed if p.name in b.withdrawn]


def _mark(mark: str | None) -> str:
    return (
        f'<span class="mark {esc(mark)}">{esc(MARK_WORDS[mark])}</span>'
        if mark in MARK_WORDS
        else '<span class="mark"></span>'
    )


def _over(job: Job, state: str) -> str:
    """What lies over the picture: how far it is, or why it is not there."""
    if state == "done":
        return '<div class="over"></div>'
    if state == "failed":
        why = clip(job.error or "It failed without a word.", 160)
        again = button("retry", "retry", kind="small", job=job.id)
        return f'<div class="over why"><p><b>failed</b> {esc(why)}</p>{again}</div>'
    if state == "cancelled":
        again = button("shoot after all", "retry", kind="small", job=job.id)
        return f'<div class="over why"><p><b>cancelled</b></p>{again}</div>'
    stop = button("×", "cancel", kind="t stop", title="cancel this take", key="x", job=job.id)
    if state == "cancelling":
        return '<div class="over"><span class="now">stopping …</span></div>'
    if job.state == "leased":
        what = "poster" if job.stage == "poster" else percent(job.progress)
        left = span(job.eta_s)
    else:
        what, left = ("waiting" if job.stage == "poster" else "clip to come"), ""
    share = job.progress if job.stage == "clip" else 0.0
    return (
        f'<div class="over"><span class="now">{what}</span><span class="left">{left}</span>{stop}'
        f'<div class="meter"><i style="width:{100 * share:.1f}%"></i></div></div>'
    )


def dots(take: Take | None) -> str:
    """Continuity at a glance: one sign per held attribute, lock by lock."""
    if take is None:
        return '<span class="dots"></span>'
    groups = []
    for lock in placed(take):
        by = take.report.get(lock, {})
        signs = "".join(dot(lock, a, by[a], take.grips.get(lock, {}).get(a)) for a in in_order(by))
        if signs:
            groups.append(f"<span>{signs}</span>")
    return f'<span class="dots">{"".join(groups)}</span>'


def signs_words(take: Take | None) -> str:
    """What the signs show, in words: what drifted and was not seen by name, what held by number; "" before there are any."""
    found = [(lock, a, f.status) for lock, by in (take.report if take else {}).items() for a, f in by.items()]
    if not found:
        return ""
    named = {s: [f"@{lock} {a}" for lock, a, status in found if status == s] for s in ("flag", "not_seen")}
    held = sum(status == "pass" for _, _, status in found)
    told = [f"drifted: {listed(named['flag'])}" if named["flag"] else "no drift seen", f"{held} of {len(found)} held"]
    return "; ".join([*told, f"not seen: {listed(named['not_seen'])}"] if named["not_seen"] else told)


def dot(lock: str, attribute: str, finding: Finding, grip: Grip | None) -> str:
    """One sign: a disc when it held, half a disc when it was only guided, a triangle when it drifted, a ring when it was not seen."""
    score = f" {finding.score:.2f}" if finding.score is not None else ""
    held = f", {grip.grip}" if grip else ""
    words = f"@{lock} {attribute}: {finding.status.replace('_', ' ')}{score}{held}"
    kind = f"dot {finding.status}" + (f" {grip.grip}" if grip else "")
    return f'<i class="{esc(kind)}" role="img" aria-label="{esc(words)}" title="{esc(words)}"></i>'


# ---------------------------------------------------------------- lock, note, compare


def _lock(store: Store, b: Board, cell: Cell) -> str:
    name, version = str(cell.body.get("name", "")), cell.body.get("version")
    try:
        lock = store.lock(name, int(version) if version else None)
    except NotFoundError:
        return _frame(cell, "lock", esc(f"@{name}"), "not in this store", "", "")
    newer = store.lock(name).version > lock.version
    facts = f"{esc(lock.kind)} · version {lock.version}" + (
        ' · <em class="stale">a newer version exists</em>' if newer else ""
    )
    if lock.name in b.withdrawn:
        facts += f' · <em class="bad" title="{esc(b.withdrawn[lock.name])}">consent withdrawn</em>'
    actions = button("edit", "edit_lock", kind="quiet", title="Open in the dock", lock=lock.name)
    return _frame(cell, "lock", esc(f"@{lock.name}"), facts, actions, lock_body(lock))


def lock_body(lock: Lock) -> str:
    """Anchors and policies of a lock."""
    anchors = "".join(
        f'<figure><img src="/media/{esc(a.image_sha256)}" alt="@{esc(lock.name)}, {esc(a.view)}" loading="lazy">'
        f"<figcaption>{esc(a.view)}</figcaption></figure>"
        for a in lock.anchors[:4]
    )
    policies = "".join(
        f'<li class="policy {esc(p)}"><span>{esc(a)}</span><b>{esc(p)}</b></li>' for a, p in ordered(lock).items()
    )
    readings = "".join(
        f'<li class="{esc(r.level)}"><b>{esc(r.quantity)}</b> {esc(r.words)}</li>'
        for r in lock.readiness
        if r.level != "good"
    )
    weak = f'<ul class="readings">{readings}</ul>' if readings else ""
    return f'<div class="held"><div class="anchors {esc(lock.kind)}">{anchors}</div><ul class="policies">{policies}</ul></div>{weak}'


def placed(take: Take) -> list[str]:
    """The locks of a take as written: cast first, then the set."""
    shot = take.recipe.shot
    return [p.name for p in shot.placed]


def in_order(attributes: Iterable[str]) -> list[str]:
    """Attribute names in the kinds' own order, which a record read from JSON has lost."""
    known = [a for by in (ATTRIBUTES["character"], ATTRIBUTES["set"]) for a in by]
    return sorted(attributes, key=lambda a: known.index(a) if a in known else len(known))


def ordered(lock: Lock) -> dict[str, str]:
    """The policies in the kind's own order, which a record read from JSON has lost."""
    return {a: str(lock.policies[a]) for a in ATTRIBUTES[lock.kind] if a in lock.policies}


def _note(store: Store, b: Board, cell: Cell) -> str:
    text = str(cell.body.get("text", ""))
    paragraphs = "".join(f"<p>{_lines(p)}</p>" for p in text.replace("\r\n", "\n").split("\n\n") if p.strip())
    actions = button("edit", "edit_note", kind="quiet", cell=cell.id)
    title = esc(str(cell.body.get("title", "")) or "note")
    return _frame(cell, "note", title, "", actions, f'<div class="prose">{paragraphs}</div>')


def _lines(paragraph: str) -> str:
    return "<br>".join(esc(line) for line in paragraph.split("\n"))


def _compare(store: Store, b: Board, cell: Cell) -> str:
    names = [str(t) for t in cell.body.get("takes", [])][:4]
    by_take = {j.take: j for jobs in b.jobs.values() for j in jobs}
    tiles = "".join(tile(b, by_take[n]) for n in names if n in by_take)
    facts = esc(listed(short(n) for n in names))
    play = '<button type="button" class="b quiet" data-together>play together</button>'
    return _frame(cell, "compare", "compare", facts, play, f'<div class="grid two">{tiles}</div>')


def direction_at(cell: Cell, index: int) -> Direction:
    """The direction of a fan-out cell's variation as it was asked for (before a parent's was laid under it)."""
    return direction_from(cell.body["directions"][index])


__all__ = ["Board", "as_json", "board", "direction_at", "dots", "feed", "lock_body", "ordered", "tile", "time_left"]
