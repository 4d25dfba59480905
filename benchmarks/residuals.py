"""How far pictures of a held subject are from R x S when only light changed, and when a coat was turned: `python -m benchmarks.residuals`.

Where `composite.MOST_RESIDUAL` comes from. A take that comp made under another rig stands for a model's picture with nothing wrong; the same picture with one
garment turned in hue stands for drift. Small, so that it runs in a minute: one frame of 480x270 a take.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from sora_lock.blocking import Blocking
from sora_lock.composite import MOST_RESIDUAL, Composite
from sora_lock.fanout import plan_fanout
from sora_lock.filmed import Ready, finished
from sora_lock.first_run import settle
from sora_lock.hold import Hold
from sora_lock.resolve import resolve
from sora_lock.store import Store

CASTS = ("@mara in @alley", "@noor in @kitchen", "@abel in @desert", "@ivo in @rooftop")
ONE_LIGHT = ("overcast", "golden hour", "moonlight", "candle", "blue hour", "high key")
OTHER = ("chiaroscuro", "neon night", "fog, morning", "downpour, night")
TURNS_DEG = (10, 20, 30, 40)


def measure(store: Store, cast: str, scene: str) -> list[tuple[str, float, float]]:
    """(what, worst garment, worst part of the figure) of a cast, in code values."""
    cell = plan_fanout(
        store, scene=scene, shot="SH010", cast=cast, texts=["day", *ONE_LIGHT, *OTHER], frames=1, width=480, height=270
    )
    kept: dict[str, Ready] = {}
    readies = [resolve(store, job.recipe, kept) for job in store.jobs(cell=cell.id)]

    def film(ready: Ready) -> Any:
        for _, layers, rgb in finished(
            ready, Hold(ready.actors, ready.regions), cancelled=lambda: False, aov=lambda f: True
        ):
            yield layers, rgb

    base, regions = readies[0], readies[0].regions
    guide = Blocking(1, lambda: film(base), base.actors, regions)
    figure = base.scene.cast[0].lock.name
    worn = [n for n, r in enumerate(regions, 1) if r.lock == figure and "wardrobe" in r.attributes]
    own = [n for n, r in enumerate(regions, 1) if r.lock == figure]
    under = guide.layers(0)
    largest = max(worn, key=lambda n: int((under.region == n).sum()))

    def residuals(what: str, rgb: Any) -> tuple[str, float, float]:
        composite = Composite(base.actors, regions, guide, "reflectance")
        list(composite.frames([rgb], [0]))
        sizes = {n: int((under.region == n).sum()) for n in own}
        seen = {n: r for n, r in composite.residual.items() if sizes.get(n, 0) > 200}
        return what, seen[largest], max(seen.values())

    out = []
    for ready, text in zip(readies[1:], (*ONE_LIGHT, *OTHER), strict=True):
        rgb = next(film(ready))[1]
        out.append(residuals(text, rgb))
        if text == "overcast":
            for turn in TURNS_DEG:
                hsv = cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV)
                where = under.region == largest
                hsv[where, 0] = (hsv[where, 0].astype(int) + turn // 2) % 180
                out.append(
                    residuals(f"overcast, garment turned by {turn} degrees", cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB))
                )
    return out


def main() -> None:
    """Prints a table."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        store = Store.open(Path(scratch))
        settle(store)
        rows: dict[str, list[tuple[float, float]]] = {}
        for number, cast in enumerate(CASTS):
            for what, garment, worst in measure(store, cast, f"SC{900 + number}"):
                rows.setdefault(what, []).append((garment, worst))
        store.close()
    print(
        f"mean residual in code values, largest garment / worst part of the figure; {MOST_RESIDUAL:.0f} are let through"
    )
    for what, pairs in rows.items():
        print(f"{what:42s}" + "".join(f"{g:8.1f} /{w:5.1f}" for g, w in pairs))
    print(f"{'':42s}" + "".join(f"{c.split()[0]:>15s}" for c in CASTS))


if __name__ == "__main__":
    with np.errstate(all="ignore"):
        main()
