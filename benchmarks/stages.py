"""Where a take's time goes: exclusive seconds by stage of the path, of takes made one after the other in this process.

Part of `make bench`. The path's own functions are wrapped while it runs, so nothing in the product counts for the sake of this table;
a stage's time is what was spent in it and not in a stage inside it.
"""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import torch

from sora_lock import resolve, shoot, worker
from sora_lock.continuity import Judge
from sora_lock.engines.comp import air, take
from sora_lock.engines.comp.scene import PreparedScene
from sora_lock.engines.comp.take import Filming
from sora_lock.fanout import plan_fanout
from sora_lock.filmed import Ready
from sora_lock.first_run import settle
from sora_lock.hold import Hold
from sora_lock.media import film, video
from sora_lock.store import Store

WRAPPED: tuple[tuple[str, Any, str], ...] = (
    ("prepare", resolve, "resolve"),
    ("plates", PreparedScene, "set_plate"), ("plates", PreparedScene, "cast_plate"), ("plates", PreparedScene, "cast_mesh"),
    ("plates", PreparedScene, "set_grid"), ("plates", PreparedScene, "cast_grid"),
    ("light", Filming, "_light_set"), ("light", Filming, "_light_cast"), ("light", Filming, "_shadows"), ("light", Filming, "_meter"),
    ("air", air, "scatter"), ("air", take, "lit_part"), ("air", Filming, "_weather"),
    ("lens", Filming, "_lens"), ("lens", Filming, "_out_of_focus"),
    ("film", film, "develop"), ("film", film, "grain"),
    ("hold", Hold, "see"), ("hold", Hold, "finish"),
    ("judge", Judge, "see"), ("judge", Judge, "report"),
    ("encode", video.MasterWriter, "write"), ("encode", video.ProxyWriter, "write"),
    ("commit", Store, "put_file"), ("commit", Store, "put"), ("commit", Store, "finish"), ("commit", Store, "poster_done"),
)  # fmt: skip
STAGES = tuple(dict.fromkeys(stage for stage, _, _ in WRAPPED))


class Stopwatch:
    """Exclusive seconds by stage, of nested calls."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inside: list[str] = []
        self._since = time.perf_counter()

    def _lap(self) -> None:
        now = time.perf_counter()
        self.seconds[self._inside[-1] if self._inside else "other"] += now - self._since
        self._since = now

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Counts the block as `name`."""
        self._lap()
        self._inside.append(name)
        try:
            yield
        finally:
            self._lap()
            self._inside.pop()

    def wrap(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function`, its time counted as `name`."""

        def counted(*args: Any, **kwargs: Any) -> Any:
            with self.stage(name):
                return function(*args, **kwargs)

        return counted


def measure(lines: tuple[str, ...], frames: int, size: tuple[int, int]) -> dict[str, float]:
    """Seconds by stage of a fan-out of `lines`, posters and clips, in this one process."""
    torch.set_num_threads(1)
    watch = Stopwatch()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        store = Store.open(Path(scratch))
        settle(store)
        shoot.warm_up()
        plan_fanout(
            store, scene="SC010", shot="SH020", cast="@mara in @alley", texts=lines, frames=frames, width=size[0], height=size[1]
        )  # fmt: skip
        for stage, owner, name in WRAPPED:
            stack.enter_context(mock.patch.object(owner, name, watch.wrap(stage, getattr(owner, name))))
        kept: dict[str, Ready] = {}
        with watch.stage("other"):
            while (job := store.lease("bench")) is not None:
                worker.run(store, job, "bench", kept)
        store.close()
    return {stage: watch.seconds[stage] for stage in (*STAGES, "other")}
