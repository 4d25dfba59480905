"""How often the judge is wrong, by drift and strength; and where its thresholds come from.

    .venv/bin/python -m benchmarks.continuity_rates FOLDER --half calibrate made --calibrate      # writes sora_lock/continuity/calibrated.json
    .venv/bin/python -m benchmarks.continuity_rates FOLDER --half test --write docs/continuity.md

FOLDER holds the corpus (`benchmarks.continuity_corpus`); what the judges measured is kept beside it, so that thresholds can be set again
without looking again (--again looks again). Each take is worn in one of six ways (`continuity_wear`), by its number.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.continuity_baselines import recalls
from benchmarks.continuity_corpus import HALVES, MADE, Case, Kept, Renderer, cases
from benchmarks.continuity_drifts import Drift
from benchmarks.continuity_limits import calibrated, left_out, measure_of, status
from benchmarks.continuity_wear import WEAR, worn
from benchmarks.marked import put
from sora_lock.continuity.plates import Frame
from sora_lock.continuity.solid_judge import SolidJudge
from sora_lock.continuity.verdict import FILE, calibration, drift_map, limits, score
from sora_lock.records import ATTRIBUTES, Lock

SEEN = (0, 4, 7)
"""Which of a take's frames are looked at."""
BEGIN, END = "<!-- solid: begin -->", "<!-- solid: end -->"
FLOORS = {"face_px": 120, "moved_px": 3.0, "iris_px": 8.0, "prop_share": 0.02, "hue_deg": 15, "set_share": 0.2}
"""From where a drift must be found: of faces, of what moves, of irises, of things and of colours, as the issue fixes them; and how much of the frame
must show the set for its layout to be asked for."""
DARK_CODE = 26
"""Code value of the brightest channel below which a pixel shows nothing of what it is of."""
NARROW = ("neon", "black and white")
"""Words of a direction whose light or grade leaves no broadband light to tell a hue by."""

Measured = dict[str, float]


@dataclass(frozen=True)
class Row:
    """One lock in one take.

    Attributes:
        case: the take; lock, kind: whose; drift: what was planted ("" for a clean take), with strength, and finds as in `Drift`.
        above: whether the drift lies above the floors.
        floors: attributes that the take shows above the floors.
        found: in how many of the frames the subject was found.
        values: "attribute kind thing" -> measure.
        peak: whether the drift map's peak of "attribute kind thing" lies in what drifted.
        spent_s: seconds of one core.
    """

    case: str
    cast: str
    stage: str
    text: str
    wear: str
    lock: str
    kind: str
    drift: str
    strength: str
    finds: tuple[str, ...]
    above: bool
    floors: tuple[str, ...]
    found: int
    values: Measured
    peak: dict[str, bool]
    spent_s: float


def rows_of(render: Renderer, case: Case) -> Iterator[Row]:
    """What the judges measure in a take, and in its drifted twin where it has one."""
    clean = render.clean(case)
    drifted = render.drifted(case) if case.twinned else None
    wear = WEAR[case.number % len(WEAR)]
    for kept in (clean, drifted):
        if kept is None:
            continue
        frames = worn(kept.frames, wear, case.number)
        judges = {}
        for name in (case.cast, case.stage):
            lock, subject = render.lock(name)
            judges[name] = SolidJudge(lock, subject, dict.fromkeys(ATTRIBUTES[lock.kind], "hold"))
        looked = dict.fromkeys(judges, 0.0)
        for number in SEEN:
            frame = Frame(frames[number])
            for name, judge in judges.items():
                clock = time.process_time()
                judge.see(number, frame)
                looked[name] += time.process_time() - clock
        for name, judge in judges.items():
            clock = time.process_time()
            measured, shown = judge.measured()
            spent = looked[name] + time.process_time() - clock
            drift = kept.planted.get(name)
            if kept is drifted and drift is None:
                continue
            values = {" ".join(key): value for key, (value, _) in measured.items()}
            peak = {}
            if drift is not None:
                where = clean.part(name, drift.parts) | kept.part(name, drift.parts)
                for key, (_, told) in measured.items():
                    heat = drift_map(told)
                    y, x = np.unravel_index(int(heat.argmax()), heat.shape)
                    r, c = (
                        int((v + 0.5) * told.sight.scale + o)
                        for v, o in ((y, told.sight.origin[1]), (x, told.sight.origin[0]))
                    )
                    if told.kind == "mirrored":  # it was seen in the frame turned round
                        c = where.shape[2] - 1 - c
                    near = where[told.frame, max(0, r - 4) : r + 5, max(0, c - 4) : c + 5]
                    peak[" ".join(key)] = bool(near.any())
            yield Row(
                case.name, case.cast, case.stage, case.text, wear, name, judge.lock.kind, drift.name if drift else "",
                drift.strength if drift else "", drift.finds if drift else (), drift is not None and _above(clean, kept, name, drift, case),
                _floors(kept, render.lock(name)[0], case), shown, values, peak, spent,
            )  # fmt: skip


