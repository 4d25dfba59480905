"""Clips made anywhere: judged against locks, told apart from one another, and a clear word for what cannot be judged."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from sora_lock.continuity.solid import Solid
from sora_lock.errors import NotFoundError
from sora_lock.judged import Judged, as_json, judge_clips, stands_still
from sora_lock.media.images import read_own
from sora_lock.resolve import geometry
from sora_lock.store import Store
from tests.footage_parts import coded, drawn
from tests.judged_parts import TALL, WIDE, clip, panned, place
from tests.test_continuity_solid import before_the_kitchen


def judged(store: Store, clips: dict[str, bytes | Callable[[], bytes]]) -> dict[str, Judged]:
    reads = {path: data if callable(data) else (lambda data=data: data) for path, data in clips.items()}
    found = judge_clips(reads, {"alley": place(store)}, lambda sha: store.blob(sha).read_bytes())
    return {c.path: c for c in found}


class TestAClipFromElsewhere:
    def test_holds_where_it_shows_what_the_lock_shows(self, stage: Store) -> None:
        found = judged(stage, {"a.mp4": clip(stage)})["a.mp4"]
        assert found.read and found.judged
        assert (found.width, found.height, found.frames, found.fps) == (WIDE, TALL, 6, "24")
        layout = found.report["alley"]["layout"]
        assert layout.status == "pass" and layout.score is not None and layout.frame is not None
        pixels = read_own(found.pictures[layout.evidence_sha256 or ""])
        assert pixels.ndim == 3 and pixels.shape[1] > pixels.shape[0] > 50
        assert list(found.report["alley"]) == ["layout", "props", "surfaces"]

    def test_mirrored_against_one_that_is_not_is_said_of_both_with_both_frames(self, stage: Store) -> None:
        found = judged(stage, {"a.mp4": clip(stage), "b.mp4": clip(stage, flipped=True)})
        assert found["b.mp4"].report["alley"]["layout"].status == "flag"
        here, there = found["a.mp4"].between, found["b.mp4"].between
        assert [(d.path, d.attribute, d.status, d.other_status) for d in here] == [("b.mp4", "layout", "pass", "flag")]
        assert [(d.path, d.attribute, d.status, d.other_status) for d in there] == [("a.mp4", "layout", "flag", "pass")]
        assert here[0].frame == there[0].other_frame and there[0].frame == here[0].other_frame
        assert here[0].words == (
            f"layout of @alley: held (frame {1001 + here[0].frame}) here, drifted (frame {1001 + there[0].frame}) in b.mp4."
        )
        worst = found["b.mp4"].report["alley"]["layout"].frame
        assert worst in found["b.mp4"].stills

    def test_of_more_pixels_than_are_kept_has_its_boxes_in_its_own(self, stage: Store) -> None:
        found = judged(stage, {"large.mp4": clip(stage, size=(1600, 900), frames=3, step_px=9)})["large.mp4"]
        assert (found.width, found.height) == (1600, 900)
        box = found.report["alley"]["layout"].box
        assert box is not None and 1280 < box[2] <= 1600 and 720 < box[3] <= 900


class TestWithTheGeometryAtHand:
    def test_a_set_is_judged_behind_a_figure_whichever_was_asked_for_first(self, stage: Store) -> None:
        """She hides part of the kitchen, which is looked at from the clip's own camera: no anchor shows it from there."""
        locks, of = {n: stage.lock(n) for n in ("kitchen", "mara")}, partial(geometry, stage)
        camera = before_the_kitchen()
        place, person = (Solid(s, s.posed({}, 0)).seen_from(camera) for s in map(of, locks.values()))
        frame = np.where(person.hit[..., None], person.rgb, place.rgb)
        data = coded([np.rint(frame * (1 - fall)).astype(np.uint8) for fall in (0.0, 0.05)], options={"crf": "12"})
        picture_of: Callable[[str], bytes] = lambda sha: stage.blob(sha).read_bytes()  # noqa: E731
        told = [
            judge_clips({"a.mp4": lambda: data}, {n: locks[n] for n in order}, picture_of, of)[0].report
            for order in (("kitchen", "mara"), ("mara", "kitchen"))
        ]
        assert told[0] == told[1] and list(told[0]) == ["kitchen", "mara"]
        assert {f.status for f in told[0]["kitchen"].values()} == {"pass"}
        assert told[0]["mara"]["wardrobe"].status == "pass"
        assert [f for f, _ in told[0]["kitchen"]["layout"].curve] == [0, 1]


class TestOfAnotherShape:
    def test_size_aspect_rate_and_length_are_each_said(self, stage: Store) -> None:
        found = judged(
            stage, {"a.mp4": clip(stage), "b.mp4": clip(stage, fps=25, frames=8, size=(320, 180)), "c.mp4": clip(stage, size=(480, 360))}
        )  # fmt: skip
        assert found["a.mp4"].words == found["a.mp4"].words[:1]  # nothing but what was converted
        said = " ".join(found["b.mp4"].words)
        assert "another size: 320x180 px, where a.mp4 has 480x270" in said and "aspect" not in said
        assert "another rate: 25 frames a second, where a.mp4 has 24" in said
        assert "another length: 8 frames, where a.mp4 has 6" in said
        assert "another size and aspect: 480x360 px" in " ".join(found["c.mp4"].words)


