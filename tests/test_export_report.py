"""The continuity report as data: what is said of takes and of clips, and with which pictures."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sora_lock.errors import ConsentError, NotFoundError
from sora_lock.export.evidence import DARK, LIGHT, Shown, boxed
from sora_lock.export.report import Entry, Line, Report, lead, of_clips, of_scene, overview, reasons, status_words
from sora_lock.export.selects import selects
from sora_lock.fanout import plan_fanout
from sora_lock.judged import judge_clips
from sora_lock.store import Store
from tests.export_parts import drifted, shoot_take, three_takes
from tests.judged_parts import clip, place
from tests.planted import finish, shoot_all

DAY = "2026-11-23"


def pixels(shown: Shown | None) -> np.ndarray:
    assert shown is not None
    picture = np.asarray(Image.open(io.BytesIO(shown.jpeg)))
    assert picture.shape[:2] == (shown.height, shown.width)
    return picture


def line(entry: Entry, attribute: str) -> Line:
    return next(li for _, lines in entry.subjects for li in lines if li.attribute == attribute)


@pytest.fixture
def one(store: Store, tmp_path: Path) -> Iterator[Entry]:
    """The entry of a take of which something drifted."""
    shoot_take(store, tmp_path, "rain, wistful", report=drifted(store))
    yield of_scene(store, "SC010", False, DAY).entries[0]


class TestATake:
    def test_has_its_slate_engine_seed_and_direction(self, one: Entry) -> None:
        assert (one.name, one.number, one.said) == ("SC010_SH020_T001", "T001", "rain, wistful")
        facts = dict(one.facts)
        assert facts["shot"] == "SC010 / SH020" and facts["engine"] == "comp 1" and facts["seed"] == "7"
        assert facts["raster"] == "128 x 72, 6 frames at 24"
        assert "Not understood: wistful." in one.notes

    def test_has_its_locks_with_versions_and_their_attributes_in_order(self, one: Entry) -> None:
        assert [subject for subject, _ in one.subjects] == ["@mara v2", "@alley v1"]
        assert [li.attribute for li in one.subjects[0][1]] == ["face", "expression", "hair", "wardrobe", "body"]

    def test_what_drifted_has_worst_frame_evidence_map_and_curve(self, one: Entry) -> None:
        hair = line(one, "hair")
        assert (hair.sign, hair.frame, hair.score, hair.threshold) == ("flag", 1004, 0.31, 0.5)
        assert hair.words == "The hair of @mara drifted, worst in frame 1004."
        assert hair.grip == "reflectance 90%"
        assert hair.curve == ((1001, 0.8), (1004, 0.31), (1006, 0.4))
        worst = pixels(hair.worst)
        assert abs(int(np.median(worst)) - 63) <= 4  # frame 3 of a clip that begins at code 60
        assert hair.evidence is not None and hair.evidence.height > (line(one, "face").evidence or hair.evidence).height
        assert hair.drift_map is not None and hair.drift_map.jpeg != hair.evidence.jpeg

    def test_what_held_has_its_evidence_and_no_worst_frame(self, one: Entry) -> None:
        face = line(one, "face")
        assert face.sign == "pass" and face.evidence is not None and face.worst is None

    def test_what_was_not_seen_says_why_and_what_nobody_judged_is_free(self, one: Entry) -> None:
        assert line(one, "body").sign == "not_seen" and "12 px" in line(one, "body").words
        assert line(one, "wardrobe").sign == "free"

    def test_policies_are_those_of_the_shot(self, stage: Store) -> None:
        plan_fanout(
            stage, scene="SC010", shot="SH020", cast="@mara in @alley", texts=["fog"], frames=12, width=320, height=180,
            overrides={"mara": {"hair": "free", "expression": "evolve"}},
        )  # fmt: skip
        shoot_all(stage)
        entry = of_scene(stage, "SC010", False, DAY).entries[0]
        assert [line(entry, a).policy for a in ("face", "expression", "hair")] == ["hold", "evolve", "free"]
        assert status_words(line(entry, "expression")) == "evolves"

    def test_a_flag_that_the_direction_asked_for_is_labelled_and_stays_a_flag(self, stage: Store) -> None:
        plan_fanout(
            stage, scene="SC010", shot="SH020", cast="@mara in @alley", texts=["smiling"], frames=12, width=320, height=180,
            overrides={"mara": {"expression": "free"}},
        )  # fmt: skip
        while (job := stage.lease("w")) is not None:
            if job.stage == "poster":
                stage.poster_done(job.id, "w", stage.put(b"poster"))
            else:
                finish(stage, job, np.full((180, 320, 3), 90, np.uint8), "w", flag="expression")
        expression = line(of_scene(stage, "SC010", False, DAY).entries[0], "expression")
        assert expression.sign == "flag" and "smil" in expression.asked

    def test_marks_comments_and_parents_are_there_with_frames_from_1001(self, store: Store, tmp_path: Path) -> None:
        first = shoot_take(store, tmp_path)
        second = shoot_take(store, tmp_path, "rain", parent=first.take)
        store.mark(second.take, "NG", "ana")
        store.comment(second.take, 3, "the coat is open", "ana")
        store.comment(second.take, None, "once more", "jon")
        entry = of_scene(store, "SC010", False, DAY).entries[1]
        assert entry.mark == "NG" and dict(entry.facts)["branch of"] == first.take
        assert [(r.frame, r.who, r.text) for r in entry.remarks] == [
            (1004, "ana", "the coat is open"),
            (None, "jon", "once more"),
        ]


class TestAScene:
    def test_holds_all_takes_or_the_circled_ones(self, store: Store, tmp_path: Path) -> None:
        three_takes(store, tmp_path)
        every, circled = of_scene(store, "sc010", False, DAY), of_scene(store, "SC010", True, DAY)
        assert (every.title, every.about, every.day) == ("SC010", "The alley · 3 takes", DAY)
        assert circled.about == "The alley · 2 circled takes"
        assert [e.number for e in circled.entries] == ["T001", "T003"]

    def test_without_takes_is_refused(self, store: Store) -> None:
        store.ensure_scene("SC010")
        with pytest.raises(NotFoundError, match="no finished takes"):
            of_scene(store, "SC010", False, DAY)

    def test_a_take_of_somebody_who_withdrew_is_listed_without_a_picture(self, stage: Store) -> None:
        plan_fanout(stage, scene="SC010", shot="SH020", cast="@mara in @alley", texts=["fog"], frames=12, width=320, height=180)  # fmt: skip
        shoot_all(stage, flag="face")
        stage.record_consent("mara", "Mara Example", "release form", recorded_by="ana")
        stage.revoke_consent("mara", "ana")
        with pytest.raises(ConsentError):
            selects(stage, "SC010", False)
        entry = of_scene(stage, "SC010", False, DAY).entries[0]
        assert any("revoked" in note and "No picture" in note for note in entry.notes)
        assert entry.poster is None
        shown = [p for _, lines in entry.subjects for li in lines for p in (li.worst, li.evidence, li.drift_map)]
        assert shown and not any(shown)


class TestTheSummary:
    def report(self, *signs: dict[str, str]) -> Report:
        def entry(number: int, told: dict[str, str]) -> Entry:
            lines = tuple(Line(a, s) for a, s in told.items())  # type: ignore[arg-type]
            return Entry(f"x{number}", f"T{number:03d}", "", "", (), (), None, (("@mara v1", lines),))

        return Report("SC010", "", DAY, tuple(entry(n, s) for n, s in enumerate(signs, 1)))

    def test_says_what_drifted_held_and_was_not_seen_and_where(self) -> None:
        told = dict(
            lead(
                self.report(
                    {"face": "pass", "hair": "flag", "body": "not_seen", "wardrobe": "free"},
                    {"face": "pass", "hair": "pass", "body": "not_seen", "wardrobe": "pass"},
                )
            )
        )
        assert told == {
            "Drifted": "@mara v1: hair in T001",
            "Held throughout": "@mara v1: face, wardrobe",
            "Not seen": "@mara v1: body in all",
        }

    def test_has_words_where_there_is_nothing_to_name(self) -> None:
        assert [words for _, words in lead(self.report({"face": "free"}))] == [
            "Nothing was seen to drift.",
            "Nothing was seen to hold throughout.",
            "All that was to be held was seen.",
        ]

    def test_the_overview_has_a_sign_for_each_take_and_none_where_a_lock_is_not_in_it(self) -> None:
        made = self.report({"face": "pass"}, {"hair": "flag"})
        assert overview(made) == (("@mara v1", "face", ("pass", None)), ("@mara v1", "hair", (None, "flag")))


class TestReasons:
    def test_stand_once_below_lines_that_share_one(self) -> None:
        def unseen(attribute: str, why: str) -> Line:
            return Line(attribute, "not_seen", words=f"The {attribute} of @mara was not judged: {why}.")

        lines = (unseen("face", "it is dark"), unseen("hair", "it is dark"), Line("body", "pass", words="It held."), unseen("coat", "it is hidden"))  # fmt: skip
        assert reasons(lines) == ("", "It is dark.", "", "It is hidden.")


class TestClips:
    def test_are_entries_with_their_words_and_pictures(self, stage: Store) -> None:
        locks = {"alley": place(stage)}
        clips = {"a.mp4": lambda: clip(stage, frames=3), "b.mp4": lambda: clip(stage, frames=3, flipped=True), "c.mp4": lambda: b"text"}  # fmt: skip
        made = of_clips(judge_clips(clips, locks, lambda sha: stage.blob(sha).read_bytes()), locks, DAY)
        held, flag, none = made.entries
        assert made.about == "3 clips against @alley v1"
        assert [e.name for e in made.entries] == ["a.mp4", "b.mp4", "c.mp4"]
        assert held.poster is not None and line(held, "layout").evidence is not None
        assert line(flag, "layout").worst is not None and any("drifted (frame" in n for n in held.notes)
        assert none.poster is None and none.subjects == () and "plain text" in none.notes[0]


class TestABox:
    def test_is_drawn_light_between_dark_lines_whatever_lies_beneath(self) -> None:
        for level in (0, 255):
            shown = boxed(np.full((90, 160, 3), level, np.uint8), (40, 20, 100, 70), "a box")
            edge = pixels(shown)[45, 34:42].astype(int)
            assert np.abs(edge - LIGHT).sum(axis=1).min() < 120
            assert np.abs(edge - DARK).sum(axis=1).min() < 120

    def test_at_the_rim_stays_in_the_picture(self) -> None:
        assert pixels(boxed(np.zeros((90, 1600, 3), np.uint8), (0, 0, 1600, 90), "")).shape == (36, 640, 3)
