"""The lock measured on trained weights: drift and PSNR on people and places that were never filmed in training.

    nice -n 19 .venv/bin/python -m training.eval --model assets/models/mini --work WORK --scenes 200        # goes on where it stopped
    nice -n 19 .venv/bin/python -m training.eval --model MODEL --work WORK --first 1 --scenes 1 --frames 5 --steps 2  # the one-minute variant

Place in the path: training, last. Each held-out scene is filmed by comp, and shot by the model in four ways: by text alone (lock off), with references, with
references and depth, and gripped (the base take's cast is kept by a matte and laid back over its core). Drift is 1 - the continuity judge's score, over
the attributes that it can judge in comp's own clip of the scene; what it then does not find counts as 1. PSNR is against comp's clip.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from diffusers import WanVACEPipeline
from numpy.typing import NDArray
from PIL import Image

from assets.bake.anchors import FIGURE_PX, FIGURE_VIEWS, seen
from sora_lock.camera import Framing, path
from sora_lock.continuity import Judge
from sora_lock.engines.comp import Comp
from sora_lock.engines.comp.words import indoors
from sora_lock.hold import core
from sora_lock.media.images import png
from sora_lock.records import Anchor, Chip, Direction, Lock
from training import scenes
from training.captions import caption
from training.contact import load, shoot
from training.data import HELD_OUT, HELD_OUT_SCENES, Set, look_chips, scene_files, scene_of, told
from training.export import GUIDANCE, STEPS
from training.features import features
from training.people import Person
from training.probe import QUESTIONS, Probe, answers_of, probes, shown_in

WAYS = ("lock off", "references", "references + depth", "gripped")
SIZES = ("medium close-up", "medium", "medium wide")
MOVES = ("static", "push in", "pull out", "truck left", "orbit right", "handheld")
POLICIES = {"face": "hold", "expression": "free", "hair": "hold", "wardrobe": "hold", "body": "hold"}
"""What the judge is asked about: the direction may ask for an expression."""
ENLARGED = 3
"""By how much a clip is enlarged for the judge, who looks at nothing as small as a face in 256x144."""

Clip = NDArray[np.uint8]


@dataclass(frozen=True)
class Case:
    """A held-out scene as comp filmed it.

    Attributes:
        made: who and where; direction: what was asked; prompt: it in words.
        rgb: uint8 [F, H, W, 3]; cover: uint8 [F, H, W]; depth: uint8 [F, H, W], the control.
        references: RGBA pictures: the first of the cast, then the set.
    """

    made: Set
    direction: Direction
    prompt: str
    rgb: Clip
    cover: Clip
    depth: Clip
    references: tuple[Clip, ...]


def case_of(seed: int, frames: int) -> Case:
    """The case of a held-out seed: one person, seen large enough to be judged."""
    made, other = scene_of(seed), seed
    rng = np.random.default_rng([seed, 7])
    while not made.cast:
        other += HELD_OUT_SCENES
        made = scene_of(other)
    made = replace(made, seed=seed, cast=made.cast[:1])
    chips = [Chip("size", str(rng.choice(SIZES))), Chip("move", str(rng.choice(MOVES)))]
    direction = Direction("", (*chips, *look_chips(rng, indoors(made.place.subject.info), False)))
    scene = told(made)
    shown = list(scenes.frames(Comp().prepare(scene), scene, direction, frames, seed))
    subject, place = made.cast[0].subject, made.place.subject
    return Case(
        made, direction, caption(made.cast, made.place, direction, rng),
        np.stack([s.rgb for s in shown]), np.stack([s.coverage for s in shown]), scenes.control(np.stack([s.near for s in shown])),
        (scenes.anchor(subject, "medium front", 2 * scenes.HEIGHT), scenes.set_anchor(place, made.mark)),
    )  # fmt: skip


def lock_of(who: Person) -> tuple[Lock, Mapping[str, bytes]]:
    """A lock of a person made from a seed, with anchors as the shipped cast has them, and the bytes of their pictures by digest."""
    shelf: dict[str, bytes] = {}

    def keep(picture: Clip) -> str:
        data = png(picture)
        sha = hashlib.sha256(data).hexdigest()
        shelf[sha] = data
        return sha

    about, anchors = who.subject.framing, []
    for view, size, yaw in FIGURE_VIEWS:
        framing = Framing(tuple(about["eye_m"]), about["head_radius_m"], about["height_m"], 0.0, yaw, yaw)
        chips = Direction("", (Chip("size", size), Chip("move", "static")))
        rgba, regions = seen(who.subject, path(chips, framing, *FIGURE_PX, 1, 0)[0])
        anchors.append(Anchor(view, keep(rgba), keep(regions)))
    subject = who.subject
    policies: Any = POLICIES
    lock = Lock(
        who.name, "character", 1, f"seed/{who.name}", subject.subject_sha256, subject.atlas().atlas_sha256, subject.regions, policies, tuple(anchors),
    )  # fmt: skip
    return lock, shelf


def scores(lock: Lock, shelf: Mapping[str, bytes], clip: Clip) -> dict[str, float | None]:
    """The judge's score of each held attribute in a clip; None where it was not seen."""
    judge = Judge(lock, shelf.__getitem__, POLICIES, ENLARGED * clip.shape[2], ENLARGED * clip.shape[1])
    for frame, rgb in enumerate(clip):
        if judge.wants(frame, len(clip)):
            judge.see(frame, cv2.resize(rgb, None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_CUBIC))
    return {a: finding.score for a, (finding, _) in judge.report().items()}


