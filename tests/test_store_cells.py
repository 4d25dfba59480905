"""Scenes and cells: order, staleness, notes, and text that stays text."""

from __future__ import annotations

import pytest

from sora_lock.errors import InputError, NamingError, NotFoundError
from sora_lock.store import Store
from tests.store_parts import a_grid, a_lock, shoot_all

HOSTILE = [
    "<script>alert(1)</script>",
    "${process.exit()}",
    "{{prompt}}",
    "'; DROP TABLE cells; --",
    "שלום 你好 🎬",
    "a\nb\tc",
]


class TestScenes:
    def test_are_made_once_and_keep_their_order(self, store: Store) -> None:
        for code in ("SC020", "SC010", "SC020"):
            store.ensure_scene(code)
        assert [(s.code, s.seq) for s in store.scenes()] == [("SC020", 1), ("SC010", 2)]

    def test_a_title_fills_an_empty_one_and_replaces_none(self, store: Store) -> None:
        assert store.ensure_scene("SC010").title == ""
        assert store.ensure_scene("SC010", "Alley").title == "Alley"
        assert store.ensure_scene("SC010", "Kitchen").title == "Alley"

    def test_another_spelling_is_refused(self, store: Store) -> None:
        store.ensure_scene("SC010")
        with pytest.raises(NamingError, match="SC010"):
            store.ensure_scene("sc010")

    @pytest.mark.parametrize("code", ["", "..", "a/b", "SC\x00", "SC\ud800", "S" * 41, "\u202eSC"])
    def test_names_no_file_could_bear_are_refused(self, store: Store, code: str) -> None:
        with pytest.raises(NamingError):
            store.ensure_scene(code)
        with pytest.raises(NamingError):
            store.add_cell(code, "note", {"text": "x"})
        assert store.scenes() == []

    def test_know_their_shots_cells_and_takes(self, store: Store) -> None:
        a_grid(store, 2)
        a_grid(store, 1, shot="SH010")
        shoot_all(store)
        row = store.scenes()[0]
        assert (row.shots, row.cells, row.takes) == (("SH020", "SH010"), 2, 3)

    @pytest.mark.parametrize("code", ["SC999", "", "\x00", "'"])
    def test_that_are_not_there_are_not_found(self, store: Store, code: str) -> None:
        for ask in (store.cells, store.takes, store.marks, store.tree, lambda c: store.jobs(scene=c)):
            with pytest.raises(NotFoundError):
                ask(code)
        assert store.scene_revision(code) == 0

    def test_half_a_character_in_a_question_is_an_input_error(self, store: Store) -> None:
        with pytest.raises(InputError):
            store.cells("\ud800")
        with pytest.raises(InputError):
            store.take("\ud800")
        with pytest.raises(InputError):
            store.cell(2**80)


