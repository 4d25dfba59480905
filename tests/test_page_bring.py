"""A location still, a clip, a render and a model, from the file to a lock, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sora_lock.records import Lock
from tests.clip_parts import film
from tests.model_parts import crate
from tests.page_parts import BROWSING, Room, until
from tests.still_parts import H, W, location

pytestmark = BROWSING
RENDER = Path(__file__).parent / "renders" / "blender.exr"


def bring(page: Any, kind: str, name: str, data: bytes) -> None:
    """Opens the Lock tab for something new of a kind, and drops a file."""
    page.click("#rail [data-act=new_lock]")
    page.wait_for_selector("#picture input[type=file]", state="attached")
    if kind != "character":
        page.click(f"#lock-kind label:has-text('{kind}')")
        page.wait_for_selector(f"#lock-kind label.selected:has-text('{kind}')")
    mime = {"png": "image/png", "mp4": "video/mp4", "glb": "model/gltf-binary", "exr": "image/x-exr"}[name[-3:]]
    page.set_input_files("#picture input[type=file]", {"name": name, "mimeType": mime, "buffer": data})


def made_ready(page: Any, figures: int) -> None:
    page.click("#cut")
    page.wait_for_function(
        f"document.querySelectorAll('#cut-view figure').length >= {figures} || document.querySelector('#cut-view .bad')",
        timeout=240_000,
    )
    assert page.query_selector("#cut-view .bad") is None


def frozen(live: Room, page: Any, name: str) -> Lock:
    page.fill("#lock-name input, #lock-name textarea", f"@{name}")
    page.click("#freeze")
    return until(lambda: next((k for k in live.store.locks() if k.name == name), None), 120)


class TestALocationStill:
    def test_becomes_a_set_by_a_few_drags_and_somebody_stands_in_it(self, live: Room) -> None:
        here, page = location("alley"), live.visit()
        bring(page, "set", "street.png", here.data)
        page.wait_for_selector("#survey-view figure img")
        page.wait_for_function("document.querySelectorAll('#survey-view line.grid').length > 50")
        survey = here.survey
        assert survey.horizon is not None and survey.upright is not None
        at = page.locator("#survey-view figure")

        def drag(*points: tuple[float, float]) -> None:
            at.scroll_into_view_if_needed()
            box = at.bounding_box()
            placed = [(box["x"] + x / W * box["width"], box["y"] + y / H * box["height"]) for x, y in points]
            page.mouse.move(*placed[0])
            page.mouse.down()
            page.mouse.move(*placed[-1], steps=5)
            page.mouse.up()

        def field(name: str) -> list[float]:
            return [float(v) for v in page.input_value(f"#{name} :is(input, textarea)").split(",") if v.strip()]

        drag((20, survey.horizon[0][1]), (W - 20, survey.horizon[1][1]))
        drag(*survey.upright)  # the next tool is at hand when a line is drawn
        page.fill("#upright-m :is(input, textarea)", "2")
        drag((300, 320), (330, 320))
        assert field("horizon") == pytest.approx([20, 180, W - 20, 180], abs=3)
        assert field("upright") == pytest.approx([v for p in survey.upright for v in p], abs=3)
        assert field("mark-px") == pytest.approx([330, 320], abs=3)
        assert page.locator("#survey-view line.figure").count() == 3
        made_ready(page, 3)
        lock = frozen(live, page, "street")
        assert (lock.kind, lock.subject) == ("set", "brought/place")
        page.click("#dock-tabs [role=tab][data-tab-id=compose]")
        page.fill("#cast :is(input, textarea)", "@mara in @street")
        page.fill("#lines textarea", "golden hour")
        page.fill("#frames :is(input, textarea)", "2")
        page.fill("#size :is(input, textarea)", "480x270")
        page.wait_for_function("document.querySelectorAll('#reading .lines li').length === 1")
        page.click("#shoot")
        page.wait_for_function("document.querySelectorAll('#feed .tile.done video[src]').length === 1", timeout=200_000)
        (take,) = live.store.takes("SC010")
        assert {g.grip for g in take.grips["street"].values()} == {"reflectance"}
        assert take.grips["mara"]["wardrobe"].grip == "reflectance"


class TestAClip:
    def test_is_cut_out_corrected_at_a_frame_and_frozen(self, live: Room) -> None:
        page = live.visit()
        bring(page, "character", "walk.mp4", film(8))
        made_ready(page, 4)
        page.wait_for_selector("#key input[type=range], #key input[type=number]")
        assert page.locator("#cut-view video").count() == 2
        page.fill("#key input[type=number]", "5")
        page.press("#key input[type=number]", "Enter")
        page.uncheck("#relight input")
        lock = frozen(live, page, "walker")
        assert lock.subject == "clip"
        assert len(lock.frames) == 8


class TestCg:
    def test_a_render_brings_its_own_plates(self, live: Room) -> None:
        page = live.visit()
        bring(page, "character", "figure.exr", RENDER.read_bytes())
        made_ready(page, 5)
        lock = frozen(live, page, "cg")
        assert lock.subject == "brought/relief"
        assert all(who.startswith("render ") for who in lock.made_by.values())

    def test_a_model_becomes_a_prop(self, live: Room) -> None:
        page = live.visit()
        bring(page, "prop", "crate.glb", crate().data())
        made_ready(page, 3)
        lock = frozen(live, page, "crate")
        assert (lock.kind, lock.subject) == ("prop", "brought/model")

    def test_what_is_none_of_these_is_refused_in_words(self, live: Room) -> None:
        page = live.visit()
        bring(page, "prop", "crate.glb", crate().data()[:200])
        page.click("#cut")
        page.wait_for_selector("#cut-view .bad", timeout=60_000)
        assert "GLB" in page.inner_text("#cut-view .bad")
        assert list((live.store.data / "unfinished").glob("cut-*")) == []
