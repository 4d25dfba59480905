"""The page: lays the rooms out, wires what people do to the store, and serves it.

Place in the path: the top, beside the command line. Nothing is rendered here and nothing long happens here: a press writes an
intention into the store and draws what the store then says. What people see of one another arrives by a timer that compares one number.
"""

from __future__ import annotations

import functools
import logging
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio as gr
from starlette.middleware import Middleware

from sora_lock.direction import words as sentence
from sora_lock.errors import InputError, NotFoundError, ServerError, SoraLockError
from sora_lock.fanout import plan_fanout
from sora_lock.lock import check_name, check_policies, edit, freeze_baked, freeze_picture
from sora_lock.notebook import composer
from sora_lock.notebook import dock as docks
from sora_lock.notebook.composer import Draft
from sora_lock.notebook.exports import Exports
from sora_lock.notebook.feed import GOING, Board, board, feed
from sora_lock.notebook.inspector import inspector
from sora_lock.notebook.picture import painted_matte
from sora_lock.notebook.rail import rail
from sora_lock.notebook.text import esc, plural, short
from sora_lock.paths import ASSETS
from sora_lock.records import MARKS, Lock
from sora_lock.server.live import Glance, Latest, glance
from sora_lock.server.origin import LOOPBACK, Origin
from sora_lock.server.routes import routes
from sora_lock.server.sign_in import SignIn, name_of
from sora_lock.store import Store

log = logging.getLogger("sora_lock.notebook")

POLL_S = 1.0
MAX_UPLOAD = "64mb"
SHEETS = ("base.css", "rail.css", "feed.css", "inspector.css", "dock.css")
SCRIPTS = ("page.js", "player.js", "regions.js")
# What the page's script may ask for; each has a function of that name below.
ACTS = (
    "open", "scene", "shot", "mark", "comment", "cancel", "retry", "branch", "retake", "copy", "again", "chip", "allow",
    "leave_branch", "edit_lock", "new_lock", "edit_note", "compare", "name", "example",
)  # fmt: skip
BUS_JS = f"window.soraLock && window.soraLock.connect(trigger); /* events: {' '.join(repr(a) for a in ACTS)} */"
TOAST_JS = "watch('value', () => window.soraLock && window.soraLock.toast(element));"
DRAWN_JS = "watch('value', () => window.soraLock && window.soraLock.drawn());"


@dataclass(frozen=True)
class Seen:
    """What a browser was last sent: the glance, the take, and the digests of the three pieces."""

    glance: Glance | None = None
    take: str | None = None
    rail: int = 0
    feed: int = 0
    inspector: int = 0


