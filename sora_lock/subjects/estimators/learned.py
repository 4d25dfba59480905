"""Estimates by networks whose weights somebody fetched: Marigold for reflectance, normals and depth; ViTMatte and Depth Anything for matte and depth.

Place in the path: estimators, optional; worker only, it imports torch. Thin adapters over diffusers (`MarigoldIntrinsicsPipeline`, `MarigoldNormalsPipeline`,
`MarigoldDepthPipeline`) and transformers (`VitMatteForImageMatting`, depth estimation). Weights are pinned by commit in `WEIGHTS`, read from safetensors
only, never with code from a repository, and never fetched unless `fetch` says so; what is missing is said in one sentence. A folder of one's own may
stand in for any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from sora_lock.colour import coded, linear_from_srgb, luma
from sora_lock.errors import EngineError, EngineUnavailableError
from sora_lock.subjects.estimators import (
    Estimate,
    Floats,
    Hints,
    MadeBy,
    Matte,
    Parameter,
    Stand,
    check_alpha,
    check_picture,
)
from sora_lock.subjects.estimators.depth import distance
from sora_lock.subjects.estimators.matting import foreground
from sora_lock.subjects.estimators.trimap import check_hints, cut, trimap
from sora_lock.weights import Weights, check_folder

Model = Literal["matte", "normal", "depth", "depth anything", "reflectance"]


WEIGHTS: Mapping[Model, Weights] = {
    "matte": Weights("hustvl/vitmatte-small-composition-1k", "6a58ad7646403c1df626fbd746900aec7361ea1d", "Apache-2.0"),
    "normal": Weights("prs-eth/marigold-normals-v1-1", "09cfdd258cb281fa006cf1afcd2284376d16687d", "OpenRAIL++-M"),
    "depth": Weights("prs-eth/marigold-depth-v1-1", "9571e7123e258cf052b4e54241f17971c290e9a8", "OpenRAIL++-M"),
    "depth anything": Weights(
        "depth-anything/Depth-Anything-V2-Small-hf", "5426e4f0f36572d16453bbda7a8389317b1bef99", "Apache-2.0"
    ),
    "reflectance": Weights(
        "prs-eth/marigold-iid-lighting-v1-1", "08c3930bb641abf786ba44ce92547507ebefbc16", "OpenRAIL++-M"
    ),
}
RELIEF = 0.35
"""Relative depth has no scale: a subject is taken to be so deep, between its 5th and 95th percentile, as a part of its width."""
FINER = 1 / 256
"""What is finer than this part of the longer side is the picture's: networks work on smaller pictures and lose pores and weave."""


