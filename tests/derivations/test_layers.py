"""Every reference layer passes the whole battery."""

import pytest

from derivations import LAYERS
from tests.derivations.battery import assert_battery_passes


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_the_reference_gradients(layer, request):
    assert_battery_passes(layer, request)