class Notebook:
    """One store's page: the fields, and what each press does.

    Handlers return a mapping of components to values; what they leave out stays as it is. An `InputError` of the path is shown in words
    and changes nothing.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.exports = Exports(store)
        self.boards: Latest[Board] = Latest(lambda scene, _: board(store, scene))
        self.feeds: Latest[str] = Latest(lambda scene, revision: feed(store, self.boards.get(scene, revision)))
        self.page = gr.Blocks(title="Sora Lock", fill_width=True, analytics_enabled=False)
        with self.page:
            self._lay_out()
            self._wire()

    # ------------------------------------------------------------ the rooms

    def _lay_out(self) -> None:
        self.scene, self.take = gr.State(""), gr.State(None)
        self.draft, self.seen = gr.State(Draft()), gr.State(Seen())
        self.editing = gr.State(None)
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

    # ------------------------------------------------------------ drawing

    def pieces(self, scene: str, take: str | None, request: gr.Request, seen: Seen) -> dict[Any, Any]:
        """Rail, feed and inspector as they are now; only those that differ from what this browser has."""
        me = name_of(request.cookies)
        look = glance(self.store, scene, me)
        b = self.boards.get(scene, look.revision)
        made = {
            self.rail: rail(self.store, b, look.here, me),
            self.feed: self.feeds.get(scene, look.revision),
            self.inspector: inspector(self.store, b, take),
        }
        marks = {component: hash(html) for component, html in made.items()}
        had = {self.rail: seen.rail, self.feed: seen.feed, self.inspector: seen.inspector}
        out: dict[Any, Any] = {c: html for c, html in made.items() if marks[c] != had[c]}
        out[self.seen] = Seen(look, take, marks[self.rail], marks[self.feed], marks[self.inspector])
        return out

    def poll(self, scene: str, take: str | None, seen: Seen, request: gr.Request) -> Any:
        """Draws what others, the workers and other tabs changed; nothing when nothing did."""
        if not scene:
            return [gr.skip()] * 4
        try:
            look = glance(self.store, scene, name_of(request.cookies))
            if seen.glance == look and seen.take == take:
                return [gr.skip()] * 4
            out = self.pieces(scene, take, request, seen)
        except SoraLockError as error:
            log.warning("poll: %s", error)
            return [gr.skip()] * 4
        return [out.get(c, gr.skip()) for c in (self.rail, self.feed, self.inspector, self.seen)]

    def read_back(self, draft: Draft, cast: str, frames: str, size: str) -> dict[Any, Any]:
        """The draft's chips, contradictions and estimate."""
        count = int(frames) if frames.isascii() and frames.isdigit() and len(frames) < 5 else 48
        sides = [
            int(s)
            for s in size.lower().replace("×", "x").split("x")
            if s.strip().isascii() and s.strip().isdigit() and len(s) < 6
        ]
        pixels = sides[0] * sides[1] if len(sides) == 2 else 960 * 540
        listing, said = composer.reading(self.store, draft, cast, count, pixels)
        return {self.draft: draft, self.dock.reading: listing, self.dock.said: said}

    # ------------------------------------------------------------ wiring

    def _wire(self) -> None:
        d = self.dock
        quiet: dict[str, Any] = {
            "queue": False,
            "show_progress": "hidden",
            "concurrency_limit": None,
            "api_visibility": "private",
        }
        here = [self.scene, self.take, self.seen]
        written = [self.draft, d.cast, d.lines, *d.axes, d.frames, d.size]
        slate = [d.code, d.fps, d.seed]
        everything = [
            self.scene, self.take, self.draft, self.seen, self.editing, self.rail, self.feed, self.inspector, self.toast, d.tabs,
            d.code, d.cast, d.lines, *d.axes, d.modes, d.frames, d.fps, d.size, d.seed, d.reading, d.said, d.lock_pick, d.lock_name,
            d.lock_kind, *d.policies, d.lock_view, d.lock_said, d.freeze, d.bring, d.picture, d.matte, d.paint, d.note_title, d.note,
            d.note_add, d.note_said, d.export_said, d.example,
        ]  # fmt: skip

        def on(event: Callable[..., Any], act: Callable[..., Any], inputs: list[Any], mode: str = "multiple") -> None:
            event(self._telling(act), inputs, everything, trigger_mode=mode, **quiet)

        self.timer.tick(
            self.poll, here, [self.rail, self.feed, self.inspector, self.seen], trigger_mode="once", **quiet
        )
        self.timer.tick(self.watch_export, [self.scene, d.export_said], [d.export_said], trigger_mode="once", **quiet)
        self.page.load(self._telling(self.arrive), [], everything, **quiet)
        for name, act, inputs in (
            ("open", self.open, here),
            ("scene", self.open_scene, here),
            ("shot", self.fill_shot, [self.scene]),
            ("mark", self.mark, here),
            ("comment", self.comment, here),
            ("cancel", self.cancel, here),
            ("retry", self.retry, here),
            ("retake", self.retake, here),
            ("compare", self.compare, here),
            ("name", self.rename, here),
            ("branch", self.branch, written),
            ("copy", self.copy, written),
            ("again", self.again, written),
            ("chip", self.correct, written),
            ("allow", self.allow, written),
            ("leave_branch", self.leave_branch, written),
            ("edit_lock", self.edit_lock, []),
            ("new_lock", self.new_lock, []),
            ("edit_note", self.edit_note, []),
            ("example", self.example, here),
        ):
            on(getattr(self.bus, name), act, inputs)
        on(d.example.click, self.example, here, "once")
        on(d.shoot.click, self.shoot, [*here, *written, *slate], "once")
        # Gradio's `input` of a text field fires on key presses only, not on paste; `change` fires on both.
        for changed in (d.lines.change, d.cast.change, d.frames.change, d.size.change, *(a.change for a in d.axes)):
            on(changed, self.read, written, "always_last")
        on(d.lock_pick.input, self.pick, [d.lock_pick])
        on(d.lock_kind.input, self.choose_kind, [d.lock_kind])
        on(d.picture.upload, self.bring, [d.picture])
        lock = [d.lock_pick, d.lock_name, d.lock_kind, d.picture, d.matte, d.paint, *d.policies]
        on(d.freeze.click, self.freeze, [*here, *lock], "once")
        on(d.note_add.click, self.add_note, [*here, self.editing, d.note_title, d.note], "once")
        on(d.export_go.click, self.export, here, "once")

        gr.api(self.api_fanout, api_name="fanout", concurrency_limit=None)
        gr.api(self.api_takes, api_name="takes", concurrency_limit=None)
        gr.api(self.api_mark, api_name="mark", concurrency_limit=None)

    def _telling(self, act: Callable[..., dict[Any, Any]]) -> Callable[..., dict[Any, Any]]:
        """`act` with what goes wrong on purpose shown in words; nothing else on the page changes then."""

        @functools.wraps(act)
        def told(*args: Any, **more: Any) -> dict[Any, Any]:
            try:
                return act(*args, **more)
            except InputError as error:
                return {self.toast: toast(str(error), bad=True)}
            except SoraLockError as error:
                log.error("%s: %s", getattr(act, "__name__", "act"), error)
                return {self.toast: toast(str(error), bad=True)}

        return told

    # ------------------------------------------------------------ looking

    def arrive(self, request: gr.Request) -> dict[Any, Any]:
        """The page as it opens: the scene and take of the link, else the last scene."""
        asked = dict(request.query_params)
        codes = [s.code for s in self.store.scenes()]
        if not codes:
            codes = [self.store.ensure_scene("SC010", "First scene").code]
        scene = asked.get("scene", "") if asked.get("scene") in codes else codes[-1]
        take = asked.get("take") or None
        out = self._scene(scene, take, request)
        if asked.get("scene") and asked["scene"] not in codes:
            out[self.toast] = toast(f"There is no scene {asked['scene'][:40]} in this notebook.", bad=True)
        return out

    def _scene(self, scene: str, take: str | None, request: gr.Request) -> dict[Any, Any]:
        b = board(self.store, scene)
        cast, shot = self._usual(b)
        return {
            self.scene: scene,
            self.take: take,
            **self.pieces(scene, take, request, Seen()),
            **self.read_back(Draft(), cast, "48", "960x540"),
            self.dock.code: f"{scene}_{shot}",
            self.dock.cast: cast,
            self.dock.lines: "",
            self.dock.example: gr.Button(visible=not any(c.kind == "fanout" for c in b.cells)),
            self.dock.lock_pick: gr.Dropdown(choices=docks.choices(self.store)),
            self.dock.export_said: self.exports.words(scene),
        }

    def _usual(self, b: Board) -> tuple[str, str]:
        """Cast line and shot that a scene's composer begins with: the last fan-out's, else the first locks."""
        last = next((c for c in reversed(b.cells) if c.kind == "fanout"), None)
        if last:
            return str(last.body.get("cast", "")), str(last.body.get("shot", "SH010"))
        locks = self.store.locks()
        person = next((k.name for k in locks if k.kind == "character"), None)
        stage = next((k.name for k in locks if k.kind == "set"), None)
        return (f"@{person} in @{stage}" if person and stage else ""), "SH010"

    def open(
        self, scene: str, take: str | None, seen: Seen, event: gr.EventData, request: gr.Request
    ) -> dict[Any, Any]:
        """Selects a take (or none)."""
        wanted = told(event, "take") or None
        return {self.take: wanted, **self.pieces(scene, wanted, request, seen)}

    def open_scene(
        self, scene: str, take: str | None, seen: Seen, event: gr.EventData, request: gr.Request
    ) -> dict[Any, Any]:
        """Shows another scene."""
        return self._scene(told(event, "scene"), None, request)

    def fill_shot(self, scene: str, event: gr.EventData) -> dict[Any, Any]:
        """Puts a shot of the rail into the composer."""
        return {self.dock.code: f"{scene}_{told(event, 'shot')}", self.dock.tabs: gr.Tabs(selected="compose")}

    def rename(
        self, scene: str, take: str | None, seen: Seen, event: gr.EventData, request: gr.Request
    ) -> dict[Any, Any]:
        """The name was changed (its cookie by the page's script): shows it to everybody."""
        return self.pieces(scene, take, request, seen)

    # ------------------------------------------------------------ takes

    def mark(
        self, scene: str, take: str | None, seen: Seen, event: gr.EventData, request: gr.Request
    ) -> dict[Any, Any]:
        """Marks a take; the same mark again takes it away."""
        name, wanted = told(event, "take"), told(event, "mark")
        if wanted not in MARKS:
            raise InputError(f"{wanted[:20]!r} is no mark; choose {', '.join(MARKS)}.")
        now = self.store.marks(scene).get(name)
        self.store.mark(name, None if now == wanted else wanted, name_of(request.cookies))
        return self.pieces(scene, take, request, seen)

    def comment(
        self, scene: str, take: str | None, seen: Seen, event: gr.EventData, request: gr.Request
    ) -> dict[Any, Any]:
        """Comments on a take at the frame that is shown."""
        self.store.comment(told(event, "take"), number(event, "frame"), told(event, "text"), name_of(request.cookies))
        return self.pieces(scene, take, request, seen)

    def cancel(
        self, scene: str, take: str | None, seen: Seen, event: gr.EventData, request: gr.Request
    ) -> dict[Any, Any]:
        """Cancels one job, all of a cell, or (without either) the selected take's."""
        jobs = self.store.jobs(scene=scene, states=GOING)
        if told(event, "job"):
            wanted = [j.id for j in jobs if j.id == number(event, "job")]
        elif told(event, "cell"):
            wanted = [j.id for j in jobs if j.cell == number(event, "cell")]
        else:
            wanted = [j.id for j in jobs if j.take == told(event, "take")]
        self.store.cancel(wanted)
        return self.pieces(scene, take, request, seen)

    def retry(
        self, scene: str, take: str | None, seen: Seen, event: gr.EventData, request: gr.Request
    ) -> dict[Any, Any]:
        """Queues a failed or cancelled take again."""
        self.store.retry(number(event, "job") or 0)
        return self.pieces(scene, take, request, seen)

    def retake(
        self, scene: str, take: str | None, seen: Seen, event: gr.EventData, request: gr.Request
    ) -> dict[Any, Any]:
        """The same direction with the next seed, as a branch of the take."""
        old = self.store.take(told(event, "take"))
        shot = old.recipe.shot
        cell = plan_fanout(
            self.store,
            scene=shot.scene,
            shot=shot.shot,
            cast=cast_line(old),
            directions=[old.recipe.direction],
            overrides=shot.overrides,
            frames=shot.frames,
            fps=shot.fps,
            width=shot.width,
            height=shot.height,
            seed=(shot.seed + 1) % 2**63,
            engine=shot.engine,
            parent=old.take,
            who=name_of(request.cookies),
        )
        return {
            **self.pieces(scene, take, request, seen),
            self.toast: toast(f"Retake of {short(old.take)} in cell {cell.seq}.", goto=cell.id),
        }

    def compare(
        self, scene: str, take: str | None, seen: Seen, event: gr.EventData, request: gr.Request
    ) -> dict[Any, Any]:
        """Puts a take and its parent side by side at the end of the feed."""
        one = self.store.take(told(event, "take"))
        if one.parent is None:
            raise InputError(f"{one.take} has no parent to compare with.")
        cell = self.store.add_cell(scene, "compare", {"takes": [one.parent, one.take]}, name_of(request.cookies))
        return {
            **self.pieces(scene, take, request, seen),
            self.toast: toast(f"Side by side in cell {cell.seq}.", goto=cell.id),
        }

    # ------------------------------------------------------------ composing

    def _draft(self, draft: Draft, lines: str, axes: tuple[Any, ...]) -> Draft:
        return replace(draft, text=lines or "", axes=docks.chosen_axes(axes))

    def _split(self, written: tuple[Any, ...]) -> tuple[Draft, str, str, str]:
        """The fields of `written` as draft, cast line, frames and size."""
        draft, cast, lines, *axes, frames, size = written
        return self._draft(draft, lines, tuple(axes)), cast or "", frames or "", size or ""

    def read(self, *written: Any) -> dict[Any, Any]:
        """Reads the composer back; the draft itself is only written by what people press."""
        out = self.read_back(*self._split(written))
        del out[self.draft]
        return out

    def correct(self, event: gr.EventData, *written: Any) -> dict[Any, Any]:
        """A chip was changed, removed or added by hand."""
        draft, *rest = self._split(written)
        line, chip = number(event, "line"), number(event, "chip")
        if line is None or chip is None:
            return {self.draft: draft}
        return self.read_back(composer.correct(draft, line, chip, told(event, "value")), *rest)

    def allow(self, event: gr.EventData, *written: Any) -> dict[Any, Any]:
        """An override of this cell was given or taken back."""
        draft, *rest = self._split(written)
        return self.read_back(
            composer.allow(draft, told(event, "lock"), told(event, "attribute"), told(event, "policy")), *rest
        )

    def leave_branch(self, *written: Any) -> dict[Any, Any]:
        """The next grid stands on its own."""
        draft, *rest = self._split(written)
        return self.read_back(replace(draft, parent=None), *rest)

    def branch(self, event: gr.EventData, *written: Any) -> dict[Any, Any]:
        """Opens the composer on top of a take."""
        draft = self._split(written)[0]
        parent = self.store.take(told(event, "take"))
        shot = parent.recipe.shot
        cast, raster = cast_line(parent), f"{shot.width}x{shot.height}"
        fresh = Draft(
            text=draft.text if draft.parent else "",
            parent=parent.take,
            overrides={n: dict(by) for n, by in shot.overrides.items()},
        )
        return {
            **self.read_back(fresh, cast, str(shot.frames), raster),
            **self._slate(shot),
            self.dock.cast: cast,
            self.dock.lines: fresh.text,
            **self._no_axes(),
            self.dock.tabs: gr.Tabs(selected="compose"),
            self.dock.modes: gr.Tabs(selected="lines"),
        }

    def _no_axes(self) -> dict[Any, Any]:
        return {field: [] for field in self.dock.axes}

    def _slate(self, shot: Any) -> dict[Any, Any]:
        d = self.dock
        return {
            d.code: f"{shot.scene}_{shot.shot}",
            d.frames: str(shot.frames),
            d.fps: shot.fps,
            d.size: f"{shot.width}x{shot.height}",
            d.seed: str(shot.seed),
        }

    def copy(self, event: gr.EventData, *written: Any) -> dict[Any, Any]:
        """Copies what made a take back into the composer: its prompt, its direction, its seed, or all of it."""
        draft, cast, frames, size = self._split(written)
        take, what = self.store.take(told(event, "take")), told(event, "what")
        direction, shot = take.recipe.direction, take.recipe.shot
        out: dict[Any, Any] = {self.dock.tabs: gr.Tabs(selected="compose")}
        if what == "seed":
            return {**out, self.dock.seed: str(shot.seed)}
        line = " ".join(direction.text.split()) if what == "prompt" else sentence(direction)
        text = (draft.text.rstrip() + "\n" + line).strip() if what != "all" else line
        draft = replace(draft, text=text, axes={})
        if what == "all":
            cast, frames, size = cast_line(take), str(shot.frames), f"{shot.width}x{shot.height}"
            draft = replace(draft, parent=take.parent, overrides={n: dict(by) for n, by in shot.overrides.items()})
            out.update({**self._slate(shot), self.dock.cast: cast})
        return {
            **out,
            **self.read_back(draft, cast, frames, size),
            self.dock.lines: text,
            **self._no_axes(),
            self.dock.modes: gr.Tabs(selected="lines"),
        }

    def again(self, event: gr.EventData, *written: Any) -> dict[Any, Any]:
        """Opens a fan-out's variations, to be shot with the locks as they are now."""
        cell = self.store.cell(number(event, "cell") or 0)
        draft = composer.draft_of(cell)
        body = cell.body
        size = "x".join(str(s) for s in body.get("size", (960, 540)))
        cast = str(body.get("cast", ""))
        return {
            **self.read_back(draft, cast, str(body.get("frames", 48)), size),
            self.dock.lines: draft.text,
            **self._no_axes(),
            self.dock.cast: cast,
            self.dock.code: f"{cell.scene}_{body.get('shot', 'SH010')}",
            self.dock.frames: str(body.get("frames", 48)),
            self.dock.fps: str(body.get("fps", 24)),
            self.dock.size: size,
            self.dock.seed: str(body.get("seed", 7)),
            self.dock.tabs: gr.Tabs(selected="compose"),
            self.dock.modes: gr.Tabs(selected="lines"),
        }

    def shoot(self, request: gr.Request, scene: str, take: str | None, seen: Seen, *fields: Any) -> dict[Any, Any]:
        """Writes the draft's takes into the store; workers make them."""
        *written, code, fps, seed = fields
        draft, cast, frames, size = self._split(tuple(written))
        cell = composer.shoot(
            self.store, draft, code=code or "", scene=scene, cast=cast, frames=composer.whole_or_text(frames), fps=fps,
            size=size, seed=composer.whole_or_text(seed or ""), who=name_of(request.cookies),
        )  # fmt: skip
        out = {
            self.scene: cell.scene,
            **self.pieces(cell.scene, take, request, seen),
            **self.read_back(Draft(), cast, frames, size),
            self.dock.lines: "",
            **self._no_axes(),
            self.dock.example: gr.Button(visible=False),
            self.toast: toast(f"{plural(len(cell.body['texts']), 'take')} in cell {cell.seq}.", goto=cell.id),
        }
        return out

    def example(self, scene: str, take: str | None, seen: Seen, request: gr.Request) -> dict[Any, Any]:
        """The first grid in one press."""
        b = board(self.store, scene)
        cast, shot = self._usual(b)
        if not cast:
            raise NotFoundError("There is no character and set to shoot yet; lock one of each first.")
        cell = plan_fanout(
            self.store, scene=scene, shot=shot, cast=cast, texts=composer.EXAMPLE_LINES, who=name_of(request.cookies)
        )
        return {
            **self.pieces(scene, take, request, seen),
            self.dock.example: gr.Button(visible=False),
            self.toast: toast(f"{plural(len(composer.EXAMPLE_LINES), 'take')} in cell {cell.seq}.", goto=cell.id),
        }

    # ------------------------------------------------------------ locking

    def _show_lock(self, name: str, change: dict[str, str] | None = None) -> dict[Any, Any]:
        lock = self.store.lock(name)
        d = self.dock
        return {
            d.lock_pick: gr.Dropdown(choices=docks.choices(self.store), value=f"@{lock.name}"),
            d.lock_name: f"@{lock.name}",
            d.lock_kind: gr.Radio(visible=False),
            **dict(zip(d.policies, docks.policy_fields(lock.kind, {**lock.policies, **(change or {})}), strict=True)),
            d.lock_view: docks.lock_view(self.store, lock),
            d.lock_said: docks.lock_words(self.store, lock),
            d.bring: gr.Column(visible=False),
            d.freeze: gr.Button(f"Freeze version {lock.version + 1}"),
        }

    def edit_lock(self, event: gr.EventData) -> dict[Any, Any]:
        """Opens a lock in the dock; with an attribute, proposes to let that one evolve."""
        attribute = told(event, "attribute")
        change = {attribute: "evolve"} if attribute else None
        return {**self._show_lock(told(event, "lock"), change), self.dock.tabs: gr.Tabs(selected="lock")}

    def new_lock(self) -> dict[Any, Any]:
        """Opens the lock tab for a picture."""
        return {**self.pick(docks.NEW_PICTURE), self.dock.tabs: gr.Tabs(selected="lock")}

    def pick(self, choice: str) -> dict[Any, Any]:
        """A subject was chosen in the lock tab."""
        if choice and choice != docks.NEW_PICTURE:
            return self._show_lock(choice.removeprefix("@"))
        d = self.dock
        return {
            d.lock_pick: gr.Dropdown(choices=docks.choices(self.store), value=docks.NEW_PICTURE),
            d.lock_name: "",
            d.lock_kind: gr.Radio(visible=True, value="character"),
            **dict(zip(d.policies, docks.policy_fields("character", {}), strict=True)),
            d.lock_view: "",
            d.lock_said: "<p>Bring a picture with its matte: an alpha channel, a second file, or painted here. It is held by pixel over any "
            "set; relighting a photograph needs estimates of its shape and light, which come later.</p>",
            d.bring: gr.Column(visible=True),
            d.freeze: gr.Button("Freeze version 1"),
        }

    def choose_kind(self, kind: str) -> dict[Any, Any]:
        """Shows the attributes of a kind."""
        return dict(zip(self.dock.policies, docks.policy_fields(kind, {}), strict=True))

    def bring(self, data: bytes | None) -> dict[Any, Any]:
        """A picture came: says what it is, how ready, and offers it for painting."""
        from sora_lock.notebook.picture import brought

        said, canvas = brought(data)
        return {
            self.dock.lock_said: said,
            self.dock.paint: gr.ImageEditor(value=canvas, visible=canvas is not None),
        }

    def freeze(
        self, request: gr.Request, scene: str, take: str | None, seen: Seen, choice: str, name: str, kind: str, data: Any, matte: Any,
        paint: Any, *policies: Any,
    ) -> dict[Any, Any]:  # fmt: skip
        """Freezes the next version of a lock, or a picture's first."""
        if not choice:
            raise InputError("Choose a subject first.")
        if choice == docks.NEW_PICTURE:
            if not data:
                raise InputError("Bring a picture first.")
            wanted = docks.picked_policies(kind, policies)
            painted = painted_matte(paint) if not matte else None
            lock = freeze_picture(self.store, name or "", kind, data, matte=matte, painted=painted, policies=wanted)  # type: ignore[arg-type]
        else:
            old = self.store.lock(choice.removeprefix("@"))
            lock = freeze_as(self.store, old, name or "", docks.picked_policies(old.kind, policies))
            if lock.lock_sha256 == old.lock_sha256:
                return {self.toast: toast(f"@{lock.name} is the same as version {lock.version}; nothing was frozen.")}
        cell = self.store.add_cell(
            scene,
            "lock",
            {"name": lock.name, "version": lock.version, "lock_sha256": lock.lock_sha256},
            name_of(request.cookies),
        )
        return {
            **self.pieces(scene, take, request, seen),
            **self._show_lock(lock.name),
            self.toast: toast(f"@{lock.name} version {lock.version} is frozen.", goto=cell.id),
        }

    # ------------------------------------------------------------ notes, export

    def edit_note(self, event: gr.EventData) -> dict[Any, Any]:
        """Opens a note in the dock."""
        cell = self.store.cell(number(event, "cell") or 0)
        return {
            self.editing: cell.id,
            self.dock.note_title: str(cell.body.get("title", "")),
            self.dock.note: str(cell.body.get("text", "")),
            self.dock.note_add: gr.Button("Save the note"),
            self.dock.note_said: f"<p>editing cell {cell.seq}</p>",
            self.dock.tabs: gr.Tabs(selected="note"),
        }

    def add_note(
        self, scene: str, take: str | None, seen: Seen, editing: int | None, title: str, text: str, request: gr.Request
    ) -> dict[Any, Any]:
        """Adds a note at the end of the feed, or saves the one that was opened."""
        if not (text or "").strip():
            raise InputError("The note is empty.")
        body = {"title": " ".join((title or "").split())[:80], "text": text[:20000]}
        if editing is None:
            cell = self.store.add_cell(scene, "note", body, name_of(request.cookies))
        else:
            cell = self.store.update_note(editing, body)
        return {
            self.editing: None,
            **self.pieces(scene, take, request, seen),
            self.dock.note_title: "",
            self.dock.note: "",
            self.dock.note_add: gr.Button("Add the note"),
            self.dock.note_said: "",
            self.toast: toast(f"Note in cell {cell.seq}.", goto=cell.id),
        }

    def export(self, scene: str, take: str | None, seen: Seen) -> dict[Any, Any]:
        """Begins to write the scene's circled takes for the edit."""
        self.exports.start(scene)
        return {self.dock.export_said: self.exports.words(scene)}

    def watch_export(self, scene: str, said: str) -> Any:
        """How the exports of the scene stand, when that changed."""
        words = self.exports.words(scene) if scene else ""
        return words if words != said else gr.skip()

    # ------------------------------------------------------------ public endpoints

    def api_fanout(
        self, cast: str, lines: str, scene: str = "SC010", shot: str = "SH010", frames: int = 48, seed: int = 7
    ) -> list[str]:
        """Asks for one take a line; returns their ids at once, before they are made."""
        made = composer.directions(Draft(text=lines))
        cell = plan_fanout(
            self.store, scene=scene, shot=shot, cast=cast, directions=made, frames=frames, seed=seed, who="api"
        )
        return [j.take for j in self.store.jobs(cell=cell.id)]

    def api_takes(self, scene: str = "SC010") -> list[dict[str, Any]]:
        """The takes of a scene: id, state, progress, mark, prompt."""
        marks = self.store.marks(scene)
        return [
            {
                "take": j.take,
                "state": j.state,
                "progress": 1.0 if j.state == "done" else j.progress,
                "mark": marks.get(j.take),
                "text": j.recipe.direction.text,
                "parent": j.parent,
            }
            for j in self.store.jobs(scene=scene)
        ]

    def api_mark(self, take: str, mark: str = "") -> dict[str, Any]:
        """Marks a take "circled", "keep" or "NG"; "" takes the mark away."""
        if mark and mark not in MARKS:
            raise InputError(f"{mark[:20]!r} is no mark; choose {', '.join(MARKS)}.")
        self.store.mark(take, mark or None, "api")
        return {"take": take, "mark": mark or None}


