"""Taking a scene along: reel, sheet, timeline and media in one folder, whole or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest
from PIL import Image

from sora_lock.errors import NotFoundError, StoreUnwritableError
from sora_lock.export import export_scene
from sora_lock.export.selects import selects
from sora_lock.export.sheet import DARK, HEIGHT, PRINT, WIDTH, draw_sheet, pdf
from sora_lock.media.video import frame_count
from sora_lock.store import Store
from tests.export_parts import shoot_take, three_takes


class TestFolder:
    def test_holds_reel_sheet_timeline_and_media_and_nothing_else(self, store: Store, tmp_path: Path) -> None:
        takes = three_takes(store, tmp_path)
        written = export_scene(store, "SC010", tmp_path / "edit", True)
        assert written[0].name == "SC010_reel.mp4"
        assert sorted(p.name for p in (tmp_path / "edit").iterdir()) == sorted(p.name for p in written)
        assert {p.name for p in written} == {
            "SC010_reel.mp4", "SC010_sheet.pdf", "SC010_sheet.png", "SC010_continuity.html", "SC010_continuity.pdf", "SC010.otio",
            "SC010_SH020_T001.mp4", "SC010_SH020_T001.mkv", "SC010_SH020_T003.mp4", "SC010_SH020_T003.mkv",
        }  # fmt: skip
        master = tmp_path / "edit" / "SC010_SH020_T001.mkv"
        assert master.read_bytes() == store.blob(takes[0].files["master.mkv"]).read_bytes()

    def test_is_replaced_by_a_second_export(self, store: Store, tmp_path: Path) -> None:
        three_takes(store, tmp_path)
        first = export_scene(store, "SC010", tmp_path / "edit", True)
        assert export_scene(store, "SC010", tmp_path / "edit", True) == first

    def test_nothing_is_made_when_there_is_nothing_to_export(self, store: Store, tmp_path: Path) -> None:
        shoot_take(store, tmp_path)
        for scene in ("SC010", "SC999"):
            with pytest.raises(NotFoundError):
                export_scene(store, scene, tmp_path / "edit", True)
        assert not (tmp_path / "edit").exists()

    def test_a_failure_leaves_nothing_half_written(self, store: Store, tmp_path: Path) -> None:
        takes = three_takes(store, tmp_path)
        blob = store.blob(takes[2].files["master.mkv"])
        blob.chmod(0o644)
        blob.write_bytes(blob.read_bytes()[:100])
        with pytest.raises(Exception, match=r"SC010_SH020_T003|film"):
            export_scene(store, "SC010", tmp_path / "edit", True)
        assert list((tmp_path / "edit").iterdir()) == []

    def test_a_file_where_the_folder_should_be_is_said(self, store: Store, tmp_path: Path) -> None:
        three_takes(store, tmp_path)
        (tmp_path / "edit").write_text("in the way")
        with pytest.raises(StoreUnwritableError, match="cannot be written"):
            export_scene(store, "SC010", tmp_path / "edit", True)


class TestTimeline:
    def test_clips_point_at_the_media_beside_it(self, store: Store, tmp_path: Path) -> None:
        three_takes(store, tmp_path)
        export_scene(store, "SC010", tmp_path / "edit", True)
        made = otio.adapters.read_from_file(str(tmp_path / "edit" / "SC010.otio"))
        clips = list(made.find_clips())
        assert [c.name for c in clips] == ["SC010_SH020_T001", "SC010_SH020_T003"]
        for clip in clips:
            assert set(clip.media_references()) == {"DEFAULT_MEDIA", "master"}
            for reference in clip.media_references().values():
                path = tmp_path / "edit" / reference.target_url
                assert frame_count(path) == reference.available_range.duration.value == 6

    @pytest.mark.parametrize(
        ("fps", "start"), [("24", 86400), ("24000/1001", 86400), ("30000/1001", 108000), ("25", 90000)]
    )
    def test_rates_are_exact_and_timecode_starts_at_one_hour(
        self, store: Store, tmp_path: Path, fps: str, start: int
    ) -> None:
        shoot_take(store, tmp_path, fps=fps)
        export_scene(store, "SC010", tmp_path / "edit", False)
        made = otio.adapters.read_from_file(str(tmp_path / "edit" / "SC010.otio"))
        assert made.global_start_time.value == start
        (clip,) = made.find_clips()
        top, _, bottom = fps.partition("/")
        assert clip.source_range.duration.rate == pytest.approx(int(top) / int(bottom or 1), abs=1e-9)
        assert (clip.source_range.start_time.value, clip.source_range.duration.value) == (0, 6)
        assert otio.opentime.to_timecode(made.global_start_time, made.global_start_time.rate, False) == "01:00:00:00"

    def test_carries_what_an_edit_may_want_to_know(self, store: Store, tmp_path: Path) -> None:
        takes = three_takes(store, tmp_path, ("golden hour, wistful", "rain", "fog"))
        store.comment(takes[0].take, 3, "hold “this” ${frame}", "jon")
        export_scene(store, "SC010", tmp_path / "edit", True)
        clip = next(iter(otio.adapters.read_from_file(str(tmp_path / "edit" / "SC010.otio")).find_clips()))
        facts = clip.metadata["sora_lock"]
        assert (facts["take"], facts["mark"], facts["seed"]) == (takes[0].take, "circled", "0")
        assert list(facts["unread"]) == ["wistful"]
        assert facts["recipe_sha256"] == takes[0].recipe_sha256
        assert facts["grips"]["mara"]["face"]["grip"] == "reflectance"
        (marker,) = clip.markers
        assert (marker.marked_range.start_time.value, marker.name) == (3, "hold “this” ${frame}")

    def test_reels_stay_apart_in_an_edit_list_that_keeps_eight_characters(self, store: Store, tmp_path: Path) -> None:
        three_takes(store, tmp_path)
        export_scene(store, "SC010", tmp_path / "edit", True)
        clips = otio.adapters.read_from_file(str(tmp_path / "edit" / "SC010.otio")).find_clips()
        reels = [c.metadata["cmx_3600"]["reel"] for c in clips]
        assert reels == ["10020001", "10020003"]
        assert all(len(r) == 8 for r in reels)

    def test_is_plain_json(self, store: Store, tmp_path: Path) -> None:
        shoot_take(store, tmp_path, seed=2**63 - 1)
        export_scene(store, "SC010", tmp_path / "edit", False)
        assert json.loads((tmp_path / "edit" / "SC010.otio").read_text())["OTIO_SCHEMA"].startswith("Timeline")


class TestSheet:
    def test_dark_for_the_room_and_white_for_the_printer(self, store: Store, tmp_path: Path) -> None:
        three_takes(store, tmp_path)
        export_scene(store, "SC010", tmp_path / "edit", True)
        with Image.open(tmp_path / "edit" / "SC010_sheet.png") as page:
            assert page.width == WIDTH
            assert page.height < HEIGHT
            assert max(page.getpixel((20, 20))) < 20
        data = (tmp_path / "edit" / "SC010_sheet.pdf").read_bytes()
        assert data.startswith(b"%PDF-")
        assert data.count(b"/Type /Page\n") + data.count(b"/Type /Page ") + data.count(b"/Type /Page>") == 1

    def test_many_takes_go_over_several_pages(self, store: Store, tmp_path: Path) -> None:
        three_takes(store, tmp_path)
        one = selects(store, "SC010", True)[0]
        many = [replace(one, said=f"variation {i}, “größe” 你好 ${{x}} " * 6) for i in range(19)]
        pages = draw_sheet(
            many, lambda _: Image.new("RGB", (160, 90), (90, 60, 40)), PRINT, scene="SC010", what="takes"
        )
        assert len(pages) == 3
        assert all(np.asarray(p).std() > 5 for p in pages)
        assert pdf(pages, "SC010").count(b"/Contents") == 3

    def test_a_flag_is_told_by_shape_not_by_colour_alone(self, store: Store, tmp_path: Path) -> None:
        three_takes(store, tmp_path)
        one = selects(store, "SC010", True)[0]
        calm = replace(
            one,
            held=tuple(
                tuple(replace(h, finding=replace(h.finding, status="pass")) for h in by if h.finding) for by in one.held
            ),
        )

        def grey(select) -> np.ndarray:
            page = draw_sheet([select], lambda _: Image.new("RGB", (160, 90)), DARK, scene="SC010")[0]
            return np.asarray(page.convert("L"))

        assert (np.abs(grey(one).astype(int) - grey(calm)) > 40).sum() > 50

    @pytest.mark.parametrize("count", [1, 3, 4, 8])
    def test_any_number_of_takes_has_a_place_on_the_page(self, store: Store, tmp_path: Path, count: int) -> None:
        three_takes(store, tmp_path)
        one = selects(store, "SC010", True)[0]
        pages = draw_sheet([one] * count, lambda _: Image.new("RGB", (90, 160), (200, 0, 0)), DARK, scene="SC010")
        assert len(pages) == 1
        red = (np.asarray(pages[0])[..., 0] > 190) & (np.asarray(pages[0])[..., 1] < 20)
        assert red.sum() > 20_000 * count
