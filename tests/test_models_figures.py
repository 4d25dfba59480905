"""GLB models as figures and props: which way up and round, how tall, whose eyes, which expressions; and their locks through the command line."""

import ast
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sora_lock.direction import read
from sora_lock.engines import Layers, Scene
from sora_lock.engines.comp.scene import PreparedScene
from sora_lock.engines.comp.take import Filming
from sora_lock.errors import MediaError, PolicyError
from sora_lock.freeze import freeze_cut
from sora_lock.hold import Hold
from sora_lock.media.gltf import open_model
from sora_lock.paths import shipped
from sora_lock.records import Chip, Direction, Kind
from sora_lock.store import Store
from sora_lock.subjects import baked
from sora_lock.subjects.brought import pack
from sora_lock.subjects.models.bring import Brought, bring
from sora_lock.subjects.models.figure import expressions
from sora_lock.subjects.models.folder import write_model
from sora_lock.subjects.models.seen import seen
from sora_lock.subjects.models.soup import join
from sora_lock.subjects.models.standing import standing
from tests.baked_parts import actor, shot
from tests.model_parts import Glb, acting, ball, box, brought, crate, figure, joined, mesh


def puppet(unit: float = 1.0, eyes: bool = True, **root: Any) -> Glb:
    """A head on a body on two feet, 1.7 m tall, its toes and eyes to +Z; its root as told."""
    glb = Glb()
    skin, cloth = glb.material("Skin", (0.6, 0.4, 0.3, 1)), glb.material("Coat", (0.1, 0.2, 0.4, 1))
    head = mesh(glb, "Head", ball((0, 1.57, 0), 0.13), skin, root=False)
    body = mesh(glb, "Body", box((-0.22, 0.1, -0.12), (0.22, 1.44, 0.12)), cloth, root=False)
    feet = joined(box((-0.2, 0, -0.08), (-0.05, 0.1, 0.22)), box((0.05, 0, -0.08), (0.2, 0.1, 0.22)))
    children = [head, body, mesh(glb, "Shoes", feet, cloth, root=False)]
    if eyes:
        white = glb.material("EyeWhite", (0.8, 0.8, 0.8, 1))
        children.append(
            mesh(glb, "Eyes", joined(*(ball((x, 1.6, 0.11), 0.02) for x in (-0.035, 0.035))), white, root=False)
        )
    glb.node("root", children=children, scale=[unit] * 3, **root)
    return glb


def made_of(glb: Glb, kind: Kind = "character", height_m: float | None = None) -> Brought:
    return bring(glb.data(), kind, "somebody", height_m)


def soup_of(names: list[str]) -> Any:
    """A triangle with targets of these names, each moving it by one more centimetre to the right."""
    glb = Glb()
    made = glb.primitive([0, 1, 2], POSITION=np.array([(0, 0, 0), (0.5, 0, 0), (0, 1.7, 0)]))
    made["targets"] = [{"POSITION": glb.accessor(np.tile([0.01 * (k + 1), 0, 0], (3, 1)))} for k in range(len(names))]
    glb.thing("face", [made], extras={"targetNames": names})
    return join(standing(open_model(glb.data()), "character", None)[0])


