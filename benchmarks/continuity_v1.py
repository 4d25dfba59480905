"""How often the judge is wrong, on the shipped cast and sets.

    .venv/bin/python -m benchmarks.continuity_v1 [--save FOLDER] [--half fit|held-out] [--every N] [--write docs/continuity.md]

Renders short takes of the shipped cast in the shipped sets on the real path (engine, film, grain) and judges each as it is and with drifts
planted: in the finished frames by the engine's own region layer (which the judge never sees), in the scene (a prop taken away before rendering),
or by asking for another expression. Two halves: thresholds were set on one, the other has other pairs of cast and set, other lights, moves, marks
and seeds, and was only measured. Prints, for each half, the share of clean takes falsely flagged and not seen, and of drifts found.
With --save FOLDER the rendered takes are kept and reused; with --write the tables are put between the marks in that file.
"""

from __future__ import annotations

import argparse
import pickle
import sys
import tempfile
import time
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.marked import put
from sora_lock.continuity import Judge
from sora_lock.direction import read
from sora_lock.engines import Actor, Scene, engine
from sora_lock.filmed import Ready, finished
from sora_lock.hold import Hold
from sora_lock.lock import effective_policies
from sora_lock.paths import ASSETS
from sora_lock.records import Finding, Lock, Placement, Recipe, Shot, lock_from
from sora_lock.subjects.baked import load

Frame = NDArray[np.uint8]
Regions = NDArray[np.uint16]
Report = dict[str, Finding]

WIDTH, HEIGHT, FRAMES = 640, 360, 4
"""A take has as many frames as the judge looks at; a move travels its whole way in them."""
EXPRESSIONS = ("smile", "angry", "worried")
BEGIN, END = "<!-- rates: begin -->", "<!-- rates: end -->"

# A person sees the set in the first list of each half; in the second it is hidden by fog, darkness, snow or nearness, and "not seen" is an answer.
FIT = (
    (
        "wide, day", "wide, overcast", "medium wide, golden hour", "wide, night", "medium, chiaroscuro", "wide, neon, night",
        "medium wide, overcast, rain", "wide, golden hour, slow push-in", "medium, day, orbit left", "wide, light fog, day",
        "medium wide, neon, rain", "wide, chiaroscuro, handheld", "medium, golden hour, pan right", "medium, overcast",
        "medium wide, night, rain", "wide, day, low angle", "wide, black and white, day", "wide, day, truck left",
        "medium, overcast, teal and orange", "wide, day, high angle", "medium, day", "medium wide, overcast, pull out",
    ),
    (
        "wide, dense fog, night", "close-up, golden hour", "medium wide, candlelight", "medium, silhouette, night", "wide, heavy snow",
    ),
)  # fmt: skip
HELD_OUT = (
    (
        "wide, golden hour", "wide, day, rain", "medium wide, day", "medium, night", "wide, chiaroscuro", "medium, neon, night",
        "wide, overcast, handheld", "medium wide, golden hour, push in", "wide, day, orbit right", "medium, overcast, light fog",
        "wide, neon, rain", "medium, chiaroscuro, rain", "medium wide, night, crane up", "medium, day, pull out", "wide, blue hour",
        "medium, golden hour", "medium wide, overcast, pan left", "wide, night, rain, truck right", "medium, day, rain",
        "wide, overcast, low angle", "medium wide, high key", "medium wide, chiaroscuro",
    ),
    (
        "wide, heavy fog, night", "close-up, overcast", "medium wide, moonlight", "medium, rim light, fog", "wide, storm, night",
    ),
)  # fmt: skip
FACES = {
    "fit": ("medium, day", "medium close-up, golden hour", "close-up, chiaroscuro", "medium close-up, overcast, rain"),
    "held-out": ("medium, overcast", "medium close-up, day", "close-up, golden hour", "medium close-up, night"),
}


@dataclass(frozen=True)
class Case:
    """One take to render.

    Attributes:
        half: "fit" or "held-out".
        cast, stage: names of locks.
        mark: floor mark of the figure.
        text: the direction.
        seen: whether a person sees the set in it.
        without: name of the set's part taken away before rendering; "" for none.
    """

    half: str
    cast: str
    stage: str
    mark: str
    text: str
    seen: bool = True
    without: str = ""


