"""Takes by vace through the whole path: planned, worked through one after the other, held, judged and kept; the real pipeline at tiny size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from sora_lock.colour import coded, linear_from_srgb
from sora_lock.composite import inner
from sora_lock.engines.vace import pipe
from sora_lock.engines.vace.models import identity
from sora_lock.errors import MediaError, NotFoundError, ShotError
from sora_lock.fanout import plan_fanout
from sora_lock.filmed import finished
from sora_lock.freeze import freeze_brought
from sora_lock.hold import Hold
from sora_lock.media.video import read_frames
from sora_lock.records import Recipe, Take
from sora_lock.resolve import resolve
from sora_lock.store import Store
from sora_lock.worker import run
from tests.brought_parts import dome
from tests.vace_parts import tiny_model

SIZE = {"width": 160, "height": 96, "frames": 5}
FREE = {"alley": {"layout": "free", "props": "free", "surfaces": "free"}}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return tiny_model(tmp_path_factory.mktemp("vace") / "tiny")


def made(store: Store, lines: list[str], **how: Any) -> list[Take]:
    """The takes of a fan-out, worked through."""
    cell = plan_fanout(store, scene="SC010", shot="SH020", cast="@mara in @alley", texts=lines, **SIZE, **how)
    kept: dict[str, Any] = {}
    while (job := store.lease("test", 60.0)) is not None:
        run(store, job, "test", kept)
    done = list(store.jobs(cell=cell.id))
    assert [j.error for j in done if j.state != "done"] == []
    return [store.take(j.take) for j in done]


def frames(store: Store, take: Take) -> list[np.ndarray]:
    return list(read_frames(store.blob(take.files["master.mkv"])))


def by_vace(model: Path, **more: Any) -> dict[str, Any]:
    return {"engine": "vace", "model": str(model), "steps": 2, **more}


class TestTakes:
    def test_three_queued_come_out_in_turn_blocked_by_comp_and_guided(self, stage: Store, model: Path) -> None:
        takes = made(stage, ["night", "fog", "snow, no rain"], **by_vace(model))
        assert [t.recipe.shot.generation.mode for t in takes] == ["blocked"] * 3  # type: ignore[union-attr]
        assert len({t.files["master.mkv"] for t in takes}) == 3
        assert all(len(frames(stage, t)) == 5 for t in takes)
        grips = {g.grip for t in takes for by in t.grips.values() for g in by.values()}
        assert grips <= {"guided"}
        assert takes[0].recipe.shot.generation.model == identity(str(model))  # type: ignore[union-attr]

    def test_a_branch_keeps_the_held_core_of_its_base_byte_for_byte_whatever_the_weights_say(
        self, stage: Store, model: Path
    ) -> None:
        (base,) = made(stage, ["golden hour"])
        (take,) = made(stage, ["a dog runs past"], parent=base.take, overrides=FREE, **by_vace(model))
        how = take.recipe.shot.generation
        assert how is not None and (how.mode, how.hold, how.base) == ("matte", "pixel", base.take)
        ready = resolve(stage, take.recipe, {})
        assert ready.guide is not None
        for frame, (old, new) in enumerate(zip(frames(stage, base), frames(stage, take), strict=True)):
            kept = inner(ready.guide.held(frame)) >= 1
            assert kept.sum() > 200 and np.array_equal(old[kept], new[kept])
            assert not np.array_equal(old[~kept], new[~kept])

    def test_another_light_is_held_by_reflectance_and_a_colour_drift_in_the_model_s_output_lowers_its_grip(
        self, stage: Store, model: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (base,) = made(stage, ["overcast"])
        real, pictures = pipe.Pipe.shoot, frames(stage, base)
        ready = resolve(stage, base.recipe, {})
        coats = [n for n, r in enumerate(ready.regions, 1) if r.part == "coat"]
        walk = finished(ready, Hold(ready.actors, ready.regions), cancelled=lambda: False, aov=lambda f: False)
        where = [np.isin(layers.region, coats) for _, layers, _ in walk]

        def drawing(turn: int) -> Any:
            """The real call; but random weights draw nobody, so the base under a warmer light, its coat turned in hue, takes the picture's place."""

            def shoot(self: Any, *args: Any, **more: Any) -> np.ndarray:
                out = []
                for rgb, coat in zip(pictures[: len(real(self, *args, **more))], where, strict=False):
                    lit = coded(linear_from_srgb(rgb) * np.array([1.1, 1.0, 0.85], np.float32))
                    hsv = cv2.cvtColor(lit, cv2.COLOR_RGB2HSV)
                    hsv[coat, 0] = (hsv[coat, 0].astype(int) + turn) % 180
                    out.append(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB))
                return np.stack(out)

            return shoot

        grips = {}
        for turn in (0, 20):
            monkeypatch.setattr(pipe.Pipe, "shoot", drawing(turn))
            (take,) = made(stage, ["golden hour"], parent=base.take, seed=turn, **by_vace(model))
            how = take.recipe.shot.generation
            assert how is not None and (how.mode, how.hold) == ("matte", "reflectance")
            grips[turn] = take.grips["mara"]
        assert grips[0]["wardrobe"].grip == "reflectance" and "residual" in grips[0]["wardrobe"].note
        assert grips[20]["wardrobe"].grip == "guided" and "code values from R x S" in grips[20]["wardrobe"].note

    def test_the_same_asked_again_gives_the_same_bytes(self, stage: Store, model: Path) -> None:
        one, two = (made(stage, ["night"], mode="references", **by_vace(model))[0] for _ in range(2))
        assert one.files["master.mkv"] == two.files["master.mkv"] and one.recipe_sha256 == two.recipe_sha256

    def test_side_by_side_each_line_is_shot_with_the_lock_off_by_references_and_gripped_from_one_seed(
        self, stage: Store, model: Path
    ) -> None:
        (base,) = made(stage, ["day"])
        cell = plan_fanout(
            stage, scene="SC010", shot="SH020", cast="@mara in @alley", texts=["night", "fog"], parent=base.take, mode="compare", **SIZE, **by_vace(model)
        )  # fmt: skip
        recipes = [job.recipe for job in stage.jobs(cell=cell.id)]
        assert [(r.direction.text, r.shot.generation.mode) for r in recipes] == [
            (line, mode) for line in ("night", "fog") for mode in ("text", "references", "matte")
        ]  # fmt: skip
        assert len({r.shot.seed for r in recipes}) == 1 and cell.body["texts"] == ["night", "fog"]
        stage.cancel([job.id for job in stage.jobs(cell=cell.id)])


