"""A guide that comp films: frames in any order, filmed once, and what is held in them."""

import gc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sora_lock.blocking import Blocking
from sora_lock.engines import Layers
from sora_lock.fanout import plan_fanout
from sora_lock.filmed import Ready, finished
from sora_lock.first_run import settle
from sora_lock.hold import Hold
from sora_lock.resolve import resolve
from sora_lock.store import Store

FRAMES = 4


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ready]:
    store = Store.open(tmp_path_factory.mktemp("blocking"))
    settle(store)
    cell = plan_fanout(
        store, scene="SC010", shot="SH010", cast="@mara in @alley", texts=["slow push-in"], frames=FRAMES, width=160, height=96,
        overrides={"alley": {"layout": "free", "props": "free", "surfaces": "free"}},
    )  # fmt: skip
    yield resolve(store, store.jobs(cell=cell.id)[0].recipe, {})
    store.close()


class Counting:
    """The walk of a recipe, counted."""

    def __init__(self, ready: Ready) -> None:
        self.ready, self.begun, self.filmed = ready, 0, 0

    def __call__(self) -> Iterator[tuple[Layers, np.ndarray]]:
        self.begun += 1
        hold = Hold(self.ready.actors, self.ready.regions)
        for _, layers, rgb in finished(self.ready, hold, cancelled=lambda: False, aov=lambda f: True):
            self.filmed += 1
            yield layers, rgb


@pytest.fixture
def film(ready: Ready) -> Counting:
    return Counting(ready)


def a_blocking(film: Counting, **more: object) -> Blocking:
    return Blocking(FRAMES, film, film.ready.actors, film.ready.regions, **more)


class TestFrames:
    def test_come_in_any_order_and_are_those_that_were_filmed(self, film: Counting) -> None:
        blocking = a_blocking(film)
        straight = list(film())
        for frame in (2, 0, 3, 1, 2):
            layers, rgb = straight[frame]
            assert np.array_equal(blocking.rgb(frame), rgb)
            kept = blocking.layers(frame)
            assert np.array_equal(kept.aov.st, layers.aov.st)
            assert np.array_equal(kept.region, layers.region)
            assert np.allclose(kept.aov.shading, layers.aov.shading, rtol=2e-3, atol=1e-3)

    def test_are_filmed_once_and_no_further_than_asked(self, film: Counting) -> None:
        blocking = a_blocking(film)
        blocking.rgb(1)
        blocking.layers(0)
        blocking.held(1)
        assert (film.begun, film.filmed) == (1, 2)

    def test_a_frame_beyond_the_end_is_a_mistake(self, film: Counting) -> None:
        with pytest.raises(IndexError, match="4"):
            a_blocking(film).rgb(FRAMES)

    def test_a_base_take_s_pictures_stand_for_the_filmed_ones(self, film: Counting) -> None:
        blocking = a_blocking(film, base=lambda frame: np.full((96, 160, 3), frame, np.uint8))
        assert (blocking.rgb(3) == 3).all()
        assert film.filmed == 0

    def test_what_was_kept_goes_when_nobody_holds_it(self, film: Counting) -> None:
        blocking = a_blocking(film)
        blocking.rgb(0)
        folder = Path(blocking._folder.name)
        assert any(folder.iterdir())
        del blocking
        gc.collect()
        assert not folder.exists()


class TestWhatIsHeld:
    def test_is_the_figure_where_the_set_is_free(self, film: Counting) -> None:
        blocking = a_blocking(film)
        cover = blocking.layers(0).coverage["mara"]
        assert np.array_equal(blocking.held(0), cover)
        assert 0.02 < cover.mean() < 0.6
