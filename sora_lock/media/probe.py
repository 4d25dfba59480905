"""What a file is, told by its first bytes and never by its name.

Place in the path: before any decoder sees a byte that a person brought. Standard library only, so that the page may import it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sora_lock.errors import MediaError

MAX_UPLOAD_BYTES = 64 * 1024 * 1024

PICTURES: tuple[str, ...] = ("png", "jpeg", "webp", "tiff")
FILMS: tuple[str, ...] = ("mp4", "mov", "webm", "mkv")

MIME: Mapping[str, str] = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "tiff": "image/tiff",
    "exr": "image/x-exr",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "avif": "image/avif",
    "heic": "image/heic",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "mkv": "video/x-matroska",
    "avi": "video/x-msvideo",
    "pdf": "application/pdf",
    "glb": "model/gltf-binary",
}

# ISO base media brands ("ftyp"): what a player has to understand first.
_BRANDS: Mapping[bytes, str] = {
    b"qt  ": "mov",
    b"avif": "avif",
    b"avis": "avif",
    b"heic": "heic",
    b"heix": "heic",
    b"hevc": "heic",
    b"mif1": "heic",
    b"msf1": "heic",
}

_BMP_HEADS = (12, 40, 52, 56, 64, 108, 124)


def _iso(data: bytes) -> str | None:
    """MP4, QuickTime, AVIF or HEIC by the brand in the first box; older QuickTime files begin with another box."""
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "mp4")
    if data[4:8] in (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"):
        return "mov"
    return None


def _matroska(data: bytes) -> str | None:
    """Matroska or WebM by the DocType element (id 0x4282) of the EBML head."""
    if data[:4] != b"\x1a\x45\xdf\xa3":
        return None
    head = data[:128]
    at = head.find(b"\x42\x82")
    return "webm" if at >= 0 and head[at + 3 : at + 7] == b"webm" else "mkv"


def _starts(magic: bytes, kind: str) -> Callable[[bytes], str | None]:
    return lambda data: kind if data.startswith(magic) else None


_TESTS: tuple[Callable[[bytes], str | None], ...] = (
    _starts(b"\x89PNG\r\n\x1a\n", "png"),
    _starts(b"\xff\xd8\xff", "jpeg"),
    lambda d: "webp" if d[:4] == b"RIFF" and d[8:12] == b"WEBP" else None,
    lambda d: "avi" if d[:4] == b"RIFF" and d[8:12] == b"AVI " else None,
    _starts(b"II*\x00", "tiff"),
    _starts(b"MM\x00*", "tiff"),
    _starts(b"II+\x00", "tiff"),
    _starts(b"MM\x00+", "tiff"),
    _starts(b"\x76\x2f\x31\x01", "exr"),
    _starts(b"GIF87a", "gif"),
    _starts(b"GIF89a", "gif"),
    _starts(b"%PDF-", "pdf"),
    _starts(b"glTF", "glb"),
    _iso,
    _matroska,
    lambda d: "bmp" if d[:2] == b"BM" and len(d) > 26 and int.from_bytes(d[14:18], "little") in _BMP_HEADS else None,
)


def sniff(data: bytes) -> str:
    """The kind of file that `data` (the whole file, or at least its first 512 bytes) is.

    Returns:
        A key of `MIME`: "png", "jpeg", "webp", "tiff", "exr", "mp4", "mov", "webm", "mkv", ...

    Raises:
        MediaError: for an empty file, for text (SVG and HTML named), and for bytes of no known kind.
    """
    if not data:
        raise MediaError("The file is empty (0 bytes); export it again and check that it opens.")
    for test in _TESTS:
        kind = test(data)
        if kind:
            return kind
    said = _as_text(data)
    if said:
        raise MediaError(f"The file is {said}, whatever its name says; bring a PNG, JPEG, WebP or TIFF picture.")
    raise MediaError(
        f"The file is of no known kind (it begins with {data[:8].hex(' ')}); bring a PNG, JPEG, WebP or TIFF picture."
    )


def _as_text(data: bytes) -> str:
    """What text the file holds, in words; "" when it is not text."""
    head = data[:512].removeprefix(b"\xef\xbb\xbf")
    if b"\x00" in head:
        return ""
    low = head.lstrip().lower()
    if b"<svg" in low:
        return "an SVG drawing, which can hold scripts"
    if low.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")):
        return "an HTML page"
    if low.startswith(b"<?xml"):
        return "an XML text"
    if low.startswith(b"{") and any(word in low for word in (b'"asset"', b'"accessors"', b'"buffers"', b'"scenes"')):
        return "a glTF text that keeps its data elsewhere (export it as one GLB)"
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as fault:
        if fault.start < len(head) - 4:  # a character cut by our own 512 bytes is no fault of the text
            return ""
    return "plain text"


def check_size(data: bytes, limit: int = MAX_UPLOAD_BYTES) -> None:
    """Raises MediaError when `data` is larger than `limit` bytes."""
    if len(data) > limit:
        raise MediaError(
            f"The file has {len(data) / 2**20:.0f} MB; at most {limit / 2**20:.0f} MB can be brought. Make it smaller."
        )


def sniff_picture(data: bytes) -> str:
    """As `sniff`, but only "png", "jpeg", "webp" or "tiff" pass.

    Raises:
        MediaError: saying what came, what was wanted, and what to do.
    """
    check_size(data)
    kind = sniff(data)
    if kind not in PICTURES:
        told = {"image": "a picture", "model": "a model"}.get(MIME[kind].partition("/")[0], "a document")
        what = "a film" if kind in (*FILMS, "avi") else told
        raise MediaError(
            f"The file is {what} of the kind {kind.upper()}; wanted a PNG, JPEG, WebP or TIFF picture. "
            + {"a film": "Save one frame of it as PNG.", "a model": "Bring it with `cutout --image`."}.get(
                what, "Save it as PNG."
            )
        )
    return kind


def sniff_film(data: bytes) -> str:
    """As `sniff`, but only "mp4", "mov", "webm" or "mkv" pass; `data` may be the first 512 bytes of a long file.

    Raises:
        MediaError: saying what came and what was wanted.
    """
    try:
        kind = sniff(data)
    except MediaError as fault:
        raise MediaError(str(fault).split("; bring")[0] + "; wanted an MP4, MOV, WebM or MKV film.") from None
    if kind not in FILMS:
        raise MediaError(f"The file is of the kind {kind.upper()}; wanted an MP4, MOV, WebM or MKV film.")
    return kind
