"""Six variations through one `prepare` of vace against six plain calls of diffusers' pipeline: same pictures, and where the time goes.

    python -m benchmarks.vace                                   # a model of tiny size with random weights, on the processor
    python -m benchmarks.vace --model DIR --size 832x480 --frames 81 --steps 30

Part of `make bench`, at tiny size. Both ways run in this one process, one after the other, on one thread; every picture is compared, and one that differs
ends the run. What sharing saves is encodes and embeddings; how much of a take they are depends on steps and size, so quote the stages, not the ratio alone.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from diffusers import AutoencoderKLWan, WanVACETransformer3DModel
from transformers import UMT5EncoderModel

from benchmarks.stages import Stopwatch
from sora_lock.direction import read
from sora_lock.engines.vace import Vace
from sora_lock.engines.vace.conditions import conditions
from sora_lock.engines.vace.models import find, how_usually
from sora_lock.engines.vace.pipe import encoder
from sora_lock.engines.vace.text import told
from tests.vace_parts import Passing, documented, plain, scene, shot, tiny_model

LINES = (
    "overcast day",
    "golden hour",
    "dramatic chiaroscuro",
    "neon night, fog",
    "night, heavy rain",
    "a dog runs past",
)
WRAPPED = (
    ("text", UMT5EncoderModel, "forward"),
    ("encode", AutoencoderKLWan, "_encode"),
    ("denoise", WanVACETransformer3DModel, "forward"),
    ("decode", AutoencoderKLWan, "_decode"),
)
STAGES = (*(stage for stage, _, _ in WRAPPED), "other")


@dataclass(frozen=True)
class Spent:
    """Seconds of six takes: all of them, and by stage."""

    whole: float
    by_stage: dict[str, float]


@contextmanager
def timed(into: list[Spent]) -> Iterator[None]:
    """Appends what the block took."""
    watch = Stopwatch()
    with ExitStack() as stack:
        for stage, owner, name in WRAPPED:
            stack.enter_context(mock.patch.object(owner, name, watch.wrap(stage, getattr(owner, name))))
        began = time.perf_counter()
        with watch.stage("other"):
            yield
        into.append(Spent(time.perf_counter() - began, {stage: watch.seconds[stage] for stage in STAGES}))


def measure(model: str, size: tuple[int, int] = (160, 96), frames: int = 17, steps: int = 6) -> tuple[Spent, Spent]:
    """Seconds of six variations of one base take: through one `prepare`, and by plain calls.

    Raises:
        SystemExit: when any picture differs.
    """
    torch.set_num_threads(1)
    place = scene(model, *size)
    asked = shot(model, "matte", "pixel", width=size[0], height=size[1], frames=frames)
    assert asked.generation is not None
    asked = replace(asked, generation=replace(asked.generation, steps=steps))
    guide = Passing(*size, frames)
    prepared = Vace().prepare(place)
    folder = find(model)
    documented(folder)  # loaded, as ours is
    spent: list[Spent] = []
    ours, theirs = [], []
    with timed(spent):
        for line in LINES:
            clip = Vace().frames(prepared, asked, read(line), cancelled=lambda: False, aov=lambda f: False, guide=guide)
            ours.append([layers.developed for layers in clip])
    with timed(spent):
        for line in LINES:
            text = told(read(line), place, encoder(folder))
            shown = conditions(place, prepared.references, asked.generation, guide, range(frames))
            made = plain(
                folder, text.prompt, text.negative, shown, width=size[0], height=size[1], num_frames=frames,
                num_inference_steps=steps, guidance_scale=how_usually(model)[1], seed=asked.seed,
            )  # fmt: skip
            theirs.append(made)
    if not np.array_equal(np.array(ours), np.array(theirs)):
        raise SystemExit("the pictures of the shared and of the plain calls differ")
    return spent[0], spent[1]


def rows(shared: Spent, bare: Spent) -> list[tuple[str, str]]:
    """The table's rows: seconds and shares of each stage, both ways, and the ratio."""

    def both(ours: float, theirs: float) -> str:
        return f"{ours:7.2f} s  {ours / shared.whole:5.0%}   {theirs:7.2f} s  {theirs / bare.whole:5.0%}"

    table = [(stage, both(shared.by_stage[stage], bare.by_stage[stage])) for stage in STAGES]
    return [*table, ("all", both(shared.whole, bare.whole)), ("plain to shared", f"{bare.whole / shared.whole:7.2f} x")]


def at_tiny_size() -> list[tuple[str, str]]:
    """The rows of a model made for it, with random weights."""
    with tempfile.TemporaryDirectory() as scratch:
        return rows(*measure(str(tiny_model(Path(scratch) / "tiny"))))


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="a directory or an id of the allow-list; a tiny one is made unless given")
    parser.add_argument("--size", default="160x96")
    parser.add_argument("--frames", type=int, default=17)
    parser.add_argument("--steps", type=int, default=6)
    args = parser.parse_args()
    width, height = (int(side) for side in args.size.split("x"))
    with tempfile.TemporaryDirectory() as scratch:
        model = args.model or str(tiny_model(Path(scratch) / "tiny"))
        table = rows(*measure(model, (width, height), args.frames, args.steps))
    print(f"Six variations of one base take, {args.size}, {args.frames} frames, {args.steps} steps: one prepare, and plain calls; the pictures are the same")  # fmt: skip
    print("\n".join(f"  {name:<18} {value}" for name, value in table))


if __name__ == "__main__":
    main()
