"""How often the judge is wrong, on the shipped cast and sets.

    .venv/bin/python -m benchmarks.continuity_v1 [--save FOLDER] [--directions N]

Renders one poster for every pair of cast and sets and a list of lights, weathers, sizes and grades; judges each as it is, and with drifts planted
in the finished frame by the engine's own region layer (which the judge never sees). Prints, by attribute, the share of clean frames that are
flagged and that are not seen; by drift, the share found, missed and not seen. One frame a case: a clip gives the judge more.
With --save FOLDER the frames and raw measurements are kept and reused.
"""

from __future__ import annotations

import argparse
import json
import pickle
import sys
import tempfile
import time
import zlib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sora_lock.continuity import Judge
from sora_lock.continuity.thresholds import SCORE, scaled
from sora_lock.direction import read
from sora_lock.engines import Actor, Scene, engine, poster_frame
from sora_lock.media import film
from sora_lock.paths import ASSETS
from sora_lock.records import Lock, Placement, Shot, lock_from
from sora_lock.subjects.baked import load

Frame = NDArray[np.uint8]

DIRECTIONS = (
    "day",
    "chiaroscuro",
    "heavy downpour",
    "close-up, golden hour",
    "neon night, fog",
    "overcast, medium close-up",
    "low angle, slow push-in",
    "snow, blue hour",
    "rembrandt, close-up",
    "wide, morning mist",
    "black and white, noir",
    "teal and orange, dusk",
    "high key, medium wide",
    "candlelight",
    "moonlight",
    "silhouette",
    "key from the left, low key",
    "orbit right, day",
    "high angle, rain",
    "warm, shallow focus, golden hour",
    "bleach bypass, storm",
    "dutch angle, rim light",
)
EXPRESSIONS = ("smile", "angry", "worried")


def shipped_locks(root: Path) -> list[tuple[Lock, Path]]:
    """Every lock beside the package, with its folder."""
    return [(lock_from(json.loads(p.read_text())), p.parent) for p in sorted(root.glob("*/*/lock.json"))]


def render(
    cast: tuple[Lock, Path], stage: tuple[Lock, Path], texts: list[str]
) -> dict[str, tuple[Frame, NDArray[np.uint16]]]:
    """Finished posters and region layers of a pair, by text."""
    actors = [Actor(lock, load(folder), None, dict.fromkeys(lock.policies, "free")) for lock, folder in (cast, stage)]
    scene = Scene((actors[0],), actors[1], 960, 540)
    made = engine("comp")
    prepared = made.prepare(scene)
    out = {}
    for text in texts:
        direction = read(text)
        places = [Placement(lock.name, lock.version, lock.lock_sha256) for lock, _ in (cast, stage)]
        shot = Shot(
            "SC010", "SH010", (places[0],), places[1], {}, 960, 540, "24", 48, zlib.crc32(text.encode()), "comp"
        )
        layers = made.poster(prepared, shot, direction)
        rgb = film.develop(layers.picture, grade=direction.values("grade"), seed=shot.seed, frame=poster_frame(shot))
        rgb = film.grain(rgb, seed=shot.seed, frame=poster_frame(shot), strength=0.35)
        out[text] = (compressed(rgb), np.asarray(layers.region, np.uint16))
    table = [(r.lock, r.part, tuple(r.attributes)) for r in prepared.regions]
    out[""] = (np.zeros((1, 1, 3), np.uint8), np.zeros((1, 1), np.uint16))
    return {**out, "table": table}  # type: ignore[dict-item]


def compressed(rgb: Frame) -> Frame:
    """Through JPEG 88, as a stand-in for the losses of a proxy (chroma at half size, blocks of 8)."""
    import cv2

    data = cv2.imencode(".jpg", np.ascontiguousarray(rgb[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, 88])[1]
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])


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


def drifts(
    rgb: Frame, region: NDArray[np.uint16], table: list[Any], cast: str, stage: str, sibling: Any
) -> list[tuple[str, str, str, Frame]]:
    """(drift, lock, attribute, frame) for all drifts that this frame can carry above the floors."""

    def of(lock: str, attribute: str) -> NDArray[np.bool_]:
        return np.isin(region, [k for k, r in enumerate(table, 1) if r[0] == lock and attribute in r[2]])

    out = []
    coat, face = of(cast, "wardrobe"), of(cast, "face")
    if coat.sum() > 2500:
        out.append(("wardrobe hue 25", cast, "wardrobe", turned(rgb, coat, 25)))
        out.append(("wardrobe hue 60", cast, "wardrobe", turned(rgb, coat, 60)))
    rows = np.flatnonzero(face.any(axis=1))
    if len(rows) and rows[-1] - rows[0] >= 60:
        out.append(("face mirrored", cast, "face", mirrored(rgb, face)))
        if sibling is not None:
            other, other_region, other_table, name = sibling
            theirs = np.isin(other_region, [k for k, r in enumerate(other_table, 1) if r[0] == name and "face" in r[2]])
            if theirs.sum() > 500:
                out.append(("face swapped", cast, "face", swapped(rgb, face, other, theirs)))
    wall = _one(region, table, stage, "surfaces")
    # turning the hue of grey plaster changes nothing anybody could see
    strong = wall.sum() > 10000 and float(np.ptp(rgb[wall].astype(np.float32), axis=1).mean()) > 25
    if strong:
        out.append(("walls hue 25", stage, "surfaces", turned(rgb, wall, 25)))
        out.append(("walls hue 60", stage, "surfaces", turned(rgb, wall, 60)))
    prop = _one(region, table, stage, "props", whole=True)
    if prop.sum() > 0.015 * region.size:
        out.append(("prop painted out", stage, "props", removed(rgb, prop)))
    return out


