"""benchmarks.continuity_limits: limits lie above every clean take, and say what they are worth on subjects that they do not know."""

import pytest

from benchmarks.continuity_limits import LEAST, MARGINS, WHOLE_MARGIN, calibrated, left_out, status
from benchmarks.continuity_rates import Row


def row(number: int, lock: str, values: dict[str, float], drift: str = "", half: str = "made") -> Row:
    """Of a figure's take."""
    return Row(f"{half}_{number:04d}", lock, "s", "day", "as it is", lock, "character", drift, "", (), False, (), 3, values, {}, 1.0)  # fmt: skip


class TestLimits:
    @pytest.mark.parametrize(
        ("key", "worst", "margin"),
        [("wardrobe tint coat", 8.0, MARGINS[True]), ("face structure ", 0.6, MARGINS[False]), ("hair structure ", 0.5, WHOLE_MARGIN)],
    )  # fmt: skip
    def test_one_lies_above_the_worst_clean_take_by_its_margin(self, key, worst, margin):
        limits = calibrated([row(0, "p0", {key: worst / 2}), row(1, "p1", {key: worst})])
        assert limits[" ".join(key.split(" ")[:2])] == pytest.approx(worst * margin)

    def test_structure_that_nothing_could_flag_has_none(self):
        assert "hair structure" not in calibrated([row(0, "p0", {"hair structure ": 0.8})])

    def test_drifted_takes_set_none(self):
        assert calibrated([row(0, "p0", {"wardrobe tint coat": 40.0}, drift="wardrobe hue")]) == LEAST

    def test_what_no_limit_is_known_of_is_not_seen(self):
        assert status(row(0, "p0", {"hair tint hair": 9.0}), "wardrobe", LEAST) == "not_seen"
        assert status(row(0, "p0", {"hair tint hair": 9.0}), "hair", LEAST) == "flag"


class TestLeavingOut:
    def test_a_subject_unlike_all_others_is_flagged_when_it_is_left_out(self):
        others = [row(k, f"p{k}", {"face tint eyes": 3.0}) for k in range(9)]
        assert left_out([*others, row(9, "p9", {"face tint eyes": 20.0})]) == (1, 10)

    def test_one_that_is_like_some_other_is_not(self):
        others = [row(k, f"p{k}", {"face tint eyes": 20.0}) for k in range(9)]
        assert left_out([*others, row(9, "p9", {"face tint eyes": 20.0})]) == (0, 10)

    def test_all_takes_of_a_shipped_subject_are_left_out_together(self):
        mine = [row(k, "ivo", {"face tint eyes": 20.0}, half="calibrate") for k in range(3)]
        assert left_out([*mine, *(row(k, f"p{k}", {"face tint eyes": 3.0}) for k in range(4))]) == (3, 7)
