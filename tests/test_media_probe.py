"""Files are told by their bytes, never by their names."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest
from PIL import Image

from sora_lock.errors import MediaError
from sora_lock.media.probe import check_size, sniff, sniff_film, sniff_picture


def saved(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (10, 20, 30)).save(out, kind)
    return out.getvalue()


class TestSniff:
    @pytest.mark.parametrize(
        ("kind", "said"),
        [("PNG", "png"), ("JPEG", "jpeg"), ("WEBP", "webp"), ("TIFF", "tiff"), ("GIF", "gif"), ("BMP", "bmp")],
    )
    def test_pictures_are_told_by_their_first_bytes(self, kind: str, said: str) -> None:
        assert sniff(saved(kind)) == said
        assert sniff(saved(kind)[:64]) == said

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (b"\x00\x00\x00\x20ftypisom" + bytes(20), "mp4"),
            (b"\x00\x00\x00\x14ftypqt  " + bytes(20), "mov"),
            (b"\x00\x00\x00\x08wide\x00\x00\x00\x00mdat", "mov"),
            (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", "webm"),
            (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x88matroska", "mkv"),
            (b"\x76\x2f\x31\x01\x02\x00\x00\x00", "exr"),
            (b"\x00\x00\x00\x18ftypheic" + bytes(8), "heic"),
            (b"%PDF-1.7\n", "pdf"),
        ],
    )
    def test_films_and_documents_too(self, data: bytes, said: str) -> None:
        assert sniff(data) == said

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"", "empty"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "SVG"),
            (b"\xef\xbb\xbf<?xml version='1.0'?><svg/>", "SVG"),
            (b"<!DOCTYPE html><title>x</title>", "HTML"),
            (b"  <HTML>", "HTML"),
            (b"ffconcat version 1.0\nfile x.mp4\n", "plain text"),
            ("größer".encode() * 100, "plain text"),
            (bytes(range(200, 256)), "no known kind"),
            (b"\x00" * 40, "no known kind"),
        ],
    )
    def test_everything_else_is_named_and_refused(self, data: bytes, words: str) -> None:
        with pytest.raises(MediaError, match=words):
            sniff(data)

    def test_a_film_where_a_picture_was_wanted_says_what_to_do(self) -> None:
        with pytest.raises(MediaError, match="Save one frame"):
            sniff_picture(b"\x00\x00\x00\x20ftypisom" + bytes(20))

    def test_a_picture_where_a_film_was_wanted_is_refused(self) -> None:
        with pytest.raises(MediaError, match="wanted an MP4"):
            sniff_film(saved("PNG"))

    def test_too_many_bytes_are_refused(self) -> None:
        with pytest.raises(MediaError, match="at most 1 MB"):
            check_size(bytes(2**20 + 1), 2**20)


class TestPageSafety:
    @pytest.mark.parametrize("module", ["sora_lock.media", "sora_lock.media.probe"])
    def test_importing_it_loads_nothing_but_the_standard_library(self, module: str) -> None:
        code = f"import {module}, sys; print([m for m in ('av','PIL','numpy','OpenEXR','torch','cv2') if m in sys.modules])"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
        assert done.stdout.strip() == "[]"

    def test_pictures_can_be_read_without_av(self) -> None:
        code = (
            "import sora_lock.media.images, sora_lock.media.video, sora_lock.media.exr, sora_lock.media.film, sys\n"
            "print([m for m in ('av', 'OpenEXR', 'torch', 'cv2') if m in sys.modules])"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
        assert done.stdout.strip() == "[]"
