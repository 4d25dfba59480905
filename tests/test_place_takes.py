"""A location still from file to takes: who stands in it, what it holds, what the camera does, and what is said of what it cannot."""

import json
from pathlib import Path

import numpy as np
import pytest

from sora_lock.__main__ import main
from sora_lock.direction import read
from sora_lock.engines import Actor, Scene
from sora_lock.engines.comp import Comp
from sora_lock.engines.comp.scene import PreparedScene
from sora_lock.engines.comp.take import Filming
from sora_lock.hold import Hold
from sora_lock.records import Placement, Shot
from sora_lock.subjects.still import still
from tests.still_parts import H, W, as_actor, location, stage_of


@pytest.fixture(scope="module")
def street() -> Actor:
    here = location("alley")
    return as_actor(still(here.data, here.survey), "street")


def filmed(street: Actor, text: str, *cast: Actor, frames: int = 1, width: int = 480, height: int = 270) -> Filming:
    prepared = PreparedScene(Scene(cast, street, width, height))
    placed = tuple(Placement(a.lock.name, 1, a.lock.lock_sha256, a.mark) for a in cast)
    shot = Shot("SC010", "SH010", placed, Placement("street", 1, "0" * 64), width=width, height=height, frames=frames)
    return Filming(prepared, shot, read(text))


class TestThePlace:
    def test_seen_from_where_it_was_taken_is_its_own_picture(self, street: Actor) -> None:
        layers = filmed(street, "extreme wide, overcast", width=W, height=H).frame(0, aov=True)
        aov, atlas = layers.aov, street.subject.atlas()
        assert aov is not None
        plain = layers.single & (layers.region > 0)
        assert plain.mean() > 0.8
        x, y = (aov.st[..., k] * atlas.reflectance.shape[0] for k in (0, 1))
        columns, rows = np.meshgrid(np.arange(W) + 0.5, np.arange(H) + 0.5)
        assert np.abs(x - columns)[plain].max() < 0.6
        assert np.abs(y - rows)[plain].max() < 0.6

    def test_is_held_by_reflectance_under_other_light(self, street: Actor) -> None:
        mara = stage_of("mara")
        filming = filmed(street, "golden hour, wide", mara)
        layers = filming.frame(0, aov=True)
        hold = Hold((mara, street), filming.prepared.regions)
        hold.see(0, layers, np.zeros((270, 480, 3), np.uint8))
        grips = hold.grips()
        assert {g.grip for g in grips["street"].values()} == {"reflectance"}
        assert min(g.core for g in grips["street"].values()) > 0.8

    def test_has_its_own_sky_by_the_direction(self) -> None:
        here = location("desert")
        plain = as_actor(still(here.data, here.survey), "street")
        day, night = (filmed(plain, f"{t}, extreme wide").frame(0, aov=False) for t in ("noon", "moonlight"))
        sky = day.region == 0
        assert sky.mean() > 0.2
        assert day.picture[sky].mean() > 2 * night.picture[sky].mean()


class TestWhoStandsInIt:
    def test_is_as_tall_as_the_survey_says(self, street: Actor) -> None:
        mara = stage_of("mara")
        filming = filmed(street, "wide", mara, width=W, height=H)
        cover = filming.frame(0, aov=False).coverage["mara"]
        rows = np.flatnonzero((cover > 0.5).any(axis=1))
        camera = filming.cameras[0]
        tall = float(np.ptp(mara.subject.posed({}, 0)[:, 1]))
        mark = np.asarray(street.subject.info["marks"]["mark"]["position_m"], float)
        ends = camera.project(np.stack([mark, mark + np.array([0, tall, 0])]))[0][:, 1]
        assert rows[-1] - rows[0] == pytest.approx(ends[0] - ends[1], rel=0.04)

    def test_takes_light_from_the_ground_underfoot(self, street: Actor) -> None:
        filming = filmed(street, "overcast, wide", stage_of("mara"))
        layers = filming.frame(0, aov=True)
        assert layers.aov is not None
        feet = np.argwhere(layers.coverage["mara"] > 0)
        y, x = feet[feet[:, 0].argmax()] + [2, 0]
        shades = [float(layers.aov.shading[y, at].mean()) for at in (x, x + 90)]
        assert shades[0] < 0.8 * shades[1]

    def test_may_stand_at_either_side_of_the_mark(self, street: Actor) -> None:
        assert {"mark", "left", "right"} <= set(street.subject.info["marks"])


