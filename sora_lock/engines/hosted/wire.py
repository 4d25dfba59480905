"""How the provider's client may use the network: bounded in time, bytes and tries, and stopped when nobody waits any more.

Place in the path: under `request`. The client polls without an end and reads without a limit, and it has one HTTP session for the whole process, which
may be exchanged: `install` does. The session keeps its rules in threads that carry a `Call`; for all others it is the client's own.

An answer that says "again" is asked for again here, request by request, and never by asking for the clip anew: a job is handed in, and billed, once.
"""

from __future__ import annotations

import ipaddress
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import huggingface_hub

from sora_lock.engines.hosted.providers import BILLING, TOKENS
from sora_lock.errors import EngineError, EngineUnavailableError
from sora_lock.media.probe import MAX_UPLOAD_BYTES

ERROR_BYTES, WORDS = 16_384, 200
AGAIN = {"GET": frozenset({408, 429, 500, 502, 503, 504}), "POST": frozenset({429, 500, 502, 503})}
"""Answers after which the same request is sent again. After a 504 to a POST the job may well be running: it is not handed in twice."""


@dataclass(frozen=True)
class Limits:
    """How long and how often.

    Attributes:
        overall_s: for one clip, from the request to its last byte.
        request_s: between two bytes of one answer, and to connect; the answer to a POST may take `overall_s`, since some providers answer when the clip is made.
        tries: how often one request is sent at most.
        backoff_s: before the second try, doubled before each further one, where the answer does not say how long to wait.
        longest_wait_s: the longest wait that an answer may ask for; beyond, the take fails and says so.
        most_bytes: of one answer.
    """

    overall_s: float = 1200.0
    request_s: float = 60.0
    tries: int = 4
    backoff_s: float = 2.0
    longest_wait_s: float = 60.0
    most_bytes: int = MAX_UPLOAD_BYTES


@dataclass
class Call:
    """One clip being asked for: every request that the client makes for it.

    Attributes:
        provider: its name, for messages.
        secret: the token, to be kept out of messages; "" until it is read.
        given_up: set when nobody waits any more.
        handed_in: whether a job was sent off; from then on it may be billed.
    """

    provider: str
    limits: Limits
    secret: str = field(default="", repr=False)
    given_up: threading.Event = field(default_factory=threading.Event)
    began: float = field(default_factory=time.monotonic)
    handed_in: bool = False

    @property
    def late(self) -> bool:
        """Whether its time is over."""
        return time.monotonic() - self.began > self.limits.overall_s

    def check(self) -> None:
        """Raises EngineError when nobody waits any more, or its time is over."""
        if self.given_up.is_set() or self.late:
            raise self.too_late()

    def too_late(self) -> EngineError:
        """What is said when its time is over."""
        return EngineError(
            f"{self.provider} had no clip ready after {self.limits.overall_s:g} s; {self.billed}. Try again, or another model."
        )

    @property
    def billed(self) -> str:
        """Whether it has to be paid, in words."""
        if self.handed_in:
            return "it may still be working, and bill"
        return "no job was handed in, so none is billed"

    def wait(self, seconds: float) -> None:
        """Waits, but not beyond its time; raises as `check`."""
        self.given_up.wait(min(seconds, max(0.0, self.began + self.limits.overall_s - time.monotonic())))
        self.check()

    def clean(self, text: str) -> str:
        """Words of a provider as they may be shown: one short line, without the token."""
        shown = text.replace(self.secret, "[token]") if self.secret else text
        return " ".join("".join(c if c.isprintable() else " " for c in shown).split())[:WORDS]


_here = threading.local()
_mutex = threading.Lock()


def begin(call: Call) -> None:
    """From now on this thread's requests through the client belong to `call`."""
    _here.call = call


def install(transport: httpx2.BaseTransport | None = None) -> None:
    """Makes the client's session one that keeps these rules; once is enough.

    Args:
        transport: what carries the requests in the network's place (tests: to a server on this machine); a given one is installed anew.
    """
    with _mutex:
        before = huggingface_hub.get_session()
        if isinstance(before, Session) and transport is None:
            return
        hooks = before.kept if isinstance(before, Session) else before.event_hooks
        huggingface_hub.set_client_factory(lambda: Session(hooks, transport))


class _Again(Exception):
    """An answer after which the request may be sent again.

    Attributes:
        error: what is said when it is not.
        after_s: how long the answer asks to wait; None where it does not say.
    """

    def __init__(self, error: EngineError, after_s: float | None) -> None:
        super().__init__(str(error))
        self.error, self.after_s = error, after_s


class _Metered(httpx2.SyncByteStream):
    """An answer's bytes, up to a limit, while somebody waits."""

    def __init__(self, inner: Any, call: Call) -> None:
        self._inner, self._call, self._most_bytes = inner, call, call.limits.most_bytes

    def __iter__(self) -> Iterator[bytes]:
        came = 0
        for chunk in self._inner:
            self._call.check()
            came += len(chunk)
            if came > self._most_bytes:
                raise EngineError(
                    f"{self._call.provider} sent more than {self._most_bytes / 2**20:.0f} MB; a clip may not be larger. Choose a model with smaller clips."
                )
            yield chunk

    def close(self) -> None:
        self._inner.close()


