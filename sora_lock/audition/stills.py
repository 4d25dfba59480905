"""The shipped model as one that draws: a clip of one frame is a picture.

Place in the path: audition, under `draw`; imports torch and diffusers.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from diffusers import WanVACEPipeline

from sora_lock.engines.vace.models import checked
from sora_lock.engines.vace.pipe import scaled


class Stills:
    """A WanVACEPipeline that is called as diffusers' pipelines of pictures are.

    Attributes:
        scheduler, components: the pipeline's.
    """

    def __init__(self, folder: Path) -> None:
        """Reads a checked folder; raises what `from_pretrained` raises."""
        self._pipe = WanVACEPipeline.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True, use_safetensors=True
        )
        self._pipe.set_progress_bar_config(disable=True)
        scaled(self._pipe, checked(folder).vae)
        self.scheduler, self.components = self._pipe.scheduler, self._pipe.components

    def __call__(self, **asked: Any) -> Any:
        """One picture as `.images` float [1, H, W, 3]; the arguments are those of `DiffusionPipeline`s that draw."""
        reads = self._pipe.tokenizer.model_max_length
        made = self._pipe(num_frames=1, max_sequence_length=reads, **asked)
        return SimpleNamespace(images=made.frames[0])
