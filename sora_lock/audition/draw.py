"""Drawing the candidates: diffusers' text-to-image pipelines, from weights that lie here, one picture a seed.

Place in the path: audition, in a process of its own (`python -m sora_lock audition`); imports torch and diffusers. Nothing is fetched, no code of a
repository is run, and only safetensors are read.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sora_lock.audition.models import Found
from sora_lock.audition.words import FRAMES, Prompt, check, framed
from sora_lock.errors import EngineError, EngineUnavailableError, ShotError, StoreUnwritableError
from sora_lock.media.images import png
from sora_lock.media.origin import with_origin

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST, LEAST_SIDE, MOST_SIDE, STEP = 12, 64, 2048, 16
"""Candidates at once; px of a side, and what it is a multiple of: all these models want 8 or 16."""
TOLD = "audition.json"
LIBRARIES = ("torch", "diffusers", "transformers")


@dataclass(frozen=True)
class Asked:
    """What is to be drawn.

    Attributes:
        text: in a person's words; frame: a key of `words.FRAMES`.
        count: how many; seed: of the first, the others follow it.
        size: (width, height) px; None is the model's usual.
        steps, guidance: None is the model's usual.
    """

    text: str
    frame: str
    count: int = 4
    seed: int = 7
    size: tuple[int, int] | None = None
    steps: int | None = None
    guidance: float | None = None

    def check(self) -> None:
        """PromptError for a text, ShotError for a number that cannot be drawn."""
        check(self.text)
        if not 1 <= self.count <= MOST:
            raise ShotError(f"{self.count} candidates were asked for; wanted 1 to {MOST}.")
        if not 0 <= self.seed < 2**63 - MOST:
            raise ShotError(f"The seed is {self.seed}; wanted a whole number from 0 to {2**63 - 1 - MOST}.")
        if self.size is not None:
            width, height = self.size
            if any(not LEAST_SIDE <= s <= MOST_SIDE or s % STEP for s in self.size):
                near = "x".join(str(min(MOST_SIDE, max(LEAST_SIDE, round(s / STEP) * STEP))) for s in self.size)
                raise ShotError(
                    f"The size is {width}x{height}; both sides must be multiples of {STEP} from {LEAST_SIDE} to {MOST_SIDE}, for example {near}."
                )
        if self.steps is not None and not 1 <= self.steps <= 200:
            raise ShotError(f"{self.steps} steps were asked for; wanted 1 to 200.")
        if self.guidance is not None and not 0 <= self.guidance <= 30:
            raise ShotError(f"The guidance is {self.guidance:g}; wanted 0 to 30.")


class Drawing:
    """A loaded model, and what was asked of it."""

    def __init__(self, found: Found, asked: Asked) -> None:
        """Loads the model: seconds to minutes.

        Raises:
            ShotError, PromptError: for numbers or a text that cannot be.
            EngineUnavailableError: when a library is missing.
            EngineError: when the weights do not make the model they say.
        """
        asked.check()
        self.found, self.asked = found, asked
        self._pipe = _load(found)
        frames = FRAMES if found.pinned is None else found.pinned.frames
        self.prompt: Prompt = framed(asked.text, asked.frame, lambda text: _fits(self._pipe, text), frames)
        self._call = self._usual()

    def candidate(self, number: int, step: Callable[[int, int], None]) -> NDArray[np.uint8]:
        """The picture of the candidate of that number, from 0: uint8 [H, W, 3], sRGB.

        Args:
            step: told (steps done, steps) after each.

        Raises:
            EngineError: when memory does not suffice, or nothing was drawn.
        """
        import numpy as np
        import torch

        def after(pipe: Any, done: int, time: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            step(done + 1, len(pipe.scheduler.timesteps))
            return tensors

        draw = torch.Generator(device="cpu").manual_seed(self.asked.seed + number)
        try:
            with torch.inference_mode():
                made = self._pipe(
                    prompt=self.prompt.text, generator=draw, output_type="np", callback_on_step_end=after, **self._call
                )
        except (torch.OutOfMemoryError, MemoryError):
            raise EngineError(
                "There is not enough memory to draw at this size; ask for a smaller --size, or another model."
            ) from None
        except (ValueError, RuntimeError, TypeError) as fault:
            raise EngineError(f"The model could not draw this ({_line(fault)}); try another size or model.") from fault
        values = np.asarray(made.images[0], np.float32)
        codes = np.rint(np.clip(np.nan_to_num(values), 0, 1) * 255).astype(np.uint8)
        if int(codes.max()) == int(codes.min()):
            raise EngineError(
                f"Candidate {number + 1} came out as one flat colour (the model's own safety check, or numbers out of range); "
                "try other words, another seed, or another model."
            )
        return codes

    def _usual(self) -> dict[str, Any]:
        """Size, steps and guidance as arguments of the pipeline; those that nobody told and that are not known are left to it."""
        pinned, asked = self.found.pinned, self.asked
        size, steps, guidance = asked.size, asked.steps, asked.guidance
        if pinned is not None:
            size = size or (pinned.wide if asked.frame == "set" else pinned.upright)
            steps = pinned.steps if steps is None else steps
            guidance = pinned.guidance if guidance is None else guidance
        told = {
            "width": size and size[0],
            "height": size and size[1],
            "num_inference_steps": steps,
            "guidance_scale": guidance,
        }
        return {name: value for name, value in told.items() if value is not None}


def audition(
    found: Found,
    asked: Asked,
    out: Path,
    told: Callable[[str], None],
    sign: Callable[[str, int, str, Path], None] = lambda model, seed, title, path: None,
) -> dict[str, Any]:
    """Draws all candidates into a folder: `1.png`, `2.png`, ... and `audition.json`, which names those that are there.

    Each file is whole whenever this ends, and however.

    Args:
        out: a folder; made if need be. An audition that lies there already is replaced.
        told: called with a line of progress now and then.
        sign: called with the model's identity, the seed, the name a picture will have, and the picture before it takes its place.

    Returns:
        What `audition.json` says.

    Raises:
        InputError, EngineError: as `Drawing`.
        StoreUnwritableError: when `out` cannot be written.
    """
    asked.check()
    told("loading the model")
    drawing = Drawing(found, asked)
    identity = found.identity()
    row: dict[str, Any] = {
        "model": identity, "frame": asked.frame, "text": asked.text, "prompt": drawing.prompt.text, "cut": drawing.prompt.cut,
        "asked": asked.count, "steps": asked.steps, "guidance": asked.guidance, "libraries": {name: version(name) for name in LIBRARIES},
        "candidates": [],
    }  # fmt: skip
    if drawing.prompt.said:
        told(drawing.prompt.said)
    new = not out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
        for left in (TOLD, *(f"{n}.png" for n in range(1, MOST + 1))):
            (out / left).unlink(missing_ok=True)
        for number in range(asked.count):
            name, seed = f"{number + 1}.png", asked.seed + number

            def step(done: int, all_: int, at: int = number + 1) -> None:
                told(f"candidate {at} of {asked.count}: step {done} of {all_}")

            codes = drawing.candidate(number, step)
            words = f"{identity}, “{asked.text.strip()}”, seed {seed}"
            _write(out / name, with_origin(png(codes), words), partial(sign, identity, seed, name))
            row["candidates"].append({"file": name, "seed": seed, "width": codes.shape[1], "height": codes.shape[0]})
            _write(out / TOLD, (json.dumps(row, indent=1, ensure_ascii=False) + "\n").encode())
            told(f"candidate {number + 1} of {asked.count}: {out / name}")
    except OSError as fault:
        raise StoreUnwritableError(f"The folder {out} cannot be written ({fault.strerror}).") from fault
    finally:
        if new and not row["candidates"]:
            with contextlib.suppress(OSError):
                out.rmdir()
    return row


def _write(path: Path, data: bytes, finish: Callable[[Path], None] = lambda path: None) -> None:
    """Puts a file in its place whole, and finished."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        temporary.write_bytes(data)
        finish(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _load(found: Found) -> Any:
    """The pipeline, where this machine calculates best."""
    os.environ.setdefault(
        "TRANSFORMERS_VERBOSITY", "error"
    )  # importing it would tell what it lacks of what nobody asks
    try:
        import diffusers
        import torch
        import transformers
        from diffusers import AutoPipelineForText2Image
        from safetensors import SafetensorError
    except ImportError as fault:
        raise EngineUnavailableError(
            f"Auditions need a library that is not installed ({fault}); install requirements.txt."
        ) from None
    for library in (diffusers, transformers):
        library.utils.logging.set_verbosity_error()
        library.utils.logging.disable_progress_bar()
    on_gpu = torch.cuda.is_available()
    whole = "bfloat16" if on_gpu and torch.cuda.is_bf16_supported() else "float16"
    precision = found.pinned.precision if found.pinned is not None else whole
    try:
        if found.pinned is not None and found.pinned.weights is None:
            from sora_lock.audition.stills import Stills

            return Stills(found.folder)
        pipe = AutoPipelineForText2Image.from_pretrained(
            str(found.folder), variant=found.variant, dtype=getattr(torch, precision) if on_gpu else torch.float32,
            use_safetensors=True, local_files_only=True,
        )  # fmt: skip
        pipe.set_progress_bar_config(disable=True)
        return _placed(pipe, on_gpu)
    except (torch.OutOfMemoryError, MemoryError):
        raise EngineError("There is not enough memory to load this model; name a smaller one.") from None
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RuntimeError,
        ImportError,
        SafetensorError,
    ) as fault:
        raise EngineError(
            f"The weights in {found.folder.name} do not make the model they say ({_line(fault)}); get them again."
        ) from fault


