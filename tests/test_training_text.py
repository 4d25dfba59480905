"""The tokenizer, the text encoder's embeddings, and the words that pictures are called by."""

from __future__ import annotations

import numpy as np
import torch
from transformers import AutoTokenizer

from sora_lock.direction import read
from sora_lock.records import Chip, Direction
from tests.training_parts import tiny_pipeline
from training import text
from training.captions import caption, corpus, said
from training.data import LIGHTS, TIMES, WEATHERS
from training.people import person
from training.places import place


class TestTokenizer:
    def test_capitals_are_read_as_small_letters_after_loading_too(self, tmp_path):
        made = text.tokenizer()
        made.save_pretrained(tmp_path)
        loaded = AutoTokenizer.from_pretrained(tmp_path, local_files_only=True)
        for words in (made, loaded):
            assert words.tokenize("A Heavy man, NEON night.") == words.tokenize("a heavy man, neon night.")
        assert loaded.model_max_length == text.TOKENS

    def test_every_word_of_the_corpus_is_one_piece(self):
        words = text.tokenizer()
        split = {w for line in corpus() for w in line.split() if len(words.tokenize(w.strip(",.:;()'\"“”"))) > 1}
        assert not {w for w in split if "'" not in w and w.strip(",.:;-()")}

    def test_captions_of_other_seeds_hold_no_word_that_is_spelled_out(self):
        words, rng = text.tokenizer(), np.random.default_rng(3)
        for seed in range(4):
            line = caption(
                [person(900 + seed)],
                place(900 + seed),
                Direction("", (Chip("light", "noir"), Chip("weather", "rain"))),
                rng,
            )
            spelled = [w for w in line.split() if len(words.tokenize(w.strip(",.:;"))) > 2 and "'" not in w]
            assert not spelled, line

    def test_an_unknown_word_is_spelled_and_not_dropped(self):
        assert "".join(text.tokenizer().tokenize("zeppelin")) == "▁zeppelin"


class TestEmbeddings:
    def test_they_are_those_the_pipeline_makes(self):
        pipe = tiny_pipeline()
        lines = ["mara in an alley, neon", ""]
        ours = text.embedded(pipe.text_encoder, pipe.tokenizer, lines)
        theirs, none = pipe.encode_prompt(lines[0], None, True, max_sequence_length=text.TOKENS)
        assert torch.allclose(ours[:1], theirs, atol=1e-5)
        assert torch.allclose(ours[1:], none, atol=1e-5)


class TestCaptions:
    def test_what_is_said_of_a_chip_is_understood_as_that_chip(self):
        rng = np.random.default_rng(0)
        for axis, values in (("light", LIGHTS), ("time", TIMES), ("weather", WEATHERS)):
            for value in values:
                chips = read(said(Chip(axis, value), rng)).chips
                assert (axis, value) in {(c.axis, c.value) for c in chips}

    def test_light_time_and_weather_are_never_left_out(self):
        direction = Direction("", (Chip("light", "noir"), Chip("time", "night"), Chip("weather", "rain")))
        rng = np.random.default_rng(1)
        who, where = person(1), place(1)
        for _ in range(12):
            understood = {(c.axis, c.value) for c in read(caption([who], where, direction, rng)).chips}
            assert {("light", "noir"), ("time", "night"), ("weather", "rain")} <= understood