# ---------------------------------------------------------------- small things


def told(event: gr.EventData, name: str) -> str:
    """A field of what the page's script sent, as text; "" when it is missing."""
    value = (getattr(event, "_data", None) or {}).get(name)
    return "" if value is None else str(value)


def number(event: gr.EventData, name: str) -> int | None:
    """A whole number of what the page's script sent; None when it is none."""
    text = told(event, name)
    return (
        int(text) if len(text) < 12 and text.removeprefix("-").isascii() and text.removeprefix("-").isdigit() else None
    )


def cast_line(take: Any) -> str:
    """Who stood where in a take, as the composer's cast line."""
    shot = take.recipe.shot
    people = " and ".join(f"@{p.name}" + (f" at {p.mark}" if p.mark else "") for p in shot.cast)
    return f"{people} in @{shot.stage.name}"


def freeze_as(store: Store, old: Lock, name: str, policies: dict[str, str]) -> Lock:
    """The next version of `old`, or, under another name, a lock of the same subject.

    A shipped subject is frozen as it is installed now; a picture's lock keeps its picture.
    """
    wanted = check_name(name)
    folder = ASSETS / old.subject
    if (folder / "lock.json").is_file():
        return freeze_baked(store, wanted, folder, policies)
    if wanted == old.name:
        return edit(store, old.name, policies)
    full = check_policies(old.kind, policies, old.policies)
    return store.add_lock(replace(old, name=wanted, version=1, policies=full, parent_sha256=None))


