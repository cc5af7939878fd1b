"""Every fast layer passes the whole battery, with the clear layer as its oracle."""

import pytest

from derivations.fast import LAYERS
from tests.derivations.battery import assert_battery_passes


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_the_fast_gradients(layer, request):
    assert_battery_passes(layer, request)
