"""What a fan-out's takes share: the cache of plates, and who gives way in it."""

from sora_lock.engines.comp.scene import Kept, spare_bytes


class Maker:
    """Counts what had to be made."""

    def __init__(self, kept: Kept) -> None:
        self.kept, self.made = kept, 0

    def get(self, group: str, key: int, size: int = 10) -> str:
        def make() -> str:
            self.made += 1
            return f"{group}{key}"

        return self.kept.get(group, key, make, lambda _: size)


class TestTheCache:
    def test_makes_a_thing_once(self) -> None:
        maker = Maker(Kept(100))
        assert [maker.get("a", 1), maker.get("a", 1)] == ["a1", "a1"]
        assert maker.made == 1

    def test_keeps_the_first_poses_of_a_ring_that_does_not_fit(self) -> None:
        maker = Maker(Kept(50))
        for _ in range(3):
            for frame in range(8):
                maker.get("camera", frame)
        assert maker.made == 8 + 2 * 3  # five stay, three are made anew each time

    def test_gives_up_the_camera_that_was_asked_for_longest_ago(self) -> None:
        maker = Maker(Kept(60))
        for group in ("old", "new"):
            for frame in range(3):
                maker.get(group, frame)
        maker.get("third", 0)
        assert maker.made == 7
        maker.get("new", 0)
        assert maker.made == 7
        maker.get("old", 0)
        assert maker.made == 8

    def test_hands_out_what_is_larger_than_all_of_it(self) -> None:
        maker = Maker(Kept(5))
        assert maker.get("a", 1) == "a1"
        assert maker.get("a", 1) == "a1"
        assert maker.made == 2

    def test_counts_only_what_it_still_holds_when_making_one_thing_asks_for_another(self) -> None:
        kept = Kept(10)
        inner = Maker(kept)

        def make() -> str:
            inner.get("poses", 1, size=10)  # fills the cache, so that the camera's own group goes
            return "plate"

        kept.get("camera", 0, lambda: "small", lambda _: 4)
        assert kept.get("camera", 1, make, lambda _: 6) == "plate"
        made = inner.made
        assert kept.get("camera", 1, lambda: "again", lambda _: 6) == "plate"
        assert inner.made == made

    def test_a_worker_keeps_a_part_of_the_memory_within_bounds(self) -> None:
        assert 0.6e9 <= spare_bytes() <= 2.2e9
