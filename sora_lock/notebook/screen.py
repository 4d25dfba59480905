"""The screen: the page's components, what a browser remembers, and how the three pieces that only show are redrawn.

Place in the path: above feed, rail, inspector and dock; below the acts, which read and redraw it. What people see of one another arrives
by `poll`, which compares one glance.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from sora_lock.errors import SoraLockError
from sora_lock.notebook import composer
from sora_lock.notebook import dock as docks
from sora_lock.notebook.audition import Auditions
from sora_lock.notebook.composer import Draft
from sora_lock.notebook.exports import Exports
from sora_lock.notebook.feed import Board, board, feed
from sora_lock.notebook.inspector import inspector
from sora_lock.notebook.rail import rail
from sora_lock.server.live import Glance, Latest, glance
from sora_lock.server.sign_in import name_of
from sora_lock.store import Store

log = logging.getLogger("sora_lock.notebook")

POLL_S = 1.0
# What the page's script may ask for; each has a function of that name in `acts`.
ACTS = (
    "open", "scene", "shot", "mark", "comment", "cancel", "retry", "branch", "retake", "improve", "copy", "again", "chip", "allow",
    "leave_branch", "edit_lock", "new_lock", "edit_note", "compare", "name", "example",
    "pick_candidate",
)  # fmt: skip
BUS_JS = f"window.soraLock && window.soraLock.connect(trigger); /* events: {' '.join(repr(a) for a in ACTS)} */"
TOAST_JS = "watch('value', () => window.soraLock && window.soraLock.toast(element));"
DRAWN_JS = "watch('value', () => window.soraLock && window.soraLock.drawn());"


@dataclass(frozen=True)
class Seen:
    """What a browser was last sent: the glance, the take, and the digests of the pieces that only show."""

    glance: Glance | None = None
    take: str | None = None
    rail: int = 0
    feed: int = 0
    inspector: int = 0
    exports: int = 0


class Screen:
    """One store's components, laid out inside the current Blocks context.

    Attributes:
        here: the inputs of an act that redraws: scene, take, and what the browser has.
        written: the inputs of an act that reads the composer.
    """

    def __init__(self, store: Store) -> None:
        self.store, self.exports, self.auditions = store, Exports(store), Auditions(store)
        self.boards: Latest[Board] = Latest(lambda scene, _: board(store, scene))
        self.feeds: Latest[str] = Latest(lambda scene, version: feed(store, self.boards.get(scene, version)))
        self._lay_out()
        d = self.dock
        self.here = [self.scene, self.take, self.seen]
        self.written = [self.draft, d.cast, d.lines, *d.axes, d.frames, d.size, d.fps, *d.invent.written()]

    def _lay_out(self) -> None:
        self.scene, self.take = gr.State(""), gr.State(None)
        self.draft, self.seen = gr.State(Draft()), gr.State(Seen())
        self.editing, self.cut, self.audition = gr.State(None), gr.State(""), gr.State("")
        self.timer = gr.Timer(POLL_S)
        self.bus = docks.piece("bus", BUS_JS)
        self.toast = docks.piece("toast", TOAST_JS)
        with gr.Row(elem_id="rooms"):
            with gr.Column(elem_id="left", min_width=0):
                self.rail = docks.piece("rail")
            with gr.Column(elem_id="middle", min_width=0):
                self.feed = docks.piece("feed", DRAWN_JS)
                with gr.Column(elem_id="dock", min_width=0):
                    self.dock = docks.lay_out(self.store)
            with gr.Column(elem_id="right", min_width=0):
                self.inspector = docks.piece("inspector", DRAWN_JS)

    def everything(self) -> list[Any]:
        """All that an act may change."""
        d = self.dock
        return [
            self.scene, self.take, self.draft, self.seen, self.editing, self.rail, self.feed, self.inspector, self.toast, d.tabs,
            d.code, d.cast, d.lines, *d.axes, d.modes, d.frames, d.fps, d.size, d.seed, *d.invent.all(), d.reading, d.said, d.lock_pick, d.lock_name,
            d.lock_kind, *d.policies, d.lock_view, d.lock_said, d.consent, d.consent_said, d.person, d.basis, d.scope, d.until, d.freeze, d.bring, d.picture, d.matte, d.face, d.face_view, d.paint, d.cut_go, d.cut_view, d.relight, *d.parts.all(), *d.survey.all(), *d.audition.all(), self.audition, d.key, self.cut, d.note_title, d.note,
            d.note_add, d.note_said, d.export_said, d.example,
        ]  # fmt: skip

    def pieces(self, scene: str, take: str | None, request: gr.Request, seen: Seen) -> dict[Any, Any]:
        """Rail, feed and inspector as they are now; only those that differ from what this browser has."""
        me = name_of(request.cookies)
        look = glance(self.store, scene, me)
        b = self.boards.get(scene, look.version)
        made = {
            self.rail: rail(self.store, b, look.here, me),
            self.feed: self.feeds.get(scene, look.version),
            self.inspector: inspector(self.store, b, take),
        }
        marks = {component: hash(html) for component, html in made.items()}
        had = {self.rail: seen.rail, self.feed: seen.feed, self.inspector: seen.inspector}
        out: dict[Any, Any] = {c: html for c, html in made.items() if marks[c] != had[c]}
        out[self.seen] = Seen(look, take, marks[self.rail], marks[self.feed], marks[self.inspector], seen.exports)
        return out

    def polled(self) -> list[Any]:
        """What `poll` may change; one request a second brings all of it."""
        return [self.rail, self.feed, self.inspector, self.dock.export_said, self.seen]

    def poll(self, scene: str, take: str | None, seen: Seen, request: gr.Request) -> Any:
        """Draws what others, the workers and other tabs changed; nothing when nothing did."""
        nothing = [gr.skip()] * len(self.polled())
        if not scene:
            return nothing
        try:
            look, words = glance(self.store, scene, name_of(request.cookies)), self.exports.words(scene)
            still = seen.glance == look and seen.take == take
            if still and seen.exports == hash(words):
                return nothing
            out = {} if still else self.pieces(scene, take, request, seen)
        except SoraLockError as error:
            log.warning("poll: %s", error)
            return nothing
        if seen.exports != hash(words):
            out |= {self.dock.export_said: words, self.seen: replace(out.get(self.seen, seen), exports=hash(words))}
        return [out.get(c, gr.skip()) for c in self.polled()]

    def read_back(self, draft: Draft, cast: str, frames: str, size: str, fps: str) -> dict[Any, Any]:
        """The draft's chips, contradictions and estimate."""
        count = int(frames) if frames.isascii() and frames.isdigit() and len(frames) < 5 else 48
        sides = [
            int(s)
            for s in size.lower().replace("×", "x").split("x")
            if s.strip().isascii() and s.strip().isdigit() and len(s) < 6
        ]
        raster = (sides[0], sides[1]) if len(sides) == 2 else (960, 540)
        listing, said = composer.reading(self.store, draft, cast, count, raster, fps)
        return {self.draft: draft, self.dock.reading: listing, self.dock.said: said}
