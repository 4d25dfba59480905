"""What text and data may enter the store, and the sealed form it is kept in.

Place in the path: in front of every table. Text stays text: nothing is escaped or trimmed here, only refused when no screen or
file could show it truthfully.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from sora_lock.errors import InputError, NamingError, PromptError
from sora_lock.records import canonical, digest, plain

TEXT_LIMIT, WHO_LIMIT, TITLE_LIMIT, BODY_LIMIT = 4000, 80, 200, 2_000_000
# C0 controls but tab and line ends, DEL, lone surrogates, and the two overrides that make text read other than it is stored.
_UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\u202d\u202e]")
_LINE_ENDS = re.compile("[\t\n\r\u2028\u2029]")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def checked(text: str, what: str, limit: int = TEXT_LIMIT, error: type[InputError] = PromptError) -> str:
    """`text` unchanged.

    Raises:
        InputError: of class `error`, when it is longer than `limit` or holds characters no text may hold.
    """
    if not isinstance(text, str):
        raise error(f"{what} must be text; {type(text).__name__} came.")
    if len(text) > limit:
        raise error(f"{what} is {len(text)} characters long; at most {limit} are kept.")
    found = _UNSHOWABLE.search(text)
    if found:
        raise error(f"{what} holds a character no text may hold (U+{ord(found.group()):04X}); remove it.")
    return text


def checked_line(text: str, what: str, limit: int) -> str:
    """As `checked` for a single line (who, title); NamingError otherwise."""
    if _LINE_ENDS.search(checked(text, what, limit, NamingError)):
        raise NamingError(f"{what} must be one line.")
    return text


def checked_code(code: str, what: str) -> str:
    """A scene's, shot's or lock's name that is safe as a part of a file name.

    Raises:
        NamingError: unless it is 1 to 40 letters, digits, "-" or "_" (and their combining marks), beginning with a letter or digit.
    """
    checked_line(code, f"A {what}'s name", 40)
    if not code or not code[0].isalnum() or not all(c.isalnum() or c in "-_" or unicodedata.combining(c) for c in code):
        raise NamingError(
            f"{code!r} is no name for a {what}: use letters, digits, '-' and '_', beginning with a letter or digit."
        )
    return code


def folded(name: str) -> str:
    """The form in which two names are one name: NFC of the case-folded NFC form (Unicode 3.13, D145)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def checked_body(value: Any, what: str) -> str:
    """Canonical JSON text of `value`, whose strings were checked one by one.

    Raises:
        InputError: for NaN, for what JSON cannot hold, for unshowable characters, or beyond 2 MB.
    """
    value = plain(value)
    _walk(value, what)
    return sealed_text(value, what)


def sealed_text(value: Any, what: str) -> str:
    """Canonical JSON text of a record; InputError for NaN, lone surrogates and what JSON cannot hold."""
    try:
        text = canonical(value).decode()
    except (TypeError, ValueError) as error:
        raise InputError(f"{what} cannot be stored: {error}") from error
    if len(text) > BODY_LIMIT:
        raise InputError(f"{what} is {len(text)} characters of data; at most {BODY_LIMIT} are kept.")
    return text


def showable(text: str, limit: int = TEXT_LIMIT) -> str:
    """`text` made storable whatever it was: for error messages, which must never be the next error."""
    return _UNSHOWABLE.sub("\ufffd", text)[:limit]


def seal(table: str, row: Mapping[str, Any]) -> str:
    """The digest a row is kept under: SHA-256 over the table's name and all its other columns."""
    return digest({"table": table, **row})


def is_sha256(value: Any) -> bool:
    """Whether `value` is 64 lower-case hex digits."""
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def named_blobs(text: str) -> set[str]:
    """All SHA-256 values that stand in a sealed text (some name blobs, some name records)."""
    return set(re.findall(r'"([0-9a-f]{64})"', text))


def _walk(value: Any, what: str) -> None:
    """Checks every string of plain data, keys included."""
    if isinstance(value, str):
        checked(value, what, BODY_LIMIT, InputError)
    elif isinstance(value, dict):
        for key, item in value.items():
            _walk(key, what)
            _walk(item, what)
    elif isinstance(value, list):
        for item in value:
            _walk(item, what)
