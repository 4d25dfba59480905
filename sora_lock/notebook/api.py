"""The page's public endpoints, for programs: ask for takes, look at them, mark them.

Place in the path: beside the acts, on the same store. They answer under /gradio_api/ by the names `fanout`, `takes` and `mark`, behind the
same door as the page.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import gradio as gr

from sora_lock.errors import InputError
from sora_lock.fanout import plan_fanout
from sora_lock.notebook.composer import Draft, directions
from sora_lock.records import MARKS
from sora_lock.store import Store


class Api:
    """The endpoints of one store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def publish(self) -> None:
        """Adds the endpoints to the current Blocks context."""
        for endpoint in (self.fanout, self.takes, self.mark):
            gr.api(spoken(endpoint), api_name=endpoint.__name__, concurrency_limit=None)

    def fanout(
        self, cast: str, lines: str, scene: str = "SC010", shot: str = "SH010", frames: int = 48, seed: int = 7
    ) -> list[str]:
        """Asks for one take a line; returns their ids at once, before they are made."""
        made = directions(Draft(text=lines))
        cell = plan_fanout(
            self.store, scene=scene, shot=shot, cast=cast, directions=made, frames=frames, seed=seed, who="api"
        )
        return [j.take for j in self.store.jobs(cell=cell.id)]

    def takes(self, scene: str = "SC010") -> list[dict[str, Any]]:
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

    def mark(self, take: str, mark: str = "") -> dict[str, Any]:
        """Marks a take "circled", "keep" or "NG"; "" takes the mark away."""
        if mark and mark not in MARKS:
            raise InputError(f"{mark[:20]!r} is no mark; choose {', '.join(MARKS)}.")
        self.store.mark(take, mark or None, "api")
        return {"take": take, "mark": mark or None}


def spoken(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """`endpoint` whose caller is told in words what was wrong with the request; Gradio keeps any other error to itself."""

    @functools.wraps(endpoint)
    def tried(*args: Any, **more: Any) -> Any:
        try:
            return endpoint(*args, **more)
        except InputError as error:
            raise gr.Error(str(error), print_exception=False) from error

    return tried