def _one(
    region: NDArray[np.uint16], table: list[Any], lock: str, attribute: str, whole: bool = False
) -> NDArray[np.bool_]:
    """The largest single region of an attribute; with `whole`, of those that do not touch the frame's edge."""
    best = np.zeros(region.shape, bool)
    for k, entry in enumerate(table, 1):
        if entry[0] == lock and attribute in entry[2]:
            mask = region == k
            edge = mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any()
            if mask.sum() > best.sum() and not (whole and edge):
                best = mask
    return best


def look(lock: Lock, folder: Path, rgb: Frame) -> dict[str, dict[str, Any]]:
    """Raw measurements of one frame: attribute -> structure, tint, why."""
    judge = Judge(
        lock,
        lambda sha: (folder / "anchors" / f"{sha[:16]}.png").read_bytes(),
        dict.fromkeys(lock.policies, "hold"),
        960,
        540,
    )
    judge.see(0, rgb)
    return {
        a: {"structure": k[0].structure, "tint": k[0].tint, "shift": k[0].shift, "why": k[0].why, "what": k[0].what}
        for a, k in judge.looks.items()
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--save", type=Path)
    parser.add_argument("--directions", type=int, default=len(DIRECTIONS))
    parser.add_argument("--assets", type=Path, default=ASSETS)
    wanted = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        folder = wanted.save or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        rows = measure(wanted.assets, folder, list(DIRECTIONS[: wanted.directions]))
    (folder / "rows.json").write_text(json.dumps(rows)) if wanted.save else None
    print(table_of(rows))
    return 0


def measure(root: Path, folder: Path, texts: list[str]) -> list[dict[str, Any]]:
    """All cases as rows {cast, stage, text, drift, lock, attribute, structure, tint, why}; drift "" is clean."""
    locks = shipped_locks(root)
    people, stages = [k for k in locks if k[0].kind == "character"], [k for k in locks if k[0].kind == "set"]
    rendered: dict[tuple[str, str], Any] = {}
    for c in people:
        for s in stages:
            kept = folder / f"{c[0].name}_{s[0].name}.pickle"
            frames = pickle.loads(kept.read_bytes()) if kept.exists() else {}
            missing = [
                t
                for t in (
                    *texts,
                    *(f"{texts[0]}, {e}" for e in EXPRESSIONS),
                    *(f"close-up, chiaroscuro, {e}" for e in EXPRESSIONS),
                )
                if t not in frames
            ]
            if missing:
                frames |= render(c, s, missing)
                kept.write_bytes(pickle.dumps(frames))
            rendered[c[0].name, s[0].name] = frames
    rows = []
    spent: list[float] = []
    for c in people:
        for s in stages:
            frames = rendered[c[0].name, s[0].name]
            for text in texts:
                rgb, region = frames[text]
                clock = time.perf_counter()
                clean: dict[tuple[str, str], dict[str, Any]] = {}
                for lock, where in (c, s):
                    for a, m in look(lock, where, rgb).items():
                        clean[lock.name, a] = m
                        rows.append(_row(c, s, text, "", lock, a, m))
                spent.append(time.perf_counter() - clock)
                sibling = next(
                    (
                        (*rendered[o[0].name, s[0].name][text], rendered[o[0].name, s[0].name]["table"], o[0].name)
                        for o in people
                        if o is not c
                    ),
                    None,
                )
                for drift, name, attribute, changed in drifts(
                    rgb, region, frames["table"], c[0].name, s[0].name, sibling
                ):
                    lock, where = c if name == c[0].name else s
                    # what is not seen in the clean frame is not looked at again: its drift counts as not seen
                    held = clean[name, attribute]
                    m = held if held["structure"] is None else look(lock, where, changed)[attribute]
                    rows.append(_row(c, s, text, drift, lock, attribute, m))
            for base in (texts[0], "close-up, chiaroscuro"):
                for e in EXPRESSIONS:
                    m = look(*c, frames[f"{base}, {e}"][0])["expression"]
                    rows.append(_row(c, s, f"{base}, {e}", "expression changed", c[0], "expression", m))
    print(f"judging a frame for two locks, first look: median {np.median(spent):.2f} s", file=sys.stderr)
    return rows


def _row(c: Any, s: Any, text: str, drift: str, lock: Lock, attribute: str, m: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "cast": c[0].name,
        "stage": s[0].name,
        "text": text,
        "drift": drift,
        "lock": lock.name,
        "attribute": attribute,
        **m,
    }


def verdict(row: Mapping[str, Any]) -> str:
    """ "pass", "flag" or "not seen" under the thresholds in force."""
    if row["structure"] is None:
        return "not seen"
    return "flag" if scaled(row["structure"], row["tint"], row["attribute"], row["shift"]) < SCORE else "pass"


def table_of(rows: list[dict[str, Any]]) -> str:
    """The two tables as Markdown."""
    clean: dict[str, list[str]] = defaultdict(list)
    drift: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["drift"]:
            drift[row["drift"]].append(verdict(row))
        else:
            clean[row["attribute"]].append(verdict(row))
            clean["all"].append(verdict(row))
    lines = ["| clean frames | cases | judged | falsely flagged of judged | not seen |", "|---|---|---|---|---|"]
    for name, got in clean.items():
        judged = len(got) - got.count("not seen")
        lines.append(
            f"| {name} | {len(got)} | {judged} | {got.count('flag')} ({got.count('flag') / max(1, judged):.1%}) | {got.count('not seen') / len(got):.0%} |"
        )
    lines += ["", "| drift | cases | found | passed (missed) | not seen |", "|---|---|---|---|---|"]
    for name, got in drift.items():
        n = len(got)
        lines.append(
            f"| {name} | {n} | {got.count('flag') / n:.0%} | {got.count('pass') / n:.0%} | {got.count('not seen') / n:.0%} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
