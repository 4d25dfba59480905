"""What the shipped model takes on this processor: posters and clips by each mode, and six variations of a fan-out beside six plain calls of diffusers' pipeline.

    .venv/bin/python -m benchmarks.mini

Part of `make bench`. The six are those of `benchmarks.vace`, which compares every picture of both ways.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import torch

from benchmarks.vace import LINES, measure
from benchmarks.vace import rows as shared_rows
from sora_lock.direction import read
from sora_lock.engines.vace import Vace
from sora_lock.engines.vace.models import MINI
from tests.vace_parts import Passing, scene, shot

MODES = (("text", "guided"), ("references", "guided"), ("blocked", "guided"), ("matte", "pixel"))


def _seconds(mode: str, hold: str, poster: bool) -> float:
    """Of one poster or clip, its `prepare` included; the text is remembered from the one before, which is the least of it."""
    asked = shot(MINI.id, mode, hold, width=MINI.width, height=MINI.height, frames=MINI.frames, steps=0)
    guide = Passing(MINI.width, MINI.height, MINI.frames)
    line = read(LINES[0])
    start = time.perf_counter()
    prepared = Vace().prepare(scene(MINI.id, MINI.width, MINI.height))
    if poster:
        Vace().poster(prepared, asked, line, guide=guide)
    else:
        list(Vace().frames(prepared, asked, line, cancelled=lambda: False, aov=lambda f: False, guide=guide))
    return time.perf_counter() - start


def rows() -> Sequence[tuple[str, str]]:
    """The table's rows, in seconds."""
    torch.set_num_threads(1)  # as the worker does; what is remembered of the text is compared below to the bit
    _seconds("text", "guided", True)  # loads, and warms the libraries
    told = []
    for mode, hold in MODES:
        poster, clip = (_seconds(mode, hold, p) for p in (True, False))
        told.append((f"by {mode}", f"poster {poster:6.2f} s   clip of {MINI.frames} frames {clip:6.2f} s"))
    return [*told, *shared_rows(*measure(MINI.id, (MINI.width, MINI.height), MINI.frames, MINI.steps))]


def main() -> None:
    """Prints the table."""
    print(
        f"The shipped model, {MINI.width}x{MINI.height}, {MINI.steps} steps; then six variations through one prepare, and as plain calls"
    )
    print("\n".join(f"  {name:<18} {value}" for name, value in rows()))


if __name__ == "__main__":
    main()
