"""The learned estimators: the real pipelines of diffusers and transformers at a tiny size, saved, loaded and run through the adapter."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sora_lock.errors import EngineError, EngineUnavailableError, MediaError
from sora_lock.subjects.estimators import Estimate, Hints, Stand
from sora_lock.subjects.estimators.learned import WEIGHTS, Learned

torch = pytest.importorskip("torch")

SIZE = (72, 56)


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    """A warm ellipse on a cool ground, linear."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]] + 0.5
    inside = ((x - 28) / 17) ** 2 + ((y - 38) / 26) ** 2 < 1
    tones = np.where(inside[..., None], [0.5, 0.2, 0.1], [0.05, 0.1, 0.3])
    grain = np.random.default_rng(0).normal(0, 0.01, (*SIZE, 3))
    return np.clip(tones * (0.6 + 0.5 * x / SIZE[1])[..., None] + grain, 0, 1).astype(np.float32)


@pytest.fixture(scope="module")
def alpha() -> np.ndarray:
    y, x = np.mgrid[: SIZE[0], : SIZE[1]] + 0.5
    return (((x - 28) / 17) ** 2 + ((y - 38) / 26) ** 2 < 1).astype(np.float32)


def parts(targets: int) -> dict[str, Any]:
    """What every Marigold pipeline is made of, with random weights; `targets` pictures are predicted at once."""
    from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=4, sample_size=8, cross_attention_dim=8,
        in_channels=4 * (1 + targets), out_channels=4 * targets, attention_head_dim=2,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
    )  # fmt: skip
    vae = AutoencoderKL(
        block_out_channels=(8, 8, 8), in_channels=3, out_channels=3, latent_channels=4, norm_num_groups=4,
        down_block_types=("DownEncoderBlock2D",) * 3, up_block_types=("UpDecoderBlock2D",) * 3,
    )  # fmt: skip
    words = {"<|startoftext|>": 0, "<|endoftext|>": 1, "a": 2, "a</w>": 3}
    text = CLIPTextModel(
        CLIPTextConfig(
            bos_token_id=0, eos_token_id=1, pad_token_id=1, vocab_size=4, hidden_size=8, intermediate_size=8,
            num_hidden_layers=1, num_attention_heads=2, max_position_embeddings=77,
        )
    )  # fmt: skip
    return {
        "unet": unet,
        "vae": vae,
        "scheduler": DDIMScheduler(prediction_type="v_prediction", set_alpha_to_one=False, steps_offset=1),
        "text_encoder": text,
        "tokenizer": CLIPTokenizer(vocab=words, merges=[], model_max_length=77),
        "default_denoising_steps": 1,
        "default_processing_resolution": 32,
    }


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[Any, Path]:
    """Every model the adapter knows, saved as `save_pretrained` does."""
    import diffusers
    from transformers import (
        DepthAnythingConfig,
        DepthAnythingForDepthEstimation,
        Dinov2Config,
        DPTImageProcessorPil,
        VitDetConfig,
        VitMatteConfig,
        VitMatteForImageMatting,
        VitMatteImageProcessorPil,
    )

    root = tmp_path_factory.mktemp("weights")
    at: dict[Any, Path] = {m: root / m.replace(" ", "-") for m in WEIGHTS}
    diffusers.MarigoldNormalsPipeline(**parts(1), prediction_type="normals").save_pretrained(at["normal"])
    diffusers.MarigoldDepthPipeline(**parts(1), prediction_type="depth").save_pretrained(at["depth"])
    told = {"target_names": ["albedo", "shading", "residual"], "albedo": {"prediction_space": "linear"}}
    diffusers.MarigoldIntrinsicsPipeline(
        **parts(3), prediction_type="intrinsics", target_properties=told
    ).save_pretrained(at["reflectance"])
    torch.manual_seed(1)
    backbone = VitDetConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, image_size=64, pretrain_image_size=64,
        patch_size=16, num_channels=4, out_features=["stage1"], mlp_ratio=2,
    )  # fmt: skip
    matting = VitMatteConfig(
        backbone_config=backbone, hidden_size=16, convstream_hidden_sizes=[8, 8, 8], fusion_hidden_sizes=[8, 8, 8, 8]
    )
    VitMatteForImageMatting(matting).save_pretrained(at["matte"])
    VitMatteImageProcessorPil().save_pretrained(at["matte"])
    dino = Dinov2Config(
        hidden_size=16, num_hidden_layers=4, num_attention_heads=2, image_size=28, patch_size=14, mlp_ratio=2,
        out_features=["stage1", "stage2", "stage3", "stage4"], reshape_hidden_states=False,
    )  # fmt: skip
    depth = DepthAnythingConfig(
        backbone_config=dino, reassemble_hidden_size=16, neck_hidden_sizes=[4, 4, 8, 8], fusion_hidden_size=8,
        head_hidden_size=8, patch_size=14, reassemble_factors=[4, 2, 1, 0.5],
    )  # fmt: skip
    estimator = DepthAnythingForDepthEstimation(depth)
    for weight in estimator.parameters():  # at their usual size so small a network tells the same depth everywhere
        weight.data.normal_(0, 0.5)
    estimator.save_pretrained(at["depth anything"])
    DPTImageProcessorPil(size={"height": 56, "width": 56}).save_pretrained(at["depth anything"])
    return at


