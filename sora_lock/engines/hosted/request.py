"""One clip asked of a provider: the person's token, the client's call in a thread of its own, and what can go wrong said in the project's errors.

Place in the path: between the engine and `wire`. Runs in the worker only; the token is read here, is used for one call, and is kept nowhere.
"""

from __future__ import annotations

import json
import logging
import threading
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sora_lock.engines.hosted.providers import TOKENS, Provider
from sora_lock.engines.hosted.wire import Call, Limits, begin, install
from sora_lock.errors import EngineError, EngineUnavailableError, SoraLockError, TakeCancelled

LOOK_EVERY_S = 0.1

T = TypeVar("T")

log = logging.getLogger("sora_lock.engines.hosted")


@dataclass(frozen=True)
class Asked:
    """What a provider is asked for.

    Attributes:
        model: as the Hub calls it.
        picture: JPEG that the clip starts from; b"" for one from words alone.
        steps, guidance: 0 is the model's usual, and is not sent.
    """

    provider: Provider
    model: str
    prompt: str
    picture: bytes
    seed: int
    steps: int
    guidance: float


def check_token(limits: Limits) -> None:
    """Raises EngineUnavailableError when there is no token to ask with, or nothing may leave this machine."""
    call = Call("the Hub", limits)
    _watched(lambda: _token(call), call, lambda: False)


def clip(asked: Asked, limits: Limits, cancelled: Callable[[], bool]) -> bytes:
    """The provider's clip: bytes from outside, whatever they are.

    The client has no way to call a job off. When `cancelled()` turns true, or time is over, waiting ends at once; the thread ends with its next request.

    Raises:
        EngineUnavailableError: no token, one that is refused, no credit, no such model.
        EngineError: what the provider failed in.
        TakeCancelled: the provider may still bill.
    """
    call = Call(asked.provider.name, limits)
    return _watched(lambda: _made(asked, call), call, cancelled)


def _watched(work: Callable[[], T], call: Call, cancelled: Callable[[], bool]) -> T:
    """`work()` in a thread of its own, for as long as somebody waits."""
    done: list[T] = []
    failed: list[SoraLockError] = []

    def run() -> None:
        begin(call)
        try:
            done.append(work())
        except SoraLockError as error:
            failed.append(error)
        except _faults() as fault:
            failed.append(_translated(fault, call))

    install()
    thread = threading.Thread(target=run, name=f"asks-{call.provider}", daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(LOOK_EVERY_S)
            if cancelled():
                log.warning("cancelled; %s cannot call a job off: %s", call.provider, call.billed)
                raise TakeCancelled(f"Cancelled; {call.provider} cannot call a job off: {call.billed}.")
            if thread.is_alive() and call.late:
                raise call.too_late()
    finally:
        call.given_up.set()
    if failed:
        raise failed[0] from None  # the client's own exception carries the request, and with it the token
    if not done:
        raise EngineError(f"The client of {call.provider} ended without an answer; its log says why.")
    return done[0]


def _made(asked: Asked, call: Call) -> bytes:
    """The client's call itself; returns when the clip is there."""
    from huggingface_hub import InferenceClient

    client = InferenceClient(provider=asked.provider.name, token=_token(call))
    tuned = {
        "model": asked.model,
        "seed": asked.seed,
        "num_inference_steps": asked.steps or None,
        "guidance_scale": asked.guidance or None,
    }
    if asked.picture:
        image: bytes | str = asked.picture
        if asked.provider.picture_by_url:
            image = f"data:image/jpeg;base64,{b64encode(asked.picture).decode()}"
        made: bytes = client.image_to_video(image, prompt=asked.prompt or None, **tuned)
    else:
        made = client.text_to_video(asked.prompt, **tuned)
    return made


def _token(call: Call) -> str:
    """The person's token, from HF_TOKEN or where `hf auth login` keeps it; `call` keeps it out of messages from now on."""
    import huggingface_hub

    if huggingface_hub.is_offline_mode():
        raise EngineUnavailableError(
            "HF_HUB_OFFLINE is set, so nothing may leave this machine; unset it to shoot with a provider."
        )
    token = huggingface_hub.get_token()
    if not token:
        raise EngineUnavailableError(
            f"There is no Hugging Face token here; make one that may call inference providers at {TOKENS}, then set HF_TOKEN or run `hf auth login`."
        )
    call.secret = str(token)
    if not call.secret.startswith("hf_"):
        raise EngineUnavailableError(
            f"What HF_TOKEN holds is no Hugging Face token (those begin with hf_), and a provider's own key is not taken; make one at {TOKENS}."
        )
    return call.secret


def _faults() -> tuple[type[Exception], ...]:
    """What the client raises where a provider fails, or answers in another form than it expects."""
    import httpx2

    shapes = (ValueError, TypeError, LookupError, AttributeError, RuntimeError)
    return (httpx2.HTTPError, httpx2.InvalidURL, OSError, *shapes)


def _translated(fault: Exception, call: Call) -> EngineError:
    """The error of the tree that an exception of the client stands for; it keeps nothing of the request."""
    import httpx2

    who, said = call.provider, call.clean(str(fault))
    if isinstance(fault, (TimeoutError, httpx2.TimeoutException)):
        return EngineError(f"{who} did not answer in time ({said}); {call.billed}. Try again later.")
    if isinstance(fault, httpx2.TransportError):
        return EngineError(f"The connection to {who} broke ({said or type(fault).__name__}); {call.billed}. Try again.")
    misread = isinstance(fault, (json.JSONDecodeError, UnicodeError))
    if said and not misread and isinstance(fault, (ValueError, RuntimeError, OSError)):
        return EngineError(f"{who} made no clip: {said.rstrip('.')}. Change the line, the mode or the model.")
    return EngineError(
        f"{who} answered in a form that its client does not know ({type(fault).__name__}); try another provider."
    )
