"""The page process stays light: what it imports brings no torch, no codec and no ray caster."""

import json
import subprocess
import sys

import pytest

HEAVY = {"torch", "diffusers", "transformers", "av", "cv2", "embreex", "OpenEXR", "opentimelineio", "c2pa"}


def loaded_by(code: str) -> set[str]:
    program = f"{code}\nimport sys, json\nprint(json.dumps(sorted({{m.partition('.')[0] for m in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    return set(json.loads(done.stdout.splitlines()[-1]))


class TestImports:
    def test_the_notebook_and_all_it_calls_bring_nothing_heavy(self) -> None:
        code = "import sora_lock.notebook.serve, sora_lock.commands, sora_lock.fanout, sora_lock.lock, sora_lock.server, sora_lock.first_run"
        assert not loaded_by(code) & HEAVY

    def test_building_the_page_on_a_settled_store_brings_nothing_heavy(self, tmp_path) -> None:
        code = (
            "from pathlib import Path\nfrom sora_lock.store import Store\nfrom sora_lock.first_run import settle\n"
            f"from sora_lock.notebook.page import build\ns = Store.open(Path({str(tmp_path)!r}))\nsettle(s)\nbuild(s)"
        )
        assert not loaded_by(code) & HEAVY

    @pytest.mark.parametrize(
        "module", ["sora_lock.store", "sora_lock.server", "sora_lock.export", "sora_lock.fanout", "sora_lock.__main__"]
    )
    def test_only_the_notebook_brings_gradio(self, module: str) -> None:
        assert "gradio" not in loaded_by(f"import {module}")
