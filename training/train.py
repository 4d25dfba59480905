"""The transformer and the text encoder of the miniature, trained together by flow matching on the latents of `latents`.

    nice -n 19 .venv/bin/python -m training.train --work WORK --minutes 120          # goes on where it stopped
    nice -n 19 .venv/bin/python -m training.train --work WORK --minutes 0.03 --tiny   # the one-minute variant

Place in the path: training, after `latents`; `export` makes a pipeline of what it keeps. With noise e and clean latents x, the network sees
x_s = (1 - s) x + s e at timestep 1000 s and answers with the velocity e - x (Lipman et al. 2023, "Flow matching for generative modeling"), which is
what the stock schedulers' flow prediction integrates. Levels s are logit-normal, shifted towards noise by `SHIFT` (Esser et al. 2024), and some lie close to pure noise (`FIRST`).
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import WanVACETransformer3DModel
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import avg_pool2d
from transformers import T5Tokenizer

from training import text
from training.batches import Batch, Shelf
from training.keep import Average, Clock, device, read, slower, write
from training.steps import Steps
from training.vae import SPATIAL

SHIFT = 2.0
FIRST, FIRST_LEVEL = 0.2, 0.9
"""The part of levels that is drawn evenly from there to pure noise: there a picture begins, and tokens that know their place only by its edges must learn where things stand."""
RATE, DECAY = 1.2e-3, 0.998
STILLS, CLIPS = 12, 2
"""Samples of a step."""
STILLS_FIRST, CLIP_STEPS = 0.8, 0.4
"""The part of the planned time that sees stills alone, and how many of the steps after it are clips: a clip teaches less of how things look, and costs five stills."""
SCALES = (1, 2, 4)
"""Means over so many latents a side count in the loss, each scale as much as the others for an error without structure."""
REFERENCE_WEIGHT = 0.1
"""What a reference's own frames count in the loss: the network is told them, and has little to learn there."""


@dataclass(frozen=True)
class Size:
    """How large the transformer is; a token is 16 pixels tall and 32 wide."""

    heads: int = 8
    head: int = 32
    inner: int = 1024
    layers: int = 8
    vace: tuple[int, ...] = (0, 3, 6)


TINY = Size(heads=2, head=12, inner=48, layers=2, vace=(0,))


def build(size: Size, channels: int, text_width: int) -> WanVACETransformer3DModel:
    """A fresh transformer; its answer begins at zero."""
    model = WanVACETransformer3DModel(
        patch_size=(1, 2, 4), num_attention_heads=size.heads, attention_head_dim=size.head, in_channels=channels, out_channels=channels,
        text_dim=text_width, freq_dim=128, ffn_dim=size.inner, num_layers=size.layers, rope_max_seq_len=64,
        vace_layers=list(size.vace), vace_in_channels=2 * channels + SPATIAL**2,
    )  # fmt: skip
    nn.init.zeros_(model.proj_out.weight)
    nn.init.zeros_(model.proj_out.bias)
    for block in model.vace_blocks:
        nn.init.zeros_(block.proj_out.weight)
        nn.init.zeros_(block.proj_out.bias)
    return model


class Both(nn.Module):
    """What is trained together: `transformer` and `text_encoder`."""

    def __init__(self, transformer: WanVACETransformer3DModel, encoder: nn.Module) -> None:
        super().__init__()
        self.transformer, self.text_encoder = transformer, encoder


def hidden(name: str, weight: Tensor) -> bool:
    """Whether a weight is a matrix within the network: not what reads latents or words, nor what writes latents."""
    edges = ("patch_embedding", "proj_out", "shared", "embed_tokens", "relative_attention_bias")
    return weight.dim() == 2 and not any(e in name for e in edges)


def levels(count: int, generator: torch.Generator | None = None) -> Tensor:
    """Noise levels in 0..1 [count]."""
    u = torch.sigmoid(torch.randn(count, generator=generator))
    shifted = SHIFT * u / (1 + (SHIFT - 1) * u)
    first = FIRST_LEVEL + (1 - FIRST_LEVEL) * torch.rand(count, generator=generator)
    return torch.where(torch.rand(count, generator=generator) < FIRST, first, shifted)


def noised(clean: Tensor, noise: Tensor, level: Tensor) -> tuple[Tensor, Tensor]:
    """What the network sees and what it should answer, at levels [B]."""
    s = level.view(-1, *(1,) * (clean.dim() - 1))
    return (1 - s) * clean + s * noise, noise - clean


