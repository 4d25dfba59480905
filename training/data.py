"""Pictures to train on: scenes made from seeds, filmed by comp at 256x144, with captions, depth, coverage and references.

    nice -n 19 .venv/bin/python -m training.data --work WORK --scenes 2000                  # goes on where it stopped
    nice -n 19 .venv/bin/python -m training.data --work WORK --scenes 2 --looks 1 --frames 5  # the one-minute variant

Place in the path: training, first; `vae` and `train` read what lies in WORK/scenes. One scene is one prepared fan-out (cast, set, mark), filmed as stills from several
cameras in several lights, and as a clip; it is one file, written whole or not at all. Seeds below `HELD_OUT` are for training, those from it on are
never filmed there: other people, other places.
"""

from __future__ import annotations

import argparse
import functools
import io
import json
import multiprocessing
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sora_lock.engines import Prepared, Scene
from sora_lock.engines.comp import Comp
from sora_lock.engines.comp.words import indoors
from sora_lock.records import Chip, Direction
from training import scenes
from training.captions import caption
from training.people import OUTER, Person, person, shipped_person
from training.places import Place, place, repainted, shipped_place

HELD_OUT = 1_000_000
"""The first seed that training never films."""
HELD_OUT_SCENES = 200
SIZES = {
    "extreme close-up": 0.04,
    "close-up": 0.15,
    "medium close-up": 0.2,
    "medium": 0.27,
    "medium wide": 0.14,
    "wide": 0.15,
    "extreme wide": 0.05,
}
ANGLES = {"": 0.55, "low": 0.16, "high": 0.15, "dutch": 0.08, "overhead": 0.06}
LIGHTS = (
    "chiaroscuro",
    "neon",
    "silhouette",
    "high key",
    "low key",
    "rembrandt",
    "noir",
    "candle",
    "rim",
    "light shafts",
    "moonlight",
)
TIMES = ("day", "morning", "golden hour", "blue hour", "dusk", "night")
WEATHERS = (
    "clear",
    "overcast",
    "rain",
    "drizzle",
    "downpour",
    "snow",
    "blizzard",
    "fog",
    "mist",
    "wet",
    "dust",
    "storm",
)
INDOOR_WEATHERS = ("clear", "overcast", "fog", "mist", "dust")
MOVES = (
    "static", "push in", "pull out", "pan left", "pan right", "tilt up", "tilt down", "truck left", "truck right", "orbit left", "orbit right",
    "handheld", "crane up",
)  # fmt: skip
EXPRESSIONS = ("neutral", "smile", "worried", "angry", "surprised", "weary")
EYELINES = ("camera", "left", "right", "up", "down")
GRADES = ("warm", "cool", "black and white", "bleach bypass", "teal and orange", "vivid", "muted")
REFERENCE_VIEWS = ("medium front", "close-up front", "full front")
REFERENCE_PX = 144


@dataclass(frozen=True)
class Set:
    """Who and where of a scene, by its seed."""

    seed: int
    cast: tuple[Person, ...]
    place: Place
    mark: str


def scene_of(seed: int) -> Set:
    """The scene of a seed; people and places of a held-out seed come from held-out seeds."""
    rng = np.random.default_rng([seed, 4])
    span = (HELD_OUT, 2 * HELD_OUT) if seed >= HELD_OUT else (0, HELD_OUT)
    count = int(rng.choice([0, 1, 2], p=[0.03, 0.82, 0.15]))
    shipped_only = seed < HELD_OUT
    cast: list[Person] = []
    for _ in range(count):
        if shipped_only and rng.random() < 0.4:
            cast.append(shipped_person(str(rng.choice(list(OUTER)))))
        else:
            cast.append(person(int(rng.integers(*span))))
    pick = rng.random() if shipped_only else 0.4 + 0.6 * rng.random()
    if len(cast) == 2 and cast[0].name == cast[1].name:
        cast.pop()
    if pick < 0.45:
        where = shipped_place(str(rng.choice(["alley", "kitchen", "desert", "rooftop"])))
    elif pick < 0.6:
        where = repainted(int(rng.integers(*span)))
    else:
        where = place(int(rng.integers(*span)))
    return Set(seed, tuple(cast), where, str(rng.choice(list(where.subject.info["marks"]))))


def told(made: Set) -> Scene:
    """The scene as an engine is given it; expressions are free, so that a direction's shows."""
    out = scenes.scene([p.subject for p in made.cast], made.place.subject, made.mark)
    return replace(out, cast=tuple(replace(a, policies={"expression": "free"}) for a in out.cast))


