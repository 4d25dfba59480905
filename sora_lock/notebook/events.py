"""What the page's script tells, on its way in; and the line in which a press is answered, on its way out.

Place in the path: under the acts. What comes from a browser is text until it is checked here.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

import gradio as gr

from sora_lock.errors import InputError, SoraLockError
from sora_lock.notebook.text import esc

log = logging.getLogger("sora_lock.notebook")


def told(event: gr.EventData, name: str) -> str:
    """A field of what the page's script sent, as text; "" when it is missing."""
    value = (getattr(event, "_data", None) or {}).get(name)
    return "" if value is None else str(value)


def number(event: gr.EventData, name: str) -> int | None:
    """A whole number of what the page's script sent; None when it is none."""
    text = told(event, name)
    return (
        int(text) if len(text) < 12 and text.removeprefix("-").isascii() and text.removeprefix("-").isdigit() else None
    )


def toast(text: str, *, bad: bool = False, goto: int | None = None) -> str:
    """A line that appears for some seconds; `goto` is a cell that the page then brings into view."""
    there = f' data-goto="cell-{goto}"' if goto is not None else ""
    return f'<p class="{"bad" if bad else "good"}" role="status"{there}>{esc(text)}</p>'


def telling(act: Callable[..., dict[Any, Any]], line: Any) -> Callable[..., dict[Any, Any]]:
    """`act` with what goes wrong on purpose shown in words in the component `line`; nothing else on the page changes then."""

    @functools.wraps(act)
    def tried(*args: Any, **more: Any) -> dict[Any, Any]:
        try:
            return act(*args, **more)
        except InputError as error:
            return {line: toast(str(error), bad=True)}
        except SoraLockError as error:
            log.error("%s: %s", getattr(act, "__name__", "act"), error)
            return {line: toast(str(error), bad=True)}

    return tried
