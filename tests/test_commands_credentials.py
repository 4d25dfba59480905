"""`credentials FILE`: what a file says of itself, in words and as JSON, whoever made it."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import c2pa
import numpy as np
import pytest

from sora_lock.__main__ import main
from sora_lock.export.certificate import own_certificate
from sora_lock.export.credentials import Signing
from sora_lock.media.images import png
from sora_lock.records import Generation
from sora_lock.store import Store
from tests.export_parts import shoot_take

MODEL = "someone/model@0123456789abcdef0123456789abcdef01234567"

MADE = {
    "label": "c2pa.actions",
    "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": "http://x/y"}]},
}


def asked(capsys: pytest.CaptureFixture[str], file: Path, data: Path, *more: str) -> tuple[int, str]:
    status = main(["credentials", str(file), "--data", str(data), *more])
    out, err = capsys.readouterr()
    assert err == "" or status == 2
    return status, out or err


@pytest.fixture
def signed(stage: Store, tmp_path: Path) -> Path:
    """A poster that a model made, signed by the store's own certificate."""
    take = shoot_take(stage, tmp_path, generation=Generation(MODEL, "m", "references", "guided"), grip="guided")
    shutil.copyfile(stage.blob(take.files["poster.jpg"]), tmp_path / "p.jpg")
    Signing(stage).sign_take(tmp_path / "p.jpg", take)
    return tmp_path / "p.jpg"


def anybodys(path: Path, folder: Path, manifest: dict[str, Any]) -> Path:
    """A PNG that somebody else signed, saying whatever they like."""
    own = own_certificate(folder)
    signer = c2pa.C2paSignerInfo(c2pa.C2paSigningAlg.ES256, own.chain_pem.encode(), own.key_pem, None)
    out = io.BytesIO()
    with c2pa.Builder(manifest) as builder, c2pa.Signer.from_info(signer) as by:
        builder.sign(by, "png", io.BytesIO(png(np.zeros((8, 8, 3), np.uint8))), out)
    path.write_bytes(out.getvalue())
    return path


class TestOurs:
    def test_it_is_known_here_and_untrusted_by_lists(
        self, signed: Path, stage: Store, capsys: pytest.CaptureFixture[str]
    ) -> None:
        status, said = asked(capsys, signed, stage.data)
        assert status == 0 and "hold" in said and "this data folder's own certificate" in said
        assert "untrusted by lists" in said and "made by a model" in said
        assert MODEL in said and "@mara v" in said

    def test_elsewhere_it_is_somebodys(self, signed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        status, said = asked(capsys, signed, tmp_path / "elsewhere")
        assert status == 0 and "a certificate that this data folder does not know, untrusted by lists" in said
        assert not (tmp_path / "elsewhere").exists()

    def test_json_says_the_same(self, signed: Path, stage: Store, capsys: pytest.CaptureFixture[str]) -> None:
        status, said = asked(capsys, signed, stage.data, "--json")
        told = json.loads(said)
        assert status == 0 and told["state"] == "known" and told["on_a_trust_list"] is False
        assert told["takes"][0]["model"] == MODEL
        assert [i["relationship"] for i in told["ingredients"]] == ["inputTo", "inputTo"]

    def test_one_that_was_changed_ends_with_status_1(
        self, signed: Path, stage: Store, capsys: pytest.CaptureFixture[str]
    ) -> None:
        raw = signed.read_bytes()
        signed.write_bytes(raw[:-20] + bytes([raw[-20] ^ 1]) + raw[-19:])
        status, said = asked(capsys, signed, stage.data)
        assert status == 1 and "do not hold" in said


class TestAnybodys:
    def test_what_it_says_cannot_write_to_the_terminal(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        manifest = {
            "claim_generator_info": [{"name": "else"}],
            "title": "t",
            "ingredients": [{"title": "a\x1b[2Jb" + "x" * 500, "relationship": "componentOf"}],
            "assertions": [
                MADE,
                {"label": "sora-lock.takes", "data": ["not", "ours"]},
            ],
        }  # fmt: skip
        file = anybodys(tmp_path / "a.png", tmp_path / "theirs", manifest)
        status, said = asked(capsys, file, tmp_path / "mine")
        assert status == 0 and "\x1b" not in said and max(map(len, said.splitlines())) < 400
        assert "a [2Jb" in said

    def test_a_file_without_any_is_no_fault(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "a.png").write_bytes(png(np.zeros((8, 8, 3), np.uint8)))
        assert asked(capsys, tmp_path / "a.png", tmp_path) == (0, "a.png carries no content credentials.\n")

    @pytest.mark.parametrize("data", [b"", b"\x1a\x45\xdf\xa3" + bytes(60), b"words"])
    def test_a_file_that_can_hold_none_is_refused_in_words(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes
    ) -> None:
        (tmp_path / "a").write_bytes(data)
        status, said = asked(capsys, tmp_path / "a", tmp_path)
        assert status == 2 and said.startswith("sora_lock: ") and said.count("\n") == 1

    def test_a_missing_file_and_a_folder_are_said(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert "There is no file" in asked(capsys, tmp_path / "nowhere", tmp_path)[1]
        assert "is no file" in asked(capsys, tmp_path, tmp_path)[1]

    def test_a_manifest_of_noise_does_not_hold(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file = anybodys(
            tmp_path / "a.png",
            tmp_path / "theirs",
            {"claim_generator_info": [{"name": "else"}], "assertions": [MADE]},
        )
        raw = file.read_bytes()
        at = raw.index(b"caBX")
        noise = np.random.default_rng(0).bytes(400)
        file.write_bytes(raw[: at + 60] + noise + raw[at + 460 :])
        status, said = asked(capsys, file, tmp_path)
        assert status == 1 and "do not hold" in said
