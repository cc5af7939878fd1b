"""The network as stages: its names, its gradient, and its stages by themselves."""

import numpy as np
import pytest

import gradcheck
from derivations.losses import cross_entropy, mean_squared_error
from derivations.network.recipes import RECIPES, Sizes
from tests.derivations.network.tiny import bars, beginning, network

IMAGES, TARGETS = bars().images[:5], bars().targets(3)[:5]


def test_parameters_are_named_after_their_stage_in_order():
    assert network().shapes == {
        "conv 1 kernels": (2, 1, 3, 3),
        "conv 1 bias": (2,),
        "conv 2 kernels": (3, 2, 3, 3),
        "conv 2 bias": (3,),
        "linear weights": (3, 3),
        "linear bias": (3,),
    }


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_whole_gradient_is_correct_at_images_and_names_every_parameter(recipe):
    report = gradcheck.check(network(recipe).layer, IMAGES, TARGETS, *beginning(recipe).parameters)
    assert report.verdict is gradcheck.Verdict.CORRECT, report
    assert report.inputs[2:] == tuple(network(recipe).shapes)


@pytest.mark.parametrize(("recipe", "loss"), [("usual", cross_entropy), ("article", mean_squared_error)])
def test_the_loss_is_that_of_the_scores(recipe, loss):
    made, parameters = network(recipe), beginning(recipe).parameters
    assert made.forward(IMAGES, TARGETS, *parameters) == loss(made.scores(IMAGES, parameters), TARGETS)


def test_the_article_ends_in_a_sigmoid_between_zero_and_one():
    scores = network("article").scores(IMAGES, beginning("article").parameters)
    assert 0 < scores.min() <= scores.max() < 1


@pytest.mark.parametrize("recipe", RECIPES)
def test_single_precision_goes_all_the_way_through(recipe):
    c, pullback = network(recipe).vjp(IMAGES, TARGETS, *beginning(recipe).parameters)
    images_bar, targets_bar, *bars_ = pullback(np.ones_like(c))
    assert (images_bar, targets_bar) == (None, None)
    assert {c.dtype, *(bar.dtype for bar in bars_)} == {np.dtype(np.float32)}


def test_parameters_start_from_the_seed_with_no_bias_at_zero():
    first, again = (network().initial(np.random.default_rng(5)) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.all()


def test_an_image_too_small_to_be_pooled_twice_is_refused():
    with pytest.raises(ValueError, match="at least 4 × 4 pixels to be pooled twice, got 3 × 8"):
        RECIPES["usual"].network(Sizes((1, 3, 8), 3, (2, 2), 3))


def test_odd_images_and_several_channels_work_too():
    sizes = Sizes((3, 7, 5), 4, (2, 3), 5)
    made = RECIPES["usual"].network(sizes)
    parameters = made.initial(np.random.default_rng(0))
    images = np.random.default_rng(1).uniform(size=(2, 3, 7, 5)).astype("f")
    assert made.scores(images, parameters).shape == (2, 4)
