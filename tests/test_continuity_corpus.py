"""benchmarks.continuity_corpus and continuity_made: people and places of their own for every take, kept apart from those that are tested."""

import numpy as np
import pytest

from benchmarks.continuity_corpus import HALVES, MADE, Renderer, cases
from benchmarks.continuity_made import FIRST_SEED, made, names
from training import people, places


class TestNames:
    def test_every_take_has_another_person_and_another_place(self):
        told = [names(k) for k in range(80)]
        assert len({cast for cast, _ in told}) == len({stage for _, stage in told}) == 80

    def test_they_are_made_from_nothing_that_is_tested(self):
        tested = {name for half in HALVES["test"] for name in half}
        for cast, stage in (names(k) for k in range(80)):
            assert people.model_of(int(cast[1:])) not in tested
            assert not stage.startswith(tuple(tested))

    def test_their_seeds_are_none_of_trainings(self):
        for k in range(20):
            assert all(int(name.lstrip("abcdefghijklmnopqrstuvwxyz")) >= FIRST_SEED for name in names(k))

    def test_a_repainted_set_is_made_from_the_model_that_its_name_says(self):
        _, stage = names(0)
        assert places.repainted(int(stage.removeprefix("alley"))).kind == "alley"


class TestLocks:
    def test_a_name_gives_the_same_lock_each_time(self):
        cast, stage = names(1)
        first = [made(n)[0] for n in (cast, stage)]
        made.cache_clear()
        assert [made(n)[0] for n in (cast, stage)] == first

    def test_a_lock_says_what_its_subject_is(self):
        for name in names(2):
            lock, subject = made(name)
            assert (lock.subject_sha256, lock.regions) == (subject.subject_sha256, subject.regions)
            assert lock.atlas_sha256 == subject.atlas().atlas_sha256

    def test_a_finer_atlas_is_on_the_same_person(self):
        coarse, fine = people.person(7), people.person(7, 1024)
        assert coarse.about == fine.about and np.array_equal(coarse.subject.rest, fine.subject.rest)
        assert len(fine.subject.atlas().reflectance) == 2 * len(coarse.subject.atlas().reflectance)
        means = [p.subject.atlas().reflectance.mean(axis=(0, 1)) for p in (coarse, fine)]
        assert np.allclose(*means, rtol=0.05)


class TestTakes:
    @pytest.fixture(scope="class")
    def case(self):
        return list(cases(MADE, 1))[1]

    def test_every_third_has_a_drifted_twin(self):
        assert [c.twinned for c in cases(MADE, 1)] == [True, False, False, True, False, False, True, False]

    def test_a_take_shows_its_person_in_its_place_and_is_read_back_as_it_was_rendered(self, case, tmp_path):
        render = Renderer(tmp_path)
        first = render.clean(case)
        assert {lock for lock, _ in first.table} == {case.cast, case.stage}
        for name in (case.cast, case.stage):
            assert first.part(name, tuple(r.name for r in made(name)[0].regions)).any()
        assert render.has(case)
        assert np.array_equal(Renderer(tmp_path).clean(case).frames, first.frames)
