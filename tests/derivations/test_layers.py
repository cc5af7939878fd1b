"""Every reference layer passes the whole battery: one test a layer and check."""

import gradcheck
from derivations import LAYERS


@gradcheck.parametrize_with_checks(LAYERS)
def test_the_reference_gradients(layer, check):
    check(layer)
