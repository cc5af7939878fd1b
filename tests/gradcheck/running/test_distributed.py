"""A real cluster of two worker processes on this machine, through `workers=client.get_executor().map`."""

import os
import signal

import numpy as np
import pytest

from gradcheck import Layer, check
from gradcheck.checks import CHECKS

distributed = pytest.importorskip("distributed", reason='takes pip install "gradcheck[distributed]"')
pytestmark = pytest.mark.filterwarnings("default")  # what a cluster warns of is its own

FEW = {"max_examples": 6}


class Sine:
    """sin, whose first call in another process than its own kills that process."""

    def __init__(self, mark):
        self.mark, self.home = mark, os.getpid()

    def __call__(self, x):
        if self.mark is not None and os.getpid() != self.home and not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return np.sin(x)


def cosine(x):
    return np.sin(x), lambda y_bar: y_bar * np.cos(x)


def wrong_cosine(x):
    return np.sin(x), lambda y_bar: y_bar * np.cos(x) * 1.001


def sine(mark=None, vjp=cosine):
    return Layer(Sine(mark), vjp, name="sine", shapes={"x": "n m"})


@pytest.fixture(scope="module")
def client():
    """Two processes of one thread each; `allowed-failures` is how often dask repeats work by itself."""
    import dask

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1, "distributed.admin.tick.limit": "60s"}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.mark.parametrize("vjp", [cosine, wrong_cosine])
def test_report_of_a_cluster_is_that_of_one_process(client, vjp):
    alone = check(sine(vjp=vjp), **FEW)
    shared = check(sine(vjp=vjp), workers=client.get_executor().map, **FEW)
    assert shared.as_dict() == alone.as_dict()
    assert str(shared) == str(alone)


def test_death_of_a_worker_ends_in_a_complete_report_that_says_so(client, tmp_path):
    mark = tmp_path / "died"
    alone, shared = check(sine(), **FEW), check(sine(mark), workers=client.get_executor().map, **FEW)
    assert mark.exists()
    assert [r.as_dict() for r in shared.results] == [r.as_dict() for r in alone.results]
    assert len(shared.results) == len(CHECKS)
    assert "more than once, as after the death of a worker" in str(shared)


def test_work_that_the_cluster_gives_up_is_done_here_and_told(client, tmp_path):
    client.run_on_scheduler(lambda dask_scheduler: setattr(dask_scheduler, "allowed_failures", 0))
    alone = check(sine(), **FEW)
    shared = check(sine(tmp_path / "died"), workers=client.get_executor().map, **FEW)
    assert [r.as_dict() for r in shared.results] == [r.as_dict() for r in alone.results]
    assert "raised KilledWorker" in str(shared)
