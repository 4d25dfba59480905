"""Contact sheets of everything that ships, filmed by comp: `make gallery` writes docs/gallery/.

    python scripts/gallery.py              # all sheets
    python scripts/gallery.py rigs mara    # some

Sheets: one a character (expressions, then yaws), one a set (its marks, times of day), rigs, weather, sizes and angles, moves (first, middle and last
frame), lenses, two-handers, the walk (six frames of each character's), a location still; and, side by side, what the miniature makes of a line with the lock off,
by references and held. Every picture is a take's through the same path as the notebook's, at 480x270 (the miniature's at its 256x144).
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sora_lock import direction
from sora_lock.camera import MOVES, SIZES
from sora_lock.engines import Actor, Scene
from sora_lock.engines.comp.rigs import RIGS, TIMES
from sora_lock.engines.comp.scene import PreparedScene
from sora_lock.engines.comp.take import Filming
from sora_lock.fanout import plan_fanout
from sora_lock.filmed import GRAIN, Ready
from sora_lock.first_run import settle
from sora_lock.freeze import freeze_cut
from sora_lock.generation import mode_words
from sora_lock.media import film, images, video
from sora_lock.paths import shipped
from sora_lock.records import Placement, Shot, Take
from sora_lock.resolve import resolve
from sora_lock.store import Store
from sora_lock.subjects import baked
from sora_lock.subjects.place import write_place
from sora_lock.subjects.still import still
from sora_lock.subjects.survey import LONG_SIDE_MM, Survey
from sora_lock.worker import run

Rgb = NDArray[np.uint8]
OUT = Path(__file__).resolve().parent.parent / "docs" / "gallery"
WIDTH, HEIGHT, GAP, CAPTION = 480, 270, 6, 22
INK, PAPER = (200, 198, 194), (16, 17, 19)
WEATHERS = (
    "clear",
    "overcast",
    "drizzle",
    "rain",
    "downpour",
    "storm",
    "mist",
    "fog",
    "dust",
    "snow",
    "blizzard",
    "wet streets",
)
LENSES = ("wide angle lens", "normal lens", "telephoto", "shallow focus", "deep focus")
EXPRESSIONS = ("neutral", "smiling", "worried", "angry", "surprised", "weary")
HELD: dict[str, dict[str, str]] = {}
SET_FREE = {"*": {"layout": "free", "props": "free", "surfaces": "free"}}
COMPARED = (
    ("@mara in @alley", "neon night", HELD),
    ("@ivo in @kitchen", "candlelight", HELD),
    ("@noor in @rooftop", "before a blue wall", SET_FREE),
    ("@abel in @desert", "in a room with green walls", SET_FREE),
)
"""Cast, line and what is let go, of each row of the miniature's sheet; every seed is 7."""
YAWS = (0, 35, 70, 110, 180, -45)


class Studio:
    """A scratch history in which every picture is planned and resolved as a take."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.open(folder)
        settle(self.store)
        self.kept: dict[str, Ready] = {}

    def filming(
        self, cast: str, text: str, *, frames: int = 24, free: bool = False, yaw_deg: float | None = None
    ) -> Filming:
        """The take of a cast line and a direction."""
        cell = plan_fanout(
            self.store, scene="SC900", shot="SH010", cast=cast, texts=[text], frames=frames, width=WIDTH, height=HEIGHT,
            overrides={"*": {"expression": "free", "wardrobe": "free"}} if free else {},
        )  # fmt: skip
        recipe = self.store.jobs(cell=cell.id)[0].recipe
        ready = resolve(self.store, recipe, self.kept)
        assert isinstance(ready.prepared, PreparedScene)
        framing = ready.prepared.framing
        if yaw_deg is not None:
            ready.prepared.framing = replace(framing, camera_deg=framing.facing_deg + yaw_deg)
        try:
            return Filming(ready.prepared, recipe.shot, recipe.direction)
        finally:
            ready.prepared.framing = framing

    def still(self, cast: str, text: str, *, free: bool = False, yaw_deg: float | None = None, frame: int = 12) -> Rgb:
        """One finished frame."""
        take = self.filming(cast, text, free=free, yaw_deg=yaw_deg)
        picture = take.frame(frame, aov=False).picture
        rgb = film.develop(picture, grade=take.direction.values("grade"), seed=7, frame=frame)
        return film.grain(rgb, seed=7, frame=frame, strength=GRAIN)

    def takes(self, cast: str, text: str, **asked: Any) -> list[Take]:
        """Clips of the miniature's size, made as the worker makes them."""
        cell = plan_fanout(
            self.store, scene="SC900", shot="SH010", cast=cast, texts=[text], frames=17, fps=8, width=256, height=144, **asked
        )  # fmt: skip
        while (job := self.store.lease("gallery", 600)) is not None:
            if job.cell == cell.id:
                run(self.store, job, "gallery", self.kept)
        return [self.store.take(j.take) for j in self.store.jobs(cell=cell.id)]


