"""Hosted takes through the whole path: planned, asked for by the worker's hands, held, judged and kept."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from huggingface_hub.inference._providers import fal_ai

from sora_lock.errors import EngineUnavailableError
from sora_lock.fanout import plan_fanout
from sora_lock.hold import core
from sora_lock.media.video import read_frames
from sora_lock.resolve import resolve
from sora_lock.store import Job, Store
from sora_lock.worker import run
from tests.hosted_parts import TOKEN, Answer, Cloud, clouded, stepped


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Cloud]:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setattr(fal_ai, "_POLLING_INTERVAL", 0.05)
    with clouded() as made:
        made.clip = stepped(tmp_path)
        yield made


def asked(store: Store, cloud: Cloud, **how: Any) -> list[Job]:
    """A fan-out of one line over mara in the alley, worked through; its jobs."""
    told = {"size": (160, 90), "frames": 4} | how
    width, height = told.pop("size")
    cell = plan_fanout(
        store, scene="SC010", shot="SH020", cast="@mara in @alley", texts=["a dog runs past"], width=width,
        height=height, engine="hosted", model=f"fal-ai/{cloud.model}", who="test", **told,
    )  # fmt: skip
    kept: dict[str, Any] = {}
    while (job := store.lease("test", 60.0)) is not None:
        run(store, job, "test", kept)
    return list(store.jobs(cell=cell.id))


class TestTakes:
    def test_a_clip_by_references_becomes_a_take_held_by_nothing_but_the_asking(
        self, stage: Store, cloud: Cloud, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        (job,) = asked(stage, cloud, mode="references")
        assert job.state == "done", job.error
        take = stage.take(job.take)
        frames = list(read_frames(stage.blob(take.files["master.mkv"])))
        assert [f.shape for f in frames] == [(90, 160, 3)] * 4
        assert np.abs(frames[0][45, 80].astype(int) - 40).max() <= 6
        assert {grip.grip for by in take.grips.values() for grip in by.values()} == {"guided"}
        assert any("fal-ai chooses size and length" in said for said in take.cannot)
        assert cloud.count("submit") == 1
        kept = b"".join(p.read_bytes() for p in stage.data.rglob("*") if p.is_file())
        assert cloud.model.encode() in kept
        assert TOKEN.encode() not in kept
        assert TOKEN not in caplog.text

    def test_a_blocked_one_starts_from_what_comp_filmed(self, stage: Store, cloud: Cloud) -> None:
        cloud.task = "image-to-video"
        (job,) = asked(stage, cloud)
        assert job.state == "done", job.error
        assert stage.take(job.take).recipe.shot.generation.mode == "blocked"
        assert cloud.asked("submit").told["image_url"].startswith("data:image/jpeg")

    def test_a_branch_whose_geometry_stands_is_held_by_the_pixels_of_its_base_whatever_came_back(
        self, stage: Store, cloud: Cloud
    ) -> None:
        plan = {"scene": "SC010", "shot": "SH020", "cast": "@mara in @alley", "width": 160, "height": 90, "frames": 4}
        plan_fanout(stage, texts=["day"], **plan)
        kept: dict[str, Any] = {}
        while (waiting := stage.lease("test", 60.0)) is not None:
            run(stage, waiting, "test", kept)
        base = stage.takes("SC010")[0]
        cloud.task = "image-to-video"
        free = {"alley": {"layout": "free", "props": "free", "surfaces": "free"}}
        (job,) = asked(stage, cloud, parent=base.take, overrides=free)
        assert job.state == "done", job.error
        take = stage.take(job.take)
        how = take.recipe.shot.generation
        assert how is not None and (how.mode, how.hold) == ("matte", "pixel")
        assert take.grips["mara"]["wardrobe"].grip == "pixel"
        guide = resolve(stage, take.recipe, {}).guide
        assert guide is not None
        masters = [read_frames(stage.blob(t.files["master.mkv"])) for t in (base, take)]
        for frame, (old, new) in enumerate(zip(*masters, strict=True)):
            inside = core(guide.held(frame))
            assert inside.sum() > 200 and np.array_equal(old[inside], new[inside])
            assert not np.array_equal(old[~inside], new[~inside])

    def test_a_refused_token_is_told_on_the_tile_and_nothing_is_kept(
        self, stage: Store, cloud: Cloud, caplog: pytest.LogCaptureFixture
    ) -> None:
        cloud.instead["submit"] = [Answer(401, b'{"error": "no: %s"}' % TOKEN.encode())]
        (job,) = asked(stage, cloud, mode="references")
        assert job.state == "failed"
        assert "The token was refused for fal-ai (401)" in job.error
        assert TOKEN not in caplog.text + job.error

    def test_a_provider_without_clips_is_refused_before_anything_is_written(self, stage: Store, cloud: Cloud) -> None:
        cloud.model = "owner"
        with pytest.raises(EngineUnavailableError, match="wanted PROVIDER/OWNER/NAME"):
            asked(stage, cloud)
        assert stage.lease("test", 60.0) is None
