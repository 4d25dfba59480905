"""Begins a working folder from weights that are there already, what ships for example, in place of nothing.

    python -m training.start --model assets/models/mini --work WORK           # then `training.whole` trains them further
    python -m training.start --model MODEL --work WORK                        # the one-minute variant

Place in the path: training, before `whole`, where somebody trains further without the working folder of the first time. The VAE stays as it is, since the
transformer's latents hang on it; transformer and text encoder begin with their weights, optimizer and clock from nothing.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from diffusers import WanVACETransformer3DModel
from transformers import UMT5EncoderModel

from training.keep import write
from training.train import Both


def begin(model: Path, work: Path) -> None:
    """Writes WORK/vae and WORK/model.pt from a folder that `training.export` wrote.

    Raises:
        FileExistsError: when something was trained in the working folder already; it stays as it was.
        FileNotFoundError: when the folder is none of a model.
    """
    if not (model / "model_index.json").is_file():
        raise FileNotFoundError(f"{model} is no model: it has no model_index.json.")
    for made in ("vae", "vae.pt", "model.pt"):
        if (work / made).exists():
            raise FileExistsError(f"{work} has {made} already; go on from it, or name another folder.")
    both = Both(
        WanVACETransformer3DModel.from_pretrained(model / "transformer"),
        UMT5EncoderModel.from_pretrained(model / "text_encoder"),
    ).float()
    work.mkdir(parents=True, exist_ok=True)
    shutil.copytree(model / "vae", work / "vae")
    weights = both.state_dict()
    write(work / "model.pt", {"model": weights, "optimizer": None, "average": weights, "step": 0, "spent_s": 0.0})


def main() -> None:
    """Begins."""
    parser = argparse.ArgumentParser(description="Begins a working folder from a model's weights.")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    asked = parser.parse_args()
    begin(asked.model, asked.work)


if __name__ == "__main__":
    main()
