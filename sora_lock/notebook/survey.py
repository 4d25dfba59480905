"""What is drawn on a location still before it becomes a set: horizon, something of known height, where people stand, where the ground ends.

Place in the path: within the dock's Lock tab, between a picture that was brought and `cutting`. Dragged over the picture (`assets/js/survey.js`) or written
into the fields, each shows in the other; a grid of metres and somebody at the mark follow at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOOLS = (
    ("horizon", "Horizon", "drag along the height of the camera's eye"),
    ("upright", "Height", "drag from foot to top of something whose height you know"),
    ("mark", "Mark", "press where people stand"),
    ("ground-end", "Ground's end", "drag along the line at which the ground ends; else it is found"),
)
"""Field, button and what to do, in the order in which one draws."""
SURVEY_JS = "const draw = () => window.soraLock && window.soraLock.survey(); draw(); watch('value', draw);"


@dataclass(frozen=True)
class SurveyFields:
    """The components, by what they hold."""

    box: Any
    view: Any
    horizon: Any
    upright: Any
    upright_m: Any
    mark: Any
    ground_end: Any
    indoors: Any

    def all(self) -> list[Any]:
        """All that an act may change."""
        return [self.box, self.view, *self.drawn()]

    def drawn(self) -> list[Any]:
        """What `options` reads, in its order."""
        return [self.horizon, self.upright, self.upright_m, self.mark, self.ground_end, self.indoors]

    def hidden(self) -> dict[Any, Any]:
        """Nothing to survey."""
        return {self.box: gr.Column(visible=False), self.view: ""}

    def offered(self, rgba: NDArray[Any]) -> dict[Any, Any]:
        """A picture to be drawn on; nothing is drawn yet."""
        from sora_lock.notebook.picture import view

        tools = "".join(
            f'<button type="button" data-tool="{name}" title="{hint}">{label}</button>' for name, label, hint in TOOLS
        )
        picture = view(rgba).replace("</figure>", '<svg preserveAspectRatio="none"></svg></figure>')
        return {
            self.box: gr.Column(visible=True),
            self.view: f'<div class="tools">{tools}</div>{picture}',
            **dict.fromkeys((self.horizon, self.upright, self.mark, self.ground_end), ""),
        }


def lay_out() -> SurveyFields:
    """Builds the fields inside the current Blocks context, hidden until a still is brought as a set."""
    with gr.Column(visible=False, elem_id="survey") as box:
        view = gr.HTML("", elem_id="survey-view", js_on_load=SURVEY_JS, apply_default_css=False)
        with gr.Row():
            horizon = gr.Textbox(
                "", label="horizon", placeholder="level", max_length=60, min_width=110, elem_id="horizon"
            )
            upright = gr.Textbox("", label="foot and top", max_length=60, min_width=110, elem_id="upright")
            upright_m = gr.Textbox("1.75", label="its height, m", max_length=8, min_width=70, elem_id="upright-m")
        with gr.Row():
            mark = gr.Textbox("", label="mark", placeholder="middle", max_length=30, min_width=80, elem_id="mark-px")
            ground_end = gr.Textbox(
                "", label="ground's end", placeholder="found", max_length=400, min_width=110, elem_id="ground-end"
            )
            indoors = gr.Checkbox(False, label="indoors", elem_id="indoors", container=False, min_width=80)
    return SurveyFields(box, view, horizon, upright, upright_m, mark, ground_end, indoors)


def options(horizon: str, upright: str, upright_m: str, mark: str, ground_end: str, indoors: bool) -> list[str]:
    """The options of `cutout` that say what was drawn."""
    out = []
    for name, text in (
        ("horizon", horizon),
        ("upright", upright),
        ("upright-m", upright_m),
        ("mark", mark),
        ("ground-end", ground_end),
    ):
        if (text or "").strip():
            out.append(f"--{name}={text.strip()}")
    return [*out, "--indoors"] if indoors else out