class TestHowItStands:
    def test_metres_on_the_floor_in_the_middle(self) -> None:
        rest = made_of(puppet(translation=[5, -2, 9])).parts.rest
        assert rest[:, 1].min() == pytest.approx(0, abs=1e-4) and rest[:, 1].max() == pytest.approx(1.7, abs=1e-3)
        assert abs(rest[:, 0].min() + rest[:, 0].max()) < 1e-3

    @pytest.mark.parametrize(("unit", "word"), [(100.0, "centimetres"), (1000.0, "millimetres"), (39.37, "inches")])
    def test_other_units_are_taken_for_what_they_are_and_said(self, unit: float, word: str) -> None:
        made = made_of(puppet(unit))
        assert made.parts.rest[:, 1].max() == pytest.approx(1.7, rel=0.02)
        assert any(word in n and "--height" in n for n in made.notes)

    def test_a_height_that_is_told_counts(self) -> None:
        assert made_of(puppet(), height_m=1.1).parts.rest[:, 1].max() == pytest.approx(1.1, abs=1e-3)
        with pytest.raises(MediaError, match="cannot be"):
            made_of(puppet(), height_m=900)

    @pytest.mark.parametrize("eyes", [True, False])
    def test_who_looks_to_the_back_is_turned(self, eyes: bool) -> None:
        made = made_of(puppet(eyes=eyes, rotation=[0, 1, 0, 0]))
        toes = made.parts.rest[made.parts.rest[:, 1] < 0.05]
        assert toes[:, 2].max() > 1.3 * -toes[:, 2].min()
        assert any("turned to the camera" in n for n in made.notes)
        assert not any("turned" in n for n in made_of(puppet(eyes=eyes)).notes)

    def test_who_lies_along_z_is_stood_up(self) -> None:
        half = float(np.sqrt(0.5))
        made = made_of(puppet(rotation=[half, 0, 0, half]))
        assert made.parts.rest[:, 1].max() == pytest.approx(1.7, abs=1e-3)
        head = made.parts.rest[np.unique(made.parts.faces[made.parts.part == 0])]
        assert head[:, 1].min() > 1.3


class TestParts:
    def test_materials_tell_what_nodes_do_not(self) -> None:
        told = {p["name"]: p["attributes"] for p in made_of(puppet()).parts.info["parts"]}
        assert told == {"head": ["body"], "body": ["wardrobe"], "shoes": ["wardrobe"], "eyes": ["face", "expression"]}

    def test_a_shipped_figures_parts_come_back(self) -> None:
        mine = {p["name"]: set(p["attributes"]) for p in brought("figure")[0].parts.info["parts"]}
        its = {p["name"]: set(p["attributes"]) for p in baked.load(shipped()["mara"]).info["parts"]}
        assert set(mine) == set(its)
        assert all(its[n] <= mine[n] for n in its)

    def test_a_scan_without_names_has_a_head_above_its_chin(self) -> None:
        glb = Glb()
        mesh(glb, "Mesh.001", joined(box((-0.2, 0, -0.1), (0.2, 1.44, 0.1)), ball((0, 1.6, 0), 0.12)))
        made = made_of(glb)
        assert [p["name"] for p in made.parts.info["parts"]] == ["head", "body"]
        assert any("told by its height" in n for n in made.notes)


class TestFraming:
    def test_eyes_are_where_its_eyes_are(self) -> None:
        frame = made_of(puppet()).parts.info["framing"]
        assert frame["eye_m"] == pytest.approx([0, 1.6, 0.13 - 0.05], abs=0.06)
        assert frame["height_m"] == pytest.approx(1.7, abs=0.01)

    def test_of_the_shipped_figure_they_are_where_it_says(self) -> None:
        frame, its = brought("figure")[0].parts.info["framing"], baked.load(shipped()["mara"]).info["character"]
        assert frame["eye_m"][1] == pytest.approx(its["eye_m"][1], abs=0.02)
        assert frame["head_radius_m"] == pytest.approx(its["head_radius_m"], abs=0.03)

    def test_all_of_a_prop_is_in_a_medium_shot(self) -> None:
        front = seen(brought("crate")[1])[0]
        rim = np.concatenate([front.regions[0], front.regions[-1], front.regions[:, 0], front.regions[:, -1]])
        assert (rim == 0).all()
        assert 0.15 < (front.regions > 0).mean() < 0.7


class TestExpressions:
    def test_pieces_of_arkit_add_up(self) -> None:
        made, unused = expressions(soup_of(["mouthSmileLeft", "mouthSmileRight", "jawOpen", "tongueOut"]))
        assert set(made) == {"smile"}
        assert np.allclose(made["smile"][:, 0], 0.01 + 0.02)
        assert unused == ("jawOpen", "tongueOut")

    def test_presets_and_plain_words(self) -> None:
        made, unused = expressions(
            soup_of(["Fcl_ALL_Joy", "Fcl_ALL_Angry", "Fcl_ALL_Sorrow", "Fcl_MTH_A", "Fcl_ALL_Surprised", "sleepy"])
        )
        assert set(made) == {"smile", "angry", "worried", "surprised", "weary"}
        assert unused == ("Fcl_MTH_A",)

    def test_a_whole_face_is_better_than_its_pieces(self) -> None:
        made, _ = expressions(soup_of(["mouthSmileLeft", "Smile"]))
        assert np.allclose(made["smile"][:, 0], 0.02)

    def test_those_of_a_figure_are_said_and_what_is_none_as_well(self) -> None:
        made, subject = brought("figure")
        assert set(subject.expressions) == {"smile", "angry"}
        assert any("angry, smile" in n for n in made.notes) and any("tongueOut" in n for n in made.notes)