Tiles = Iterator[tuple[str, Rgb]]


def character(studio: Studio, name: str) -> Tiles:
    """Six expressions in close-up, six yaws full length."""
    for text in EXPRESSIONS:
        yield text, studio.still(f"@{name} in @alley", f"day, close-up, {text}", free=True)
    for yaw in YAWS:
        yield f"{yaw} degrees", studio.still(f"@{name} at road in @desert", "overcast day, medium wide", yaw_deg=yaw)


def place(studio: Studio, name: str) -> Tiles:
    """Every mark, medium and wide, and the wide in all times of day."""
    marks = list(baked.load(shipped("sets")[name]).info["marks"])
    for mark in marks:
        yield f"{mark}, medium", studio.still(f"@mara at {mark} in @{name}", "day")
        yield f"{mark}, wide", studio.still(f"@ivo at {mark} in @{name}", "day, wide")
    for time in TIMES:
        if time != "studio":
            yield time, studio.still(f"@mara in @{name}", f"{time}, wide")


def rigs(studio: Studio) -> Tiles:
    """Every rig, and the times that are rigs of their own."""
    for text in ("day", "overcast day", "golden hour", "blue hour", "night", *RIGS):
        yield text, studio.still("@mara in @alley", text)


def weather(studio: Studio) -> Tiles:
    """Every weather, by day and at night."""
    for text in WEATHERS:
        yield f"{text}, day", studio.still("@ivo in @alley", f"{text}, day, medium wide")
        yield f"{text}, night", studio.still("@ivo in @alley", f"{text}, neon night, medium wide")


def sizes(studio: Studio) -> Tiles:
    """Every shot size and angle."""
    for size in SIZES:
        yield size, studio.still("@mara in @kitchen", f"golden hour, {size}")
    for angle in ("low angle", "high angle", "dutch angle", "overhead"):
        yield angle, studio.still("@mara in @alley", f"neon night, {angle}")


def moves(studio: Studio) -> Tiles:
    """First, middle and last frame of every move."""
    for move in MOVES[1:]:
        take = studio.filming("@ivo in @kitchen", f"day, medium wide, {move}")
        for number in (0, 12, 23):
            yield f"{move} {number + 1}/24", film.develop(take.frame(number, aov=False).picture, seed=7, frame=number)


def lenses(studio: Studio) -> Tiles:
    """Focal lengths and depth of field."""
    for text in LENSES:
        yield text, studio.still("@mara in @alley", f"night, close-up, {text}")


def pairs(studio: Studio) -> Tiles:
    """Two in a frame, in every set."""
    for name, folder in shipped("sets").items():
        first, second, *_ = baked.load(folder).info["marks"]
        for text in (
            "day, looking at each other",
            "neon night",
            "chiaroscuro, looking at each other",
            "golden hour, wide",
        ):
            yield f"{name}: {text}", studio.still(f"@mara at {second} and @ivo at {first} in @{name}", text)


def walks(studio: Studio) -> Tiles:
    """Each character's walk, each in another set: the look, the turn, both steps, the stop, and the look at the camera."""
    lights = ("day", "golden hour", "overcast day", "neon night, rain")
    for name, place_, light in zip(shipped("cast"), shipped("sets"), lights, strict=True):
        take = studio.filming(f"@{name} in @{place_}", f"{light}, looks and turns and walks", frames=72)
        for number in (2, 11, 21, 31, 39, 64):
            picture = take.frame(number, aov=False).picture
            yield f"{name}, {light} {number + 1}/72", film.develop(picture, seed=7, frame=number)


