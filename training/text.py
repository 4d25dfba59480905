"""The text encoder of the miniature and its tokenizer: a small stock UMT5, trained together with the transformer from nothing.

    .venv/bin/python -m training.text --out FOLDER        # the tokenizer with its vocabulary, and a fresh encoder

Place in the path: training; `train` trains what is built here, `export` puts it beside the rest. The vocabulary is the direction's, the shipped descriptions'
and the captions' (`captions.corpus`), whole words first; what is not in it is read letter by letter.
"""

from __future__ import annotations

import argparse
import re
import string
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from transformers import T5Tokenizer, UMT5Config, UMT5EncoderModel

from training.captions import corpus, tidy

TOKENS = 96
"""How many tokens of a caption count, and to how many the pipeline has to fill up (`max_sequence_length`)."""
SPACE = "▁"


@dataclass(frozen=True)
class Size:
    """How large the encoder is."""

    width: int = 192
    heads: int = 4
    layers: int = 3
    inner: int = 512


TINY = Size(width=32, heads=2, layers=1, inner=64)


def vocabulary(lines: Iterable[str]) -> list[tuple[str, float]]:
    """Pieces with their scores, best first: the special ones, whole words, parts of words, letters."""
    words, parts = set(), set()
    for line in lines:
        for word in line.split():
            bare = word.strip(",.:;!?()'\"“”")
            pieces = [p for p in re.split(r"[-'’]", bare) if p]
            if not pieces:
                continue
            words |= {bare, pieces[0]}
            parts |= set(pieces[1:])
    out = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), (SPACE, -4.0)]
    out += [(SPACE + w, -6.0) for w in sorted(words)]
    known = {piece for piece, _ in out}
    out += [(p, -8.0) for p in sorted(parts) if p not in known]
    known |= parts
    letters = string.ascii_lowercase + string.digits + ",.:;!?()'\"-&/éà"
    out += [(c, -12.0) for c in letters if c not in known]
    return out


def lower_case() -> bytes:
    """A character map of SentencePiece ("precompiled charsmap") that turns A..Z into a..z and leaves all else.

    Its form: the length of a trie in bytes, the trie, and what keys turn into, each ended by a zero byte. The trie is a double array of uint32 as darts-clone
    writes it: bits 0-7 label, 8 "ends a key", 10-30 the offset whose exclusive or with the own index is the base of what follows; a value has bit 31 set.
    """
    base, leaf = 256, 128
    units = [0] * 512
    units[0] = base << 10
    turned = b""
    for letter in string.ascii_uppercase.encode():
        units[base ^ letter] = letter | 1 << 8 | leaf << 10
        units[base ^ letter ^ leaf] = 1 << 31 | len(turned)
        turned += bytes([letter]).lower() + b"\0"
    trie = struct.pack(f"<{len(units)}I", *units)
    return struct.pack("<I", len(trie)) + trie + turned


def tokenizer() -> T5Tokenizer:
    """The tokenizer; it reads capitals as small letters and knows `TOKENS` as its length."""
    made = T5Tokenizer(vocab=vocabulary(corpus()), extra_ids=0, _spm_precompiled_charsmap=lower_case())
    made.model_max_length = TOKENS
    return made


def build(size: Size, words: int) -> UMT5EncoderModel:
    """A fresh encoder for a vocabulary of so many pieces."""
    config = UMT5Config(
        vocab_size=words, d_model=size.width, d_kv=size.width // size.heads, d_ff=size.inner, num_layers=size.layers, num_heads=size.heads,
        relative_attention_num_buckets=16, relative_attention_max_distance=64, dropout_rate=0.0, is_encoder_decoder=False, use_cache=False,
    )  # fmt: skip
    return UMT5EncoderModel(config)


def embedded(encoder: UMT5EncoderModel, words: T5Tokenizer, captions: Sequence[str]) -> Tensor:
    """Embeddings [B, TOKENS, width] as the pipeline makes them: encoded to each caption's end, zero after it."""
    read = words(
        [tidy(c) for c in captions], padding="longest", max_length=TOKENS, truncation=True, return_tensors="pt"
    )
    mask = read.attention_mask.to(encoder.device)
    states = encoder(read.input_ids.to(encoder.device), mask).last_hidden_state * mask[..., None]
    return torch.nn.functional.pad(states, (0, 0, 0, TOKENS - states.shape[1]))


def main() -> None:
    """Writes a tokenizer and a fresh encoder."""
    parser = argparse.ArgumentParser(description="Writes the tokenizer and a fresh text encoder.")
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    words = tokenizer()
    words.save_pretrained(asked.out / "tokenizer")
    build(Size(), len(words)).save_pretrained(asked.out / "text_encoder")
    print(f"{len(words)} pieces")


if __name__ == "__main__":
    main()
