"""A recorded run of vace with real weights, by one command (on a machine with a GPU):

    python scripts/record_vace.py --model Wan-AI/Wan2.1-VACE-1.3B-diffusers

Shoots a fixed handful of shots through the ordinary path (planned, worked through, held, judged, kept) and writes docs/vace.md and docs/vace.jpg: a contact
sheet, grips and continuity figures, seconds, memory and versions. Everything else goes to a scratch folder. `--model` also takes a directory; `--size`,
`--frames`, `--steps` and `--seed` are the model's usual unless given; `--processor` shoots without a GPU, which takes hours with real weights.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from sora_lock import devices
from sora_lock.engines import engine_info
from sora_lock.engines.vace import models
from sora_lock.errors import SoraLockError
from sora_lock.fanout import plan_fanout
from sora_lock.filmed import Ready
from sora_lock.first_run import settle
from sora_lock.media import images, video
from sora_lock.records import Take
from sora_lock.store import Store
from sora_lock.worker import run

Rgb = NDArray[np.uint8]
OUT = Path(__file__).resolve().parent.parent / "docs"
CAST = "@mara in @alley"
BASE = "overcast day, medium wide"
FREE = {"alley": {"layout": "free", "props": "free", "surfaces": "free"}}
COLUMNS, WIDTH_PX, GAP_PX, CAPTION_PX = 4, 416, 6, 22
INK, PAPER = (200, 198, 194), (16, 17, 19)


@dataclass(frozen=True)
class Planned:
    """One shot of the record.

    Attributes:
        title: its caption.
        line: the variation.
        how: further options of `plan_fanout`; a parent named "base" is the take that comp makes first.
    """

    title: str
    line: str
    how: dict[str, Any] = field(default_factory=dict)


SHOTS = (
    Planned("references", "she runs through a crowded street market, chased by a dog", {"mode": "references"}),
    Planned("blocked by comp", "golden hour, slow push-in", {"mode": "blocked"}),
    Planned("blocked by comp", "night, heavy rain, low angle", {"mode": "blocked"}),
    Planned("base take and matte, by pixel", "a street market full of people behind her", {"parent": "base", "overrides": FREE}),
    Planned("base take and matte, by reflectance", "golden hour", {"parent": "base"}),
)  # fmt: skip


@dataclass(frozen=True)
class Shot:
    """A shot that was made: its take, four of its frames, the seconds from lease to row, the most memory in bytes."""

    planned: Planned
    take: Take
    frames: list[Rgb]
    seconds: float
    memory: int


def shoot(store: Store, model: str, raster: dict[str, Any], steps: int, seed: int) -> list[Shot]:
    """Makes the base take, then every shot; a shot that fails ends the run with its words."""
    settle(store)
    kept: dict[str, Ready] = {}
    common = {"scene": "SC010", "shot": "SH020", "cast": CAST, "seed": seed, **raster}

    def made(line: str, how: dict[str, Any]) -> Take:
        cell = plan_fanout(store, texts=[line], **common, **how)
        while (job := store.lease("record", 60.0)) is not None:
            run(store, job, "record", kept)
        (done,) = store.jobs(cell=cell.id)
        if done.state != "done":
            raise SystemExit(f"{line}: {done.error}")
        return store.take(done.take)

    base = made(BASE, {}).take
    out = []
    for planned in SHOTS:
        how = {**planned.how, "parent": base if planned.how.get("parent") else None}
        if torch.cuda.is_available():
            torch.cuda.reset_peak_memory_stats()
        began = time.perf_counter()
        take = made(planned.line, {**how, "engine": "vace", "model": model, "steps": steps})
        seconds = time.perf_counter() - began
        clip = list(video.read_frames(store.blob(take.files["master.mkv"])))
        shown = [clip[round(k * (len(clip) - 1) / (COLUMNS - 1))] for k in range(COLUMNS)]
        out.append(Shot(planned, take, shown, seconds, _peak_bytes()))
        print(f"{planned.title}: {planned.line} ({seconds:.0f} s)", flush=True)
    return out


def _peak_bytes() -> int:
    """The most that was allocated: on the GPU since the last reset, without one by this process so far."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def sheet(shots: Sequence[Shot]) -> Rgb:
    """uint8 [h, w, 3]: a row a shot, its first frame, two between and its last."""
    rows = []
    for made in shots:
        height, width = made.frames[0].shape[:2]
        tall = round(WIDTH_PX * height / width)
        row = np.full((tall + CAPTION_PX + GAP_PX, COLUMNS * (WIDTH_PX + GAP_PX), 3), PAPER, np.uint8)
        for k, frame in enumerate(made.frames):
            x = k * (WIDTH_PX + GAP_PX)
            row[:tall, x : x + WIDTH_PX] = images.resize(frame, WIDTH_PX, tall)
        caption = f"{made.planned.title}: {made.planned.line}"
        cv2.putText(row, caption, (2, tall + 15), cv2.FONT_HERSHEY_SIMPLEX, 0.42, INK, 1, cv2.LINE_AA)
        rows.append(row)
    return np.vstack(rows)


