"""GLB models as sets: parts by name, where one stands, what shines, which wall gives way."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sora_lock.colour import luma
from sora_lock.direction import read
from sora_lock.engines import Layers, Scene
from sora_lock.engines.comp.scene import PreparedScene
from sora_lock.engines.comp.take import Filming
from sora_lock.errors import MediaError
from sora_lock.paths import shipped
from sora_lock.subjects.brought import pack
from sora_lock.subjects.models.bring import Brought, bring
from sora_lock.subjects.models.naming import is_pane, plain
from tests.baked_parts import actor, shot
from tests.model_parts import Glb, acting, ball, box, brought, crate, joined, leaf, mesh, planks, quad, room


def told(made: Brought, name: str) -> dict[str, Any]:
    return next(p for p in made.parts.info["parts"] if p["name"] == name)


def made_of(glb: Glb, **more: Any) -> Brought:
    return bring(glb.data(), "set", "place", **more)


def simple() -> Glb:
    """Ground 8 x 8 m and a box on it, with plain materials: quick to bring."""
    glb = Glb()
    grey = glb.material("grey", (0.4, 0.4, 0.4, 1))
    mesh(glb, "ground", quad((-4, 0, 4), (8, 0, 0), (0, 0, -8)), grey)
    mesh(glb, "crate", box((1, 0, -2), (2, 1, -1)), grey)
    return glb


class TestParts:
    def test_places_and_things_are_told_by_their_names(self) -> None:
        made, _ = brought("room")
        assert told(made, "floor")["attributes"] == ["surfaces", "layout"]
        assert told(made, "wall left")["attributes"] == ["surfaces", "layout"]
        assert told(made, "table")["attributes"] == ["props", "layout"]

    def test_copies_are_one_part_and_numbers_no_names(self) -> None:
        assert plain("Chair_Leg.001") == plain("chairLeg 2") == "chair leg"
        assert plain("Mesh.004") == ""

    def test_no_more_than_a_lock_can_name(self) -> None:
        glb = simple()
        letters = "abcdefghijklmnopqrst"
        for k in range(300):
            name = f"{letters[k // 20 % 20]}{letters[k % 20]} thing"
            mesh(
                glb,
                name,
                box((k % 20 * 0.3 - 3, 0, k // 20 * 0.3 - 3), (k % 20 * 0.3 - 2.9, 0.2, k // 20 * 0.3 - 2.9)),
                0,
            )
        made = made_of(glb)
        assert 190 <= len(made.parts.info["parts"]) <= 250
        assert told(made, "other things")

    @pytest.mark.parametrize(
        ("name", "material", "pane"),
        [("window glass", "", True), ("Window_Pane.002", "x", True), ("window frame", "wood", False), ("window", "glass", True), ("drinking glass", "glass", False), ("table", "wood", False)],
    )  # fmt: skip
    def test_panes(self, name: str, material: str, pane: bool) -> None:
        assert is_pane(plain(name), material) is pane


class TestWhereOneStands:
    def test_on_the_models_own_mark_before_its_own_camera(self) -> None:
        made, _ = brought("room")
        mark = made.parts.info["marks"]["window"]
        assert mark["position_m"] == pytest.approx([0.1, 0.0, -0.6], abs=0.01)
        assert mark["facing_deg"] == pytest.approx(11.5, abs=0.5)
        assert mark["camera_deg"] == pytest.approx(np.degrees(np.arctan2(-1.0, 2.8)), abs=0.5)

    def test_where_there_is_room_when_the_model_says_nothing(self) -> None:
        made = made_of(room(camera=False, mark=False))
        x, y, z = made.parts.info["marks"]["middle"]["position_m"]
        assert abs(y) < 0.02 and max(abs(x), abs(z)) < 2.0
        assert not (0.5 < x < 2.4 and -1.9 < z < -0.4)  # not in the table
        assert any("no node called mark" in n for n in made.notes)

    def test_on_a_floor_at_another_height_the_floor_becomes_nought(self) -> None:
        glb = simple()
        glb.json["scenes"][0]["nodes"] = [glb.add("nodes", {"children": [0, 1], "translation": [7, 3.2, -40]})]
        made = made_of(glb)
        assert made.parts.rest[:, 1].min() == pytest.approx(0.0, abs=1e-3)
        assert made.parts.info["marks"]["middle"]["position_m"][1] == pytest.approx(0.0, abs=1e-3)
        assert np.abs(made.parts.rest[:, [0, 2]]).max() == pytest.approx(4.0, abs=0.01)

    def test_a_floor_is_laid_where_there_is_none_and_that_is_said(self) -> None:
        glb = Glb()
        mesh(glb, "statue", ball((0, 1.2, 0), 1.2))
        made = made_of(glb)
        assert told(made, "floor")["attributes"] == ["surfaces", "layout"]
        assert any("floor was laid" in n for n in made.notes)
        assert np.ptp(made.parts.rest[:, 0]) > 20

    def test_a_roof_is_no_floor(self) -> None:
        glb = Glb()
        mesh(glb, "house", box((-4, 0, -3), (4, 6, 3)))
        made = made_of(glb)
        assert any("floor was laid" in n for n in made.notes)
        assert made.parts.rest[made.parts.faces[made.parts.part == 0]][..., 1].max() == pytest.approx(6.0, abs=1e-3)

    def test_the_sky_is_as_open_as_rays_find_it(self) -> None:
        assert brought("room")[0].parts.info["open_sky"] == 0.25 and brought("room")[0].parts.info["indoors"]
        outside = made_of(simple()).parts.info
        assert outside["open_sky"] > 0.9 and not outside["indoors"]


class TestSizes:
    def test_centimetres_are_noticed_and_said(self) -> None:
        made = made_of(room(scale=100.0))
        assert np.ptp(made.parts.rest[:, 1]) == pytest.approx(2.8, abs=0.05) or any(
            "Give --height" in n for n in made.notes
        )

    def test_a_height_that_is_told_counts(self) -> None:
        made = made_of(simple(), height_m=2.0)
        assert np.ptp(made.parts.rest[:, 1]) == pytest.approx(2.0, abs=1e-3)

    def test_what_is_too_large_is_refused(self) -> None:
        with pytest.raises(MediaError, match="may reach 400 m"):
            made_of(simple(), height_m=300.0)


class TestWhatShines:
    def test_a_lamp_that_glows_beside_a_light_is_that_light(self) -> None:
        info = brought("room")[0].parts.info
        lamp = info["practicals"]["lamp"]
        assert lamp["position_m"] == pytest.approx([1.5, 1.25, -1.2]) and lamp["rgb"] == [1.0, 0.72, 0.4]
        glowing = [p for p in info["parts"] if p.get("emission")]
        assert [p["name"] for p in glowing] == ["lamp"]
        assert glowing[0]["emission"]["practical"] == "lamp"

    def test_only_what_glows_of_a_thing_is_its_lamp(self) -> None:
        glb = simple()
        screen = np.zeros((64, 64, 3), np.uint8)
        screen[:32] = 255
        glow = glb.material("set", emissiveFactor=[0.2, 0.4, 1.0], emissiveTexture={"index": glb.image(screen)})
        halves = joined(
            quad((-1, 0.5, -2), (1, 0, 0), (0, 0.5, 0), (1, 0.5)), quad((-1, 1.0, -2), (1, 0, 0), (0, 0.5, 0), (1, 0.5))
        )
        halves["TEXCOORD_0"][:4, 1] += 0.5
        mesh(glb, "television", halves, glow)
        info = made_of(glb).parts.info
        assert told(Brought(made_of(glb).parts, ()), "television glow")["emission"]["practical"] == "neon"
        assert "emission" not in next(p for p in info["parts"] if p["name"] == "television")

    def test_a_sign_that_glows_red_is_a_neon_that_can_be_switched(self) -> None:
        info = brought("courtyard")[0].parts.info
        assert info["practicals"]["sign"]["kind"] == "neon" and info["practicals"]["sign"]["rgb"][0] == 1.0
        assert brought("room")[0].parts.info["practicals"]["lamp"]["kind"] == "lamp"

    def test_a_directional_light_is_the_sun(self) -> None:
        glb = simple()
        glb.json["extensions"] = {"KHR_lights_punctual": {"lights": [{"type": "directional", "intensity": 3}]}}
        turn = np.radians(-50) / 2  # shines along -Z, tipped 50 degrees down
        glb.node(
            "sun",
            rotation=[float(np.sin(turn)), 0, 0, float(np.cos(turn))],
            extensions={"KHR_lights_punctual": {"light": 0}},
        )
        assert made_of(glb).parts.info["sun"] == {
            "azimuth_deg": pytest.approx(0.0),
            "elevation_deg": pytest.approx(50.0),
        }

    def test_a_pane_in_a_room_is_a_window_with_its_light_and_no_shadow(self) -> None:
        made, subject = brought("room")
        part = told(made, "window pane")
        assert part["window"] and made.parts.info["practicals"]["window"]["kind"] == "window"
        k = made.parts.info["parts"].index(part)
        assert subject.layer is not None and (subject.layer[subject.part == k] == 1).all()

    def test_clear_glass_that_is_no_window_is_left_out_and_said(self) -> None:
        glb = simple()
        mesh(glb, "showcase", box((-1, 0, -1), (0, 1, 0)), glb.material("glass", (1, 1, 1, 0.1), alphaMode="BLEND"))
        made = made_of(glb)
        assert "showcase" not in [
            p["name"] for p in made.parts.info["parts"] if (made.parts.part == made.parts.info["parts"].index(p)).any()
        ]
        assert any("showcase" in n for n in made.notes)


class TestHoles:
    def test_leaves_are_cut_out_of_their_cards(self) -> None:
        made, subject = brought("courtyard")
        k = made.parts.info["parts"].index(told(made, "plant"))
        p = subject.rest[subject.faces[subject.part == k]].astype(np.float64)
        area = np.linalg.norm(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), axis=1).sum() / 2
        leaves = (leaf()[..., 3] > 0).mean() * 40 * 0.45**2
        assert area == pytest.approx(leaves, rel=0.08)
        assert made.parts.alpha is None and subject.layer is not None and (subject.layer[subject.part == k] == 0).all()

    def test_a_props_card_keeps_its_soft_edge_and_throws_the_leaves_shadow(self) -> None:
        glb = Glb()
        mesh(
            glb,
            "card",
            quad((-0.5, 0, 0), (1, 0, 0), (0, 1, 0)),
            glb.material("leaf", texture=glb.image(leaf()), alphaMode="MASK"),
        )
        mesh(glb, "pot", box((-0.1, -0.2, -0.1), (0.1, 0, 0.1)), glb.material("clay"))
        parts = bring(glb.data(), "prop", "plant").parts
        assert parts.alpha is not None
        card = [p["name"] for p in parts.info["parts"]].index("card")
        assert sorted(set(parts.layer[parts.part == card])) == [1, 2] and set(parts.layer[parts.part != card]) == {0}


@pytest.fixture(scope="module")
def filmed() -> dict[str, Layers]:
    """The shipped mara at the room's mark, a crate beside her, under two lights."""
    cast = (actor(shipped()["mara"], "mara"), acting(brought("crate")[1], "crate"))
    prepared = PreparedScene(Scene(cast, acting(brought("room")[1], "room"), 480, 270))
    return {
        text: Filming(prepared, shot(prepared.scene), read(text)).frame(0, aov=True)
        for text in ("overcast day, wide shot", "night, lamp on, medium shot")
    }


