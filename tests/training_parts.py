"""The miniature at its smallest, with random weights: what tests of training hold against the stock pipeline."""

from __future__ import annotations

import numpy as np
import torch
from diffusers import UniPCMultistepScheduler, WanVACEPipeline
from numpy.typing import NDArray

from sora_lock.engines.vace.pipe import scaled
from training import text, train, vae
from training.export import FLOW_SHIFT

HEIGHT, WIDTH, FRAMES = 32, 64, 5


def scheduler() -> UniPCMultistepScheduler:
    """The scheduler that is shipped."""
    return UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=FLOW_SHIFT)


def tiny_pipeline(seed: int = 0) -> WanVACEPipeline:
    """A pipeline of the stock classes at the smallest size, with random weights and uneven latent statistics."""
    torch.manual_seed(seed)
    coder = vae.build(vae.TINY).eval()
    coder.register_to_config(latents_mean=[0.1, -0.2, 0.3, 0.0], latents_std=[0.5, 1.0, 1.5, 2.0])
    words = text.tokenizer()
    encoder = text.build(text.TINY, len(words)).eval()
    transformer = train.build(train.TINY, vae.TINY.z, text.TINY.width).eval()
    made = WanVACEPipeline(
        tokenizer=words, text_encoder=encoder, vae=coder, scheduler=scheduler(), transformer=transformer
    )
    scaled(made, vae.SPATIAL)
    made.set_progress_bar_config(disable=True)
    return made


def clip(seed: int = 0, frames: int = FRAMES) -> NDArray[np.uint8]:
    """Random pictures uint8 [F, H, W, 3]."""
    return np.random.default_rng(seed).integers(0, 256, (frames, HEIGHT, WIDTH, 3), dtype=np.uint8)
