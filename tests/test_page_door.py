"""The page's door: signing in with a browser, and what programs may ask of its public endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from sora_lock.first_run import settle
from sora_lock.store import Store
from tests.page_parts import BROWSING, WAIT_MS, serving
from tests.planted import grid, shoot_all

PHRASE = "quiet on set"


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with two takes."""
    store = Store.open(tmp_path_factory.mktemp("door") / "data")
    settle(store)
    grid(store, ["fog", "snow"])
    shoot_all(store)
    yield store
    store.close()


class TestPublicEndpoints:
    @pytest.fixture(scope="class")
    def client(self, shot: Store) -> Iterator[Client]:
        with serving(shot.data, False) as address:
            yield Client(address, verbose=False)

    def test_a_program_marks_a_take_and_takes_the_mark_away(self, client: Client, shot: Store) -> None:
        take = shot.takes("SC010")[0].take
        assert client.predict(take, "circled", api_name="/mark") == {"take": take, "mark": "circled"}
        assert shot.marks("SC010") == {take: "circled"}
        assert [t["mark"] for t in client.predict("SC010", api_name="/takes")] == ["circled", None]
        assert client.predict(take, api_name="/mark") == {"take": take, "mark": None}
        assert shot.marks("SC010") == {}

    @pytest.mark.parametrize(
        ("take", "mark", "words"),
        [("SC010_SH020_T001", "best", "no mark; choose circled"), ("SC010_SH020_T999", "keep", "SC010_SH020_T999")],
    )
    def test_what_cannot_be_marked_is_refused_in_words(
        self, client: Client, shot: Store, take: str, mark: str, words: str
    ) -> None:
        with pytest.raises(AppError, match=words):
            client.predict(take, mark, api_name="/mark")
        assert shot.marks("SC010") == {}

    def test_a_program_asks_for_takes_and_is_told_their_names_at_once(self, client: Client, shot: Store) -> None:
        made = client.predict("@mara in @alley", "fog\nsnow", "SC010", "SH030", 6, 7, api_name="/fanout")
        assert made == ["SC010_SH030_T001", "SC010_SH030_T002"]
        assert [shot.jobs(scene="SC010")[k].take for k in (-2, -1)] == made
        with pytest.raises(AppError, match="nobody"):
            client.predict("@nobody in @alley", "fog", api_name="/fanout")

    def test_acts_of_the_page_are_no_public_endpoints(self, client: Client) -> None:
        assert set(client.view_api(return_format="dict")["named_endpoints"]) == {"/fanout", "/takes", "/mark"}


@pytest.fixture(scope="module")
def door(shot: Store) -> Iterator[str]:
    """The address of a page that is served beyond this machine, with a pass-phrase."""
    with serving(shot.data, False, "--host", "0.0.0.0", "--pass-phrase", PHRASE) as address:
        yield address


class TestSigningIn:
    pytestmark = BROWSING

    @pytest.fixture
    def visitor(self, browser: Any) -> Iterator[Any]:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        yield page
        context.close()

    def test_a_wrong_phrase_is_refused_in_words_and_the_right_one_opens_the_link(
        self, door: str, visitor: Any, shot: Store
    ) -> None:
        take = shot.takes("SC010")[1].take
        visitor.goto(f"{door}?scene=SC010&take={take}")
        visitor.fill("input[name=name]", "Ana")
        visitor.fill("input[name=phrase]", "loud on set")
        visitor.click("button")
        visitor.wait_for_selector("[role=alert]:has-text('not the pass-phrase')")
        assert visitor.input_value("input[name=name]") == "Ana"
        assert visitor.locator("#feed").count() == 0
        visitor.fill("input[name=phrase]", PHRASE)
        visitor.click("button")
        visitor.wait_for_selector("#feed .tile.done")
        visitor.wait_for_selector("#inspector .take")
        assert take.rsplit("_", 1)[-1] in visitor.inner_text("#inspector .take h2")
        assert visitor.input_value("#rail .here input") == "Ana"
        visitor.keyboard.press("k")
        visitor.wait_for_selector(f"#feed .tile.mark-keep[data-take={take}]")
        assert shot.marks("SC010") == {take: "keep"}
        shot.mark(take, None)

    def test_without_the_phrase_nothing_of_the_page_is_told(self, door: str, visitor: Any) -> None:
        answer = visitor.goto(door)
        assert answer.status == 401
        told = visitor.evaluate(
            "Promise.all(['config', 'gradio_api/info', 'gradio_api/call/takes'].map(p => fetch(p).then(r => r.status)))"
        )
        assert told == [401, 401, 401]
        assert "SC010" not in visitor.content()
