"""The choice of the way: what the model of costs must get right, and where it has no choice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivations.fast.line import Axis, Grid
from derivations.fast.plan import Product, Way, cheapest, cost
from tests.derivations.fast.strategies import problems

ROOM = 16 * 2**20


def grid(samples=8, size=64, taps=3, stride=1, padding=0):
    axis = Axis(size, taps, stride, padding, 1)
    return Grid(samples, axis, axis)


def chosen(product=Product.FORWARD, channels=(8, 8), workspace=ROOM, **sizes):
    return cheapest(product, grid(**sizes), 1, channels, workspace, 4)


@pytest.mark.parametrize("product", Product)
def test_large_kernels_go_through_transforms_and_small_ones_never_do(product):
    assert chosen(product, size=128, taps=31) is Way.SPECTRA
    assert chosen(product, size=128, taps=3) is not Way.SPECTRA
    assert cost(Way.SPECTRA, product, grid(taps=6), 1, (8, 8), ROOM) == float("inf")


def test_transforms_are_out_of_the_question_where_the_kernels_spectra_do_not_fit():
    assert chosen(size=128, taps=31, workspace=2**20) is not Way.SPECTRA


@given(problems(), st.sampled_from(Product))
def test_only_inputs_are_gathered_back_and_only_at_a_stride_of_one(problem, product):
    way = cheapest(product, problem.grid, problem.groups, (problem.inputs, problem.outputs), ROOM, 8)
    if way in (Way.TAPS_BACK, Way.ROWS_BACK, Way.COLUMNS_BACK):
        assert product is Product.INPUTS
        assert problem.grid.phases == 1


def test_one_channel_and_one_tap_are_never_left_to_a_matrix_product():
    assert cost(Way.TAPS, Product.FORWARD, grid(), 1, (1, 8), ROOM) == float("inf")


def test_a_single_channel_scatters_what_many_outputs_send_back():
    """To gather would copy every output once a tap; to scatter adds one channel once a tap."""
    assert not chosen(Product.INPUTS, channels=(1, 64), size=28, taps=5, padding=2).value[1]


@given(st.integers(1, 64), st.integers(1, 64), st.sampled_from(Product))
def test_more_samples_cost_more(channels_in, channels_out, product):
    for way in Way:
        few, many = (
            cost(way, product, grid(n, taps=7), 1, (channels_in, channels_out), 2**40) for n in (1, 9)
        )
        assert few < many or few == many == float("inf")