@pytest.fixture(scope="module")
def learned(folders: dict[Any, Path]) -> Learned:
    return Learned(folders, seed=3)


class TestTheRealClassesAtTinySize:
    def test_normals_are_of_unit_length_and_of_the_pictures_size(
        self, learned: Learned, picture: np.ndarray, alpha: np.ndarray
    ) -> None:
        found = learned.normal(picture, alpha)
        assert found.values.shape == (*SIZE, 3) and found.values.dtype == np.float32
        assert np.allclose(np.linalg.norm(found.values, axis=2), 1, atol=1e-5)
        assert found.made_by.name == "learned" and found.made_by.parameters["seed"] == 3

    @pytest.mark.parametrize("by", ["depth", "depth anything"])
    def test_depth_is_in_metres_about_the_subjects_distance(
        self, folders: dict[Any, Path], picture: np.ndarray, alpha: np.ndarray, by: Any
    ) -> None:
        found = Learned(folders, depth_by=by).depth(picture, alpha, Stand(height_m=1.3, focal_px=100))
        inside = found.values[alpha == 1]
        rows = np.flatnonzero(alpha.any(axis=1))
        distance = 100 * 1.3 / (np.ptp(rows) + 1)
        assert found.values.shape == SIZE and np.isfinite(found.values).all()
        assert np.median(inside) == pytest.approx(distance, rel=0.01)
        columns = np.flatnonzero(alpha.any(axis=0))
        wide = (np.ptp(columns) + 1) * distance / 100
        assert np.subtract(*np.percentile(inside, [95, 5])) == pytest.approx(0.35 * wide, rel=0.05)

    def test_reflectance_takes_grey_light_out_and_keeps_chromaticity(
        self, learned: Learned, picture: np.ndarray, alpha: np.ndarray
    ) -> None:
        found = learned.reflectance(picture, alpha)
        inside = (alpha == 1) & (picture.min(axis=2) > 0.02)
        light = picture[inside] / found.values[inside]
        assert np.allclose(light, light[:, :1], rtol=1e-3)
        assert found.values.max() <= 0.9 + 1e-5

    def test_a_matte_keeps_what_the_trimap_knows(
        self, learned: Learned, picture: np.ndarray, alpha: np.ndarray
    ) -> None:
        found = learned.matte(picture, Hints(box=(6, 6, 50, 68)))
        assert found.alpha.shape == SIZE and found.alpha.min() >= 0 and found.alpha.max() <= 1
        assert found.alpha[38, 28] == 1 and found.alpha[2, 2] == 0
        assert found.foreground.shape == (*SIZE, 3)

    def test_the_same_seed_gives_the_same_estimate_and_another_another(
        self, folders: dict[Any, Path], picture: np.ndarray, alpha: np.ndarray
    ) -> None:
        def made(seed: int) -> Estimate:
            return Learned({"normal": folders["normal"]}, seed=seed).normal(picture, alpha)

        assert np.array_equal(made(5).values, made(5).values)
        assert not np.array_equal(made(5).values, made(6).values)

    def test_a_folder_of_ones_own_is_recorded_as_such(
        self, learned: Learned, picture: np.ndarray, alpha: np.ndarray
    ) -> None:
        assert learned.normal(picture, alpha).made_by.version == "own folder"


