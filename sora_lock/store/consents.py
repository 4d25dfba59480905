"""Consent of real people: who allowed a lock of them, on what basis, for what, until when; and its withdrawal.

Place in the path: beside the locks, by name (a person consents to being locked, not to a version). Rows are only ever added; the latest
counts. A lock nobody recorded a consent for is free: characters that ship are nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from sora_lock.errors import ConsentError, InputError
from sora_lock.store import locks
from sora_lock.store.rows import Consent
from sora_lock.store.scenes import bump, now_utc
from sora_lock.store.schema import insert, next_in
from sora_lock.store.text import WHO_LIMIT, checked_line, folded

if TYPE_CHECKING:
    from sora_lock.store.connection import Connection

LINE_LIMIT = 400
_COLUMNS = "seq, name, event, person, basis, scope, until_date, recorded_by, created_utc"


def record(
    conn: Connection, name: str, person: str, basis: str, scope: str = "", until: str = "", recorded_by: str = ""
) -> Consent:
    """Records a consent for the lock `name`; a later one replaces it.

    Args:
        person: who is seen.
        basis: what it rests on, such as "release form of 3 May".
        scope: what it covers; empty for whatever this history is used for.
        until: last day it holds, "2027-05-31"; empty for no end.

    Raises:
        NotFoundError: for an unknown lock.
        InputError: when person, basis or `recorded_by` is missing, or the day is none or past.
    """
    lock = locks.one(conn, name)
    for words, what in ((person, "Who consents"), (basis, "The basis of the consent"), (recorded_by, "Who records it")):
        if not checked_line(words, what, LINE_LIMIT if words is basis else WHO_LIMIT).strip():
            raise InputError(f"{what} is missing; a consent needs a person, a basis and who recorded it.")
    checked_line(scope, "The scope of the consent", LINE_LIMIT)
    if until:
        try:
            last = date.fromisoformat(until)
        except ValueError:
            raise InputError(f"{until[:40]!r} is no day; write the last day of the consent as 2027-05-31.") from None
        if last < datetime.now(UTC).date():
            raise InputError(f"The consent would have ended on {last} already; give a day to come, or none.")
        until = last.isoformat()
    return _add(conn, lock.name, "given", person.strip(), basis.strip(), scope.strip(), until, recorded_by.strip())


def revoke(conn: Connection, name: str, recorded_by: str) -> Consent:
    """Records that the consent for the lock `name` is withdrawn: no new takes, no exports, and its takes are marked.

    Raises:
        NotFoundError: for an unknown lock.
        InputError: when there is no consent to withdraw, or nobody says who records it.
    """
    lock = locks.one(conn, name)
    last = _latest(conn, lock.name)
    if last is None or last.event == "revoked":
        raise InputError(
            f"There is no consent for @{lock.name} to revoke; it has {'been revoked' if last else 'never been recorded'}."
        )
    if not checked_line(recorded_by, "Who records it", WHO_LIMIT).strip():
        raise InputError("Who records the withdrawal is missing.")
    return _add(conn, lock.name, "revoked", last.person, last.basis, last.scope, last.until_date, recorded_by.strip())


def history(conn: Connection, name: str) -> list[Consent]:
    """All that was recorded for a lock, oldest first."""
    plain = folded(locks.one(conn, name).name)
    return [
        Consent(*row)
        for row in conn.execute(f"SELECT {_COLUMNS} FROM consents WHERE folded = ? ORDER BY seq", (plain,))
    ]


def withdrawn(conn: Connection) -> dict[str, str]:
    """Lock name -> why it may not be used any more, in words, for every lock whose consent was revoked or has ended."""
    newest: dict[str, Consent] = {}
    for row in conn.execute(f"SELECT {_COLUMNS} FROM consents ORDER BY seq"):
        newest[row[1]] = Consent(*row)
    today = datetime.now(UTC).date().isoformat()
    return {name: why for name, c in newest.items() if (why := _why(c, today))}


def must_stand(conn: Connection, names: Iterable[str]) -> None:
    """ConsentError when the consent for any of these locks was revoked or has ended."""
    ended = withdrawn(conn)
    for name in names:
        if name in ended:
            raise ConsentError(f"{ended[name]} Record a new one for @{name} to go on, or leave @{name} out.")


def _why(consent: Consent, today: str) -> str:
    who = f"The consent of {consent.person} (@{consent.name})"
    if consent.event == "revoked":
        return f"{who} was revoked on {consent.created_utc[:10]}."
    return f"{who} ended on {consent.until_date}." if consent.until_date and consent.until_date < today else ""


def _latest(conn: Connection, name: str) -> Consent | None:
    row = conn.execute(
        f"SELECT {_COLUMNS} FROM consents WHERE folded = ? ORDER BY seq DESC LIMIT 1", (folded(name),)
    ).fetchone()
    return Consent(*row) if row else None


def _add(conn: Connection, name: str, *told: str) -> Consent:
    seq = next_in(conn, "consents")
    event, *rest = told
    insert(conn, "consents", (seq, name, folded(name), event, *rest, now_utc()))
    bump(conn)  # every scene shows which takes are touched
    found = _latest(conn, name)
    assert found is not None
    return found
