"""Text-to-image models: the one that is shipped, those that are pinned by commit, folders of one's own, and where their weights lie on this machine.

Place in the path: under `draw`, and under the page, which says before anything starts what is missing; imports no torch. The weights are checked before a
library sees them (`sora_lock.weights`), read from safetensors alone, and never fetched from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sora_lock.audition.words import FEW_WORDS, FRAMES
from sora_lock.errors import NotFoundError
from sora_lock.weights import Weights, check_folder, folder_sha256, is_shipped, shipped, snapshot

PIPELINES = frozenset(
    {
        "AuraFlowPipeline", "ChromaPipeline", "CogView3PlusPipeline", "CogView4Pipeline", "FluxPipeline", "HunyuanDiTPipeline", "Kandinsky3Pipeline",
        "LatentConsistencyModelPipeline", "Lumina2Pipeline", "QwenImagePipeline", "SanaPipeline",
        "StableDiffusion3Pipeline", "StableDiffusionPipeline", "StableDiffusionXLPipeline", "ZImagePipeline",
    }
)  # fmt: skip
"""Classes of diffusers that draw a picture from a prompt, and are called alike."""


@dataclass(frozen=True)
class Pinned:
    """A model that is known here.

    Attributes:
        id: what it is asked for by.
        weights: where they come from; None of what is shipped, which makes clips, and a picture as a clip of one frame.
        name: as people call it; about: in a few words.
        include: patterns of the files that are read; a repository may hold others.
        variant: of the files' names ("fp16"), or None.
        precision: in which it is calculated on a GPU; on a processor all are calculated in float32.
        upright, wide: (width, height) px of a figure and of a place, of the sizes it was trained on.
        steps, guidance: as its authors recommend them.
        frames: the words that a candidate is asked for in.
    """

    id: str
    weights: Weights | None
    name: str
    about: str
    include: tuple[str, ...]
    variant: str | None
    precision: Literal["float16", "bfloat16"]
    upright: tuple[int, int]
    wide: tuple[int, int]
    steps: int
    guidance: float
    frames: Mapping[str, str] = field(default_factory=lambda: FRAMES)


MODELS: Mapping[str, Pinned] = {
    pinned.id: pinned
    for pinned in (
        Pinned(
            "mini", None, "Miniature (shipped)", "in seconds on a processor; paints light, weather and colours without faces, for tries and teaching",
            (), None, "bfloat16", (256, 144), (256, 144), 8, 2.5, FEW_WORDS,
        ),
        Pinned(
            "stabilityai/stable-diffusion-xl-base-1.0",
            Weights("stabilityai/stable-diffusion-xl-base-1.0", "462165984030d82259a11f4367a4eed129e94a7b", "OpenRAIL++-M"),
            "Stable Diffusion XL", "7 GB; on a GPU of 8 GB and more",
            ("*.json", "*.txt", "*.fp16.safetensors"), "fp16", "float16", (832, 1216), (1216, 832), 30, 5.0,
        ),
        Pinned(
            "Tongyi-MAI/Z-Image-Turbo",
            Weights("Tongyi-MAI/Z-Image-Turbo", "f332072aa78be7aecdf3ee76d5c247082da564a6", "Apache-2.0"),
            "Z-Image Turbo", "nine steps; on a GPU of 16 GB and more",
            ("*.json", "*.txt", "*.safetensors"), None, "bfloat16", (832, 1216), (1216, 832), 9, 0.0,
        ),
    )
}  # fmt: skip
"""The allow-list: id -> what is known of it. A commit fixes every byte."""
LISTED = tuple(name for name, pinned in MODELS.items() if pinned.weights is not None or is_shipped(name))
"""Those of the allow-list that can be had: all but what this copy came without."""
USUAL = LISTED[0]
"""What is drawn with where nothing is named: the shipped one runs everywhere."""


@dataclass(frozen=True)
class Found:
    """Weights that lie on this machine and passed the checks.

    Attributes:
        pinned: what is known of them; None of a folder of one's own.
        variant: of the files' names, or None.
    """

    folder: Path
    pinned: Pinned | None
    variant: str | None

    def identity(self) -> str:
        """What is recorded: "OWNER/NAME@COMMIT", or "mini:SHA256" or "folder:SHA256" of what is read (which takes a while the first time)."""
        if self.pinned is None or self.pinned.weights is None:
            return f"{self.pinned.id if self.pinned else 'folder'}:{folder_sha256(self.folder)}"
        return f"{self.pinned.weights.repository}@{self.pinned.weights.commit}"


def find(model: str) -> Found:
    """Where the weights of a model lie.

    Args:
        model: an id of `MODELS`, or a folder as diffusers' `save_pretrained` writes it; "" for `USUAL`.

    Raises:
        NotFoundError: for a name that is neither.
        EngineUnavailableError: when the weights are not here; the message holds the command that gets them.
        MediaError: when the folder holds another kind of model, or something in it is not what it says.
    """
    named = model.strip() or USUAL
    pinned = MODELS.get(named)
    if pinned is not None:
        if pinned.weights is None:
            from sora_lock.engines.vace.models import checked  # the page lists models without it

            folder = shipped(pinned.id)
            checked(folder)
        else:
            folder = snapshot(pinned.weights.repository, pinned.weights.commit, pinned.include)
            check_folder(folder, PIPELINES)
        return Found(folder, pinned, pinned.variant)
    folder = Path(named).expanduser()
    if not folder.is_dir():
        raise NotFoundError(
            f"{named[:80]!r} is no model that is known here and no folder; name {' or '.join(MODELS)}, or a folder as diffusers' save_pretrained writes it."
        )
    check_folder(folder, PIPELINES)
    return Found(folder, None, _variant(folder))


def _variant(folder: Path) -> str | None:
    """ "fp16" where the networks' weights are named so and there are no others."""
    names = [p.name for p in folder.glob("*/*.safetensors")]
    return "fp16" if names and all(".fp16." in n or ".fp16-" in n for n in names) else None
