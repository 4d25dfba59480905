"""Brought subjects: their archive and what is refused of it, their lock in the store, and how comp films them."""

from __future__ import annotations

import io
import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sora_lock.__main__ import main
from sora_lock.camera import FRONT_MOVES, MOVES, SIZES, path
from sora_lock.colour import LUMA
from sora_lock.engines import Actor, Scene
from sora_lock.engines.comp.scene import PreparedScene
from sora_lock.engines.comp.take import Filming
from sora_lock.engines.comp.words import cannot
from sora_lock.errors import MediaError, StoreError
from sora_lock.freeze import freeze_brought
from sora_lock.media import exr
from sora_lock.media.images import png
from sora_lock.records import ATTRIBUTES, Lock, Region, lock_from, plain
from sora_lock.store import Store
from sora_lock.subjects import brought
from sora_lock.subjects.photo import Picture, painted_parts, regions_for
from sora_lock.subjects.plates import Plates
from sora_lock.subjects.relief import build
from tests.baked_parts import actor, direction, shot, write_figure, write_set
from tests.brought_parts import dome, relief, rims


@pytest.fixture(scope="module")
def archive() -> bytes:
    return brought.pack(relief()[2])[0]


def changed(archive: bytes, **members: bytes | None) -> bytes:
    """The archive with members (dots as "_") replaced, or left out when None."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = members.get(name.replace(".", "_"), old.read(name))
            if data is not None:
                new.writestr(name, data)
    return out.getvalue()


def array(archive: bytes, name: str) -> np.ndarray:
    with zipfile.ZipFile(io.BytesIO(archive)) as whole:
        return np.load(io.BytesIO(whole.read(f"{name}.npy"))).copy()


def npy(values: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, values)
    return out.getvalue()


def told(archive: bytes, **change: object) -> bytes:
    with zipfile.ZipFile(io.BytesIO(archive)) as whole:
        info = json.loads(whole.read("subject.json"))
    return changed(archive, subject_json=json.dumps({**info, **change}).encode())


class TestTheArchive:
    def test_equal_parts_give_equal_bytes(self, archive: bytes) -> None:
        assert brought.pack(relief()[2])[0] == archive

    def test_comes_back_as_it_went_in(self, archive: bytes) -> None:
        _, _, parts = relief()
        subject = brought.load(archive)
        assert np.array_equal(subject.faces, parts.faces)
        assert np.array_equal(subject.rest, parts.rest)
        assert np.array_equal(subject.atlas().alpha, parts.alpha)
        assert np.array_equal(subject.atlas().normal, parts.normal)
        assert subject.info == parts.info
        assert subject.posed({"smile": 1.0}, 3.5).tobytes() == parts.rest.tobytes()

    def test_the_same_archive_has_the_same_digests_everywhere(self, archive: bytes) -> None:
        one, two = brought.load(archive), brought.load(bytes(bytearray(archive)))
        assert one.subject_sha256 == two.subject_sha256
        assert one.atlas().atlas_sha256 == two.atlas().atlas_sha256


class TestHostileArchives:
    @pytest.mark.parametrize("keep", [0, 1, 30, 1000, -1, -200, -30_000])
    def test_cut_off_ones_are_refused(self, archive: bytes, keep: int) -> None:
        with pytest.raises(MediaError):
            brought.load(archive[:keep])

    def test_flipped_bytes_are_refused_or_change_nothing_but_values(self, archive: bytes) -> None:
        draw = np.random.default_rng(5)
        refused = 0
        for at in draw.integers(0, len(archive), 60):
            bad = bytearray(archive)
            bad[at] ^= 0xFF
            try:
                brought.load(bytes(bad))
            except MediaError:
                refused += 1
        assert refused >= 55  # ZIP's own checksums see nearly all

    def test_members_that_are_missing_or_foreign_are_refused(self, archive: bytes) -> None:
        with pytest.raises(MediaError, match=r"lacks rest\.npy"):
            brought.load(changed(archive, rest_npy=None))
        out = io.BytesIO(archive)
        with zipfile.ZipFile(out, "a") as more:
            more.writestr("../evil.py", "x")
        with pytest.raises(MediaError, match="which no brought subject has"):
            brought.load(out.getvalue())

    def test_compressed_members_are_refused_before_they_are_unpacked(self) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb:
            for name in (
                *(f"{n}.npy" for n in brought.ARRAYS),
                *(f"{n}.png" for n in brought.TEXTURES),
                "subject.json",
            ):
                bomb.writestr(name, bytes(30_000_000) if name == "rest.npy" else b"x")
        assert len(out.getvalue()) < 100_000
        with pytest.raises(MediaError, match="plainly stored"):
            brought.load(out.getvalue())

    def test_an_array_that_says_more_than_it_has_is_refused(self, archive: bytes) -> None:
        liar = io.BytesIO()
        np.lib.format.write_array_header_1_0(liar, {"descr": "<f4", "fortran_order": False, "shape": (399_999, 3)})
        with pytest.raises(MediaError, match=r"has 0 bytes; wanted 4799988"):
            brought.load(changed(archive, rest_npy=liar.getvalue()))

    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("faces", np.zeros((9, 4), np.int32)),
            ("faces", np.zeros((9, 3), np.int64)),
            ("faces", np.array([[object()] * 3])),
            ("rest", np.zeros((9, 3), np.float64)),
            ("rest", np.zeros((3, 9), np.float32)),
            ("st", np.zeros((0, 2), np.float32)),
            ("part", np.zeros((9, 1), np.uint8)),
        ],
    )
    def test_arrays_of_other_types_and_shapes_are_refused(self, archive: bytes, name: str, values: np.ndarray) -> None:
        with pytest.raises(MediaError, match=f"archive's {name}"):
            brought.load(changed(archive, **{f"{name}_npy": npy(values)}))

    @pytest.mark.parametrize(
        ("name", "value", "words"),
        [
            ("faces", -1, "not there"),
            ("faces", 10**6, "not there"),
            ("part", 77, "part or layer"),
            ("layer", 3, "part or layer"),
            ("rest", np.nan, "no numbers"),
            ("rest", 1e9, "beyond"),
            ("st", np.inf, "no numbers"),
            ("st", -0.5, "beyond"),
        ],
    )
    def test_values_out_of_range_are_refused(self, archive: bytes, name: str, value: float, words: str) -> None:
        values = array(archive, name)
        values.reshape(-1)[7] = value
        with pytest.raises(MediaError, match=words):
            brought.load(changed(archive, **{f"{name}_npy": npy(values)}))

    @pytest.mark.parametrize(
        "head",
        [b"", b"x" * 200, b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'shape': (9**9**9, 3)}\n", b"\x93NUMPY\x02\x00"],
    )
    def test_an_array_without_a_head_is_refused(self, archive: bytes, head: bytes) -> None:
        with pytest.raises(MediaError, match=r"no head of NPY 1\.0"):
            brought.load(changed(archive, rest_npy=head))

    def test_arrays_that_do_not_belong_together_are_refused(self, archive: bytes) -> None:
        with pytest.raises(MediaError, match="belong together"):
            brought.load(changed(archive, st_npy=npy(array(archive, "st")[:-1])))
        with pytest.raises(MediaError, match="could be seen"):
            brought.load(changed(archive, layer_npy=npy(np.full_like(array(archive, "layer"), 2))))

    @pytest.mark.parametrize(
        "texture",
        [
            png(np.zeros((64, 32, 3), np.uint8)),
            png(np.zeros((64, 64), np.uint8)),
            png(np.zeros((24, 24, 3), np.uint8)),
            png(np.zeros((512, 512, 3), np.uint8))[:-300],
            b"RIFF....WEBP",
            b"",
        ],
        ids=["not square", "grey", "odd side", "cut off", "no PNG", "empty"],
    )
    def test_textures_of_another_kind_are_refused(self, archive: bytes, texture: bytes) -> None:
        with pytest.raises(MediaError):
            brought.load(changed(archive, reflectance_png=texture))

    def test_a_textures_size_is_read_before_it_is_decoded(self, archive: bytes) -> None:
        small = bytearray(png(np.zeros((64, 64, 3), np.uint8)))
        small[16:24] = (60_000).to_bytes(4, "big") * 2
        with pytest.raises(MediaError, match="60000x60000"):
            brought.load(changed(archive, normal_png=bytes(small)))

    def test_textures_of_sizes_that_do_not_fit_are_refused(self, archive: bytes) -> None:
        with pytest.raises(MediaError, match="alpha has 64 px"):
            brought.load(changed(archive, alpha_png=png(np.zeros((64, 64), np.uint8))))

    @pytest.mark.parametrize(
        "change",
        [
            {"format": 2},
            {"kind": "set"},
            {"parts": []},
            {"parts": [{"name": "x", "attributes": ["layout"]}]},
            {"framing": {"eye_m": [0, 1], "head_radius_m": 0.1, "height_m": 1.7}},
            {"framing": {"eye_m": [0, 1e9, 0], "head_radius_m": 0.1, "height_m": 1.7}},
            {"framing": None},
            {"relief": {"estimated": 1, "cut_m": None, "texels_per_m": 100}},
            {"relief": {"estimated": True, "cut_m": None, "texels_per_m": -1}},
        ],
    )
    def test_a_description_of_something_else_is_refused(self, archive: bytes, change: dict[str, object]) -> None:
        with pytest.raises(MediaError, match=r"subject\.json"):
            brought.load(told(archive, **change))

    @pytest.mark.parametrize("text", [b"", b"[", b"[]", b"{}", b"[" * 100_000, b"\xff", b'{"format": 1}'])
    def test_a_description_that_is_none_is_refused(self, archive: bytes, text: bytes) -> None:
        with pytest.raises(MediaError, match=r"subject\.json"):
            brought.load(changed(archive, subject_json=text))


def frozen(store: Store, name: str = "egg", **more: object) -> Lock:
    made, plates = dome()
    return freeze_brought(store, name, "character", made, plates, **more)  # type: ignore[arg-type]


class TestItsLock:
    def test_names_the_archive_the_atlas_and_who_made_the_plates(self, store: Store) -> None:
        lock = frozen(store)
        subject = brought.load_file(store.blob(lock.subject_sha256))
        assert lock.subject == "brought/relief"
        assert subject.subject_sha256 == lock.subject_sha256
        assert subject.atlas().atlas_sha256 == lock.atlas_sha256
        assert lock.regions == subject.regions
        assert lock.made_by == {"depth": "a test"}
        assert [a.view for a in lock.anchors] == ["picture", "picture, its light taken out"]
        assert lock_from(json.loads(json.dumps(plain(lock)))) == lock

    def test_frozen_twice_alike_is_one_version(self, store: Store) -> None:
        assert frozen(store).lock_sha256 == frozen(store).lock_sha256

    def test_who_made_nothing_is_not_in_a_locks_digest(self, store: Store) -> None:
        lock = frozen(store)
        assert "made_by" not in plain(replace(lock, made_by={}))
        assert replace(lock, made_by={}).lock_sha256 != lock.lock_sha256

    def test_its_archive_is_claimed_verified_and_never_collected(self, store: Store) -> None:
        lock = frozen(store)
        assert store.verify().problems == []
        path = store.blob(lock.subject_sha256)
        os.utime(path, (1, 1))
        Store.open(store.data).close()  # opening collects what no row names
        assert path.is_file()
        path.write_bytes(path.read_bytes()[:-1])
        (problem,) = store.verify().problems
        assert f"@{lock.name} v1" in problem

    def test_without_its_archive_it_is_not_stored(self, store: Store) -> None:
        lock = frozen(store)
        with pytest.raises(StoreError, match="not in this history"):
            store.add_lock(replace(lock, name="other", subject_sha256="0" * 64))

    def test_a_set_and_a_face_on_a_prop_are_refused(self, store: Store) -> None:
        made, plates = dome()
        with pytest.raises(MediaError, match="shows too little"):
            freeze_brought(store, "egg", "set", made, plates)
        with pytest.raises(MediaError, match="Only a character"):
            freeze_brought(store, "egg", "prop", made, plates, face_box=(100, 60, 200, 160))
        assert store.locks() == []


def standing(cut: bool = False, estimated: bool = False, **change: np.ndarray) -> Actor:
    """The egg as an actor."""

    made, plates = dome(cut=cut)
    made, plates = replace(made, **change), replace(plates, estimated=estimated)
    return placed(made, plates, *regions_for(made, "character"))


def placed(made: Picture, plates: Plates, regions: tuple[Region, ...], numbers: np.ndarray) -> Actor:
    _, subject = brought.pack(build(made, plates, "character", regions, numbers, name="egg"))
    held = dict.fromkeys(ATTRIBUTES["character"], "hold")
    sha = subject.atlas().atlas_sha256
    lock = Lock("egg", "character", 1, "brought/relief", subject.subject_sha256, sha, subject.regions, held, ())
    return Actor(lock, subject, None, held)


def staged(tmp_path: Path, *cast: Actor, width: int = 320, height: int = 180) -> PreparedScene:
    return PreparedScene(Scene(cast, actor(write_set(tmp_path, plain=True), "void"), width, height))


class TestItsEdge:
    def test_half_a_coverage_is_half_a_pixel_of_each(self, tmp_path: Path) -> None:
        made, _ = dome()
        veil = np.where(made.alpha > 0, np.float32(128 / 255), 0).astype(np.float32)
        veil[120:280, 100:200] = 1.0
        prepared = staged(tmp_path, standing(alpha=veil))
        layers = Filming(prepared, shot(prepared.scene), direction(size="wide")).frame(0, aov=True)
        cover = layers.coverage["egg"]
        half = (cover > 0.3) & (cover < 0.7)
        assert half.sum() > 200
        assert np.median(cover[half]) == pytest.approx(128 / 255, abs=0.03)
        assert not layers.single[half].any()
        assert layers.aov is not None
        assert (layers.aov.st[half][:, 2] == -1).all()

    def test_behind_a_soft_edge_stands_whoever_stands_there(self, tmp_path: Path) -> None:
        made, _ = dome()
        veil = np.where(made.alpha > 0, np.float32(0.5), 0).astype(np.float32)
        veil[:60] = 0
        veil[330:350, 140:160] = 1
        egg = standing(alpha=veil)
        far = actor(write_figure(tmp_path, plain=True), "dummy", mark="back")
        stage = actor(write_set(tmp_path, plain=True), "void")
        marks = stage.subject.info["marks"]
        marks["back"] = {**marks["middle"], "position_m": [0, 0, -1.5]}
        prepared = PreparedScene(Scene((egg, far), stage, 320, 180))
        layers = Filming(prepared, shot(prepared.scene), direction(size="wide")).frame(0, aov=False)
        both = (layers.coverage["egg"] > 0.49) & (layers.coverage["dummy"] > 0.49)
        assert both.sum() > 300
        assert np.abs(layers.coverage["egg"] + layers.coverage["dummy"] - 1)[both].max() < 0.01
        assert layers.coverage["void"][both].max() < 0.01

    def test_every_pixel_that_is_partly_covered_is_an_edge(self, tmp_path: Path) -> None:
        prepared = staged(tmp_path, standing())
        layers = Filming(prepared, shot(prepared.scene), direction()).frame(0, aov=False)
        cover = layers.coverage["egg"]
        partly = (cover > 0.02) & (cover < 0.98)
        assert partly.sum() > 200
        assert not layers.single[partly].any()

    @pytest.mark.parametrize("light", ["high key", "chiaroscuro", "neon"])
    def test_before_an_even_wall_no_rim_of_the_old_background_shows(self, tmp_path: Path, light: str) -> None:
        prepared = staged(tmp_path, standing(estimated=True), width=480, height=270)
        layers = Filming(prepared, shot(prepared.scene), direction(light=light)).frame(0, aov=False)
        beyond = np.array(list(rims(layers.picture @ LUMA, layers.coverage["egg"])))
        assert len(beyond) > 200
        assert np.median(beyond) <= 1.0
        assert np.quantile(beyond, 0.95) <= 1.1

    def test_coverage_is_the_mattes_at_the_same_scale(self, tmp_path: Path) -> None:
        made, _ = dome()
        actor_ = standing()
        prepared = staged(tmp_path, actor_, width=640, height=360)
        filming = Filming(prepared, shot(prepared.scene), direction(size="wide"))
        cover = filming.frame(0, aov=False).coverage["egg"]
        scale = actor_.subject.info["relief"]["texels_per_m"]
        _, depth = filming.cameras[0].project(np.array([[0, 0.85, 0]]))
        pixels_a_texel = filming.cameras[0].focal_px / float(depth[0]) / scale
        assert cover.sum() == pytest.approx(made.alpha.sum() * pixels_a_texel**2, rel=0.06)


class TestItsLight:
    def faces(self, tmp_path: Path, key: str, estimated: bool) -> tuple[float, float]:
        """Mean shading of the left and the right half of the egg under a key from a side."""
        prepared = staged(tmp_path, standing(estimated=estimated))
        layers = Filming(prepared, shot(prepared.scene), direction(light="chiaroscuro", key=key)).frame(0, aov=True)
        assert layers.aov is not None
        mine = (layers.coverage["egg"] >= 1) & layers.single
        columns = np.flatnonzero(mine.any(axis=0))
        left = np.arange(mine.shape[1]) < (columns[0] + columns[-1]) / 2
        lit = layers.aov.shading.mean(axis=2)
        return float(lit[mine & left].mean()), float(lit[mine & ~left].mean())

    @pytest.mark.parametrize("estimated", [True, False])
    def test_a_key_from_the_other_side_lights_the_other_side(self, tmp_path: Path, estimated: bool) -> None:
        left, right = self.faces(tmp_path, "left", estimated)
        assert left > 2 * right
        left, right = self.faces(tmp_path, "right", estimated)
        assert right > 2 * left

    def test_a_picture_of_one_part_is_exposed_for_its_head(self, tmp_path: Path) -> None:

        made, plates = dome()
        rows = np.arange(made.alpha.shape[0])[:, None, None]
        plates = replace(plates, reflectance=np.where(rows < 110, plates.reflectance, np.float32(0.9)))
        painted = np.where(rows[..., 0] < 110, np.uint8(1), np.uint8(3)) * np.ones_like(made.alpha, np.uint8)
        regions, numbers, _ = painted_parts(made, painted)

        def exposure(actor_: Actor) -> float:
            prepared = staged(tmp_path, actor_)
            return Filming(prepared, shot(prepared.scene), direction(light="high key")).look.exposure

        whole = placed(made, plates, *regions_for(made, "character"))
        assert exposure(whole) == pytest.approx(exposure(placed(made, plates, regions, numbers)), rel=0.2)

    def test_it_stands_on_the_floor_and_darkens_it(self, tmp_path: Path) -> None:
        prepared = staged(tmp_path, standing())
        taken = prepared.contact().taken
        assert taken.max() > 0.5
        _, mesh, _ = Filming(prepared, shot(prepared.scene), direction())._pose(0)
        assert mesh is not None
        assert mesh.low[1] == 0

    def test_an_estimates_own_relief_leaves_no_broken_shadow_on_it(self, tmp_path: Path) -> None:
        rough = staged(tmp_path, bumpy())
        layers = Filming(rough, shot(rough.scene), direction(light="chiaroscuro", key="left")).frame(0, aov=True)
        assert layers.aov is not None
        core = (layers.coverage["egg"] >= 1) & layers.single
        row = np.flatnonzero(core.any(axis=1))[core.any(axis=1).sum() // 2]
        lit = layers.aov.shading[row][core[row]].mean(axis=1)
        lit = np.convolve(lit, np.ones(3) / 3, "valid")
        turns = np.abs(np.diff(np.sign(np.diff(lit)[np.abs(np.diff(lit)) > 0.02 * lit.max()]))) > 0
        assert turns.sum() <= 1  # up to the brightest and down again, without steps between


def bumpy() -> Actor:
    """The egg with an estimate's depth in waves that its normals know nothing of."""

    made, plates = dome()
    wave = 0.02 * np.sin(np.arange(plates.depth.shape[1]) * 0.5)
    plates = replace(plates, depth=(plates.depth + wave).astype(np.float32), estimated=True)
    return placed(made, plates, *regions_for(made, "character"))