def stills(studio: Studio) -> Tiles:
    """A location still as a set: a picture of the alley with nobody in it, what was drawn and understood, and takes in it."""
    stage = next(k for k in studio.store.locks() if k.name == "alley")
    actor = Actor(stage, baked.load(shipped("sets")["alley"]), None, dict(stage.policies))
    shot = Shot("SC900", "SH010", (), Placement("alley", 1, stage.lock_sha256), width=1600, height=900, frames=1)
    taken = Filming(PreparedScene(Scene((), actor, 1600, 900)), shot, direction.read("overcast day, extreme wide"))
    picture = film.develop(taken.frame(0, aov=False).picture, seed=7, frame=0)
    yield "the picture", images.resize(picture, WIDTH, HEIGHT)
    mm = taken.cameras[0].focal_px / 1600 * LONG_SIDE_MM
    drawn = Survey(((0, 450), (1600, 450)), ((319, 850), (325, 515)), 1.25, (690, 750), focal_mm=mm)
    with tempfile.TemporaryDirectory() as folder:
        write_place(Path(folder), still(images.png(picture), drawn, apart=[(675, 585, 1215, 752)]))
        understood = images.read_own((Path(folder) / "shown 0.png").read_bytes())
        freeze_cut(studio.store, "street", "set", Path(folder))
    yield "horizon, height, mark; ground found", images.resize(understood, WIDTH, HEIGHT)
    for text in ("golden hour", "neon night, fog", "rain, blue hour, medium wide", "noir, medium"):
        yield text, studio.still("@mara in @street", text)
    yield (
        "two-hander, sunset",
        studio.still("@mara at left and @ivo at right in @street", "sunset, looking at each other"),
    )
    take = studio.filming("@ivo at right in @street", "day, medium wide, truck right")
    for number in (0, 23):
        yield f"truck right {number + 1}/24", film.develop(take.frame(number, aov=False).picture, seed=7, frame=number)


def side_by_side(studio: Studio) -> Tiles:
    """Middle frames: a take by comp, then one line branched from it with the lock off, by references, and as follows from the shot, of one seed."""

    def middle(take: Take) -> Rgb:
        frames = list(video.read_frames(studio.store.blob(take.files["master.mkv"])))
        return np.asarray(cv2.resize(frames[len(frames) // 2], (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC))

    for cast, line, free in COMPARED:
        (base,) = studio.takes(cast, "day, medium shot")
        yield f"{cast}: day, medium shot (comp)", middle(base)
        model = {"engine": "vace", "model": "mini", "mode": "compare"}
        for take in studio.takes(cast, line, parent=base.take, overrides=free, **model):
            asked = take.recipe.shot.generation
            assert asked is not None
            yield f"{line}: {mode_words(asked, take)}", middle(take)


def sheet(tiles: Tiles, columns: int) -> Rgb:
    """Tiles in rows with their captions."""
    cells = []
    for caption, rgb in tiles:
        cell = np.full((HEIGHT + CAPTION, WIDTH, 3), PAPER, np.uint8)
        cell[:HEIGHT] = rgb
        cv2.putText(cell, caption, (2, HEIGHT + 15), cv2.FONT_HERSHEY_SIMPLEX, 0.42, INK, 1, cv2.LINE_AA)
        cells.append(cell)
    rows = -(-len(cells) // columns)
    out = np.full((rows * (HEIGHT + CAPTION + GAP) + GAP, columns * (WIDTH + GAP) + GAP, 3), PAPER, np.uint8)
    for k, cell in enumerate(cells):
        y, x = GAP + k // columns * (HEIGHT + CAPTION + GAP), GAP + k % columns * (WIDTH + GAP)
        out[y : y + HEIGHT + CAPTION, x : x + WIDTH] = cell
    return out


def main(wanted: list[str]) -> None:
    """Writes the named sheets, or all."""
    torch.set_num_threads(1)
    sheets: dict[str, tuple[Callable[[Studio], Tiles], int]] = {
        **{n: (lambda s, n=n: character(s, n), 6) for n in shipped("cast")},  # type: ignore[misc]
        **{n: (lambda s, n=n: place(s, n), 4) for n in shipped("sets")},  # type: ignore[misc]
        "rigs": (rigs, 5), "weather": (weather, 4), "sizes": (sizes, 4), "moves": (moves, 3), "lenses": (lenses, 5),
        "two-handers": (pairs, 4), "walk": (walks, 6), "still": (stills, 3),
        "side-by-side": (side_by_side, 4),
    }  # fmt: skip
    unknown = [n for n in wanted if n not in sheets]
    if unknown:
        sys.exit(f"no such sheet: {', '.join(unknown)} (there are {', '.join(sheets)})")
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        studio = Studio(Path(scratch))
        for name in wanted or sheets:
            make, columns = sheets[name]
            (OUT / f"{name}.jpg").write_bytes(images.jpeg(sheet(make(studio), columns), 86))
            print(OUT / f"{name}.jpg", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
