"""The page: the screen, and which press does what.

Place in the path: the top, beside the command line. Nothing is rendered here and nothing long happens here: a press writes an
intention into the store and draws what the store then says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from sora_lock.notebook.acts.auditioning import Auditioning
from sora_lock.notebook.acts.composing import Composing
from sora_lock.notebook.acts.correcting import Correcting
from sora_lock.notebook.acts.exporting import Exporting
from sora_lock.notebook.acts.locking import Locking
from sora_lock.notebook.acts.looking import Looking
from sora_lock.notebook.acts.notes import Notes
from sora_lock.notebook.acts.takes import Takes
from sora_lock.notebook.api import Api
from sora_lock.notebook.events import telling
from sora_lock.notebook.screen import Screen
from sora_lock.store import Store

# Acts answer at once, beside one another, and are no public endpoints.
QUIET: dict[str, Any] = {
    "queue": False,
    "show_progress": "hidden",
    "concurrency_limit": None,
    "api_visibility": "private",
}


def build(store: Store) -> gr.Blocks:
    """The page of a store, not yet served."""
    page = gr.Blocks(title="Sora Lock", fill_width=True, analytics_enabled=False)
    with page:
        # First, for Gradio gives each name once, and acts have names too.
        Api(store).publish()
        wire(page, Screen(store))
    return page


def wire(page: gr.Blocks, screen: Screen) -> None:
    """Joins every event of the page to its act.

    Acts return a mapping of components to values; what they leave out stays as it is. An `InputError` of the path is shown in words and
    changes nothing.
    """
    s, d, bus = screen, screen.dock, screen.bus
    looking, takes, composing = Looking(s), Takes(s), Composing(s)
    locking, notes, exporting = Locking(s), Notes(s), Exporting(s)
    auditioning, a = Auditioning(s, locking), d.audition
    everything = s.everything()

    def on(event: Callable[..., Any], act: Callable[..., Any], inputs: list[Any], mode: str = "multiple") -> None:
        event(telling(act, s.toast), inputs, everything, trigger_mode=mode, **QUIET)

    s.timer.tick(s.poll, s.here, s.polled(), trigger_mode="once", **QUIET)
    page.load(telling(looking.arrive, s.toast), [], everything, **QUIET)
    on(bus.open, looking.open, s.here)
    on(bus.scene, looking.open_scene, s.here)
    on(bus.shot, looking.fill_shot, [s.scene])
    on(bus.name, looking.rename, s.here)
    for name in ("mark", "comment", "cancel", "retry", "compare"):
        on(getattr(bus, name), getattr(takes, name), s.here)
    for name in ("retake", "improve"):  # pressed twice in a moment it is one wish
        on(getattr(bus, name), getattr(takes, name), s.here, "once")
    for name in ("branch", "copy", "again", "allow", "leave_branch"):
        on(getattr(bus, name), getattr(composing, name), s.written)
    on(bus.chip, composing.correct, s.written)
    on(bus.example, composing.example, s.here)
    on(d.example.click, composing.example, s.here, "once")
    on(d.shoot.click, composing.shoot, [*s.here, *s.written, d.code, d.seed], "once")
    on(d.invent.engine.input, composing.choose_engine, s.written)
    on(d.invent.model.input, composing.choose_model, s.written)
    # One event for all that asks for a reading: the browser sends one at a time and the last with the fields as they are by then, so that no older answer
    # comes after a newer one. What is written before the page has arrived is read when its arrival fills in the cast. A correction changes the draft, and
    # may meet an answer on its way that knows nothing of it: then too it is read again. Gradio's `input` of a text field fires on key presses only, not on
    # paste; `change` fires on both.
    fields = (d.lines, d.cast, d.frames, d.size, *d.axes)
    gr.on(
        [*(field.change for field in fields), s.draft.change, d.invent.mode.input, d.invent.best_of.input],
        telling(composing.read, s.toast),
        s.written,
        everything,
        trigger_mode="always_last",
        **QUIET,
    )
    on(bus.edit_lock, locking.edit_lock, [])
    on(bus.new_lock, locking.new_lock, [])
    on(d.lock_pick.input, locking.pick, [d.lock_pick])
    on(d.lock_kind.input, locking.choose_kind, [d.lock_kind, d.picture])
    on(d.picture.upload, locking.bring, [d.picture, d.lock_kind])
    on(d.picture.clear, locking.bring, [d.picture, d.lock_kind])
    for chosen in (a.box.expand, a.model.input):
        on(chosen, auditioning.choose_model, [a.model])
    on(a.go.click, auditioning.start, [d.lock_kind, *a.asked()], "once")
    on(a.stop.click, auditioning.stop, [s.audition], "once")
    a.timer.tick(telling(auditioning.look, s.toast), [s.audition], [*a.shown(), s.toast], trigger_mode="once", **QUIET)
    on(d.lock_kind.change, auditioning.choose_kind, [d.lock_kind])
    on(bus.pick_candidate, auditioning.pick, [s.audition, d.lock_kind])
    on(d.key.release, locking.choose_frame, [s.cut, d.key])
    lock = [
        d.lock_pick,
        d.lock_name,
        d.lock_kind,
        d.picture,
        d.matte,
        d.face,
        d.paint,
        s.cut,
        d.relight,
        d.parts.paint,
        *d.policies,
    ]
    busy = d.cut_go.click(telling(locking.cutting, s.toast), [d.picture], everything, trigger_mode="once", **QUIET)
    on(
        busy.then,
        locking.cut_out,
        [d.picture, d.matte, d.paint, s.cut, d.face, d.lock_kind, d.key, *d.survey.drawn()],
        "once",
    )
    on(d.parts.file.upload, Correcting(s).replace, [d.parts.file, d.parts.what, d.picture, s.cut, d.lock_kind], "once")
    freezing = d.freeze.click(telling(locking.freezing, s.toast), [s.cut], everything, trigger_mode="once", **QUIET)
    on(freezing.then, locking.freeze, [*s.here, *lock], "once")
    on(d.record.click, locking.record, [*s.here, d.lock_pick, d.person, d.basis, d.scope, d.until], "once")
    on(d.revoke.click, locking.revoke, [*s.here, d.lock_pick], "once")
    on(bus.edit_note, notes.edit_note, [])
    on(d.note_add.click, notes.add_note, [*s.here, s.editing, d.note_title, d.note], "once")
    on(d.export_go.click, exporting.export, s.here, "once")
    on(d.report_go.click, exporting.report, s.here, "once")