@pytest.fixture(scope="module")
def faces() -> dict[str, Layers]:
    """The brought figure on the rooftop, smiling where that is held and where it is free, and asked to look left."""
    smiling = Direction("", (Chip("size", "close-up"), Chip("expression", "smile")))
    out = {}
    for name, direction, policies in (
        ("held", smiling, {}), ("free", smiling, {"expression": "free"}), ("aside", Direction("", (Chip("size", "close-up"), Chip("eyeline", "left"))), {}),
    ):  # fmt: skip
        who = acting(brought("figure")[1], "figure", **policies)
        prepared = PreparedScene(Scene((who,), actor(shipped()["rooftop"], "rooftop"), 480, 270))
        out[name] = Filming(prepared, shot(prepared.scene), direction).frame(0, aov=True)
    return out


class TestOnFilm:
    def test_it_smiles_only_when_that_is_free(self, faces: dict[str, Layers]) -> None:
        differ = np.abs(faces["held"].picture - faces["free"].picture).max(axis=2)
        face = faces["held"].coverage["figure"] > 0.5
        assert (differ[face] > 0.02).mean() > 0.03
        assert (differ[~face] > 0.02).mean() < 0.01

    def test_its_head_turns(self, faces: dict[str, Layers]) -> None:
        differ = np.abs(faces["held"].picture - faces["aside"].picture).max(axis=2)
        assert (differ > 0.05).mean() > 0.02

    def test_it_looks_as_the_figure_it_was_made_of(self) -> None:
        pictures = []
        for who in (acting(brought("figure")[1], "figure"), actor(shipped()["mara"], "figure")):
            prepared = PreparedScene(Scene((who,), actor(shipped()["rooftop"], "rooftop"), 480, 270))
            layers = Filming(prepared, shot(prepared.scene), read("overcast day, medium shot")).frame(0, aov=True)
            pictures.append((layers.picture, layers.coverage["figure"] > 0.99))
        both = pictures[0][1] & pictures[1][1]
        assert both.sum() > 10_000
        a, b = (p[0][both].mean(axis=1) for p in pictures)
        assert np.corrcoef(a, b)[0, 1] > 0.8 and 0.8 < a.mean() / b.mean() < 1.25


