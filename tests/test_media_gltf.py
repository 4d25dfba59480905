"""GLB files: read by the letter, or refused with a sentence that helps."""

import json
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sora_lock.errors import MediaError
from sora_lock.media.gltf import MAX_TRIANGLES, open_model
from sora_lock.media.probe import sniff, sniff_picture
from tests.model_parts import Glb, ball, chunked, crate, figure, mesh, planks, quad, room

TRIANGLE = np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0)], np.float64)


def triangle(**more: Any) -> Glb:
    """One triangle at one node."""
    glb = Glb()
    glb.thing("one", [glb.primitive([0, 1, 2], POSITION=TRIANGLE)], **more)
    return glb


class TestWhatIsRead:
    def test_a_glb_is_told_by_its_first_bytes(self) -> None:
        assert sniff(triangle().data()) == "glb"
        with pytest.raises(MediaError, match=r"a model of the kind GLB.*cutout --image"):
            sniff_picture(triangle().data())

    def test_positions_and_materials_of_every_node(self) -> None:
        model = open_model(room().data())
        assert {p.node for p in model.pieces} >= {"floor", "ceiling", "table", "Lamp.001", "picture"}
        floor = next(p for p in model.pieces if p.node == "floor")
        assert model.materials[floor.material].name == "wood"
        assert np.allclose(floor.position.min(axis=0), [-2.5, 0, -2.5]) and np.allclose(floor.uv[0].max(axis=0), 5)
        assert model.images[model.materials[floor.material].textures["base"].image].shape == (64, 64, 3)
        assert [x.name for x in model.lamps] == ["Table lamp"] and model.lamps[0].position == (1.5, 1.25, -1.2)
        assert [c.name for c in model.cameras] == ["Camera"] and model.cameras[0].forward[2] == pytest.approx(
            np.cos(0.2094), abs=1e-4
        )
        assert [s.name for s in model.spots] == ["mark window"]
        assert max(model.materials[-2].emissive) == pytest.approx(8.0)

    def test_children_stand_where_their_parents_put_them(self) -> None:
        glb = triangle(root=False, translation=[1, 0, 0])
        half = float(np.sqrt(0.5))
        glb.node("turned", children=[0], rotation=[0, half, 0, half], scale=[2, 2, 2])  # a quarter turn: +X to -Z
        assert np.allclose(open_model(glb.data()).pieces[0].position, [(0, 0, -2), (0, 0, -4), (0, 2, -2)], atol=1e-5)

    def test_a_matrix_says_the_same_as_its_parts(self) -> None:
        turned = np.array([[0, 0, 2, 3], [0, 2, 0, 4], [-2, 0, 0, 5], [0, 0, 0, 1.0]])
        piece = open_model(triangle(matrix=turned.T.ravel().tolist()).data()).pieces[0]
        assert np.allclose(piece.position, TRIANGLE @ turned[:3, :3].T + [3, 4, 5])

    def test_a_mirrored_node_keeps_its_outside_outside(self) -> None:
        glb = Glb()
        mesh(glb, "ball", ball((0, 0, 0), 1.0), scale=[-1, 1, 1])
        piece = open_model(glb.data()).pieces[0]
        p = piece.position[piece.faces]
        across = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
        real = np.linalg.norm(across, axis=1) > 1e-6
        assert ((across * p.mean(axis=1)).sum(axis=1)[real] > 0).all()
        assert piece.normal is not None and np.allclose(piece.normal, piece.position, atol=1e-5)

    def test_strips_fans_and_triangles_without_indices(self) -> None:
        glb = Glb()
        square = np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0)], np.float64)
        fan = square[[0, 1, 3, 2]]
        strip = {**glb.primitive(None, POSITION=square), "mode": 5}
        glb.thing(
            "strip", [strip, {**glb.primitive(None, POSITION=fan), "mode": 6}, glb.primitive(None, POSITION=TRIANGLE)]
        )
        pieces = open_model(glb.data()).pieces
        assert [len(p.faces) for p in pieces] == [2, 2, 1]
        for p in pieces:
            corner = p.position[p.faces]
            assert (np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])[:, 2] > 0).all()

    def test_lines_and_points_are_left_out_and_said(self) -> None:
        glb = triangle()
        glb.thing("wires", [{**glb.primitive(None, POSITION=TRIANGLE), "mode": 1}])
        model = open_model(glb.data())
        assert len(model.pieces) == 1
        assert "left out" in model.said[0]

    def test_quantised_normalised_and_sparse_numbers(self) -> None:
        glb = Glb()
        coords = np.array([(0, 0), (65535, 0), (0, 32768)], np.uint16)
        position = glb.accessor(np.zeros((3, 3)))
        where, what = glb.view(np.array([1, 2], "<u2").tobytes()), glb.view(TRIANGLE[1:].astype("<f4").tobytes())
        glb.json["accessors"][position]["sparse"] = {
            "count": 2, "indices": {"bufferView": where, "componentType": 5123}, "values": {"bufferView": what},
        }  # fmt: skip
        attributes = {"POSITION": position, "TEXCOORD_0": glb.accessor(coords, normalized=True)}
        glb.thing("one", [{"attributes": attributes}])
        piece = open_model(glb.data()).pieces[0]
        assert np.allclose(piece.position, TRIANGLE)
        assert np.allclose(piece.uv[0], [(0, 0), (1, 0), (0, 32768 / 65535)], atol=1e-6)

    def test_a_skin_stands_in_its_rest_pose(self) -> None:
        glb = Glb()
        bind = np.eye(4)
        bind[:3, 3] = (0, -1, 0)
        joint = glb.node("bone", translation=[0, 3, 0])
        skin = glb.add(
            "skins", {"joints": [joint], "inverseBindMatrices": glb.accessor(bind.T.reshape(1, 16).astype(np.float32))}
        )
        made = glb.primitive(
            [0, 1, 2], POSITION=TRIANGLE, JOINTS_0=np.zeros((3, 4), np.uint8), WEIGHTS_0=np.tile([1.0, 0, 0, 0], (3, 1))
        )
        glb.thing("skinned", [made], skin=skin, translation=[100, 0, 0])  # glTF: the node's own place does not count
        assert np.allclose(open_model(glb.data()).pieces[0].position, TRIANGLE + np.array([0, 2, 0]), atol=1e-5)

    def test_morph_targets_by_name_and_what_their_weights_say_at_rest(self) -> None:
        glb = Glb()
        made = glb.primitive([0, 1, 2], POSITION=TRIANGLE)
        made["targets"] = [
            {"POSITION": glb.accessor(np.tile([0, 0, 1.0], (3, 1)))},
            {"POSITION": glb.accessor(np.tile([0, 1.0, 0], (3, 1)))},
        ]
        glb.thing("face", [made], extras={"targetNames": ["smile", "frown"]}, scale=[2, 2, 2])
        glb.json["meshes"][0]["weights"] = [0, 0.5]
        piece = open_model(glb.data()).pieces[0]
        assert np.allclose(piece.targets["smile"], [0, 0, 2])
        assert np.allclose(piece.position, 2 * (TRIANGLE + np.array([0, 0.5, 0])))

    def test_textures_as_png_jpeg_and_webp_with_transform_and_wrap(self) -> None:
        for form in ("PNG", "JPEG", "WEBP"):
            glb = triangle()
            number = glb.image(planks(64), form, wrapS=33071, wrapT=33648)
            if form == "WEBP":
                source = glb.json["textures"][number].pop("source")
                glb.json["textures"][number]["extensions"] = {"EXT_texture_webp": {"source": source}}
                glb.json["extensionsRequired"] = ["EXT_texture_webp"]
            glb.material("wood", texture=number)
            told = glb.json["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"]
            told["extensions"] = {"KHR_texture_transform": {"offset": [0.5, 0], "scale": [2, 3], "rotation": 0.25}}
            model = open_model(glb.data())
            texture = model.materials[0].textures["base"]
            assert texture.wrap == ("clamp", "mirror") and texture.scale == (2.0, 3.0) and texture.rotation == 0.25
            assert np.abs(model.images[0].astype(int) - planks(64)).mean() < 6


