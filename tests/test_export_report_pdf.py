"""The continuity report as PDF: real text and pictures, whatever was typed, and the same bytes for the same report."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from sora_lock.export.report import Entry, Line, Remark, Report, of_scene
from sora_lock.export.report_pdf import draw_pdf
from sora_lock.store import Store
from tests.export_parts import drifted, shoot_take
from tests.test_export_lettering import ODD

DAY = "2026-11-23"


def sheets(data: bytes) -> int:
    assert data.startswith(b"%PDF-") and data.rstrip().endswith(b"%%EOF")
    return len(re.findall(rb"/Type /Page\b", data))


def entry(**more: object) -> Entry:
    plain = {"name": "x", "number": "T001", "mark": "", "said": "", "facts": (), "notes": (), "poster": None, "subjects": ()}  # fmt: skip
    return Entry(**(plain | more))  # type: ignore[arg-type]


class TestTheFile:
    def test_holds_every_picture_of_the_report(self, store: Store, tmp_path: Path) -> None:
        shoot_take(store, tmp_path, report=drifted(store))
        data = draw_pdf(of_scene(store, "SC010", False, DAY))
        assert sheets(data) >= 1
        assert data.count(b"/Subtype /Image") == 5  # poster, worst frame, two crops beside the anchor, drift map

    def test_is_the_same_for_the_same_report(self, store: Store, tmp_path: Path) -> None:
        shoot_take(store, tmp_path, report=drifted(store))
        made = of_scene(store, "SC010", False, DAY)
        assert draw_pdf(made) == draw_pdf(made)

    @pytest.mark.skipif(shutil.which("pdftotext") is None, reason="reads the text back with poppler-utils' pdftotext")
    def test_can_be_searched(self, store: Store, tmp_path: Path) -> None:
        take = shoot_take(store, tmp_path, "neon night", report=drifted(store))
        store.comment(take.take, 4, "the coat is open", "ana")
        file = tmp_path / "report.pdf"
        file.write_bytes(draw_pdf(of_scene(store, "SC010", False, DAY)))
        text = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, check=True).stdout.decode()
        for said in ("SC010_SH020_T001", "neon night", "the coat is open", "1005", "@mara v2", "drifted", "not seen", "script supervisor"):  # fmt: skip
            assert said in text, said


class TestOddReports:
    def test_any_text_is_drawn(self) -> None:
        notes = tuple(ODD)
        remarks = tuple(Remark(1001, text[:20], DAY, text) for text in ODD)
        lines = (("@mara v1", tuple(Line(text[:30], "not_seen", words=text) for text in ODD[:6])),)
        made = entry(name="n" * 400, said="word " * 400, notes=notes, remarks=remarks, subjects=lines, mark="keep")
        assert sheets(draw_pdf(Report("Clips", "long " * 60, DAY, (made,)))) > 1

    def test_many_takes_go_on_overleaf(self) -> None:
        lines = (("@mara v1", tuple(Line(a, "pass", score=0.9) for a in ("face", "hair", "body"))),)
        takes = tuple(entry(number=f"T{n:03d}", said="rain", subjects=lines) for n in range(40))
        assert sheets(draw_pdf(Report("SC010", "", DAY, takes))) > 4

    def test_a_curve_of_one_frame_is_a_point(self) -> None:
        flag = Line("face", "flag", threshold=0.5, curve=((1001, 0.2),))
        assert sheets(draw_pdf(Report("Clips", "", DAY, (entry(subjects=(("@mara v1", (flag,)),)),)))) == 1
