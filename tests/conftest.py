"""Shared fixtures: a store in a scratch folder, and one that already holds the shipped cast and sets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sora_lock.first_run import settle
from sora_lock.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    opened = Store.open(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def stage(store: Store) -> Store:
    """A store after its first start: cast, sets and one scene are there."""
    settle(store)
    return store
