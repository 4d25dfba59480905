"""The first moment of the page: what must be settled before Gradio's own script runs.

Place in the path: between the doors and Gradio. Gradio adds the page's head only once it runs, which is too late to tell it that the room
is dark whatever the system prefers; its paint box would stay white.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEAD = b"""<meta name="color-scheme" content="dark"><script>
(() => { const ask = window.matchMedia.bind(window);
window.matchMedia = (query) => ask(/prefers-color-scheme:\\s*dark/.test(query) ? "all" : query); })();
</script>"""


class FirstPaint:
    """ASGI middleware: puts `HEAD` at the beginning of the head of HTML pages; everything else passes as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        start: Message | None = None
        body = b""

        async def painted(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and _plain_html(Headers(raw=message["headers"])):
                start = message
            elif start is None:
                await send(message)
            elif message["type"] == "http.response.body":
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    body = body.replace(b"<head>", b"<head>" + HEAD, 1)
                    MutableHeaders(raw=start["headers"])["Content-Length"] = str(len(body))
                    await send(start)
                    await send({"type": "http.response.body", "body": body})

        await self.app(scope, receive, painted)


def _plain_html(headers: Headers) -> bool:
    return headers.get("content-type", "").startswith("text/html") and "content-encoding" not in headers