def _placed(pipe: Any, on_gpu: bool) -> Any:
    """The pipeline on the GPU where it fits; there part by part where only its largest part does; else on the processor."""
    import torch

    if not on_gpu:
        return pipe
    sizes = [
        sum(p.numel() * p.element_size() for p in part.parameters())
        for part in pipe.components.values()
        if isinstance(part, torch.nn.Module)
    ]
    free, _ = torch.cuda.mem_get_info()
    # A picture of a megapixel wants a few GB beside the weights.
    if sum(sizes) + (4 << 30) <= free:
        return pipe.to("cuda")
    pipe.enable_model_cpu_offload()
    return pipe


def _fits(pipe: Any, text: str) -> bool:
    """Whether the tokenizer of the pipeline that reads furthest reads all of a text."""
    told = inspect.signature(pipe.__call__).parameters.get("max_sequence_length")
    most = told.default if told is not None and isinstance(told.default, int) else None
    rooms = []
    for part in pipe.components.values():
        longest = getattr(part, "model_max_length", None)
        if isinstance(longest, int) and callable(part):
            limit = longest if most is None else min(longest, most)
            rooms.append((limit, part))
    if not rooms:
        return True
    limit, tokenizer = max(rooms, key=lambda room: room[0])
    return len(tokenizer(text).input_ids) <= limit


def _line(fault: Exception) -> str:
    """A library's words, short enough for a sentence."""
    return " ".join(str(fault).split())[:160]