class TestItsCamera:
    @pytest.mark.parametrize("size", [*SIZES])
    def test_never_shows_where_a_picture_cuts_it_off(self, tmp_path: Path, size: str) -> None:
        prepared = staged(tmp_path, standing(cut=True))
        cut = prepared.framing.cut_m
        assert cut is not None
        low = np.array([[x, cut, z] for x in (-0.4, 0.4) for z in (0.0, 0.25)])
        for moves in ([], *([m] for m in MOVES if m != "static"), [("push in", 2.0)], ["pull out", "handheld"]):
            for angle in ("eye level", "low", "high", "overhead"):
                asked = direction(size=size, angle=angle, move=moves)
                for camera in path(asked, prepared.framing, 320, 180, 9, 7):
                    pixels, depth = camera.project(low)
                    assert (pixels[depth > 0.1, 1] >= 180).all(), (size, moves, angle)

    def test_keeps_before_it(self, tmp_path: Path) -> None:
        prepared = staged(tmp_path, standing())
        for move in MOVES:
            for camera in path(direction(move=(move, 1.5), angle="overhead"), prepared.framing, 320, 180, 9, 7):
                x, y, z = np.asarray(camera.position_m) - np.asarray(prepared.framing.eye_m)
                assert abs(np.degrees(np.arctan2(x, z))) < 15, move
                assert abs(np.degrees(np.arctan2(y, z))) < 20, move

    def test_it_faces_the_camera_wherever_its_mark_looks(self, tmp_path: Path) -> None:
        stage = actor(write_set(tmp_path, plain=True), "void")
        stage.subject.info["marks"]["middle"].update(facing_deg=70, camera_deg=20)
        try:
            prepared = PreparedScene(Scene((standing(),), stage, 160, 90))
            assert prepared.framing.facing_deg == pytest.approx(20, abs=0.01)
        finally:
            stage.subject.info["marks"]["middle"].update(facing_deg=0, camera_deg=0)

    def test_a_still_figure_is_posed_once_for_all_frames(self, tmp_path: Path) -> None:
        prepared = staged(tmp_path, standing())
        filming = Filming(prepared, shot(prepared.scene, frames=4), direction())
        assert filming._pose(0)[1] is filming._pose(3)[1]


