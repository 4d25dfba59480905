"""Correcting what was estimated of a picture: its parts painted, its plates replaced by files.

Place in the path: between Cut out and Freeze, in the dock's Lock tab.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from sora_lock.errors import InputError
from sora_lock.notebook.cutting import cut, shown
from sora_lock.notebook.events import toast
from sora_lock.notebook.parts import canvas, legend
from sora_lock.notebook.screen import Screen
from sora_lock.subjects.cut import replace_file, replaced


class Correcting:
    """The fields under a cut-out, and what they do."""

    def __init__(self, screen: Screen) -> None:
        self.screen, self.store, self.fields = screen, screen.store, screen.dock.parts

    def hidden(self) -> dict[Any, Any]:
        """Nothing is cut out yet."""
        f = self.fields
        return {
            f.legend: gr.HTML("", visible=False),
            f.paint: gr.ImageEditor(value=None, visible=False),
            f.replace: gr.Accordion(visible=False, open=False),
            f.file: None,
        }

    def offered(self, folder: Path, kind: str) -> dict[Any, Any]:
        """The parts of what was cut out, for painting, and the slot for files; only characters have parts."""
        f = self.fields
        parts = canvas(folder) if kind == "character" else None
        there = parts is not None
        return {
            f.legend: gr.HTML(legend() if there else "", visible=there),
            # Layers are laid out on the canvas before the picture sizes it, so it must have the picture's size already.
            f.paint: gr.ImageEditor(value=parts, visible=True, canvas_size=parts["background"].shape[1::-1])
            if parts is not None
            else gr.ImageEditor(value=None, visible=False),
            f.replace: gr.Accordion(visible=True),
            f.file: None,
        }

    def replace(self, data: Any, what: str, picture: Any, made: str, kind: str) -> dict[Any, Any]:
        """A file came for one of the estimates: it is checked, takes the estimate's place, and is shown with who made it.

        Raises:
            InputError: for a file that cannot be it; nothing changes then.
        """
        d = self.screen.dock
        if not made or not data:
            raise InputError("Cut the picture out first; then a file can take the place of an estimate.")
        folder = Path(made)
        if what == "matte":
            kept = replaced(folder)
            folder = cut(self.store, picture, data, None)
            for other, file in kept.items():
                replace_file(folder, other, file)
        else:
            replace_file(folder, what, data)
        changed = self.offered(folder, kind) if what in ("matte", "parts") else {self.fields.file: None}
        return {
            d.cut_view: shown(self.store, folder),
            self.screen.cut: str(folder),
            self.screen.toast: toast(f"Your file takes the place of the {what}."),
            **changed,
        }
