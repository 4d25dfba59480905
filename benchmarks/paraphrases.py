"""How well direction is understood beyond its vocabulary, on 253 phrases as film people say them (tests/phrases.tsv).

    .venv/bin/python -m benchmarks.paraphrases [--write docs/paraphrases.md]
    .venv/bin/python -m benchmarks.paraphrases --bank       # encodes the vocabulary anew, after it changed

The phrases marked `before` were written before any score was seen, threshold and margin are chosen on those marked `after`; those marked `last`
were written when bank, threshold and margin stood, and only measured. Each names what a person would take it to mean (one or more values, any of which is right), or `unread`: moods, plot, nonsense,
and what is not done here. Prints exact reading alone against exact reading and likeness, and every miss and false chip.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sora_lock import paraphrase
from sora_lock.direction import read
from sora_lock.minilm import INSTALL, Encoder, folder
from sora_lock.paraphrase import likeness, understand
from sora_lock.records import Direction

PHRASES = Path(__file__).resolve().parent.parent / "tests" / "phrases.tsv"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
HALVES = {"before": "before any score", "after": "thresholds chosen on it", "last": "held out"}
COST = 3
"""A false chip weighs as much as this many right ones when the threshold is chosen."""


@dataclass(frozen=True)
class Phrase:
    """One line of the file: its half, the words, and the (axis, value) pairs that are right; none for what must stay unread."""

    half: str
    text: str
    wanted: frozenset[tuple[str, str]]


def phrases(path: Path = PHRASES) -> list[Phrase]:
    """All phrases, in the file's order."""
    out = []
    for line in path.read_text("utf-8").splitlines()[1:]:
        half, text, wanted = line.split("\t")
        pairs = () if wanted == "unread" else (tuple(w.split(":")) for w in wanted.split("|"))
        out.append(Phrase(half, text, frozenset((p[0], p[1]) for p in pairs)))
    return out


@dataclass
class Count:
    """Phrases understood rightly, given a false chip, and that had something to understand."""

    right: int = 0
    false: int = 0
    wanted: int = 0

    def add(self, phrase: Phrase, direction: Direction) -> str:
        """Counts one reading: "right", "false", "missed" or "unread". A chip that is not wanted makes the whole reading false."""
        got = {(c.axis, c.value) for c in direction.chips if c.amount > 0}
        self.wanted += bool(phrase.wanted)
        if got - phrase.wanted:
            self.false += 1
            return "false"
        self.right += bool(got)
        return "right" if got else "missed" if phrase.wanted else "unread"

    def row(self) -> str:
        """Precision and recall with their counts, as cells of a table."""
        said = self.right + self.false
        precision = f"{self.right / said:.0%} ({self.right} of {said})" if said else "-"
        recall = f"{self.right / self.wanted:.0%} ({self.right} of {self.wanted})" if self.wanted else "-"
        return f"{precision} | {recall}"


def choose(some: Sequence[Phrase]) -> tuple[float, float]:
    """Threshold and margin with the most right less `COST` times false chips on phrases that give no exact chip; the strictest of equals."""
    found = [
        (p, like)
        for p in some
        if not read(p.text).chips and not paraphrase.turned(p.text) and (like := likeness(p.text.casefold()))
    ]
    best = (-1000, 0.0, 0.0)
    for threshold in np.arange(0.40, 0.80, 0.02):
        for margin in np.arange(0.0, 0.16, 0.02):
            said = [
                (like.axis, like.value) in p.wanted
                for p, like in found
                if like.axis not in {"", *paraphrase.HELD} and like.score >= threshold and like.margin >= margin
            ]
            right = sum(said)
            best = max(best, (right - COST * (len(said) - right), round(float(threshold), 2), round(float(margin), 2)))
    return best[1], best[2]


def report() -> str:
    """The tables, as Markdown."""
    out = ["| phrases | reading | precision | recall |", "|---|---|---|---|"]
    noted: list[str] = []
    wrongly: list[str] = []
    axes: dict[str, dict[str, Count]] = {half: defaultdict(Count) for half in HALVES}
    for half, about in HALVES.items():
        some = [p for p in phrases() if p.half == half]
        exact, both, added = Count(), Count(), Count()
        for p in some:
            before, after = read(p.text), understand(p.text)
            exact.add(p, before)
            how = both.add(p, after)
            if not before.chips:
                added.add(p, after)
            for axis in sorted({a for a, _ in p.wanted}):
                axes[half][axis].add(p, after)
            if how in ("false", "missed"):
                got = ", ".join(f"{c.axis} {c.value}" for c in after.chips)
                wanted = " or ".join(f"{a} {v}" for a, v in sorted(p.wanted)) or "nothing"
                noted.append(f"- {half}, {how}: “{p.text}”" + (f" gave {got}" if got else "") + f"; meant {wanted}")
        silent = sum(not p.wanted for p in some)
        wrongly.append(f"{sum(bool(understand(p.text).chips) for p in some if not p.wanted)} of {silent} {half}")
        for name, count in (("exact alone", exact), ("exact and likeness", both), ("where exact gave nothing", added)):
            out.append(f"| {half}, {about} ({len(some)}, {silent} to stay unread) | {name} | {count.row()} |")
    out += [
        "",
        "| axis | " + " | ".join(f"precision, {half} | recall, {half}" for half in HALVES) + " |",
        "|---|" + "---|---|" * len(HALVES),
    ]
    for axis in sorted({a for by in axes.values() for a in by}):
        out.append(f"| {axis} | " + " | ".join(axes[half][axis].row() for half in HALVES) + " |")
    out += ["", f"Given a chip though meant to stay unread: {', '.join(wrongly)}."]
    return "\n".join([*out, "", "Missed and false:", "", *sorted(noted)])


def timings() -> str:
    """Seconds to the first likeness and milliseconds of a further one, of this machine now."""
    began = time.perf_counter()
    likeness("the very first words of a day")
    first = time.perf_counter() - began
    began = time.perf_counter()
    for n in range(20):
        likeness(f"as if it were clause {n}")
    return f"First clause, loading included: {first:.2f} s; a further one: {(time.perf_counter() - began) * 50:.0f} ms ({platform.machine()})."


def main() -> None:
    """Prints the report, or writes the bank."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.paraphrases", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables between the marks in this file")
    parser.add_argument("--bank", action="store_true", help="encode the vocabulary anew into assets/")
    asked = parser.parse_args()
    model = folder()
    if model is None:
        raise SystemExit(f"The optional extra is not installed: {INSTALL}")
    if asked.bank:
        paraphrase.write_bank(Encoder(model))
        return
    spent = timings()
    said = (
        f"Threshold {paraphrase.THRESHOLD}, margin {paraphrase.MARGIN}; chosen now on `after` it would be "
        "{} and {}. ".format(*choose([p for p in phrases() if p.half == "after"]))
        + f"{spent}\n\n{report()}"
    )
    print(said)
    if asked.write:
        head, _, tail = asked.write.read_text("utf-8").partition(BEGIN)
        asked.write.write_text(f"{head}{BEGIN}\n{said}\n{END}{tail.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main()