def changed(change: Callable[[Glb], Any]) -> bytes:
    glb = room()
    change(glb)
    return glb.data()


def without(name: str) -> Callable[[Glb], Any]:
    return lambda glb: glb.json.pop(name)


def accessor(**told: Any) -> Callable[[Glb], Any]:
    return lambda glb: glb.json["accessors"][0].update(told)


def poisoned(value: float) -> bytes:
    glb = Glb()
    points = TRIANGLE.copy()
    points[1, 1] = value
    glb.thing("one", [glb.primitive([0, 1, 2], POSITION=points)])
    return glb.data()


def nested(deep: int) -> bytes:
    glb = triangle()
    for k in range(deep):
        glb.add("nodes", {"name": f"n{k}", "children": [k]})
    glb.json["scenes"][0]["nodes"] = [deep]
    return glb.data()


def crowd() -> bytes:
    """One ball at so many nodes that it would have more triangles than can be brought."""
    glb = Glb()
    mesh(glb, "ball", ball((0, 0, 0), 1, 40, 80))
    for k in range(MAX_TRIANGLES // 6000):
        glb.node(f"copy {k}", mesh=0, translation=[k, 0, 0])
    return glb.data()


def bomb_picture() -> bytes:
    glb = triangle()
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    import zlib

    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    data += struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))
    source = glb.add("images", {"bufferView": glb.view(data), "mimeType": "image/png"})
    glb.material("bomb", texture=glb.add("textures", {"source": source}))
    return glb.data()


