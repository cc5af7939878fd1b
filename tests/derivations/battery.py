"""The whole battery over one layer, as pytest's profile asks for it; its checks share their examples."""

import pytest

from gradcheck import Layer
from gradcheck.pytest_plugin.limits import Limits
from gradcheck.running import run
from gradcheck.sampling import ExampleStore, profile_database


def assert_battery_passes(layer: Layer, request: pytest.FixtureRequest) -> None:
    """Raise unless all checks that apply to the layer find its gradient correct."""
    __tracebackhide__ = True
    limits = Limits.of(request.config)
    memory = ExampleStore.of(layer, profile_database())
    report = run(layer, seed=limits.seed, max_examples=limits.max_examples, memory=memory)
    report.raise_unless_correct(limits.repeat(request.node.nodeid))
