"""The VAE of the miniature: a stock AutoencoderKLWan, 8x smaller in space and 4x in time, trained on what `data` filmed.

    nice -n 19 .venv/bin/python -m training.vae --work WORK --minutes 20            # goes on where it stopped; writes WORK/vae
    nice -n 19 .venv/bin/python -m training.vae --work WORK --minutes 0.03 --tiny    # the one-minute variant

Place in the path: training, after `data`; `latents` encodes by what it writes. Pixels are -1..1. The loss is the mean absolute difference of pixels and its square
(colour counting more than grey) and the difference of their steps from one pixel to the next (edges would blur without), with a slight pull of the latents towards a unit Gaussian. What it
learns to carry is all that a VACE is given: pictures, depth in grey, figures on white, pictures with parts blanked to mid grey.
"""

from __future__ import annotations

import argparse
import csv
import time
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKLWan
from diffusers.models.autoencoders.autoencoder_kl_wan import WanCausalConv3d, WanResidualBlock, unpatchify
from torch import Tensor
from torch.nn import functional

from training.data import Filmed, scene_files
from training.keep import Average, Clock, device, read, replaced, slower, write
from training.scenes import on_white
from training.steps import Steps

Z, SPATIAL, TEMPORAL = 16, 8, 4
KL, EDGES, SQUARES = 1e-4, 0.3, 4.0
COLOUR = 3.0
"""What being off in colour counts against being off in grey: rendered scenes are dim, colour is the smaller part of their signal."""
SURE = -6.0
"""Log variance that latents begin with: with the usual 0 they drown in their own noise at first, and the decoder learns to do without them."""
RATE = 3e-3
EVERY_S = 180
"""Seconds between checkpoints."""
STILLS, CLIPS = 16, 2
STILL_PX, CLIP_PX, CLIP_FRAMES = 64, 64, 9
"""Sides of the random crops that a step sees, and the frames of its clips."""
CLIP_EVERY = 1
"""Every so many steps see clips too: a pixel of a clip costs three times that of a still, and teaches less about pictures."""


@dataclass(frozen=True)
class Size:
    """How wide the networks are."""

    base: int = 32
    widths: tuple[int, ...] = (1, 2, 2)
    z: int = Z


TINY = Size(base=4, widths=(1, 2, 2), z=4)


def build(size: Size) -> AutoencoderKLWan:
    """A fresh VAE. Patches of 2x2 pixels and two halvings make 8x; two halvings of time make 4x."""
    vae = AutoencoderKLWan(
        base_dim=size.base, z_dim=size.z, dim_mult=list(size.widths), num_res_blocks=1,
        temperal_downsample=[True, True], patch_size=2, in_channels=12, out_channels=12,
        latents_mean=[0.0] * size.z, latents_std=[1.0] * size.z, scale_factor_spatial=SPATIAL, scale_factor_temporal=TEMPORAL,
        is_residual=True,
    )  # fmt: skip
    with torch.no_grad():
        vae.quant_conv.bias[size.z :] = SURE
        for block in vae.modules():
            if isinstance(block, WanResidualBlock):  # each begins as its shortcut
                block.conv2.weight.zero_()
                block.conv2.bias.zero_()
    return vae


