"""float32 stays float32, and its gradient is that of float64."""

import numpy as np

from gradcheck import Layer, Verdict, check
from tests.gradcheck.example_layers import LINEAR, SQUARE, elementwise, outcome, square

X = np.array([1.0, -2.0, 3.0])


def test_a_layer_that_keeps_its_dtype_is_correct():
    assert outcome("dtype", SQUARE, X).verdict is Verdict.CORRECT
    assert outcome("dtype", LINEAR, np.ones((2, 3)), np.ones((3, 1)), np.ones(1)).verdict is Verdict.CORRECT


def test_a_cotangent_in_double_precision_is_a_flaw():
    found = outcome("dtype", elementwise(square, lambda x: 2.0 * x.astype(np.float64)), X)
    assert found.verdict is Verdict.FLAWED
    assert found.reason.startswith(
        "float32 in, float32 out, but the cotangent of 'x' is float64: end with .astype(x.dtype)"
    )


def test_a_primal_value_in_double_precision_is_wrong():
    layer = Layer(
        square, lambda x: (square(x).astype(np.float64), lambda y_bar: (2 * x * y_bar).astype(x.dtype))
    )
    assert "the primal value that vjp returned is float64" in outcome("dtype", layer, X).reason


def test_another_gradient_in_single_precision_is_wrong():
    def slope(x):
        return 2 * x if x.dtype == np.float64 else np.float32(2.01) * x

    found = outcome("dtype", elementwise(square, slope), X)
    assert (found.verdict, found.reason) == (Verdict.WRONG, "in the cotangent of 'x' (input 1 of 1)")


def test_a_forward_that_computes_in_double_precision_has_no_float32_gradient():
    found = outcome("dtype", elementwise(lambda x: np.float64(x) ** 2, lambda x: 2 * x), X)
    assert found.verdict is Verdict.NOT_APPLICABLE
    assert found.reason == "forward answers float32 with float64"


def test_float32_examples_are_so_as_drawn():
    assert outcome("dtype", SQUARE, X.astype(np.float32)).verdict is Verdict.NOT_APPLICABLE


def test_the_example_stays_inside_its_domain():
    def logarithm(x):
        assert np.all(x <= 0.1), x
        return np.log(x)

    layer = elementwise(logarithm, lambda x: 1 / x, domain={"x": (0.05, 0.1)})
    assert outcome("dtype", layer, np.array([0.1, 0.05])).verdict is Verdict.CORRECT


def test_a_buffer_in_an_object_keeps_its_own_dtype():
    class Buffered:
        def __init__(self, w):
            self.w, self.dw = w, np.zeros(())

        def forward(self, x):
            self.x = x
            return x * self.w

        def backward(self, y_bar):
            self.dw[...] = (y_bar * self.x).sum()
            return y_bar * self.w

    layer = Layer.from_module(Buffered, parameters={"w": ("w", "dw")}, shapes={"x": "n", "w": ""})
    assert outcome("dtype", layer, X, np.array(2.0)).verdict is Verdict.CORRECT


def test_another_gradient_counts_more_than_another_precision():
    def slope(x):
        return 2 * x if x.dtype == np.float64 else 2.01 * x.astype(np.float64)

    assert outcome("dtype", elementwise(square, slope), X).reason == "in the cotangent of 'x' (input 1 of 1)"


def test_a_point_in_float64_is_not_judged_by_what_float32_would_do():
    layer = elementwise(square, lambda x: 2.0 * x.astype(np.float64))
    assert outcome("dtype", layer, X, is_user_point=True).verdict is Verdict.NOT_APPLICABLE
    assert check(layer, X).verdict is Verdict.CORRECT


def correlate(x, k):
    return np.correlate(x, k, "valid") if len(k) <= len(x) else np.linalg.solve(x, k)


def test_why_forward_raised_is_not_hidden_by_its_precision():
    layer = Layer.from_backward(
        lambda x, k: np.float64(correlate(x, k)),
        lambda y_bar, x, k: (np.convolve(y_bar, k), np.correlate(x, y_bar, "valid")),
        shapes={"x": "n", "k": "p"},
    )
    report = check(layer, max_examples=31)
    (found,) = (r for r in report.results if r.check == "dtype")
    assert found.verdict is Verdict.NOT_APPLICABLE
    (measured,) = (r for r in report.results if r.check == "finite-difference")
    assert " raised LinAlgError" in measured.reason
    assert all("raised LinAlgError" in result.reason for result in report.findings)


def test_forward_that_raises_for_float32_alone_is_told():
    def picky(x):
        assert x.dtype == np.float64, "float64 only"
        return x * x

    found = outcome("dtype", elementwise(picky, lambda x: 2 * x), X)
    assert found.verdict is Verdict.NOT_APPLICABLE
    assert found.reason.startswith("it takes no float32: ")
    assert found.reason.endswith(" raised AssertionError: float64 only")


def test_pullback_alone_that_takes_no_float32_is_a_flaw():
    def picky(x):
        assert x.dtype == np.float64, "float64 only"
        return 2 * x

    found = outcome("dtype", elementwise(np.square, picky), X)
    assert found.verdict is Verdict.FLAWED
    assert found.reason.startswith("forward takes float32, and pullback of ")


def test_forward_that_fails_in_float32_by_another_fault_is_unverified():
    def divides(x):
        if x.dtype == np.float32:
            raise ZeroDivisionError
        return x * x

    found = outcome("dtype", elementwise(divides, lambda x: 2 * x), X)
    assert (found.verdict, found.raised) == (Verdict.UNVERIFIED, True)
    assert found.reason.endswith("when its inputs are float32")
