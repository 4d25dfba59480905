"""Serving the page: looks, routes, who is answered, and on which port.

Place in the path: above the page, below the command line's `page`.
"""

from __future__ import annotations

import os
import socket
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from sora_lock.errors import ServerError
from sora_lock.notebook.page import build
from sora_lock.paths import ASSETS
from sora_lock.server.first_paint import FirstPaint
from sora_lock.server.origin import LOOPBACK, Origin
from sora_lock.server.routes import routes
from sora_lock.server.sign_in import SignIn
from sora_lock.store import Store

MAX_UPLOAD = "64mb"
SHEETS = ("base.css", "rail.css", "feed.css", "inspector.css", "dock.css")
SCRIPTS = ("page.js", "player.js", "regions.js", "face.js", "survey.js")


def theme() -> Any:
    """Gradio's plainest theme with this page's fonts; colours come from the style sheets."""
    stack = ("Inter", "system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif")
    mono = ("ui-monospace", "SF Mono", "JetBrains Mono", "Menlo", "DejaVu Sans Mono", "monospace")
    # The one colour told here as well: it is what the window shows before any style sheet has come.
    return gr.themes.Base(font=list(stack), font_mono=list(mono)).set(
        body_background_fill="#0a0908", body_background_fill_dark="#0a0908"
    )


def serving(store: Store, host: str, pass_phrase: str | None) -> dict[str, Any]:
    """The arguments of `Blocks.launch` that make it this page: looks, routes, and who is answered."""
    hosts = frozenset({*LOOPBACK, host.lower(), socket.gethostname().lower(), *_spaces_host()})
    beyond = host not in LOOPBACK
    middleware = [Middleware(Origin, hosts=hosts, any_address=beyond)]
    if pass_phrase:
        start_up = frozenset({"/gradio_api/startup-events"})
        middleware.append(Middleware(SignIn, phrase=pass_phrase, open_paths=start_up))
    middleware.append(Middleware(FirstPaint))
    head = "".join(f"<script>{(ASSETS / 'js' / name).read_text()}</script>" for name in SCRIPTS)
    return {
        "theme": theme(),
        "css": "\n".join((ASSETS / "css" / name).read_text() for name in SHEETS),
        "head": '<meta name="theme-color" content="#0b0a09">' + head,
        "app_kwargs": {"middleware": middleware, "routes": routes(store), "docs_url": None, "redoc_url": None},
        "max_file_size": MAX_UPLOAD,
        "enable_monitoring": False,
        "run_history": False,
        "strict_cors": True,
        "footer_links": [],
        "ssr_mode": False,
        "share": False,
        "pwa": False,
        "mcp_server": False,
        "show_error": False,
        "quiet": True,
        "inline": False,
    }


def _spaces_host() -> tuple[str, ...]:
    """The public host name when running as a hosted Space."""
    name = os.environ.get("SPACE_HOST", "").strip().lower()
    return (name,) if name else ()


def launch(store: Store, host: str, port: int, pass_phrase: str | None, open_browser: bool) -> None:
    """Serves the page until interrupted.

    Raises:
        ServerError: when the port is taken, or a host beyond loopback comes without a pass-phrase.
    """
    hosted = (
        "SPACE_ID" in os.environ
    )  # a hosted Space is public by its owner's choice, and sits behind its host's own door
    if host not in LOOPBACK and not pass_phrase and not hosted:
        raise ServerError(f"{host} is not this machine alone; give a --pass-phrase, or serve on 127.0.0.1.")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ServerError(
                f"Port {port} on {host} cannot be used ({error.strerror}); choose another with --port."
            ) from error
    page = build(store)
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    print(f"Sora Lock is at http://{f'[{shown}]' if ':' in shown else shown}:{port}/", flush=True)
    page.queue(default_concurrency_limit=None)
    page.launch(server_name=host, server_port=port, inbrowser=open_browser, **serving(store, host, pass_phrase))
