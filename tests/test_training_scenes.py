"""People and places made from seeds, and how they are filmed."""

from __future__ import annotations

import numpy as np
import pytest

from sora_lock.engines.comp import Comp
from sora_lock.records import Chip, Direction
from training import scenes
from training.data import HELD_OUT, directions, scene_of
from training.people import person, shipped_person
from training.places import place, repainted


class TestPeople:
    def test_a_seed_gives_the_same_person_and_another_seed_another(self):
        one, again, other = person(3), person(3), person(4)
        assert one.about == again.about
        assert one.subject.atlas().atlas_sha256 == again.subject.atlas().atlas_sha256
        assert np.array_equal(one.subject.rest, again.subject.rest)
        assert one.subject.atlas().atlas_sha256 != other.subject.atlas().atlas_sha256

    @pytest.mark.parametrize("seed", range(4))
    def test_they_stand_on_the_ground_as_tall_as_people_are(self, seed):
        made = person(seed).subject
        assert abs(float(made.rest[:, 1].min())) < 0.03
        assert 1.35 < float(made.framing["height_m"]) < 2.1
        head = made.rest[:, 1].max()
        assert 0 < head - float(made.framing["eye_m"][1]) < 0.45

    @pytest.mark.parametrize("seed", range(4))
    def test_they_breathe_and_walk_whatever_they_wear(self, seed):
        made = person(seed).subject
        for performance in ("idle", "walk"):
            posed = made.posed({"smile": 1.0}, 20, performance=performance)
            assert posed.shape == made.rest.shape
            assert np.isfinite(posed).all()
            longest = np.linalg.norm(posed[made.faces[:, 0]] - posed[made.faces[:, 1]], axis=1).max()
            assert longest < 0.35

    def test_a_shipped_one_keeps_its_colours(self):
        mara = shipped_person("mara").subject
        coat = next(k for k, p in enumerate(mara.info["parts"]) if p["name"] == "coat")
        at = (mara.st[mara.faces[mara.part == coat]].mean(axis=1) * 512).astype(int)
        red, _, blue = mara.atlas().reflectance[at[:, 1], at[:, 0]].mean(axis=0)
        assert red > 3 * blue


class TestPlaces:
    def test_a_seed_gives_the_same_place_and_another_seed_another(self):
        one, again, other = place(5), place(5), place(6)
        assert one.about == again.about
        assert one.subject.atlas().atlas_sha256 == again.subject.atlas().atlas_sha256
        assert one.subject.atlas().atlas_sha256 != other.subject.atlas().atlas_sha256

    @pytest.mark.parametrize("seed", range(6))
    def test_there_is_ground_at_every_mark_and_room_before_the_camera(self, seed):
        made = place(seed).subject
        for name in made.info["marks"]:
            seen = scenes.set_anchor(made, name, 64, 36)
            assert (seen[-1, :, 3] == 255).all()
            x, _, z = made.info["marks"][name]["position_m"]
            corners = made.rest[made.faces].reshape(-1, 3, 3)
            near = (np.abs(corners[..., 0] - x).min(axis=1) < 0.3) & (np.abs(corners[..., 2] - z).min(axis=1) < 0.3)
            assert corners[near][..., 1].max(initial=0.0) < 0.1

    def test_another_paint_leaves_the_geometry(self):
        made = repainted(2)
        assert made.kind in ("alley", "kitchen", "desert", "rooftop")
        assert np.isfinite(made.subject.rest).all()


class TestSeeds:
    def test_what_is_held_out_is_made_of_seeds_that_training_never_uses(self):
        for seed in range(HELD_OUT, HELD_OUT + 3):
            made = scene_of(seed)
            assert all(int(p.name[1:]) >= HELD_OUT for p in made.cast)
            assert made.place.kind in ("alley", "kitchen", "desert", "rooftop") or int(made.place.name[1:]) >= HELD_OUT
        for seed in range(3):
            made = scene_of(seed)
            assert all(p.name.isalpha() or int(p.name[1:]) < HELD_OUT for p in made.cast)

    def test_a_scene_is_directed_the_same_way_again(self):
        made = scene_of(7)
        assert directions(made, 2) == directions(made, 2)


class TestFilming:
    def test_depth_is_near_where_the_cast_is_and_coverage_is_the_casts_alone(self):
        scene = scenes.scene([person(11).subject], place(12).subject, "middle")
        prepared = Comp().prepare(scene)
        direction = Direction("", (Chip("size", "medium"), Chip("time", "day")))
        (shown,) = scenes.frames(prepared, scene, direction, 1, 0)
        assert shown.rgb.shape == (scenes.HEIGHT, scenes.WIDTH, 3)
        cast = shown.coverage > 200
        assert 0.08 < cast.mean() < 0.6
        told = scenes.control(shown.near)
        assert told[cast].mean() > told[~cast].mean() + 60

    def test_control_has_one_scale_for_a_clip_and_black_sky(self):
        near = np.zeros((2, 4, 4), np.float32)
        near[0, :2], near[1, :2] = 0.5, 1.0
        told = scenes.control(near)
        assert set(np.unique(told[:, 2:])) == {0}
        assert told[1, 0, 0] == 255 and told[0, 0, 0] < 30
