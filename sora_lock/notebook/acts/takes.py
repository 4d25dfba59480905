"""What is done to a take that is there or on its way: marks, comments, cancelling, retakes, comparing.

Place in the path: between the feed's and inspector's presses and the store.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr

from sora_lock.errors import InputError
from sora_lock.fanout import plan_fanout
from sora_lock.generation import again
from sora_lock.notebook.composer import cast_line
from sora_lock.notebook.events import number, toast, told
from sora_lock.notebook.feed import GOING
from sora_lock.notebook.screen import Screen, Seen
from sora_lock.notebook.text import short
from sora_lock.records import MARKS, Take
from sora_lock.retake import next_seed, remedy
from sora_lock.server.sign_in import name_of


class Takes:
    """Each of these redraws what it changed."""

    def __init__(self, screen: Screen) -> None:
        self.screen, self.store, self.dock = screen, screen.store, screen.dock

    def mark(
        self, scene: str, take: str | None, seen: Seen, event: gr.EventData, request: gr.Request
    ) -> dict[Any, Any]:
        """Marks a take; the same mark again takes it away."""
        name, wanted = told(event, "take"), told(event, "mark")
        if wanted not in MARKS:
            raise InputError(f"{wanted[:20]!r} is no mark; choose {', '.join(MARKS)}.")
        now = self.store.marks(scene).get(name)
        self.store.mark(name, None if now == wanted else wanted, name_of(request.cookies))
        return self.screen.pieces(scene, take, request, seen)

    def comment(
        self, scene: str, take: str | None, seen: Seen, event: gr.EventData, request: gr.Request
    ) -> dict[Any, Any]:
        """Comments on a take at the frame that is shown."""
        self.store.comment(told(event, "take"), number(event, "frame"), told(event, "text"), name_of(request.cookies))
        return self.screen.pieces(scene, take, request, seen)

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
        return self.screen.pieces(scene, take, request, seen)

    def retry(
        self, scene: str, take: str | None, seen: Seen, event: gr.EventData, request: gr.Request
    ) -> dict[Any, Any]:
        """Queues a failed or cancelled take again."""
        self.store.retry(number(event, "job") or 0)
        return self.screen.pieces(scene, take, request, seen)

    def retake(
        self, scene: str, take: str | None, seen: Seen, event: gr.EventData, request: gr.Request
    ) -> dict[Any, Any]:
        """The same direction with the next seed, as a branch of the take."""
        old = self.store.take(told(event, "take"))
        scene_of = old.recipe.shot.scene
        seed = next_seed(old, self.store.takes(scene_of), self.store.jobs(scene=scene_of, states=GOING))
        asked = {"seed": seed, **again(old.recipe.shot.generation)}
        return self._again(scene, take, seen, request, old, asked)

    def improve(
        self, scene: str, take: str | None, seen: Seen, event: gr.EventData, request: gr.Request
    ) -> dict[Any, Any]:
        """Asks for a take of which something drifted anew, as its engine can do better."""
        old = self.store.take(told(event, "take"))
        shot = old.recipe.shot
        locks = [self.store.lock_by_sha(p.lock_sha256) for p in shot.placed]
        going = self.store.jobs(scene=shot.scene, states=GOING)
        better = remedy(old, self.store.takes(shot.scene), locks, going)
        if better is None or not better.can:
            raise InputError(better.words if better else f"Nothing drifted in {old.take}; there is nothing to retake.")
        return self._again(scene, take, seen, request, old, better.asked)

    def _again(
        self, scene: str, take: str | None, seen: Seen, request: gr.Request, old: Take, asked: Mapping[str, Any]
    ) -> dict[Any, Any]:
        """Shoots a take's direction anew, as its branch."""
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
            engine=shot.engine,
            parent=old.take,
            who=name_of(request.cookies),
            **asked,
        )
        return {
            **self.screen.pieces(scene, take, request, seen),
            self.screen.toast: toast(f"Retake of {short(old.take)} in cell {cell.seq}.", goto=cell.id),
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
            **self.screen.pieces(scene, take, request, seen),
            self.screen.toast: toast(f"Side by side in cell {cell.seq}.", goto=cell.id),
        }
