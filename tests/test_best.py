"""Of several seeds, which take drifted least."""

from dataclasses import replace

from sora_lock.best import drift, least_drift
from sora_lock.records import Finding, Grip, Take
from tests.test_generation import a_base


def a_take(name: str, *, flags: int = 0, unseen: int = 0, score: float = 0.9, guided: int = 0) -> Take:
    found = [Finding("flag", 0.2)] * flags + [Finding("not_seen")] * unseen + [Finding("pass", score)]
    grips = {str(n): Grip("guided" if n < guided else "pixel", 0.9) for n in range(3)}
    return replace(
        a_base(), take=name, report={"mara": {str(n): f for n, f in enumerate(found)}}, grips={"mara": grips}
    )


class TestLeastDrift:
    def test_is_the_take_with_fewest_flags_whatever_its_scores(self) -> None:
        assert least_drift([a_take("a", flags=1, score=1.0), a_take("b", score=0.6)]).take == "b"

    def test_then_the_one_that_holds_more_then_the_one_of_which_more_was_seen_then_the_score(self) -> None:
        worse = [a_take("guided", guided=1), a_take("unseen", unseen=1), a_take("low", score=0.5)]
        for take in worse:
            assert least_drift([take, a_take("good")]).take == "good"
        assert drift(a_take("x", score=0.7)) > drift(a_take("y", score=0.8))

    def test_of_equals_is_the_earlier_and_of_none_is_none(self) -> None:
        assert least_drift([a_take("a"), a_take("b")]).take == "a"
        assert least_drift([]) is None
