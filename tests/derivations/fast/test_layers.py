"""Every fast layer passes the whole battery, with the clear layer as its oracle."""

import gradcheck
from derivations.fast import LAYERS


@gradcheck.parametrize_with_checks(LAYERS)
def test_the_fast_gradients(layer, check):
    check(layer)
