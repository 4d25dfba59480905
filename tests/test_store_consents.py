"""Consent of real people: what is recorded, what its withdrawal stops, and that what was made is marked."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sora_lock.errors import ConsentError, InputError, NotFoundError
from sora_lock.export.selects import selects
from sora_lock.notebook.feed import board, feed
from sora_lock.store import Store
from tests.store_parts import a_grid, a_lock, a_take, shoot_all


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store.open(tmp_path)
    made.add_lock(a_lock(made, "mara"))
    made.add_lock(a_lock(made, "alley", "set"))
    return made


def day(offset: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=offset)).isoformat()


class TestRecording:
    def test_it_is_kept_in_order_and_the_latest_counts(self, store: Store) -> None:
        store.record_consent("mara", "Mara Example", "release form", "this film", day(30), "ana")
        store.revoke_consent("Mara", "jon")
        store.record_consent("mara", "Mara Example", "second form", recorded_by="ana")
        assert [c.event for c in store.consents("mara")] == ["given", "revoked", "given"]
        assert store.consents("mara")[1].person == "Mara Example"
        assert store.withdrawn() == {}

    @pytest.mark.parametrize(
        "told",
        [
            ("", "form", "", "", "ana"),
            ("Mara", " ", "", "", "ana"),
            ("Mara", "form", "", "", ""),
            ("Mara", "form", "", "tomorrow", "ana"),
            ("Mara", "form", "", day(-1), "ana"),
            ("Mara\nX", "form", "", "", "ana"),
        ],
    )
    def test_what_is_missing_or_wrong_is_said_and_nothing_is_kept(self, store: Store, told: tuple[str, ...]) -> None:
        with pytest.raises(InputError):
            store.record_consent("mara", *told)
        assert store.consents("mara") == []

    def test_only_a_lock_has_one_and_only_a_given_one_is_revoked(self, store: Store) -> None:
        with pytest.raises(NotFoundError):
            store.record_consent("nobody", "N", "form", recorded_by="ana")
        with pytest.raises(InputError, match="never been recorded"):
            store.revoke_consent("mara", "ana")
        store.record_consent("mara", "Mara", "form", recorded_by="ana")
        store.revoke_consent("mara", "ana")
        with pytest.raises(InputError, match="been revoked"):
            store.revoke_consent("mara", "ana")

    def test_rows_are_sealed(self, store: Store) -> None:
        store.record_consent("mara", "Mara", "form", recorded_by="ana")
        assert store.verify().problems == []
        with store._db.write() as conn:
            conn.execute("UPDATE consents SET basis = 'another'")
        assert any("consents" in p for p in store.verify().problems)


class TestWithdrawal:
    def test_it_stops_new_takes_also_those_already_asked_for(self, store: Store) -> None:
        store.record_consent("mara", "Mara", "form", recorded_by="ana")
        a_grid(store, 1)
        shoot_all(store)
        a_grid(store, 2)
        asked = store.lease("w1")
        assert asked is not None
        while asked.stage == "poster":
            store.poster_done(asked.id, "w1", store.put(b"poster"), ())
            asked = store.lease("w1")
            assert asked is not None
        store.revoke_consent("mara", "jon")
        with pytest.raises(ConsentError, match="revoked on"):
            a_grid(store, 1)
        with pytest.raises(ConsentError):
            store.must_stand(asked.recipe)
        with pytest.raises(ConsentError):
            store.finish(asked.id, "w1", a_take(store, asked))
        assert len(store.takes("SC010")) == 1

    def test_it_stops_exports_and_marks_what_was_made(self, store: Store) -> None:
        store.record_consent("mara", "Mara", "form", recorded_by="ana")
        a_grid(store, 1)
        shoot_all(store)
        assert len(selects(store, "SC010", circled=False)) == 1
        store.revoke_consent("mara", "jon")
        with pytest.raises(ConsentError, match="cannot be exported"):
            selects(store, "SC010", circled=False)
        assert "consent of @mara withdrawn" in feed(store, board(store, "SC010"))

    def test_one_that_ends_by_itself_counts_like_a_withdrawal_from_the_next_day(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store.record_consent("mara", "Mara", "form", until=day(0), recorded_by="ana")
        assert store.withdrawn() == {}

        class Tomorrow(datetime):
            @classmethod
            def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
                return datetime.now(UTC) + timedelta(days=1)

        monkeypatch.setattr("sora_lock.store.consents.datetime", Tomorrow)
        assert "ended on" in store.withdrawn()["mara"]
