"""Media and exports over HTTP: by digest or by name within the data folder, never by path.

Place in the path: beside the notebook, which only writes `/media/<sha256>` into its HTML. A file's type is told by its bytes; nothing
that a browser could run is ever served inline, and every answer is sandboxed.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from sora_lock.errors import MediaError, NotFoundError
from sora_lock.media.probe import sniff
from sora_lock.store import Store

INLINE = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}
HEAD_BYTES = 4096
CHUNK_BYTES = 256 * 1024
EXPORTS = "exports"
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")


def routes(store: Store) -> list[Route]:
    """The routes that the page's server adds to Gradio's own."""

    async def media(request: Request) -> Response:
        sha256 = request.path_params["sha256"]
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            return PlainTextResponse("No such file.", 404, HEADERS)
        try:
            path = await run_in_threadpool(store.blob, sha256)
        except NotFoundError:
            return PlainTextResponse("No such file.", 404, HEADERS)
        kept = {"Cache-Control": "private, max-age=31536000, immutable", "ETag": f'"{sha256}"'}
        if f'"{sha256}"' in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers={**HEADERS, **kept})
        kind = await run_in_threadpool(_kind, path)
        if kind not in INLINE:
            kept["Content-Disposition"] = f'attachment; filename="{sha256[:16]}"'
        return await serve(request, path, INLINE.get(kind, "application/octet-stream"), kept)

    async def exported(request: Request) -> Response:
        folder, name = request.path_params["folder"], request.path_params["name"]
        if not (SAFE_NAME.fullmatch(folder) and SAFE_NAME.fullmatch(name)):
            return PlainTextResponse("No such file.", 404, HEADERS)
        path = store.data / EXPORTS / folder / name
        if path.is_symlink() or not path.is_file():
            return PlainTextResponse("No such file.", 404, HEADERS)
        extra = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-cache"}
        return await serve(request, path, "application/octet-stream", extra)

    return [
        Route("/media/{sha256}", media, methods=["GET", "HEAD"]),
        Route("/exports/{folder}/{name}", exported, methods=["GET", "HEAD"]),
    ]


def _kind(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    try:
        return sniff(head)
    except MediaError:
        return ""


async def serve(request: Request, path: Path, media_type: str, extra: dict[str, str]) -> Response:
    """The file, whole or the one range that was asked for (206); 416 for a range outside it."""
    size = path.stat().st_size
    headers = {**HEADERS, **extra, "Accept-Ranges": "bytes"}
    try:
        span = parse_range(request.headers.get("range"), size)
    except ValueError:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    start, end = span or (0, size)
    headers["Content-Length"] = str(end - start)
    if span:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    status = 206 if span else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=media_type)
    return StreamingResponse(_chunks(path, start, end), status, headers, media_type)


def parse_range(value: str | None, size: int) -> tuple[int, int] | None:
    """The half-open byte range of a Range header; None for none, or for several (then the whole file is the answer).

    Raises:
        ValueError: when the range lies outside the file.
    """
    match = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", (value or "").replace(" ", ""))
    if not match or match.group(0) == "bytes=-":
        return None
    first, last = match.groups()
    if first:
        start, end = int(first), min(int(last) + 1, size) if last else size
    else:
        start, end = max(0, size - int(last)), size
    if start >= end:
        raise ValueError(value)
    return start, end


async def _chunks(path: Path, start: int, end: int) -> AsyncIterator[bytes]:
    async with await anyio.open_file(path, "rb") as file:
        await file.seek(start)
        left = end - start
        while left > 0:
            chunk = await file.read(min(CHUNK_BYTES, left))
            if not chunk:
                return
            left -= len(chunk)
            yield chunk
