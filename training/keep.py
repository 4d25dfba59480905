"""What all of training shares: checkpoints that survive a kill, the running mean of weights, the learning rate's end.

Place in the path: training, at the bottom.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

LONGEST_LAP_S = 60.0


def device() -> torch.device:
    """The GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def write(path: Path, state: dict[str, Any]) -> None:
    """A checkpoint, there whole or not at all; the one before it stays as `.old` until the next."""
    half = path.with_suffix(".half")
    with half.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    if path.exists():
        path.replace(path.with_suffix(".old"))
    half.replace(path)


def read(path: Path) -> dict[str, Any] | None:
    """The checkpoint, or the one before it where a kill fell between two renames; None when there is none."""
    for candidate in (path, path.with_suffix(".old")):
        if candidate.exists():
            out: dict[str, Any] = torch.load(candidate, map_location="cpu", weights_only=True)
            return out
    return None


def replaced(folder: Path, save: Callable[[str], object]) -> None:
    """A folder written beside the old one and then put in its place."""
    fresh = folder.with_name(folder.name + ".half")
    shutil.rmtree(fresh, ignore_errors=True)
    save(str(fresh))
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def slower(minutes: float, planned: float) -> float:
    """Factor of the learning rate: 1, and over the last third of what is planned down to 0.05, where it stays."""
    return max(0.05, min(1.0, (planned - minutes) / max(planned / 3, 1e-6)))


class Clock:
    """Seconds spent on training, over all calls; a lap counts `LONGEST_LAP_S` at most, so that a machine asleep or a process held does not count as training.

    Attributes:
        spent_s: all so far; here_s: in this call.
    """

    def __init__(self, spent_s: float = 0.0, now: Callable[[], float] = time.perf_counter) -> None:
        self.spent_s, self.here_s = spent_s, 0.0
        self._now, self._last = now, now()

    def lap(self) -> None:
        """A step has been done."""
        now = self._now()
        lap_s = min(now - self._last, LONGEST_LAP_S)
        self._last = now
        self.spent_s += lap_s
        self.here_s += lap_s


class Average:
    """An exponential running mean of a module's weights; it follows closely in the first steps."""

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self.state: dict[str, Tensor] = {k: v.detach().clone() for k, v in module.state_dict().items()}

    def take(self, module: nn.Module, step: int) -> None:
        """Takes in the weights after a step (counted from 0)."""
        decay = min(self.decay, (step + 1) / (step + 10))
        with torch.no_grad():
            for key, value in module.state_dict().items():
                if value.is_floating_point():
                    self.state[key].lerp_(value.to(self.state[key].device), 1 - decay)
                else:
                    self.state[key].copy_(value)

    def load(self, state: dict[str, Tensor]) -> None:
        """Goes on from a checkpoint."""
        for key, value in state.items():
            self.state[key].copy_(value)

    def put(self, module: nn.Module) -> None:
        """Gives the module the mean weights."""
        module.load_state_dict(self.state)
