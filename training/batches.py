"""Batches for the transformer: what a VACE is told, put together from latents as the stock pipeline puts it together.

Place in the path: training, between `latents` and `train`. The layout is `WanVACEPipeline`'s: reference latents stand before the clip's frames, the control is
"inactive", "reactive" and the denoise mask folded into channels, and the mask is 0 over references.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.data import shipped_alone
from training.latents import KINDS, Take, blanks, read
from training.vae import SPATIAL

PICTURE, DEPTH, CAST, SET = range(len(KINDS))
TASKS = {"text": 0.42, "depth": 0.42, "hold cast": 0.1, "hold set": 0.06}
"""What a sample is told besides its caption and references, and how often."""
REFERENCES = {0: 0.6, 1: 0.2, 2: 0.14, 3: 0.06}
"""How many references a batch has, and how often."""
NO_CAPTION, ONLY_REFERENCES = 0.12, 0.4
"""How often a caption is left out, for guidance, and where references stand in its place: beside a caption that says nearly all of it, a picture is not read."""
FAMILIAR = 0.5
"""How many samples are of what is shipped alone, over its share of the scenes: it is what is asked for most, and so few pictures that they are learned soonest."""


@dataclass(frozen=True)
class Batch:
    """What a step of training is given.

    Attributes:
        clean: latents [B, C, R + F, H, W]: references, then the take.
        control: [B, 2 C + 64, R + F, H, W].
        captions: one each; "" where it is left out.
        references: R.
    """

    clean: Tensor
    control: Tensor
    captions: list[str]
    references: int


def folded(mask: NDArray[np.uint8]) -> Tensor:
    """A denoise mask uint8 [F, 8 H, 8 W] with each latent pixel's 8x8 block in channels, float32 [64, F, H, W]."""
    frames, height, width = mask.shape
    blocks = torch.from_numpy(mask).float().view(frames, height // SPATIAL, SPATIAL, width // SPATIAL, SPATIAL)
    return blocks.permute(2, 4, 0, 1, 3).flatten(0, 1)


def told(take: Take, task: str, blank: Tensor) -> Tensor:
    """The control of a take without references, [2 C + 64, F, H, W]."""
    given = torch.from_numpy(take.latents).float()
    cast = take.mask
    if task == "text":
        inactive, reactive, mask = blank, blank, np.ones_like(cast)
    elif task == "depth":
        inactive, reactive, mask = blank, given[DEPTH], np.ones_like(cast)
    elif task == "hold cast":
        inactive, reactive, mask = given[CAST], blank, 1 - cast
    else:
        inactive, reactive, mask = given[SET], blank, cast
    return torch.cat([inactive, reactive, folded(np.ascontiguousarray(mask))])


class Shelf:
    """The takes that are encoded so far, in memory; asks for new ones now and then."""

    def __init__(self, work: Path) -> None:
        self._work, self._seen = work, set[str]()
        self.stills: list[Take] = []
        self.clips: list[Take] = []
        self.familiar: dict[bool, list[Take]] = {False: [], True: []}
        self.blank: dict[int, Tensor] = {}
        self.look()

    def look(self) -> None:
        """Reads what has been encoded since."""
        self.blank = {k: torch.from_numpy(v).float() for k, v in blanks(self._work).items()}
        for path in sorted((self._work / "latents").glob("*.npz")):
            if path.name in self._seen:
                continue
            self._seen.add(path.name)
            shipped = shipped_alone(self._work, path.name)
            for take in read(path):
                clip = take.latents.shape[2] > 1
                (self.clips if clip else self.stills).append(take)
                if shipped:
                    self.familiar[clip].append(take)

    def batch(self, rng: np.random.Generator, count: int, clips: bool) -> Batch:
        """A batch of random takes with random tasks, all with as many references."""
        every, familiar = (self.clips if clips else self.stills), self.familiar[clips]
        references = int(rng.choice(list(REFERENCES), p=list(REFERENCES.values())))
        left_out = ONLY_REFERENCES if references else NO_CAPTION
        clean, control, captions = [], [], []
        for _ in range(count):
            shelf = familiar if familiar and rng.random() < FAMILIAR else every
            take = shelf[int(rng.integers(len(shelf)))]
            task = str(rng.choice(list(TASKS), p=list(TASKS.values())))
            x = torch.from_numpy(take.latents[PICTURE]).float()
            c = told(take, task, self.blank[x.shape[1]])
            for k in _chosen(rng, len(take.references), references):
                x, c = referred(x, c, torch.from_numpy(take.references[k]).float())
            clean.append(x)
            control.append(c)
            captions.append("" if rng.random() < left_out else str(rng.choice(take.captions)))
        return Batch(torch.stack(clean), torch.stack(control), captions, references)


def referred(clean: Tensor, control: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
    """Clean latents and control with a reference [C, H, W] put before them."""
    latent = reference[:, None]
    rest = control.new_zeros(control.shape[0] - latent.shape[0], 1, *latent.shape[2:])
    return torch.cat([latent, clean], dim=1), torch.cat([torch.cat([latent, rest]), control], dim=1)


def _chosen(rng: np.random.Generator, there: int, count: int) -> list[int]:
    """Which references a sample gets, in the engine's order: one view of each of the cast, the set, other views of the cast; now and then in any order."""
    views = 3
    shuffled = [[k + int(v) for v in rng.permutation(views)] for k in range(0, there - 1, views)]
    order = [*(own[0] for own in shuffled), there - 1, *(own[v] for v in range(1, views) for own in shuffled)]
    order = (order * count)[:count]  # a set without a cast has one picture alone
    return [int(k) for k in rng.permutation(order)] if rng.random() < 0.25 else order
