"""The loop: deterministic, resumable at every epoch, and clear about what stops it."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from derivations.network.train import NotFinite, recognise, schedule, train
from tests.derivations.network.tiny import PLAN, bars, beginning, network

KEPT, TESTED = bars(60).split()


def states(plan=PLAN, state=None, recipe="usual"):
    return list(train(network(recipe), state or beginning(recipe, plan), KEPT, TESTED, plan))


def assert_same(one, other):
    assert one.history == other.history
    assert one.moments.steps == other.moments.steps
    pairs = zip(
        (*one.parameters, *one.moments.first, *one.moments.second),
        (*other.parameters, *other.moments.first, *other.moments.second),
        strict=True,
    )
    for mine, theirs in pairs:
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("optimiser", ["adam", "sgd"])
def test_the_same_seed_gives_the_same_bits_and_another_does_not(optimiser):
    plan = replace(PLAN, optimiser=optimiser)
    assert_same(states(plan)[-1], states(plan)[-1])
    assert states(replace(plan, seed=1))[-1].history != states(plan)[-1].history


@pytest.mark.parametrize("optimiser", ["adam", "sgd"])
@pytest.mark.parametrize("done", [1, 2])
def test_going_on_from_an_epoch_equals_not_having_stopped(done, optimiser):
    plan = replace(PLAN, optimiser=optimiser)
    whole = states(plan)
    assert_same(states(plan, whole[done - 1])[-1], whole[-1])


@pytest.mark.parametrize(("recipe", "rate"), [("usual", 0.02), ("article", 0.05)])
def test_the_loss_falls_and_the_images_are_recognised(recipe, rate):
    history = states(replace(PLAN, epochs=25, rate=rate, shift=0), recipe=recipe)[-1].history
    assert history[-1].loss < 0.5 * history[0].loss
    assert history[-1].test_accuracy >= 0.9


def test_progress_hears_of_every_image_and_the_epochs_record_agrees():
    heard = []
    *_, last = train(network(), beginning(), KEPT, TESTED, PLAN, lambda *said: heard.append(said))
    assert sum(images for images, _, _ in heard) == PLAN.epochs * len(KEPT.labels)
    assert heard[-1][1:] == (last.history[-1].loss, last.history[-1].train_accuracy)


def test_the_rate_rises_falls_along_a_cosine_and_ends_near_zero():
    shares = [schedule(step, 1000) for step in range(1000)]
    assert shares[0] == pytest.approx(1 / 20)
    assert max(shares) > 0.99
    assert schedule(500, 1000) == pytest.approx(0.5)
    assert shares[-1] < 1e-5
    assert all(later < earlier for earlier, later in pairwise(shares[20:]))


def test_recognition_takes_images_a_few_at_a_time_and_leaves_none_out():
    made, parameters = network(), beginning().parameters
    images = np.random.default_rng(0).uniform(size=(600, 1, 4, 4)).astype("f")
    np.testing.assert_array_equal(
        recognise(made, parameters, images), made.scores(images, parameters).argmax(axis=1)
    )


def poisoned(position, value):
    """Return the beginning with one parameter's first entry replaced."""
    state = beginning()
    parameters = [parameter.copy() for parameter in state.parameters]
    parameters[position].flat[0] = value
    return replace(state, parameters=tuple(parameters))


@pytest.mark.parametrize(("position", "layer"), [(0, "conv 1"), (2, "conv 2"), (4, "linear")])
@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_the_layer_whose_output_went_bad_first_is_named(position, layer, value):
    with pytest.raises(NotFinite, match=f"not finite in step 1: the output of '{layer}' went bad first"):
        states(state=poisoned(position, value))


def test_a_gradient_that_is_not_finite_is_named_with_its_parameters():
    made = network()

    def spoil(vjp):
        def spoiled(*primals):
            y, pullback = vjp(*primals)
            return y, lambda y_bar: (pullback(y_bar)[0], pullback(y_bar)[1] * np.inf, pullback(y_bar)[2])

        return spoiled

    stages = tuple(replace(s, vjp=spoil(s.vjp)) if s.name == "conv 2" else s for s in made.stages)
    with pytest.raises(NotFinite, match="the gradient of 'conv 2 kernels' is not finite in step 1"):
        list(train(replace(made, stages=stages), beginning(), KEPT, TESTED, PLAN))
