"""Text on its way into HTML: escaping, and the few forms in which numbers are written.

Place in the path: under every other module of the notebook. All that people typed passes through `esc` exactly once, on the server,
into the plain `${value}` of a `gr.HTML`: there it is data, never a template.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping
from typing import Any


def coded(text: str) -> str:
    """Escaped text whose parts in backticks are set as commands."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return esc(text)
    return "".join(f"<code>{esc(part)}</code>" if n % 2 else esc(part) for n, part in enumerate(parts))


def esc(value: Any) -> str:
    """`value` as text that is safe in HTML content and in quoted attributes.

    Lone surrogates, which UTF-8 cannot carry to the browser, become the replacement character.
    """
    return html.escape(str(value).encode("utf-8", "replace").decode("utf-8"), quote=True)


def attrs(values: Mapping[str, Any]) -> str:
    """` data-take="T001"`-like attributes from a mapping; None leaves one out and True writes the bare name."""
    out = []
    for name, value in values.items():
        if value is None or value is False:
            continue
        out.append(f" {name}" if value is True else f' {name}="{esc(value)}"')
    return "".join(out)


def as_json(value: Any) -> str:
    """`value` as JSON, escaped for a quoted attribute."""
    return esc(json.dumps(value, separators=(",", ":")))


def button(label: str, act: str, *, kind: str = "", title: str = "", key: str = "", **data: Any) -> str:
    """A button whose press the page's script hands to the server as `act` with `data`.

    Args:
        label: HTML, already escaped where it holds people's text.
        key: the key that does the same, shown in the tooltip.
    """
    tip = f"{title} ({key})" if title and key else title
    fields = {f"data-{k.replace('_', '-')}": v for k, v in data.items()}
    return (
        f"<button{attrs({'type': 'button', 'class': f'b {kind}'.strip(), 'data-act': act, 'title': tip or None, **fields})}>"
        f"{label}</button>"
    )


def clip(text: str, length: int) -> str:
    """`text` in one line of at most `length` characters, with an ellipsis where something was left out."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def short(take: str) -> str:
    """ "SC010_SH020_T007" -> "T007"; anything else stays as it is."""
    return take.rsplit("_", 1)[-1]


def shot_of(take: str) -> str:
    """ "SC010_SH020_T007" -> "SH020"; "" when it is not of that form."""
    parts = take.split("_")
    return parts[1] if len(parts) == 3 else ""


def span(seconds: float | None) -> str:
    """Seconds as "0:21" or "1:02:10"; "" for None."""
    if seconds is None:
        return ""
    whole = max(0, round(seconds))
    minutes, s = divmod(whole, 60)
    hours, m = divmod(minutes, 60)
    return f"{hours}:{m:02}:{s:02}" if hours else f"{m}:{s:02}"


def percent(share: float) -> str:
    """0..1 as "62 %" (with a no-break space)."""
    return f"{100 * share:.0f}\u00a0%"


def plural(count: int, one: str, many: str = "") -> str:
    """ "1 take", "6 takes"."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def listed(words: Iterable[str]) -> str:
    """ "a, b and c"."""
    items = list(words)
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)


def clock(utc: str) -> str:
    """The time of day of an ISO time, "20:15"; in UTC, which the page's script turns into the reader's own."""
    return utc[11:16]
