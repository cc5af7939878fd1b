"""Errors carry what their message says."""

import pytest
from hypothesis.errors import InvalidArgument, UnsatisfiedAssumption

from gradcheck import MalformedLayer, Report, UnverifiedGradient, WrongGradient
from gradcheck.errors import LayerRaised, is_control
from gradcheck.sampling import FalsifyingExample, StopExploring


@pytest.mark.parametrize("error", [WrongGradient, UnverifiedGradient])
def test_verdict_is_an_assertion_error_with_its_report(error):
    report = Report("layer", (), (), 0, 0, 0)
    raised = error("in words", report)
    assert isinstance(raised, AssertionError)
    assert (str(raised), raised.report) == ("in words", report)


def test_two_verdicts_are_told_apart():
    assert not issubclass(WrongGradient, UnverifiedGradient)
    assert not issubclass(UnverifiedGradient, WrongGradient)


def test_malformed_layer_is_a_type_error():
    assert issubclass(MalformedLayer, TypeError)


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (ValueError("two\nlines"), "vjp of 'f' raised ValueError: two"),
        (ValueError(), "vjp of 'f' raised ValueError"),
        (KeyError("w"), "vjp of 'f' raised KeyError: 'w'"),
        (ValueError("  padded  "), "vjp of 'f' raised ValueError: padded"),
    ],
)
def test_layer_that_raised_is_quoted_in_one_line(cause, said):
    raised = LayerRaised("f", "vjp", cause)
    assert str(raised) == said
    assert (raised.role, raised.cause) == ("vjp", cause)


class Wordless(BaseException):
    def __str__(self):
        raise ValueError


def test_exception_whose_own_words_raise_is_told_by_its_class():
    assert str(LayerRaised("f", "vjp", Wordless())) == "vjp of 'f' raised Wordless"


@pytest.mark.parametrize(
    "cause", [KeyboardInterrupt(), StopExploring(), FalsifyingExample(), UnsatisfiedAssumption()]
)
def test_what_steers_the_run_is_no_error_of_a_layer(cause):
    assert is_control(cause)


@pytest.mark.parametrize("cause", [SystemExit(0), Wordless(), RuntimeError(), InvalidArgument("bounds")])
def test_any_other_exception_is_the_layer_s_own(cause):
    assert not is_control(cause)
