"""Media files: named by their digest, whole or not there, collected when nothing names them."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from sora_lock.errors import NotFoundError
from sora_lock.store import Store
from tests.store_parts import a_grid, a_lock, all_files, sha256, shoot_all


def age(path: Path, hours: float) -> None:
    then = time.time() - hours * 3600
    os.utime(path, (then, then))


class TestPutting:
    def test_names_bytes_by_their_digest_once(self, store: Store) -> None:
        first, again = store.put(b"frame"), store.put(b"frame")
        assert first == again == sha256(b"frame")
        assert store.blob(first) == store.data / "media" / first[:2] / first
        assert all_files(store.data / "media") == [store.blob(first)]
        assert store.blob(store.put(b"")).read_bytes() == b""

    def test_a_file_is_moved_in_or_copied(self, store: Store, tmp_path: Path) -> None:
        for move in (False, True):
            source = tmp_path / "clip.mp4"
            source.write_bytes(b"clip")
            assert store.put_file(source, move=move) == sha256(b"clip")
            assert source.exists() is not move
            assert store.blob(sha256(b"clip")).read_bytes() == b"clip"
        assert all_files(store.data / "unfinished") == []

    def test_only_regular_files_are_taken(self, store: Store, tmp_path: Path) -> None:
        (tmp_path / "secret").write_bytes(b"x")
        (tmp_path / "link").symlink_to(tmp_path / "secret")
        for path in (tmp_path / "link", tmp_path, tmp_path / "nothing"):
            with pytest.raises(NotFoundError):
                store.put_file(path)

    @pytest.mark.parametrize(
        "name", ["", "..", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64, "0" * 64 + "/x", "\x00"]
    )
    def test_nothing_else_is_handed_out(self, store: Store, name: str) -> None:
        with pytest.raises(NotFoundError):
            store.blob(name)


class TestCollecting:
    def test_takes_what_no_row_names_once_it_is_an_hour_old(self, tmp_path: Path) -> None:
        store = Store.open(tmp_path)
        old, young = store.put(b"old"), store.put(b"young")
        kept = store.add_lock(a_lock(store)).anchors[0].image_sha256
        a_grid(store, 1)
        shoot_all(store)
        named = store.takes("SC010")[0].files.values()
        folder = store.data / "unfinished" / "take-x"
        folder.mkdir()
        (folder / "master.mkv").write_bytes(b"half")
        for path in (store.blob(old), store.blob(kept), *(store.blob(n) for n in named), folder / "master.mkv", folder):
            age(path, 2)
        store.close()
        store = Store.open(tmp_path)
        with pytest.raises(NotFoundError):
            store.blob(old)
        assert not folder.exists()
        assert all(store.blob(s).exists() for s in (young, kept, *named))
        assert store.verify().problems == []

    def test_spares_a_folder_in_which_something_is_still_written(self, tmp_path: Path) -> None:
        store = Store.open(tmp_path)
        folder = store.data / "unfinished" / "take-x"
        folder.mkdir()
        (folder / "master.mkv").write_bytes(b"half")
        age(folder, 2)
        store.close()
        Store.open(tmp_path).close()
        assert (folder / "master.mkv").exists()

    def test_spares_what_was_put_again_just_now(self, tmp_path: Path) -> None:
        store = Store.open(tmp_path)
        sha = store.put(b"again")
        age(store.blob(sha), 2)
        store.put(b"again")
        store.close()
        assert Store.open(tmp_path).blob(sha).exists()

    def test_spares_pictures_that_a_cell_names(self, tmp_path: Path) -> None:
        store = Store.open(tmp_path)
        sha = store.put(b"sketch")
        store.add_cell("SC010", "note", {"text": "look", "picture": sha, "digest of something": "0" * 64})
        age(store.blob(sha), 2)
        store.close()
        store = Store.open(tmp_path)
        assert store.blob(sha).exists()
        assert store.verify().problems == []
