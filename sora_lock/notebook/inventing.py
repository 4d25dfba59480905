"""The fields of engines that invent: which engine, which model, what it goes by, how many seeds.

Place in the path: in the dock's Compose tab. Hidden while comp is chosen, which has no use for them but the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from sora_lock.engines import ENGINES, EngineInfo, engine_info
from sora_lock.errors import EngineUnavailableError
from sora_lock.fanout import MAX_SEEDS
from sora_lock.generation import COMPARE, MODES, WORDS, planner
from sora_lock.records import Shot

FOLLOWS, SIDE_BY_SIDE = "follows from the shot", "side by side: lock off, references, this"


@dataclass(frozen=True)
class Asked:
    """What these fields say; `mode` is "" where it follows from the shot."""

    engine: str = "comp"
    model: str = ""
    mode: str = ""
    best_of: int = 1

    @property
    def info(self) -> EngineInfo:
        """The engine's entry."""
        return engine_info(self.engine)

    @property
    def options(self) -> dict[str, Any]:
        """As `plan_fanout` takes them."""
        if not self.info.invents:
            return {"engine": self.engine}
        return {"engine": self.engine, "model": self.model, "mode": self.mode, "best_of": self.best_of}


@dataclass
class InventFields:
    """The components; `row` holds all but the engine's."""

    engine: Any
    row: Any
    model: Any
    mode: Any
    best_of: Any

    def all(self) -> list[Any]:
        """Everything of these that an act may change."""
        return [self.engine, self.row, self.model, self.mode, self.best_of]

    def written(self) -> list[Any]:
        """The inputs of `asked`, in its order."""
        return [self.engine, self.model, self.mode, self.best_of]


def engine_field() -> Any:
    """The choice of an engine, for the slate."""
    return gr.Dropdown(
        [(e.label, e.name) for e in ENGINES],
        value="comp",
        label="engine",
        elem_id="engine",
        min_width=84,
        filterable=False,
    )


def lay_out(engine: Any) -> InventFields:
    """The fields that only engines that invent have."""
    with gr.Row(elem_id="inventing", visible=False) as row:
        model = gr.Dropdown(
            [], value="", label="model", allow_custom_value=True, elem_id="model", scale=3, min_width=180,
            info="from the list, a directory of safetensors, or PROVIDER/OWNER/NAME",
        )  # fmt: skip
        mode = gr.Dropdown(
            [(FOLLOWS, ""), (SIDE_BY_SIDE, COMPARE), *((WORDS[m], m) for m in MODES)], value="", label="goes by", elem_id="mode", filterable=False,
            min_width=130, scale=2, info="what the model is given",
        )  # fmt: skip
        best_of = gr.Dropdown(
            [(str(n), n) for n in range(1, MAX_SEEDS + 1)], value=1, label="best of", elem_id="best-of", filterable=False,
            min_width=70, scale=1, info="seeds",
        )  # fmt: skip
    return InventFields(engine, row, model, mode, best_of)


def asked(written: Sequence[Any]) -> Asked:
    """The fields' values; what is no engine, mode or number stands for the usual."""
    engine, model, mode, best_of = written
    known = engine if engine in {e.name for e in ENGINES} else "comp"
    seeds = best_of if isinstance(best_of, int) and 1 <= best_of <= MAX_SEEDS else 1
    return Asked(known, str(model or "").strip(), mode if mode in (COMPARE, *MODES) else "", seeds)


def of(shot: Shot) -> Asked:
    """What these fields said of a shot."""
    made = shot.generation
    return Asked(shot.engine, made.named, made.mode) if made is not None else Asked(shot.engine)


def settled(wanted: Asked) -> Asked:
    """`wanted` with the first model of its engine where none is named."""
    if not wanted.info.invents or wanted.model:
        return wanted
    return replace(wanted, model=next((model for _, model in planner(wanted.info).choices()), ""))


def filled(fields: InventFields, wanted: Asked) -> dict[Any, Any]:
    """Updates that make the fields say `wanted`."""
    choices = list(planner(wanted.info).choices()) if wanted.info.invents else []
    return {
        fields.engine: wanted.engine,
        fields.row: gr.Row(visible=wanted.info.invents),
        fields.model: gr.Dropdown(choices=choices, value=wanted.model),
        fields.mode: wanted.mode,
        fields.best_of: wanted.best_of,
    }


def usual_raster(wanted: Asked) -> Mapping[str, str]:
    """Size, frames and rate that a model was made for, as the slate's fields have them; empty where it says nothing of them."""
    if not wanted.info.invents:
        return {"size": "960x540", "frames": "48", "fps": "24"}
    told = planner(wanted.info).usual(wanted.model)
    if told is None:
        return {}
    width, height, frames, fps = told
    return {"size": f"{width}x{height}", "frames": str(frames), "fps": fps}


def before(wanted: Asked, width: int, height: int, frames: int) -> str:
    """What is to be known before pressing: memory or cost, or what is missing and how to get it; one or two sentences."""
    if not wanted.info.invents:
        return ""
    try:
        return str(planner(wanted.info).words(wanted.model, width, height, frames))
    except EngineUnavailableError as error:
        return str(error)