@dataclass(frozen=True)
class Rendered:
    """Finished frames uint8 [F, H, W, 3], region layers uint16 [F, H, W], and (lock, part, attributes) behind region k at k - 1."""

    frames: Frame
    regions: Regions
    table: tuple[tuple[str, str, tuple[str, ...]], ...]


Locks = dict[str, tuple[Lock, Path]]


def shipped_locks(root: Path) -> Locks:
    """Every lock beside the package, with its folder, by name."""
    import json

    found = [(lock_from(json.loads(p.read_text())), p.parent) for p in sorted(root.glob("*/*/lock.json"))]
    return {lock.name: (lock, folder) for lock, folder in found}


def cases(locks: Locks, half: str) -> Iterator[Case]:
    """Every clean take of a half; the other half pairs cast and sets the other way round and begins at another mark."""
    people, stages = ([n for n, (k, _) in locks.items() if k.kind == kind] for kind in ("character", "set"))
    turn = 0 if half == "fit" else 1
    for s, stage in enumerate(stages):
        cast = people[(s + turn) % len(people)]
        marks = list(load(locks[stage][1]).info["marks"])
        found = [
            Case(half, cast, stage, marks[(i + turn) % len(marks)], text, seen)
            for seen, texts in zip((True, False), FIT if half == "fit" else HELD_OUT, strict=True)
            for i, text in enumerate(texts)
        ]
        yield from sorted(found, key=lambda case: marks.index(case.mark))  # takes at one mark share a prepared scene


def face_cases(locks: Locks, half: str) -> Iterator[tuple[Case, str]]:
    """(take, expression asked for, "" for none) of a half."""
    people, stages = ([n for n, (k, _) in locks.items() if k.kind == kind] for kind in ("character", "set"))
    turn = 0 if half == "fit" else 1
    for c, cast in enumerate(people):
        stage = stages[(c + turn) % len(stages)]
        mark = next(iter(load(locks[stage][1]).info["marks"]))
        for text in FACES[half]:
            yield Case(half, cast, stage, mark, text), ""
            for e in EXPRESSIONS:
                yield Case(half, cast, stage, mark, f"{text}, {e}"), e


class Renderer:
    """Renders takes, or reads them from `folder` when they are there."""

    def __init__(self, locks: Locks, folder: Path) -> None:
        self.locks, self.folder = locks, folder
        self._prepared: tuple[Any, Ready] | None = None

    def __call__(self, case: Case) -> Rendered:
        kept = self.folder / f"{zlib.crc32(repr(case).encode()):08x}.npz"
        if kept.exists():
            with np.load(kept, allow_pickle=False) as data:
                return Rendered(data["frames"], data["regions"], pickle.loads(data["table"].tobytes()))
        made = self._render(case)
        table = np.frombuffer(pickle.dumps(made.table), np.uint8)
        np.savez_compressed(kept, frames=made.frames, regions=made.regions, table=table)
        return made

    def _render(self, case: Case) -> Rendered:
        (who, who_folder), (where, where_folder) = self.locks[case.cast], self.locks[case.stage]
        seed = zlib.crc32(f"{case.half} {case.stage} {case.text}".encode())
        placed = Placement(who.name, who.version, who.lock_sha256, case.mark)
        stood = Placement(where.name, where.version, where.lock_sha256)
        free = {k.name: dict.fromkeys(k.policies, "free") for k in (who, where)}
        shot = Shot("SC010", "SH010", (placed,), stood, free, WIDTH, HEIGHT, "24", FRAMES, seed, "comp")  # type: ignore[arg-type]
        key = (case.cast, case.stage, case.mark, case.without)
        if self._prepared is None or self._prepared[0] != key:
            stage = load(where_folder)
            if case.without:
                left = stage.part != [p["name"] for p in stage.info["parts"]].index(case.without)
                stage = replace(stage, faces=stage.faces[left], part=stage.part[left])
            scene = Scene(
                (Actor(who, load(who_folder), case.mark, effective_policies(who, free)),),
                Actor(where, stage, None, effective_policies(where, free)),
                WIDTH,
                HEIGHT,
            )
            made = engine("comp")
            self._prepared = key, Ready(Recipe(shot, read("day"), "", {}), scene, made, made.prepare(scene))
        ready = replace(self._prepared[1], recipe=Recipe(shot, read(case.text), "", {}))
        hold = Hold(ready.actors, ready.prepared.regions)
        frames, regions = [], []
        for _, layers, rgb in finished(ready, hold, cancelled=lambda: False, aov=lambda frame: False):
            frames.append(rgb)
            regions.append(np.asarray(layers.region, np.uint16))
        table = tuple((r.lock, r.part, tuple(r.attributes)) for r in ready.prepared.regions)
        return Rendered(np.stack(frames), np.stack(regions), table)