class TestWhatCannotBeJudged:
    def test_a_frozen_clip_gets_a_word_and_no_score(self, stage: Store) -> None:
        found = judged(stage, {"a.mp4": coded([panned(stage)[0]] * 8)})["a.mp4"]
        assert found.read and not found.judged
        assert any("frozen" in words and "8 frames" in words for words in found.words)
        assert {f.status for f in found.report["alley"].values()} == {"not_seen"}
        assert all(f.score is None and "frozen" in f.words for f in found.report["alley"].values())

    def test_one_without_the_subject_is_judged_and_says_so(self, stage: Store) -> None:
        noise = np.random.default_rng(7).integers(0, 255, (4, TALL // 10, WIDE // 10, 3), np.uint8)
        found = judged(stage, {"a.mp4": coded(np.repeat(np.repeat(noise, 10, 1), 10, 2))})["a.mp4"]
        assert found.judged
        assert any(words.startswith("Nothing of @alley was seen: ") for words in found.words)
        assert {(f.status, f.score) for f in found.report["alley"].values()} == {("not_seen", None)}

    @pytest.mark.parametrize("size", [(16, 16), (16, 400), (18, 22)])
    def test_one_too_small_to_see_anything_in_is_not_seen(self, stage: Store, size: tuple[int, int]) -> None:
        noise = np.random.default_rng(7).integers(0, 255, (3, size[1], size[0], 3), np.uint8)
        found = judged(stage, {"a.mp4": coded(list(noise))})["a.mp4"]
        assert (found.width, found.height) == size
        assert {f.status for f in found.report["alley"].values()} == {"not_seen"}

    def test_of_one_with_alpha_it_is_said_that_it_was_left_out(self, stage: Store) -> None:
        found = judged(stage, {"a.webm": coded(drawn(6), "libvpx-vp9", "yuva420p", "webm")})["a.webm"]
        assert found.judged and any("alpha was left out" in words for words in found.words)

    @pytest.mark.parametrize(
        ("data", "word"),
        [
            (b"", "empty"),
            (b"just some text", "plain text"),
            (b"\x89PNG\r\n\x1a\n" + b"0" * 64, "PNG"),
            (b"ffconcat version 1.0\nfile /etc/passwd\n", "plain text"),
        ],
    )
    def test_what_is_no_clip_says_what_it_is(self, stage: Store, data: bytes, word: str) -> None:
        found = judged(stage, {"a.mp4": data})["a.mp4"]
        assert not found.read and not found.report
        assert word in found.words[0]

    def test_one_that_is_cut_off_or_black_or_not_there_leaves_the_others_alone(self, stage: Store) -> None:
        def missing() -> bytes:
            raise NotFoundError("There is no file d.mp4.")

        black = coded([np.zeros((48, 64, 3), np.uint8)] * 6)
        found = judged(stage, {"a.mp4": clip(stage)[:-900], "b.mp4": black, "c.mp4": clip(stage), "d.mp4": missing})
        assert [c.read for c in found.values()] == [False, False, True, False]
        assert "black" in found["b.mp4"].words[0] and "no file" in found["d.mp4"].words[0]
        assert found["c.mp4"].report["alley"]["layout"].status == "pass"


class TestStandingStill:
    def test_is_told_from_a_small_movement_and_from_grain(self) -> None:
        frame = np.full((90, 160, 3), 90, np.uint8)
        frame[30:60, 40:100] = 160
        assert stands_still(np.stack([frame, frame + np.uint8(1), frame]))
        moved = frame.copy()
        moved[30:60, 100:102] = 160
        assert not stands_still(np.stack([frame, frame, moved]))
        grain = np.random.default_rng(3).normal(0, 4, (2, 90, 160, 3))
        assert not stands_still(np.clip(frame + grain, 0, 255).astype(np.uint8))

    def test_alpha_counts_for_nothing(self) -> None:
        frames = np.stack(drawn(2))
        still = np.stack([frames[0], frames[0]])
        still[1, ..., 3] = 255 - still[1, ..., 3]
        assert stands_still(still) and not stands_still(frames)


class TestAsJson:
    def test_it_is_what_is_documented_and_survives_json(self, stage: Store) -> None:
        found = judged(stage, {"a.mp4": clip(stage), "b.txt": b"no clip"})
        told = json.loads(json.dumps(as_json(tuple(found.values()))))
        assert list(told) == ["clips"]
        first, second = told["clips"]
        assert list(first) == ["path", "report", "between", "words"]
        assert list(first["report"]["alley"]["layout"]) == ["status", "score", "frame", "box"]
        assert len(first["report"]["alley"]["layout"]["box"]) == 4
        assert second["report"] == {} and second["between"] == [] and "plain text" in second["words"][0]
