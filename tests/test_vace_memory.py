"""Memory: what a shot wants, and how a model is laid out for what is there."""

from __future__ import annotations

import pytest

from sora_lock.engines.vace.memory import (
    GIB,
    SPARE,
    Layout,
    Parts,
    Shape,
    decoding_bytes,
    denoising_bytes,
    layout,
    ram_free,
)
from sora_lock.engines.vace.models import LARGE, SMALL
from sora_lock.errors import EngineUnavailableError

PLENTY = 512 * GIB


def small(gpu: int | None, ram: int = PLENTY) -> Layout:
    return layout(SMALL.parts, SMALL.shape, 832, 480, 81, gpu, ram)


class TestTheDemand:
    def test_of_a_step_grows_with_the_tokens(self) -> None:
        one = denoising_bytes(Shape(dim=2, inner=3, hints=1), 32, 16, 1)
        assert one == 2 * (1 + 3) * 2 * (2 * 15 + 6)
        assert denoising_bytes(Shape(dim=2, inner=3, hints=1), 64, 16, 1) == 2 * one
        assert denoising_bytes(Shape(dim=2, inner=3, hints=1), 32, 16, 17) == 2 * one

    def test_of_the_vae_is_less_in_tiles_and_never_more(self) -> None:
        assert decoding_bytes(832, 480, 81, tiled=True) < decoding_bytes(832, 480, 81) / 2
        assert decoding_bytes(128, 128, 5, tiled=True) == decoding_bytes(128, 128, 5)


class TestTheLayout:
    def test_gets_the_slower_the_less_there_is(self) -> None:
        found = [small(gpu * GIB) for gpu in (80, 24, 18, 12)]
        assert [f.offload for f in found] == ["none", "none", "model", "group"]
        assert {f.dtype for f in found} == {"bfloat16"} and {f.device for f in found} == {"cuda"}

    def test_never_puts_more_on_the_gpu_than_it_has(self) -> None:
        for gpu in range(8, 81, 2):
            found = small(gpu * GIB)
            step = max(denoising_bytes(SMALL.shape, 832, 480, 81), decoding_bytes(832, 480, 81, tiled=True))
            on = {"none": SMALL.parts.together, "model": SMALL.parts.text_encoder, "group": 0}[found.offload]
            assert on + step + SPARE <= gpu * GIB

    def test_without_a_gpu_is_the_processor_in_the_precision_that_fits(self) -> None:
        assert small(None) == Layout("cpu", "none", "float32")
        assert small(None, 30 * GIB) == Layout("cpu", "none", "bfloat16")

    @pytest.mark.parametrize(("gpu", "ram"), [(4 * GIB, PLENTY), (12 * GIB, 8 * GIB), (None, 8 * GIB)])
    def test_that_fits_nowhere_is_said_with_what_is_missing(self, gpu: int | None, ram: int) -> None:
        with pytest.raises(EngineUnavailableError, match="does not fit here: the model wants 15 GB") as told:
            small(gpu, ram)
        assert ("on the GPU" in str(told.value)) == (gpu is not None)
        assert f"{ram // GIB} GB are free" in str(told.value)

    def test_needs_memory_for_parts_that_wait_beside_the_gpu(self) -> None:
        with pytest.raises(EngineUnavailableError):
            layout(LARGE.parts, LARGE.shape, 832, 480, 81, 24 * GIB, 32 * GIB)
        assert layout(LARGE.parts, LARGE.shape, 832, 480, 81, 24 * GIB, 64 * GIB).offload == "group"


class TestWhatIsThere:
    def test_ram_is_a_number_of_bytes_that_this_machine_could_have(self) -> None:
        assert GIB / 8 < ram_free() < 1 << 50

    def test_parts_add_up(self) -> None:
        assert Parts(1, 2, 3).together == 6
