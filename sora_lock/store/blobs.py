"""Media files named by their SHA-256, and the rows that name them.

Place in the path: the worker and the page put bytes here before any row mentions them: temporary name, fsync, rename, fsync of the
folder. A row is only committed when its files are there (`claim`). Files that no row ever named, and temporary ones, are collected
at the next opening once they are an hour old.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from sora_lock.errors import InputError, NotFoundError, StoreError
from sora_lock.store.connection import Connections
from sora_lock.store.text import is_sha256
from sora_lock.store.trouble import telling

if TYPE_CHECKING:
    from sora_lock.store.connection import Connection

ORPHAN_AGE_S = 3600.0
_CHUNK = 1 << 20


class Blobs:
    """The folder of media files: `<folder>/ab/<sha256>`."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.folder = data / "media"
        self.unfinished = data / "unfinished"  # inside the data folder, so that finishing is a rename

    def make_folders(self) -> None:
        """Creates the folders, and proves that they can be written to."""
        with telling(self.data):
            for folder in (self.folder, self.unfinished):
                folder.mkdir(parents=True, exist_ok=True)
            probe = self._temporary()
            probe.touch(exist_ok=False)
            probe.unlink()

    def path(self, sha256: str) -> Path:
        """Where the file of that digest is or would be."""
        return self.folder / sha256[:2] / sha256

    def find(self, sha256: str) -> Path:
        """The file of that digest; NotFoundError when there is none."""
        path = self.path(sha256) if is_sha256(sha256) else None
        if path is None or not path.is_file():
            raise NotFoundError(f"There is no media file {str(sha256)[:64]!r} in this history.")
        return path

    def put(self, data: bytes) -> str:
        """Stores bytes; returns their SHA-256. The same bytes are stored once."""
        sha256 = hashlib.sha256(data).hexdigest()
        with telling(self.data):
            if not self._kept(sha256, len(data)):
                temporary = self._temporary()
                try:
                    with temporary.open("xb") as file:
                        file.write(data)
                        file.flush()
                        os.fsync(file.fileno())
                    self._name(temporary, sha256)
                finally:
                    temporary.unlink(missing_ok=True)
        return sha256

    def put_file(self, path: Path, move: bool = True) -> str:
        """Stores a file's bytes, by renaming it where that is possible; returns their SHA-256.

        Raises:
            NotFoundError: when there is no such regular file.
        """
        if path.is_symlink() or not path.is_file():
            raise NotFoundError(f"{path.name!r} is not a file that can be stored.")
        with telling(self.data):
            temporary, moved = self._temporary(), False
            try:
                # Taken out of its writer's hands first: what is hashed is then what is kept.
                moved = move and _renamed(path, temporary)
                if not moved:
                    shutil.copyfile(path, temporary)
                with temporary.open("rb") as file:
                    digest = hashlib.sha256()
                    while chunk := file.read(_CHUNK):
                        digest.update(chunk)
                    os.fsync(file.fileno())
                    size = file.tell()
                if not self._kept(digest.hexdigest(), size):
                    self._name(temporary, digest.hexdigest())
            except OSError:
                if moved and temporary.exists():
                    temporary.replace(path)  # it was not stored, so it goes back
                raise
            finally:
                temporary.unlink(missing_ok=True)
            if move:
                path.unlink(missing_ok=True)
        return digest.hexdigest()

    def _temporary(self) -> Path:
        return self.unfinished / f"{os.getpid()}-{secrets.token_hex(8)}"

    def _kept(self, sha256: str, size: int) -> bool:
        """Whether the file is there already; if so it counts as new, so that no collector takes it before its row is written."""
        path = self.path(sha256)
        try:
            if path.stat().st_size != size:
                return False
            os.utime(path)
        except FileNotFoundError:
            return False
        return True

    def _name(self, temporary: Path, sha256: str) -> None:
        final = self.path(sha256)
        if not final.parent.is_dir():
            final.parent.mkdir(exist_ok=True)
            _fsync_folder(self.folder)
        temporary.replace(final)
        _fsync_folder(final.parent)

    def claim(self, conn: Connection, required: Iterable[str], mentioned: Iterable[str] = ()) -> None:
        """Records, inside the transaction that writes a row, which files the row names.

        Args:
            required: digests whose files must be there.
            mentioned: digests that may name files or something else.

        Raises:
            StoreError: when a required file is not there.
        """
        wanted = set(required)
        for sha256 in sorted(wanted | set(mentioned)):
            if conn.execute("SELECT 1 FROM blobs WHERE sha256 = ?", (sha256,)).fetchone():
                continue
            try:
                size = self.path(sha256).stat().st_size if is_sha256(sha256) else None
            except FileNotFoundError:
                size = None
            if size is not None:
                conn.execute("INSERT INTO blobs VALUES (?, ?)", (sha256, size))
            elif sha256 in wanted:
                raise StoreError(f"The media file {sha256[:16]}… is not in this history; put it first, then name it.")

    def checked_media(self, sha256: str, what: str) -> str:
        """`sha256` itself; InputError unless it is 64 hex digits."""
        if not is_sha256(sha256):
            raise InputError(f"{what} must be named by 64 hex digits; {str(sha256)[:70]!r} came.")
        return sha256

    def files(self) -> list[Path]:
        """All media files, sorted by name; temporary ones are not among them."""
        return sorted(p for d in self.folder.iterdir() if len(d.name) == 2 and d.is_dir() for p in d.iterdir())

    def collect(self, connections: Connections, now: float | None = None, older_than_s: float = ORPHAN_AGE_S) -> int:
        """Deletes temporary files and files that no row names, if older than `older_than_s`; returns how many.

        Happens under the write lock, and `claim` looks under it too: a row and its file cannot miss each other.
        """
        before = (time.time() if now is None else now) - older_than_s
        with connections.read() as conn:
            known = {row[0] for row in conn.execute("SELECT sha256 FROM blobs")}
        with telling(self.data):
            old = [
                p
                for p in (*self.unfinished.iterdir(), *(f for f in self.files() if f.name not in known))
                if _older(p, before)
            ]
        if not old:
            return 0
        gone = 0
        with connections.write() as conn:
            for path in old:
                if (
                    _older(path, before)
                    and not conn.execute("SELECT 1 FROM blobs WHERE sha256 = ?", (path.name,)).fetchone()
                ):
                    if path.is_dir():
                        shutil.rmtree(path)
                    else:
                        path.unlink(missing_ok=True)
                    gone += 1
        return gone


def _older(path: Path, before: float) -> bool:
    """Whether the file, or all that is in the folder, was last written before that time."""
    try:
        inside = path.rglob("*") if path.is_dir() and not path.is_symlink() else ()
        return all(p.lstat().st_mtime < before for p in (path, *inside))
    except FileNotFoundError:
        return False


def _renamed(path: Path, to: Path) -> bool:
    try:
        path.rename(to)
    except OSError:
        return False  # another file system, or no right to take it away: it is copied instead
    return True


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
