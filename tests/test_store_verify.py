"""Verify: clean after honest work, and loud about every byte, row or file that changed behind the store's back."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlite_utils.utils import sqlite3 as driver

from sora_lock.errors import StoreDamagedError
from sora_lock.store import FILE, Store
from tests.store_parts import a_grid, a_lock, shoot_all


@pytest.fixture
def full(store: Store) -> Store:
    """A store with something in every table."""
    store.add_lock(a_lock(store))
    store.add_lock(a_lock(store, face="free"))
    store.add_cell("SC010", "note", {"text": "hello"})
    a_grid(store, 2)
    shoot_all(store)
    a_grid(store, 1, parent="SC010_SH020_T001")
    shoot_all(store)
    store.mark("SC010_SH020_T001", "circled", "ana")
    store.mark("SC010_SH020_T001", None, "jon")
    store.comment("SC010_SH020_T002", 5, "look here", "ana")
    return store


def tamper(store: Store, *statements: str) -> None:
    conn: sqlite3.Connection = driver.connect(str(store.data / FILE), isolation_level=None)
    for statement in statements:
        assert conn.execute(statement).rowcount != 0
    conn.close()


class TestACleanStore:
    def test_has_no_problems_and_counts_what_it_checked(self, full: Store) -> None:
        found = full.verify()
        assert found.problems == []
        assert found.rows_checked == 2 + 3 + 3 + 3 + 2 + 1
        assert found.blobs_checked == len(list((full.data / "media").glob("*/*")))

    def test_an_empty_one_too(self, store: Store) -> None:
        assert (store.verify().rows_checked, store.verify().problems) == (0, [])


class TestDamage:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE locks SET body = replace(body, 'cast/mara', 'cast/mary') WHERE version = 1",
            "UPDATE locks SET created_utc = '1999'",
            "UPDATE cells SET body = '{}' WHERE kind = 'note'",
            "UPDATE cells SET who = 'eve' WHERE kind = 'fanout'",
            "UPDATE plans SET body = replace(body, 'golden', 'silver')",
            "UPDATE takes SET body = replace(body, 'pass', 'flag')",
            "UPDATE marks SET mark = 'NG' WHERE seq = 2",
            "UPDATE marks SET who = 'eve'",
            "UPDATE comments SET text = text || '!'",
            "DELETE FROM comments",
            "DELETE FROM marks WHERE seq = 1",
            "DELETE FROM takes WHERE take = 'SC010_SH020_T003'",
            "DELETE FROM jobs WHERE take = 'SC010_SH020_T002'",
            "DELETE FROM scenes",
            "DELETE FROM words WHERE source = 'comment'",
            "UPDATE jobs SET state = 'queued' WHERE take = 'SC010_SH020_T002'",
        ],
    )
    def test_of_a_row_is_told(self, full: Store, statement: str) -> None:
        tamper(full, statement)
        assert full.verify().problems

    def test_of_a_media_file_is_told_with_the_take_it_belongs_to(self, full: Store) -> None:
        files = full.take("SC010_SH020_T001").files
        clip = full.blob(files["clip.mp4"])
        clip.write_bytes(clip.read_bytes().replace(b"T001", b"T0O1"))
        full.blob(files["master.mkv"]).unlink()
        problems = full.verify().problems
        assert len(problems) == 2
        assert any("SC010_SH020_T001 (clip.mp4)" in p and "not what it was" in p for p in problems)
        assert any("SC010_SH020_T001 (master.mkv)" in p and "missing" in p for p in problems)

    def test_of_an_anchor_is_told_with_its_lock(self, full: Store) -> None:
        full.blob(full.lock("mara").anchors[0].image_sha256).unlink()
        assert any("@mara v1" in p for p in full.verify().problems)

    def test_of_the_whole_file_is_an_error_that_says_what_to_do(self, tmp_path: Path) -> None:
        (tmp_path / FILE).write_bytes(b"this is no database at all" * 100)
        with pytest.raises(StoreDamagedError, match="backup"):
            Store.open(tmp_path)
