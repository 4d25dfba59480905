"""The providers whose models make clips: what each takes, and what a person should know before pressing.

Place in the path: read by the page and the fan-out before anything is asked (the engine's `generation.Planner`), and by the engine. Pure data and text: no
network, no token.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from sora_lock.errors import EngineUnavailableError, ShotError
from sora_lock.media.footage import MAX_S

_PART = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?")
BILLING = "https://huggingface.co/settings/billing"
TOKENS = "https://huggingface.co/settings/tokens"


@dataclass(frozen=True)
class Provider:
    """One that makes clips.

    Attributes:
        name: as `--model` begins with it.
        from_picture: whether a clip can start from a picture; all can make one from words.
        picture_bytes: most bytes of that picture, 0 for no limit of its own.
        picture_by_url: whether its client has to be told what kind of picture it is, by a data URL; it takes plain bytes for PNG.
        waits_s: seconds after which its client gives a slow job up, 0 for none of its own.
    """

    name: str
    from_picture: bool
    picture_bytes: int = 0
    picture_by_url: bool = False
    waits_s: int = 0


PROVIDERS: tuple[Provider, ...] = (
    Provider("fal-ai", True),
    Provider("novita", False),
    Provider("replicate", False, waits_s=60),
    Provider(
        "together", True, picture_bytes=44_000, picture_by_url=True, waits_s=300
    ),  # its field takes about 60 kB, in base64
    Provider("wavespeed", True),
)


def named(model: str) -> tuple[Provider, str]:
    """The provider and its model of "fal-ai/Wan-AI/Wan2.2-TI2V-5B".

    Returns:
        the provider, and the model as the Hub calls it ("Wan-AI/Wan2.2-TI2V-5B"); whether that provider has it only the call tells.

    Raises:
        EngineUnavailableError: for another form, or a provider that makes no clips; lists those that do.
    """
    known = ", ".join(p.name for p in PROVIDERS)
    parts = model.strip().split("/")
    provider = next((p for p in PROVIDERS if p.name == parts[0]), None)
    if len(parts) != 3 or not all(_PART.fullmatch(p) for p in parts):
        raise EngineUnavailableError(
            f"The model is {model[:80]!r}; wanted PROVIDER/OWNER/NAME, such as fal-ai/Wan-AI/Wan2.2-TI2V-5B, from one of: {known}."
        )
    if provider is None:
        raise EngineUnavailableError(f"The provider {parts[0]!r} makes no clips; choose one of: {known}.")
    return provider, f"{parts[1]}/{parts[2]}"


def identity(model: str) -> str:
    """What a recipe records of `model`: "provider/owner/name"; raises as `named`. Which weights that is, the provider alone knows."""
    provider, name = named(model)
    return f"{provider.name}/{name}"


def choices() -> tuple[tuple[str, str], ...]:
    """None: what a provider has changes from day to day, and nothing that is paid for is chosen by a list."""
    return ()


def usual(model: str) -> None:
    """Nobody here knows what a provider's model was made for; its clip is fitted to any raster."""


def words(model: str, width: int, height: int, frames: int) -> str:
    """What pressing costs; raises as `named`. No price is known here, and none is guessed; size and length are the provider's anyway."""
    provider, _ = named(model)
    slow = f", or not ready after {provider.waits_s} s," if provider.waits_s else ""
    return (
        f"Each take is a paid request to {provider.name}, billed to the Hugging Face account of your token at the provider's price "
        f"(see {BILLING}). Posters cost nothing; what is cancelled{slow} may still be billed."
    )


def check_raster(width: int, height: int, frames: int, model: str, fps: str = "24") -> None:
    """Refuses what no provider's clip can fill; any size does, since the clip is scaled and cropped to it.

    Args:
        width, height: px; frames: of the shot; fps: a rate that was checked.

    Raises:
        EngineUnavailableError: as `named`.
        ShotError: for a shot longer than the clips that are read.
    """
    provider, _ = named(model)
    lasts_s = frames / Fraction(fps)
    if lasts_s > MAX_S:
        raise ShotError(
            f"The shot is {width}x{height} and runs {float(lasts_s):.1f} s; of a clip by {provider.name} {MAX_S} s are read. Ask for fewer frames."
        )
