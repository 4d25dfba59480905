"""Which GPUs there are: what the driver's tool tells, and what a process may use of them."""

import os
from pathlib import Path

import pytest

from sora_lock import devices


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for NVIDIA's tool, which no test machine has: two cards with 40000 and 30000 MiB free."""
    tool = tmp_path / "nvidia-smi"
    tool.write_text(
        '#!/bin/sh\ncase "$*" in\n*index*) printf "0\\n1\\n";;\n*"-i 1"*) echo 30000;;\n*memory.free*) echo 40000;;\nesac\n'
    )
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv(devices.VISIBLE, raising=False)
    return tool


class TestGpus:
    def test_are_those_the_driver_lists(self, driver: Path) -> None:
        assert devices.gpus() == ("0", "1")

    def test_are_only_those_this_process_may_use(self, driver: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(devices.VISIBLE, "1")
        assert devices.gpus() == ("1",)
        assert devices.free_bytes() == 30000 << 20

    @pytest.mark.parametrize("none", ["", "-1"])
    def test_are_none_where_none_may_be_used(self, driver: Path, none: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(devices.VISIBLE, none)
        assert devices.gpus() == ()
        assert devices.free_bytes() is None

    def test_are_none_without_a_driver_or_with_one_that_fails(
        self, driver: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        driver.write_text("#!/bin/sh\nexit 9\n")
        assert devices.gpus() == ()
        monkeypatch.setenv("PATH", "")
        assert devices.gpus() == ()
