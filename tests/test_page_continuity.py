"""Continuity on the page, in a real browser: signs, evidence, the worst frame in its box, the retake of what drifted, the report."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sora_lock.fanout import plan_fanout
from sora_lock.first_run import settle
from sora_lock.store import Store
from tests.page_parts import BROWSING, Room, serving, until
from tests.planted import drawn, finish, grid, shoot_all
from tests.vace_parts import tiny_model

pytestmark = BROWSING
SHOT: dict[str, Any] = {"scene": "SC010", "shot": "SH020", "cast": "@mara in @alley", "frames": 5, "width": 160, "height": 96}  # fmt: skip


@pytest.fixture(scope="module")
def planted(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A page on a planted comp take that drifted and, of the same shot, a steady comp take and a model's that drifted; nobody at work."""
    folder = tmp_path_factory.mktemp("continuity")
    store = Store.open(folder / "data")
    settle(store)
    grid(store, ["fog", "snow"])
    shoot_all(store, flag="wardrobe")
    plan_fanout(store, texts=["day"], **SHOT)
    shoot_all(store)
    model = tiny_model(folder / "tiny")
    plan_fanout(store, texts=["night, rain"], engine="vace", model=str(model), mode="references", **SHOT)
    while (job := store.lease("w")) is not None:
        if job.stage == "poster":
            store.poster_done(job.id, "w", store.put(b"poster"))
        else:
            finish(store, job, drawn(job.id, 160, 96), "w", flag="hair")
    with serving(folder / "data", worker=False) as address:
        yield Room(browser, address, store)
    store.close()


# What a sign looks like to somebody who sees no colours: its outline, and whether it is full, half full or hollow.
OUTLINE = """kind => { const e = document.createElement('i'); e.className = 'dot ' + kind; document.querySelector('#feed .dots').append(e);
  const s = getComputedStyle(e); const told = [s.clipPath !== 'none', s.backgroundImage !== 'none', s.backgroundColor !== 'rgba(0, 0, 0, 0)'].join();
  e.remove(); return told; }"""


class TestSigns:
    def test_differ_in_shape_and_are_said_in_the_name_of_their_tile(self, room: Room) -> None:
        page = room.visit()
        kinds = ("pass", "flag", "not_seen", "pass guided")
        assert len({page.evaluate(OUTLINE, kind) for kind in kinds}) == len(kinds)
        name = page.get_attribute("#feed .tile[data-take=SC010_SH020_T002]", "aria-label")
        assert "drifted: @mara wardrobe; 7 of 8 held" in name


class TestTheInspector:
    def test_shows_the_worst_frame_in_its_box_until_another_frame_is_shown(self, room: Room) -> None:
        page = room.visit(query="?take=SC010_SH020_T002")
        page.wait_for_selector("#inspector .look img")
        assert page.locator("#inspector .look img").count() == 2
        assert page.locator("#inspector .look svg.curve").count() == 1
        page.wait_for_function("document.querySelector('#inspector video').readyState >= 2")
        page.click("#inspector tr.flag [data-jump]")
        page.wait_for_function("document.querySelector('#inspector output.frame').textContent === '1012'")
        screen, worst = (page.locator(f"#inspector .{c}").bounding_box() for c in ("screen", "worst"))
        assert worst["x"] - screen["x"] == pytest.approx(screen["width"] * 100 / 320, abs=2)
        assert worst["height"] == pytest.approx(screen["height"] * 80 / 180, abs=3)
        page.keyboard.press(",")
        page.wait_for_function("!document.documentElement.classList.contains('boxed')")
        assert not page.locator("#inspector .worst").is_visible()

    def test_of_a_filmed_take_says_that_a_retake_would_drift_again(self, room: Room) -> None:
        page = room.visit(query="?take=SC010_SH020_T002")
        page.wait_for_selector("#inspector .remedy")
        assert "same for every seed" in page.inner_text("#inspector .remedy")
        assert page.locator("#inspector [data-act=improve]").count() == 0

    def test_retakes_what_a_model_let_drift_on_a_base_with_one_press(self, room: Room) -> None:
        page = room.visit(query="?take=SC010_SH020_T004")
        page.wait_for_selector("#inspector [data-act=improve]")
        assert "T003" in page.inner_text("#inspector .remedy")
        before = len(room.store.jobs(scene="SC010"))
        page.click("#inspector [data-act=improve]")
        until(lambda: len(room.store.jobs(scene="SC010")) > before, 60)
        recipe = room.store.jobs(scene="SC010")[-1].recipe
        assert recipe.shot.generation is not None
        assert (recipe.shot.generation.mode, recipe.shot.generation.base) == ("matte", "SC010_SH020_T003")
        assert recipe.shot.seed == 8
        assert room.store.jobs(scene="SC010")[-1].parent == "SC010_SH020_T004"
        coming = room.store.jobs(scene="SC010")[-1].take[-4:]
        page.wait_for_function(
            f"document.querySelector('#inspector .remedy').innerText.startsWith('On its way: {coming}.')"
        )
        page.click("#inspector [data-act=improve]")
        until(lambda: len(room.store.jobs(scene="SC010")) > before + 1, 60)
        assert room.store.jobs(scene="SC010")[-1].recipe.shot.seed == 9


class TestTheReport:
    def test_of_all_takes_is_written_by_a_press_and_offered(self, room: Room, tmp_path: Path) -> None:
        page = room.visit()
        page.click("#dock-tabs [role=tab][data-tab-id=export]")
        page.click("#report-go")
        link = page.locator("#export-said .files a[href$='SC010_continuity.html']")
        link.wait_for(timeout=120_000)
        with page.expect_download() as got:
            link.click()
        text = Path(got.value.path()).read_text("utf-8")
        assert "SC010_SH020_T004" in text and "<script" not in text
        assert page.locator("#export-said .files a[href$='SC010_continuity.pdf']").count() == 1