def forged(at: int, value: int) -> bytes:
    data = bytearray(triangle().data())
    struct.pack_into("<I", data, at, value)
    return bytes(data)


def circle(glb: Glb) -> None:
    glb.json["nodes"] += [{"children": [len(glb.json["nodes"]) + 1]}, {"children": [len(glb.json["nodes"])]}]


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "no bytes": (lambda: b"", "empty"),
    "half a file": (lambda: room().data()[:5000], "cut off or forged"),
    "version 1": (lambda: forged(4, 1), "glTF version 1"),
    "a forged length": (lambda: forged(8, 1 << 31), "cut off or forged"),
    "a forged chunk": (lambda: forged(12, 1 << 30), "chunk of the GLB says"),
    "JSON that is none": (lambda: chunked(b"{nope", b""), "damaged"),
    "JSON that is a list": (lambda: chunked(b"[1]", b""), "no object"),
    "JSON nested to the stars": (lambda: chunked(b'{"nodes":' + b"[" * 200_000, b""), "nests deeper"),
    "NaN in the JSON": (lambda: chunked(b'{"nodes": [{"translation": [NaN, 0, 0]}]}', b""), "NaN, which is no number"),
    "an address on the web": (lambda: changed(lambda g: g.json["images"][0].update(uri="http://example.org/a.png")), "external file"),
    "a file of this machine": (lambda: changed(lambda g: g.json["buffers"][0].update(uri="file:///etc/passwd")), "external file"),
    "a file beside it": (lambda: changed(lambda g: g.json["buffers"].append({"uri": "../secret.bin", "byteLength": 4})), "external file"),
    "an accessor of 10 GB": (lambda: changed(accessor(count=833_333_333)), "833333333 items"),
    "a sparse accessor of 10 GB of noughts": (lambda: changed(lambda g: (g.json["accessors"][0].pop("bufferView"), accessor(count=833_333_333)(g))), "833333333 items"),
    "an accessor beyond its view": (lambda: changed(accessor(count=5)), "beyond its buffer view"),
    "an accessor with an offset beyond": (lambda: changed(accessor(byteOffset=1 << 40)), "beyond its buffer view"),
    "a view beyond the buffer": (lambda: changed(lambda g: g.json["bufferViews"][0].update(byteLength=10**10)), "10.0 GB, beyond its buffer"),
    "a negative offset": (lambda: changed(lambda g: g.json["bufferViews"][0].update(byteOffset=-4)), "cannot be"),
    "an unknown component type": (lambda: changed(accessor(componentType=5130)), "does not fit its use"),
    "an index out of range": (lambda: changed(lambda g: g.json["meshes"][0]["primitives"][0].update(indices=g.accessor(np.array([0, 1, 9], np.uint32)))), "names vertices that are not there"),
    "a mesh that is not there": (lambda: changed(lambda g: g.json["nodes"][0].update(mesh=99)), "index into meshes"),
    "a cyclic node": (lambda: changed(lambda g: (circle(g), g.json["scenes"][0]["nodes"].append(len(g.json["nodes"]) - 1))), "circle"),
    "a node that is its own child": (lambda: changed(lambda g: g.json["nodes"][0].update(children=[0])), "circle"),
    "a node with two parents": (lambda: changed(lambda g: g.json["nodes"].extend([{"children": [0]}, {"children": [0]}])), "two parents"),
    "nodes nested 1000 deep": (lambda: nested(1000), "nested more than"),
    "a position that is NaN": (lambda: poisoned(float("nan")), "NaN or infinity"),
    "a position at infinity": (lambda: poisoned(float("inf")), "NaN or infinity"),
    "a node scaled to nothing": (lambda: triangle(scale=[1, 0, 1]).data(), "scaled to nothing"),
    "a rotation of length 0": (lambda: triangle(rotation=[0, 0, 0, 0]).data(), "rotation of length 0"),
    "a matrix of 3 numbers": (lambda: triangle(matrix=[1, 2, 3]).data(), "not 16 numbers"),
    "no triangle": (lambda: changed(without("meshes")), "index into meshes"),
    "no mesh at all": (lambda: chunked({"asset": {"version": "2.0"}}, b""), "holds no triangle"),
    "too many triangles": (crowd, "decimate"),
    "a picture of 900 megapixels": (bomb_picture, "30000x30000 px"),
    "Draco": (lambda: changed(lambda g: g.json.update(extensionsRequired=["KHR_draco_mesh_compression"])), "without Draco"),
    "meshopt": (lambda: changed(lambda g: g.json.update(extensionsRequired=["EXT_meshopt_compression"])), "without meshopt"),
    "basisu": (lambda: changed(lambda g: g.json.update(extensionsRequired=["KHR_texture_basisu"])), "PNG or JPEG"),
    "an unknown extension": (lambda: changed(lambda g: g.json.update(extensionsRequired=["ACME_secret"])), "ACME_secret"),
    "a million nodes": (lambda: chunked(b'{"nodes":[' + b"{}," * 999_999 + b"{}]}", b""), "at most 20000"),
    "text for numbers": (lambda: triangle(translation=["1", 0, 0]).data(), "no numbers"),
    "a picture that is text": (lambda: changed(lambda g: g.json["images"][0].update(bufferView=g.json["accessors"][0]["bufferView"])), "neither PNG, JPEG nor WebP"),
}  # fmt: skip


class TestWhatIsRefused:
    @pytest.mark.parametrize("case", HOSTILE)
    def test_with_one_sentence_that_says_why(self, case: str) -> None:
        make, said = HOSTILE[case]
        with pytest.raises(MediaError, match=said) as caught:
            open_model(make())
        assert "\n" not in str(caught.value) and "Traceback" not in str(caught.value)

    def test_every_byte_of_the_json_may_be_wrong(self) -> None:
        sound = triangle().data()
        draw = np.random.default_rng(5)
        for _ in range(12):
            data = bytearray(sound)
            for at in draw.integers(20, 20 + struct.unpack_from("<I", sound, 12)[0], 3):
                data[at] = draw.integers(32, 127)
            try:
                open_model(bytes(data))
            except MediaError as fault:
                assert str(fault)

    def test_a_whole_model_is_not(self) -> None:
        assert len(json.loads(json.dumps(crate().json))["meshes"]) == 4
        assert len(open_model(figure(targets=False).data()).pieces) == 14


def test_quads_of_these_tests_face_where_they_say() -> None:
    made = quad((0, 0, 0), (1, 0, 0), (0, 1, 0))
    assert np.allclose(made["NORMAL"], [0, 0, 1])
