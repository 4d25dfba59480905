"""Freezing shipped subjects and pictures, and editing what was frozen."""

import io

import numpy as np
import pytest
from PIL import Image

from sora_lock.errors import MediaError, NotFoundError
from sora_lock.freeze import edit, freeze_baked, freeze_picture
from sora_lock.lock import effective_policies
from sora_lock.paths import shipped
from sora_lock.store import Store
from sora_lock.subjects.photo import picture


def portrait(alpha: bool = True) -> bytes:
    rng = np.random.default_rng(4)
    pixels = rng.integers(40, 200, (200, 160, 4), dtype=np.uint8)
    inside = np.hypot(*(np.mgrid[0:200, 0:160] - np.array([100, 80]).reshape(2, 1, 1))) < 60
    pixels[..., 3] = np.where(inside, 255, 0)
    out = io.BytesIO()
    Image.fromarray(pixels if alpha else pixels[..., :3]).save(out, "PNG")
    return out.getvalue()


class TestFreezingTheShippedCast:
    def test_every_shipped_subject_freezes_as_version_one(self, store: Store) -> None:
        for kind in ("cast", "sets"):
            for name, folder in shipped(kind).items():
                lock = freeze_baked(store, name, folder)
                assert (lock.name, lock.version) == (name, 1)
                assert all(store.blob(a.image_sha256).is_file() for a in lock.anchors)

    def test_editing_makes_version_two_and_the_first_stays(self, store: Store) -> None:
        first = freeze_baked(store, "mara", shipped("cast")["mara"])
        second = edit(store, "mara", {"expression": "free"})
        assert (second.version, second.parent_sha256) == (2, first.lock_sha256)
        assert store.lock("mara", 1) == first
        assert effective_policies(second, {"mara": {"hair": "free"}})["hair"] == "free"

    def test_a_folder_without_a_lock_says_what_to_do(self, store: Store, tmp_path) -> None:
        with pytest.raises(NotFoundError, match="make assets"):
            freeze_baked(store, "nobody", tmp_path)


class TestFreezingAPicture:
    def test_a_picture_with_alpha_becomes_its_own_anchor(self, store: Store) -> None:
        lock = freeze_picture(store, "ada", "character", picture(portrait()))
        assert lock.subject == "photo"
        assert lock.anchors[0].image_sha256 == lock.subject_sha256
        assert {r.quantity for r in lock.readiness} == {"sharpness", "exposure", "face height", "coverage", "noise"}

    def test_without_a_matte_it_is_refused(self, store: Store) -> None:
        with pytest.raises(MediaError):
            freeze_picture(store, "ada", "character", picture(portrait(alpha=False)))
        assert store.locks() == []

    def test_a_face_box_makes_the_face_a_part_of_its_own(self, store: Store) -> None:
        lock = freeze_picture(store, "ada", "character", picture(portrait()), face_box=(50, 50, 110, 110))
        assert [r.name for r in lock.regions] == ["picture", "face"]
        assert next(r for r in lock.readiness if r.quantity == "face height").value == 60

    def test_only_a_character_has_a_face(self, store: Store) -> None:
        with pytest.raises(MediaError, match="Only a character"):
            freeze_picture(store, "lamp", "prop", picture(portrait()), face_box=(50, 50, 110, 110))

    def test_a_picture_is_no_set(self, store: Store) -> None:
        with pytest.raises(MediaError, match="depth"):
            freeze_picture(store, "ada", "set", picture(portrait()))
