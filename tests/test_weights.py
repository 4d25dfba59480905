"""Folders of weights: real safetensors files, whole and forged, in folders as `save_pretrained` lays them out."""

import json
import os
import pickle
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from sora_lock.errors import EngineUnavailableError, MediaError, NotFoundError
from sora_lock.weights import check_folder, check_safetensors, folder_sha256, snapshot

CLASS = "TinyPipeline"


@pytest.fixture
def tensors(tmp_path: Path) -> Path:
    """Two tensors in a real file."""
    path = tmp_path / "model.safetensors"
    save_file({"a": np.ones((2, 3), np.float32), "b": np.arange(4, dtype=np.float16)}, path, {"format": "pt"})
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A pipeline of one network whose weights are split, one without, and a tokenizer."""
    at = tmp_path / "tiny"
    for part in ("unet", "vae", "tokenizer"):
        (at / part).mkdir(parents=True)
    index = {
        "_class_name": CLASS,
        "_diffusers_version": "0.42.1",
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "safety_checker": [None, None],
        "requires_safety_checker": False,
    }
    (at / "model_index.json").write_text(json.dumps(index))
    for part in ("unet", "vae"):
        (at / part / "config.json").write_text("{}")
    save_file({"a": np.zeros(3, np.float32)}, at / "vae" / "diffusion_pytorch_model.safetensors")
    for n in (1, 2):
        save_file({f"t{n}": np.zeros(n, np.float32)}, at / "unet" / f"part-{n}.safetensors")
    split = {"metadata": {}, "weight_map": {"t1": "part-1.safetensors", "t2": "part-2.safetensors"}}
    (at / "unet" / "model.safetensors.index.json").write_text(json.dumps(split))
    (at / "tokenizer" / "vocab.json").write_text('{"a": 0}')
    return at


def written(path: Path, header: Any, data: bytes = b"", length: int | None = None) -> Path:
    """A file with that header (an object or raw bytes) and those bytes of tensors."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes((len(raw) if length is None else length).to_bytes(8, "little") + raw + data)
    return path


def changed(path: Path, **more: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **more}))


