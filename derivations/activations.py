"""Element-wise activations: sigmoid, tanh and ReLU (R3).

An activation acts on each entry alone, a[k] = σ(z[k]), so its Jacobian is diagonal:

    ∂a[l]/∂z[k] = [l = k] σ'(z[k])   ⇒   ∂c/∂z = diag(σ'(z)) ∂c/∂a,

an element-wise product, in which no matrix is ever built. The derivative is taken at the *input* z. What
is left is σ' itself, written so that no input overflows and no difference of near-equal numbers is taken:

    sigmoid   σ(z) = 1/(1 + e^−z)   σ' = σ(z)(1 − σ(z)) = σ(z) σ(−z)
    tanh                            tanh' = 1 − tanh² = sech²
    ReLU      max(z, 0)             [z > 0]

1 − σ(z) is exactly σ(−z); computed as a difference it has no correct digit left beyond z ≈ 37, nor has
1 − tanh² beyond z ≈ 19. ReLU has a kink at 0, where R3 does not apply: any value in [0, 1] is a
subgradient, and 0 is chosen here.
"""

import numpy as np
from scipy import special

from derivations.types import Array, UnaryPullback
from gradcheck import Layer


def sigmoid(x: Array) -> Array:
    """Return 1/(1 + e^−x) for every entry; any shape, no overflow at any finite x; source R1.

    Only e^−|x| is ever computed: multiplied by it above and below, the same fraction serves x < 0.
    """
    negative = np.real(x) < 0  # of the real part, so that the function also takes complex steps
    decay = np.exp(np.where(negative, x, -x))
    result: Array = np.where(negative, decay, 1) / (1 + decay)
    return result


def sigmoid_vjp(x: Array) -> tuple[Array, UnaryPullback]:
    """Return sigmoid(x) and its pullback, x̄ = ȳ σ(x) σ(−x); source R3."""

    def pullback(y_bar: Array) -> Array:
        return y_bar * sigmoid(x) * sigmoid(-x)

    return sigmoid(x), pullback


def sigmoid_oracle(x: Array) -> tuple[Array, UnaryPullback]:
    """Return the same as `sigmoid_vjp` by `scipy.special.expit`."""

    def pullback(y_bar: Array) -> Array:
        return y_bar * (special.expit(x) * special.expit(-x))

    return special.expit(x), pullback


def tanh(x: Array) -> Array:
    """Return tanh(x) for every entry; any shape; source R1."""
    result: Array = np.tanh(x)
    return result


def tanh_vjp(x: Array) -> tuple[Array, UnaryPullback]:
    """Return tanh(x) and its pullback, x̄ = ȳ sech²(x); source R3."""

    def pullback(y_bar: Array) -> Array:
        decay = np.exp(-np.abs(x))
        sech = 2 * decay / (1 + decay**2)  # 1/cosh(x), without the e^|x| that would overflow
        x_bar: Array = y_bar * sech**2
        return x_bar

    return tanh(x), pullback


def tanh_oracle(x: Array) -> tuple[Array, UnaryPullback]:
    """Return the same as `tanh_vjp`, the derivative by cosh; where cosh overflows it is zero."""

    def pullback(y_bar: Array) -> Array:
        with np.errstate(over="ignore"):
            slope = (1 / np.cosh(x)) ** 2
        return y_bar * slope

    return np.sinh(np.clip(x, -30, 30)) / np.cosh(np.clip(x, -30, 30)), pullback


def relu(x: Array) -> Array:
    """Return max(x, 0) for every entry; any shape; source R1."""
    return np.maximum(x, 0)


def relu_vjp(x: Array) -> tuple[Array, UnaryPullback]:
    """Return relu(x) and its pullback, x̄ = ȳ where x > 0, else 0 (at the kink too); source R3."""

    def pullback(y_bar: Array) -> Array:
        return np.where(x > 0, y_bar, 0)

    return relu(x), pullback


def relu_oracle(x: Array) -> tuple[Array, UnaryPullback]:
    """Return the same as `relu_vjp` by the Heaviside step, whose value at 0 is 0."""

    def pullback(y_bar: Array) -> Array:
        return y_bar * np.heaviside(x, 0)

    return x * np.heaviside(x, 0), pullback


SIGMOID = Layer(sigmoid, sigmoid_vjp, shapes={"x": "..."}, oracle=sigmoid_oracle, traits=("analytic",))

TANH = Layer(tanh, tanh_vjp, shapes={"x": "..."}, oracle=tanh_oracle, traits=("analytic",))

RELU = Layer(relu, relu_vjp, shapes={"x": "..."}, oracle=relu_oracle, traits=("piecewise-linear",))

LAYERS: tuple[Layer, ...] = (SIGMOID, TANH, RELU)
