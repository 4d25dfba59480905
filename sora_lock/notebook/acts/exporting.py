"""Exporting: the circled takes on their way to the edit.

Place in the path: between the dock's Export tab and `exports`, which runs the command line's own export.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from sora_lock.notebook.exports import Exports
from sora_lock.notebook.screen import Screen, Seen


class Exporting:
    """Starts exports of the scene that is shown, and says how they stand."""

    def __init__(self, screen: Screen, exports: Exports) -> None:
        self.dock, self.exports = screen.dock, exports

    def export(self, scene: str, take: str | None, seen: Seen) -> dict[Any, Any]:
        """Begins to write the scene's circled takes for the edit."""
        self.exports.start(scene)
        return {self.dock.export_said: self.exports.words(scene)}

    def watch(self, scene: str, said: str) -> Any:
        """How the exports of the scene stand, when that changed."""
        words = self.exports.words(scene) if scene else ""
        return words if words != said else gr.skip()
