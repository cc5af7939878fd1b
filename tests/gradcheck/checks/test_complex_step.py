"""Complex steps see what no difference can, and say so where forward does not keep imaginary parts."""

import numpy as np
from scipy import special

from gradcheck import Layer, Verdict
from tests.gradcheck.example_layers import SQUARE, elementwise, outcome

X = np.array([0.3, -1.2, 2.0])


def analytic(f, slope):
    return elementwise(f, slope, traits=("analytic",))


def test_a_right_gradient_is_verified_to_machine_precision():
    found = outcome("complex-step", analytic(np.sin, np.cos), X)
    assert found.verdict is Verdict.CORRECT
    assert found.sensitivities["x"] < 1e-12


def test_an_error_in_the_twelfth_digit_is_seen():
    found = outcome("complex-step", analytic(np.sin, lambda x: np.cos(x) * (1 + 1e-12)), X)
    assert (found.verdict, found.reason) == (Verdict.WRONG, "in the cotangent of 'x' (input 1 of 1)")
    evidence = found.locate()
    assert 0.5e-12 < abs(evidence.derived / evidence.numerical - 1) < 2e-12


def test_every_input_is_stepped():
    layer = Layer(
        lambda a, b: np.exp(a) * b,
        lambda a, b: (np.exp(a) * b, lambda y: (y * np.exp(a) * b, y * np.exp(a) * 1.001)),
        traits=("analytic",),
    )
    assert outcome("complex-step", layer, X, X).reason == "in the cotangent of 'b' (input 2 of 2)"


def test_forward_that_drops_the_imaginary_part_is_not_analytic():
    layer = analytic(lambda x: np.abs(x) ** 2, lambda x: 2 * x)
    found = outcome("complex-step", layer, X)
    assert found.verdict is Verdict.UNVERIFIED
    assert "complex steps contradict finite differences" in found.reason


def test_forward_that_refuses_complex_numbers_is_unverified():
    def slope(x):
        return special.expit(x) * special.expit(-x)

    found = outcome("complex-step", analytic(special.expit, slope), X)
    assert found.verdict is Verdict.UNVERIFIED
    assert "declare 'smooth' in place of 'analytic'" in found.reason


def test_complex_inputs_and_outputs_are_another_matter():
    square = Layer(SQUARE.forward, lambda z: (z * z, lambda y: 2 * np.conj(z) * y), traits=("analytic",))
    assert outcome("complex-step", square, X * 1j).verdict is Verdict.NOT_APPLICABLE
    spectrum = Layer(np.fft.fft, lambda x: (np.fft.fft(x), abs), traits=("analytic",))
    assert outcome("complex-step", spectrum, X).verdict is Verdict.UNVERIFIED


def test_an_output_that_does_not_depend_on_the_input_verifies_nothing():
    layer = analytic(lambda x: 1 + 0 * x, np.zeros_like)
    assert outcome("complex-step", layer, X).verdict is Verdict.UNVERIFIED


def test_slope_of_zero_is_not_held_against_the_square_of_the_step():
    found = outcome("complex-step", analytic(lambda x: x**3, lambda x: 3 * x**2), np.zeros(2))
    assert found.verdict is Verdict.UNVERIFIED
    assert found.reason == "nothing differentiable reached: the slopes are zero"


def test_slope_that_should_be_zero_is_wrong():
    found = outcome("complex-step", analytic(lambda x: x**3, lambda x: 3 * x**2 + 1e-40), np.zeros(2))
    assert found.verdict is Verdict.WRONG