def toast(text: str, *, bad: bool = False, goto: int | None = None) -> str:
    """A line that appears for some seconds; `goto` is a cell that the page then brings into view."""
    there = f' data-goto="cell-{goto}"' if goto is not None else ""
    return f'<p class="{"bad" if bad else "good"}" role="status"{there}>{esc(text)}</p>'


def build(store: Store) -> gr.Blocks:
    """The page of a store, not yet served."""
    return Notebook(store).page


def theme() -> Any:
    """Gradio's plainest theme with this page's fonts; colours come from the style sheets."""
    stack = ("Inter", "system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif")
    mono = ("ui-monospace", "SF Mono", "JetBrains Mono", "Menlo", "DejaVu Sans Mono", "monospace")
    return gr.themes.Base(font=list(stack), font_mono=list(mono))


def serving(store: Store, host: str, pass_phrase: str | None) -> dict[str, Any]:
    """The arguments of `Blocks.launch` that make it this page: looks, routes, and who is answered."""
    hosts = frozenset({*LOOPBACK, host.lower(), socket.gethostname().lower(), *_spaces_host()})
    beyond = host not in LOOPBACK
    middleware = [Middleware(Origin, hosts=hosts, any_address=beyond)]
    if pass_phrase:
        start_up = frozenset({"/gradio_api/startup-events"})
        middleware.append(Middleware(SignIn, phrase=pass_phrase, open_paths=start_up))
    head = "".join(f"<script>{(ASSETS / 'js' / name).read_text()}</script>" for name in SCRIPTS)
    return {
        "theme": theme(),
        "css": "\n".join((ASSETS / "css" / name).read_text() for name in SHEETS),
        "head": '<meta name="color-scheme" content="dark"><meta name="theme-color" content="#0b0a09">' + head,
        "app_kwargs": {"middleware": middleware, "routes": routes(store), "docs_url": None, "redoc_url": None},
        "max_file_size": MAX_UPLOAD,
        "enable_monitoring": False,
        "run_history": False,
        "strict_cors": True,
        "footer_links": [],
        "ssr_mode": False,
        "share": False,
        "pwa": False,
        "mcp_server": False,
        "show_error": False,
        "quiet": True,
        "inline": False,
    }


def _spaces_host() -> tuple[str, ...]:
    """The public host name when running as a hosted Space."""
    name = os.environ.get("SPACE_HOST", "").strip().lower()
    return (name,) if name else ()


def launch(store: Store, host: str, port: int, pass_phrase: str | None, open_browser: bool) -> None:
    """Serves the page until interrupted.

    Raises:
        ServerError: when the port is taken, or a host beyond loopback comes without a pass-phrase.
    """
    hosted = (
        "SPACE_ID" in os.environ
    )  # a hosted Space is public by its owner's choice, and sits behind its host's own door
    if host not in LOOPBACK and not pass_phrase and not hosted:
        raise ServerError(f"{host} is not this machine alone; give a --pass-phrase, or serve on 127.0.0.1.")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ServerError(
                f"Port {port} on {host} cannot be used ({error.strerror}); choose another with --port."
            ) from error
    page = build(store)
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    print(f"Sora Lock is at http://{f'[{shown}]' if ':' in shown else shown}:{port}/", flush=True)
    page.queue(default_concurrency_limit=None)
    page.launch(server_name=host, server_port=port, inbrowser=open_browser, **serving(store, host, pass_phrase))