class Learned:
    """See `estimators.Estimator`."""

    name = "learned"
    version = "1"

    def __init__(
        self,
        folders: Mapping[Model, Path] | None = None,
        *,
        depth_by: Literal["depth", "depth anything"] = "depth",
        device: str = "cpu",
        seed: int = 0,
        steps: int | None = None,
        fetch: bool = False,
    ) -> None:
        """Nothing is loaded before it is used.

        Args:
            folders: model -> a local folder (as `save_pretrained` writes it) in place of the pinned weights.
            depth_by: Marigold ("depth") or Depth Anything.
            device: torch device.
            seed, steps: of the diffusion; steps None is the model's own number.
            fetch: whether weights may be downloaded.
        """
        self._folders = dict(folders or {})
        self._depth_by: Model = depth_by
        self._device, self._seed, self._steps, self._fetch = device, seed, steps, fetch
        self._loaded: dict[Model, Any] = {}

    def matte(self, picture: Floats, hints: Hints) -> Matte:
        """Trimap as `classical` makes it, alpha by ViTMatte, colours by PyMatting.

        Raises:
            MediaError: as `matting.matte`.
            EngineUnavailableError: when weights are missing.
        """
        import torch

        check_picture(picture)
        check_hints(hints, picture.shape)
        processor, model = self._get("matte", self._matting)
        rgb = coded(picture)
        known = trimap(rgb, cut(rgb, hints))
        for mask, value in ((hints.subject, 1.0), (hints.background, 0.0)):
            if mask is not None:
                known[mask] = value
        levels = np.rint(known * 255).astype(np.uint8)
        given = processor(images=rgb, trimaps=levels, return_tensors="pt").to(self._device)
        with torch.inference_mode():
            found = model(**given).alphas[0, 0, : rgb.shape[0], : rgb.shape[1]]
        alpha = np.where(known == 0.5, self._numbers(found), known).astype(np.float32)
        check_alpha(alpha, picture.shape)
        return Matte(alpha, foreground(picture, alpha), self._made_by("matte"))

    def normal(self, picture: Floats, alpha: Floats) -> Estimate:
        """Normals by Marigold; its axes are ours.

        Raises:
            MediaError: for a picture or matte that cannot be used.
            EngineUnavailableError: when weights are missing.
        """
        values = self._numbers(self._marigold("normal", "MarigoldNormalsPipeline", picture, alpha).prediction[0])
        length = np.linalg.norm(values, axis=2, keepdims=True)
        front = np.array([0, 0, 1], np.float32)
        values = np.where(length > 1e-3, values / np.maximum(length, 1e-3), front).astype(np.float32)
        return Estimate("normal", values, self._made_by("normal"))

    def depth(self, picture: Floats, alpha: Floats, stand: Stand) -> Estimate:
        """Relative depth by Marigold or Depth Anything, set to metres about the subject's distance (see `RELIEF`).

        Raises:
            MediaError: for a picture or matte that cannot be used.
            EngineUnavailableError: when weights are missing.
        """
        if self._depth_by == "depth":
            farther = self._numbers(self._marigold("depth", "MarigoldDepthPipeline", picture, alpha).prediction[0])[
                ..., 0
            ]
        else:
            farther = -self._disparity(picture, alpha)
        metres, how, notes = distance(alpha, stand)
        inside = alpha >= 0.5
        low, middle, high = np.percentile(farther[inside], [5, 50, 95])
        columns = np.flatnonzero(inside.any(axis=0))
        wide_m = float(np.ptp(columns) + 1) * metres / stand.focal(*alpha.shape)
        scale = RELIEF * wide_m / max(float(high - low), 1e-6)
        values = np.maximum(metres + scale * (farther - middle), 0.3 * metres).astype(np.float32)
        words = (*notes, "The relief's depth is a guess from the subject's width.")
        return Estimate("depth", values, self._made_by(self._depth_by, {"distance_m": metres, "from": how}), words)

    def reflectance(self, picture: Floats, alpha: Floats, facing: Floats | None = None, mean: float = 0.12) -> Estimate:
        """Reflectance whose light is Marigold's: the grey ratio of picture and albedo, smoothed, so that detail and chromaticity stay the picture's.

        `facing` and `mean` are what `classical` wants; the network tells the light and the exposure by itself.

        Raises:
            MediaError: for a picture or matte that cannot be used.
            EngineUnavailableError: when weights are missing.
            EngineError: for weights that do not tell an albedo.
        """
        import cv2

        found = self._marigold("reflectance", "MarigoldIntrinsicsPipeline", picture, alpha).prediction
        properties = self._loaded["reflectance"].target_properties or {}
        names = list(properties.get("target_names", ()))
        if "albedo" not in names:
            raise EngineError(
                f"The weights of {self._source('reflectance')} tell {names or 'nothing'}, and no albedo; use others."
            )
        albedo = self._numbers(found[names.index("albedo")])
        if properties.get("albedo", {}).get("prediction_space", "srgb") == "srgb":
            albedo = linear_from_srgb(np.clip(albedo, 0, 1))
        ratio = np.log(np.maximum(luma(picture), 1e-3) / np.maximum(luma(albedo), 1e-2))
        cover = alpha.astype(np.float32)
        sigma = max(1.0, FINER * max(alpha.shape))
        smooth = cv2.GaussianBlur(ratio * cover, (0, 0), sigma) / np.maximum(
            cv2.GaussianBlur(cover, (0, 0), sigma), 1e-3
        )
        shade = np.exp(smooth)
        shade = np.maximum(shade, picture.max(axis=2) / np.float32(0.9))
        values = (picture / np.maximum(shade, 1e-6)[..., None]).astype(np.float32)
        return Estimate("reflectance", values, self._made_by("reflectance"))

    def _marigold(self, model: Model, pipeline: str, picture: Floats, alpha: Floats) -> Any:
        """A pipeline's output on the picture, at the picture's size."""
        import torch

        check_picture(picture)
        check_alpha(alpha, picture.shape)

        def load() -> Any:
            import diffusers

            where, pinned = self._where(model)
            if model in self._folders:
                check_folder(self._folders[model], pipeline)
            pipe = getattr(diffusers, pipeline).from_pretrained(where, use_safetensors=True, **pinned)
            pipe.set_progress_bar_config(disable=True)
            return pipe.to(self._device)

        pipe = self._get(model, load)
        draw = torch.Generator(device="cpu").manual_seed(self._seed)
        rgb = coded(picture).astype(np.float32) / np.float32(255)
        return pipe(rgb, num_inference_steps=self._steps, generator=draw, output_type="np")

    def _matting(self) -> tuple[Any, Any]:
        from transformers import VitMatteForImageMatting, VitMatteImageProcessorPil

        where, pinned = self._where("matte")
        processor = VitMatteImageProcessorPil.from_pretrained(where, **pinned)
        model = VitMatteForImageMatting.from_pretrained(where, use_safetensors=True, **pinned)
        return processor, model.eval().to(self._device)

    def _disparity(self, picture: Floats, alpha: Floats) -> Floats:
        """Relative nearness [H, W] by a depth estimator of transformers."""
        import cv2
        import torch

        check_picture(picture)
        check_alpha(alpha, picture.shape)

        def load() -> tuple[Any, Any]:
            from transformers import AutoImageProcessor, AutoModelForDepthEstimation

            where, pinned = self._where("depth anything")
            processor = AutoImageProcessor.from_pretrained(where, backend="pil", trust_remote_code=False, **pinned)
            model = AutoModelForDepthEstimation.from_pretrained(
                where, use_safetensors=True, trust_remote_code=False, **pinned
            )
            return processor, model.eval().to(self._device)

        processor, model = self._get("depth anything", load)
        given = processor(images=coded(picture), return_tensors="pt").to(self._device)
        with torch.inference_mode():
            found = self._numbers(model(**given).predicted_depth[0])
        return np.asarray(cv2.resize(found, alpha.shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)

    def _get(self, model: Model, load: Callable[[], Any]) -> Any:
        """The loaded model; EngineUnavailableError with what to do when it cannot be loaded."""
        if model not in self._loaded:
            try:
                self._loaded[model] = load()
            except ImportError as fault:
                raise EngineUnavailableError(
                    f"The learned {model} needs a library that is not installed ({fault}); install requirements.txt."
                ) from None
            except (OSError, ValueError) as fault:
                raise EngineUnavailableError(self._missing(model, fault)) from fault
        return self._loaded[model]

    def _missing(self, model: Model, fault: Exception) -> str:
        if model in self._folders:
            return f"The folder {self._folders[model].name} holds no weights for {model} that can be read as safetensors ({' '.join(str(fault).split())[:120]})."
        pinned = WEIGHTS[model]
        return (
            f"The weights for the learned {model} are not on this machine; "
            f"fetch them with `hf download {pinned.repository} --revision {pinned.commit}` (licence: {pinned.licence}), or use the classical estimate."
        )

    def _where(self, model: Model) -> tuple[str, dict[str, Any]]:
        """What to load, and how: a local folder, or the pinned commit."""
        if model in self._folders:
            return str(self._folders[model]), {"local_files_only": True}
        return WEIGHTS[model].repository, {"revision": WEIGHTS[model].commit, "local_files_only": not self._fetch}

    def _source(self, model: Model) -> str:
        return self._folders[model].name if model in self._folders else WEIGHTS[model].repository

    def _made_by(self, model: Model, more: Mapping[str, Parameter] | None = None) -> MadeBy:
        """The record: the commit is the version; a folder of one's own has none and says so."""
        version = "own folder" if model in self._folders else WEIGHTS[model].commit
        diffused: dict[str, Parameter] = (
            {"seed": self._seed, "steps": self._steps or 0} if model not in ("matte", "depth anything") else {}
        )
        return MadeBy(self.name, version, {"weights": self._source(model), **diffused, **(more or {})})

    @staticmethod
    def _numbers(x: Any) -> Floats:
        """float32 NumPy of a tensor or an array; EngineError for what is not finite."""
        out = np.asarray(x.float().cpu() if hasattr(x, "cpu") else x, np.float32)
        if not np.isfinite(out).all():
            raise EngineError(
                "The network returned values that are no numbers; use float32 weights or the classical estimate."
            )
        return out
