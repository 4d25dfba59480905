"""The trained parts as a pipeline folder: what `WanVACEPipeline.from_pretrained` loads, in bfloat16, with a model card.

    .venv/bin/python -m training.export --work WORK --out assets/models/mini

Place in the path: training, after `train`; `contact` and `evaluate` load what it writes, and so does the vace engine. The weights are the running means.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanVACEPipeline, WanVACETransformer3DModel

from training import text
from training.keep import read, replaced
from training.scenes import CLIP_FRAMES, HEIGHT, WIDTH
from training.train import Both, Size, build
from training.vae import SPATIAL

MOST_BYTES = 60_000_000
FLOW_SHIFT = 3.0
STEPS, GUIDANCE = 8, 2.5
"""What the card names as usual."""


def pipeline(work: Path, size: Size, text_size: text.Size) -> WanVACEPipeline:
    """The pipeline of what has been trained so far, in float32.

    Raises:
        FileNotFoundError: when nothing has been trained in `work` yet.
    """
    kept = read(work / "model.pt")
    if kept is None:
        raise FileNotFoundError(f"There is no model.pt in {work}; run training.train first.")
    vae = AutoencoderKLWan.from_pretrained(work / "vae", local_files_only=True)
    words = text.tokenizer()
    both = Both(build(size, vae.config.z_dim, text_size.width), text.build(text_size, len(words)))
    both.load_state_dict(kept["average"])
    assert isinstance(both.transformer, WanVACETransformer3DModel)
    scheduler = UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=FLOW_SHIFT)
    return WanVACEPipeline(
        tokenizer=words,
        text_encoder=both.text_encoder.eval(),
        vae=vae.eval(),
        scheduler=scheduler,
        transformer=both.transformer.eval(),
    )


def hashes(folder: Path) -> dict[str, tuple[int, str]]:
    """Size and SHA-256 of each file but the card, by its path in the folder."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "README.md")
    return {str(p.relative_to(folder)): (p.stat().st_size, hashlib.sha256(p.read_bytes()).hexdigest()) for p in files}


def card(files: Mapping[str, tuple[int, str]], step: int, hours: float) -> str:
    """The model card."""
    listed = "\n".join(f"| `{name}` | {size:,} | `{sha}` |" for name, (size, sha) in files.items())
    return f"""---
license: apache-2.0
library_name: diffusers
pipeline_tag: text-to-video
---

# The miniature VACE

A very small WanVACEPipeline, trained from nothing by `training/` on scenes that this project's own previz renderer filmed: puppets and sets, no photograph, no
downloaded picture or weight. It is for tries and for teaching: it shows what references, depth and a matte do to a generative model, on two CPU cores, offline. It is not
for finals, and knows nothing but such scenes.

- {WIDTH}x{HEIGHT}, {CLIP_FRAMES} frames (or 1) at 8 frames a second; width a multiple of 32, height of 16, frames 4k + 1
- its VAE halves twice and takes pixels in patches of 2x2, which WanVACEPipeline does not count: set `pipe.vae_scale_factor_spatial = {SPATIAL}` once it is loaded
  (and `pipe.video_processor = VideoProcessor(vae_scale_factor={SPATIAL})`), as the vace engine does
- {STEPS} steps, guidance {GUIDANCE}, at most {text.TOKENS} tokens (`max_sequence_length={text.TOKENS}`: longer padding than it was trained with harms)
- depth: inverse depth, near is white, sky black, one scale a clip
- references: pictures on white, one to three: views of the cast, then the set
- trained for {step:,} steps in {hours:.1f} hours; log, curves and what failed: `docs/training.md`
- made again by `python -m training.data`, `.vae`, `.latents`, `.train`, `.export`

| file | bytes | SHA-256 |
|---|---:|---|
{listed}
"""


def write(work: Path, out: Path, size: Size, text_size: text.Size) -> int:
    """Writes the folder; the bytes of its weights.

    Raises:
        ValueError: when the weights are larger than may be shipped.
    """
    made = pipeline(work, size, text_size)
    for part in (made.vae, made.text_encoder, made.transformer):
        part.to(torch.bfloat16)
    out.parent.mkdir(parents=True, exist_ok=True)
    replaced(out, made.save_pretrained)
    kept = read(work / "model.pt")
    assert kept is not None
    files = hashes(out)
    weights = sum(n for name, (n, _) in files.items() if name.endswith(".safetensors"))
    (out / "README.md").write_text(card(files, kept["step"], kept["spent_s"] / 3600))
    if weights > MOST_BYTES:
        raise ValueError(
            f"The weights take {weights:,} bytes; at most {MOST_BYTES:,} are shipped. Make a part smaller."
        )
    return weights


def main() -> None:
    """Writes the folder."""
    parser = argparse.ArgumentParser(description="Writes the trained pipeline.")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tiny", action="store_true", help="of the one-minute variants")
    asked = parser.parse_args()
    from training import train

    size, text_size = (train.TINY, text.TINY) if asked.tiny else (Size(), text.Size())
    print(f"{write(asked.work, asked.out, size, text_size):,} bytes of weights")


if __name__ == "__main__":
    main()