class TestASafetensorsFile:
    def test_a_real_one_passes(self, tensors: Path) -> None:
        check_safetensors(tensors)

    def test_one_without_tensors_passes(self, tmp_path: Path) -> None:
        save_file({}, tmp_path / "empty.safetensors")
        check_safetensors(tmp_path / "empty.safetensors")

    def test_a_pickle_of_that_name_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "model.safetensors"
        path.write_bytes(pickle.dumps({"weights": list(range(100))}))
        with pytest.raises(MediaError, match=r"model\.safetensors in .* is no safetensors file"):
            check_safetensors(path)

    @pytest.mark.parametrize("kept", [0, 7, 8, 40, -1])
    def test_one_that_is_cut_off_is_refused(self, tensors: Path, kept: int) -> None:
        tensors.write_bytes(tensors.read_bytes()[:kept])
        with pytest.raises(MediaError, match="no safetensors file"):
            check_safetensors(tensors)

    def test_bytes_behind_the_tensors_are_refused(self, tensors: Path) -> None:
        tensors.write_bytes(tensors.read_bytes() + b"\0")
        with pytest.raises(MediaError, match="its tensors take 32 bytes and 33 are there"):
            check_safetensors(tensors)

    @pytest.mark.parametrize(
        ("told", "why"),
        [
            ({"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}, "do not agree"),
            ({"dtype": "F31", "shape": [1], "data_offsets": [0, 4]}, "do not agree"),
            ({"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}, "overlap or leave gaps"),
            ({"dtype": "F32", "shape": [-1], "data_offsets": [4, 0]}, "do not agree"),
            ({"dtype": "F32", "shape": [True], "data_offsets": [0, 4]}, "do not agree"),
            ({"dtype": "U8", "shape": [1 << 62, 1 << 62], "data_offsets": [0, 8]}, "do not agree"),
            ({"dtype": "U8", "shape": [1 << 40], "data_offsets": [0, 1 << 40]}, "are there"),
            ({"dtype": "U8", "shape": [1] * 100000, "data_offsets": [0, 1]}, "do not agree"),
            ({"dtype": "U8", "shape": [8], "data_offsets": [0, 8, 8]}, "do not agree"),
            ([0, 8], "do not agree"),
        ],
    )
    def test_a_forged_header_is_refused(self, tmp_path: Path, told: Any, why: str) -> None:
        with pytest.raises(MediaError, match=why):
            check_safetensors(written(tmp_path / "f.safetensors", {"a": told}, bytes(8)))

    def test_tensors_that_share_bytes_are_refused(self, tmp_path: Path) -> None:
        both = {n: {"dtype": "U8", "shape": [8], "data_offsets": [0, 8]} for n in "ab"}
        with pytest.raises(MediaError, match="overlap"):
            check_safetensors(written(tmp_path / "f.safetensors", both, bytes(8)))

    @pytest.mark.parametrize("raw", [b"[]", b"{", b"\xff\xfe", b'{"a":' * 50_000, b'{"a": 1, "a": 2}', b"  {}"])
    def test_a_header_that_is_no_plain_json_object_is_refused(self, tmp_path: Path, raw: bytes) -> None:
        with pytest.raises(MediaError, match="no safetensors file"):
            check_safetensors(written(tmp_path / "f.safetensors", raw))

    def test_a_header_that_claims_gigabytes_is_refused_at_once(self, tmp_path: Path) -> None:
        path = written(tmp_path / "f.safetensors", b"{}", length=60_000_000)
        with path.open("r+b") as file:
            file.truncate(1 << 32)  # sparse: the length would fit
        began = time.monotonic()
        with pytest.raises(MediaError, match="no header that fits"):
            check_safetensors(path)
        assert time.monotonic() - began < 1


class TestAFolder:
    def test_a_whole_one_passes_and_tells_its_parts(self, folder: Path) -> None:
        assert check_folder(folder, CLASS)["unet"] == ["diffusers", "UNet2DConditionModel"]
        assert check_folder(folder, {CLASS, "Other"})["_class_name"] == CLASS

    def test_pickles_and_code_beside_the_weights_do_not_matter(self, folder: Path) -> None:
        (folder / "vae" / "diffusion_pytorch_model.bin").write_bytes(b"\x80\x02")
        (folder / "pipeline.py").write_text("raise SystemExit")
        check_folder(folder, CLASS)

    def test_a_model_of_another_class_is_refused(self, folder: Path) -> None:
        with pytest.raises(MediaError, match='holds "TinyPipeline", and a WanVACEPipeline is wanted'):
            check_folder(folder, "WanVACEPipeline")
        changed(folder / "model_index.json", _class_name=["pipeline", "Mine"])
        with pytest.raises(MediaError, match="a model of the kind asked for is wanted"):
            check_folder(folder, {CLASS})

    def test_classes_from_elsewhere_are_refused(self, folder: Path) -> None:
        changed(folder / "model_index.json", unet=["my_unet", "Unet"])
        with pytest.raises(MediaError, match=r'The part "unet" of tiny is .*which is never run'):
            check_folder(folder, CLASS)

    def test_a_part_outside_the_folder_is_refused(self, folder: Path) -> None:
        changed(folder / "model_index.json", **{"../tiny/vae": ["diffusers", "AutoencoderKL"]})
        with pytest.raises(MediaError, match="that is not in it"):
            check_folder(folder, CLASS)

    def test_a_part_whose_weights_are_a_pickle_is_refused(self, folder: Path) -> None:
        (folder / "vae" / "diffusion_pytorch_model.safetensors").rename(folder / "vae" / "diffusion_pytorch_model.bin")
        with pytest.raises(MediaError, match="The part vae of tiny has no weights as safetensors"):
            check_folder(folder, CLASS)

    def test_a_forged_file_in_a_part_is_refused(self, folder: Path) -> None:
        (folder / "vae" / "diffusion_pytorch_model.safetensors").write_bytes(b"\x80\x02" * 20)
        with pytest.raises(MediaError, match="in vae is no safetensors file"):
            check_folder(folder, CLASS)

    @pytest.mark.parametrize("name", ["../vae/diffusion_pytorch_model.safetensors", "/etc/x.safetensors", "part-1.bin"])
    def test_an_index_that_names_files_elsewhere_or_of_another_kind_is_refused(self, folder: Path, name: str) -> None:
        (folder / "unet" / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"t1": name}}))
        with pytest.raises(MediaError, match="safetensors files of its own folder are wanted"):
            check_folder(folder, CLASS)

    @pytest.mark.parametrize("told", [{}, {"weight_map": {}}, {"weight_map": {"a": 1}}, {"weight_map": ["a"]}])
    def test_an_index_that_names_nothing_is_refused(self, folder: Path, told: Any) -> None:
        (folder / "unet" / "model.safetensors.index.json").write_text(json.dumps(told))
        with pytest.raises(MediaError, match="names no files"):
            check_folder(folder, CLASS)

    def test_a_missing_half_is_named(self, folder: Path) -> None:
        (folder / "unet" / "part-2.safetensors").unlink()
        with pytest.raises(MediaError, match=r"part-2\.safetensors is missing in unet"):
            check_folder(folder, CLASS)

    @pytest.mark.parametrize("text", ["", "[]", "{" * 5000, '{"_class_name": "TinyPipeline", "_class_name": "X"}'])
    def test_a_damaged_model_index_is_refused(self, folder: Path, text: str) -> None:
        (folder / "model_index.json").write_text(text)
        with pytest.raises(MediaError, match="no JSON that can be read"):
            check_folder(folder, CLASS)

    def test_a_folder_without_model_index_and_no_folder_at_all_are_told_apart(self, folder: Path) -> None:
        with pytest.raises(MediaError, match=r"There is no model_index\.json in vae"):
            check_folder(folder / "vae", CLASS)
        with pytest.raises(NotFoundError, match="There is no folder"):
            check_folder(folder / "nowhere", CLASS)


class TestTheIdentityOfAFolder:
    def test_it_is_the_same_wherever_the_folder_lies(self, folder: Path) -> None:
        before = folder_sha256(folder)
        assert len(before) == 64 and folder_sha256(folder.rename(folder.parent / "elsewhere")) == before

    @pytest.mark.parametrize("name", ["unet/part-1.safetensors", "vae/config.json", "tokenizer/vocab.json"])
    def test_it_changes_with_what_is_read(self, folder: Path, name: str) -> None:
        before = folder_sha256(folder)
        raw = (folder / name).read_bytes()
        (folder / name).write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
        os.utime(folder / name, ns=(1, 1))
        assert folder_sha256(folder) != before

    def test_it_changes_when_a_file_is_renamed_or_added(self, folder: Path) -> None:
        before = folder_sha256(folder)
        (folder / "tokenizer" / "vocab.json").rename(folder / "tokenizer" / "words.json")
        renamed = folder_sha256(folder)
        (folder / "tokenizer" / "merges.txt").write_text("")
        assert len({before, renamed, folder_sha256(folder)}) == 3

    def test_what_is_never_read_does_not_count(self, folder: Path) -> None:
        before = folder_sha256(folder)
        (folder / "README.md").write_text("words")
        (folder / "vae" / "diffusion_pytorch_model.bin").write_bytes(b"\x80\x02")
        assert folder_sha256(folder) == before

    def test_a_folder_without_weights_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(NotFoundError, match="There are no weights"):
            folder_sha256(tmp_path)


class TestTheLocalCache:
    COMMIT = "0123456789abcdef0123456789abcdef01234567"

    @pytest.fixture(autouse=True)
    def cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A cache of its own; a connection is an error."""
        import socket

        from huggingface_hub import constants

        def refuse(*args: object, **more: object) -> None:
            raise AssertionError("a connection was opened")

        monkeypatch.setattr(socket.socket, "connect", refuse)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
        return tmp_path / "hub"

    def test_a_commit_that_is_there_is_found(self, cache: Path) -> None:
        at = cache / "models--someone--tiny" / "snapshots" / self.COMMIT
        at.mkdir(parents=True)
        assert snapshot("someone/tiny", self.COMMIT) == at

    def test_what_is_missing_is_said_with_the_command_that_gets_it(self) -> None:
        with pytest.raises(EngineUnavailableError) as caught:
            snapshot("someone/tiny", self.COMMIT, ("*.json", "*.fp16.safetensors"))
        assert (
            f"`hf download someone/tiny --revision {self.COMMIT} --include '*.json' --include '*.fp16.safetensors'`"
            in str(caught.value)
        )
        assert "\n" not in str(caught.value)
