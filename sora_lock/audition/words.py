"""What a text-to-image model is told: the words that were asked for, in a frame from which a lock can be made.

Place in the path: under `draw`. A figure that shall be cut out wants to be whole, before something plain, in even light; a place wants to be empty, seen at
the height of an eye, with its ground in view. Pure text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sora_lock.direction import check_text
from sora_lock.errors import PromptError

MAX_CHARACTERS, SHOWN_WORDS = 2000, 12
FRAMES: Mapping[str, str] = {
    "character": "Full-length studio photograph of {}, standing upright, facing the camera, the whole body in the frame, plain light grey background, soft even light",
    "portrait": "Head and shoulders studio photograph of {}, facing the camera, neutral expression, plain light grey background, soft even light",
    "prop": "Studio photograph of {}, a single object, whole in the frame, plain light grey background, soft even light",
    "set": "Wide photograph of {}, an empty location without people, seen at eye level, level horizon, the ground in view, soft even light",
}
"""By what it shall become ("portrait": a character from the shoulders up); {} is what was asked for."""
FEW_WORDS: Mapping[str, str] = {
    "character": "{}, medium wide shot",
    "portrait": "{}, close-up",
    "prop": "{}",
    "set": "nobody in {}, wide shot",
}
"""The same for a model that knows the direction's own words, and no others."""


@dataclass(frozen=True)
class Prompt:
    """What the model is told, and what it is not.

    Attributes:
        text: as the model reads it.
        cut: the words that were left out because it reads no more; "" when none were.
    """

    text: str
    cut: str

    @property
    def said(self) -> str:
        """What was cut, as a sentence; "" when nothing was."""
        left = self.cut.split()
        if not left:
            return ""
        count = f"the last {len(left)} words were" if len(left) > 1 else "the last word was"
        shown = " ".join(left[:SHOWN_WORDS]) + (" …" if len(left) > SHOWN_WORDS else "")
        return f"The text is longer than this model reads: {count} left out (“{shown}”)."


def check(text: str) -> None:
    """Refuses what cannot be asked for.

    Raises:
        PromptError: for nothing, more than `MAX_CHARACTERS`, or characters no text may hold.
    """
    if isinstance(text, str) and not text.strip():
        raise PromptError("Nothing was asked for; write who or what, for example “an old man in a striped coat”.")
    check_text(text, MAX_CHARACTERS)


def framed(text: str, frame: str, fits: Callable[[str], bool], frames: Mapping[str, str] = FRAMES) -> Prompt:
    """The prompt; where it is too long, words are left out at the end of what was asked for, never of the frame.

    Args:
        text: what was asked for ("an old man in a striped coat").
        frame: a key of `frames`.
        fits: whether the model reads all of a text.
        frames: `FRAMES`, or what a model has in their place.

    Raises:
        PromptError: for a text that no prompt may be, or when not a single word fits.
    """
    check(text)
    words = text.split()
    low, high = 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(_joined(words[:middle], frames[frame])) else (low, middle - 1)
    if low == 0:
        raise PromptError(f"This model does not even read the word {words[0][:40]!r} in its frame; name another model.")
    return Prompt(_joined(words[:low], frames[frame]), " ".join(words[low:]))


def _joined(words: list[str], frame: str) -> str:
    return frame.format(" ".join(words).rstrip(" .,;"))