def _above(clean: Kept, kept: Kept, name: str, drift: Drift, case: Case) -> bool:
    """Whether a drift lies above the floors, by the engine's own region layer, in the middle of the take.

    What was added counts by what it newly covers; what was moved must have gone as far as anything that moves in a face.
    """
    middle = len(clean.frames) // 2
    before, after = (k.part(name, drift.parts)[middle] & _lit(k) for k in (clean, kept))
    shown = float((before | after).mean())
    if drift.name in ("mouth moved", "brow moved", "expression"):
        tall = _tall(clean, case)
        return tall >= FLOORS["face_px"] and drift.moved_m * tall / 0.2 >= FLOORS["moved_px"]
    if drift.name == "iris":  # an iris is about a sixteenth of a face's height
        return _tall(clean, case) / 16 >= FLOORS["iris_px"]
    if drift.name == "face swapped":
        return _tall(clean, case) >= FLOORS["face_px"] / 2
    if drift.name == "button missing":
        return False
    if drift.name in ("prop added", "window added"):
        return float((after & ~before).mean()) >= FLOORS["prop_share"]
    if drift.name == "prop moved":
        height = max(1, int((before | after).any(axis=1).sum()))
        far_px = float((before ^ after).sum()) / (2 * height)
        return shown >= FLOORS["prop_share"] and far_px >= FLOORS["moved_px"]
    if drift.name in ("walls hue", "wardrobe hue", "skin", "hair colour") and not _broadband(case):
        return False
    return shown >= FLOORS["prop_share"]