class TestResolving:
    def test_a_scene_that_its_own_guide_pushes_out_of_what_is_kept_is_still_there(self, stage: Store, model: Path) -> None:  # fmt: skip
        def recipe(mode: str) -> Recipe:
            cell = plan_fanout(stage, scene="SC010", shot="SH020", cast="@mara in @alley", texts=["fog"], mode=mode, **SIZE, **by_vace(model))  # fmt: skip
            return stage.jobs(cell=cell.id)[0].recipe

        kept: dict[str, Any] = {}
        first = resolve(stage, recipe("references"), kept)
        kept |= {"another": first, "a third": first}
        ready = resolve(stage, recipe("blocked"), kept)
        assert ready.prepared is first.prepared and ready.guide is not None

    def test_only_of_what_ships_there_are_words_for_the_model(self, stage: Store, model: Path) -> None:
        picture, plates = dome()
        freeze_brought(stage, "ada", "character", picture, plates)
        cell = plan_fanout(
            stage, scene="SC010", shot="SH020", cast="@ada and @mara in @alley", texts=["fog"], mode="references", **SIZE, **by_vace(model)
        )  # fmt: skip
        ready = resolve(stage, stage.jobs(cell=cell.id)[0].recipe, {})
        assert [a.about[:7] for a in ready.actors] == ["", "A woman", "A narro"]


class TestADirectory:
    def test_is_named_by_its_whole_path_since_workers_stand_elsewhere(
        self, stage: Store, model: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(model.parent)
        asked = by_vace(model) | {"model": model.name, "mode": "references"}
        cell = plan_fanout(stage, scene="SC010", shot="SH020", cast="@mara in @alley", texts=["night"], **SIZE, **asked)
        made = stage.jobs(cell=cell.id)[0].recipe.shot.generation
        assert made is not None and made.named == str(model)


class TestWhatIsRefusedBeforeAJobExists:
    def test_are_sizes_lengths_and_models_that_cannot_be_shot(self, stage: Store, model: Path, tmp_path: Path) -> None:
        spoilt = tiny_model(tmp_path / "spoilt")
        (spoilt / "vae" / "diffusion_pytorch_model.safetensors").write_bytes(b"\x80\x04]\x94." * 9)
        asked: list[tuple[dict[str, Any], type, str]] = [
            (by_vace(model) | {"width": 168}, ShotError, "the nearest is 176x96 with 5"),
            (by_vace(model) | {"frames": 6}, ShotError, "the nearest is 160x96 with 5"),
            (by_vace(tmp_path / "none"), NotFoundError, "There is no model"),
            (by_vace(spoilt), MediaError, "no safetensors file"),
        ]
        for how, error, said in asked:
            with pytest.raises(error, match=said):
                plan_fanout(stage, scene="SC010", shot="SH020", cast="@mara in @alley", texts=["night"], **(SIZE | how))
        assert stage.lease("test", 60.0) is None
