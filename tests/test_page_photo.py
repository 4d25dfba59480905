"""A photograph without a matte, from the file to a grid under six lights, and consent, in a real browser."""

from __future__ import annotations

import numpy as np

from sora_lock.direction import read
from sora_lock.engines import Scene
from sora_lock.engines.comp.scene import PreparedScene
from sora_lock.engines.comp.take import Filming
from sora_lock.media import film, images
from sora_lock.paths import shipped
from tests.baked_parts import actor, shot
from tests.page_parts import BROWSING, Room, until

pytestmark = BROWSING
LIGHTS = ("overcast day", "golden hour", "chiaroscuro", "neon night, fog", "rembrandt", "moonlight, rain")


def portrait() -> bytes:
    """Noor in the kitchen in soft light, PNG: a portrait in front of a busy background, without a matte."""
    prepared = PreparedScene(
        Scene((actor(shipped()["noor"], "noor"),), actor(shipped()["kitchen"], "kitchen"), 360, 480)
    )
    layers = Filming(prepared, shot(prepared.scene), read("overcast day, medium close-up")).frame(0, aov=False)
    return images.png(film.develop(layers.picture))


class TestAPhotograph:
    def test_goes_from_the_file_to_a_grid_under_six_lights(self, live: Room) -> None:
        page = live.visit()
        page.click("#rail [data-act=new_lock]")
        page.set_input_files(
            "#picture input[type=file]", {"name": "a.png", "mimeType": "image/png", "buffer": portrait()}
        )
        page.wait_for_selector("#face-view img")
        page.click("#cut")
        page.wait_for_function("document.querySelectorAll('#cut-view figure img').length === 5", timeout=240_000)
        assert page.inner_text("#cut-view").count("classical 1") == 4
        page.fill("#lock-name input, #lock-name textarea", "@ada")
        page.click("#freeze")
        lock = until(lambda: next((k for k in live.store.locks() if k.name == "ada"), None), 120)
        assert lock.subject == "brought/relief"
        assert set(lock.made_by) == {"reflectance", "normal", "depth"}
        page.click("#dock-tabs [role=tab][data-tab-id=compose]")
        page.fill("#cast input, #cast textarea", "@ada in @alley")
        page.fill("#lines textarea", "\n".join(LIGHTS))
        page.fill("#frames input, #frames textarea", "2")
        page.fill("#size input, #size textarea", "480x270")
        page.wait_for_function("document.querySelectorAll('#reading .lines li').length === 6")
        page.click("#shoot")
        page.wait_for_function("document.querySelectorAll('#feed .tile.done video[src]').length === 6", timeout=400_000)
        takes = live.store.takes("SC010")
        # a sliver of neck may be proposed as her body: too narrow to have a core
        large = ("face", "expression", "hair", "wardrobe")
        assert {t.grips["ada"][a].grip for t in takes for a in large} == {"reflectance"}
        posters = [images.read_image(live.store.blob(t.files["poster.jpg"]).read_bytes())[..., :3] for t in takes]
        means = np.array([p.mean(axis=(0, 1)) for p in posters])
        assert (
            np.abs(means[:, None] - means[None]).max(axis=2)[np.triu_indices(6, 1)].min() > 1.5
        )  # six lights, not one

        # a person's consent: recorded, withdrawn, and then nothing more is shot of them
        page.click("#dock-tabs [role=tab][data-tab-id=lock]")
        page.click("#consent button >> nth=0")
        for field, text in (("person", "Ada Example"), ("basis", "release form")):
            page.fill(f"#{field} input, #{field} textarea", text)
        page.click("#consent-record")
        page.wait_for_function("document.querySelector('#consent-said').innerText.includes('Ada Example')")
        page.click("#consent-revoke")
        page.wait_for_function("document.querySelector('#feed').innerText.includes('consent of @ada withdrawn')")
        page.click("#dock-tabs [role=tab][data-tab-id=compose]")
        page.fill("#lines textarea", "day")
        page.wait_for_function("document.querySelectorAll('#reading .lines li').length === 1")
        page.click("#shoot")
        page.wait_for_function("document.querySelector('#toast').innerText.includes('revoked on')")
        assert len(live.store.jobs(scene="SC010")) == 6
