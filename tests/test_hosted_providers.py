"""The providers of clips: who there is, how they are named, what is said before pressing."""

import json
import subprocess
import sys

import pytest

from sora_lock.engines import engine_info
from sora_lock.engines.hosted.providers import PROVIDERS, check_raster, identity, named, words
from sora_lock.errors import EngineUnavailableError, ShotError
from sora_lock.generation import planner

MODEL = "fal-ai/Wan-AI/Wan2.2-TI2V-5B"


class TestNames:
    def test_provider_and_model_are_told_apart(self) -> None:
        provider, model = named("fal-ai/Wan-AI/Wan2.2-TI2V-5B")
        assert (provider.name, provider.from_picture, model) == ("fal-ai", True, "Wan-AI/Wan2.2-TI2V-5B")

    def test_what_a_recipe_records_has_no_blanks_around_it(self) -> None:
        assert identity(" novita/Wan-AI/Wan2.1-T2V-14B\n") == "novita/Wan-AI/Wan2.1-T2V-14B"

    @pytest.mark.parametrize("model", ["groq/meta/llama", "FAL-AI/a/b", "me/a/b"])
    def test_a_provider_without_clips_is_refused_and_the_others_are_listed(self, model: str) -> None:
        with pytest.raises(EngineUnavailableError, match="fal-ai, novita, replicate, together, wavespeed"):
            named(model)

    @pytest.mark.parametrize(
        "model",
        ["", "fal-ai", "Wan-AI/Wan2.2-TI2V-5B", "fal-ai/a/b/c", "fal-ai//b", "fal-ai/../b", "fal-ai/a/b?x=1", "fal-ai/a/b c"],
    )  # fmt: skip
    def test_another_form_is_refused_with_an_example(self, model: str) -> None:
        with pytest.raises(EngineUnavailableError, match="wanted PROVIDER/OWNER/NAME, such as fal-ai/"):
            named(model)

    def test_a_name_without_end_is_not_repeated_whole(self) -> None:
        with pytest.raises(EngineUnavailableError) as refused:
            named("x" * 10_000)
        assert len(str(refused.value)) < 300


class TestWhatIsKnownOfThem:
    def test_the_list_is_that_of_the_client(self) -> None:
        from huggingface_hub.inference._providers import PROVIDERS as CLIENTS

        assert {p.name for p in PROVIDERS} == {n for n, tasks in CLIENTS.items() if "text-to-video" in tasks}
        assert {p.name for p in PROVIDERS if p.from_picture} == {n for n, t in CLIENTS.items() if "image-to-video" in t}

    def test_the_cost_names_who_bills_and_no_price(self) -> None:
        said = words("together/Wan-AI/Wan2.2-I2V-A14B", 960, 540, 48)
        assert "together" in said
        assert "https://huggingface.co/settings/billing" in said
        assert not any(sign in said for sign in "$€£")

    def test_a_client_that_gives_slow_jobs_up_is_said_so(self) -> None:
        assert "60 s" in words("replicate/genmo/mochi-1-preview", 960, 540, 48)
        assert "ready after" not in words("fal-ai/Wan-AI/Wan2.2-TI2V-5B", 960, 540, 48)


class TestRaster:
    def test_ten_seconds_pass_at_any_size(self) -> None:
        check_raster(1920, 1080, 240, MODEL, "24")
        check_raster(64, 64, 239, MODEL, "24000/1001")

    def test_a_longer_shot_is_refused_before_anything_is_paid(self) -> None:
        with pytest.raises(ShotError, match=r"runs 20\.0 s; of a clip by fal-ai 10 s are read"):
            check_raster(960, 540, 240, MODEL, "12")

    def test_an_unknown_provider_is_refused_here_too(self) -> None:
        with pytest.raises(EngineUnavailableError):
            check_raster(960, 540, 48, "groq/a/b")

    def test_page_and_fan_out_find_all_they_ask_for_here(self) -> None:
        planned = planner(engine_info("hosted"))
        assert planned.identity(MODEL) == MODEL
        assert planned.usual(MODEL) is None
        assert not list(planned.choices())
        assert "paid request to fal-ai" in planned.words(MODEL, 960, 540, 48)
        planned.check_raster(960, 540, 48, MODEL)


class TestLightness:
    def test_the_page_may_import_it_all(self) -> None:
        code = "import sora_lock.engines.hosted, sora_lock.engines.prompt, sys, json; print(json.dumps(sorted(sys.modules)))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
        assert not {"torch", "av", "diffusers", "transformers", "huggingface_hub", "httpx2"} & set(
            json.loads(done.stdout)
        )
