"""What a model is shown: references on white, depth as a picture, holes and masks; in closed form."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sora_lock.engines import Scene
from sora_lock.engines.vace.conditions import (
    MARGIN,
    MOST,
    conditions,
    depth_pictures,
    letterbox,
    reference,
    references,
    with_holes,
)
from sora_lock.errors import EngineError
from sora_lock.records import Generation
from tests.vace_parts import HEIGHT, WIDTH, Passing, actor, anchor, scene


def how(mode: str, hold: str = "guided") -> Generation:
    return Generation("m", "m", mode, hold)  # type: ignore[arg-type]


class TestAReference:
    def test_stands_on_white_cut_to_its_subject_and_undistorted(self) -> None:
        drawn = reference(actor("mara"), anchor(40, 24, (180, 60, 20)), 64, 48)
        ink = np.argwhere((drawn != 255).any(-1))
        top, left = ink.min(0)
        bottom, right = ink.max(0) + 1
        assert drawn.shape == (48, 64, 3)
        assert bottom - top == round(48 * (1 - 2 * MARGIN)) and abs((right - left) - (bottom - top) * 24 / 20) <= 1
        assert abs((top + bottom) - 48) <= 1 and abs((left + right) - 64) <= 1
        assert (drawn[24, 32] == (180, 60, 20)).all()

    def test_mixes_its_edge_with_white_in_linear_light(self) -> None:
        rgba = np.zeros((8, 8, 4), np.uint8)
        rgba[..., 3] = 128
        drawn = reference(actor("mara"), rgba, 16, 16)
        middle = 255 * (1.055 * (1 - 128 / 255) ** (1 / 2.4) - 0.055)
        assert np.abs(drawn[8, 8].astype(float) - middle).max() <= 1

    def test_of_a_whole_picture_fills_the_shot_but_for_its_bars(self) -> None:
        drawn = reference(actor("alley", "set"), np.full((10, 40, 4), (9, 9, 9, 255), np.uint8), 64, 48)
        assert (drawn[16:32] == 9).all() and (drawn[:16] == 255).all() and (drawn[32:] == 255).all()

    def test_without_a_subject_is_refused(self) -> None:
        with pytest.raises(EngineError, match="An anchor of @mara shows no subject"):
            reference(actor("mara"), np.zeros((8, 8, 4), np.uint8), 64, 48)

    def test_letterbox_enlarges_and_reduces_alike(self) -> None:
        for size in (4, 400):
            assert (letterbox(np.zeros((size, size, 3), np.uint8), 32, 16)[:, 8:24] == 0).all()


class TestTheChoiceOfReferences:
    def test_is_every_ones_front_then_the_casts_other_views(self) -> None:
        colours = [(200, 0, 0), (0, 200, 0), (0, 0, 200)]
        mara = actor("mara", views=lambda: tuple(anchor(colour=c) for c in colours))
        ivo = actor("ivo", views=lambda: (anchor(colour=(90, 90, 90)),))
        alley = actor("alley", "set", views=lambda: (np.full((9, 16, 4), (7, 7, 7, 255), np.uint8),) * 2)
        shown = references(Scene((mara, ivo), alley, 64, 48, "m"))
        assert [tuple(s[24, 32]) for s in shown] == [colours[0], (90, 90, 90), (7, 7, 7)]
        assert len(shown) == MOST
        shown = references(Scene((mara,), alley, 64, 48, "m"))
        assert [tuple(s[24, 32]) for s in shown] == [colours[0], (7, 7, 7), colours[1]]

    def test_leaves_out_a_set_that_may_be_any_place(self) -> None:
        made = scene("tiny")
        anywhere = replace(made, stage=replace(made.stage, policies={"layout": "free"}))
        assert (len(references(made)), len(references(anywhere))) == (2, 1)

    def test_without_any_anchor_is_refused(self) -> None:
        bare = replace(scene("m"), cast=(), stage=actor("alley", "set", views=lambda: ()))
        with pytest.raises(EngineError, match="No lock that this shot holds has an anchor"):
            references(bare)


class TestDepth:
    def test_is_inverse_depth_near_white_and_sky_black(self) -> None:
        depth = np.array([[1, 2, 4, np.inf]], np.float32).repeat(400, 0)
        drawn = depth_pictures([depth])
        assert drawn.shape == (1, 400, 4, 3) and drawn.dtype == np.float32
        assert np.allclose(drawn[0, 0, :, 0], [1, (1 / 2 - 1 / 4) / (1 - 1 / 4), 0, 0], atol=1e-6)
        assert (drawn[..., 0] == drawn[..., 1]).all() and (drawn[..., 0] == drawn[..., 2]).all()

    def test_is_stretched_once_for_the_clip_and_so_does_not_flicker(self) -> None:
        still, passing = np.full((20, 20), 6, np.float32), np.full((20, 20), 6, np.float32)
        passing[:10] = 1.5
        drawn = depth_pictures([still, passing, still])
        assert np.array_equal(drawn[0], drawn[2]) and np.array_equal(drawn[0, 10:], drawn[1, 10:])

    def test_of_one_distance_is_white_and_of_none_black(self) -> None:
        assert (depth_pictures([np.full((4, 4), 3, np.float32)]) == 1).all()
        assert (depth_pictures([np.full((4, 4), np.inf, np.float32)]) == 0).all()

    def test_takes_no_notice_of_a_few_pixels_before_the_lens(self) -> None:
        depth = np.linspace(2, 8, 10000, dtype=np.float32).reshape(100, 100)
        spoilt = depth.copy()
        spoilt[0, :3] = (0.001, 0, np.nan)
        assert np.abs(depth_pictures([depth])[0, 1:] - depth_pictures([spoilt])[0, 1:]).max() < 0.01


class TestWhatIsShown:
    def test_with_the_lock_off_is_nothing(self) -> None:
        shown = (np.zeros((HEIGHT, WIDTH, 3), np.uint8),)
        made = conditions(scene("m"), shown, how("text"), None, range(5))
        assert made.references == () and made.video is None and made.mask is None

    def test_by_references_is_they_alone(self) -> None:
        made = conditions(scene("m"), (), how("references"), None, range(5))
        assert made.video is None and made.mask is None

    @pytest.mark.parametrize("asked", [how("blocked"), how("matte", "reflectance")])
    def test_by_geometry_is_the_guides_depth_all_to_be_made(self, asked: Generation) -> None:
        made = conditions(scene("m"), (), asked, Passing(), range(5))
        assert made.video is not None and made.mask is not None and made.mask.all()
        assert made.video.shape == (5, HEIGHT, WIDTH, 3)
        assert made.video[0, 20, 15, 0] == pytest.approx(1) and made.video[0, 0, 0, 0] == 0
        assert made.video[0, 40, 40, 0] == pytest.approx(0, abs=1e-6)

    def test_by_matte_is_the_base_with_grey_where_nothing_is_held(self) -> None:
        guide = Passing()
        made = conditions(scene("m"), (), how("matte", "pixel"), guide, range(5))
        assert made.video is not None and made.mask is not None
        for frame in range(5):
            kept = guide.held(frame) >= 0.5
            assert np.array_equal(made.mask[frame], ~kept)
            assert np.array_equal(np.rint(made.video[frame][kept] * 255), guide.rgb(frame)[kept])
            assert (made.video[frame][~kept] == 0.5).all()

    def test_of_one_frame_is_that_frame_of_the_guide(self) -> None:
        guide = Passing()
        made = conditions(scene("m"), (), how("matte", "pixel"), guide, (3,))
        assert made.mask is not None and np.array_equal(made.mask[0], guide.held(3) < 0.5)

    @pytest.mark.parametrize(
        ("asked", "guide", "said"),
        [
            (how("blocked"), None, "needs a take to go by"),
            (how("matte", "pixel"), Passing(width=32), "is 32x48 and the shot 64x48"),
            (how("blocked"), Passing(height=24), "is 64x24 and the shot 64x48"),
            (how("matte", "pixel"), Passing(held=False), "Nothing that is held can be seen"),
        ],
    )
    def test_is_refused_when_the_guide_does_not_serve(self, asked: Generation, guide: Any, said: str) -> None:
        with pytest.raises(EngineError, match=said):
            conditions(scene("m"), (), asked, guide, range(5))

    def test_needs_depth_of_a_guide_that_gives_geometry(self) -> None:
        class Flat(Passing):
            def layers(self, frame: int) -> Any:
                return replace(super().layers(frame), aov=None)

        with pytest.raises(EngineError, match="has no depth"):
            conditions(scene("m"), (), how("blocked"), Flat(), range(5))

    def test_holes_are_exactly_half(self) -> None:
        mask = np.array([[[True, False]]])
        assert with_holes([np.full((1, 2, 3), 255, np.uint8)], mask).tolist() == [[[[0.5] * 3, [1.0] * 3]]]
