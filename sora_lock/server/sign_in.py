"""Signing in by a shared pass-phrase, when the page is served beyond this machine; and the names people go by.

Place in the path: within `origin`, before everything else. The cookie is signed with a key that lives as long as the process, so that a
restart, or another pass-phrase, signs everybody out. A name is what a person says it is: it labels, it does not authorise.
"""

from __future__ import annotations

import hashlib
import hmac
import html
import secrets
import time
import unicodedata
from collections.abc import Mapping
from urllib.parse import parse_qs, quote, unquote

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

COOKIE, NAME_COOKIE = "sora_lock_pass", "sora_lock_name"
DAYS_S = 14 * 86400
NAME_LIMIT = 40
BODY_LIMIT = 4096
SLOW_AFTER, WINDOW_S = 10, 60.0

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sora Lock</title><style>
:root{{color-scheme:dark}}body{{margin:0;min-height:100vh;display:grid;place-items:center;background:#0b0a09;color:#d8d3cb;
font:15px/1.5 Inter,system-ui,sans-serif}}form{{width:19rem;display:grid;gap:.8rem}}h1{{font-size:1.1rem;font-weight:600;margin:0 0 .6rem}}
label{{display:grid;gap:.3rem;color:#8f8981;font-size:.85rem}}input{{background:#161412;border:1px solid #2b2825;border-radius:4px;color:inherit;
font:inherit;padding:.5rem .6rem}}input:focus{{outline:1px solid #e3a25c}}button{{background:#e3a25c;border:0;border-radius:4px;color:#1a1208;
font:inherit;font-weight:600;padding:.55rem;cursor:pointer}}button:hover{{background:#f0b473}}h1::before{{background:#e3a25c;border-radius:50%;
box-shadow:0 0 .9rem rgba(227,162,92,.55);content:"";display:inline-block;height:.55rem;margin-right:.5rem;width:.55rem}}h1 span{{color:#57524a;
display:block;font-size:.8rem;font-weight:400;padding-left:1.05rem}}form{{margin-bottom:8vh}}p{{color:#e0714f;margin:0;min-height:1.5em}}</style>
<form method="post" action="/sign-in"><h1>Sora Lock<span>lock once, fan out</span></h1>
<label>Your name<input name="name" maxlength="40" autocomplete="nickname" value="{name}"></label>
<label>Pass-phrase<input name="phrase" type="password" autocomplete="current-password" autofocus required></label>
<input type="hidden" name="query" value="{query}"><button>Come in</button><p role="alert">{words}</p></form></html>"""


def clean_name(text: str) -> str:
    """A person's name as it is kept: one line without control characters or direction overrides, at most 40 characters; "" for none."""
    kept = "".join(
        c if unicodedata.category(c)[0] != "C" else " " for c in text.replace("\u2028", " ").replace("\u2029", " ")
    )
    return " ".join(kept.split())[:NAME_LIMIT].strip()


def name_of(cookies: Mapping[str, str]) -> str:
    """The name a browser's cookie tells; "" when there is none."""
    return clean_name(unquote(cookies.get(NAME_COOKIE, ""), errors="replace"))


class SignIn:
    """ASGI middleware: without a valid cookie every request is answered by the sign-in page, or 401 where no page was asked for.

    Args:
        phrase: the pass-phrase; must not be empty.
        secret: key of the signature; a fresh one unless told.
        open_paths: exact paths that are always let through, from this machine only: Gradio's own start-up calls.
    """

    def __init__(
        self, app: ASGIApp, phrase: str, secret: bytes | None = None, open_paths: frozenset[str] = frozenset()
    ) -> None:
        self.app, self.phrase, self.open_paths = app, phrase.encode(), open_paths
        self.secret = hashlib.sha256((secret or secrets.token_bytes(32)) + self.phrase).digest()
        self.misses: dict[str, list[float]] = {}

    def token(self, until: int) -> str:
        """A signed cookie that is valid until `until` (seconds since the epoch)."""
        return f"{until}.{hmac.new(self.secret, str(until).encode(), 'sha256').hexdigest()}"

    def valid(self, cookie: str) -> bool:
        """Whether this server signed the cookie, and not too long ago."""
        until, _, _ = cookie.partition(".")
        if not (until.isascii() and until.isdigit() and len(until) < 16):
            return False
        return hmac.compare_digest(self.token(int(until)).encode(), cookie.encode()) and int(until) > time.time()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        request = Request({**scope, "type": "http", "method": scope.get("method", "GET")}, receive)
        local = (scope.get("client") or ("", 0))[0] in ("127.0.0.1", "::1")
        signed_in = self.valid(request.cookies.get(COOKIE, ""))
        if scope["type"] == "http" and scope["path"] == "/sign-in":
            # Also for those who are signed in already: by another tab, or on the way back from here.
            leave = signed_in and request.method != "POST"
            await (RedirectResponse("/", 303) if leave else await self._answer(request))(scope, receive, send)
        elif signed_in or (local and scope["path"] in self.open_paths):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await (await self._answer(request))(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.url.path == "/sign-in" and request.method == "POST":
            return await self._sign_in(request)
        if request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", ""):
            return _page(request, "")
        if request.method == "HEAD":
            return Response(status_code=401)
        return PlainTextResponse("Sign in first.", 401)

    async def _sign_in(self, request: Request) -> Response:
        who = request.client.host if request.client else ""
        now = time.monotonic()
        recent = [t for t in self.misses.get(who, []) if now - t < WINDOW_S]
        if len(recent) >= SLOW_AFTER:
            return _page(request, "Too many tries; wait a minute.", 429)
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_LIMIT:
                return _page(request, "That is too long.", 413)
        fields = parse_qs(body.decode("utf-8", "replace"))
        if not hmac.compare_digest(fields.get("phrase", [""])[0].encode(), self.phrase):
            self.misses = {w: ts for w, ts in self.misses.items() if ts and now - ts[-1] < WINDOW_S}
            self.misses[who] = [*recent, now]
            kept = {name: fields.get(name, [""])[0] for name in ("name", "query")}
            return _page(request, "That is not the pass-phrase.", 403, **kept)
        # Back to what the link was for; never elsewhere, since only a query is kept and the page is only at /.
        query = fields.get("query", [""])[0]
        answer = RedirectResponse(f"/?{query}" if query else "/", 303)
        secure = request.url.scheme == "https"
        answer.set_cookie(
            COOKIE, self.token(int(time.time()) + DAYS_S), DAYS_S, httponly=True, samesite="lax", secure=secure
        )
        if name := clean_name(fields.get("name", [""])[0]):
            answer.set_cookie(NAME_COOKIE, quote(name), DAYS_S * 26, samesite="lax", secure=secure)
        return answer


def _page(request: Request, words: str, status: int = 401, name: str = "", query: str = "") -> HTMLResponse:
    fields = {"name": clean_name(name) or name_of(request.cookies), "query": query or request.url.query, "words": words}
    headers = {"Cache-Control": "no-store", "X-Frame-Options": "DENY"}
    return HTMLResponse(PAGE.format(**{k: html.escape(v) for k, v in fields.items()}), status, headers)