def quick_stills(vae: AutoencoderKLWan) -> AutoencoderKLWan:
    """The same VAE, three times faster at single pictures: of a causal kernel only the last tap meets anything but padding.

    It changes how a result is reached and not the result (a test says so); weights and configuration stay what they are.
    """

    def forward(self: WanCausalConv3d, x: Tensor, cache_x: Tensor | None = None) -> Tensor:
        if cache_x is None and x.shape[2] == 1 and self.stride == (1, 1, 1) and self.kernel_size[0] > 1:
            flat = functional.conv2d(x[:, :, 0], self.weight[:, :, -1], self.bias, padding=self.kernel_size[1] // 2)
            return flat[:, :, None]
        whole: Tensor = WanCausalConv3d.forward(self, x, cache_x)
        return whole

    for module in vae.modules():
        if isinstance(module, WanCausalConv3d):
            module.forward = types.MethodType(forward, module)
    return vae


def decoded(vae: AutoencoderKLWan, z: Tensor) -> Tensor:
    """What `vae.decode` gives, before it is clamped to -1..1: a clamped pixel would learn nothing.

    Args:
        z: latents [B, C, F, H, W].

    Returns:
        Pixels [B, 3, 1 + 4 (F - 1), 8 H, 8 W].
    """
    vae.clear_cache()
    x = vae.post_quant_conv(z)
    chunks = []
    for k in range(z.shape[2]):
        vae._conv_idx = [0]
        chunks.append(
            vae.decoder(x[:, :, k : k + 1], feat_cache=vae._feat_map, feat_idx=vae._conv_idx, first_chunk=k == 0)
        )
    vae.clear_cache()
    pixels: Tensor = unpatchify(torch.cat(chunks, dim=2), 2)
    return pixels


def loss_of(vae: AutoencoderKLWan, pixels: Tensor) -> tuple[Tensor, dict[str, float]]:
    """The loss of pixels [B, 3, F, H, W], -1..1, and its parts."""
    latents = vae.encode(pixels).latent_dist
    made = decoded(vae, latents.sample()).float()
    off = made - pixels
    grey = off.mean(dim=1, keepdim=True)
    colour = off - grey
    absolute = grey.abs().mean() + COLOUR * colour.abs().mean()
    squares = grey.square().mean() + COLOUR * colour.square().mean()
    edges = sum(off.diff(dim=d).abs().mean() for d in (3, 4)) / 2
    kl = 0.5 * (latents.mean.float() ** 2 + latents.var.float() - 1 - latents.logvar.float()).mean()
    squared = float(((made.detach().clamp(-1, 1) - pixels) ** 2).mean())
    told = {
        "absolute": float(off.detach().abs().mean()),
        "kl": float(kl.detach()),
        "psnr_db": 10 * float(np.log10(4 / max(squared, 1e-9))),
    }
    return absolute + SQUARES * squares + EDGES * edges + KL * kl, told


def picture_of(scene: Filmed, rng: np.random.Generator, frames: int) -> np.ndarray[Any, Any]:
    """One thing that a VACE is given, uint8 [frames, H, W, 3]: mostly a picture; else depth, an anchor, a picture with a blank."""
    takes = scene.meta["takes"]
    take = takes[-1] if frames > 1 else takes[int(rng.integers(len(takes)))]
    frames = min(frames, take["frames"])
    first = take["first"] + int(rng.integers(take["frames"] - frames + 1))
    kind = rng.random()
    if kind < 0.10:
        return np.repeat(scene.near(first, frames)[..., None], 3, axis=3)
    if kind < 0.17 and frames == 1:
        return on_white(scene.anchor(int(rng.integers(scene.anchors))), *scene.rgb(first, 1).shape[1:3])[None]
    rgb = scene.rgb(first, frames)
    if kind < 0.27:
        held = scene.cover(first, frames) > 127
        return np.where((held if rng.random() < 0.5 else ~held)[..., None], rgb, np.uint8(128))
    return rgb


def crops(work: Path, seed: int, frames: int, side_px: int, count: int) -> Iterator[Tensor]:
    """Endless batches [count, 3, frames, side, side], -1..1, of random scenes; new scenes join as they are filmed."""
    rng = np.random.default_rng(seed)
    kept: list[Filmed] = []
    while True:
        files = scene_files(work)
        if not kept or rng.random() < 0.5:
            kept.append(Filmed(files[int(rng.integers(len(files)))]))
            kept = kept[-24:]
        batch = []
        for _ in range(count):
            rgb = picture_of(kept[int(rng.integers(len(kept)))], rng, frames)
            y, x = (int(rng.integers(n - side_px + 1)) for n in rgb.shape[1:3])
            cut = rgb[:, y : y + side_px, x : x + side_px]
            batch.append(cut[:, :, ::-1] if rng.random() < 0.5 else cut)
        pixels = torch.from_numpy(np.ascontiguousarray(np.stack(batch))).permute(0, 4, 1, 2, 3)
        yield pixels.float() / 127.5 - 1


def train(work: Path, minutes: float, size: Size, *, batch: tuple[int, int], planned: float) -> AutoencoderKLWan:
    """Trains for some minutes more and writes WORK/vae.

    Args:
        batch: stills and clips of a step.
        planned: minutes after which the learning rate has come down; counted over all calls.
    """
    torch.manual_seed(int(time.time()))
    on = device()
    vae = quick_stills(build(size)).to(on)
    steps = Steps(vae, lambda _, weight: weight.dim() > 3, (0.9, 0.99), 1e-4)
    average = Average(vae, 0.999)
    kept = work / "vae.pt"
    step, clock = 0, Clock()
    if (old := read(kept)) is not None:
        vae.load_state_dict(old["model"])
        steps.load(old["optimizer"])
        average.load(old["average"])
        step, clock = old["step"], Clock(old["spent_s"])
    stills = crops(work, step, 1, STILL_PX, batch[0])
    clips = crops(work, step + 1, CLIP_FRAMES, CLIP_PX, batch[1])
    saved_s = 0.0

    def keep() -> None:
        state = {
            "model": vae.state_dict(),
            "optimizer": steps.state(),
            "average": average.state,
            "step": step,
            "spent_s": clock.spent_s,
        }
        write(kept, state)

    told: dict[str, list[dict[str, float]]] = {"stills": [], "clips": []}
    with (work / "vae.csv").open("a", newline="") as file:
        log = csv.writer(file)
        while clock.here_s < 60 * minutes:
            rate = RATE * min(1.0, (step + 1) / 50) * slower(clock.spent_s / 60, planned)
            total = torch.zeros((), device=on)
            for name, source in (("stills", stills), ("clips", clips))[: 1 if step % CLIP_EVERY else 2]:
                with torch.autocast(on.type, torch.bfloat16):
                    loss, parts = loss_of(vae, next(source).to(on))
                total = total + loss
                told[name].append(parts)
            steps.take(total, rate)
            average.take(vae, step)
            step += 1
            clock.lap()
            if step % 50 == 0:
                kinds = ("absolute", "kl", "psnr_db")
                means = (f"{np.mean([p[k] for p in parts]):.4f}" for parts in told.values() for k in kinds)
                log.writerow([step, round(clock.spent_s), f"{rate:.2e}", *means])
                file.flush()
                told = {"stills": [], "clips": []}
            if clock.here_s - saved_s > EVERY_S:
                keep()
                saved_s = clock.here_s
    keep()
    average.put(vae)
    return vae


def measured(vae: AutoencoderKLWan, work: Path, pictures: int) -> AutoencoderKLWan:
    """The VAE with the mean and deviation of its latents in its configuration, measured on whole pictures and clips.

    Zero deviation (a channel that carries nothing) counts as 1.
    """
    rng = np.random.default_rng(0)
    files = scene_files(work)
    total, squares, count = torch.zeros(vae.config.z_dim), torch.zeros(vae.config.z_dim), 0
    with torch.no_grad():
        for k in range(pictures):
            scene = Filmed(files[int(rng.integers(len(files)))])
            take = scene.meta["takes"][-1 if k % 4 == 0 else int(rng.integers(len(scene.meta["takes"])))]
            z = encoded(vae, scene.rgb(take["first"], take["frames"])).transpose(0, 1).reshape(vae.config.z_dim, -1)
            total, squares, count = total + z.sum(1), squares + (z**2).sum(1), count + z.shape[1]
    mean = total / count
    deviation = (squares / count - mean**2).clamp(min=0).sqrt()
    deviation[deviation < 1e-4] = 1
    vae.register_to_config(latents_mean=mean.tolist(), latents_std=deviation.tolist())
    return vae


def encoded(vae: AutoencoderKLWan, rgb: np.ndarray[Any, Any]) -> Tensor:
    """Raw latents [1, C, F', H', W'] of frames uint8 [F, H, W, 3]: the mode, as the pipeline takes it."""
    pixels = torch.from_numpy(np.ascontiguousarray(rgb)).permute(3, 0, 1, 2)[None].float() / 127.5 - 1
    with torch.no_grad(), torch.autocast(vae.device.type, torch.bfloat16):
        out: Tensor = vae.encode(pixels.to(vae.device)).latent_dist.mode()
    return out.float().cpu()


def main() -> None:
    """Trains, measures, writes WORK/vae."""
    parser = argparse.ArgumentParser(description="Trains the VAE.")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=20, help="of this call")
    parser.add_argument("--planned", type=float, default=20, help="of all calls: when the learning rate has come down")
    parser.add_argument("--tiny", action="store_true", help="a very small one, to see that all of it works")
    asked = parser.parse_args()
    size, batch = (TINY, (2, 1)) if asked.tiny else (Size(), (STILLS, CLIPS))
    vae = train(asked.work, asked.minutes, size, batch=batch, planned=asked.planned)
    measured(vae, asked.work, 4 if asked.tiny else 160)
    replaced(asked.work / "vae", vae.save_pretrained)


if __name__ == "__main__":
    main()
