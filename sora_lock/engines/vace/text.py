"""What a model is told: the prompt from direction, subjects and set, what it shall not draw, and what of it was too long.

Place in the path: vace; pure text. The direction comes first, because an encoder forgets the end. Only what a recipe's digest covers goes in:
chips in their canonical words, and the pieces of the line that gave none, as they were written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sora_lock.direction import rest, words
from sora_lock.engines import Scene
from sora_lock.records import Chip, Direction

LIMIT = 512
"""Tokens, its end mark among them, that WanVACEPipeline reads of a prompt (`max_sequence_length`)."""
NEVER = (
    "overexposed, blurred, low quality, compression artefacts, subtitles, watermark, frame around the picture, "
    "frozen picture, deformed hands, extra fingers, extra limbs, fused faces"
)
"""What nobody ever wants to see."""
_CAMERA = ("size", "angle", "move", "lens")
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


def compose(direction: Direction, scene: Scene) -> Text:
    """The whole prompt, uncut: "golden hour, slight fog, a red balloon drifts past. Camera: low angle. A woman in ... . The place: a narrow alley ..."."""
    wanted = [c for c in direction.chips if c.amount > 0]
    seen = _said([c for c in wanted if c.axis not in _CAMERA])
    if direction.unread:
        seen += [direction.text[r.start : r.end] for r in rest(direction.text)]
    camera = _said([c for c in wanted if c.axis in _CAMERA])
    sentences = [", ".join(seen), f"camera: {', '.join(camera)}" if camera else ""]
    sentences += [a.about for a in scene.cast]
    sentences.append(f"the place: {scene.stage.about}" if scene.stage.about else "")
    denied = [words(Direction("", (Chip(c.axis, c.value),))) for c in direction.chips if c.amount <= 0]
    return Text(" ".join(_sentence(s) for s in sentences if s), ", ".join([*denied, NEVER]))


def fitted(text: Text, tokens: Callable[[str], int], limit: int = LIMIT) -> Text:
    """`text` with as many whole words of the prompt as the encoder reads.

    Args:
        tokens: how many tokens the encoder makes of a text, its end mark among them; more words never make fewer.
        limit: how many it reads.
    """
    said = text.prompt.split()
    if tokens(text.prompt) <= limit:
        return text
    fits, beyond = 0, len(said)
    while beyond - fits > 1:
        half = (fits + beyond) // 2
        if tokens(" ".join(said[:half])) <= limit:
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


def _said(chips: list[Chip]) -> list[str]:
    return [words(Direction("", (c,))) for c in chips]


def _sentence(said: str) -> str:
    said = said.strip().rstrip(".")
    return f"{said[:1].upper()}{said[1:]}."
