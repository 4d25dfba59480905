"""The engine that asks a provider: what it sends, what it makes of the clip that comes back, and what it says it cannot."""

import base64
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from huggingface_hub.inference._providers import fal_ai, together

from sora_lock.colour import linear_from_srgb
from sora_lock.direction import read
from sora_lock.engines import Layers, Scene, engine, poster_frame
from sora_lock.engines.hosted import Hosted
from sora_lock.engines.hosted.slate import GROUND
from sora_lock.errors import EngineError, EngineUnavailableError, ShotError, TakeCancelled
from sora_lock.media import images
from sora_lock.records import Direction, Generation, Recipe, Shot, canonical
from tests import baked_parts
from tests.hosted_parts import QUICK, TOKEN, Answer, Blocked, Cloud, clouded, stepped

LINE = read("neon night, a dog runs past")


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Cloud]:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setattr(fal_ai, "_POLLING_INTERVAL", 0.05)
    monkeypatch.setattr(together, "_VIDEO_POLLING_INTERVAL", 0.05)
    with clouded() as made:
        made.clip = stepped(tmp_path)
        yield made


def placed(cloud: Cloud, folder: Path, provider: str = "fal-ai") -> tuple[Scene, Shot]:
    """The figure in the set, described, at 96 by 64, and a shot of six frames at 24."""
    scene = baked_parts.scene(folder, 96, 64)
    front = np.zeros((40, 20, 4), np.uint8)
    front[5:35, 4:16] = (200, 40, 30, 255)
    figure = replace(scene.cast[0], about="A woman in a red coat.", anchors=lambda: (front, front[::-1]))
    stage = replace(scene.stage, about="A bare stage.")
    scene = replace(scene, cast=(figure,), stage=stage, model=f"{provider}/{cloud.model}")
    asked = Generation(scene.model, scene.model, "references", "guided")
    return scene, replace(baked_parts.shot(scene, 6), engine="hosted", generation=asked)


def filmed(scene: Scene, shot: Shot, *, line: Direction = LINE, made: Hosted | None = None, **how: Any) -> list[Layers]:
    hosted = made or Hosted(QUICK)
    told = {"cancelled": lambda: False, "aov": lambda frame: frame == 0} | how
    return list(hosted.frames(hosted.prepare(scene), shot, line, **told))


def coded(layers: Layers) -> np.ndarray:
    assert layers.developed is not None
    return layers.developed


class TestFrames:
    def test_the_clip_covers_the_raster_and_is_cropped_at_the_centre(self, cloud: Cloud, tmp_path: Path) -> None:
        cloud.clip = stepped(tmp_path)  # 192x64: of the grey middle, 96 px wide, nothing may be lost or added
        scene, shot = placed(cloud, tmp_path)
        first = coded(filmed(scene, shot)[0]).astype(int)
        assert first.shape == (64, 96, 3)
        assert np.abs(first[:, 3:-3] - 40).max() <= 6

    def test_a_smaller_clip_is_enlarged(self, cloud: Cloud, tmp_path: Path) -> None:
        cloud.clip = stepped(tmp_path, 48, 32)
        first = coded(filmed(*placed(cloud, tmp_path))[0]).astype(int)
        assert first.shape == (64, 96, 3)
        assert first[32, 4, 0] - first[32, 4, 1] > 120
        assert np.abs(first[32, 40:56] - 40).max() <= 6

    def test_each_frame_is_the_one_on_show_at_its_time(self, cloud: Cloud, tmp_path: Path) -> None:
        greys = [coded(made)[32, 48, 1] for made in filmed(*placed(cloud, tmp_path))]  # 12 frames a second on 24
        assert [round((int(g) - 40) / 30) for g in greys] == [0, 0, 1, 1, 2, 2]

    def test_a_clip_that_ends_early_stays_on_its_last_picture(self, cloud: Cloud, tmp_path: Path) -> None:
        cloud.clip = stepped(tmp_path, frames=2)
        greys = [int(coded(made)[32, 48, 1]) for made in filmed(*placed(cloud, tmp_path))]
        assert np.abs(np.array(greys[3:]) - 70).max() <= 6
        assert len(greys) == 6

    def test_they_are_finished_pictures_with_their_linear_form(self, cloud: Cloud, tmp_path: Path) -> None:
        made = filmed(*placed(cloud, tmp_path))[2]
        assert np.array_equal(made.picture, linear_from_srgb(coded(made)))

    def test_nothing_is_claimed_to_stand_anywhere(self, cloud: Cloud, tmp_path: Path) -> None:
        scene, shot = placed(cloud, tmp_path)
        assert Hosted(QUICK).prepare(scene).regions == ()
        for made in filmed(scene, shot):
            assert (made.coverage, made.aov) == ({}, None)
            assert not made.region.any()
            assert not made.single.any()

    def test_progress_tells_when_the_request_left_and_when_the_clip_is_here(self, cloud: Cloud, tmp_path: Path) -> None:
        told: list[float] = []
        filmed(*placed(cloud, tmp_path), progress=told.append)
        assert told == [0.0, 1.0]

    def test_one_clip_is_asked_for_and_one_job_paid(self, cloud: Cloud, tmp_path: Path) -> None:
        filmed(*placed(cloud, tmp_path))
        assert cloud.count("submit") == 1

    def test_the_engine_is_the_one_that_is_listed(self) -> None:
        made = engine("hosted")
        assert isinstance(made, Hosted)
        assert (made.name, made.deterministic) == ("hosted", False)