class TestWhatIsSaid:
    def said(self, tmp_path: Path, cut: bool, estimated: bool = True, **axes: object) -> str:
        prepared = staged(tmp_path, standing(cut=cut, estimated=estimated))
        return " / ".join(cannot(direction(**axes), prepared.scene))  # type: ignore[arg-type]

    @pytest.mark.parametrize("move", [m for m in MOVES if m not in FRONT_MOVES and m != "static"])
    def test_moves_around_it(self, tmp_path: Path, move: str) -> None:
        assert "only the front is known" in self.said(tmp_path, False, move=move)

    def test_tilts_and_wide_shots_of_half_a_figure(self, tmp_path: Path) -> None:
        assert "cuts @egg off" in self.said(tmp_path, True, move="tilt down")
        assert self.said(tmp_path, False, move="tilt down") == ""
        assert "as wide as the picture of @egg reaches" in self.said(tmp_path, True, size="wide")
        assert self.said(tmp_path, True, size="close-up") == ""

    def test_what_a_hard_key_cannot_show_of_an_estimate(self, tmp_path: Path) -> None:
        assert "estimate's roundness" in self.said(tmp_path, False, light="chiaroscuro")
        assert self.said(tmp_path, False, estimated=False, light="chiaroscuro") == ""

    def test_an_eyeline_an_angle_a_smile_and_a_dye(self, tmp_path: Path) -> None:
        assert "head does not turn" in self.said(tmp_path, False, eyeline="left")
        assert "nearly level" in self.said(tmp_path, False, angle="low")
        assert "modelled" in self.said(tmp_path, False, expression="smile")
        assert "could dye" in self.said(tmp_path, False, wardrobe="red")


