"""The continuity report as HTML: one file, nothing fetched, nothing run, and what people typed stays text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sora_lock.export.report import Entry, Line, Remark, Report, of_scene
from sora_lock.export.report_html import ACROSS, draw_html
from sora_lock.store import Store
from tests.export_parts import drifted, shoot_take
from tests.test_notebook_feed import VOID, Reader

VOID |= {"meta"}
EVIL = '<script>alert("x")</script><img src=x onerror=y>&"\''


def read(html: str) -> Reader:
    """The body and title of a document as tags and text."""
    return Reader(re.sub(r"<!doctype html>|<style>.*?</style>", "", html, flags=re.DOTALL))


@pytest.fixture
def drawn(store: Store, tmp_path: Path) -> str:
    take = shoot_take(store, tmp_path, EVIL[:60], report=drifted(store))
    store.mark(take.take, "circled", "ana")
    store.comment(take.take, 4, EVIL, "ana")
    return draw_html(of_scene(store, "SC010", False, "2026-11-23"))


class TestTheFile:
    def test_is_whole_by_itself(self, drawn: str) -> None:
        page = read(drawn)
        sources = [a["src"] for t, a in page.tags if t == "img"]
        assert len(sources) == 5 and all((s or "").startswith("data:image/jpeg;base64,") for s in sources)
        assert not {"script", "link", "iframe", "object", "form", "a"} & {t for t, _ in page.tags}
        assert "http://" not in drawn and "https://" not in drawn
        assert "default-src 'none'" in drawn

    def test_keeps_what_people_typed_as_text(self, drawn: str) -> None:
        page = read(drawn)
        assert EVIL in page.text
        assert not any(name.startswith("on") for _, a in page.tags for name in a)

    def test_says_mark_comment_frame_status_and_grip(self, drawn: str) -> None:
        text = read(drawn).text
        for said in ("circled", "1005", "ana, 20", "drifted", "held", "not seen", "reflectance 90%", "@mara v2", "docs/continuity.md"):  # fmt: skip
            assert said in text, said

    def test_tells_signs_apart_by_shape_and_by_words(self, drawn: str) -> None:
        shapes = {
            k: re.search(rf'class="sign {k}"[^>]*>(.*?)</svg>', drawn).group(1)  # type: ignore[union-attr]
            for k in ("pass", "flag", "not_seen", "free")
        }
        assert len(set(shapes.values())) == 4
        labels = {a["aria-label"] for t, a in read(drawn).tags if t == "svg" and a.get("role") == "img"}
        assert {"held", "drifted", "not seen", "free"} <= labels

    def test_draws_the_curve_with_its_numbers_for_those_who_do_not_see_it(self, drawn: str) -> None:
        (curve,) = [a for t, a in read(drawn).tags if t == "svg" and a.get("class") == "curve"]
        assert curve["aria-label"] == "0.80 at 1001, 0.31 at 1004, 0.40 at 1006"


class TestOddReports:
    def test_a_scene_of_many_takes_has_its_overview_in_parts(self) -> None:
        lines = (("@mara v1", (Line("face", "pass"),)),)
        entries = tuple(Entry(f"x{n}", f"T{n:03d}", "", "", (), (), None, lines) for n in range(2 * ACROSS + 1))
        assert len(read(draw_html(Report("SC010", "", "2026-11-23", entries))).classes("over")) == 3

    def test_a_curve_of_one_frame_and_half_a_character_are_drawn(self) -> None:
        line = Line("face", "flag", curve=((1001, 0.2),), words="\ud800 odd")
        entry = Entry("x", "1", "", "", (), (), None, (("@mara v1", (line,)),), (Remark(None, "", "", "\ud800"),))
        draw_html(Report("Clips", "", "2026-11-23", (entry,))).encode("utf-8")
