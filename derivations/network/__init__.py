"""A small convolutional network, differentiated by calling its layers' pullbacks in reverse (E1).

    images ─ conv2d ─ activation ─ max_pool ─ flatten ─ linear ─ loss ─ c

With f = f_L ∘ … ∘ f_1 the chain rule reads  x̄ = J_1ᵀ(J_2ᵀ( … J_Lᵀ c̄)). Each pullback *is* a product with
one Jᵀ, so the network needs no derivative of its own: run the VJPs forward, keep what they return, and
apply it last to first. A layer's parameters receive their cotangent on the way.

`cnn` ends in softmax cross-entropy. `article_cnn` is the article's recipe (R1): sigmoid everywhere, after
the linear layer too, and mean squared error against one-hot targets.

The kernel is 3 × 3 with a padding of 1, so that the convolution keeps the image's size, and the pooling
halves it. The targets are data: they have no derivative.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from scipy import special

from derivations.activations import relu, relu_vjp, sigmoid, sigmoid_vjp
from derivations.flatten import flatten, flatten_vjp
from derivations.linear import linear, linear_vjp
from derivations.losses import cross_entropy, cross_entropy_vjp, mean_squared_error, mean_squared_error_vjp
from derivations.multichannel import conv2d, conv2d_oracle, conv2d_vjp
from derivations.pooling import max_pool, max_pool_oracle, max_pool_vjp
from derivations.types import Array, Pullback, Scalar, UnaryPullback
from gradcheck import Layer

Activation: TypeAlias = Callable[[Array], Array]
NetworkPullback: TypeAlias = Callable[[Any], tuple[Array | None, ...]]
ActivationVJP: TypeAlias = Callable[[Array], tuple[Array, UnaryPullback]]


def class_scores(
    images: Array,
    kernel: Array,
    kernel_bias: Array,
    weights: Array,
    bias: Array,
    *,
    activation: Activation = relu,
) -> Array:
    """Return each image's score for each class: linear ∘ flatten ∘ max_pool ∘ activation ∘ conv2d.

    Parameters
    ----------
    images
        (n, i, 2u, 2v).
    kernel, kernel_bias
        (o, i, 3, 3) and (o,).
    weights, bias
        (o·u·v, k) and (k,).
    activation
        Applied to every entry between convolution and pooling.

    Returns
    -------
    Array
        (n, k).
    """
    pooled = max_pool(activation(conv2d(images, kernel, kernel_bias, padding=1)))
    return linear(flatten(pooled), weights, bias)


def class_scores_vjp(
    images: Array,
    kernel: Array,
    kernel_bias: Array,
    weights: Array,
    bias: Array,
    *,
    activation_vjp: ActivationVJP = relu_vjp,
) -> tuple[Array, Pullback]:
    """Return `class_scores` and its pullback: the five layers' pullbacks, last to first."""
    z, pull_conv = conv2d_vjp(images, kernel, kernel_bias, padding=1)
    a, pull_activation = activation_vjp(z)
    pooled, pull_pool = max_pool_vjp(a)
    features, pull_flatten = flatten_vjp(pooled)
    scores, pull_linear = linear_vjp(features, weights, bias)

    def pullback(scores_bar: Array) -> tuple[Array, ...]:
        features_bar, weights_bar, bias_bar = pull_linear(scores_bar)
        z_bar = pull_activation(pull_pool(pull_flatten(features_bar)))
        images_bar, kernel_bar, kernel_bias_bar = pull_conv(z_bar)
        return images_bar, kernel_bar, kernel_bias_bar, weights_bar, bias_bar

    return scores, pullback


def cnn(
    images: Array, kernel: Array, kernel_bias: Array, weights: Array, bias: Array, targets: Array
) -> Scalar:
    """Return the softmax cross-entropy of the ReLU network's `class_scores` against targets (n, k)."""
    return cross_entropy(class_scores(images, kernel, kernel_bias, weights, bias), targets)


