"""The feed, rail and inspector as HTML: what they say of a scene, and that nothing people typed is ever more than text."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from sora_lock.errors import NotFoundError
from sora_lock.notebook.feed import board, feed, time_left
from sora_lock.notebook.inspector import inspector
from sora_lock.notebook.rail import draw, rail
from sora_lock.store import Node, Store
from tests.planted import grid, shoot_all

VOID = {"img", "input", "br"}


class Reader(HTMLParser):
    """Collects tags, attributes and text; complains of tags that do not close."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def having(self, name: str, value: str | None = None) -> list[dict[str, str | None]]:
        return [a for _, a in self.tags if name in a and value in (None, a[name])]

    def classes(self, name: str) -> list[dict[str, str | None]]:
        return [a for _, a in self.tags if name in (a.get("class") or "").split()]


def shown(store: Store) -> Reader:
    return Reader(feed(store, board(store, "SC010")))


class TestFeed:
    def test_a_fresh_scene_shows_walkthrough_locks_and_the_invitation(self, stage: Store) -> None:
        page = shown(stage)
        assert len(page.classes("lock")) == len(stage.locks())
        assert page.having("data-act", "example")
        assert "Welcome" in page.text

    def test_a_grid_has_a_tile_for_each_take_in_its_state(self, stage: Store) -> None:
        cell = grid(stage)
        page = shown(stage)
        assert len(page.classes("tile")) == 6 and len(page.classes("queued")) == 6
        assert not page.having("data-act", "example")
        job = stage.lease("w")
        assert job is not None
        stage.poster_done(job.id, "w", stage.put(b"poster"), ("puts on a hat",))
        done = stage.lease("w")
        assert done is not None
        stage.fail(done.id, "w", "the disk is <full>")
        stage.cancel([stage.jobs(cell=cell)[3].id])
        page = shown(stage)
        assert "puts on a hat" in page.text and "the disk is <full>" in page.text
        assert page.having("data-act", "retry") and "1 failed" in page.text

    def test_a_finished_tile_has_a_quiet_film_and_a_sign_for_each_attribute(self, stage: Store) -> None:
        grid(stage, ["fog, wistful"])
        take = shoot_all(stage)[0]
        page = shown(stage)
        video = next(a for t, a in page.tags if t == "video")
        assert video["src"] == f"/media/{take.files['clip.mp4']}" and video["preload"] == "none"
        assert {"muted", "loop", "playsinline"} <= video.keys()
        assert len(page.classes("dot")) == 8
        assert "wistful" in page.text

    def test_a_drift_is_flagged_on_the_tile(self, stage: Store) -> None:
        grid(stage, ["fog", "snow"])
        shoot_all(stage, flag="wardrobe")
        page = shown(stage)
        assert len(page.classes("flagged")) == 1
        assert any("@mara wardrobe: flag" in (a.get("title") or "") for a in page.classes("dot"))

    def test_cells_keep_their_place_when_new_ones_come(self, stage: Store) -> None:
        before = [a["id"] for a in shown(stage).classes("cell")]
        for number in range(50):
            stage.add_cell("SC010", "note", {"text": f"note {number}"})
        page = shown(stage)
        kept = page.classes("gone") + page.classes("cell")
        assert len(kept) == len(stage.cells("SC010", limit=None))
        assert len(page.classes("cell")) == 40
        assert before[0] not in [a.get("id") for a in page.classes("cell")]

    def test_a_cell_whose_lock_has_a_newer_version_is_stale(self, stage: Store) -> None:
        from sora_lock.freeze import edit

        grid(stage, ["fog"])
        assert not any("shoot again" in t for t in [shown(stage).text])
        edit(stage, "mara", {"expression": "free"})
        page = shown(stage)
        assert page.classes("stale") and page.having("data-act", "again")

    def test_an_unknown_scene_is_an_error(self, stage: Store) -> None:
        with pytest.raises(NotFoundError):
            board(stage, "SC999")

    def test_time_left_counts_what_waits(self, stage: Store) -> None:
        cell = grid(stage, ["fog", "snow", "rain"])
        assert time_left(stage.jobs(cell=cell)) is None
        for _ in range(3):
            job = stage.lease("w")
            assert job is not None
            stage.poster_done(job.id, "w", stage.put(b"p"), ())
        job = stage.lease("w")
        assert job is not None
        stage.beat(job.id, "w", 0.5, 10.0)
        assert time_left(stage.jobs(cell=cell)) == pytest.approx(10 + 2 * 20)


NASTY = ("<script>alert(1)</script>", "${alert(1)}", "{{constructor}}", '"><img src=x onerror=alert(1)>', "'`\\")


