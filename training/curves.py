"""Curves of a training, drawn from its logs: the VAE's PSNR and the transformer's loss over minutes.

    .venv/bin/python -m training.curves --work WORK --out curves.png

Place in the path: training, beside it; reads `vae.csv` and `model.csv`, which `vae` and `train` write as they go.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

WIDTH, HEIGHT, MARGIN = 460, 240, 38
PAPER, INK, GRID = (250, 249, 246), (60, 60, 60), (222, 220, 214)
COLOURS = ((196, 92, 40), (42, 98, 156))
LABELS = ("stills", "clips")


@dataclass(frozen=True)
class Panel:
    """One diagram: title, file, and the columns of minutes and of the two curves."""

    title: str
    file: str
    columns: tuple[int, int]


PANELS = (Panel("VAE: PSNR in dB", "vae.csv", (5, 8)), Panel("transformer: loss", "model.csv", (3, 4)))
SECONDS = 1
"""The column of the seconds spent, in both logs."""

Points = list[tuple[float, float]]


def points(path: Path, column: int) -> Points:
    """(minutes, value) of a log's column, rows without a value left out."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        rows = [r for r in csv.reader(file) if len(r) > column]
    return [(float(r[SECONDS]) / 60, float(r[column])) for r in rows if r[column] not in ("", "nan")]


def drawn(title: str, curves: Sequence[Points]) -> Image.Image:
    """One diagram with its axes' ends in numbers."""
    out = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(out)
    draw.text((MARGIN, 8), title, fill=INK)
    every = [p for curve in curves for p in curve]
    if not every:
        draw.text((MARGIN, HEIGHT // 2), "nothing logged yet", fill=INK)
        return out
    last = max(x for x, _ in every) or 1.0
    low, high = min(y for _, y in every), max(y for _, y in every)
    high = high if high > low else low + 1.0

    def at(x: float, y: float) -> tuple[float, float]:
        across, down = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN
        return MARGIN + across * x / last, MARGIN + down * (1 - (y - low) / (high - low))

    for k in range(5):
        y = low + (high - low) * k / 4
        draw.line([at(0, y), at(last, y)], fill=GRID)
        draw.text((4, at(0, y)[1] - 5), f"{y:.3g}", fill=INK)
    draw.text((MARGIN, HEIGHT - 26), "0", fill=INK)
    draw.text((WIDTH - MARGIN - 40, HEIGHT - 26), f"{last:.0f} min", fill=INK)
    for k, curve in enumerate(curves):
        draw.text((WIDTH - 110 + 50 * k, 8), LABELS[k], fill=COLOURS[k])
        if len(curve) > 1:
            draw.line([at(x, y) for x, y in curve], fill=COLOURS[k], width=2)
    return out


def main() -> None:
    """Draws both diagrams side by side."""
    parser = argparse.ArgumentParser(description="Draws the curves of a training.")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    whole = Image.new("RGB", (WIDTH * len(PANELS), HEIGHT), PAPER)
    for k, panel in enumerate(PANELS):
        curves = [points(asked.work / panel.file, c) for c in panel.columns]
        whole.paste(drawn(panel.title, curves), (k * WIDTH, 0))
    whole.save(asked.out)


if __name__ == "__main__":
    main()
