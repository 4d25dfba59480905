"""Exporting: the circled takes on their way to the edit, and the continuity report of all.

Place in the path: between the dock's Export tab and `exports`, which runs the command line's own export.
"""

from __future__ import annotations

from typing import Any

from sora_lock.notebook.screen import Screen, Seen


class Exporting:
    """Starts exports of the scene that is shown; how they go on is seen by the screen's poll."""

    def __init__(self, screen: Screen) -> None:
        self.dock, self.exports = screen.dock, screen.exports

    def export(self, scene: str, take: str | None, seen: Seen) -> dict[Any, Any]:
        """Begins to write the scene's circled takes for the edit."""
        self.exports.start(scene)
        return {self.dock.export_said: self.exports.words(scene)}

    def report(self, scene: str, take: str | None, seen: Seen) -> dict[Any, Any]:
        """Begins to write the continuity report of all the scene's takes."""
        self.exports.start_report(scene)
        return {self.dock.export_said: self.exports.words(scene)}
