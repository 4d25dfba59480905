"""Candidates from words to the dock's picture, in a real browser, drawn by a real pipeline at a tiny size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sora_lock.audition.models import MODELS, USUAL
from sora_lock.media.origin import origin
from sora_lock.store import Store
from tests.audition_parts import tiny_model
from tests.page_parts import BROWSING, Room, serving, until

pytest.importorskip("torch")
pytestmark = BROWSING
MAN = "an old man in a striped coat"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def room(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """One page for all of this, without a worker: nothing is filmed. Threads would only be in one another's way at so small a size."""
    data = tmp_path_factory.mktemp("page") / "data"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        with serving(data, worker=False) as address:
            store = Store.open(data)
            made = Room(browser, address, store)
            yield made
            made.close()
            store.close()
            assert made.errors == []


def unfold(page: Any) -> None:
    """Opens the Lock tab for something new, and the audition in it."""
    page.click("#rail [data-act=new_lock]")
    page.wait_for_selector("#audition", state="visible")
    page.click("#audition > button")
    page.wait_for_selector("#audition-start", state="visible")


def ask(page: Any, model: str, text: str = MAN, count: str = "4") -> None:
    page.fill("#audition-text textarea", text)
    page.fill("#audition-count :is(input, textarea)", count)
    page.fill("#audition-model input", model)
    page.press("#audition-model input", "Enter")
    page.click("#audition-start")


class TestWhatCannotBeDrawn:
    def test_it_is_said_at_once_in_one_sentence(self, room: Room, folder: Path, tmp_path: Path) -> None:
        page = room.visit()
        unfold(page)

        def said(words: str) -> None:
            """In the fold, and as the answer to the press: the next press counts only when this one is answered."""
            for where in ("#audition", "#toast"):
                page.wait_for_function(f"document.querySelector('{where}').textContent.includes({words!r})")

        ask(page, "stabilityai/stable-diffusion-xl-base-1.0")
        said("hf download stabilityai/stable-diffusion-xl-base-1.0 --revision")
        ask(page, str(tmp_path / "nowhere"))
        said("is no model that is known here")
        ask(page, str(folder), text=" ")
        said("Nothing was asked for; write who or what")
        ask(page, str(folder), count="99")
        said("wanted a whole number from 1 to 12")
        assert not list((room.store.data / "unfinished").glob("audition-*"))


class TestAnAudition:
    def test_four_candidates_appear_and_one_is_brought_and_locked(self, room: Room, folder: Path) -> None:
        page = room.visit()
        unfold(page)
        usual = MODELS[USUAL]
        page.wait_for_function(f"document.querySelector('#audition-lacks').innerText.includes({usual.about!r})")
        ask(page, str(folder))
        page.wait_for_selector("#audition-view .going")
        assert page.is_visible("#audition-stop")
        page.wait_for_selector("#audition-view figure img")
        page.wait_for_function("document.querySelectorAll('#audition-view figure img').length === 4", timeout=240_000)
        page.wait_for_selector("#audition-stop", state="hidden")
        assert page.query_selector("#audition-view .bad") is None
        assert "seed 10" in page.inner_text("#audition-view")
        page.click("#audition-view [data-number='3']")
        page.wait_for_function("document.querySelector('#picture').innerText.includes('candidate-3')")
        page.wait_for_selector("#face-view img")
        assert "64 × 64. It has no alpha" in page.inner_text("#lock-said")

        canvas = page.locator("#paint canvas").first
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.4)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.6, steps=8)
        page.mouse.up()
        page.fill("#lock-name :is(input, textarea)", "@old")
        page.click("#freeze")
        lock = until(lambda: next((k for k in room.store.locks() if k.name == "old"), None), 120)
        assert lock.subject == "photo" and f"“{MAN}”, seed 9" in lock.made_by["picture"]
        page.wait_for_function("document.querySelector('#lock-said').innerText.includes('seed 9')")

    def test_it_can_be_stopped_and_what_is_drawn_stays(self, room: Room, tmp_path: Path) -> None:
        page = room.visit()
        unfold(page)
        ask(page, str(tiny_model(tmp_path / "slower", side_px=256)), count="12")
        page.wait_for_selector("#audition-view figure img", timeout=240_000)
        page.click("#audition-stop")
        page.wait_for_function("document.querySelector('#audition-view').innerText.includes('Stopped.')")
        drawn = page.locator("#audition-view figure img").count()
        assert 1 <= drawn < 12 and page.locator("#audition-view .awaited").count() == 0
        left = max((room.store.data / "unfinished").glob("audition-*"), key=lambda p: p.stat().st_mtime)
        assert {p.suffix for p in left.iterdir()} == {".png", ".json"}
        assert origin((left / "1.png").read_bytes()).startswith("folder:")
