"""Workers on a Ray cluster: a real one of two workers on this machine."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sora_lock.cluster import connected, supervise
from sora_lock.errors import EngineUnavailableError, InputError
from sora_lock.fanout import plan_fanout
from sora_lock.first_run import settle
from sora_lock.store import Store

ray = pytest.importorskip("ray")
ADDRESS = "127.0.0.1:6399"


@pytest.fixture(scope="module")
def a_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("ray")
    command = [str(Path(sys.executable).parent / "ray")]
    env = {**os.environ, "RAY_ADDRESS": ADDRESS, "RAY_USAGE_STATS_ENABLED": "0"}
    subprocess.run(
        [*command, "start", "--head", "--num-cpus=2", "--port=6399", "--node-ip-address=127.0.0.1", "--include-dashboard=false",
         f"--temp-dir={folder}", "--object-store-memory=80000000", "--disable-usage-stats"],
        env=env, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_ADDRESS", ADDRESS)
        yield
        ray.shutdown()
    subprocess.run([*command, "stop", "--force"], env=env, check=False, capture_output=True, timeout=60)


@pytest.mark.slow
class TestACluster:
    def test_of_two_workers_makes_the_takes_and_one_that_is_killed_is_replaced(
        self, a_cluster: None, tmp_path: Path
    ) -> None:
        store = Store.open(tmp_path)
        settle(store)
        cell = plan_fanout(
            store,
            scene="SC010",
            shot="SH010",
            cast="@mara in @alley",
            texts=["day", "night", "fog"],
            frames=2,
            width=96,
            height=64,
        )
        done = threading.Event()
        seen: set[str] = set()

        def until() -> bool:
            workers = set(store.workers())
            if len(workers) == 2 and not seen:
                os.kill(int(sorted(workers)[0].rsplit("-", 1)[1]), 9)
                seen.update(workers)
            if seen:
                seen.update(workers)
            made = all(j.state == "done" for j in store.jobs(cell=cell.id))
            return done.is_set() or (made and len(seen) >= 3)

        timer = threading.Timer(150, done.set)
        timer.start()
        supervise(tmp_path, 2, until=until)
        timer.cancel()
        assert {j.state for j in store.jobs(cell=cell.id)} == {"done"}
        assert len(seen) == 3
        time.sleep(1)
        for worker in store.workers():
            with pytest.raises(ProcessLookupError):
                os.kill(int(worker.rsplit("-", 1)[1]), 0)  # nobody is left behind
        store.close()

    def test_is_not_asked_for_more_than_it_has(self, a_cluster: None, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="has 2 cores"):
            supervise(tmp_path, 3)


class TestNoCluster:
    def test_is_said_at_once_with_what_to_do(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ray.shutdown()  # who is connected already is not asked again
        monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:6398")
        with pytest.raises(EngineUnavailableError, match=r"no Ray cluster to join.*ray start --head"):
            connected()

    def test_without_the_package_it_says_how_to_get_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "ray", None)
        with pytest.raises(EngineUnavailableError, match=r"requirements-ray\.txt"):
            connected()