class TestOnFilm:
    def test_somebody_stands_in_it_on_its_floor_and_all_of_the_frame_is_the_room(
        self, filmed: dict[str, Layers]
    ) -> None:
        layers = filmed["overcast day, wide shot"]
        assert (
            layers.region > 0
        ).all()  # the wall behind the camera gives way, and no sky shows where the floor would end
        assert layers.coverage["mara"].max() == 1 and layers.coverage["crate"].max() == 1
        rows = np.flatnonzero((layers.coverage["mara"] > 0.5).any(axis=1))
        assert 90 < rows[-1] - rows[0] < 260

    def test_a_lamp_of_the_model_lights_its_side_of_the_room(self, filmed: dict[str, Layers]) -> None:
        aov = filmed["night, lamp on, medium shot"].aov
        assert aov is not None
        light = luma(aov.shading)
        assert light[:, 320:].mean() > 1.5 * light[:, :160].mean()

    def test_what_is_seen_is_the_rooms_own_colours(self, filmed: dict[str, Layers]) -> None:
        layers = filmed["overcast day, wide shot"]
        assert layers.aov is not None
        names = [p["name"] for p in brought("room")[1].info["parts"]]
        first = int(layers.region.max()) - len(names)
        wall = np.isin(layers.region, [first + 1 + names.index("wall back")])
        assert wall.sum() > 3000
        colour = (layers.aov.diffuse / np.maximum(layers.aov.shading, 1e-4))[wall]
        assert colour[:, 1].mean() > 1.15 * colour[:, 0].mean()  # the wallpaper is green


