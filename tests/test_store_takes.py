"""Takes, marks, comments, the branch tree and the search."""

from __future__ import annotations

import pytest

from sora_lock.errors import InputError, NamingError, NotFoundError, PromptError
from sora_lock.store import Store
from tests.store_parts import a_grid, shoot_all

T = "SC010_SH020_T{:03d}".format


@pytest.fixture
def shot(store: Store) -> Store:
    """A store with three finished takes in one grid."""
    a_grid(store, 3)
    shoot_all(store)
    return store


class TestTakes:
    def test_come_back_in_the_order_they_were_asked_for(self, shot: Store) -> None:
        second = a_grid(shot, 1)
        shoot_all(shot)
        assert [t.take for t in shot.takes("SC010")] == [T(1), T(2), T(3), T(4)]
        assert [t.take for t in shot.takes("SC010", cell=second.id)] == [T(4)]

    def test_that_are_not_made_are_told_from_those_that_never_were(self, store: Store) -> None:
        a_grid(store, 1)
        with pytest.raises(NotFoundError, match="queued"):
            store.take(T(1))
        with pytest.raises(NotFoundError, match="no take"):
            store.take(T(2))

    def test_give_the_median_seconds_of_a_million_pixels(self, shot: Store) -> None:
        take = shot.take(T(1))
        pixels = take.recipe.shot.width * take.recipe.shot.height * take.recipe.shot.frames
        assert shot.seconds("comp") == pytest.approx(sum(take.seconds.values()) / (pixels / 1e6))

    def test_of_an_engine_or_a_model_that_made_none_give_no_figure(self, shot: Store) -> None:
        assert shot.seconds("vace") is None
        assert shot.seconds("comp", "some/model") is None


class TestMarks:
    def test_the_latest_counts_and_all_are_kept(self, shot: Store) -> None:
        for mark, who in (("circled", "ana"), ("NG", "jon"), ("NG", "ana"), (None, "ana")):
            shot.mark(T(1), mark, who)
        shot.mark(T(2), "keep", "jon")
        assert shot.marks("SC010") == {T(2): "keep"}
        assert [(m.mark, m.who) for m in shot.mark_history(T(1))] == [("circled", "ana"), ("NG", "jon"), (None, "ana")]

    def test_choose_takes(self, shot: Store) -> None:
        shot.mark(T(1), "circled")
        shot.mark(T(3), "circled")
        shot.mark(T(3), "NG")
        assert [t.take for t in shot.takes("SC010", marked="circled")] == [T(1)]
        assert shot.takes("SC010", marked="keep") == []

    def test_other_marks_and_other_takes_are_refused(self, shot: Store) -> None:
        for bad in ("CIRCLED", "", "ng", "x" * 9999):
            with pytest.raises(InputError):
                shot.mark(T(1), bad)  # type: ignore[arg-type]
            with pytest.raises(InputError):
                shot.takes("SC010", marked=bad)  # type: ignore[arg-type]
        with pytest.raises(NotFoundError):
            shot.mark(T(9), "keep")
        with pytest.raises(NamingError):
            shot.mark(T(1), "keep", "a\nb")
        assert shot.marks("SC010") == {}


class TestComments:
    def test_keep_frame_text_who_and_order(self, shot: Store) -> None:
        first = shot.comment(T(1), 3, "nice ${x} <b>", "ana")
        second = shot.comment(T(1), None, "שלום", "jon")
        assert first < second
        assert [(c.id, c.frame, c.text, c.who) for c in shot.comments(T(1))] == [
            (first, 3, "nice ${x} <b>", "ana"),
            (second, None, "שלום", "jon"),
        ]

    @pytest.mark.parametrize("frame", [-1, 48, 10**30, 1.5, True, "3"])
    def test_frames_outside_the_take_are_refused(self, shot: Store, frame: object) -> None:
        with pytest.raises(InputError):
            shot.comment(T(1), frame, "x")  # type: ignore[arg-type]

    @pytest.mark.parametrize("text", ["", " \n\t", "a\x00", "\ud800", "\u202eabc", "x" * 100_000])
    def test_texts_nobody_could_read_are_refused(self, shot: Store, text: str) -> None:
        with pytest.raises(PromptError):
            shot.comment(T(1), 0, text)
        assert shot.comments(T(1)) == []


class TestTheTree:
    def lanes(self, store: Store) -> dict[str, int]:
        return {n.take[-1]: n.lane for n in store.tree("SC010")}

    def test_the_first_branch_runs_straight_on_and_each_further_one_opens_a_lane(self, shot: Store) -> None:
        for parent in (2, 2, 3):
            a_grid(shot, 1, parent=T(parent))
            shoot_all(shot)
        assert self.lanes(shot) == {"1": 0, "2": 0, "3": 0, "4": 0, "5": 1, "6": 2}

    def test_a_branch_of_a_branch_follows_its_parents_lane(self, shot: Store) -> None:
        for parent in (1, 1, 5, 4):
            a_grid(shot, 1, parent=T(parent))
            shoot_all(shot)
        assert self.lanes(shot) == {"1": 0, "2": 0, "3": 0, "4": 0, "5": 1, "6": 1, "7": 0}

    def test_grids_without_a_parent_share_a_lane_until_a_branch_takes_it(self, shot: Store) -> None:
        a_grid(shot, 1)
        shoot_all(shot)
        a_grid(shot, 1, parent=T(4))
        shoot_all(shot)
        a_grid(shot, 1)
        a_grid(shot, 1)
        shoot_all(shot)
        assert self.lanes(shot) == {"1": 0, "2": 0, "3": 0, "4": 0, "5": 0, "6": 1, "7": 1}

    def test_lanes_do_not_jump_while_takes_come_in(self, shot: Store) -> None:
        a_grid(shot, 1, parent=T(1))
        second = a_grid(shot, 1, parent=T(1))
        shot.cancel(j.id for j in shot.jobs() if j.state == "queued" and j.cell != second.id)
        shoot_all(shot)
        assert self.lanes(shot) == {"1": 0, "2": 0, "3": 0, "5": 1}

    def test_nodes_know_parent_cell_and_mark(self, shot: Store) -> None:
        cell = a_grid(shot, 1, parent=T(2))
        shoot_all(shot)
        shot.mark(T(4), "circled")
        node = shot.tree("SC010")[-1]
        assert (node.take, node.parent, node.cell, node.mark) == (T(4), T(2), cell.id, "circled")


class TestTheSearch:
    def test_finds_prompts_and_comments_by_beginnings_of_words(self, shot: Store) -> None:
        a_grid(shot, 1, text="Neon night, café in the fog")
        shot.comment(T(1), 0, "the fog hides her coat")
        assert [(h.take, h.source) for h in shot.search("NEON cafe")] == [(T(4), "prompt")]
        assert {(h.take, h.source) for h in shot.search("fo")} == {(T(4), "prompt"), (T(1), "comment")}
        assert shot.search("fog", scene="SC020") == []
        assert len(shot.search("golden", limit=2)) == 2

    @pytest.mark.parametrize(
        "text", ["", '"', "NOT", "a AND", "fog*", "(", "text:fog", "^", "${x}", "\x00", "'; DROP TABLE takes"]
    )
    def test_takes_no_text_for_syntax(self, shot: Store, text: str) -> None:
        assert shot.search(text) == []