class TestText:
    @pytest.mark.parametrize("words", NASTY)
    def test_what_people_type_stays_text_everywhere(self, stage: Store, words: str) -> None:
        grid(stage, [f"{words} fog"], who=words)
        take = shoot_all(stage)[0]
        stage.add_cell("SC010", "note", {"title": words, "text": words}, words)
        stage.comment(take.take, 3, words, words)
        b = board(stage, "SC010")
        tags = {"script", "iframe", "object", "style", "link"}
        for html in (feed(stage, b), inspector(stage, b, take.take), rail(stage, b, [words], words)):
            page = Reader(html)
            assert not tags & {t for t, _ in page.tags}
            assert not any(name.startswith("on") for _, a in page.tags for name in a)
        assert words in Reader(feed(stage, b)).text
        assert words in Reader(inspector(stage, b, take.take)).text


class TestInspector:
    def test_a_take_is_explained_whole(self, stage: Store) -> None:
        grid(stage, ["now bathed in dramatic chiaroscuro"])
        take = shoot_all(stage)[0]
        stage.comment(take.take, 6, "look at the cheek", "ana")
        page = Reader(inspector(stage, board(stage, "SC010"), take.take))
        for words in (
            "reflectance",
            "held",
            "chiaroscuro",
            "look at the cheek",
            "@mara v1 in @alley v1",
            take.recipe_sha256[:12],
        ):
            assert words in page.text
        assert page.having("data-act", "branch") and page.having("data-act", "retake")
        assert {a["data-what"] for a in page.having("data-what")} == {"prompt", "direction", "seed", "all"}
        assert page.having("data-frame", "6") and "1007" in page.text

    def test_attributes_stand_in_the_order_of_their_kind(self, stage: Store) -> None:
        grid(stage, ["fog"])
        take = shoot_all(stage)[0]
        text = Reader(inspector(stage, board(stage, "SC010"), take.take)).text
        order = [
            text.index(w) for w in ("face", "expression", "hair", "wardrobe", "body", "layout", "props", "surfaces")
        ]
        assert order == sorted(order)

    def test_nothing_selected_shows_the_keys_and_an_unknown_take_is_said(self, stage: Store) -> None:
        b = board(stage, "SC010")
        assert "Keys" in inspector(stage, b, None)
        assert "There is no take" in inspector(stage, b, "SC010_SH999_T001")

    def test_a_take_under_way_is_said_to_be(self, stage: Store) -> None:
        cell = grid(stage, ["fog"])
        job = stage.jobs(cell=cell)[0]
        assert "waits its turn" in inspector(stage, board(stage, "SC010"), job.take)


class TestRail:
    def test_people_queue_locks_and_scenes_are_there(self, stage: Store) -> None:
        grid(stage, ["fog", "snow"])
        page = Reader(rail(stage, board(stage, "SC010"), ["ana", "jon"], "ana"))
        assert "jon" in page.text and "no worker runs" in page.text and "2 waiting" in page.text
        assert all(f"@{lock.name}" in page.text for lock in stage.locks())
        assert page.having("value", "ana")

    def test_a_branch_is_drawn_from_its_parents_dot(self) -> None:
        nodes = [Node(f"T{i}", None, 0, 1, None) for i in range(3)] + [Node("T9", "T1", 1, 2, "circled")]
        page = Reader(draw(nodes, {1: 5, 2: 6}))
        paths = [a for t, a in page.tags if t == "path" and a["class"] == "branch"]
        dots = {a["data-take"]: a for a in page.having("data-take")}
        assert len(dots) == 4 and "circled" in (dots["T9"]["class"] or "")
        assert (paths[0]["d"] or "").startswith("M24.0 12.0")

    def test_ninety_six_takes_stay_inside_the_rail(self) -> None:
        page = Reader(draw([Node(f"T{i}", None, 0, 1, None) for i in range(96)], {}))
        assert max(float(a["cx"] or 0) for t, a in page.tags if t == "circle") <= 196


class TestLockCells:
    def test_a_lock_that_is_not_here_is_said_and_not_fatal(self, stage: Store) -> None:
        stage.add_cell("SC010", "lock", {"name": "gone", "version": 1})
        assert "not in this store" in shown(stage).text

    def test_a_compare_cell_shows_its_takes(self, stage: Store) -> None:
        grid(stage, ["fog", "snow"])
        first, second = shoot_all(stage)
        stage.add_cell("SC010", "compare", {"takes": [first.take, second.take, "nobody"]})
        page = shown(stage)
        assert len([a for a in page.having("data-take", first.take) if "tile" in (a.get("class") or "")]) == 2