class TestOddities:
    def test_a_mirrored_root_gives_the_same_room_mirrored_with_lit_insides(self) -> None:
        glb = simple()
        glb.json["scenes"][0]["nodes"] = [glb.add("nodes", {"children": [0, 1], "scale": [-1, 1, 1]})]
        parts = made_of(glb).parts
        p = parts.rest[parts.faces]
        across = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
        assert (across[parts.part == 0][:, 1] > 0).all()
        assert p[parts.part == 1][..., 0].max() == pytest.approx(-1.0, abs=1e-3)

    def test_a_root_that_turns_z_up_to_y_up_is_just_a_node(self) -> None:
        glb = Glb()
        ground = quad((-4, -4, 0), (8, 0, 0), (0, 8, 0))
        half = float(np.sqrt(0.5))
        mesh(glb, "ground", ground, root=False)
        glb.node("Z_UP", children=[0], rotation=[-half, 0, 0, half])
        parts = made_of(glb).parts
        assert np.abs(parts.rest[:, 1]).max() < 1e-3

    def test_the_same_file_gives_the_same_archive(self) -> None:
        data = crate().data()
        assert pack(bring(data, "prop", "a").parts)[0] == pack(bring(data, "prop", "a").parts)[0]

    def test_nothing_is_left_behind_by_a_refused_one(self, tmp_path: Path) -> None:
        from sora_lock.subjects.models.folder import write_model

        glb = room()
        glb.json["nodes"][0]["children"] = [0]
        with pytest.raises(MediaError, match="circle"):
            write_model(tmp_path / "cut", glb.data(), "set")
        assert list(tmp_path.iterdir()) == []

    def test_planks_of_these_tests_have_a_red_corner(self) -> None:
        assert planks()[-1, 0, 0] > 150 > planks()[0, 0, 0]
