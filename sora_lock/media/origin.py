"""Where a picture comes from that a model drew: a line of words in the PNG itself, so that it is still known when the picture is locked.

Place in the path: media; an audition writes it, and whoever freezes the picture reads it. Standard library only. It is a note that people can trust as far
as the file: anybody can write one, and any program that saves the picture anew loses it.

The chunk is "iTXt", uncompressed, as https://www.w3.org/TR/png/#11iTXt lays it out.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

KEYWORD = b"sora-lock drawn by"
MAX_CHARACTERS = 400
"""Of the words; what is longer is cut."""
MAX_CHUNKS, MAX_BYTES = 64, 65_536
"""Chunks that are looked at, and the longest that is read."""
_SIGNATURE, _HEAD = b"\x89PNG\r\n\x1a\n", 33


def with_origin(png: bytes, words: str) -> bytes:
    """The PNG with words on where it comes from; the pixels are untouched.

    Args:
        png: as `images.png` makes it: nothing stands between its signature and its first chunk, the header.
    """
    body = KEYWORD + b"\0\0\0\0\0" + _plain(words).encode()
    chunk = b"iTXt" + body
    return png[:_HEAD] + len(body).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big") + png[_HEAD:]


def origin(data: bytes) -> str:
    """The words a picture brings on where it comes from, without control characters; "" for none."""
    for name, body in _chunks(data):
        if name == b"iTXt" and body.startswith(KEYWORD + b"\0\0\0"):
            # After the two flags come a language and a translated keyword, each ended by a nought.
            text = body[len(KEYWORD) + 3 :].split(b"\0", 2)[-1]
            return _plain(text.decode("utf-8", "replace"))
    return ""


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and body of the short chunks before the pixels."""
    if not data.startswith(_SIGNATURE):
        return
    at = len(_SIGNATURE)
    for _ in range(MAX_CHUNKS):
        length, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if len(name) < 4 or name in (b"IDAT", b"IEND"):
            return
        if length <= MAX_BYTES:
            yield name, data[at + 8 : at + 8 + length]
        at += 12 + length


def _plain(words: str) -> str:
    """On one line, printable, and no longer than is of use."""
    line = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    return line if len(line) <= MAX_CHARACTERS else line[: MAX_CHARACTERS - 1] + "…"
