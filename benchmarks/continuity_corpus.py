"""The labelled corpus that the judge is calibrated and measured on: generated from seeds, rendered once, kept.

    .venv/bin/python -m benchmarks.continuity_corpus FOLDER [--rounds N] [--skip N] [--half calibrate|test|made]

Takes of the shipped cast in the shipped sets on the real path (engine, film, grain), 8 frames at 480x270: every rig, time, weather, size and permitted
move, drawn by seed. Beside each clean take stands one in which one thing of the figure and one of the set drifted (`continuity_drifts`). The half
"calibrate" has two figures and two sets, "test" the other two of each. "made" has another person and another place in every take (`continuity_made`),
and a drifted twin beside every third. A take that is there already is not rendered again.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import continuity_drifts as drifts
from benchmarks.continuity_drifts import Drift
from benchmarks.continuity_made import made, names
from sora_lock.direction import read
from sora_lock.engines import Actor, Scene, engine
from sora_lock.filmed import Ready, finished
from sora_lock.hold import Hold
from sora_lock.lock import effective_policies
from sora_lock.paths import ASSETS
from sora_lock.records import Lock, Placement, Recipe, Shot, lock_from
from sora_lock.subjects.baked import BakedSubject, load

Frames = NDArray[np.uint8]
Regions = NDArray[np.uint8]

WIDTH, HEIGHT, FRAMES = 480, 270, 8
HALVES = {"calibrate": (("mara", "ivo"), ("alley", "kitchen")), "test": (("abel", "noor"), ("desert", "rooftop"))}
CLOSE, BROAD = ("extreme close-up", "close-up", "medium close-up"), ("medium", "medium wide", "wide", "extreme wide")
LIGHTS = (
    "day", "morning", "golden hour", "blue hour", "dusk", "night", "chiaroscuro", "neon, night", "high key", "low key", "rembrandt", "noir",
    "candlelight", "rim light", "light shafts", "moonlight", "overcast", "silhouette",
)  # fmt: skip
WEATHERS = (
    "rain",
    "drizzle",
    "downpour",
    "snow",
    "heavy snow",
    "light fog",
    "fog",
    "dense fog",
    "mist",
    "storm",
    "wet",
    "wind",
    "dust",
)
MOVES = (
    "slow push-in", "push in", "pull out", "pan left", "pan right", "tilt up", "tilt down", "truck left", "truck right", "orbit left",
    "orbit right", "handheld", "crane up",
)  # fmt: skip
MORE = ("low angle", "high angle", "dutch angle", "wide angle lens", "telephoto lens", "shallow focus", "black and white", "bleach bypass",
        "teal and orange", "warm grade", "cool grade", "vivid", "muted", "walking", "looking left", "looking at the camera", "key from the left",
        "lit from below")  # fmt: skip
MADE = "made"
"""The half of people and places made from seeds."""
TWIN_EVERY = 3
"""How many of its takes have one drifted twin between them."""
EACH_ROUND = 8
"""Takes of a half in a round."""
LEAST_PROP = 0.008
"""A thing that takes up less of the frame drifts unseen by anybody."""
OPENINGS = ("barred window", "window", "window frame", "roof door")
"""Parts that make a window or a door more."""


@dataclass(frozen=True)
class Case:
    """One take.

    Attributes:
        half: "calibrate", "test" or MADE.
        number: counts within the half.
        cast, stage: names of locks; mark: where the figure stands.
        text: the direction.
    """

    half: str
    number: int
    cast: str
    stage: str
    mark: str
    text: str

    @property
    def name(self) -> str:
        """Of its files."""
        return f"{self.half}_{self.number:04d}"

    @property
    def twinned(self) -> bool:
        """Whether it has a drifted twin."""
        return self.half != MADE or self.number % TWIN_EVERY == 0


@dataclass(frozen=True)
class Kept:
    """A rendered take.

    Attributes:
        frames: uint8 [F, H, W, 3], finished.
        regions: uint8 [F, H, W]: k is `table[k - 1]`.
        table: (lock, part) of each number.
        planted: lock -> what drifted of it; empty for a clean take.
    """

    frames: Frames
    regions: Regions
    table: tuple[tuple[str, str], ...]
    planted: dict[str, Drift]

    def part(self, lock: str, names: tuple[str, ...]) -> NDArray[np.bool_]:
        """Where parts show, bool [F, H, W]."""
        return np.isin(
            self.regions, [k for k, (who, part) in enumerate(self.table, 1) if who == lock and part in names]
        )


def shipped() -> dict[str, tuple[Lock, BakedSubject]]:
    """Every shipped lock with its subject, by name."""
    found = [(lock_from(json.loads(p.read_text())), p.parent) for p in sorted(ASSETS.glob("*/*/lock.json"))]
    return {lock.name: (lock, load(folder)) for lock, folder in found}


def direction(draw: random.Random, close: bool) -> str:
    """A direction drawn from the vocabulary, as a sentence."""
    words = [draw.choice(CLOSE if close else BROAD), draw.choice(LIGHTS)]
    if draw.random() < 0.4:
        words.append(draw.choice(WEATHERS))
    if draw.random() < 0.5:
        words.append(draw.choice(MOVES))
    if draw.random() < 0.35:
        words.append(draw.choice(MORE))
    return ", ".join(words)


def cases(half: str, rounds: int) -> Iterator[Case]:
    """The takes of a half, round by round: in each every figure in every set, at one of its marks, two takes; of MADE eight of nobody's but their own."""
    if half == MADE:
        for number in range(rounds * EACH_ROUND):
            cast, stage = names(number)
            marks, draw = list(made(stage)[1].info["marks"]), random.Random(f"{half} {number}")
            yield Case(half, number, cast, stage, marks[number % len(marks)], direction(draw, number % 8 in (0, 3, 5)))
        return
    people, stages = HALVES[half]
    number = 0
    for r in range(rounds):
        for c, cast in enumerate(people):
            for s, stage in enumerate(stages):
                marks = list(load(ASSETS / "sets" / stage).info["marks"])
                for k in range(2):
                    draw = random.Random(f"{half} {number}")
                    yield Case(
                        half,
                        number,
                        cast,
                        stage,
                        marks[(r + c + s) % len(marks)],
                        direction(draw, k == 0 and r % 4 != 3),
                    )
                    number += 1


