"""Locks in the store: versions, names that are one name, digests."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest

from sora_lock.errors import InputError, NamingError, NotFoundError, StoreError
from sora_lock.records import Anchor
from sora_lock.store import Store
from tests.store_parts import a_lock


class TestVersions:
    def test_count_from_one_and_name_their_parent(self, store: Store) -> None:
        first = store.add_lock(a_lock(store))
        second = store.add_lock(a_lock(store, face="free"))
        assert (first.version, first.parent_sha256) == (1, None)
        assert (second.version, second.parent_sha256) == (2, first.lock_sha256)
        assert store.versions("mara") == [first, second]
        assert store.lock("mara") == second
        assert store.lock("mara", 1) == first
        assert store.lock_by_sha(first.lock_sha256) == first

    def test_the_same_content_again_gives_the_version_that_is_there(self, store: Store) -> None:
        first = store.add_lock(a_lock(store))
        before = store.revision()
        assert store.add_lock(replace(a_lock(store), version=9, parent_sha256="4" * 64)) == first
        assert store.revision() == before

    def test_going_back_to_an_older_content_is_a_new_version(self, store: Store) -> None:
        for face in ("hold", "free", "hold"):
            last = store.add_lock(a_lock(store, face=face))
        assert last.version == 3

    def test_the_list_shows_the_latest_of_each_in_the_order_of_the_first(self, store: Store) -> None:
        for name in ("mara", "ivo"):
            store.add_lock(a_lock(store, name))
        store.add_lock(a_lock(store, "mara", hair="evolve"))
        assert [(k.name, k.version) for k in store.locks()] == [("mara", 2), ("ivo", 1)]


class TestNames:
    @pytest.mark.parametrize(("first", "other"), [("mara", "Mara"), ("straße", "strasse"), ("ÉLODIE", "élodie")])
    def test_that_differ_only_by_case_are_one_name(self, store: Store, first: str, other: str) -> None:
        store.add_lock(a_lock(store, first))
        with pytest.raises(NamingError):
            store.add_lock(a_lock(store, other, face="free"))
        assert store.lock(other).name == first

    def test_that_differ_only_by_unicode_form_are_one_name(self, store: Store) -> None:
        store.add_lock(a_lock(store, "zoë"))
        with pytest.raises(NamingError):
            store.add_lock(a_lock(store, unicodedata.normalize("NFD", "zoë"), face="free"))
        assert len(store.versions(unicodedata.normalize("NFD", "ZOË"))) == 1

    @pytest.mark.parametrize("name", ["", " ", "../x", "a/b", "a b", "-a", "a\x00b", "a\ud800", "\u202eabc", "x" * 41])
    def test_that_no_file_could_bear_are_refused(self, store: Store, name: str) -> None:
        lock = replace(a_lock(store), name=name)
        with pytest.raises(NamingError):
            store.add_lock(lock)
        assert store.locks() == []

    @pytest.mark.parametrize("name", ["nobody", "", "\x00", "\ud800", "x" * 10_000])
    def test_of_no_lock_are_not_found_whatever_they_hold(self, store: Store, name: str) -> None:
        with pytest.raises(NotFoundError):
            store.lock(name)

    def test_of_a_version_that_is_not_there_say_which_is_the_latest(self, store: Store) -> None:
        store.add_lock(a_lock(store))
        with pytest.raises(NotFoundError, match="latest is 1"):
            store.lock("mara", 2)


class TestWhatALockNeeds:
    def test_its_pictures_are_put_before_it(self, store: Store) -> None:
        lock = replace(a_lock(store), anchors=(Anchor("front", "5" * 64, "6" * 64),))
        with pytest.raises(StoreError):
            store.add_lock(lock)
        assert store.locks() == []
        assert store.revision() == 0

    def test_its_words_can_be_shown(self, store: Store) -> None:
        lock = replace(a_lock(store), subject="cast/\x00")
        with pytest.raises(InputError):
            store.add_lock(lock)

    def test_a_new_version_changes_the_revision_of_every_scene(self, store: Store) -> None:
        store.ensure_scene("SC010")
        before = store.scene_revision("SC010")
        store.add_lock(a_lock(store))
        assert store.scene_revision("SC010") > before
