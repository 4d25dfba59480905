"""Connections, one a thread, and the one way to write: `immediate`.

Place in the path: under every function of the store. The driver is pysqlite3 where it is installed, because it carries a SQLite
without the WAL-reset bug (3.7.0 to 3.51.2 can corrupt a database when a checkpoint races a writer); with an older SQLite, or on a
network file system, where WAL's shared memory does not work, the rollback journal is used.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sora_lock.errors import StoreError
from sora_lock.store.trouble import DriverError, driver, telling

if TYPE_CHECKING:
    import sqlite3

    Connection = sqlite3.Connection

WAL_SAFE = (3, 51, 3)
OLDEST = (3, 37, 0)  # STRICT tables
BUSY_S = 15.0
# File systems whose files other machines share, or whose memory maps need not be coherent.
_NETWORK = {
    *("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "virtiofs", "afs", "ceph", "glusterfs", "lustre", "beegfs", "gpfs"),
    *("ocfs2", "gfs2", "vboxsf", "drvfs", "ncpfs", "coda", "orangefs"),
}


@contextmanager
def immediate(conn: Connection) -> Iterator[Connection]:
    """One write transaction: takes the write lock at once, commits at the end, rolls back whatever is raised.

    `BEGIN IMMEDIATE` rather than `BEGIN`, since a reader that turns writer under load is refused without waiting.
    """
    conn.execute("BEGIN IMMEDIATE")
    try:
        yield conn
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:  # a full disk may have rolled it back already
            conn.execute("ROLLBACK")
        raise


def file_system(path: Path) -> str | None:
    """The type of the file system that holds `path` (proc(5), mountinfo), or None where that cannot be told."""
    try:
        mounts = Path("/proc/self/mountinfo").read_text(errors="surrogateescape").splitlines()
    except OSError:
        return None
    here, best, kind = path.resolve(), -1, None
    for line in mounts:
        left, _, right = line.partition(" - ")
        point = Path(left.split(" ")[4].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\"))
        if here.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), right.split(" ")[0]
    return kind


def journal_mode(kind: str | None, version: tuple[int, ...]) -> str:
    """How a database is best protected: "wal" where that is safe, else "delete" (SQLite's name for the rollback journal).

    Args:
        kind: the type of the file system, as `file_system` tells it; None (unknown) counts as unsafe.
        version: SQLite's.
    """
    local = kind is not None and kind not in _NETWORK and not kind.startswith("fuse")
    return "wal" if local and version >= WAL_SAFE else "delete"


class _Held:
    """A connection that closes itself when its thread ends and lets go of it."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn

    def __del__(self) -> None:
        self.conn.close()


class Connections:
    """The database file, with one connection for each thread that asks."""

    def __init__(self, path: Path, busy_s: float = BUSY_S) -> None:
        if tuple(driver.sqlite_version_info) < OLDEST:
            raise StoreError(f"SQLite {driver.sqlite_version} is too old; install pysqlite3 (pip install pysqlite3).")
        self.path, self.busy_s = path, busy_s
        self._mine = threading.local()
        self._opened_by = os.getpid()
        self._closed = False

    @property
    def conn(self) -> Connection:
        """This thread's connection.

        Raises:
            StoreError: after `close`, or in a process forked from the one that opened it.
        """
        if self._closed or os.getpid() != self._opened_by:
            self._mine.held = None
            raise StoreError("The history was closed, or opened before this process was forked; open it again in here.")
        held: _Held | None = getattr(self._mine, "held", None)
        if held is None:
            held = self._mine.held = self._open()
        return held.conn

    def _open(self) -> _Held:
        # Connections are used by one thread only; the driver's own check would also forbid closing them from a collector.
        conn: Connection = driver.connect(
            str(self.path), timeout=self.busy_s, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        try:
            for pragma in ("foreign_keys=ON", "synchronous=FULL", "trusted_schema=OFF", "temp_store=MEMORY"):
                conn.execute(f"PRAGMA {pragma}")
        except DriverError:
            conn.close()
            raise
        return _Held(conn)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """This thread's connection, for reading; errors are told as `StoreError`s."""
        with telling(self.path.parent):
            yield self.conn

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """As `read`, with every statement inside seeing one and the same state."""
        with telling(self.path.parent):
            conn = self.conn
            conn.execute("BEGIN")
            try:
                yield conn
            finally:
                if conn.in_transaction:
                    conn.execute("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """This thread's connection inside `immediate`; errors are told as `StoreError`s."""
        with telling(self.path.parent), immediate(self.conn) as conn:
            yield conn

    def choose_journal(self, mode: str) -> str:
        """Sets the journal mode of the file and returns what it is now.

        Raises:
            StoreError: when the file stays in WAL though that is not safe here (another process has it open).
        """
        until = time.monotonic() + self.busy_s
        while True:
            try:
                now = str(self.conn.execute(f"PRAGMA journal_mode={mode}").fetchone()[0])
            except DriverError as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF not in (5, 6):
                    raise
                now = ""
            if now == mode or (mode == "wal" and now == "delete"):
                return now
            if time.monotonic() > until:
                raise StoreError(
                    "Another program has this history open in a way that is not safe here; close it first."
                )
            time.sleep(0.05)

    def close(self) -> None:
        """Closes this thread's connection; those of other threads close when they are next asked for, or their threads end.

        They are not closed from here, since SQLite's driver does not survive that in the middle of a statement.
        """
        self._closed = True
        self._mine.held = None
