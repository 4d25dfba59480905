"""Shared fixtures: a store in a scratch folder, one that already holds the shipped cast and sets, and a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sora_lock.first_run import settle
from sora_lock.store import Store
from tests.page_parts import ARGS, CHROMIUM, Room, serving


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first, so that none of them is what everybody waits for in the end."""
    slow = {item.path for item in items if item.get_closest_marker("page") or item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


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


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    reason = "the page's tests drive a browser: pip install playwright"
    playwright = pytest.importorskip("playwright.sync_api", reason=reason)
    with playwright.sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield opened
        opened.close()


@pytest.fixture
def live(browser: Any, tmp_path: Path) -> Iterator[Room]:
    """A page with its worker on a fresh data folder; whatever went wrong in the browser fails the test."""
    data = tmp_path / "data"
    with serving(data, worker=True) as address:
        opened = Store.open(data)
        made = Room(browser, address, opened)
        yield made
        made.close()
        opened.close()
        assert made.errors == []


@pytest.fixture
def room(planted: Room) -> Iterator[Room]:
    """The page that a test file planted (its own `planted`), without the browsers and errors of the test before."""
    planted.errors.clear()
    yield planted
    planted.close()
    planted.contexts.clear()
    assert planted.errors == []
