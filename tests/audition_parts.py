"""A real text-to-image pipeline at a tiny size, with random weights, saved as `save_pretrained` does: shared by the tests of auditions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

READS = 256
"""Tokens its text encoder reads, the first and the last among them; every letter is one."""


def tiny_model(folder: Path, seed: int = 0, side_px: int = 64) -> Path:
    """A StableDiffusionPipeline of some ten thousand weights that draws squares of `side_px` unless told otherwise, in two steps or more."""
    import torch
    from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    torch.set_num_threads(1)  # at so small a size threads are only in one another's way
    torch.manual_seed(seed)
    unet = UNet2DConditionModel(
        block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=4, sample_size=side_px // 4, cross_attention_dim=8,
        attention_head_dim=2, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
    )  # fmt: skip
    vae = AutoencoderKL(
        block_out_channels=(8, 8, 8), latent_channels=4, norm_num_groups=4,
        down_block_types=("DownEncoderBlock2D",) * 3, up_block_types=("UpDecoderBlock2D",) * 3,
    )  # fmt: skip
    letters = [*"abcdefghijklmnopqrstuvwxyz,-"]
    words = ["<|startoftext|>", "<|endoftext|>", *letters, *(f"{c}</w>" for c in letters)]
    tokenizer = CLIPTokenizer(vocab={w: i for i, w in enumerate(words)}, merges=[], model_max_length=READS)
    text = CLIPTextModel(
        CLIPTextConfig(
            bos_token_id=0, eos_token_id=1, pad_token_id=1, vocab_size=len(words), hidden_size=8, intermediate_size=8,
            num_hidden_layers=1, num_attention_heads=2, max_position_embeddings=READS,
        )
    )  # fmt: skip
    made: Any = StableDiffusionPipeline(
        vae=vae, text_encoder=text, tokenizer=tokenizer, unet=unet, scheduler=DDIMScheduler(steps_offset=1, clip_sample=False),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip
    made.save_pretrained(folder)
    return folder