def camera_chips(rng: np.random.Generator) -> tuple[Chip, ...]:
    """Size, angle and seldom a lens."""
    size = str(rng.choice(list(SIZES), p=list(SIZES.values())))
    angle = str(rng.choice(list(ANGLES), p=list(ANGLES.values())))
    chips = [Chip("size", size)]
    if angle and not (angle == "overhead" and "close" in size):
        chips.append(Chip("angle", angle))
    if rng.random() < 0.15:
        chips.append(Chip("lens", str(rng.choice(["wide angle", "telephoto", "shallow focus", "deep focus"]))))
    return tuple(chips)


def look_chips(rng: np.random.Generator, inside: bool, alone: bool) -> tuple[Chip, ...]:
    """Light, time, weather and seldom a grade, an expression, an eyeline."""
    chips, kind = [], rng.random()
    if kind < 0.55:
        chips.append(Chip("light", str(rng.choice(LIGHTS))))
    if kind > 0.45:
        chips.append(Chip("time", str(rng.choice(TIMES))))
    if rng.random() < (0.25 if inside else 0.45):
        chips.append(Chip("weather", str(rng.choice(INDOOR_WEATHERS if inside else WEATHERS))))
    if rng.random() < 0.12:
        chips.append(Chip("grade", str(rng.choice(GRADES))))
    if not alone and rng.random() < 0.35:
        chips.append(Chip("expression", str(rng.choice(EXPRESSIONS))))
    if not alone and rng.random() < 0.15:
        chips.append(Chip("eyeline", str(rng.choice(EYELINES))))
    return tuple(chips)


def directions(made: Set, looks: int) -> tuple[list[Direction], Direction]:
    """The directions of a scene's stills, `looks` to each of four cameras, and that of its clip."""
    rng = np.random.default_rng([made.seed, 5])
    inside, alone = indoors(made.place.subject.info), not made.cast
    stills = []
    for _ in range(4):
        camera = camera_chips(rng)
        stills += [Direction("", (*camera, *look_chips(rng, inside, alone))) for _ in range(looks)]
    move = [Chip("move", str(rng.choice(MOVES)))]
    if made.cast and rng.random() < 0.35:
        move.append(Chip("performance", "walk"))
    return stills, Direction("", (*camera_chips(rng), *move, *look_chips(rng, inside, alone)))


def _jpeg(rgb: NDArray[np.uint8]) -> bytes:
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, "JPEG", quality=95, subsampling=0)
    return out.getvalue()


def _png(picture: NDArray[np.uint8]) -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG", compress_level=6)
    return out.getvalue()