def squared(error: Tensor) -> Tensor:
    """Mean of an error [B, C, F, H, W] squared, and of its means over squares of latents, each times the size of its squares.

    What is finer than the noise lets one see cannot be learned and only disturbs; places and figures are coarse (a multiscale loss, after Hoogeboom et al. 2023, "simple diffusion").
    """
    flat = error.flatten(1, 2)
    of = [(avg_pool2d(flat, k, ceil_mode=True, count_include_pad=False) ** 2).mean() * k**2 for k in SCALES]
    return torch.stack(of).mean()


def loss_of(both: Both, words: T5Tokenizer, batch: Batch, on: torch.device) -> Tensor:
    """The velocity's error, `squared`; the take's own frames and, by `REFERENCE_WEIGHT`, the references'."""
    clean, control = batch.clean.to(on), batch.control.to(on)
    level = levels(len(clean)).to(on)
    seen, wanted = noised(clean, torch.randn_like(clean), level)
    # On a processor the fused attention's way back takes a fifth of a step of so few tokens, and plain products do not.
    attention = sdpa_kernel(SDPBackend.MATH) if on.type == "cpu" else contextlib.nullcontext()
    with attention, torch.autocast(on.type, torch.bfloat16):
        said = text.embedded(both.text_encoder, words, batch.captions)
        answer = both.transformer(seen, level * 1000, said, control_hidden_states=control, return_dict=False)[0]
    error = answer.float() - wanted
    own = squared(error[:, :, batch.references :])
    return own + REFERENCE_WEIGHT * squared(error[:, :, : batch.references]) if batch.references else own


def train(
    work: Path,
    minutes: float,
    size: Size,
    text_size: text.Size,
    *,
    batch: tuple[int, int],
    planned: float,
    every_s: float = 300,
) -> None:
    """Trains for some minutes more; WORK/model.pt goes on, WORK/model.csv tells.

    Args:
        batch: samples of a step of stills, and of clips.
        planned: minutes after which the learning rate has come down; counted over all calls.
        every_s: seconds between checkpoints and between looks for new latents.
    """
    torch.manual_seed(int(time.time()))
    rng = np.random.default_rng()
    on = device()
    shelf = Shelf(work)
    words = text.tokenizer()
    channels = shelf.stills[0].latents.shape[1]
    both = Both(build(size, channels, text_size.width), text.build(text_size, len(words))).to(on)
    steps = Steps(both, hidden, (0.9, 0.98), 0.01)
    average = Average(both, DECAY)
    kept, step, clock = work / "model.pt", 0, Clock()
    if (old := read(kept)) is not None:
        both.load_state_dict(old["model"])
        if old["optimizer"] is not None:  # `start` has none
            steps.load(old["optimizer"])
        average.load(old["average"])
        step, clock = old["step"], Clock(old["spent_s"])
    saved_s = 0.0

    def keep() -> None:
        write(
            kept,
            {
                "model": both.state_dict(),
                "optimizer": steps.state(),
                "average": average.state,
                "step": step,
                "spent_s": clock.spent_s,
            },
        )

    losses: dict[bool, list[float]] = {False: [], True: []}
    with (work / "model.csv").open("a", newline="") as file:
        log = csv.writer(file)
        while clock.here_s < 60 * minutes:
            rate = RATE * min(1.0, (step + 1) / 100) * slower(clock.spent_s / 60, planned)
            later = clock.spent_s / 60 >= STILLS_FIRST * planned
            clips = bool(shelf.clips) and later and bool(rng.random() < CLIP_STEPS)
            loss = loss_of(both, words, shelf.batch(rng, batch[clips], clips), on)
            steps.take(loss, rate)
            average.take(both, step)
            losses[clips].append(float(loss.detach()))
            step += 1
            clock.lap()
            if step % 20 == 0:
                means = (f"{np.mean(losses[k]):.4f}" if losses[k] else "" for k in (False, True))
                log.writerow([step, round(clock.spent_s), f"{rate:.2e}", *means, len(shelf.stills), len(shelf.clips)])
                file.flush()
                losses = {False: [], True: []}
            if clock.here_s - saved_s > every_s:
                keep()
                shelf.look()
                saved_s = clock.here_s
    keep()


def main() -> None:
    """Trains."""
    parser = argparse.ArgumentParser(description="Trains the transformer and the text encoder.")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=120, help="of this call")
    parser.add_argument("--planned", type=float, default=240, help="of all calls: when the learning rate has come down")
    parser.add_argument("--tiny", action="store_true", help="a very small one, to see that all of it works")
    asked = parser.parse_args()
    size, text_size, batch = (TINY, text.TINY, (2, 1)) if asked.tiny else (Size(), text.Size(), (STILLS, CLIPS))
    train(asked.work, asked.minutes, size, text_size, batch=batch, planned=asked.planned)


if __name__ == "__main__":
    main()
