"""Looking around: the page as it opens, scenes, and which take is selected.

Place in the path: between the page's events and the screen; it changes nothing in the store but who is here.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from sora_lock.notebook import composer
from sora_lock.notebook import dock as docks
from sora_lock.notebook.composer import Draft
from sora_lock.notebook.events import toast, told
from sora_lock.notebook.feed import board
from sora_lock.notebook.screen import Screen, Seen


class Looking:
    """What people see first, and what they turn to."""

    def __init__(self, screen: Screen) -> None:
        self.screen, self.store, self.dock = screen, screen.store, screen.dock

    def arrive(self, request: gr.Request) -> dict[Any, Any]:
        """The page as it opens: the scene and take of the link, else the last scene. Lines that somebody wrote meanwhile stay."""
        asked = dict(request.query_params)
        codes = [s.code for s in self.store.scenes()]
        if not codes:
            codes = [self.store.ensure_scene("SC010", "First scene").code]
        scene = asked.get("scene", "") if asked.get("scene") in codes else codes[-1]
        take = asked.get("take") or None
        out = self._scene(scene, take, request)
        del out[self.dock.lines]
        if asked.get("scene") and asked["scene"] not in codes:
            out[self.screen.toast] = toast(f"There is no scene {asked['scene'][:40]} in this notebook.", bad=True)
        return out

    def _scene(self, scene: str, take: str | None, request: gr.Request) -> dict[Any, Any]:
        b = board(self.store, scene)
        cast, shot = composer.usual(self.store, b)
        return {
            self.screen.scene: scene,
            self.screen.take: take,
            **self.screen.pieces(scene, take, request, Seen()),
            **self.screen.read_back(Draft(), cast, "48", "960x540", "24"),
            self.dock.code: f"{scene}_{shot}",
            self.dock.cast: cast,
            self.dock.lines: "",
            self.dock.example: gr.Button(visible=not any(c.kind == "fanout" for c in b.cells)),
            self.dock.lock_pick: gr.Dropdown(choices=docks.choices(self.store)),
            self.dock.export_said: self.screen.exports.words(scene),
        }

    def open(
        self, scene: str, take: str | None, seen: Seen, event: gr.EventData, request: gr.Request
    ) -> dict[Any, Any]:
        """Selects a take (or none)."""
        wanted = told(event, "take") or None
        return {self.screen.take: wanted, **self.screen.pieces(scene, wanted, request, seen)}

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
        return self.screen.pieces(scene, take, request, seen)