class Session(httpx2.Client):
    """The client's HTTP session, with the rules of the thread's `Call` where there is one."""

    def __init__(self, hooks: dict[str, list[Callable[..., Any]]], transport: httpx2.BaseTransport | None) -> None:
        """`hooks`: those of the session that this one takes the place of."""
        self.kept = hooks
        super().__init__(
            event_hooks={
                "request": [*hooks.get("request", []), _outgoing],
                "response": [*hooks.get("response", []), _incoming],
            },
            follow_redirects=True,
            timeout=None,
            transport=transport,
        )

    def send(self, request: httpx2.Request, **how: Any) -> httpx2.Response:
        """As the base class, and again after answers and breaks that allow it."""
        call: Call | None = getattr(_here, "call", None)
        if call is None:
            return super().send(request, **how)
        limits = call.limits
        answer_s = limits.request_s if request.method == "GET" else limits.overall_s
        request.extensions["timeout"] = httpx2.Timeout(limits.request_s, read=answer_s).as_dict()
        pause_s, left = limits.backoff_s, limits.tries
        while True:
            left -= 1
            after_s: float | None = None
            call.handed_in |= request.method == "POST"
            try:
                return super().send(request, **how)
            except _Again as answer:
                after_s = answer.after_s
                call.handed_in &= request.method != "POST"
                if left <= 0 or (after_s or 0) > limits.longest_wait_s:
                    raise answer.error from None
            except httpx2.TransportError as fault:
                unsent = isinstance(fault, (httpx2.ConnectError, httpx2.ConnectTimeout))
                call.handed_in &= not (unsent and request.method == "POST")
                if left <= 0 or not (unsent or request.method == "GET"):
                    raise
            call.wait(pause_s if after_s is None else after_s)
            pause_s *= 2


def _outgoing(request: httpx2.Request) -> None:
    """Before every request of a call, redirected ones too: only to other machines, only over TLS, and nothing that unpacks."""
    call: Call | None = getattr(_here, "call", None)
    if call is None:
        return
    call.check()
    if request.url.scheme != "https" or not _public(request.url.host):
        raise EngineError(
            f"{call.provider} named an address that is not followed ({call.clean(str(request.url))[:80]}); wanted https to a public name."
        )
    request.headers["Accept-Encoding"] = "identity"


def _public(host: str) -> bool:
    """Whether a host is a name beyond this machine and its neighbours."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return "." in host.strip(".") and not host.rstrip(".").endswith((".local", ".internal", ".localhost"))
    return False


def _incoming(response: httpx2.Response) -> None:
    """After every answer of a call: its bytes are counted, and one that is an error is raised as such."""
    call: Call | None = getattr(_here, "call", None)
    if call is None:
        return
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise EngineError(f"{call.provider} sent packed bytes though plain ones were asked for; try another provider.")
    response.stream = _Metered(response.stream, call)
    if response.status_code < 400:
        return
    error = _said(response, call)
    if response.status_code in AGAIN.get(response.request.method, ()):
        raise _Again(error, _after_s(response))
    raise error


def _said(response: httpx2.Response, call: Call) -> EngineError:
    """The error of the tree that an answer stands for."""
    status, words = response.status_code, call.clean(_words(_begun(response)))
    told = f" It says: {words}" if words else ""
    asked = "authorization" in response.request.headers
    if status in (401, 403) and asked:
        return EngineUnavailableError(
            f"The token was refused for {call.provider} ({status}); make one that may call inference providers at {TOKENS} and set it as HF_TOKEN.{told}"
        )
    if status == 402:
        return EngineUnavailableError(
            f"The account of the token has no credit left for {call.provider} (402); see {BILLING}.{told}"
        )
    if status == 404 and asked:
        return EngineUnavailableError(
            f"{call.provider} does not know this model, or the job any more (404); choose another model, or shoot again.{told}"
        )
    if status == 429:
        after_s = _after_s(response)
        how_long = f" {after_s:.0f} s" if after_s else ""
        return EngineError(
            f"{call.provider} takes no more requests for now (429); wait{how_long} and shoot again.{told}"
        )
    if status >= 500:
        what = "also when asked again" if status in AGAIN.get(response.request.method, ()) else call.billed
        return EngineError(f"{call.provider} failed ({status}): {what}; try later.{told}")
    return EngineError(f"{call.provider} refused the request ({status}); change what it complains of.{told}")


def _begun(response: httpx2.Response) -> bytes:
    """The first bytes of an error's body, as far as they come: its status matters more than they do."""
    body = b""
    try:
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > ERROR_BYTES:
                break
    except httpx2.TransportError:
        return body
    return body


def _words(body: bytes) -> str:
    """What an error says to people; "" for a page or for nothing."""
    try:
        told = json.loads(body)
    except ValueError:
        text = body.decode(errors="replace").strip()
        return "" if text.startswith("<") else text
    found = (told.get(key) for key in ("error", "detail", "message")) if isinstance(told, dict) else ()
    inner = next((value for value in found if value), "")
    lines = inner if isinstance(inner, list) else [inner]
    return "; ".join(str(n.get("message") or n.get("msg") or n) if isinstance(n, dict) else str(n) for n in lines)


def _after_s(response: httpx2.Response) -> float | None:
    """Seconds that an answer asks to wait (Retry-After, RFC 9110 section 10.2.3); None where it does not say."""
    told = response.headers.get("Retry-After", "").strip()
    if told.isdigit():
        return float(told)
    try:
        when = parsedate_to_datetime(told)
    except ValueError:
        return None
    return max(0.0, (when - datetime.now(UTC)).total_seconds()) if when.tzinfo else None
