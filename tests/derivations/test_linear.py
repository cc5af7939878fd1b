"""The linear layer by small explicit matrices: R1, R4, R5, R6, and the sum over samples."""

import numpy as np

import gradcheck
from derivations.linear import AFFINE, LINEAR, affine, affine_vjp, linear, linear_vjp

W = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
A = np.array([1.0, 10.0, 100.0])
B = np.array([7.0, 8.0])
Z_BAR = np.array([1.0, -2.0])


def test_forward_is_w_times_a_plus_b():
    np.testing.assert_array_equal(affine(W, A, B), [328, 662])


def test_the_gradient_of_the_input_is_w_transposed_times_upstream():
    _, a_bar, _ = affine_vjp(W, A, B)[1](Z_BAR)
    np.testing.assert_array_equal(a_bar, [1 - 8, 2 - 10, 3 - 12])


def test_the_gradient_of_the_bias_is_upstream_itself_but_not_the_same_array():
    _, _, b_bar = affine_vjp(W, A, B)[1](Z_BAR)
    np.testing.assert_array_equal(b_bar, Z_BAR)
    assert not np.shares_memory(b_bar, Z_BAR)


def test_the_gradient_of_the_weights_is_upstream_times_input_transposed():
    W_bar, _, _ = affine_vjp(W, A, B)[1](Z_BAR)
    np.testing.assert_array_equal(W_bar, [[1, 10, 100], [-2, -20, -200]])


def test_a_batch_of_rows_is_the_article_column_by_column():
    columns = np.stack([A, -A, 2 * A])
    rows = [affine(W, column, B) for column in columns]
    np.testing.assert_array_equal(linear(columns, W.T, B), rows)


def test_parameters_gather_the_contributions_of_every_sample():
    x = np.stack([A, -3 * A])
    y_bar = np.stack([Z_BAR, 5 * Z_BAR])
    x_bar, w_bar, b_bar = linear_vjp(x, W.T, B)[1](y_bar)
    alone = [affine_vjp(W, column, B)[1](upstream) for column, upstream in zip(x, y_bar, strict=True)]
    np.testing.assert_array_equal(w_bar, (alone[0][0] + alone[1][0]).T)
    np.testing.assert_array_equal(x_bar, [alone[0][1], alone[1][1]])
    np.testing.assert_array_equal(b_bar, alone[0][2] + alone[1][2])


def test_an_empty_batch_gives_zero_to_the_parameters():
    y, pullback = linear_vjp(np.zeros((0, 3)), W.T, B)
    assert y.shape == (0, 2)
    x_bar, w_bar, b_bar = pullback(np.zeros((0, 2)))
    assert x_bar.shape == (0, 3)
    np.testing.assert_array_equal(w_bar, np.zeros((3, 2)))
    np.testing.assert_array_equal(b_bar, np.zeros(2))


def test_a_square_weight_matrix_that_is_not_transposed_is_wrong():
    def untransposed(z_bar, W, a, b):
        W_bar, _, b_bar = affine_vjp(W, a, b)[1](z_bar)
        return W_bar, W @ z_bar, b_bar

    layer = gradcheck.Layer.from_backward(affine, untransposed, shapes={"W": "n n", "a": "n", "b": "n"})
    assert gradcheck.check(layer, max_examples=10).verdict is gradcheck.Verdict.WRONG


def test_both_layers_name_their_inputs_as_their_functions_do():
    assert tuple(AFFINE.shapes) == AFFINE.input_names(3) == ("W", "a", "b")
    assert tuple(LINEAR.shapes) == ("x", "w", "b")
