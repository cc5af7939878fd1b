"""Verification: silent about what is right, and with the name of the layer that is wrong."""

from dataclasses import replace

import pytest

from derivations.network import stages
from derivations.network.verify import verify
from gradcheck import Verdict
from tests.derivations.network.tiny import bars, beginning, first_output_channel_only, network

DATA = bars()


def verified(made, seed=0):
    return verify(made, beginning().parameters, DATA.images[:6], DATA.targets(3)[:6], seed)


def with_stage(name, vjp):
    """Return the tiny network with another VJP in one stage."""
    made = network()
    return replace(
        made, stages=tuple(replace(s, vjp=vjp(s.vjp)) if s.name == name else s for s in made.stages)
    )


def scaled(factor):
    """Return what turns a VJP into one whose cotangents are too large by a factor."""

    def spoil(vjp):
        def spoiled(*primals):
            y, pullback = vjp(*primals)
            return y, lambda y_bar: tuple(factor * bar for bar in pullback(y_bar))

        return spoiled

    return spoil


def test_a_right_network_is_correct_and_no_layer_is_looked_at():
    found = verified(network())
    assert found.verdict is Verdict.CORRECT
    assert found.layers == ()


def test_the_missing_sum_over_output_channels_is_found_in_the_convolutions(monkeypatch):
    """Both convolutions have it; in the second it makes the whole network wrong."""
    monkeypatch.setattr(stages, "conv2d_vjp", first_output_channel_only)
    found = verified(network())
    assert found.verdict is Verdict.WRONG
    assert "conv 2" in found.at_fault
    assert set(found.at_fault) <= {"conv 1", "conv 2"}
    assert "the layer at fault is" in found.describe()
    assert "VJP of 'conv 2' is wrong in the cotangent of 'x'" in found.describe()


def test_with_one_convolution_wrong_it_alone_is_named(monkeypatch):
    spoiled = with_stage("conv 2", lambda _: lambda x, w, b: first_output_channel_only(x, w, b, padding=1))
    found = verified(spoiled)
    assert found.at_fault == ("conv 2",)
    assert "'conv 1 kernels'" in found.describe()  # where the whole network shows it


@pytest.mark.parametrize("name", ["activation 1", "pool 1", "flatten", "linear"])
def test_every_kind_of_stage_can_be_at_fault(name):
    found = verified(with_stage(name, scaled(1.001)))
    assert found.verdict is Verdict.WRONG
    assert found.at_fault == (name,)


def test_a_loss_that_is_wrong_is_named_too():
    made = network()

    def halved(z, t):
        c, pullback = made.loss.vjp(z, t)
        return c, lambda c_bar: (pullback(c_bar)[0] / 2, None)

    assert verified(replace(made, loss=replace(made.loss, vjp=halved))).at_fault == (made.loss.name,)
