"""The hosted Space: the README's front matter is the Spacefile's, and a broken Spacefile is refused."""

import pytest

from sora_lock.errors import EngineUnavailableError, InputError
from sora_lock.space import ROOT, front_matter, plan, push, write_front_matter


class TestTheReadme:
    def test_its_front_matter_is_the_spacefiles(self) -> None:
        assert (ROOT / "README.md").read_text().startswith(front_matter(plan()))

    def test_writing_it_twice_changes_nothing_and_keeps_the_body(self, tmp_path) -> None:
        (tmp_path / "README.md").write_text("---\ntitle: old\n---\n\n# Body\n\n---\nmore\n")
        assert write_front_matter(plan(), tmp_path)
        assert not write_front_matter(plan(), tmp_path)
        assert (tmp_path / "README.md").read_text().endswith("---\n\n# Body\n\n---\nmore\n")


class TestTheSpacefile:
    def test_the_pinned_gradio_is_the_one_the_space_runs(self) -> None:
        assert f"gradio=={plan()['sdk_version']}\n" in (ROOT / "requirements.txt").read_text()

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "- a list",
            "title: x",
            "a: [",
            "title: x\nsdk: gradio\nsdk_version: 1\napp_file: a\nspace: {}\nshort_description: " + "x" * 61,
        ],
    )
    def test_what_is_no_plan_is_refused(self, tmp_path, text: str) -> None:
        (tmp_path / "Spacefile").write_text(text)
        with pytest.raises(InputError, match="Spacefile"):
            plan(tmp_path)

    def test_a_missing_one_is_said(self, tmp_path) -> None:
        with pytest.raises(InputError, match="no Spacefile"):
            plan(tmp_path)


class TestPushing:
    def test_without_a_token_it_says_how_to_log_in(self, monkeypatch, tmp_path) -> None:
        monkeypatch.setenv("HF_HOME", str(tmp_path))
        monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
        with pytest.raises(EngineUnavailableError, match="log in"):
            push(plan())