class TestTheCamera:
    @pytest.mark.parametrize("move", ["push in", "truck left", "pan right", "orbit left", "crane up"])
    def test_never_shows_where_the_picture_ends(self, street: Actor, move: str) -> None:
        filming = filmed(street, f"extreme wide, {move}", frames=9)
        stage = street.subject.info
        for frame in (0, 8):
            layers = filming.frame(frame, aov=True)
            assert layers.aov is not None
            assert stage["indoors"] is False
            below = layers.region[180:]
            assert (below > 0).all()

    def test_is_a_little_elsewhere_at_the_end_of_a_truck(self, street: Actor) -> None:
        filming = filmed(street, "medium, truck right", stage_of("mara"), frames=25)
        first, last = filming.cameras[0], filming.cameras[-1]
        assert 0.1 < abs(last.position_m[0] - first.position_m[0]) < 2.0


class TestWhatItCannot:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("low angle", "stays where the picture of @street was taken"),
            ("orbit left", "a little way only"),
            ("extreme wide", "as wide as the picture of @street"),
        ],
    )
    def test_is_said(self, street: Actor, text: str, words: str) -> None:
        lines = Comp().cannot(read(text), Scene((), street, 480, 270))
        assert any(words in line for line in lines)

    def test_light_and_small_moves_are_no_such_thing(self, street: Actor) -> None:
        assert Comp().cannot(read("golden hour, push in, medium"), Scene((), street, 480, 270)) == ()

    def test_indoors_it_does_not_rain(self) -> None:
        here = location("kitchen")
        room = as_actor(still(here.data, here.survey, indoors=True), "street")
        assert any("outside" in line for line in Comp().cannot(read("rain"), Scene((), room, 480, 270)))


@pytest.mark.slow
class TestFromFileToTakes:
    def test_by_the_command_line(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        here = location("alley")
        (tmp_path / "street.png").write_bytes(here.data)
        survey = here.survey
        assert survey.horizon is not None and survey.upright is not None

        def said(points: tuple) -> str:
            return ",".join(f"{v:.1f}" for p in points for v in p)

        data, out = str(tmp_path / "data"), str(tmp_path / "cut")
        asked = ["--horizon", said(survey.horizon), "--upright", said(survey.upright), "--upright-m", "2"]
        asked += ["--focal-mm", f"{survey.focal_mm:.3f}", "--mark", "330,320"]
        assert (
            main(
                [
                    "cutout",
                    "--kind",
                    "set",
                    "--image",
                    str(tmp_path / "street.png"),
                    *asked,
                    "--data",
                    data,
                    "--out",
                    out,
                ]
            )
            == 0
        )
        assert main(["lock", "street", "--kind", "set", "--cut", out, "--data", data]) == 0
        assert "held by reflectance" in capsys.readouterr().out
        takes = ["--vary", "golden hour", "--frames", "6", "--size", "480x270", "--out", str(tmp_path / "takes")]
        assert main(["fanout", "--character", "mara", "--set", "street", *takes, "--data", data]) == 0
        take = json.loads((tmp_path / "takes" / "SC010_SH020_T001" / "take.json").read_text())
        assert {g["grip"] for g in take["grips"]["street"].values()} == {"reflectance"}
        assert take["report"]["street"]["layout"]["status"] == "pass"
        assert main(["export", "--scene", "SC010", "--aov", "--out", str(tmp_path / "edit"), "--data", data]) == 0
        layers = tmp_path / "edit" / "SC010_SH020_T001_aov"
        assert len(list(layers.glob("10??.exr"))) == 6
        assert {"atlas_street.exr", "atlas_mara.exr", "regions.json"} <= {p.name for p in layers.iterdir()}

    def test_a_place_is_no_character(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        here = location("alley")
        (tmp_path / "street.png").write_bytes(here.data)
        data, out = str(tmp_path / "data"), str(tmp_path / "cut")
        assert (
            main(["cutout", "--kind", "set", "--image", str(tmp_path / "street.png"), "--data", data, "--out", out])
            == 0
        )
        capsys.readouterr()
        assert main(["lock", "street", "--kind", "character", "--cut", out, "--data", data]) == 2
        assert "--kind" in capsys.readouterr().err
