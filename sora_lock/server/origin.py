"""Whose requests are answered: trusted host names, and only this page's own pages may change anything.

Place in the path: the outermost layer of the page's server. A browser sends cookies along with requests that a foreign page makes it
send; Host (against DNS rebinding) and Origin (against forged requests) tell those apart.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def host_of(value: str) -> str:
    """The name in a Host header, without port and brackets, in lower case; "" when it is malformed."""
    try:
        return (urlsplit(f"//{value}").hostname or "").lower()
    except ValueError:
        return ""


def is_address(name: str) -> bool:
    """Whether a host name is a literal IP address, which no DNS answer can turn towards this machine."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Origin:
    """ASGI middleware: 400 for a foreign Host, 403 for an unsafe method or a WebSocket whose Origin is another site's.

    Args:
        hosts: host names that are trusted, in lower case.
        any_address: also trust literal IP addresses; for a page that is served beyond loopback.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str] = LOOPBACK, any_address: bool = False) -> None:
        self.app, self.hosts, self.any_address = app, hosts, any_address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and (refusal := self._refusal(scope)):
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
                return
            await refusal(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        name = host_of(host)
        if name not in self.hosts and not (self.any_address and is_address(name)):
            return PlainTextResponse("This address is not served here.", 400)
        if scope["type"] == "http" and scope["method"] in SAFE_METHODS:
            return None
        origin = headers.get("origin")
        # Programs such as curl send no Origin; browsers always do with unsafe methods and WebSockets.
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return PlainTextResponse("Another site's page may not do this.", 403)
        if origin is None and headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return PlainTextResponse("Another site's page may not do this.", 403)
        return None