class TestTheCommandLine:
    @pytest.fixture
    def files(self, tmp_path: Path) -> list[str]:

        made, plates = dome()
        (tmp_path / "egg.png").write_bytes(png(np.dstack([made.rgb, np.rint(made.alpha * 255).astype(np.uint8)])))
        exr.write_layers(tmp_path / "depth.exr", {"depth": plates.depth})
        exr.write_layers(tmp_path / "r.exr", {"": plates.reflectance})
        normal = np.rint((np.nan_to_num(plates.normal) + 1) * 127.5).astype(np.uint8)
        (tmp_path / "n.png").write_bytes(png(normal))
        return [
            "--depth",
            str(tmp_path / "depth.exr"),
            "--reflectance",
            str(tmp_path / "r.exr"),
            "--normal",
            str(tmp_path / "n.png"),
        ]

    def run(self, tmp_path: Path, *more: str) -> int:

        base = [
            "lock",
            "egg",
            "--kind",
            "character",
            "--image",
            str(tmp_path / "egg.png"),
            "--data",
            str(tmp_path / "data"),
        ]
        return main([*base, *more])

    def test_freezes_with_given_plates(
        self, tmp_path: Path, files: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.run(tmp_path, "--relight", "--height", "1.6", *files, "--json") == 0
        row = json.loads(capsys.readouterr().out)
        assert all(who.startswith("given ") for who in row["made_by"].values())

    def test_what_no_file_gives_is_estimated_and_recorded_as_such(
        self, tmp_path: Path, files: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.run(tmp_path, "--relight", *files[2:4], "--json") == 0
        made_by = json.loads(capsys.readouterr().out)["made_by"]
        assert made_by["reflectance"].startswith("given ")
        assert made_by["normal"] == made_by["depth"] == "classical 1"

    def test_plates_without_relight_are_refused(
        self, tmp_path: Path, files: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.run(tmp_path, *files) == 2
        assert "are for --relight" in capsys.readouterr().err

    def test_depth_in_eight_bits_is_refused(
        self, tmp_path: Path, files: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.run(tmp_path, "--relight", "--depth", files[5], *files[2:]) == 2
        assert "needs the metres that black and white stand for" in capsys.readouterr().err

    def test_a_file_that_is_not_there_is_named(
        self, tmp_path: Path, files: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.run(tmp_path, "--relight", "--depth", str(tmp_path / "none.exr"), *files[2:]) == 2
        assert "none.exr" in capsys.readouterr().err