def drift(found: Mapping[str, float | None], judged: Mapping[str, float | None]) -> float:
    """Mean of 1 - score over the attributes that have a score in `judged`; what was not found there counts as 1.

    Raises:
        ValueError: when nothing has.
    """
    those = [a for a, s in judged.items() if s is not None]
    if not those:
        raise ValueError("The judge sees nothing in comp's own clip, so there is no drift to measure.")
    return float(np.mean([1 - (found.get(a) or 0.0) for a in those]))


def psnr_db(one: Clip, other: Clip) -> float:
    """Peak signal to noise ratio of two clips of code values."""
    error = float(np.mean((one.astype(np.float32) - other) ** 2))
    return float(10 * np.log10(255**2 / max(error, 1e-6)))


def gripped(made: Clip, base: Clip, cover: Clip) -> Clip:
    """The model's clip with the base take's cast laid over: its very bytes in the core, mixed by coverage at the edge."""
    share = cover[..., None].astype(np.float32) / 255
    out = np.rint(base * share + made * (1 - share)).astype(np.uint8)
    for frame in range(len(out)):
        inside = core(cover[frame].astype(np.float32) / 255)
        out[frame][inside] = base[frame][inside]
    return out


def shot(pipe: WanVACEPipeline, case: Case, way: str, steps: int, guidance: float) -> Clip:
    """The case shot by the model in one of the `WAYS`; the seed of the noise is the scene's in all of them."""
    given: dict[str, Any] = {}
    if way != "lock off":
        height, width = case.rgb.shape[1:3]
        given["reference_images"] = [Image.fromarray(scenes.on_white(r, height, width)) for r in case.references]
    if way == "references + depth":
        given["video"] = [Image.fromarray(np.repeat(d[..., None], 3, axis=2)) for d in case.depth]
        given["mask"] = [Image.fromarray(np.full_like(d, 255)) for d in case.depth]
    if way == "gripped":
        held = case.cover > 127
        given["video"] = [Image.fromarray(f) for f in np.where(held[..., None], case.rgb, np.uint8(128))]
        given["mask"] = [Image.fromarray(np.where(h, np.uint8(0), np.uint8(255))) for h in held]
    made = shoot(pipe, case.prompt, case.made.seed, len(case.rgb), steps, guidance, **given)
    return gripped(made, case.rgb, case.cover) if way == "gripped" else made


