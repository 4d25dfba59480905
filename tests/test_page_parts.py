"""Parts painted and estimates replaced on the page, in a real browser, until they are in the lock."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.composites import FIT, photograph
from sora_lock.media.exr import write_layers
from sora_lock.media.images import png, read_own
from tests.page_parts import BROWSING, Room, until

pytestmark = BROWSING
W, H = 240, 320


class TestACutOut:
    def test_is_painted_gets_a_file_and_is_frozen_with_both(self, live: Room, tmp_path: Path) -> None:
        truth = photograph(FIT[2], W, H, samples=1)
        rgba = np.dstack([truth.rgb, np.rint(truth.alpha * 255).astype(np.uint8)])
        page = live.visit()
        page.click("#rail [data-act=new_lock]")
        picture = {"name": "a.png", "mimeType": "image/png", "buffer": png(rgba)}
        page.set_input_files("#picture input[type=file]", picture)
        page.wait_for_selector("#face-view img")
        page.click("#cut")
        page.wait_for_function("document.querySelectorAll('#cut-view figure img').length === 5", timeout=120_000)
        page.wait_for_selector("#parts-paint canvas")
        assert page.inner_text("#parts-legend").startswith("face")
        assert page.inner_text("#cut-view").count("classical 1") == 4

        # a file in the place of the normals, and one that cannot be them
        write_layers(tmp_path / "n.exr", {"normal": np.where(truth.alpha[..., None] > 0.5, truth.normal, (0, 0, 1))})
        page.click("#replace button >> nth=0")
        page.set_input_files("#replace-file input[type=file]", {"name": "n.png", "mimeType": "image/png", "buffer": png(rgba[:9])})  # fmt: skip
        page.wait_for_function("document.querySelector('#toast').innerText.includes('wanted the same size')")
        assert "given" not in page.inner_text("#cut-view")
        page.click("#replace-file [aria-label='Clear']")
        page.set_input_files("#replace-file input[type=file]", str(tmp_path / "n.exr"))
        page.wait_for_function("document.querySelector('#cut-view').innerText.includes('given ')")

        # a stroke of the first colour, the face's, across the wardrobe
        page.evaluate("document.querySelector('#parts-legend').scrollIntoView()")
        page.wait_for_timeout(1500)
        box = page.locator("#parts-paint canvas").first.bounding_box()
        y = box["y"] + 0.82 * box["height"]
        page.mouse.move(box["x"] + 0.4 * box["width"], y)
        page.mouse.down()
        page.mouse.move(box["x"] + 0.6 * box["width"], y, steps=12)
        page.mouse.up()
        page.wait_for_timeout(1500)

        page.fill("#lock-name input, #lock-name textarea", "@ada")
        page.click("#freeze")
        lock = until(lambda: next((k for k in live.store.locks() if k.name == "ada"), None), 120)
        assert lock.made_by["normal"].startswith("given ") and lock.made_by["depth"] == "classical 1"
        assert {"face", "hair", "wardrobe"} <= {r.name for r in lock.regions}
        plate = read_own(live.store.blob(lock.anchors[0].regions_sha256).read_bytes())
        face = plate == 1 + [r.name for r in lock.regions].index("face")
        low = np.flatnonzero(face.any(axis=1)).max()
        proposed = np.flatnonzero((truth.parts == 1).any(axis=1)).max()
        assert low > proposed + 0.1 * H  # the stroke lies well below the chin
