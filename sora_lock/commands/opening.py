"""What every command begins with: the store of `--data`, and a file that was named.

Place in the path: under the commands beside it.
"""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sora_lock.errors import InputError, NotFoundError
from sora_lock.first_run import settle
from sora_lock.store import Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Result = tuple[Any, list[str], int]
"""JSON result, lines for people, exit status."""
MOST_BYTES = 64 * 2**20


def open_store(args: Namespace) -> Store:
    """The history in `--data`, with the shipped subjects locked."""
    store = Store.open(args.data)
    settle(store)
    return store


def read_file(path: Path) -> bytes:
    """The bytes of a file a person named.

    Raises:
        NotFoundError: when it is not there; InputError for a folder, or a file too large to be brought.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(
                f"{path.name} has {path.stat().st_size / 2**20:.0f} MB; wanted {MOST_BYTES >> 20} MB at most."
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise NotFoundError(f"There is no file {path}.") from None
    except IsADirectoryError:
        raise InputError(f"{path} is a folder; name a file.") from None


def read_strokes(path: Path) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """White and black of a picture of strokes, each as a mask [H, W]."""
    from sora_lock.media.images import read_image

    codes = read_image(read_file(path))[..., :3]
    return codes.min(axis=2) >= 224, codes.max(axis=2) <= 31
