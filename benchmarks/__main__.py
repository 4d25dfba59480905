"""Seconds by stage, a fan-out against single takes, time to posters, the page's start, and the estimators for photographs and clips, in one run.

    make bench                      # six takes of 48 frames at 960x540 in the alley
    make bench ARGS="--quick"       # 12 frames at 480x270
    make bench ARGS="--short"       # without the single takes

All figures are of this machine now; quote the ratios, which are measured side by side.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import clips, estimators, mini, vace
from benchmarks.stages import measure
from sora_lock import worker
from sora_lock.engines.vace.models import MINI
from sora_lock.fanout import plan_fanout
from sora_lock.first_run import settle
from sora_lock.records import Take
from sora_lock.store import Store
from sora_lock.weights import is_shipped

LINES = (
    "overcast day",
    "golden hour",
    "dramatic chiaroscuro",
    "neon night, fog",
    "night, heavy rain",
    "golden hour, low angle, slow push-in",
)
STAGES = ("render", "film", "hold", "judge", "encode")


def table(title: str, rows: list[tuple[str, str]]) -> None:
    """Prints a titled two-column table."""
    print(f"\n{title}\n" + "\n".join(f"  {name:<46} {value}" for name, value in rows), flush=True)


@dataclass(frozen=True)
class Fan:
    """Seconds of one fan-out: until workers stood ready, from the press of the button to all posters, and to the last take."""

    start: float
    posters: float
    whole: float
    takes: list[Take]


def fan(root: Path, lines: tuple[str, ...], frames: int, size: tuple[int, int]) -> Fan:
    """Plans one cell with workers standing by, as beside the page, and waits until it is closed."""
    store = Store.open(root)
    settle(store)
    began = time.perf_counter()
    with worker.beside(root):
        while len(store.workers()) < worker.usual_number():
            time.sleep(0.02)
        ready = time.perf_counter()
        cell = plan_fanout(
            store,
            scene="SC010",
            shot="SH020",
            cast="@mara in @alley",
            texts=lines,
            frames=frames,
            width=size[0],
            height=size[1],
        )
        posters, jobs = 0.0, store.jobs(cell=cell.id)
        while any(j.state in ("queued", "leased") for j in jobs):
            if not posters and all(j.poster_sha256 for j in jobs):
                posters = time.perf_counter() - ready
            time.sleep(0.05)
            jobs = store.jobs(cell=cell.id)
        whole = time.perf_counter() - ready
    failed = [j.error for j in jobs if j.state != "done"]
    if failed:
        raise SystemExit(f"takes failed: {failed}")
    return Fan(ready - began, posters, whole, store.takes("SC010"))


def page_start() -> tuple[float, float]:
    """Median seconds of `import gradio` alone, and of importing and building the page on a settled store."""
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch)
        settle(Store.open(data))
        build = f"from pathlib import Path\nfrom sora_lock.store import Store\nfrom sora_lock.notebook.page import build\nbuild(Store.open(Path({scratch!r})))"
        times: dict[str, list[float]] = defaultdict(list)
        for _ in range(3):
            for name, code in (("gradio", "import gradio"), ("page", build)):
                began = time.perf_counter()
                subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
                times[name].append(time.perf_counter() - began)
    return median(times["gradio"]), median(times["page"])


def main() -> None:
    """Runs all benchmarks and prints their tables."""
    parser = argparse.ArgumentParser(
        prog="benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="12 frames at 480x270")
    parser.add_argument("--short", action="store_true", help="without the single takes")
    quick = parser.parse_args().quick
    frames, size = (12, (480, 270)) if quick else (48, (960, 540))
    print(f"{len(LINES)} takes of {frames} frames at {size[0]}x{size[1]}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as scratch:
        grid = fan(Path(scratch) / "together", LINES, frames, size)
        takes = grid.takes
        spent = {stage: sum(t.seconds.get(stage, 0.0) for t in takes) for stage in STAGES}
        table(
            "Six takes in one fan-out, from the press of the button, workers standing by",
            [
                ("to all six posters", f"{grid.posters:7.1f} s"),
                ("all included", f"{grid.whole:7.1f} s"),
                ("workers' start, before that", f"{grid.start:7.1f} s"),
                *[
                    (
                        f"{stage}, worker seconds of all takes",
                        f"{s:7.1f} s  {1000 * s / frames / len(takes):6.0f} ms a frame",
                    )
                    for stage, s in spent.items()
                ],
            ],
        )
        table(
            "Render by variation",
            [(t.recipe.direction.text, f"{1000 * t.seconds['render'] / frames:6.0f} ms a frame") for t in takes],
        )
        spent = measure(LINES, frames // 2, size)
        whole = sum(spent.values())
        table(
            f"By stage, one process, {frames // 2} frames a take, posters included",
            [(stage, f"{s:7.1f} s  {s / whole:6.0%}") for stage, s in spent.items()],
        )
        if not parser.parse_args().short:
            alone = sum(fan(Path(scratch) / f"alone{k}", (line,), frames, size).whole for k, line in enumerate(LINES))
            table(
                "Six single takes, one after the other, each in a history of its own",
                [("all included", f"{alone:7.1f} s"), ("ratio to one fan-out", f"{alone / grid.whole:7.2f} x")],
            )
    bare, built = page_start()
    table("The page", [("import gradio", f"{bare:7.1f} s"), ("page built, beyond that", f"{built - bare:7.1f} s")])
    table(
        "vace at tiny size: six variations through one prepare, and as plain calls; the same pictures",
        vace.at_tiny_size(),
    )
    if is_shipped(MINI.id):
        table("The shipped model", mini.rows())
    estimators.report(quick)
    clips.report(quick)


if __name__ == "__main__":
    main()