class TestCells:
    def test_are_numbered_within_their_scene(self, store: Store) -> None:
        made = [store.add_cell(s, "note", {"text": str(i)}) for i, s in enumerate(["SC010", "SC020", "SC010"])]
        assert [(c.scene, c.seq) for c in made] == [("SC010", 1), ("SC020", 1), ("SC010", 2)]
        assert [c.body["text"] for c in store.cells("SC010")] == ["0", "2"]

    def test_the_last_ones_are_shown_oldest_first(self, store: Store) -> None:
        for i in range(45):
            store.add_cell("SC010", "note", {"text": str(i)})
        assert [c.body["text"] for c in store.cells("SC010")] == [str(i) for i in range(5, 45)]
        assert [c.seq for c in store.cells("SC010", limit=2)] == [44, 45]
        assert len(store.cells("SC010", limit=None)) == 45

    @pytest.mark.parametrize("text", HOSTILE)
    def test_text_of_any_kind_comes_back_as_it_went_in(self, store: Store, text: str) -> None:
        cell = store.add_cell("SC010", "note", {"text": text, text: [text]}, who="ana ${x}")
        assert store.cell(cell.id).body == {"text": text, text: [text]}
        assert store.cell(cell.id).who == "ana ${x}"

    @pytest.mark.parametrize("text", ["a\x00b", "a\ud800", "\u202ereversed", "\x1b[31m"])
    def test_text_no_screen_can_show_truly_is_refused(self, store: Store, text: str) -> None:
        for body in ({"text": text}, {"deep": [{"er": text}]}, {text: 1}):
            with pytest.raises(InputError):
                store.add_cell("SC010", "note", body)
        with pytest.raises(InputError):
            store.add_cell("SC010", "note", {"text": "x"}, who=text)
        assert store.scenes() == []

    def test_nan_and_unknown_kinds_are_refused(self, store: Store) -> None:
        with pytest.raises(InputError):
            store.add_cell("SC010", "note", {"x": float("nan")})
        with pytest.raises(InputError, match="fanout"):
            store.add_cell("SC010", "poem", {})
        assert store.scenes() == []

    def test_a_body_is_a_copy(self, store: Store) -> None:
        cell = store.add_cell("SC010", "note", {"text": "x"})
        store.cell(cell.id).body["text"] = "y"
        assert store.cell(cell.id).body == {"text": "x"}

    def test_only_notes_are_edited(self, store: Store) -> None:
        note, other = store.add_cell("SC010", "note", {"text": "x"}), store.add_cell("SC010", "lock", {"name": "mara"})
        assert store.update_note(note.id, {"text": "y"}).body == {"text": "y"}
        with pytest.raises(InputError):
            store.update_note(other.id, {"text": "y"})
        with pytest.raises(NotFoundError):
            store.update_note(99, {"text": "y"})
        assert store.verify().problems == []


class TestStaleCells:
    def test_a_grid_is_stale_once_a_lock_of_it_has_a_newer_version(self, store: Store) -> None:
        store.add_lock(a_lock(store))
        store.add_lock(a_lock(store, "alley", "set"))
        grid, note = a_grid(store), store.add_cell("SC010", "note", {"text": "x"})
        assert not grid.stale
        store.add_lock(a_lock(store, "alley", "set", props="free"))
        assert store.cell(grid.id).stale
        assert [c.stale for c in store.cells("SC010")] == [True, False]
        assert not store.cell(note.id).stale

    def test_a_lock_the_grid_does_not_use_makes_nothing_stale(self, store: Store) -> None:
        store.add_lock(a_lock(store))
        grid = a_grid(store)
        store.add_lock(a_lock(store, "ivo"))
        store.add_lock(a_lock(store, "ivo", face="free"))
        assert not store.cell(grid.id).stale


class TestRevisions:
    def test_every_write_counts_and_reading_does_not(self, store: Store) -> None:
        seen = [store.revision()]

        def step() -> None:
            seen.append(store.revision())
            assert seen[-1] > seen[-2]

        store.ensure_scene("SC010")
        step()
        note = store.add_cell("SC010", "note", {"text": "x"})
        step()
        store.update_note(note.id, {"text": "y"})
        step()
        a_grid(store, 1)
        step()
        job = store.lease("w1")
        assert job is not None
        step()
        store.beat(job.id, "w1", 0.5)
        step()
        store.cells("SC010"), store.jobs(scene="SC010"), store.marks("SC010"), store.tree("SC010"), store.verify()
        assert store.revision() == seen[-1]

    def test_a_scene_keeps_its_own(self, store: Store) -> None:
        for scene in ("SC010", "SC020"):
            store.ensure_scene(scene)
        before = store.scene_revision("SC010")
        store.add_cell("SC020", "note", {"text": "x"})
        assert store.scene_revision("SC010") == before
        assert store.scene_revision("SC020") == store.revision()

    def test_people_are_seen_and_bump_only_when_they_come(self, store: Store) -> None:
        store.ensure_scene("SC010")
        store.touch("ana", "SC010")
        after = store.revision()
        store.touch("ana", "SC010")
        assert store.here("SC010") == ["ana"]
        assert store.revision() == after
        store.touch("jon", "SC010")
        assert store.here("SC010") == ["ana", "jon"]
        assert store.here("SC020") == []