def _lit(kept: Kept) -> NDArray[np.bool_]:
    """Where the middle of a take is not dark, bool [H, W]."""
    return np.asarray(kept.frames[len(kept.frames) // 2].max(axis=-1) > DARK_CODE)


def _tall(kept: Kept, case: Case) -> int:
    """Height of the face in the middle of the take, px."""
    rows = np.nonzero(kept.part(case.cast, ("face",))[len(kept.frames) // 2].any(axis=1))[0]
    return int(np.ptp(rows)) + 1 if len(rows) else 0


def _broadband(case: Case) -> bool:
    return not any(word in case.text for word in NARROW)


def _floors(kept: Kept, lock: Lock, case: Case) -> tuple[str, ...]:
    """Attributes that a take shows above the floors in its middle, by the engine's own region layer."""
    middle, lit, out = len(kept.frames) // 2, _lit(kept), []

    def share(names: tuple[str, ...]) -> float:
        return float((kept.part(lock.name, names)[middle] & lit).mean())

    for attribute in ATTRIBUTES[lock.kind]:
        names = tuple(r.name for r in lock.regions if attribute in r.attributes)
        if attribute in ("face", "expression"):
            above = _tall(kept, case) >= FLOORS["face_px"] / (1 if attribute == "expression" else 2)
        elif attribute == "layout":
            above = share(tuple(r.name for r in lock.regions)) >= FLOORS["set_share"]
        else:
            above = max(share((n,)) for n in names) >= FLOORS["prop_share"]
            above = above and (attribute != "surfaces" or _broadband(case))
        out += [attribute] * bool(above)
    return tuple(out)


def measured(folder: Path, half: str, rounds: int, again: bool, most: int) -> list[Row]:
    """The rows of a half, from what is kept where it is."""
    render = Renderer(folder)
    path = folder / f"measured_{half}.jsonl"
    kept: dict[str, list[Row]] = defaultdict(list)
    if path.exists() and not again:
        for line in path.read_text().splitlines():
            data = json.loads(line)
            kept[data["case"]].append(Row(**data | {k: tuple(data[k]) for k in ("finds", "floors")}))
    else:
        path.write_text("")
    out = []
    every = list(cases(half, rounds))  # in an order in which the first few say something of all
    for case in (every[0::3] + every[1::3] + every[2::3])[:most]:
        if not render.has(case):
            continue
        if case.name not in kept:
            kept[case.name] = list(rows_of(render, case))
            with path.open("a") as file:
                file.writelines(json.dumps(row.__dict__) + "\n" for row in kept[case.name])
            print(case.name, case.text, f"{sum(r.spent_s for r in kept[case.name]):.1f} s", flush=True)
        out += kept[case.name]
    return out


def interval(hits: Sequence[tuple[str, int, int]]) -> tuple[float, float]:
    """95 % interval of a rate from (cluster, hits, cases), by a bootstrap over clusters (2000 draws, seeded)."""
    by: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for cluster, hit, n in hits:
        by[cluster][0] += hit
        by[cluster][1] += n
    pairs = np.array(list(by.values()), np.float64)
    draw = np.random.default_rng(7).integers(0, len(pairs), (2000, len(pairs)))
    total = pairs[draw].sum(axis=1)
    rates = total[:, 0] / np.maximum(total[:, 1], 1)
    return float(np.percentile(rates, 2.5)), float(np.percentile(rates, 97.5))


def tables(rows: Sequence[Row], known: Mapping[str, float]) -> str:
    """Clean takes and drifts as Markdown."""
    clean = [r for r in rows if not r.drift]
    lines = [
        "| clean takes | cases | falsely flagged | not seen | above the floors | of those not seen |",
        "|---|---|---|---|---|---|",
    ]
    unseen, large = 0, 0
    for kind in ("character", "set"):
        for attribute in ATTRIBUTES[kind]:  # type: ignore[index]
            of_kind = [r for r in clean if r.kind == kind]
            got = [status(r, attribute, known) for r in of_kind]
            above = [s for r, s in zip(of_kind, got, strict=True) if attribute in r.floors]
            lines.append(_line(attribute, got, above))
            unseen, large = unseen + above.count("not_seen"), large + len(above)
    lines.append(f"| all attributes | | | | {large} | {unseen / max(large, 1):.0%} |")
    takes: dict[str, list[str]] = defaultdict(list)
    of: dict[str, str] = {}
    for r in clean:
        takes[r.case] += [status(r, a, known) for a in ATTRIBUTES[r.kind]]  # type: ignore[index]
        of[r.case] = f"{r.cast} {r.stage}"
    flagged = {case: "flag" in got for case, got in takes.items()}
    low, high = interval([(of[c], int(f), 1) for c, f in flagged.items()])
    n = len(takes)
    lines.append(
        f"| **a take, all attributes together** | {n} | {sum(flagged.values())} ({sum(flagged.values()) / max(n, 1):.1%}, 95 % interval {low:.1%} to {high:.1%}) | | | |"
    )
    lines += ["", "| drift | cases | found | missed | not seen | peak in it |", "|---|---|---|---|---|---|"]
    drifts: dict[tuple[bool, str], list[tuple[Row, str]]] = defaultdict(list)
    for r in rows:
        if r.drift:
            got = [status(r, a, known) for a in r.finds]
            said = "flag" if "flag" in got else "pass" if "pass" in got else "not_seen"
            drifts[not r.above, r.drift].append((r, said))
            strength = r.strength if r.drift in STRENGTHS else ""
            if strength:
                drifts[not r.above, f"{r.drift} {strength}"].append((r, said))
    for (small, name), got in sorted(drifts.items()):
        found = [r for r, s in got if s == "flag"]
        inside = [_peak(r, known) for r in found]
        told = [p for p in inside if p is not None]
        label = f"{name} (below the floors)" if small else name
        peak = f"{sum(told)}/{len(told)}" if told else ""
        n = len(got)
        counts = [sum(s == w for _, s in got) for w in ("flag", "pass", "not_seen")]
        lines.append(f"| {label} | {n} | {counts[0] / n:.0%} | {counts[1] / n:.0%} | {counts[2] / n:.0%} | {peak} |")
    every = [(r, s) for (small, name), got in drifts.items() if not small and name == got[0][0].drift for r, s in got]
    if every:
        low, high = interval([(f"{r.cast} {r.stage}", int(s == "flag"), 1) for r, s in every])
        told = [s for _, s in every]
        seen = [s for s in told if s != "not_seen"]
        lines += [
            "",
            f"Above the floors {told.count('flag')} of {len(told)} drifts were found ({told.count('flag') / len(told):.0%}, 95 % interval {low:.0%} to {high:.0%}), "
            f"{told.count('flag') / max(len(seen), 1):.0%} of those in attributes that were seen; {told.count('not_seen') / len(told):.0%} were not seen.",
        ]
    hit: dict[str, bool] = defaultdict(bool)
    for got in drifts.values():
        for r, s in got:
            hit[r.case] |= s == "flag"
    lines += [
        "",
        f"Of {len(hit)} drifted takes, whatever the strength, {np.mean(list(hit.values())):.0%} are flagged for what drifted in them.",
    ]
    return "\n".join(lines)


STRENGTHS = ("wardrobe hue", "walls hue", "prop moved", "mouth moved", "expression")
"""Drifts whose strengths have rows of their own."""


def _line(name: str, got: Sequence[str], above: Sequence[str]) -> str:
    n = max(1, len(got))
    unseen = f"{above.count('not_seen') / len(above):.0%}" if above else ""
    return (
        f"| {name} | {len(got)} | {got.count('flag')} ({got.count('flag') / n:.1%}) | {got.count('not_seen') / n:.0%} | "
        f"{len(above)} | {unseen} |"
    )


def _peak(row: Row, known: Mapping[str, float]) -> bool | None:
    """Whether the peak of the worst flagged measure lies in what drifted."""
    rated = [
        (score(v, known[m]), k)
        for k, v in row.values.items()
        if (m := measure_of(k)) in known and m.split(" ")[0] in row.finds
    ]
    return row.peak.get(min(rated)[1]) if rated else None


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", choices=(*HALVES, MADE), nargs="+", required=True)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--most", type=int, default=1000)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--calibrate", action="store_true")
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args(arguments)
    if asked.write and MADE in asked.half:
        parser.error(
            "plain measures compare with anchors, which what was made has none of; write a half of shipped subjects"
        )
    rows = [r for h in asked.half for r in measured(asked.folder, h, asked.rounds, asked.again, asked.most)]
    if asked.calibrate:
        wrong, takes = left_out(rows)
        said = {
            "limits": calibrated(rows),
            "half": " and ".join(asked.half),
            "takes": takes,
            "subjects": len({r.lock for r in rows}),
            "falsely_flagged_when_left_out": wrong,
        }
        FILE.write_text(json.dumps(said, indent=1) + "\n")
        calibration.cache_clear()
    text = tables(rows, limits())
    if asked.write:
        names = {r.case for r in rows}
        some = [c for h in asked.half for c in cases(h, asked.rounds) if c.name in names]
        plain = recalls(Renderer(asked.folder), some, SEEN)
        said = "; ".join(f"{name} {share:.0%}" for name, share in plain.items())
        text += f"\n\nOf all drifted takes, whatever the strength, at one per cent false flags plain measures of the whole frame find: {said}."
    print(text)
    if asked.write:
        put(asked.write, BEGIN, END, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