class TestWhatIsMissing:
    @pytest.mark.parametrize(
        ("model", "ask"),
        [
            ("normal", lambda x, p, a: x.normal(p, a)),
            ("depth", lambda x, p, a: x.depth(p, a, Stand())),
            ("reflectance", lambda x, p, a: x.reflectance(p, a)),
            ("matte", lambda x, p, a: x.matte(p, Hints(box=(6, 6, 50, 68)))),
        ],
    )
    def test_it_says_in_one_sentence_what_to_fetch_and_fetches_nothing(
        self,
        picture: np.ndarray,
        alpha: np.ndarray,
        model: Any,
        ask: Any,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
    ) -> None:
        import socket

        def refuse(*args: object, **more: object) -> None:
            raise AssertionError("a connection was opened")

        monkeypatch.setattr(socket.socket, "connect", refuse)
        with pytest.raises(EngineUnavailableError) as caught:
            ask(Learned(), picture, alpha)
        said = str(caught.value)
        assert f"hf download {WEIGHTS[model].repository} --revision {WEIGHTS[model].commit}" in said
        assert "\n" not in said

    def test_a_folder_without_safetensors_is_named(
        self, folders: dict[Any, Path], picture: np.ndarray, alpha: np.ndarray, tmp_path: Path
    ) -> None:
        own = tmp_path / "mine"
        own.mkdir()
        (own / "config.json").write_text((folders["depth anything"] / "config.json").read_text())
        (own / "preprocessor_config.json").write_text(
            (folders["depth anything"] / "preprocessor_config.json").read_text()
        )
        (own / "pytorch_model.bin").write_bytes(b"\x80\x02")  # a pickle is never opened
        learned = Learned({"depth anything": own}, depth_by="depth anything")
        with pytest.raises(EngineUnavailableError, match="The folder mine holds no weights for depth anything"):
            learned.depth(picture, alpha, Stand())

    def test_weights_that_tell_no_albedo_are_refused(
        self, folders: dict[Any, Path], picture: np.ndarray, alpha: np.ndarray, tmp_path: Path
    ) -> None:
        import diffusers

        other = tmp_path / "other"
        diffusers.MarigoldIntrinsicsPipeline(
            **parts(1), prediction_type="intrinsics", target_properties={"target_names": ["roughness"]}
        ).save_pretrained(other)
        with pytest.raises(EngineError, match=r"roughness.*no albedo"):
            Learned({"reflectance": other}).reflectance(picture, alpha)

    def test_a_bad_picture_is_refused_before_anything_is_loaded(self, picture: np.ndarray) -> None:
        with pytest.raises(MediaError, match="matte is empty"):
            Learned().normal(picture, np.zeros(SIZE, np.float32))


class TestThePins:
    def test_every_weight_has_a_whole_commit(self) -> None:
        for pinned in WEIGHTS.values():
            assert len(pinned.commit) == 40 and set(pinned.commit) <= set("0123456789abcdef")
            assert pinned.repository.count("/") == 1 and pinned.licence
