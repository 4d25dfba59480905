"""Composing: from what is typed and corrected to a planned grid.

Place in the path: between the dock's Compose tab and `composer`, which knows what a draft means.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr

from sora_lock.direction import words as sentence
from sora_lock.errors import NotFoundError
from sora_lock.fanout import plan_fanout
from sora_lock.notebook import composer, inventing
from sora_lock.notebook import dock as docks
from sora_lock.notebook.composer import Draft, cast_line
from sora_lock.notebook.events import number, toast, told
from sora_lock.notebook.feed import board
from sora_lock.notebook.screen import Screen, Seen
from sora_lock.notebook.text import plural
from sora_lock.server.sign_in import name_of


class Composing:
    """The fields of the Compose tab, and the presses that fill or read them."""

    def __init__(self, screen: Screen) -> None:
        self.screen, self.store, self.dock = screen, screen.store, screen.dock

    def _split(self, written: tuple[Any, ...]) -> tuple[Draft, str, str, str, str]:
        """The fields of `written` as draft, cast line, frames, size and rate."""
        draft, cast, lines, *axes, frames, size, fps, engine, model, mode, best_of = written
        asked = inventing.asked((engine, model, mode, best_of))
        draft = replace(draft, text=lines or "", axes=docks.chosen_axes(axes), asked=asked)
        return draft, cast or "", frames or "", size or "", fps or ""

    def read(self, *written: Any) -> dict[Any, Any]:
        """Reads the composer back; the draft itself is only written by what people press."""
        out = self.screen.read_back(*self._split(written))
        del out[self.screen.draft]
        return out

    def correct(self, event: gr.EventData, *written: Any) -> dict[Any, Any]:
        """A chip was changed, removed or added by hand."""
        draft, *rest = self._split(written)
        line, chip = number(event, "line"), number(event, "chip")
        if line is None or chip is None:
            return {self.screen.draft: draft}
        return self.screen.read_back(composer.correct(draft, line, chip, told(event, "value")), *rest)

    def allow(self, event: gr.EventData, *written: Any) -> dict[Any, Any]:
        """An override of this cell was given or taken back."""
        draft, *rest = self._split(written)
        return self.screen.read_back(
            composer.allow(draft, told(event, "lock"), told(event, "attribute"), told(event, "policy")), *rest
        )

    def leave_branch(self, *written: Any) -> dict[Any, Any]:
        """The next grid stands on its own."""
        draft, *rest = self._split(written)
        return self.screen.read_back(replace(draft, parent=None), *rest)

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
            asked=draft.asked if draft.asked.info.invents else inventing.of(shot),
        )
        return {
            **self.screen.read_back(fresh, cast, str(shot.frames), raster, shot.fps),
            **self._slate(shot),
            **inventing.filled(self.dock.invent, fresh.asked),
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
        draft, cast, frames, size, fps = self._split(written)
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
            overrides, fps = {n: dict(by) for n, by in shot.overrides.items()}, shot.fps
            draft = replace(draft, parent=take.parent, overrides=overrides, asked=inventing.of(shot))
            out.update({**self._slate(shot), self.dock.cast: cast, **inventing.filled(self.dock.invent, draft.asked)})
        return {
            **out,
            **self.screen.read_back(draft, cast, frames, size, fps),
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
            **self.screen.read_back(draft, cast, str(body.get("frames", 48)), size, str(body.get("fps", 24))),
            **inventing.filled(self.dock.invent, draft.asked),
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
        *written, code, seed = fields
        draft, cast, frames, size, fps = self._split(tuple(written))
        cell = composer.shoot(
            self.store, draft, code=code or "", scene=scene, cast=cast, frames=composer.whole_or_text(frames), fps=fps,
            size=size, seed=composer.whole_or_text(seed or ""), who=name_of(request.cookies),
        )  # fmt: skip
        out = {
            self.screen.scene: cell.scene,
            **self.screen.pieces(cell.scene, take, request, seen),
            **self.screen.read_back(Draft(asked=draft.asked), cast, frames, size, fps),
            self.dock.lines: "",
            **self._no_axes(),
            self.dock.example: gr.Button(visible=False),
            self.screen.toast: toast(
                f"{plural(len(self.store.jobs(cell=cell.id)), 'take')} in cell {cell.seq}.", goto=cell.id
            ),
        }
        return out

    def choose_engine(self, *written: Any) -> dict[Any, Any]:
        """An engine was chosen: its models, and the raster that the first of them was made for."""
        draft, *rest = self._split(written)
        return self._made_for(replace(draft, asked=replace(draft.asked, model="")), *rest)

    def choose_model(self, *written: Any) -> dict[Any, Any]:
        """A model was chosen: the raster it was made for."""
        return self._made_for(*self._split(written))

    def _made_for(self, draft: Draft, cast: str, frames: str, size: str, fps: str) -> dict[Any, Any]:
        """A branch keeps its parent's raster, or its pixels could not be gone by; what a model says nothing of stays as it is."""
        d, asked = self.dock, inventing.settled(draft.asked)
        usual = {} if draft.parent is not None else inventing.usual_raster(asked)
        frames, size, fps = usual.get("frames", frames), usual.get("size", size), usual.get("fps", fps)
        fields = {"frames": d.frames, "size": d.size, "fps": d.fps}
        return {
            **self.screen.read_back(replace(draft, asked=asked), cast, frames, size, fps),
            **inventing.filled(d.invent, asked),
            **{fields[name]: value for name, value in usual.items()},
        }

    def example(self, scene: str, take: str | None, seen: Seen, request: gr.Request) -> dict[Any, Any]:
        """The first grid in one press."""
        b = board(self.store, scene)
        cast, shot = composer.usual(self.store, b)
        if not cast:
            raise NotFoundError("There is no character and set to shoot yet; lock one of each first.")
        cell = plan_fanout(
            self.store, scene=scene, shot=shot, cast=cast, texts=composer.EXAMPLE_LINES, who=name_of(request.cookies)
        )
        return {
            **self.screen.pieces(scene, take, request, seen),
            self.dock.example: gr.Button(visible=False),
            self.screen.toast: toast(
                f"{plural(len(composer.EXAMPLE_LINES), 'take')} in cell {cell.seq}.", goto=cell.id
            ),
        }
