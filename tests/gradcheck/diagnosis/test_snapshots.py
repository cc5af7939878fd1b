"""Ten representative failures, read as a person would: each message is a file in `messages/`.

Numbers are shortened to what every platform agrees on. ``python -m tests.gradcheck.diagnosis.test_snapshots``
writes the files anew.
"""

import re
from pathlib import Path

import numpy as np
import pytest

import gradcheck
from gradcheck import Layer
from tests.broken import BROKEN

MESSAGES = Path(__file__).parent / "messages"
ROWS = 15
"""The most lines of a message, which tells each further finding in full."""
WIDTH = 140
EXAMPLES = 15
PLANTED = (
    *("linear_bias_of_the_first_sample", "mean_squared_error_without_the_2", "cross_correlate_missing_flip"),
    *("affine_w_for_its_transpose", "tanh_derivative_at_the_output", "leaky_relu_with_the_backward_of_relu"),
    *("softmax_diagonal_only", "tanh_clips_its_cotangent", "square_reuses_one_buffer"),
)


def large():
    """Return a large linear layer with two wrong weights, and its primals."""

    def vjp(x, w):
        def pullback(y_bar):
            w_bar = x.T @ y_bar
            w_bar[[3, 90], [14, 15]] *= 1.25
            return y_bar @ w.T, w_bar

        return x @ w, pullback

    rng = np.random.default_rng(0)
    layer = Layer(np.matmul, vjp, name="large_linear", shapes={"x": "n i", "w": "i o"})
    return layer, rng.standard_normal((2, 100)), rng.standard_normal((100, 50))


def message(name):
    """Return what is said of a failure, with numbers that every platform agrees on."""
    if name == "large_linear":
        layer, *primals = large()
        return stable(str(gradcheck.check(layer, *primals)))
    (layer,) = (entry.layer for entry in BROKEN if entry.layer.name == name)
    return stable(str(gradcheck.check(layer, max_examples=EXAMPLES)))


def stable(text):
    """Return a message without errors and counts of examples' entries, and four digits of long numbers."""
    text = re.sub(r"(± | allowed +)\S+", r"\1…", text)
    text = re.sub(r"(?<=where        )\d+ of \d+|(?<=nearly every entry \()\d+ of \d+", "… of …", text)
    return re.sub(r"-?\d+\.\d{5,}(e[+-]\d+)?", lambda m: f"{float(m[0]):.4g}…", text)


@pytest.mark.parametrize("name", [*PLANTED, "large_linear"])
def test_failure_reads_as_it_is_written_down(name):
    text = message(name)
    assert text + "\n" == (MESSAGES / f"{name}.txt").read_text(encoding="utf-8")
    lines = text.splitlines()
    assert len(lines) <= ROWS
    assert max(map(len, lines)) <= WIDTH


if __name__ == "__main__":
    for name in (*PLANTED, "large_linear"):
        (MESSAGES / f"{name}.txt").write_text(message(name) + "\n", encoding="utf-8")