def cnn_vjp(
    images: Array, kernel: Array, kernel_bias: Array, weights: Array, bias: Array, targets: Array
) -> tuple[Scalar, NetworkPullback]:
    """Return `cnn` and its pullback, c̄ -> one cotangent for each input and None for the targets."""
    scores, pull_scores = class_scores_vjp(images, kernel, kernel_bias, weights, bias)
    c, pull_loss = cross_entropy_vjp(scores, targets)

    def pullback(c_bar: Any) -> tuple[Array | None, ...]:
        scores_bar, _ = pull_loss(c_bar)
        return *pull_scores(scores_bar), None

    return c, pullback


def article_cnn(
    images: Array, kernel: Array, kernel_bias: Array, weights: Array, bias: Array, targets: Array
) -> Scalar:
    """Return the mean squared error of the all-sigmoid network against targets (n, k); source R1."""
    scores = class_scores(images, kernel, kernel_bias, weights, bias, activation=sigmoid)
    return mean_squared_error(sigmoid(scores), targets)


def article_cnn_vjp(
    images: Array, kernel: Array, kernel_bias: Array, weights: Array, bias: Array, targets: Array
) -> tuple[Scalar, NetworkPullback]:
    """Return `article_cnn` and its pullback, as `cnn_vjp` does; source R2, R3."""
    scores, pull_scores = class_scores_vjp(
        images, kernel, kernel_bias, weights, bias, activation_vjp=sigmoid_vjp
    )
    a, pull_output = sigmoid_vjp(scores)
    c, pull_loss = mean_squared_error_vjp(a, targets)

    def pullback(c_bar: Any) -> tuple[Array | None, ...]:
        a_bar, _ = pull_loss(c_bar)
        return *pull_scores(pull_output(a_bar)), None

    return c, pullback


def _oracle_features(images: Array, kernel: Array, kernel_bias: Array, activation: Activation) -> Array:
    """Return the flattened, pooled activations, every layer by its own oracle."""
    z, _ = conv2d_oracle(images, kernel, kernel_bias, padding=1)
    pooled, _ = max_pool_oracle(activation(z))
    return np.stack([image.ravel() for image in pooled])


def cnn_oracle(
    images: Array, kernel: Array, kernel_bias: Array, weights: Array, bias: Array, targets: Array
) -> tuple[Scalar, None]:
    """Return the value of `cnn` by `scipy` and plain Python; it has no derivative of its own."""
    features = _oracle_features(images, kernel, kernel_bias, lambda z: z * (z > 0))
    scores = np.einsum("nf,fk->nk", features, weights) + bias
    loss: Scalar = np.vdot(targets, -special.log_softmax(scores, axis=1)) / len(images)
    return loss, None


def article_cnn_oracle(
    images: Array, kernel: Array, kernel_bias: Array, weights: Array, bias: Array, targets: Array
) -> tuple[Scalar, None]:
    """Return the value of `article_cnn` by `scipy` and plain Python; it has no derivative of its own."""
    features = _oracle_features(images, kernel, kernel_bias, special.expit)
    residual = special.expit(np.einsum("nf,fk->nk", features, weights) + bias) - targets
    loss: Scalar = np.vdot(residual, residual) / residual.size
    return loss, None


_SHAPES = {
    "images": "n i 2*u 2*v",
    "kernel": "o i 3 3",
    "kernel_bias": "o",
    "weights": "o*u*v k",
    "bias": "k",
    "targets": "n k",
}
# A network's numbers are near 1; scores of 1e8 would only show that a saturated loss is flat.
_DOMAIN = {**dict.fromkeys(_SHAPES, (-1.0, 1.0)), "targets": (0.0, 1.0)}


def _some_image_and_class(n: int, u: int, v: int, k: int) -> bool:
    return min(n, u, v, k) >= 1


CNN = Layer(
    cnn,
    cnn_vjp,
    shapes=_SHAPES,
    where=_some_image_and_class,
    domain=_DOMAIN,
    constants=("targets",),
    oracle=cnn_oracle,
)

ARTICLE_CNN = Layer(
    article_cnn,
    article_cnn_vjp,
    shapes=_SHAPES,
    where=_some_image_and_class,
    domain=_DOMAIN,
    constants=("targets",),
    oracle=article_cnn_oracle,
)

LAYERS: tuple[Layer, ...] = (CNN, ARTICLE_CNN)
