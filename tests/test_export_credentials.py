"""What a model made is signed on its way out, says what it is, and is found out when it was changed."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from sora_lock.errors import MediaError, NotFoundError, StoreDamagedError
from sora_lock.export import certificate, export_scene
from sora_lock.export.credentials import COMPOSITE, GENERATED, SOURCE_TYPES, TAKES, Signing
from sora_lock.media.images import png, read_own
from sora_lock.media.manifests import read_credentials
from sora_lock.media.video import read_frames
from sora_lock.records import Generation, Take
from sora_lock.store import Store
from tests.export_parts import shoot_take

MODEL = "Wan-AI/Wan2.1-VACE-1.3B-diffusers@0123456789abcdef0123456789abcdef01234567"
GENERATION = Generation(MODEL, "/home/somebody/secret place", "references", "guided")


@pytest.fixture
def take(stage: Store, tmp_path: Path) -> Take:
    """A take that a model made, nothing of it held but by asking."""
    return shoot_take(stage, tmp_path, generation=GENERATION, grip="guided")


def written(store: Store, take: Take, folder: Path, kind: str) -> Path:
    """The take's clip or poster as a file of its own; as PNG, its poster's pixels."""
    path = folder / f"out.{kind}"
    if kind == "png":
        path.write_bytes(png(read_own(store.blob(take.files["poster.jpg"]).read_bytes())))
    else:
        shutil.copyfile(store.blob(take.files[{"mp4": "clip.mp4", "jpg": "poster.jpg"}[kind]]), path)
    return path


@pytest.mark.parametrize("kind", ["mp4", "jpg", "png"])
class TestASignedFile:
    def test_holds_when_read_again_and_shows_the_same_pixels(
        self, stage: Store, take: Take, tmp_path: Path, kind: str
    ) -> None:
        path = written(stage, take, tmp_path, kind)

        def pixels() -> list[np.ndarray]:
            return list(read_frames(path)) if kind == "mp4" else [read_own(path.read_bytes())]

        before, shown = path.read_bytes(), pixels()
        assert Signing(stage).sign_take(path, take)
        found = read_credentials(path, certificate.own_authority(stage.data))
        assert found is not None and found.state == "known" and found.problems == ()
        assert path.read_bytes() != before and all(map(np.array_equal, pixels(), shown))

    def test_is_valid_and_no_more_to_who_does_not_know_the_folder(
        self, stage: Store, take: Take, tmp_path: Path, kind: str
    ) -> None:
        path = written(stage, take, tmp_path, kind)
        Signing(stage).sign_take(path, take)
        found = read_credentials(path)
        assert found is not None and found.state == "valid"

    def test_a_flipped_byte_is_found_wherever_it_is(self, stage: Store, take: Take, tmp_path: Path, kind: str) -> None:
        path = written(stage, take, tmp_path, kind)
        Signing(stage).sign_take(path, take)
        whole, authority = path.read_bytes(), certificate.own_authority(stage.data)
        inside = whole.index(take.recipe_sha256.encode())
        for at in (inside, len(whole) - 20):  # of what is said, and of the media
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            found = read_credentials(path, authority)
            assert found is not None and found.state == "invalid" and found.problems


class TestWhatItSays:
    def test_source_type_model_recipe_and_locks_are_there(self, stage: Store, take: Take, tmp_path: Path) -> None:
        path = written(stage, take, tmp_path, "mp4")
        Signing(stage).sign_take(path, take)
        found = read_credentials(path)
        assert found is not None
        actions = found.assertion("c2pa.actions.v2")["actions"]
        assert [a["action"] for a in actions] == ["c2pa.created"]
        assert actions[0]["digitalSourceType"] == SOURCE_TYPES + GENERATED
        assert actions[0]["softwareAgent"] == {"name": f"vace: {MODEL}", "version": take.recipe.engine_version}
        told = found.assertion(TAKES)["takes"][0]
        assert (told["take"], told["recipe_sha256"], told["model"]) == (take.take, take.recipe_sha256, MODEL)
        assert told["master_sha256"] == take.files["master.mkv"]
        mara = stage.lock("mara")
        lock = next(i for i in found.manifest["ingredients"] if i["title"] == f"@mara v{mara.version}")
        assert lock["relationship"] == "inputTo" and mara.lock_sha256 in lock["description"]
        assert lock["thumbnail"]["format"] == "image/jpeg"

    def test_a_core_that_was_put_back_makes_it_a_composite_of_its_locks(self, stage: Store, tmp_path: Path) -> None:
        take = shoot_take(stage, tmp_path, generation=GENERATION, grip="pixel")
        path = written(stage, take, tmp_path, "jpg")
        Signing(stage).sign_take(path, take)
        found = read_credentials(path)
        assert found is not None
        created, placed = found.assertion("c2pa.actions.v2")["actions"]
        assert created["digitalSourceType"] == SOURCE_TYPES + COMPOSITE
        assert placed["action"] == "c2pa.placed" and len(placed["parameters"]["ingredients"]) == 2
        assert {i["relationship"] for i in found.manifest["ingredients"]} == {"componentOf"}

    def test_who_consented_and_where_a_model_lies_are_not_in_it(self, stage: Store, take: Take, tmp_path: Path) -> None:
        stage.record_consent("mara", "Ada Example", "release form of 3 May", "", "", "ana")
        path = written(stage, take, tmp_path, "mp4")
        Signing(stage).sign_take(path, take)
        raw = path.read_bytes()
        for secret in (
            b"Ada Example",
            b"release form",
            b"secret place",
            b"PRIVATE KEY",
            take.recipe.direction.text.encode(),
        ):
            assert secret not in raw


class TestAnExport:
    def test_clips_reel_and_sheets_are_signed_when_a_model_made_any(
        self, stage: Store, take: Take, tmp_path: Path
    ) -> None:
        filmed = shoot_take(stage, tmp_path, "rain", level=90)
        export_scene(stage, "SC010", tmp_path / "edit", circled=False)
        out, authority = tmp_path / "edit", certificate.own_authority(stage.data)
        for name in (f"{take.take}.mp4", "SC010_reel.mp4", "SC010_sheet.png", "SC010_sheet.pdf"):
            found = read_credentials(out / name, authority)
            assert found is not None and found.state == "known", name
        reel = read_credentials(out / "SC010_reel.mp4")
        assert reel is not None
        assert [i["title"] for i in reel.manifest["ingredients"]] == [take.take, filmed.take]
        assert [t["take"] for t in reel.assertion(TAKES)["takes"]] == [take.take]
        types = [a.get("digitalSourceType") for a in reel.assertion("c2pa.actions.v2")["actions"]]
        assert types[0] == SOURCE_TYPES + COMPOSITE
        clip = (out / f"{filmed.take}.mp4").read_bytes()
        assert hashlib.sha256(clip).hexdigest() == filmed.files["clip.mp4"]
        assert len(list(read_frames(out / "SC010_reel.mp4"))) > 0
        assert not [p.name for p in out.iterdir() if p.name.startswith(".")]

    def test_takes_of_comp_alone_leave_as_they_always_did(self, stage: Store, tmp_path: Path) -> None:
        filmed = shoot_take(stage, tmp_path)
        written = export_scene(stage, "SC010", tmp_path / "edit", circled=False)
        for path in written:
            if path.suffix in (".mp4", ".png", ".pdf"):
                assert read_credentials(path) is None
        assert (tmp_path / "edit" / f"{filmed.take}.mp4").read_bytes() == stage.blob(
            filmed.files["clip.mp4"]
        ).read_bytes()
        assert not (stage.data / certificate.FILE).exists()  # nothing was signed, so nothing was made to sign with

    def test_a_certificate_that_cannot_be_used_ends_the_export_and_leaves_nothing(
        self, stage: Store, take: Take, tmp_path: Path
    ) -> None:
        (stage.data / certificate.FILE).write_text("damaged")
        with pytest.raises(StoreDamagedError, match="cannot be used to sign"):
            export_scene(stage, "SC010", tmp_path / "edit", circled=False)
        assert list((tmp_path / "edit").iterdir()) == []

    def test_a_file_that_cannot_be_signed_is_gone(self, stage: Store, take: Take, tmp_path: Path) -> None:
        path = tmp_path / "clip.mp4"
        path.write_bytes(stage.blob(take.files["clip.mp4"]).read_bytes()[:40])
        with pytest.raises(MediaError, match=r"clip\.mp4 .* not exported"):
            Signing(stage).sign_take(path, take)
        assert not path.exists() and not list(tmp_path.glob(".clip*"))

    def test_so_is_one_whose_lock_lost_its_anchor(self, stage: Store, take: Take, tmp_path: Path) -> None:
        stage.blob(stage.lock("mara").anchors[0].image_sha256).unlink()
        path = written(stage, take, tmp_path, "mp4")
        with pytest.raises(NotFoundError):
            Signing(stage).sign_take(path, take)
        assert not path.exists()


class TestTheTakeFolderOfTheCommandLine:
    def test_clip_and_poster_are_signed_and_the_master_is_itself(
        self, stage: Store, take: Take, tmp_path: Path
    ) -> None:
        from sora_lock.commands.takes import write_take

        write_take(stage, take, tmp_path / "take")
        for name in ("clip.mp4", "poster.jpg"):
            assert read_credentials(tmp_path / "take" / name) is not None
        master = (tmp_path / "take" / "master.mkv").read_bytes()
        assert hashlib.sha256(master).hexdigest() == take.files["master.mkv"]
        assert json.loads((tmp_path / "take" / "take.json").read_text())["files"] == dict(take.files)
