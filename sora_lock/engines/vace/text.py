"""What the encoder is told: the prompt, what it shall not draw, and what of it was too long.

Place in the path: vace, on top of `engines.prompt`; pure text. A text encoder reads "no rain" as rain: what a line denies goes into the negative
prompt instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from sora_lock.direction import words
from sora_lock.engines import Scene
from sora_lock.engines.prompt import composed
from sora_lock.records import Chip, Direction

LIMIT = 512
"""Tokens, its end mark among them, that WanVACEPipeline reads of a prompt (`max_sequence_length`), unless the encoder was made for fewer."""
NEVER = (
    "overexposed, blurred, low quality, compression artefacts, subtitles, watermark, frame around the picture, "
    "frozen picture, deformed hands, extra fingers, extra limbs, fused faces"
)
"""What nobody ever wants to see; said to encoders that read as much as Wan's: a smaller one never learnt such words."""
_SHOWN = 90  # characters of what was cut, on a tile


@dataclass(frozen=True)
class Text:
    """What the model is told.

    Attributes:
        prompt: what to draw.
        negative: what not to draw.
        cut: the words at the prompt's end that the encoder would not have read; () where all fits.
    """

    prompt: str
    negative: str
    cut: tuple[str, ...] = ()


@dataclass(frozen=True)
class Encoder:
    """How a model reads text.

    Attributes:
        tokens: how many tokens it makes of one, its end mark among them; more words never make fewer.
        limit: how many it reads.
    """

    tokens: Callable[[str], int]
    limit: int = LIMIT


def told(direction: Direction, scene: Scene, encoder: Encoder) -> Text:
    """Prompt and negative prompt as the encoder can read them."""
    return fitted(compose(direction, scene, NEVER if encoder.limit >= LIMIT else ""), encoder)


def compose(direction: Direction, scene: Scene, never: str = NEVER) -> Text:
    """Prompt and negative prompt, uncut; `never` ends the negative one."""
    wanted = tuple(c for c in direction.chips if c.amount > 0)
    denied = [c for c in direction.chips if c.amount <= 0]
    line = direction.text
    for chip in denied:
        line = line.replace(chip.words, "", 1)
    if denied:
        line = ", ".join(clause for clause in (c.strip() for c in re.split("[,;]", line)) if clause)
    named = [words(Direction("", (Chip(c.axis, c.value),))) for c in denied]
    return Text(
        composed(replace(direction, text=line, chips=wanted), scene), ", ".join([*named, never] if never else named)
    )


def fitted(text: Text, encoder: Encoder) -> Text:
    """`text` with as many whole words of the prompt as the encoder reads."""
    said = text.prompt.split()
    if encoder.tokens(text.prompt) <= encoder.limit:
        return text
    fits, beyond = 0, len(said)
    while beyond - fits > 1:
        half = (fits + beyond) // 2
        if encoder.tokens(" ".join(said[:half])) <= encoder.limit:
            fits = half
        else:
            beyond = half
    return Text(" ".join(said[:fits]), text.negative, tuple(said[fits:]))


def cut_words(text: Text) -> tuple[str, ...]:
    """A line for the tile where something was cut; () where all fits."""
    if not text.cut:
        return ()
    count = len(text.cut)
    shown = " ".join(text.cut)
    shown = shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1].rstrip() + "…"
    return (f"the prompt is longer than the model reads: the last {count} word{'s were' if count > 1 else ' was'} cut (“{shown}”)",)  # fmt: skip