def words(shots: Sequence[Shot], model: str, command: str) -> str:
    """The record as Markdown."""
    first = shots[0].take.recipe.shot
    on = torch.cuda.get_device_name() if torch.cuda.is_available() else f"the processor, {os.cpu_count()} cores"
    libraries = ", ".join(f"{name} {version(name)}" for name in engine_info("vace").libraries)
    lines = [
        "# vace, a recorded run",
        "",
        f"Made by `{command}` on {datetime.now(UTC).date().isoformat()}. One seed, nothing picked by hand: a record of what came out, no measure of quality.",
        "",
        f"- model `{models.identity(model)}`",
        f"- {first.width}x{first.height}, {first.frames} frames at {first.fps} a second, {first.generation.steps or models.how_usually(model)[0]} steps, seed {first.seed}",  # type: ignore[union-attr]
        f"- {on}; Python {platform.python_version()}, {libraries}",
        "",
        "![The shots, four frames each](vace.jpg)",
    ]
    for number, made in enumerate(shots, 1):
        lines += ["", *_section(number, made)]
    return "\n".join(lines) + "\n"


def _section(number: int, made: Shot) -> list[str]:
    """One shot: what it took, what was cut from its prompt, and each attribute's grip and continuity."""
    take = made.take
    lines = [
        f"## {number}. {made.planned.title}: {made.planned.line}",
        "",
        f"{made.seconds:.0f} s with its poster, {take.seconds['render']:.0f} s of them the clip in the model; at most {made.memory / (1 << 30):.1f} GB.",
        *take.cannot,
        "",
        "| lock | attribute | grip | core | continuity | score |",
        "|---|---|---|---|---|---|",
    ]
    for lock, by in take.grips.items():
        for attribute, grip in by.items():
            found = take.report[lock].get(attribute)
            judged = ("", "") if found is None else (found.status.replace("_", " "), "" if found.score is None else f"{found.score:.2f}")  # fmt: skip
            lines.append(f"| @{lock} | {attribute} | {grip.grip} | {grip.core:.0%} | {judged[0]} | {judged[1]} |")
    return lines


def main(told: Sequence[str] | None = None) -> int:
    """Writes the record; one sentence on standard error and 2 where something is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=models.SMALL.id, metavar="ID_OR_DIR")
    parser.add_argument("--size", metavar="WxH")
    parser.add_argument("--frames", type=int)
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--processor", action="store_true", help="shoot without a GPU")
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args(told)
    listed = models.SMALL if models.usual(args.model) is None else models.known(args.model)
    assert listed is not None
    size = (int(side) for side in args.size.split("x")) if args.size else (listed.width, listed.height)
    raster = dict(zip(("width", "height"), size, strict=True)) | {"frames": args.frames or listed.frames, "fps": listed.fps}  # fmt: skip
    try:
        models.check_raster(raster["width"], raster["height"], raster["frames"], args.model)
        models.identity(args.model)
        if devices.free_bytes() is None and not args.processor:
            print("There is no NVIDIA GPU here; run this on a machine with one (or, for hours, with --processor).", file=sys.stderr)  # fmt: skip
            return 2
        with tempfile.TemporaryDirectory() as scratch:
            store = Store.open(Path(scratch))
            shots = shoot(store, args.model, raster, args.steps, args.seed)
            store.close()
    except SoraLockError as error:
        print(error, file=sys.stderr)
        return 2
    named = args.model if models.known(args.model) else "DIR"
    sized = f"--size {raster['width']}x{raster['height']} --frames {raster['frames']}"
    command = f"python scripts/record_vace.py --model {named} {sized} --steps {args.steps} --seed {args.seed}"
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "vace.jpg").write_bytes(images.jpeg(sheet(shots), 88))
    (args.out / "vace.md").write_text(words(shots, args.model, command), "utf-8")
    print(args.out / "vace.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
