"""All of it in one command: film, train the VAE, encode, train the transformer, export; goes on wherever the last call was stopped.

    nice -n 19 .venv/bin/python -m training.whole --work WORK --out assets/models/mini
    nice -n 19 .venv/bin/python -m training.whole --work WORK --out MODEL --tiny        # the one-minute variant

Place in the path: training, on top; `make train-mini` runs it. Scenes are filmed by a process of its own for as long as it takes, beside the training; the VAE trains on what
is there, and once it has had its minutes it stays as it is, since the transformer's latents hang on it.
"""

from __future__ import annotations

import argparse
import csv
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from training import export, latents, text, train, vae
from training.data import scene_files
from training.keep import device, read, replaced


@dataclass(frozen=True)
class Plan:
    """How much of everything: minutes of VAE and transformer, scenes, those there must be before the VAE begins, minutes between two looks for new scenes."""

    vae_minutes: float = 40
    minutes: float = 240
    scenes: int = 3000
    first_scenes: int = 40
    slice_minutes: float = 20


TINY = Plan(vae_minutes=0.03, minutes=0.03, scenes=2, first_scenes=2, slice_minutes=0.03)


def minutes_of(checkpoint: Path) -> float:
    """How long a part has been trained."""
    kept = read(checkpoint)
    return 0.0 if kept is None else float(kept["spent_s"]) / 60


def usual_workers() -> int:
    """How many scenes are filmed side by side: beside a GPU all cores but two, else one, since the training wants the others."""
    return max(1, (os.cpu_count() or 1) - 2) if device().type == "cuda" else 1


def filming(work: Path, scenes: int, workers: int, tiny: bool) -> subprocess.Popen[bytes]:
    """The process that films; it writes scene after scene and ends by itself."""
    small = ["--looks", "1", "--frames", "5"] if tiny else []
    asked = ["--work", str(work), "--scenes", str(scenes), "--workers", str(workers), *small]
    command = [sys.executable, "-m", "training.data", *asked]
    with (work / "data.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "OMP_NUM_THREADS": "1"})


def wait_for(work: Path, count: int, films: subprocess.Popen[bytes]) -> None:
    """Waits until so many scenes are there.

    Raises:
        RuntimeError: when filming ended before.
    """
    while len(scene_files(work)) < count:
        if films.poll() is not None and len(scene_files(work)) < count:
            raise RuntimeError(
                f"Filming ended after {len(scene_files(work))} of {count} scenes; see data.log in {work}."
            )
        time.sleep(0.5)


def run(work: Path, out: Path, plan: Plan, workers: int, tiny: bool) -> None:
    """All steps, each from where it stands."""
    work.mkdir(parents=True, exist_ok=True)
    sizes = (vae.TINY, train.TINY, text.TINY) if tiny else (vae.Size(), train.Size(), text.Size())
    films = filming(work, plan.scenes, workers, tiny)
    try:
        wait_for(work, plan.first_scenes, films)
        started = (work / "vae").exists() and not (work / "vae.pt").exists()  # by `training.start`: it stays as it is
        if not started and minutes_of(work / "vae.pt") < plan.vae_minutes:
            left = max(0.0, plan.vae_minutes - minutes_of(work / "vae.pt"))
            batch = (2, 1) if tiny else (vae.STILLS, vae.CLIPS)
            made = vae.train(work, left, sizes[0], batch=batch, planned=plan.vae_minutes)
            vae.measured(made, work, 4 if tiny else 160)
            replaced(work / "vae", made.save_pretrained)
        while (spent := minutes_of(work / "model.pt")) < plan.minutes:
            latents.write(work)
            batch = (2, 1) if tiny else (train.STILLS, train.CLIPS)
            slice_minutes = min(plan.slice_minutes, plan.minutes - spent)
            train.train(work, slice_minutes, sizes[1], sizes[2], batch=batch, planned=plan.minutes)
            export.write(work, out, sizes[1], sizes[2])
    finally:
        films.terminate()
        films.wait()


def main() -> None:
    """Runs, and says where the logs end."""
    parser = argparse.ArgumentParser(description="Trains the miniature from nothing, or goes on.")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--vae-minutes", type=float, default=Plan.vae_minutes)
    parser.add_argument("--minutes", type=float, default=Plan.minutes, help="of the transformer")
    parser.add_argument("--scenes", type=int, default=Plan.scenes)
    parser.add_argument("--workers", type=int, default=usual_workers(), help="scenes filmed side by side")
    parser.add_argument("--tiny", action="store_true", help="a very small one, to see that all of it works")
    asked = parser.parse_args()
    plan = TINY if asked.tiny else Plan(asked.vae_minutes, asked.minutes, asked.scenes)
    run(asked.work, asked.out, plan, asked.workers, asked.tiny)
    with (asked.work / "model.csv").open(newline="") as file:
        last = list(csv.reader(file))[-1:]
    print(f"{asked.out}: trained for {minutes_of(asked.work / 'model.pt'):.1f} minutes; the log ends with {last}")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the process that films ends too
    main()
