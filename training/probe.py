"""Linear probes: which light, weather and set a picture shows, told by one matrix from its latents.

    nice -n 19 .venv/bin/python -m training.probe --work WORK               # how well they tell what comp filmed, on pictures they have not seen
    nice -n 19 .venv/bin/python -m training.probe --work WORK --steps 5     # the one-minute variant

Place in the path: training, after `latents`; `eval` asks them what the model's own pictures show. They are trained on comp's renders alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.batches import PICTURE
from training.latents import Take, read

QUESTIONS = ("light", "weather", "set")
UNSAID = "none"
PULL = 3e-3
"""Weight of the squared size of the matrix in the loss: there are more numbers in a picture than pictures."""
SEEN = 0.85
"""The share of the scenes that probes are trained on."""


@dataclass(frozen=True)
class Probe:
    """One question's matrix.

    Attributes:
        values: the answers.
        weight, bias: [N, len(values)] and [len(values)].
        mean, deviation: [N], of the features.
    """

    values: tuple[str, ...]
    weight: Tensor
    bias: Tensor
    mean: Tensor
    deviation: Tensor

    def answer(self, latents: NDArray[np.float16]) -> list[str]:
        """The likeliest answer for each of the latents [B, C, H, W]."""
        x = (torch.from_numpy(latents).float().flatten(1) - self.mean) / self.deviation
        return [self.values[int(k)] for k in (x @ self.weight + self.bias).argmax(1)]


def answers_of(kind: str, chips: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The right answers for a take in a place of a kind."""
    said = dict(chips)
    return {"light": said.get("light", UNSAID), "weather": said.get("weather", UNSAID), "set": kind}


def trained(latents: NDArray[np.float16], right: Sequence[str], steps: int) -> Probe:
    """A probe by logistic regression with a pull towards zero.

    Args:
        latents: [B, C, H, W]; right: the answer to each.
    """
    torch.manual_seed(0)
    x = torch.from_numpy(latents).float().flatten(1)
    mean, deviation = x.mean(0), x.std(0) + 1e-3
    x = (x - mean) / deviation
    values = tuple(sorted(set(right)))
    y = torch.tensor([values.index(r) for r in right])
    weight = torch.zeros(x.shape[1], len(values), requires_grad=True)
    bias = torch.zeros(len(values), requires_grad=True)
    optimizer = torch.optim.Adam([weight, bias], lr=3e-3)
    for _ in range(steps):
        loss = torch.nn.functional.cross_entropy(x @ weight + bias, y) + PULL * (weight**2).sum()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return Probe(values, weight.detach(), bias.detach(), mean, deviation)


def stills_of(files: Sequence[Path]) -> list[Take]:
    """The stills of encoded scenes."""
    return [t for path in files for t in read(path) if t.latents.shape[2] == 1]


def probes(takes: Sequence[Take], steps: int) -> Mapping[str, Probe]:
    """A probe for each of the `QUESTIONS`."""
    latents = np.stack([t.latents[PICTURE][:, 0] for t in takes])
    right = [answers_of(t.kind, t.chips) for t in takes]
    return {q: trained(latents, [r[q] for r in right], steps) for q in QUESTIONS}


def hits(made: Mapping[str, Probe], takes: Sequence[Take]) -> dict[str, float]:
    """The share of right answers to each question."""
    latents = np.stack([t.latents[PICTURE][:, 0] for t in takes])
    right = [answers_of(t.kind, t.chips) for t in takes]
    return {
        q: float(np.mean([a == r[q] for a, r in zip(probe.answer(latents), right, strict=True)]))
        for q, probe in made.items()
    }


def split(work: Path) -> tuple[list[Path], list[Path]]:
    """Encoded scenes to train on and to check with; whole scenes, so that no check has been seen from another camera."""
    files = sorted((work / "latents").glob("*.npz"))
    at = max(1, min(len(files) - 1, round(SEEN * len(files))))
    return files[:at], files[at:]


def main() -> None:
    """Trains the probes and prints how often they are right."""
    parser = argparse.ArgumentParser(description="Linear probes for light, weather and set.")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=400)
    asked = parser.parse_args()
    train, check = split(asked.work)
    made = probes(stills_of(train), asked.steps)
    for question, share in hits(made, stills_of(check)).items():
        print(f"{question}: {share:.0%} right on {len(check)} scenes it has not seen")


if __name__ == "__main__":
    main()
