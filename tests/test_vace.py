"""The engine vace behind the protocol: its modes, posters, refusals and words, with the real pipeline at tiny size."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sora_lock.colour import linear_from_srgb
from sora_lock.direction import read
from sora_lock.engines import Layers, engine, poster_frame
from sora_lock.engines.vace import PreparedVace, Vace
from sora_lock.engines.vace.conditions import conditions
from sora_lock.engines.vace.pipe import load
from sora_lock.engines.vace.text import compose
from sora_lock.errors import EngineError, InputError, NotFoundError, ShotError, TakeCancelled
from sora_lock.records import Shot
from tests.vace_parts import FRAMES, HEIGHT, WIDTH, Passing, actor, plain, scene, shot, tiny_model

NIGHT = read("night, a red balloon")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return tiny_model(tmp_path_factory.mktemp("vace") / "tiny")


@pytest.fixture(scope="module")
def prepared(folder: Path) -> PreparedVace:
    return Vace().prepare(scene(folder))


def shoot(prepared: PreparedVace, shot: Shot, direction: Any = NIGHT, **more: Any) -> list[Layers]:
    given = {"cancelled": lambda: False, "aov": lambda frame: False} | more
    return list(Vace().frames(prepared, shot, direction, **given))


def pictures(layers: list[Layers]) -> np.ndarray:
    return np.stack([f.developed for f in layers])


class TestTheProtocol:
    def test_is_the_engine_called_vace(self) -> None:
        found = engine("vace")
        assert isinstance(found, Vace) and not found.deterministic
        found.warm_up()

    def test_frames_are_finished_pictures_of_the_plain_call(self, folder: Path, prepared: PreparedVace) -> None:
        asked = shot(folder, "matte", "pixel")
        guide = Passing()
        made = pictures(shoot(prepared, asked, guide=guide))
        text = compose(NIGHT, prepared.scene)
        shown = conditions(prepared.scene, prepared.references, asked.generation, guide, range(FRAMES))  # type: ignore[arg-type]
        wanted = plain(
            folder, text.prompt, text.negative, shown, width=WIDTH, height=HEIGHT, num_frames=FRAMES, num_inference_steps=2,
            guidance_scale=5.0, seed=asked.seed,
        )  # fmt: skip
        assert np.array_equal(made, wanted)

    def test_a_frames_picture_is_the_linear_form_of_what_was_developed(
        self, folder: Path, prepared: PreparedVace
    ) -> None:
        for f in shoot(prepared, shot(folder)):
            assert f.developed is not None and f.developed.shape == (HEIGHT, WIDTH, 3)
            assert np.array_equal(f.picture, linear_from_srgb(f.developed))


class TestTheModes:
    def test_each_gives_another_clip_of_the_same_seed_and_prompt(self, folder: Path, prepared: PreparedVace) -> None:
        asked = [
            (shot(folder), None),
            (shot(folder, "blocked"), Passing()),
            (shot(folder, "matte", "pixel"), Passing()),
        ]
        made = [pictures(shoot(prepared, s, guide=g)).tobytes() for s, g in asked]
        assert len(set(made)) == 3

    def test_held_by_reflectance_goes_by_depth_as_blocking_does(self, folder: Path, prepared: PreparedVace) -> None:
        one = shoot(prepared, shot(folder, "blocked"), guide=Passing())
        two = shoot(prepared, shot(folder, "matte", "reflectance"), guide=Passing())
        assert np.array_equal(pictures(one), pictures(two))

    def test_no_frame_says_what_stands_where_in_it(self, folder: Path, prepared: PreparedVace) -> None:
        for f in shoot(prepared, shot(folder, "matte", "pixel"), guide=Passing(), aov=lambda frame: True):
            assert set(f.coverage) == {"mara", "alley"} and not any(c.any() for c in f.coverage.values())
            assert not f.region.any() and not f.single.any() and f.aov is None
        assert prepared.regions == ()

    def test_variations_of_a_seed_differ_by_their_words_alone(self, folder: Path, prepared: PreparedVace) -> None:
        one, again = (pictures(shoot(prepared, shot(folder), read("snow"))) for _ in range(2))
        assert np.array_equal(one, again)
        assert not np.array_equal(one, pictures(shoot(prepared, shot(folder), read("fog"))))
        assert not np.array_equal(one, pictures(shoot(prepared, replace(shot(folder), seed=8), read("snow"))))


class TestThePoster:
    def test_is_one_frame_by_the_same_call(self, folder: Path, prepared: PreparedVace) -> None:
        asked, guide = shot(folder, "matte", "pixel"), Passing()
        made = Vace().poster(prepared, asked, NIGHT, guide=guide)
        assert made.developed is not None and made.developed.shape == (HEIGHT, WIDTH, 3)
        still = replace(asked, frames=1)
        moved = Passing()
        moved.held, moved.rgb = (lambda f: guide.held(3)), (lambda f: guide.rgb(3))  # type: ignore[method-assign]
        assert poster_frame(asked) == 3
        assert np.array_equal(made.developed, pictures(shoot(prepared, still, guide=moved))[0])

    def test_by_references_needs_no_guide(self, folder: Path, prepared: PreparedVace) -> None:
        assert Vace().poster(prepared, shot(folder), NIGHT).developed is not None


class TestTwoModels:
    def test_take_turns_in_memory_and_scenes_of_both_are_shot(self, folder: Path, tmp_path: Path) -> None:
        other = tiny_model(tmp_path / "other", flow_shift=3.0)
        one = Vace().prepare(scene(folder))
        first = weakref.ref(load(str(folder), WIDTH, HEIGHT))
        before = pictures(shoot(one, shot(folder)))
        two = Vace().prepare(scene(other))
        gc.collect()
        assert first() is None
        assert not np.array_equal(pictures(shoot(two, shot(other))), before)
        assert np.array_equal(pictures(shoot(one, shot(folder))), before)


class TestCancelling:
    def test_half_way_leaves_the_engine_as_it_was(self, folder: Path, prepared: PreparedVace) -> None:
        before = pictures(shoot(prepared, shot(folder)))
        told: list[float] = []
        with pytest.raises(TakeCancelled):
            shoot(prepared, shot(folder), cancelled=lambda: len(told) > 0, progress=told.append)
        assert told == [pytest.approx(1 / 3)]
        assert np.array_equal(pictures(shoot(prepared, shot(folder))), before)


class TestTheWords:
    def test_nothing_is_said_of_what_fits(self, folder: Path) -> None:
        assert Vace().cannot(NIGHT, scene(folder)) == ()

    def test_a_prompt_beyond_the_encoder_says_what_was_cut_and_is_shot(
        self, folder: Path, prepared: PreparedVace
    ) -> None:
        long = read("night, " + " ".join(f"balloon{i}" for i in range(60)))
        (said,) = Vace().cannot(long, scene(folder))
        assert "longer than the model reads: the last " in said and "(“balloon" in said
        assert len(shoot(prepared, shot(folder), long)) == FRAMES


class TestWhatIsRefusedBeforeTheCall:
    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"frames": 6}, "4k\\+1 frames"),
            ({"width": 80}, "prepared for 64x48, and the shot is 80x48"),
            ({"generation": None}, "says what the model goes by"),
        ],
    )
    def test_is_a_shot_of_another_raster_or_without_a_mode(
        self, folder: Path, prepared: PreparedVace, change: dict[str, Any], said: str
    ) -> None:
        with pytest.raises(ShotError, match=said):
            shoot(prepared, replace(shot(folder), **change))

    def test_is_a_size_that_the_model_would_misalign(self, folder: Path) -> None:
        with pytest.raises(ShotError, match="the nearest is 64x48"):
            Vace().prepare(scene(folder, 60, 50))

    @pytest.mark.parametrize(("guide", "said"), [(None, "needs a take"), (Passing(frames=1), "has 1 frames and the shot 5"), (Passing(width=32), "is 32x48")])  # fmt: skip
    def test_is_a_guide_that_is_missing_shorter_or_of_another_size(
        self, folder: Path, prepared: PreparedVace, guide: Any, said: str
    ) -> None:
        with pytest.raises(EngineError, match=said):
            shoot(prepared, shot(folder, "blocked"), guide=guide)

    def test_is_an_unknown_model(self) -> None:
        with pytest.raises(NotFoundError, match="There is no model 'no/such'"):
            Vace().prepare(scene("no/such"))

    def test_is_a_reference_without_a_subject(self, folder: Path) -> None:
        empty = actor("mara", views=lambda: (np.zeros((8, 8, 4), np.uint8),))
        with pytest.raises(EngineError, match="An anchor of @mara shows no subject"):
            Vace().prepare(replace(scene(folder), cast=(empty,)))

    def test_is_what_another_engine_prepared(self, folder: Path) -> None:
        with pytest.raises(EngineError, match="another engine prepared"):
            shoot(object(), shot(folder))  # type: ignore[arg-type]

    def test_are_weights_that_changed_since_the_shot_was_asked_for(self, tmp_path: Path) -> None:
        folder = tiny_model(tmp_path / "own")
        asked = shot(folder)
        tiny_model(folder, flow_shift=5.0)
        with pytest.raises(EngineError, match="not those that the shot was asked for with"):
            shoot(Vace().prepare(scene(folder)), asked)

    def test_every_refusal_of_input_is_one_of_ours(self, folder: Path) -> None:
        def refusals() -> Iterator[type]:
            for asked in (scene("no/such"), scene(folder, 60, 50), scene(folder.parent)):
                with pytest.raises(InputError) as told:
                    Vace().prepare(asked)
                yield told.type

        assert list(refusals())[:2] == [NotFoundError, ShotError]