class Renderer:
    """Renders takes and keeps them in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._shipped = shipped()
        self._prepared: tuple[Any, Ready] | None = None

    def lock(self, name: str) -> tuple[Lock, BakedSubject]:
        """The lock of that name, with its subject."""
        return self._shipped[name] if name in self._shipped else made(name)

    def clean(self, case: Case) -> Kept:
        """The take as it was asked for."""
        return self._kept(f"{case.name}_clean", lambda: self._render(case, {}))

    def drifted(self, case: Case) -> Kept:
        """The take with one drift of the figure and one of the set."""

        def make() -> Kept:
            made = self._drawn(case, self.clean(case))
            kept = self._render(case, {lock: subject for lock, (_, subject) in made.items()})
            return replace(kept, planted={lock: drift for lock, (drift, _) in made.items()})

        return self._kept(f"{case.name}_drift", make)

    def has(self, case: Case) -> bool:
        """Whether the take is there, and its twin where it has one."""
        return all((self.folder / f"{case.name}_{k}.npz").exists() for k in ("clean", "drift")[: 1 + case.twinned])

    def _kept(self, name: str, make: Callable[[], Kept]) -> Kept:
        path = self.folder / f"{name}.npz"
        if path.exists():
            with np.load(path, allow_pickle=False) as data:
                said = json.loads(str(data["said"]))
                told = {
                    k: Drift(**{n: tuple(v) if isinstance(v, list) else v for n, v in d.items()})
                    for k, d in said["planted"].items()
                }
                return Kept(data["frames"], data["regions"], tuple((a, b) for a, b in said["table"]), told)
        kept = make()
        text = json.dumps({"table": kept.table, "planted": {k: asdict(d) for k, d in kept.planted.items()}})
        half_written = path.with_suffix(".part.npz")
        np.savez_compressed(half_written, frames=kept.frames, regions=kept.regions, said=np.array(text))
        half_written.rename(path)
        return kept

    def _drawn(self, case: Case, clean: Kept) -> dict[str, tuple[Drift, BakedSubject]]:
        """What drifts in this take: of each of its two subjects the next of the kinds that show."""
        draw = random.Random(f"drift {case.half} {case.number}")
        subject = self.lock(case.cast)[1]
        siblings = [names(case.number + 1)[0]] if case.half == MADE else HALVES[case.half][0]
        others = {n: self.lock(n)[1] for n in siblings}
        kinds = drifts.figure_drifts(subject, others)
        face = clean.part(case.cast, ("face",))
        tall = int(np.ptp(np.nonzero(face[0].any(axis=1))[0])) if face[0].any() else 0
        near = ("iris", "mouth moved", "brow moved", "expression", "face swapped", "skin", "mouth moved", "expression")
        far = (
            "wardrobe hue",
            "pattern swapped",
            "hair colour",
            "wardrobe hue",
            "hair longer",
            "button missing",
            "skin",
            "pattern swapped",
        )
        kind = draw.choice(near if tall >= 75 else far)
        drift, make = draw.choice(kinds[kind])
        out = {case.cast: (drift, make())}
        found = self._set_drift(case, clean, draw)
        return out if found is None else out | {case.stage: found}

    def _set_drift(self, case: Case, clean: Kept, draw: random.Random) -> tuple[Drift, BakedSubject] | None:
        stage = self.lock(case.stage)[1]
        lit = {p["name"] for p in stage.info["parts"] if "emission" in p or "window" in p}
        middle = clean.regions[FRAMES // 2]

        def share(name: str) -> float:
            return float(clean.part(case.stage, (name,))[FRAMES // 2].mean())

        whole, walls = [], []
        for k, (lock, part) in enumerate(clean.table, 1):
            mask = middle == k
            if lock != case.stage or part in lit:
                continue
            edge = mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any()
            if part in drifts.named(stage, "props") and not edge and mask.mean() >= LEAST_PROP:
                whole.append(part)
            if part in drifts.named(stage, "surfaces") and mask.mean() > 0.05:
                walls.append(part)
        openings = [p for p in OPENINGS if drifts.numbers(stage, [p]) and share(p) > 0.004]
        kinds = ["layout mirrored"] * bool((middle > 0).any())
        kinds += (
            ["prop missing", "prop moved", "prop added"] * 2 * bool(whole)
            + ["walls hue"] * 2 * bool(walls)
            + ["window added"] * bool(openings)
        )
        if not kinds:
            return None
        kind = draw.choice(kinds)
        turn = np.radians(stage.info["marks"][case.mark]["camera_deg"])
        side = np.array([np.cos(turn), 0, -np.sin(turn)], np.float32) * draw.choice((-1, 1))
        if kind == "layout mirrored":
            return Drift(kind, "left to right", tuple(r.name for r in stage.regions), ("layout",)), drifts.mirrored(
                stage
            )
        if kind == "walls hue":
            wall, degrees = draw.choice(walls), draw.choice((15, 30, 60))
            return Drift(kind, f"{degrees}°", (wall,), ("surfaces",)), drifts.painted(
                stage, [wall], drifts.turned(degrees)
            )
        if kind == "window added":
            part, far = draw.choice(openings), 1.3
            return Drift(kind, f"{part}", (part,), ("layout", "props"), far), drifts.doubled(
                stage, part, side * np.float32(far)
            )
        part = draw.choice(whole)
        if kind == "prop missing":
            return Drift(kind, "gone", (part,), ("props", "layout")), drifts.without(stage, part)
        if kind == "prop moved":
            far = draw.choice((0.12, 0.35))
            return Drift(kind, f"{far} m", (part,), ("props", "layout"), far), drifts.shifted(
                stage, part, side * np.float32(far)
            )
        far = draw.choice((0.6, 0.9))
        return Drift(kind, part, (part,), ("props", "layout"), far), drifts.doubled(stage, part, side * np.float32(far))

    def _render(self, case: Case, instead: dict[str, BakedSubject]) -> Kept:
        (who, actor), (where, stage) = self.lock(case.cast), self.lock(case.stage)
        placed = Placement(who.name, who.version, who.lock_sha256, case.mark)
        stood = Placement(where.name, where.version, where.lock_sha256)
        free = {k.name: dict.fromkeys(k.policies, "free") for k in (who, where)}
        seed = 1000 + case.number
        shot = Shot("SC010", "SH010", (placed,), stood, free, WIDTH, HEIGHT, "24", FRAMES, seed, "comp")  # type: ignore[arg-type]
        key = (case.cast, case.stage, case.mark)
        if instead or self._prepared is None or self._prepared[0] != key:
            actor, stage = instead.get(case.cast, actor), instead.get(case.stage, stage)
            scene = Scene(
                (Actor(who, actor, case.mark, effective_policies(who, free)),),
                Actor(where, stage, None, effective_policies(where, free)),
                WIDTH,
                HEIGHT,
            )
            made = engine("comp")
            ready = Ready(Recipe(shot, read("day"), "", {}), scene, made, made.prepare(scene))
            if not instead:
                self._prepared = key, ready
        else:
            ready = self._prepared[1]
        ready = replace(ready, recipe=Recipe(shot, read(case.text), "", {}))
        frames, regions = [], []
        for _, layers, rgb in finished(
            ready, Hold(ready.actors, ready.prepared.regions), cancelled=lambda: False, aov=lambda frame: False
        ):
            frames.append(rgb)
            regions.append(np.asarray(layers.region, np.uint8))
        table = tuple((r.lock, r.part) for r in ready.prepared.regions)
        return Kept(np.stack(frames), np.stack(regions), table, {})


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--skip",
        type=int,
        default=0,
        help="rounds that are left out, the first ones: a fresh half of takes that nobody saw",
    )
    parser.add_argument("--half", choices=(*HALVES, MADE))
    asked = parser.parse_args(arguments)
    asked.folder.mkdir(parents=True, exist_ok=True)
    render = Renderer(asked.folder)
    every = [list(cases(h, asked.rounds)) for h in ((asked.half,) if asked.half else HALVES)]
    for together in zip(*every, strict=True):
        for case in together:
            if case.number >= asked.skip * EACH_ROUND and not render.has(case):
                render.drifted(case) if case.twinned else render.clean(case)
                print(case.name, case.cast, case.stage, case.text, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
