"""The driver's and the system's errors, told in the project's own.

Place in the path: around every statement and every media file that is written. The message says what to do.
"""

from __future__ import annotations

import errno
import sqlite3 as _types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils.utils import sqlite3 as _driver

from sora_lock.errors import InputError, StoreDamagedError, StoreError, StoreUnwritableError

driver: Any = _driver  # pysqlite3 where it is installed, else the standard library's
DriverError: type[_types.Error] = driver.Error

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}
# SQLite result codes (sqlite.org/rescode.html); the low byte is the primary code.
_BUSY, _LOCKED, _READONLY, _IOERR, _CORRUPT, _SQLITE_FULL, _CANTOPEN, _NOTADB = 5, 6, 8, 10, 11, 13, 14, 26
_IOERR_READS = {10 | 1 << 8, 10 | 2 << 8}


def told(error: _types.Error, folder: Path) -> StoreError:
    """The `StoreError` that says what a driver's error means for the person."""
    code = getattr(error, "sqlite_errorcode", None) or 1
    primary = code & 0xFF
    if primary == _SQLITE_FULL or "is full" in str(error):
        return _full(folder)
    if primary in (_READONLY, _CANTOPEN):
        return _read_only(folder)
    if primary == _IOERR and code not in _IOERR_READS:
        return StoreUnwritableError(
            f"The disk did not take what was written to {folder} ({error}); nothing was half-written. Look at its space and health."
        )
    if primary in (_CORRUPT, _NOTADB):
        return StoreDamagedError(
            f"The history in {folder} is damaged ({error}); keep a copy, then bring back a backup of it."
        )
    if primary in (_BUSY, _LOCKED):
        return StoreError(f"Something else kept the history in {folder} busy for too long; try again in a moment.")
    return StoreError(f"The history in {folder} could not be used: {error}.")


def told_os(error: OSError, folder: Path) -> StoreError:
    """The same for an error of the file system."""
    if error.errno in _FULL:
        return _full(folder)
    if error.errno in _READ_ONLY:
        return _read_only(folder)
    return StoreError(f"A file of {folder} could not be used: {error.strerror or error}.")


@contextmanager
def telling(folder: Path) -> Iterator[None]:
    """Turns driver and file system errors inside the block into `StoreError`s, and values no column can hold into `InputError`s."""
    try:
        yield
    except UnicodeEncodeError:
        raise InputError("A name or text holds half a character (a lone surrogate); type it again.") from None
    except OverflowError:
        raise InputError("A number is larger than any in this history.") from None
    except DriverError as error:
        raise told(error, folder) from error
    except OSError as error:
        raise told_os(error, folder) from error


def _full(folder: Path) -> StoreUnwritableError:
    return StoreUnwritableError(
        f"The disk that holds {folder} is full; nothing was half-written. Free some space, then try again."
    )


def _read_only(folder: Path) -> StoreUnwritableError:
    return StoreUnwritableError(
        f"{folder} cannot be written to; nothing was half-written. Give this user write access, or choose another folder with --data."
    )
