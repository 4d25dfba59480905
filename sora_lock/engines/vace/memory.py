"""How much memory a shot wants, what is there, and how the parts of a model are therefore laid out.

Place in the path: vace, under its models and the pipe; no torch, so that the page may say it before anybody presses. The demand is an
estimate from the shapes of what is alive at once, not a measurement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import psutil  # type: ignore[import-untyped]

from sora_lock.errors import EngineUnavailableError

FRAMES_STEP = 4
"""The VAE reads one frame, then four at a time (`AutoencoderKLWan._encode`)."""
Offload = Literal["none", "model", "group"]

GIB = 1 << 30
SPARE = GIB
"""Left to the driver, the screen and fragments of the allocator."""
GROUP = 2 * GIB
"""What stands on the GPU when the layers come one after the other: two of the largest, and the VAE."""
TILE_PX = 256
"""Side of the tiles a VAE is cut into when the whole frame does not fit (`AutoencoderKLWan.tile_sample_min_height`)."""
REFERENCES = 3
"""Reference pictures an estimate counts with; each takes the room of four frames."""


@dataclass(frozen=True)
class Parts:
    """Bytes in memory: text encoder and transformers (all of them) as bfloat16, VAE as float32."""

    text_encoder: int
    transformer: int
    vae: int

    @property
    def together(self) -> int:
        """All of it."""
        return self.text_encoder + self.transformer + self.vae


@dataclass(frozen=True)
class Shape:
    """What decides how much a shot takes, and which rasters there are.

    Attributes:
        vae: pixels to a latent, across and down: 8 for Wan 2.1's VAE, 16 for one with `patch_size` 2.
        down, across: latents to a token.
        dim, inner, hints: width of the transformer, of its feed-forward, and how many control layers it has.
    """

    vae: int = 8
    down: int = 2
    across: int = 2
    dim: int = 1536
    inner: int = 8960
    hints: int = 15

    @property
    def width_px(self) -> int:
        """What a width must be a multiple of."""
        return self.vae * self.across

    @property
    def height_px(self) -> int:
        """What a height must be a multiple of."""
        return self.vae * self.down


@dataclass(frozen=True)
class Layout:
    """How a model is laid out on a machine.

    Attributes:
        device: "cuda" or "cpu".
        offload: "none" (all of it stays on the device), "model" (one part at a time), "group" (layer by layer).
        dtype: "bfloat16" or "float32", of text encoder and transformer; the VAE is always float32.
    """

    device: str
    offload: Offload
    dtype: str


def denoising_bytes(of: Shape, width: int, height: int, frames: int) -> int:
    """What one step of the transformer has alive: the hints of all control layers, some fourteen copies of the tokens, the feed-forward; bfloat16."""
    seconds = (frames - 1) // FRAMES_STEP + 1 + REFERENCES
    tokens = seconds * (width // of.width_px) * (height // of.height_px)
    return 2 * tokens * (of.dim * (of.hints + 14) + 2 * of.inner)


def decoding_bytes(width: int, height: int, frames: int, tiled: bool = False) -> int:
    """What the VAE has alive: six copies of four frames at 96 channels, and five of the clip (it, its mask, both halves, the result); float32."""
    frame = min(width, TILE_PX) * min(height, TILE_PX) if tiled else width * height
    return 4 * (6 * 4 * 96 * frame + 5 * 3 * width * height * frames)


def wanted_bytes(of: Parts, shaped: Shape, width: int, height: int, frames: int) -> int:
    """What a GPU needs to have so that nothing waits and nothing is cut: all parts, and the larger of the two demands."""
    demand = max(denoising_bytes(shaped, width, height, frames), decoding_bytes(width, height, frames))
    return of.together + demand + SPARE


def layout(of: Parts, shaped: Shape, width: int, height: int, frames: int, gpu: int | None, ram: int) -> Layout:
    """The fastest layout that fits, its VAE in tiles if it must (the pipe decides on that call by call).

    Args:
        of: bytes of the parts.
        gpu: free bytes of the GPU, None without one.
        ram: free bytes of the machine's memory.

    Raises:
        EngineUnavailableError: when none fits.
    """
    step = denoising_bytes(shaped, width, height, frames)
    whole, tiled = (max(step, decoding_bytes(width, height, frames, cut)) for cut in (False, True))
    least = GROUP + tiled + SPARE
    if gpu is None:
        if ram >= 2 * (of.text_encoder + of.transformer) + of.vae + 2 * whole:
            return Layout("cpu", "none", "float32")
        if ram >= of.together + 2 * tiled:
            return Layout("cpu", "none", "bfloat16")
    elif gpu >= of.together + tiled + SPARE:
        return Layout("cuda", "none", "bfloat16")
    elif ram >= of.together and gpu >= max(of.text_encoder, of.transformer, of.vae) + tiled + SPARE:
        return Layout("cuda", "model", "bfloat16")
    elif ram >= of.together and gpu >= least:
        return Layout("cuda", "group", "bfloat16")
    raise EngineUnavailableError(
        f"{width}x{height} with {frames} frames does not fit here: the model wants {of.together / GIB:.0f} GB of memory"
        f"{'' if gpu is None else f' and {least / GIB:.0f} GB of it on the GPU'}, {ram / GIB:.0f} GB are free"
        f"{'' if gpu is None else f' and {gpu / GIB:.0f} GB on the GPU'}; shoot fewer frames, a smaller size or with a smaller model."
    )


def ram_free() -> int:
    """Bytes of memory that this machine can give without swapping."""
    return int(psutil.virtual_memory().available)
