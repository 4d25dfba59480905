"""Auditioning: candidates drawn from words, and one of them brought as a picture.

Place in the path: between the dock's Lock tab and `notebook.audition`, which runs the command line's own audition.
"""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.processing_utils import save_bytes_to_cache

from sora_lock.audition.draw import MOST, Asked
from sora_lock.errors import SoraLockError
from sora_lock.fanout import whole
from sora_lock.notebook.acts.locking import Locking
from sora_lock.notebook.audition import about, missing
from sora_lock.notebook.events import number, toast
from sora_lock.notebook.screen import Screen
from sora_lock.notebook.text import esc


class Auditioning:
    """The folded part of the Lock tab, and what its buttons do."""

    def __init__(self, screen: Screen, locking: Locking) -> None:
        self.screen, self.auditions, self.fields = screen, screen.auditions, screen.dock.audition
        self._locking = locking

    def choose_model(self, model: str) -> dict[Any, Any]:
        """Says what is missing of a model, and what it wants, before anybody writes a word."""
        return {self.fields.lacks: about(model or "")}

    def start(self, kind: str, text: str, count: str, seed: str, model: str, portrait: bool) -> dict[Any, Any]:
        """Begins to draw; candidates are shown as they come."""
        if lacks := missing(model or ""):
            return {**self.choose_model(model), self.screen.toast: toast(lacks, bad=True)}
        try:
            asked = Asked(
                text or "",
                "portrait" if portrait and kind == "character" else kind,
                whole(count, "The number of candidates", 1, MOST),
                whole(seed, "The seed", 0, 2**62),
            )
            name = self.auditions.start(asked, (model or "").strip())
        except SoraLockError as error:
            return {
                self.fields.view: f'<p class="bad">{esc(error)}</p>',
                self.screen.toast: toast(str(error), bad=True),
            }
        return {self.screen.audition: name, **self._shown(name)}

    def look(self, audition: str) -> dict[Any, Any]:
        """Shows what has been drawn since; rests when all is."""
        return self._shown(audition)

    def stop(self, audition: str) -> dict[Any, Any]:
        """Ends it; what is drawn stays."""
        self.auditions.stop(audition)
        return self._shown(audition)

    def pick(self, audition: str, kind: str, event: gr.EventData) -> dict[Any, Any]:
        """Brings a candidate, exactly as if somebody had dropped its file.

        Raises:
            NotFoundError: when it is not there any more.
        """
        picked = number(event, "number") or 0
        data = self.auditions.picture(audition, picked)
        field = self.screen.dock.picture
        file = save_bytes_to_cache(data, f"candidate-{picked}.png", field.GRADIO_CACHE)
        folded = gr.Accordion(open=False)  # so that what was brought, and Cut out, come into view
        return {**self._locking.bring(data, kind), field: file, self.fields.box: folded}

    def choose_kind(self, kind: str) -> dict[Any, Any]:
        """Only characters have head and shoulders."""
        return {self.fields.portrait: gr.Checkbox(visible=kind == "character")}

    def _shown(self, name: str) -> dict[Any, Any]:
        f, going = self.fields, self.auditions.going(name)
        return {
            f.view: self.auditions.words(name),
            f.go: gr.Button(interactive=not going),
            f.stop: gr.Button(visible=going),
            f.timer: gr.Timer(active=going),
        }