def turned(rgb: Frame, mask: NDArray[np.bool_], degrees: float) -> Frame:
    """Hue turned by `degrees` inside a mask (OpenCV's full-range HLS)."""
    import cv2

    hls = cv2.cvtColor(rgb, cv2.COLOR_RGB2HLS_FULL)
    hls[..., 0] = hls[..., 0] + np.uint8(round(degrees / 360 * 256))
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.0)[..., None]
    return np.rint(cv2.cvtColor(hls, cv2.COLOR_HLS2RGB_FULL) * soft + rgb * (1 - soft)).astype(np.uint8)


def mirrored(rgb: Frame, mask: NDArray[np.bool_]) -> Frame:
    """The masked part mirrored left to right in its own box."""
    import cv2

    rows, columns = np.nonzero(mask)
    box = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    both = (mask[box] & mask[box][:, ::-1]).astype(np.float32)
    soft = cv2.GaussianBlur(both, (0, 0), 1.5)[..., None]
    out = rgb.copy()
    out[box] = np.rint(rgb[box][:, ::-1] * soft + rgb[box] * (1 - soft)).astype(np.uint8)
    return out


def swapped(rgb: Frame, mask: NDArray[np.bool_], other: Frame, other_mask: NDArray[np.bool_]) -> Frame:
    """Another face, fitted into the masked box and brought to its mean colour."""
    import cv2

    def box(m: NDArray[np.bool_]) -> Any:
        rows, columns = np.nonzero(m)
        return np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]

    b, o = box(mask), box(other_mask)
    face = cv2.resize(other[o], rgb[b].shape[1::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
    fit = cv2.resize(other_mask[o].astype(np.float32), rgb[b].shape[1::-1]) > 0.5
    both = mask[b] & fit
    face += rgb[b][both].mean(axis=0) - face[both].mean(axis=0)
    soft = cv2.GaussianBlur(both.astype(np.float32), (0, 0), 1.5)[..., None]
    out = rgb.copy()
    out[b] = np.clip(np.rint(face * soft + rgb[b] * (1 - soft)), 0, 255).astype(np.uint8)
    return out


def removed(rgb: Frame, mask: NDArray[np.bool_]) -> Frame:
    """The masked part painted out from its surroundings (Telea 2004), with grain."""
    import cv2

    wide = cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8))
    out = cv2.inpaint(np.ascontiguousarray(rgb), wide, 5, cv2.INPAINT_TELEA).astype(np.float32)
    noise = np.random.default_rng(7).normal(0, 1.5, rgb.shape)
    return np.clip(np.where(wide[..., None] > 0, out + noise, rgb), 0, 255).astype(np.uint8)


