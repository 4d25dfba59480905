"""Uncurated results on one sheet: 24 prompts with their seeds, as stills or as clips.

    nice -n 19 .venv/bin/python -m training.contact --model assets/models/mini --out contact.jpg
    nice -n 19 .venv/bin/python -m training.contact --model MODEL --out contact.jpg --count 1 --steps 2    # the one-minute variant

Place in the path: training, after `export`; through the stock pipeline alone, as the vace engine calls it.
"""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import WanVACEPipeline
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from sora_lock.engines.vace.pipe import scaled
from training.captions import tidy
from training.export import GUIDANCE, STEPS
from training.scenes import CLIP_FRAMES, HEIGHT, WIDTH
from training.text import TOKENS
from training.vae import SPATIAL

PROMPTS = (
    "mara in an alley, day, medium shot", "mara in an alley, neon, medium close-up", "mara in an alley, downpour, wide shot", "mara in an alley, chiaroscuro",
    "mara in a kitchen, golden hour", "mara in a desert filling station, day", "mara on a rooftop, blue hour", "ivo in a kitchen, candlelight, medium shot",
    "ivo in an alley, noir, low angle", "ivo in a desert filling station, golden hour, wide shot", "ivo on a rooftop, night", "noor in an alley, snow, medium wide shot",
    "noor in a kitchen, high key, close-up", "noor in a desert filling station, dust", "noor on a rooftop, string lights on, night", "abel in an alley, fog, medium shot",
    "abel in a kitchen, rim light", "abel in a desert filling station, morning, medium close-up", "abel on a rooftop, golden hour", "an old man in a striped red jacket, neon night",
    "a woman in a blue coat in a room with green paper walls, day", "a heavy man in a yellow waistcoat in a street with red brick walls, rain",
    "a young woman with a red hat in a garden, day, medium shot", "nobody in an alley, night",
)  # fmt: skip


def load(folder: Path) -> WanVACEPipeline:
    """The pipeline of a folder in float32, from there alone, silent."""
    pipe = WanVACEPipeline.from_pretrained(folder, dtype=torch.float32, local_files_only=True, use_safetensors=True)
    scaled(pipe, SPATIAL)
    pipe.to("cuda" if torch.cuda.is_available() else "cpu")
    pipe.set_progress_bar_config(disable=True)
    return pipe


def shoot(
    pipe: WanVACEPipeline,
    prompt: str,
    seed: int,
    frames: int = CLIP_FRAMES,
    steps: int = STEPS,
    guidance: float = GUIDANCE,
    **given: Any,
) -> NDArray[np.uint8]:
    """One result, uint8 [F, H, W, 3].

    Args:
        given: `video`, `mask`, `reference_images`, `conditioning_scale`, as the pipeline takes them.
    """
    made = pipe(
        prompt=tidy(prompt), height=HEIGHT, width=WIDTH, num_frames=frames, num_inference_steps=steps, guidance_scale=guidance,
        generator=torch.Generator().manual_seed(seed), max_sequence_length=TOKENS, output_type="np", **given,
    )  # fmt: skip
    return np.asarray(np.rint(np.clip(np.asarray(made.frames[0]), 0, 1) * 255), np.uint8)


def sheet(pictures: list[NDArray[np.uint8]], words: list[str], across: int = 4) -> Image.Image:
    """Pictures with two lines of words under each."""
    height, width = pictures[0].shape[:2]
    rows = -(-len(pictures) // across)
    out = Image.new("RGB", (across * width, rows * (height + 28)), (16, 17, 19))
    draw = ImageDraw.Draw(out)
    for k, (picture, said) in enumerate(zip(pictures, words, strict=True)):
        x, y = k % across * width, k // across * (height + 28)
        out.paste(Image.fromarray(picture), (x, y))
        draw.text((x + 3, y + height + 1), "\n".join(textwrap.wrap(said, 42)[:2]), fill=(200, 198, 194))
    return out


def main() -> None:
    """Shoots the prompts and writes the sheet; of clips, the first, middle and last frame one above the other."""
    parser = argparse.ArgumentParser(description="A contact sheet of uncurated results.")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--frames", type=int, default=1)
    parser.add_argument("--count", type=int, default=len(PROMPTS))
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--guidance", type=float, default=GUIDANCE)
    asked = parser.parse_args()
    pipe = load(asked.model)
    pictures, words = [], []
    for seed, prompt in enumerate(PROMPTS[: asked.count]):
        clip = shoot(pipe, prompt, seed, asked.frames, asked.steps, asked.guidance)
        shown = sorted({0, len(clip) // 2, len(clip) - 1})
        pictures.append(np.concatenate([clip[k] for k in shown]))
        words.append(f"{seed}: {prompt}")
    sheet(pictures, words).save(asked.out)


if __name__ == "__main__":
    main()
