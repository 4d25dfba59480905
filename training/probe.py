"""Linear probes: which light, weather and set a picture shows.

    nice -n 19 .venv/bin/python -m training.probe --work WORK               # how well they tell what comp filmed, in scenes they have not seen

Place in the path: training, after `data`; `eval` asks them what the model's own pictures show. They are trained on comp's renders alone. What the eye cannot
tell apart in one frame is one answer (`FAMILIES`).
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.data import Filmed, scene_files
from training.features import features

FAMILIES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "light": {
        "day": ("", "day", "morning", "golden hour", "high key"),
        "night": ("night", "moonlight", "blue hour", "dusk"),
        "low key": ("chiaroscuro", "low key", "rembrandt", "rim", "noir", "candle"),
        "neon": ("neon",),
        "silhouette": ("silhouette",),
        "light shafts": ("light shafts",),
    },
    "weather": {
        "dry": ("", "clear", "overcast", "wet"),
        "rain": ("rain", "drizzle", "downpour", "storm"),
        "snow": ("snow", "blizzard"),
        "haze": ("fog", "mist", "dust"),
    },
    "set": {
        "room": ("room", "kitchen"),
        "street": ("street", "alley"),
        "yard": ("yard",),
        "rooftop": ("rooftop",),
        "desert": ("desert",),
    },
}
"""Question -> answer -> the values of a direction, or kinds of a place, that it stands for; "" is what was not said."""
QUESTIONS = tuple(FAMILIES)
PULL = 0.08
"""Weight of the squared size of the matrix, a picture: there are more numbers of a picture than scenes."""
SEEN = 0.85
"""The share of the scenes that probes are trained on when they are checked."""


@dataclass(frozen=True)
class Probe:
    """One question's matrix.

    Attributes:
        values: the answers.
        weight, bias: [N, len(values)] and [len(values)].
        mean, deviation: [N], of the features.
    """

    values: tuple[str, ...]
    weight: NDArray[np.float64]
    bias: NDArray[np.float64]
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]

    def answer(self, shown: NDArray[np.float32]) -> list[str]:
        """The likeliest answer for each row of features [B, N]."""
        found = ((shown - self.mean) / self.deviation) @ self.weight + self.bias
        return [self.values[int(k)] for k in found.argmax(axis=1)]


def answers_of(kind: str, chips: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The right answers for a take in a place of a kind; a light that was asked for counts before the time of day."""
    said = dict(chips)
    shown = {"light": said.get("light") or said.get("time", ""), "weather": said.get("weather", ""), "set": kind}
    return {
        question: next(answer for answer, values in families.items() if shown[question] in values)
        for question, families in FAMILIES.items()
    }


def trained(shown: NDArray[np.float32], right: Sequence[str]) -> Probe:
    """A probe by least squares with a pull towards zero (ridge regression on the answers as columns).

    Args:
        shown: features [B, N]; right: the answer to each.
    """
    mean, deviation = shown.mean(axis=0, dtype=np.float64), shown.std(axis=0, dtype=np.float64) + 1e-3
    x = (shown - mean) / deviation
    values = tuple(sorted(set(right)))
    y = np.array([[float(v == r) for v in values] for r in right])
    bias = y.mean(axis=0)
    weight = np.linalg.solve(x.T @ x + PULL * len(x) * np.eye(x.shape[1]), x.T @ (y - bias))
    return Probe(values, weight, bias, mean, deviation)


@dataclass(frozen=True)
class Shown:
    """Pictures as probes see them: features [B, N], and the right answers to each question."""

    features: NDArray[np.float32]
    answers: Mapping[str, list[str]]


def shown_in(files: Sequence[Path]) -> Shown:
    """The middle frames of all takes of filmed scenes."""
    found, right = [], []
    for scene in map(Filmed, files):
        for take in scene.meta["takes"]:
            found.append(features(scene.rgb(take["first"] + take["frames"] // 2, 1)[0]))
            right.append(answers_of(scene.meta["kind"], [(axis, value) for axis, value in take["chips"]]))
    return Shown(np.stack(found), {q: [r[q] for r in right] for q in QUESTIONS})


def probes(shown: Shown) -> Mapping[str, Probe]:
    """A probe for each of the `QUESTIONS`."""
    return {q: trained(shown.features, shown.answers[q]) for q in QUESTIONS}


def hits(made: Mapping[str, Probe], shown: Shown) -> dict[str, float]:
    """The share of right answers to each question."""
    return {
        q: float(np.mean([a == r for a, r in zip(probe.answer(shown.features), shown.answers[q], strict=True)]))
        for q, probe in made.items()
    }


def split(work: Path) -> tuple[list[Path], list[Path]]:
    """Filmed scenes to train on and to check with; whole scenes, so that no check has been seen from another camera."""
    files = scene_files(work)
    at = max(1, min(len(files) - 1, round(SEEN * len(files))))
    return files[:at], files[at:]


def main() -> None:
    """Trains the probes and prints how often they are right."""
    parser = argparse.ArgumentParser(description="Linear probes for light, weather and set.")
    parser.add_argument("--work", type=Path, required=True)
    asked = parser.parse_args()
    train, check = split(asked.work)
    for question, share in hits(probes(shown_in(train)), shown_in(check)).items():
        print(f"{question}: {share:.0%} right on {len(check)} scenes it has not seen")


if __name__ == "__main__":
    main()