class Planter:
    """Plants drifts in rendered takes."""

    def __init__(self, render: Renderer) -> None:
        self.render = render

    def __call__(
        self, case: Case, take: Rendered, sibling: tuple[Case, Rendered]
    ) -> Iterator[tuple[str, str, str, Frame]]:
        """(drift, lock, attribute, frames) for every drift that this take can carry above the floors."""
        draw = zlib.crc32(f"{case.stage} {case.text}".encode())  # which of a kind of drift this take gets
        coat, face = self._of(take, case.cast, "wardrobe"), self._of(take, case.cast, "face")
        if coat.mean() > 0.005 and draw % 4 < 2:
            degrees = (25, 60)[draw % 2]
            yield f"wardrobe hue {degrees}", case.cast, "wardrobe", _each(turned, take.frames, coat, degrees)
        elif min(_height(m) for m in face) >= 60:
            theirs = self._of(sibling[1], sibling[0].cast, "face")
            if draw % 2 or min(_height(m) for m in theirs) < 40:
                yield "face mirrored", case.cast, "face", _each(mirrored, take.frames, face)
            else:
                pairs = zip(take.frames, face, sibling[1].frames, theirs, strict=True)
                yield "face swapped", case.cast, "face", np.stack([swapped(*p) for p in pairs])
        if draw % 3 == 0:
            yield "layout mirrored", case.stage, "layout", np.ascontiguousarray(take.frames[:, :, ::-1])
        wall = self._of(take, case.stage, "surfaces", "walls")
        # turning the hue of what is nearly grey in this light changes nothing anybody could see
        if wall.mean() > 0.04 and float(np.ptp(take.frames[wall].astype(np.float32), axis=1).mean()) > 20:
            degrees = (20, 30, 40)[draw % 3]
            yield f"walls hue {degrees}", case.stage, "surfaces", _each(turned, take.frames, wall, degrees)
        for name in self._props(case, take)[:1]:
            if zlib.crc32(case.text.encode()) % 3 == 0:
                yield "prop taken away", case.stage, "props", self.render(replace(case, without=name)).frames
            else:
                masks = self._of(take, case.stage, "props", name)
                yield "prop painted out", case.stage, "props", _each(removed, take.frames, masks)

    @staticmethod
    def _of(take: Rendered, lock: str, attribute: str, part: str = "") -> NDArray[np.bool_]:
        wanted = [
            k
            for k, (who, name, has) in enumerate(take.table, 1)
            if who == lock and attribute in has and part in ("", name)
        ]
        return np.isin(take.regions, wanted)

    def _props(self, case: Case, take: Rendered) -> list[str]:
        """Up to two sizeable things of the set, drawn by the case: whole in the middle of the take, 1.2 % of the picture or more."""
        lit = {p["name"] for p in load(self.render.locks[case.stage][1]).info["parts"] if "emission" in p}
        middle = take.regions[FRAMES // 2]
        found = []
        for k, (lock, part, attributes) in enumerate(take.table, 1):
            mask = middle == k
            edge = mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any()
            if lock == case.stage and "props" in attributes and not edge and mask.mean() >= 0.012 and part not in lit:
                found.append(part)
        start = zlib.crc32(repr(case).encode()) % max(1, len(found))
        return (found[start:] + found[:start])[:2]


def _each(change: Any, frames: Frame, masks: NDArray[np.bool_], *more: Any) -> Frame:
    return np.stack([change(f, m, *more) if m.any() else f for f, m in zip(frames, masks, strict=True)])


def _height(mask: NDArray[np.bool_]) -> int:
    rows = np.flatnonzero(mask.any(axis=1))
    return int(rows[-1] - rows[0] + 1) if len(rows) else 0


@dataclass(frozen=True)
class Row:
    """One attribute of one take: a `drift` of "" is a clean one."""

    case: Case
    drift: str
    lock: str
    attribute: str
    finding: Finding


class Bench:
    """Judges all takes of a half."""

    def __init__(self, root: Path, folder: Path, every: int = 1) -> None:
        self.every = every
        self.locks = shipped_locks(root)
        self.render = Renderer(self.locks, folder)
        self.plant = Planter(self.render)
        self.spent: list[float] = []

    @property
    def cost(self) -> float:
        """Seconds of one core a frame for two locks: the mean over the clean takes judged so far."""
        return float(np.mean(self.spent))

    def judge(self, names: Sequence[str], frames: Frame) -> dict[str, Report]:
        """The reports of a take on some locks, everything held; judges look in turn at each frame, figures first, as on the path."""
        judges = {}
        for name in names:
            lock, folder = self.locks[name]

            def read_file(sha: str, folder: Path = folder) -> bytes:
                return (folder / "anchors" / f"{sha[:16]}.png").read_bytes()

            judges[name] = Judge(lock, read_file, dict.fromkeys(lock.policies, "hold"), WIDTH, HEIGHT)
        for i, frame in enumerate(frames):
            for judge in judges.values():
                judge.see(i, frame)
        return {name: {a: f for a, (f, _) in judge.report().items()} for name, judge in judges.items()}

    def rows(self, half: str) -> Iterator[Row]:
        """Every attribute of every clean take, and the drifted attribute of every drifted one."""
        every = list(cases(self.locks, half))
        for case in every[:: self.every]:
            take = self.render(case)
            clock = time.process_time()
            clean = self.judge((case.cast, case.stage), take.frames)
            self.spent.append((time.process_time() - clock) / FRAMES)
            for name, report in clean.items():
                for attribute, finding in report.items():
                    yield Row(case, "", name, attribute, finding)
            if not case.seen:  # what is not to be seen cannot drift to be found
                continue
            other = next(c for c in every if c.text == case.text and c.stage != case.stage)
            for drift, name, attribute, frames in self.plant(case, take, (other, self.render(other))):
                names = (case.cast,) if name == case.cast else (case.cast, case.stage)
                yield Row(case, drift, name, attribute, self.judge(names, frames)[name][attribute])
        for case, expression in face_cases(self.locks, half):
            take = self.render(case)
            tall = min(_height(m) for m in Planter._of(take, case.cast, "face"))
            report = self.judge((case.cast,), take.frames)[case.cast]
            for attribute in ("expression",) if expression else ("face", "expression"):
                drift = (
                    f"expression changed, face {'60 px and more' if tall >= 60 else 'smaller'}" if expression else ""
                )
                yield Row(case, drift, case.cast, attribute, report[attribute])


def tables(rows: Sequence[Row]) -> str:
    """Both tables of one half as Markdown."""
    clean: dict[str, list[str]] = defaultdict(list)
    drift: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        status = row.finding.status
        if row.drift:
            drift[row.drift if row.case.seen else f"{row.drift} (hard)"].append(status)
            continue
        of = "sets" if row.attribute in ("layout", "props", "surfaces") else "figures"
        for name in (row.attribute, f"all of {of}"):
            clean[name if row.case.seen else f"{name} (hard)"].append(status)
    lines = ["| clean takes | cases | falsely flagged | not seen |", "|---|---|---|---|"]
    for name, got in sorted(clean.items(), key=lambda c: ("(hard)" in c[0], "all" in c[0])):
        n = len(got)
        lines.append(
            f"| {name} | {n} | {got.count('flag')} ({got.count('flag') / n:.1%}) | {got.count('not_seen') / n:.0%} |"
        )
    lines += ["", "| drift | cases | found | passed (missed) | not seen |", "|---|---|---|---|---|"]
    for name, got in sorted(drift.items(), key=lambda d: "(hard)" in d[0]):
        n = len(got)
        lines.append(
            f"| {name} | {n} | {got.count('flag') / n:.0%} | {got.count('pass') / n:.0%} | {got.count('not_seen') / n:.0%} |"
        )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--save", type=Path)
    parser.add_argument("--half", choices=("fit", "held-out"))
    parser.add_argument("--write", type=Path)
    parser.add_argument(
        "--every", type=int, default=1, help="only every n-th take of lights and places; faces are all looked at"
    )
    parser.add_argument("--kept", action="store_true", help="print the findings kept in --save once more")
    parser.add_argument("--assets", type=Path, default=ASSETS)
    wanted = parser.parse_args(arguments)
    parts = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = wanted.save or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        bench = Bench(wanted.assets, folder, wanted.every)
        for half in (wanted.half,) if wanted.half else ("fit", "held-out"):
            kept = folder / f"{half}.pickle"
            rows, cost = pickle.loads(kept.read_bytes()) if wanted.kept else (list(bench.rows(half)), bench.cost)
            kept.write_bytes(pickle.dumps((rows, cost)))
            parts += [f"### {half.capitalize()}", tables(rows)]
    parts.append(
        f"A frame costs {1000 * cost:.0f} ms of one core for two locks (mean over clean takes, first looks included)."
    )
    text = "\n\n".join(parts)
    print(text)
    if wanted.write:
        put(wanted.write, BEGIN, END, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
