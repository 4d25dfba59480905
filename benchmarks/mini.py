"""What the shipped model takes on this processor: posters and clips by each mode, and six variations of a fan-out beside six asked for one by one.

    .venv/bin/python -m benchmarks.mini

Part of `make bench`. Alone means that nothing is remembered from one variation to the next: references, depth and text are encoded anew each time, the model stays loaded.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from benchmarks.vace import LINES
from sora_lock.direction import read
from sora_lock.engines.vace import Vace
from sora_lock.engines.vace.models import MINI
from sora_lock.engines.vace.pipe import forget
from sora_lock.records import Shot
from tests.vace_parts import Passing, scene, shot

MODES = (("text", "guided"), ("references", "guided"), ("blocked", "guided"), ("matte", "pixel"))


def _shot(mode: str, hold: str) -> Shot:
    return shot(MINI.id, mode, hold, width=MINI.width, height=MINI.height, frames=MINI.frames, steps=0)


def _seconds(asked: Shot, line: str, poster: bool) -> float:
    """Of one poster or clip, its `prepare` included."""
    guide = Passing(MINI.width, MINI.height, MINI.frames)
    start = time.perf_counter()
    prepared = Vace().prepare(scene(MINI.id, MINI.width, MINI.height))
    if poster:
        Vace().poster(prepared, asked, read(line), guide=guide)
    else:
        list(Vace().frames(prepared, asked, read(line), cancelled=lambda: False, aov=lambda f: False, guide=guide))
    return time.perf_counter() - start


def _six(shared: bool, poster: bool) -> float:
    """Seconds of six variations by references and depth."""
    asked, whole = _shot("blocked", "guided"), 0.0
    forget()
    for line in LINES:
        if not shared:
            forget()
        whole += _seconds(asked, line, poster)
    return whole


def rows() -> Sequence[tuple[str, str]]:
    """The table's rows, in seconds."""
    _seconds(_shot("text", "guided"), LINES[0], True)  # loads, and warms the libraries
    told = []
    for mode, hold in MODES:
        asked = _shot(mode, hold)
        forget()
        poster, clip = (_seconds(asked, LINES[0], p) for p in (True, False))
        told.append((f"by {mode}", f"poster {poster:6.2f} s   clip of {MINI.frames} frames {clip:6.2f} s"))
    for poster, what in ((True, "posters"), (False, "clips")):
        together, alone = _six(True, poster), _six(False, poster)
        told.append(
            (f"six {what}", f"a fan-out {together:6.2f} s   one by one {alone:6.2f} s   {alone / together:5.2f} x")
        )
    return told


def main() -> None:
    """Prints the table."""
    print(f"The shipped model, {MINI.width}x{MINI.height}, {MINI.steps} steps")
    print("\n".join(f"  {name:<18} {value}" for name, value in rows()))


if __name__ == "__main__":
    main()