class TestWhatIsSent:
    def test_references_send_the_prompt_and_no_picture(self, cloud: Cloud, tmp_path: Path) -> None:
        filmed(*placed(cloud, tmp_path))
        prompt = "A woman in a red coat. A bare stage. neon night, a dog runs past."
        assert cloud.asked("submit").told == {"prompt": prompt, "seed": 7}

    def test_steps_guidance_and_a_seed_that_a_provider_takes(self, cloud: Cloud, tmp_path: Path) -> None:
        scene, shot = placed(cloud, tmp_path)
        assert shot.generation is not None
        tuned = replace(shot.generation, steps=8, guidance=3.5)
        filmed(scene, replace(shot, seed=2**40 + 5, generation=tuned))
        sent = cloud.asked("submit").told
        assert (sent["num_inference_steps"], sent["guidance_scale"], sent["seed"]) == (8, 3.5, 5)

    def test_a_shot_of_which_nothing_is_said_is_not_paid_for(self, cloud: Cloud, tmp_path: Path) -> None:
        scene, shot = placed(cloud, tmp_path)
        bare = replace(scene, cast=(), stage=replace(scene.stage, about=""))
        with pytest.raises(EngineUnavailableError, match="Nothing is said of what fal-ai shall make"):
            filmed(bare, shot, line=Direction(""))
        assert not cloud.seen

    def test_the_token_is_in_no_recipe_log_or_error(
        self, cloud: Cloud, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        cloud.instead["submit"] = [Answer(401, b'{"error": "no: %s"}' % TOKEN.encode())]
        scene, shot = placed(cloud, tmp_path)
        hosted = Hosted(QUICK)
        prepared = hosted.prepare(scene)
        with pytest.raises(EngineUnavailableError, match="refused") as refused:
            list(hosted.frames(prepared, shot, LINE, cancelled=lambda: False, aov=lambda frame: False))
        logging.getLogger("sora_lock.worker").error("take failed", exc_info=refused.value)
        recipe = Recipe(shot, LINE, Hosted.version, {})
        kept = [repr(prepared), repr(vars(hosted)), canonical(recipe).decode(), caplog.text, str(refused.value)]
        assert all(kept)
        assert not any(TOKEN in text for text in kept)


class TestGuided:
    @pytest.fixture
    def guided(self, cloud: Cloud, tmp_path: Path) -> tuple[Scene, Shot, Blocked]:
        cloud.task = "image-to-video"
        scene, shot = placed(cloud, tmp_path)
        return scene, shot, Blocked(scene, shot, LINE)

    def test_the_guides_first_frame_goes_along(self, cloud: Cloud, guided: tuple[Scene, Shot, Blocked]) -> None:
        scene, shot, guide = guided
        filmed(scene, shot, guide=guide)
        sent = images.read_image(base64.b64decode(cloud.asked("submit").told["image_url"].partition(",")[2]))
        off = np.abs(sent[..., :3].astype(int) - guide.rgb(0))
        assert off.mean() < 4

    def test_a_provider_that_takes_no_picture_is_sent_none_and_the_tile_says_so(
        self, cloud: Cloud, tmp_path: Path, guided: tuple[Scene, Shot, Blocked]
    ) -> None:
        cloud.task = "text-to-video"
        scene = replace(guided[0], model=f"novita/{cloud.model}")
        filmed(scene, guided[1], guide=guided[2])
        assert set(cloud.asked("submit").told) == {"prompt", "seed"}
        assert any("novita takes no picture" in said for said in Hosted(QUICK).cannot(LINE, scene))

    def test_a_provider_with_little_room_gets_a_picture_that_fits(self, cloud: Cloud, tmp_path: Path) -> None:
        cloud.task = "image-to-video"
        scene, shot = placed(cloud, tmp_path, "together")

        class Noise(Blocked):
            def rgb(self, frame: int) -> np.ndarray:
                return np.random.default_rng(1).integers(0, 255, (540, 960, 3), np.uint8)

        filmed(scene, shot, guide=Noise(scene, shot, LINE))
        sent = cloud.asked("submit").told["frame_images"][0]["input_image"]
        assert len(sent) < 60_000
        assert images.read_image(base64.b64decode(sent.partition(",")[2])).shape[2] == 4


class TestPoster:
    def test_the_anchors_stand_in_for_it_and_nothing_is_paid(self, cloud: Cloud, tmp_path: Path) -> None:
        scene, shot = placed(cloud, tmp_path)
        hosted = Hosted(QUICK)
        made = coded(hosted.poster(hosted.prepare(scene), shot, LINE))
        assert made.shape == (64, 96, 3)
        assert np.abs(made[32, 48].astype(int) - (200, 40, 30)).max() <= 2
        assert (made[:, :8] == GROUND).all()
        assert not cloud.seen

    def test_two_stand_side_by_side_and_the_set_where_nobody_does(self, cloud: Cloud, tmp_path: Path) -> None:
        scene, shot = placed(cloud, tmp_path)
        hosted = Hosted(QUICK)
        pair = coded(hosted.poster(hosted.prepare(replace(scene, cast=scene.cast * 2)), shot, LINE))
        assert pair[32, 24, 0] > 190
        assert pair[32, 72, 0] > 190
        alone = coded(hosted.poster(hosted.prepare(replace(scene, cast=())), shot, LINE))
        assert (alone == GROUND).all()

    def test_with_a_guide_it_is_the_guides(self, cloud: Cloud, tmp_path: Path) -> None:
        scene, shot = placed(cloud, tmp_path)
        guide = Blocked(scene, shot, LINE)
        hosted = Hosted(QUICK)
        made = hosted.poster(hosted.prepare(scene), shot, LINE, guide=guide)
        assert np.array_equal(coded(made), guide.rgb(poster_frame(shot)))
        assert not cloud.seen


class TestWhatCannotBeUsed:
    @pytest.mark.parametrize(
        ("clip", "words"),
        [
            (b"", "empty"),
            (b"<!doctype html><p>gone", "an HTML page"),
            (b'{"error": "later"}', "plain text"),
            (b"\x89PNG\r\n\x1a\n" + bytes(600), "PNG"),
            (b"ffconcat version 1.0\nfile /etc/hostname", "plain text"),
            (b"\x00\x00\x00\x18ftypisom" + bytes(4000), "MP4"),
        ],
    )
    def test_bytes_that_are_no_clip_are_an_error_in_words(
        self, cloud: Cloud, tmp_path: Path, clip: bytes, words: str
    ) -> None:
        cloud.clip = clip
        with pytest.raises(EngineError, match=r"What fal-ai sent cannot be shown: ") as refused:
            filmed(*placed(cloud, tmp_path))
        assert words in str(refused.value)

    def test_half_a_clip_is_an_error(self, cloud: Cloud, tmp_path: Path) -> None:
        cloud.clip = cloud.clip[: len(cloud.clip) // 2]
        with pytest.raises(EngineError, match="cannot be shown"):
            filmed(*placed(cloud, tmp_path))

    def test_a_shot_longer_than_any_clip_is_not_paid_for(self, cloud: Cloud, tmp_path: Path) -> None:
        scene, shot = placed(cloud, tmp_path)
        with pytest.raises(ShotError, match=r"runs 20\.0 s"):
            filmed(scene, replace(shot, frames=240, fps="12"))
        assert not cloud.seen

    def test_a_provider_that_makes_no_clips_is_refused_before_anything(self, cloud: Cloud, tmp_path: Path) -> None:
        scene, _ = placed(cloud, tmp_path)
        with pytest.raises(EngineUnavailableError, match="choose one of: fal-ai"):
            Hosted(QUICK).prepare(replace(scene, model="groq/a/b"))

    def test_without_a_token_a_fan_out_ends_before_its_posters(
        self, cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HF_TOKEN", "not one")
        scene, _ = placed(cloud, tmp_path)
        with pytest.raises(EngineUnavailableError, match="HF_TOKEN"):
            Hosted(QUICK).prepare(scene)

    def test_the_tile_says_what_nobody_described(self, cloud: Cloud, tmp_path: Path) -> None:
        scene, _ = placed(cloud, tmp_path)
        silent = replace(scene, cast=(replace(scene.cast[0], about=""),))
        assert not any("@dummy" in said for said in Hosted(QUICK).cannot(LINE, scene))
        assert any("nobody described @dummy" in said for said in Hosted(QUICK).cannot(LINE, silent))


class TestCancel:
    def test_while_the_provider_works(self, cloud: Cloud, tmp_path: Path) -> None:
        cloud.polls = 10_000
        with pytest.raises(TakeCancelled, match="it may still be working, and bill"):
            filmed(*placed(cloud, tmp_path), cancelled=lambda: cloud.count("status") > 1)

    def test_while_its_clip_is_shown(self, cloud: Cloud, tmp_path: Path) -> None:
        scene, shot = placed(cloud, tmp_path)
        here: list[float] = []
        with pytest.raises(TakeCancelled, match="Cancelled at frame 0 of 6; fal-ai made the clip and bills it"):
            filmed(scene, shot, cancelled=lambda: 1.0 in here, progress=here.append)