def recognised(made: Mapping[str, Probe], case: Case, clip: Clip) -> dict[str, bool]:
    """Whether the probes tell light, weather and set of a clip's middle frame as they were asked for."""
    shown = features(clip[len(clip) // 2])[None]
    right = answers_of(case.made.place.kind, [(c.axis, c.value) for c in case.direction.chips])
    return {q: made[q].answer(shown)[0] == right[q] for q in QUESTIONS}


def rows(path: Path) -> list[dict[str, str]]:
    """What has been measured so far."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def table(measured: Sequence[Mapping[str, str]]) -> str:
    """One table in Markdown."""
    out = [
        "| shot by | scenes | drift | PSNR, dB | core exact | light | weather | set |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for way in ("comp", *WAYS):
        own = [r for r in measured if r["way"] == way]
        if not own:
            continue

        def mean(key: str, form: str, own: Sequence[Mapping[str, str]] = own) -> str:
            values = [float(r[key]) for r in own if r[key] != ""]
            return format(float(np.mean(values)), form) if values else ""

        cells = [
            mean("drift", ".3f"),
            mean("psnr_db", ".1f"),
            mean("exact", ".0%"),
            *(mean(q, ".0%") for q in QUESTIONS),
        ]
        out.append(f"| {way} | {len(own)} | {' | '.join(cells)} |")
    return "\n".join(out)


def exact(made: Clip, case: Case) -> bool:
    """Whether the cast's core has the base take's very bytes in every frame."""
    inside = [core(c.astype(np.float32) / 255) for c in case.cover]
    return all(np.array_equal(a[k], b[k]) for a, b, k in zip(made, case.rgb, inside, strict=True))


def measured(
    pipe: WanVACEPipeline, made: Mapping[str, Probe], case: Case, steps: int, guidance: float
) -> list[dict[str, Any]]:
    """A row for comp's own clip and for each of the `WAYS`; "" where a thing is not asked, or the judge sees nothing of the case."""
    lock, shelf = lock_of(case.made.cast[0])
    judged = scores(lock, shelf, case.rgb)
    seen_well = any(s is not None for s in judged.values())
    out = []
    for way in ("comp", *WAYS):
        clip = case.rgb if way == "comp" else shot(pipe, case, way, steps, guidance)
        row: dict[str, Any] = {
            "seed": case.made.seed,
            "way": way,
            "psnr_db": "",
            "exact": "",
            **dict.fromkeys(QUESTIONS, ""),
        }
        row["drift"] = round(drift(scores(lock, shelf, clip), judged), 4) if seen_well else ""
        if way != "comp":
            row["psnr_db"] = round(psnr_db(clip, case.rgb), 3)
        if way == "gripped":
            row["exact"] = int(exact(clip, case))
        if way in ("comp", "lock off"):
            row |= {q: int(v) for q, v in recognised(made, case, clip).items()}
        out.append(row)
    return out


def main() -> None:
    """Measures scene after scene into WORK/eval.csv and prints the table."""
    parser = argparse.ArgumentParser(description="Drift and PSNR of the model on held-out scenes.")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--scenes", type=int, default=HELD_OUT_SCENES)
    parser.add_argument("--first", type=int, default=0, help="the first of the held-out scenes")
    parser.add_argument("--frames", type=int, default=scenes.CLIP_FRAMES)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--guidance", type=float, default=GUIDANCE)
    asked = parser.parse_args()
    weights = asked.model / "transformer" / "diffusion_pytorch_model.safetensors"
    name = hashlib.sha256(weights.read_bytes()).hexdigest()[:12]
    log = asked.work / "eval.csv"
    done = {r["seed"] for r in rows(log) if r["model"] == name and r["way"] == WAYS[-1]}
    first = HELD_OUT + asked.first
    wanted = [s for s in range(first, first + asked.scenes) if str(s) not in done]
    if wanted:
        pipe = load(asked.model)
        made = probes(shown_in(scene_files(asked.work)))
        for seed in wanted:
            own = measured(pipe, made, case_of(seed, asked.frames), asked.steps, asked.guidance)
            fresh = not log.exists()
            with log.open("a", newline="") as file:
                writer = csv.DictWriter(file, ("model", "seed", "way", "drift", "psnr_db", "exact", *QUESTIONS))
                if fresh:
                    writer.writeheader()
                writer.writerows({"model": name, **row} for row in own)
    print(table([r for r in rows(log) if r["model"] == name]))


if __name__ == "__main__":
    main()