class TestLocks:
    @pytest.fixture(scope="class")
    def store(self, tmp_path_factory: pytest.TempPathFactory) -> Store:
        return Store.open(tmp_path_factory.mktemp("data"))

    @pytest.fixture(scope="class")
    def folder(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        made = tmp_path_factory.mktemp("brought") / "cut"
        write_model(made, crate().data(), "prop")
        return made

    def test_a_folder_becomes_a_lock_held_by_reflectance(self, store: Store, folder: Path) -> None:
        told = json.loads((folder / "cut.json").read_text())
        assert told["what"] == "model" and told["kind"] == "prop"
        assert all((folder / name).is_file() for name, *_ in told["shown"])
        lock = freeze_cut(store, "crate", "prop", folder)
        assert lock.subject == "brought/model" and lock.kind == "prop"
        assert [a.view for a in lock.anchors] == ["front", "left 35", "right 35"]
        assert [r.name for r in lock.regions] == ["crate", "lid", "front", "band"]
        assert freeze_cut(store, "crate", "prop", folder).lock_sha256 == lock.lock_sha256

    def test_what_only_pictures_have_is_refused(self, store: Store, folder: Path) -> None:
        with pytest.raises(PolicyError, match="leave plates"):
            freeze_cut(store, "crate", "prop", folder, height_m=2.0)
        with pytest.raises(MediaError, match="holds a prop"):
            freeze_cut(store, "crate", "set", folder)

    def test_grips_are_reflectance_for_figure_prop_and_room(self) -> None:
        cast = (acting(brought("figure")[1], "figure"), acting(brought("crate")[1], "crate"))
        scene = Scene(cast, acting(brought("room")[1], "room"), 480, 270)
        prepared = PreparedScene(scene)
        grips = {}
        for text in ("overcast day, medium wide shot", "overcast day, wide shot"):
            hold = Hold((*scene.cast, scene.stage), prepared.regions)
            layers = Filming(prepared, shot(scene), read(text)).frame(0, aov=True)
            hold.see(0, layers, np.zeros((270, 480, 3), np.uint8))
            grips[text] = hold.grips()
        near, far = grips.values()
        assert {a: g.grip for a, g in near["room"].items()} == dict.fromkeys(
            ("layout", "props", "surfaces"), "reflectance"
        )
        assert {g.grip for g in near["figure"].values()} == {"reflectance"}
        assert far["crate"]["surfaces"].grip == "reflectance"


def test_a_published_sample_is_a_prop_in_its_own_colours() -> None:
    """The Khronos sample Duck.glb, which comes with gradio."""
    origin = find_spec("gradio")
    assert origin is not None and origin.origin is not None
    data = (Path(origin.origin).parent / "media_assets/models3d/Duck.glb").read_bytes()
    subject = pack(bring(data, "prop", "duck", 0.5).parts)[1]
    assert np.ptp(subject.rest[:, 1]) == pytest.approx(0.5, abs=1e-3) and len(subject.faces) == 4212
    front = seen(subject)[0]
    rgb = front.rgba[front.regions > 0][:, :3].astype(int)
    assert rgb.shape[0] > 30_000
    assert np.median(rgb[:, 0]) > 200 and np.median(rgb[:, 2]) < 60  # it is yellow


def test_the_figure_of_these_tests_has_no_targets_unless_told() -> None:
    assert not open_model(figure(targets=False).data()).pieces[0].targets


class TestTheCommandLine:
    @pytest.fixture(scope="class")
    def file(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        path = tmp_path_factory.mktemp("glb") / "box.glb"
        glb = Glb()
        mesh(glb, "box", box((-0.2, 0, -0.2), (0.2, 0.4, 0.2)), glb.material("clay", (0.5, 0.2, 0.1, 1)))
        path.write_bytes(glb.data())
        return path

    def run(self, tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "sora_lock", *words, "--data", str(tmp_path / "data")]
        return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)

    def test_locks_a_model_at_once(self, file: Path, tmp_path: Path) -> None:
        done = self.run(tmp_path, "lock", "box", "--kind", "prop", "--image", str(file), "--height", "0.8", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["attributes"] == dict.fromkeys(("layout", "props", "surfaces"), "hold")
        assert Store.open(tmp_path / "data").lock("box").subject == "brought/model"

    def test_cuts_it_into_a_folder_of_its_kind(self, file: Path, tmp_path: Path) -> None:
        done = self.run(
            tmp_path, "cutout", "--image", str(file), "--kind", "set", "--out", str(tmp_path / "cut"), "--json"
        )
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert (
            told["kind"] == "set"
            and told["parts"] == ["box", "floor"]
            and any("floor was laid" in n for n in told["notes"])
        )

    def test_says_in_one_line_what_a_model_cannot_take(self, file: Path, tmp_path: Path) -> None:
        done = self.run(tmp_path, "cutout", "--image", str(file), "--box", "1,2,3,4", "--out", str(tmp_path / "cut"))
        assert done.returncode == 2 and "leave --box out" in done.stderr and done.stderr.count("\n") == 1
        assert not (tmp_path / "cut").exists()


def test_reading_what_was_brought_loads_nothing_heavy() -> None:
    """The page's process freezes; the ray caster and the unwrap belong to the child that brought it."""
    code = "import sys, sora_lock.freeze, sora_lock.subjects.models.folder; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert not {"torch", "embreex", "xatlas", "numba", "cv2"} & set(ast.literal_eval(done.stdout))
