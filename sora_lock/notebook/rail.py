"""The rail at the left: scenes and shots, cast and sets, the branch tree, who is here, and the queue.

Place in the path: beside the feed, from the same board. It only leads to things; nothing is edited here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sora_lock.notebook.feed import GOING, Board
from sora_lock.notebook.text import attrs, clip, esc, plural, short
from sora_lock.records import Lock
from sora_lock.store import Node, Store

STEP_PX, ROW_PX, LEFT_PX, WIDTH_PX = 15, 24, 9, 196


def rail(store: Store, b: Board, here: Sequence[str], me: str) -> str:
    """The whole rail as HTML."""
    parts = [
        '<header class="word"><b>Sora Lock</b><span>lock once, fan out</span></header>',
        _scenes(store, b),
        _locks(store.locks()),
        _tree(store.tree(b.scene), b),
        _here(here, me),
        _queue(store, b),
    ]
    return "".join(parts)


def _section(name: str, title: str, body: str, extra: str = "") -> str:
    return f'<section class="{name}"><h3>{title}{extra}</h3>{body}</section>'


def _scenes(store: Store, b: Board) -> str:
    rows = []
    for scene in store.scenes():
        here = scene.code == b.scene
        shots = "".join(
            f'<li><button type="button" data-act="shot" data-shot="{esc(s)}">{esc(s)}</button></li>'
            for s in scene.shots
        )
        count = f"<span>{scene.takes or ''}</span>"
        name = f"{esc(scene.code)} <em>{esc(clip(scene.title, 22))}</em>"
        rows.append(
            f"<li{attrs({'class': 'now' if here else None})}>"
            f'<button type="button" data-act="scene" data-scene="{esc(scene.code)}"{attrs({"aria-current": "true" if here else None})}>'
            f"{name}{count}</button>{f'<ul>{shots}</ul>' if here and shots else ''}</li>"
        )
    return _section("scenes", "Scenes", f"<ul>{''.join(rows)}</ul>")


def _locks(locks: Sequence[Lock]) -> str:
    out = []
    for title, kinds in (("Cast", ("character", "prop")), ("Sets", ("set",))):
        rows = "".join(
            f'<li><button type="button" data-act="edit_lock" data-lock="{esc(k.name)}" '
            f'title="open @{esc(k.name)} in the dock">'
            f'<img class="{esc(k.kind)}" src="/media/{esc(_face(k))}" alt="" loading="lazy">'
            f"<b>@{esc(k.name)}</b><span>v{k.version}</span></button></li>"
            for k in locks
            if k.kind in kinds
        )
        if rows:
            out.append(_section(title.lower(), title, f"<ul>{rows}</ul>"))
    add = '<button type="button" class="link" data-act="new_lock">+ lock your own</button>'
    return "".join(out) + f'<section class="more">{add}</section>'


def _face(lock: Lock) -> str:
    """The anchor that says best who it is: a close one, else the first."""
    return next((a for a in lock.anchors if "close" in a.view), lock.anchors[0]).image_sha256


def _tree(nodes: Sequence[Node], b: Board) -> str:
    if not nodes:
        return _section("tree", "Tree", '<p class="none">grows with the first take</p>')
    return _section("tree", "Tree", draw(nodes, {c.id: c.seq for c in b.cells}))


def draw(nodes: Sequence[Node], seqs: Mapping[int, int]) -> str:
    """The branch tree as SVG: a row per fan-out cell, a dot per take, a line from the take a cell branched from.

    Args:
        nodes: in order of making.
        seqs: cell id -> number on the page, as the row's label.
    """
    rows: dict[int, list[Node]] = {}
    for node in nodes:
        rows.setdefault(node.cell, []).append(node)
    at: dict[str, tuple[float, float]] = {}
    lines, marks, labels = [], [], []
    for row, (cell, takes) in enumerate(rows.items()):
        y = ROW_PX * row + ROW_PX / 2
        parent = at.get(takes[0].parent or "")
        start = min(parent[0] + STEP_PX * 0.8, WIDTH_PX * 0.5) if parent else LEFT_PX
        step = min(STEP_PX, (WIDTH_PX - 26 - start) / max(1, len(takes) - 1))
        xs = [start + step * i for i in range(len(takes))]
        kind = "branch" if parent else "trunk"
        if parent:
            px, py = parent
            lines.append(
                f'<path class="{kind}" d="M{px:.1f} {py:.1f} C{px:.1f} {y:.1f} {px:.1f} {y:.1f} {xs[0]:.1f} {y:.1f}"/>'
            )
        lines.append(f'<path class="{kind}" d="M{xs[0]:.1f} {y:.1f}H{xs[-1]:.1f}"/>')
        for x, node in zip(xs, takes, strict=True):
            at[node.take] = (x, y)
            name = f"{short(node.take)}{', ' + node.mark if node.mark else ''}"
            radius = min(4.2, max(2.2, step * 0.3))
            marks.append(
                f'<g class="node {esc(node.mark or "plain")}" data-act="open" data-take="{esc(node.take)}" role="button" '
                f'tabindex="-1" aria-label="{esc(name)}"><title>{esc(name)}</title>'
                f'<circle class="hit" cx="{x:.1f}" cy="{y:.1f}" r="8"/><circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/></g>'
            )
        labels.append(f'<text x="{WIDTH_PX}" y="{y + 3:.1f}">{seqs.get(cell, "")}</text>')
    height = ROW_PX * len(rows)
    return (
        f'<div class="lanes"><svg viewBox="0 0 {WIDTH_PX} {height}" width="{WIDTH_PX}" height="{height}" role="group" aria-label="branch tree">'
        f"{''.join(lines)}{''.join(marks)}{''.join(labels)}</svg></div>"
    )


def _here(here: Sequence[str], me: str) -> str:
    others = [n for n in here if n != me]
    names = "".join(f"<li>{esc(clip(n, 24))}</li>" for n in others[:8])
    rest = f"<li>and {len(others) - 8} more</li>" if len(others) > 8 else ""
    field = (
        f'<li class="me"><input type="text" maxlength="40" value="{esc(me)}" placeholder="your name" aria-label="your name" '
        'data-change="name" spellcheck="false" autocomplete="off"></li>'
    )
    return _section("here", "Here", f"<ul>{field}{names}{rest}</ul>")


def _queue(store: Store, b: Board) -> str:
    jobs = [j for j in store.jobs(states=GOING)]
    workers = len(store.workers())
    running = sum(j.state == "leased" for j in jobs)
    if not jobs:
        words = "nothing waits"
    else:
        elsewhere = sum(j.scene != b.scene for j in jobs)
        words = f"{running} shooting, {len(jobs) - running} waiting" + (
            f" ({elsewhere} in other scenes)" if elsewhere else ""
        )
    alive = plural(workers, "worker") if workers else '<em class="bad">no worker runs</em>'
    return _section("queue", "Queue", f'<p>{esc(words)}</p><p class="dim">{alive}</p>')