def _packed(files: Sequence[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    return np.frombuffer(b"".join(files), np.uint8), np.cumsum([0, *(len(f) for f in files)])


def film(seed: int, looks: int, clip_frames: int) -> dict[str, NDArray[Any]]:
    """A scene filmed: what `write` keeps of it.

    Args:
        looks: stills for each of four cameras.
        clip_frames: of the clip; 4k + 1.
    """
    made = scene_of(seed)
    scene = told(made)
    prepared = Comp().prepare(scene)
    rng = np.random.default_rng([seed, 6])
    stills, moving = directions(made, looks)
    takes: list[dict[str, Any]] = []
    rgb: list[bytes] = []
    near_pngs: list[bytes] = []
    covers: list[bytes] = []
    for direction, count in [*((d, 1) for d in stills), (moving, clip_frames)]:
        shown = _filmed(prepared, scene, direction, count, seed + len(takes))
        near = scenes.control(np.stack([s.near for s in shown]))
        takes.append(
            {
                "first": len(rgb),
                "frames": len(shown),
                "captions": [caption(made.cast, made.place, direction, rng) for _ in range(4)],
                "chips": [[c.axis, c.value] for c in direction.chips],
            }
        )
        for s, grey in zip(shown, near, strict=True):
            rgb.append(_jpeg(s.rgb))
            near_pngs.append(_png(grey))
            covers.append(_png(s.coverage))
    anchors = [_png(scenes.anchor(p.subject, view, REFERENCE_PX)) for p in made.cast for view in REFERENCE_VIEWS]
    anchors.append(_png(scenes.set_anchor(made.place.subject, made.mark)))
    meta = {
        "seed": seed,
        "cast": [p.name for p in made.cast],
        "place": made.place.name,
        "kind": made.place.kind,
        "takes": takes,
    }
    out: dict[str, NDArray[Any]] = {"meta": np.frombuffer(json.dumps(meta).encode(), np.uint8)}
    for name, files in (("rgb", rgb), ("near", near_pngs), ("cover", covers), ("anchor", anchors)):
        out[name], out[f"{name}_at"] = _packed(files)
    return out


def _filmed(prepared: Prepared, scene: Scene, direction: Direction, count: int, seed: int) -> list[scenes.Shown]:
    return list(scenes.frames(prepared, scene, direction, count, seed))


def path_of(work: Path, seed: int) -> Path:
    """Where a scene lies."""
    return work / "scenes" / f"{seed:07d}.npz"


def write(work: Path, seed: int, looks: int, clip_frames: int) -> None:
    """Films a scene into its file; the file is there when it is whole."""
    target = path_of(work, seed)
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_suffix(".half")
    with half.open("wb") as file:
        np.savez(file, **film(seed, looks, clip_frames))  # type: ignore[arg-type]
    half.replace(target)


class Filmed:
    """A scene read back.

    Attributes:
        meta: "seed", "cast", "place", "kind", and "takes": each "first" frame, "frames", "captions", "chips".
    """

    def __init__(self, path: Path) -> None:
        with np.load(path, allow_pickle=False) as data:
            self._data = {k: data[k] for k in data.files}
        self.meta: dict[str, Any] = json.loads(self._data["meta"].tobytes())

    def _picture(self, kind: str, k: int, mode: str) -> NDArray[np.uint8]:
        at = self._data[f"{kind}_at"]
        return np.asarray(Image.open(io.BytesIO(self._data[kind][at[k] : at[k + 1]].tobytes())).convert(mode))

    def rgb(self, first: int, count: int) -> NDArray[np.uint8]:
        """Frames uint8 [F, H, W, 3]."""
        return np.stack([self._picture("rgb", first + k, "RGB") for k in range(count)])

    def near(self, first: int, count: int) -> NDArray[np.uint8]:
        """Control pictures uint8 [F, H, W], white is near."""
        return np.stack([self._picture("near", first + k, "L") for k in range(count)])

    def cover(self, first: int, count: int) -> NDArray[np.uint8]:
        """Coverage of the cast uint8 [F, H, W]."""
        return np.stack([self._picture("cover", first + k, "L") for k in range(count)])

    def anchor(self, k: int) -> NDArray[np.uint8]:
        """An anchor RGBA uint8: `REFERENCE_VIEWS` of each of the cast, then the set's."""
        return self._picture("anchor", k, "RGBA")

    @property
    def anchors(self) -> int:
        """How many anchors there are."""
        return len(self._data["anchor_at"]) - 1


def shipped_alone(work: Path, name: str) -> bool:
    """Whether a scene, by its file's name, shows nobody and nothing but what is shipped, as it is; False where its file is gone."""
    path = work / "scenes" / name
    if not path.exists():
        return False
    with np.load(path, allow_pickle=False) as data:
        meta = json.loads(data["meta"].tobytes())
    return bool(meta["cast"]) and set(meta["cast"]) <= set(OUTER) and meta["kind"] == meta["place"]


def scene_files(work: Path) -> list[Path]:
    """The scenes filmed so far, in order of their seeds."""
    return sorted((work / "scenes").glob("*.npz"))


def main() -> None:
    """Films scenes until there are as many as asked for."""
    parser = argparse.ArgumentParser(description="Films scenes for training.")
    parser.add_argument("--work", type=Path, required=True, help="folder for everything that training makes")
    parser.add_argument("--scenes", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--looks", type=int, default=3, help="stills for each of four cameras")
    parser.add_argument("--frames", type=int, default=scenes.CLIP_FRAMES, help="frames of a scene's clip, 4k + 1")
    parser.add_argument("--workers", type=int, default=1, help="scenes filmed side by side")
    asked = parser.parse_args()
    wanted = [s for s in range(asked.first, asked.first + asked.scenes) if not path_of(asked.work, s).exists()]
    film_one = functools.partial(_told_write, asked.work, asked.looks, asked.frames)
    if asked.workers == 1:
        for line in map(film_one, wanted):
            print(line, flush=True)
        return
    with ProcessPoolExecutor(asked.workers, multiprocessing.get_context("spawn")) as pool:
        for line in pool.map(film_one, wanted):
            print(line, flush=True)


def _told_write(work: Path, looks: int, clip_frames: int, seed: int) -> str:
    """Films a scene into its file; a line for the log."""
    start = time.perf_counter()
    write(work, seed, looks, clip_frames)
    return f"scene {seed}: {time.perf_counter() - start:.1f} s, {path_of(work, seed).stat().st_size >> 10} KB"


if __name__ == "__main__":
    main()
