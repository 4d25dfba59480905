"""Continuity of one take in the inspector, as HTML: what drifted and what there is to look at."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sora_lock.notebook.feed import signs_words
from sora_lock.notebook.findings import continuity, curve
from sora_lock.records import Finding, Take
from sora_lock.store import Store
from tests.planted import grid, shoot_all
from tests.test_notebook_feed import VOID, Reader

VOID |= {"path", "polyline"}


@pytest.fixture
def take(stage: Store) -> Take:
    """A planted take whose wardrobe drifted."""
    grid(stage, ["fog", "snow"])
    return shoot_all(stage, flag="wardrobe")[1]


def with_finding(take: Take, attribute: str, finding: Finding) -> Take:
    return replace(take, report={**take.report, "mara": {**take.report["mara"], attribute: finding}})


class TestWhatDrifted:
    def test_shows_its_evidence_map_and_curve_at_once(self, take: Take) -> None:
        page, flag = Reader(continuity(take)), take.report["mara"]["wardrobe"]
        sources = [a["src"] for t, a in page.tags if t == "img"]
        assert sources.count(f"/media/{flag.map_sha256}") == 1
        assert page.classes("look") and "drifted at frame 1012" in page.text
        (drawn,) = page.classes("curve")
        assert drawn["aria-label"] == "score: 0.97 at 1001, 0.62 at 1012"

    def test_what_held_has_its_pictures_small_in_its_row(self, take: Take) -> None:
        held = Finding("pass", 0.9, 4, (1, 2, 30, 40), 0.5, "a" * 64, "It held.", ((0, 0.95), (4, 0.9)), "b" * 64)
        page = Reader(continuity(with_finding(take, "face", held)))
        sources = [a["src"] for t, a in page.tags if t == "img"]
        assert {f"/media/{held.evidence_sha256}", f"/media/{held.map_sha256}"} <= set(sources)
        assert len(page.classes("pair")) == 7 and len(page.classes("look")) == 1

    def test_jumps_to_the_worst_frame_with_its_box_in_parts_of_the_picture(self, take: Take) -> None:
        jump = next(a for a in Reader(continuity(take)).having("data-jump") if a["data-frame"] == "11")
        assert jump["data-box"] == "22.22% 31.25% 33.33% 31.25%"  # top, right, bottom, left of 320x180

    def test_a_box_over_the_rim_stays_within(self, take: Take) -> None:
        odd = with_finding(take, "face", Finding("flag", 0.1, 0, (-5, 0, 900, 180), 0.5, words="odd"))
        assert any(a["data-box"] == "0.00% 0.00% 0.00% 0.00%" for a in Reader(continuity(odd)).having("data-box"))

    def test_says_what_the_direction_asked_for(self, take: Take) -> None:
        from sora_lock import direction

        recipe = replace(take.recipe, direction=direction.read("smiling"))
        odd = replace(with_finding(take, "face", Finding("flag", 0.1, words="It drifted.")), recipe=recipe)
        assert "asked for a change of expression" in Reader(continuity(odd)).text


class TestWhatWasNotSeen:
    def test_says_why_once_for_all_that_follow_one_another(self, take: Take) -> None:
        report = {
            a: Finding("not_seen", words=f"The {a} of @mara was not judged: @mara was not found.")
            for a in take.report["mara"]
        }
        text = Reader(continuity(replace(take, report={**take.report, "mara": report}))).text
        assert text.count("not seen") == len(report) and text.count("was not found") == 1

    def test_says_each_reason_where_they_differ(self, take: Take) -> None:
        one = with_finding(take, "face", Finding("not_seen", words="The face of @mara was not judged: it is hidden."))
        both = with_finding(one, "hair", Finding("not_seen", words="The hair of @mara was not judged: it is hidden."))
        assert Reader(continuity(both)).text.count("It is hidden.") == 2  # the expression between them was seen


class TestTheCurve:
    def test_is_nothing_where_nobody_measured_it(self) -> None:
        assert curve(Finding("pass", 0.9)) == ""

    def test_of_one_frame_is_a_point(self) -> None:
        page = Reader(curve(Finding("pass", 0.9, threshold=0.5, curve=((3, 0.9),))))
        assert page.classes("seen")[0]["d"] == "M6.0 10.8h0"


class TestSigns:
    def test_are_said_in_the_name_of_their_tile(self, take: Take) -> None:
        assert signs_words(take) == "drifted: @mara wardrobe; 7 of 8 held"
        unseen = with_finding(take, "body", Finding("not_seen", words="hidden"))
        assert signs_words(unseen).endswith("6 of 8 held; not seen: @mara body")
        assert signs_words(None) == ""
