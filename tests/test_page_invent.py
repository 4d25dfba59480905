"""An engine that invents, from the page: a base take, a branch of two seeds on its pixels, in a real browser and with a real model of tiny size."""

from __future__ import annotations

from pathlib import Path

from sora_lock.engines.vace.models import SMALL
from tests.page_parts import BROWSING, Room, until
from tests.vace_parts import tiny_model

pytestmark = BROWSING


def write(page: object, field: str, text: str) -> None:
    page.fill(f"#{field} input, #{field} textarea", text)


class TestVace:
    def test_lays_a_branch_of_two_seeds_on_its_parent_and_shows_the_one_that_drifted_least(
        self, live: Room, tmp_path: Path
    ) -> None:
        model = tiny_model(tmp_path / "tiny")
        page = live.visit()
        write(page, "cast", "@mara in @alley")
        page.fill("#lines textarea", "day")
        write(page, "frames", "5")
        write(page, "size", "160x96")
        page.wait_for_function("document.querySelectorAll('#reading .lines li').length === 1")
        page.click("#shoot")
        page.wait_for_selector("#feed .tile.done video[src]", timeout=200_000)
        page.click("#feed .tile.done")
        page.click("#inspector [data-act=branch]")

        page.click("#engine input")
        page.click("[role=option]:has-text('vace')")
        page.wait_for_selector("#model input")
        page.fill("#model input", SMALL.id)
        page.press("#model input", "Enter")
        assert "hf download" in until(lambda: page.inner_text("#said") if "hf" in page.inner_text("#said") else "")
        page.fill("#model input", str(model))
        page.press("#model input", "Enter")
        page.click("#best-of input")
        page.click("[role=option]:has-text('2')")
        page.fill("#lines textarea", "a downpour at night, a dragon lands")

        page.wait_for_function("document.querySelector('#said').innerText.includes('held by reflectance')")
        assert "2 takes" in page.inner_text("#said")
        assert "as words" in page.inner_text("#reading")
        page.click("#shoot")
        page.wait_for_function(
            "document.querySelectorAll('#feed .seeds .tile.done video[src]').length === 2", timeout=300_000
        )
        takes = live.store.takes("SC010")[1:]
        assert [t.recipe.shot.generation.base for t in takes] == ["SC010_SH010_T001"] * 2
        assert len({t.recipe.shot.seed for t in takes}) == 2
        assert page.locator("#feed .seeds .front").count() == 1
        assert page.locator("#feed .seeds .behind").count() == 1
        assert "drifted least of 2" in page.inner_text("#feed .seeds .least")
        assert "base take and matte, only guided" in page.inner_text(
            "#feed .seeds .front"
        )  # random weights draw nobody
        page.click("#feed .seeds .behind")
        page.wait_for_function("document.querySelector('#inspector').innerText.includes('went by')")

        # a retake asks the same of the same base
        page.click("#inspector [data-act=retake]")
        again = until(lambda: next((j for j in live.store.jobs(scene="SC010") if j.id == 4), None), 60)
        assert again.recipe.shot.generation == takes[1].recipe.shot.generation
