"""People and places made from seeds for the corpus, each with a lock: what limits are set on beside the shipped figures and sets.

    .venv/bin/python -m benchmarks.continuity_corpus FOLDER --half made

They come from seeds that training never films, and are made from the shipped subjects of the calibration half and from boxes: of those of the test
half there is nothing in them. Every take has a person and a place of its own.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import count, islice

from sora_lock.records import ATTRIBUTES, Kind, Lock
from sora_lock.subjects.baked import BakedSubject
from training import people, places

FIRST_SEED = 2_000_000
"""Below it are the seeds of training and of what it holds out."""
MODELS = frozenset({"mara", "ivo", "alley", "kitchen"})
"""Shipped subjects that they may be made from."""
ATLAS_PX = 1024
"""Side of a person's atlas: a close-up at 480x270 shows as many texels of a face."""
REPAINTED_EVERY = 4
"""Of so many places one is a shipped set in other colours, whose forms are richer than boxes."""

MOST = 400
"""Takes that there can be."""


@lru_cache(maxsize=1)
def _seeds() -> tuple[list[int], list[int]]:
    """Seeds of people and of repainted sets whose models may be used, the first MOST of each."""
    return (
        list(islice((s for s in count(FIRST_SEED) if people.model_of(s) in MODELS), MOST)),
        list(islice((s for s in count(FIRST_SEED) if places.model_of(s) in MODELS), MOST)),
    )


def names(number: int) -> tuple[str, str]:
    """The person and the place of a take: "p2000003", "s2000007" or "kitchen2000007".

    Raises:
        IndexError: from MOST takes on.
    """
    person_seeds, repainted_seeds = _seeds()
    if number % REPAINTED_EVERY:
        return f"p{person_seeds[number]}", f"s{FIRST_SEED + number}"
    seed = repainted_seeds[number]
    return f"p{person_seeds[number]}", f"{places.model_of(seed)}{seed}"


@lru_cache(maxsize=6)
def made(name: str) -> tuple[Lock, BakedSubject]:
    """Lock and subject by name, as `names` gives it."""
    seed = int(name.lstrip("abcdefghijklmnopqrstuvwxyz"))
    if name.startswith("p"):
        subject = people.person(seed, ATLAS_PX).subject
    else:
        subject = (places.place(seed) if name == f"s{seed}" else places.repainted(seed)).subject
    return _locked(subject), subject


def _locked(subject: BakedSubject) -> Lock:
    """A first version of a lock with no anchors: it is judged by its geometry alone."""
    kind: Kind = "character" if subject.kind == "character" else "set"
    return Lock(
        subject.name, kind, 1, f"made/{subject.name}", subject.subject_sha256, subject.atlas().atlas_sha256, subject.regions,
        dict.fromkeys(ATTRIBUTES[kind], "hold"), (),
    )  # fmt: skip
