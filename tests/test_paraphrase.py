"""Likeness: what it understands, what it leaves alone, the network under it, and life without the extra."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.paraphrases import Count, phrases
from sora_lock import minilm, paraphrase
from sora_lock.direction import VOCABULARY, read, rest
from sora_lock.errors import PromptError
from sora_lock.fanout import plan_fanout
from sora_lock.minilm import INSTALL, Encoder, folder
from sora_lock.notebook import chips
from sora_lock.notebook.composer import Draft, correct, directions
from sora_lock.paraphrase import HELD, read_bank, rows, understand, widen
from sora_lock.paraphrase_terms import ELSEWHERE, EXAMPLES
from sora_lock.records import Chip, Direction
from sora_lock.store import Store
from tests.test_page_process import HEAVY, loaded_by

extra = pytest.mark.skipif(folder() is None, reason=f"the paraphrase extra is not installed: {INSTALL}")


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    model = folder()
    assert model is not None
    return Encoder(model)


def said(text: str) -> list[tuple[str, str]]:
    return [(c.axis, c.value) for c in understand(text).chips]


@extra
class TestUnderstanding:
    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("raining cats and dogs", ("weather", "downpour")),
            ("lit like a Caravaggio", ("light", "chiaroscuro")),
            ("sun almost gone", ("time", "golden hour")),
        ],
    )
    def test_what_people_say_otherwise_is_understood_in_full(self, text: str, wanted: tuple[str, str]) -> None:
        assert said(text) == [wanted]
        assert understand(text).unread == ()

    def test_each_clause_is_heard_by_itself_and_chips_stand_in_reading_order(self) -> None:
        read_so = understand("visibility down to a few metres and lopsided horizon, slow push-in; sun almost gone")
        assert [(c.axis, c.words) for c in read_so.chips] == [
            ("weather", "visibility down to a few metres"),
            ("angle", "lopsided horizon"),
            ("move", "slow push-in"),
            ("time", "sun almost gone"),
        ]
        assert read_so.unread == ()

    def test_what_an_and_joins_to_exact_words_is_heard_too(self) -> None:
        assert said("slow push-in and lit like a Caravaggio") == [("move", "push in"), ("light", "chiaroscuro")]

    def test_spelling_and_spaces_change_nothing_and_the_words_are_the_text_s_own(self) -> None:
        assert [c.words for c in understand("LIT  like a Caravaggio").chips] == ["LIT  like a Caravaggio"]

    def test_more_is_understood_and_hardly_anything_wrongly(self) -> None:
        held_out = [p for p in phrases() if p.half != "after"]
        exact, both = Count(), Count()
        for p in held_out:
            exact.add(p, read(p.text))
            both.add(p, understand(p.text))
        assert both.right >= 18 and both.right > 4 * exact.right
        assert both.right >= 4 * both.false


@extra
class TestLeavingAlone:
    @pytest.mark.parametrize(
        "text",
        [
            "wistful",
            "asdf qwerty",
            "purple monkey dishwasher",
            "she finds the letter",
            "slow motion",
            "he opens the door and leaves",
            "in the style of Wes Anderson",
            "дождь",
            "雨が降っている",
            "🌧️",
            "a",
            "<b>sun almost gone</b>",
        ],
    )
    def test_nonsense_plot_moods_other_scripts_and_markup_stay_unread(self, text: str) -> None:
        assert understand(text) == read(text)
        assert understand(text).unread

    @pytest.mark.parametrize(
        "text",
        [
            "nothing like coming down in buckets",
            "not as if lit like a Caravaggio",
            "it isn't lit like a Caravaggio",
            "the sun isn’t almost down yet",
            "hardly coming down in buckets",
            "no rain or coming down in buckets",
        ],
    )
    def test_a_clause_with_a_negation_is_not_turned_into_its_opposite(self, text: str) -> None:
        assert understand(text) == read(text)

    def test_exact_words_are_never_changed_and_win_their_axis(self) -> None:
        for text in ("neon, lit like a Caravaggio", "no neon, lit like a Caravaggio"):
            assert understand(text) == read(text)
        for p in phrases():
            exact, both = read(p.text), understand(p.text)
            assert [c for c in both.chips if c in exact.chips] == list(exact.chips)
            assert not {c.axis for c in both.chips if c not in exact.chips} & {c.axis for c in exact.chips}

    def test_a_single_word_beside_what_was_understood_belongs_to_that(self) -> None:
        assert understand("wistful fog") == read("wistful fog")

    def test_what_locks_hold_is_never_asked_for_by_likeness(self) -> None:
        assert not {c.axis for p in phrases() for c in set(understand(p.text).chips) - set(read(p.text).chips)} & HELD

    def test_a_direction_that_is_not_its_text_s_reading_is_returned_as_it_is(self) -> None:
        merged = Direction("sun almost gone", (Chip("light", "neon"),), ("else",))
        assert widen(merged) is merged

    @pytest.mark.parametrize("text", ["", " ", "a\x00b", "a\u202eb", "x" * 5000])
    def test_text_that_read_refuses_is_refused(self, text: str) -> None:
        with pytest.raises(PromptError):
            understand(text)

    def test_a_line_of_countless_pieces_costs_no_more_than_its_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[str] = []
        monkeypatch.setattr(paraphrase, "likeness", lambda text: asked.append(text))
        understand(", ".join(f"unheard{chr(97 + n % 26)} of" for n in range(300)))
        assert 0 < len(asked) <= 2 * paraphrase.MAX_PIECES


class TestPieces:
    def test_pieces_hold_all_that_is_unread_in_order(self) -> None:
        for text in (p.text for p in phrases()):
            found = tuple(text[a:b] for piece in rest(text) for a, b in piece.unread)
            assert found == read(text).unread

    def test_a_piece_ends_at_commas_and_at_what_was_understood(self) -> None:
        text = "wistful tender fog under a sky of bullets, and so forth"
        assert [text[p.start : p.end] for p in rest(text)] == ["wistful tender", "under a sky of bullets", "so forth"]


@extra
class TestThePage:
    def test_a_chip_by_likeness_is_marked_and_one_from_exact_words_is_not(self) -> None:
        likely, exact = (chips.editable(understand(t), 0) for t in ("sun almost gone", "golden hour"))
        assert "time ~" in likely and "by likeness" in likely
        assert "time ~" not in exact and "by likeness" not in exact
        assert "time ~" in chips.still(understand("sun almost gone"))

    def test_no_exact_chip_is_taken_for_one_by_likeness(self) -> None:
        for text in ("no rain or fog", "the rain stops", "smiling a little", "very SLOW push-in", "light snow"):
            assert not any(chips.by_likeness(c) for c in read(text).chips)

    def test_it_is_corrected_like_any_other(self) -> None:
        draft = Draft(text="sun almost gone")
        assert [c.value for c in directions(draft)[0].chips] == ["golden hour"]
        assert [c.value for c in directions(correct(draft, 0, 0, "v:dusk"))[0].chips] == ["dusk"]
        assert directions(correct(draft, 0, 0, "x"))[0].chips == ()

    def test_texts_for_a_fan_out_are_understood_so_too(self, stage: Store) -> None:
        cell = plan_fanout(stage, scene="SC010", shot="SH020", cast="@mara in @alley", texts=["lit like a Caravaggio"])
        assert cell.body["directions"][0]["chips"][0]["value"] == "chiaroscuro"

    def test_understanding_brings_nothing_heavy_and_exact_words_not_even_the_network(self) -> None:
        code = "from sora_lock.paraphrase import understand\n"
        assert not loaded_by(code + "assert understand('sun almost gone').chips") & (HEAVY | {"sentence_transformers"})
        assert not loaded_by(code + "understand('golden hour, no rain')") & (HEAVY | {"tokenizers", "safetensors"})


@extra
class TestNetwork:
    def test_its_states_are_those_of_transformers(self, encoder: Encoder) -> None:
        torch = pytest.importorskip("torch")
        from transformers import BertModel

        model = folder()
        theirs = BertModel.from_pretrained(str(model), local_files_only=True).eval()
        for text in ("rain", "sun almost gone", "lit like a Caravaggio, with half of her face in the dark"):
            ids = np.array([encoder._tokenizer.encode(text).ids])
            with torch.no_grad():
                wanted = theirs(torch.tensor(ids)).last_hidden_state.numpy()
            assert np.abs(encoder.tokens(ids) - wanted).max() < 1e-4

    def test_a_text_has_one_vector_whatever_it_is_encoded_with(self, encoder: Encoder) -> None:
        alone = encoder(["sun almost gone"])[0]
        among = encoder(["a", "sun almost gone", "her face in fog", "rain " * 500])
        assert np.abs(alone - among[1]).max() < 1e-5
        assert np.allclose(np.linalg.norm(among, axis=1), 1, atol=1e-5)
        assert encoder([]).shape == (0, 384)

    def test_another_network_is_refused(self, tmp_path: Path) -> None:
        config = {"num_attention_heads": 12, "num_hidden_layers": 6, "layer_norm_eps": 1e-12, "hidden_act": "gelu"}
        (tmp_path / "config.json").write_text(json.dumps({**config, "hidden_size": 768}))
        with pytest.raises(ValueError, match="another network"):
            Encoder(tmp_path)


class TestBank:
    def test_the_shipped_bank_is_that_of_the_vocabulary(self) -> None:
        shipped, vectors = read_bank()
        assert shipped == rows(), "run: python -m benchmarks.paraphrases --bank"
        assert vectors.shape == (len(shipped), 384)

    @extra
    def test_its_vectors_are_the_network_s(self, encoder: Encoder) -> None:
        shipped, vectors = read_bank()
        some = range(0, len(shipped), 100)
        made = encoder([shipped[i].text for i in some])
        assert np.abs(made - vectors[list(some)]).max() < 1e-3

    def test_every_value_is_in_it_and_it_is_small(self) -> None:
        assert {(r.axis, r.value) for r in rows()} >= {(a, v) for a, terms in VOCABULARY.items() for v in terms}
        assert paraphrase.BANK.stat().st_size < 1_200_000

    def test_examples_belong_to_values_that_exist(self) -> None:
        for axis, values in EXAMPLES.items():
            assert axis not in HELD and set(values) <= set(VOCABULARY[axis])

    @extra
    def test_no_example_is_nearly_a_phrase_it_is_measured_on(self, encoder: Encoder) -> None:
        examples = [e for values in EXAMPLES.values() for some in values.values() for e in some] + list(ELSEWHERE)
        shipped, vectors = read_bank()  # another test says that they are the network's
        at = {row.text: k for k, row in enumerate(shipped)}
        near = vectors[[at[e] for e in examples]].astype(np.float32) @ encoder([p.text for p in phrases()]).T
        assert [e for e, row in zip(examples, near, strict=True) if row.max() >= 0.70] == []

    def test_rows_of_a_value_that_is_gone_are_left_out(self, tmp_path: Path) -> None:
        held = np.array([("weather", "fog", "fog"), ("weather", "frogs", "frogs"), ("", "", "a cat")])
        np.savez(tmp_path / "bank.npz", said=held, vectors=np.eye(3, 384, dtype=np.float16))
        kept, vectors = read_bank(tmp_path / "bank.npz")
        assert [r.value for r in kept] == ["fog", ""] and vectors.shape == (2, 384)


class TestWithout:
    @pytest.fixture
    def bare(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(minilm, "PACKAGE", "no_such_package_here")
        paraphrase.likeness.cache_clear()

    def test_everything_stays_as_it_is_read_and_nothing_is_said(
        self, bare: None, caplog: pytest.LogCaptureFixture
    ) -> None:
        for text in ("sun almost gone", "golden hour, wistful", "raining cats and dogs"):
            assert understand(text) == read(text)
        assert paraphrase.likeness("sun almost gone") is None
        assert caplog.text == ""
        paraphrase.likeness.cache_clear()

    @extra
    def test_a_damaged_extra_is_logged_once_and_reading_goes_on(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        whole = folder()
        assert whole is not None
        for name in ("config.json", "tokenizer.json"):
            (tmp_path / name).write_bytes((whole / name).read_bytes())
        (tmp_path / "model.safetensors").write_bytes(b"\x00" * 64)
        monkeypatch.setattr(paraphrase, "folder", lambda: tmp_path)
        paraphrase.likeness.cache_clear()
        for text in ("sun almost gone", "lit like a Caravaggio"):
            assert understand(text) == read(text)
        assert caplog.text.count("paraphrases are not understood") == 1
        paraphrase.likeness.cache_clear()


class TestPhrases:
    def test_there_are_two_halves_and_a_last_part_and_enough_that_must_stay_unread(self) -> None:
        all_of_them = phrases()
        assert [sum(p.half == h for p in all_of_them) for h in ("before", "after", "last")] == [100, 100, 53]
        assert sum(not p.wanted for p in all_of_them) >= 60
        assert len({p.text for p in all_of_them}) == 253

    def test_what_is_wanted_exists(self) -> None:
        assert all(v in VOCABULARY[a] for p in phrases() for a, v in p.wanted)
