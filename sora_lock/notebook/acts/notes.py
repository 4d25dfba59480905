"""Notes: writing one, and opening one again.

Place in the path: between the dock's Note tab and the store.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from sora_lock.errors import InputError
from sora_lock.notebook.events import number, toast
from sora_lock.notebook.screen import Screen, Seen
from sora_lock.server.sign_in import name_of


class Notes:
    """A note is text in a cell of its own; what is typed stays in the dock until it is added."""

    def __init__(self, screen: Screen) -> None:
        self.screen, self.store, self.dock = screen, screen.store, screen.dock

    def edit_note(self, event: gr.EventData) -> dict[Any, Any]:
        """Opens a note in the dock."""
        cell = self.store.cell(number(event, "cell") or 0)
        return {
            self.screen.editing: cell.id,
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
            self.screen.editing: None,
            **self.screen.pieces(scene, take, request, seen),
            self.dock.note_title: "",
            self.dock.note: "",
            self.dock.note_add: gr.Button("Add the note"),
            self.dock.note_said: "",
            self.screen.toast: toast(f"Note in cell {cell.seq}.", goto=cell.id),
        }
