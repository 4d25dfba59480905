"""Which models can be auditioned with, where their weights lie, and what is said when they do not."""

from __future__ import annotations

import inspect
import json
import socket
from pathlib import Path

import pytest

from sora_lock.audition.models import MODELS, PIPELINES, USUAL, find
from sora_lock.engines.vace.models import MINI
from sora_lock.errors import EngineUnavailableError, MediaError, NotFoundError
from sora_lock.paths import ASSETS
from tests.audition_parts import tiny_model
from tests.vace_parts import needs_mini

torch = pytest.importorskip("torch")
PINNED = [name for name, pinned in MODELS.items() if pinned.weights is not None]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own; a connection is an error."""
    from huggingface_hub import constants

    def refuse(*args: object, **more: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


class TestTheAllowList:
    def test_every_pin_is_a_whole_commit_and_what_is_asked_of_it_can_be_drawn(self) -> None:
        for name, pinned in MODELS.items():
            if pinned.weights is None:
                continue
            assert name == pinned.id == pinned.weights.repository and pinned.weights.licence
            assert len(pinned.weights.commit) == 40 and set(pinned.weights.commit) <= set("0123456789abcdef")
            assert all(side % 16 == 0 for side in (*pinned.upright, *pinned.wide))
            assert pinned.upright[0] < pinned.upright[1] and pinned.wide[0] > pinned.wide[1]

    def test_what_is_shipped_is_drawn_with_as_vace_shoots_with_it(self) -> None:
        drawn = MODELS[MINI.id]
        assert drawn.upright == drawn.wide == (MINI.width, MINI.height)
        assert (drawn.name, drawn.steps, drawn.guidance) == (MINI.label, MINI.steps, MINI.guidance)

    @needs_mini
    def test_the_usual_one_is_shipped_and_needs_nothing_from_anywhere(self) -> None:
        found = find("")
        assert found == find(USUAL) and found.folder.is_relative_to(ASSETS)
        assert found.identity().startswith("mini:")

    def test_every_class_draws_from_a_prompt_and_is_called_alike(self) -> None:
        import diffusers
        from diffusers.pipelines.auto_pipeline import AUTO_TEXT2IMAGE_PIPELINES_MAPPING as TEXT_TO_IMAGE

        known = {made.__name__ for made in TEXT_TO_IMAGE.values()}
        for name in PIPELINES:
            assert name in known
            told = inspect.signature(getattr(diffusers, name).__call__).parameters
            wanted = {"prompt", "width", "height", "num_inference_steps", "guidance_scale", "generator", "output_type"}
            assert wanted | {"callback_on_step_end"} <= set(told), name

    @pytest.mark.parametrize("model", PINNED)
    def test_what_is_missing_is_said_in_one_sentence_with_the_command_that_gets_it(self, model: str) -> None:
        with pytest.raises(EngineUnavailableError) as caught:
            find(model)
        pinned = MODELS[model]
        assert pinned.weights is not None
        assert f"hf download {pinned.weights.repository} --revision {pinned.weights.commit}" in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_a_pinned_model_in_the_local_cache_is_found(self, cache: Path, folder: Path) -> None:
        pinned = MODELS[PINNED[0]].weights
        assert pinned is not None
        at = cache / f"models--{pinned.repository.replace('/', '--')}" / "snapshots" / pinned.commit
        at.parent.mkdir(parents=True)
        at.symlink_to(folder)
        found = find(PINNED[0])
        assert found.folder == at and found.pinned is MODELS[PINNED[0]]
        assert found.identity() == f"{pinned.repository}@{pinned.commit}"


class TestAFolderOfOnesOwn:
    def test_it_is_found_and_known_by_what_is_in_it(self, folder: Path) -> None:
        found = find(str(folder))
        assert found.pinned is None and found.variant is None
        assert found.identity().startswith("folder:") and len(found.identity()) == 71

    def test_a_name_that_is_neither_is_refused(self) -> None:
        with pytest.raises(
            NotFoundError, match=r"'someone/else' is no model that is known here.*name mini or stabilityai"
        ):
            find("someone/else")

    def test_a_model_of_another_class_is_refused(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "video").mkdir()
        (tmp_path / "video" / "model_index.json").write_text(json.dumps({"_class_name": "WanVACEPipeline"}))
        with pytest.raises(MediaError, match='holds "WanVACEPipeline", and a model of the kind asked for is wanted'):
            find(str(tmp_path / "video"))
