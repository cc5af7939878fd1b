import subprocess
import sys
import warnings

import numpy as np
import pytest
import torch
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from gradcheck import Layer, MalformedLayer, Verdict, check
from gradcheck.layers.origin import functions_of
from gradcheck.layers.torch_tensors import to_tensor
from tests.gradcheck.example_layers import outcome
from tests.gradcheck.torch.right import RIGHT, SMALL, Exp, Linear, SinCos, block
from tests.gradcheck.torch.wrong import WRONG, ExpTwice, KeepsIntermediate, UnmarkedInPlace, Wronged

NEW = {"subsets", "undefined", "strides", "saved", "double-backward"}


@pytest.mark.parametrize("layer", RIGHT, ids=lambda layer: layer.name)
def test_right_function_is_correct(layer):
    report = check(layer, max_examples=10)
    assert report.verdict is Verdict.CORRECT, str(report)


@pytest.mark.parametrize("name", WRONG)
def test_wrong_function_is_found_by_the_check_that_is_meant_for_it(name):
    meant, layer = WRONG[name]
    (result,) = check(layer, checks=(meant,)).results
    assert result.verdict.is_failure, result.reason


@pytest.mark.parametrize("name", sorted(NEW))
def test_each_new_check_finds_what_no_other_does(name):
    layers = [layer for meant, layer in WRONG.values() if meant == name]
    failed = [
        {r.check for r in check(layer, max_examples=8).results if r.verdict.is_failure} for layer in layers
    ]
    assert {name} in failed


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
def test_module_with_dropout_batch_normalisation_and_a_tied_weight_is_correct(training):
    report = check(block(training=training), max_examples=4)
    assert report.verdict is Verdict.CORRECT, str(report)


def test_module_with_a_wrong_function_inside_names_parameter_and_entry():
    layer = Layer.from_torch(Wronged(), shapes={"x": "n+1 3"}, domain=dict.fromkeys(("x", "scale"), SMALL))
    (result,) = check(layer, checks=("finite-difference",)).results
    assert result.reason == "in the cotangent of 'scale' (input 2 of 4)"
    assert result.evidence.what == "scale_bar"
    assert len(result.evidence.index) == 1


def test_parameters_are_inputs_after_the_others():
    assert list(block(training=True).shapes) == [
        *("x", "inner.weight", "inner.bias", "norm.weight", "norm.bias", "outer.bias")
    ]


def test_module_itself_is_left_as_it_is():
    module = torch.nn.BatchNorm1d(3)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    check(Layer.from_torch(module, shapes={"input": "n+1 3"}), max_examples=2)
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())


def test_frozen_parameters_are_constants():
    module = torch.nn.Linear(2, 2)
    module.bias.requires_grad_(False)
    assert Layer.from_torch(module, shapes={"input": "n 2"}).constants == ("bias",)


def test_options_go_by_position():
    layer = Layer.from_torch(Linear, options={"scale": (2.0,)})
    x, w, b = np.ones((1, 2)), np.ones((2, 1)), np.ones(1)
    assert layer.forward(x, w, b, scale=2.0) == [[6.0]]


def test_names_and_lines_are_the_user_s():
    layer = Layer.from_torch(ExpTwice)
    assert layer.name == "ExpTwice"
    assert functions_of(layer) == (ExpTwice.backward, ExpTwice.forward)


def test_write_into_an_input_is_seen_in_the_array():
    x = np.ones(3)
    Layer.from_torch(UnmarkedInPlace).forward(x)
    assert x.tolist() == [3.0, 3.0, 3.0]


def test_output_shares_no_memory_with_the_input():
    x = np.ones(3)
    y = Layer.from_torch(lambda x: x.view(3)).forward(x)
    assert not np.shares_memory(x, y)


@pytest.mark.filterwarnings("error")
def test_reversed_and_read_only_arrays_are_copied_without_a_warning():
    x = np.arange(3.0)[::-1]
    frozen = np.arange(3.0)
    frozen.flags.writeable = False
    layer = Layer.from_torch(lambda x: 2 * x)
    assert layer.forward(x).tolist() == [4.0, 2.0, 0.0]
    assert layer.forward(frozen).tolist() == [0.0, 2.0, 4.0]


def test_generators_are_seeded_for_each_call_and_put_back():
    layer = Layer.from_torch(lambda x: x * torch.rand(x.shape))
    before = torch.get_rng_state()
    assert layer.forward(np.ones(4)).tolist() == layer.forward(np.ones(4)).tolist()
    assert torch.equal(before, torch.get_rng_state())


def test_gradient_of_an_input_without_influence_is_zero():
    layer = Layer.from_torch(lambda x, w: x * x)
    _, pullback = layer.vjp(np.ones(2), np.ones(2))
    assert pullback(np.ones(2))[1].tolist() == [0.0, 0.0]


def test_wrong_second_derivative_is_told_and_no_failure_unless_it_is_asked_for():
    layer = Layer.from_torch(KeepsIntermediate)
    found = outcome("double-backward", layer, np.ones(2), is_user_point=True)
    assert (found.verdict, found.reason) == (
        Verdict.CORRECT,
        "its gradient, differentiated again, gives a wrong second derivative, and nobody is told; "
        "second_order=True makes that a failure",
    )


def test_function_that_refuses_a_second_derivative_is_not_judged_by_it():
    layer = Layer.from_torch(Linear, options={"scale": (1.0,)})
    found = outcome(
        "double-backward", layer, np.ones((2, 2)), np.ones((2, 2)), np.ones(2), scale=1.0, is_user_point=True
    )
    assert (found.verdict, found.reason) == (Verdict.NOT_APPLICABLE, "it refuses to be differentiated twice")


def test_refusal_is_a_failure_where_a_second_derivative_is_asked_for():
    layer = Layer.from_torch(Linear, second_order=True, options={"scale": (1.0,)})
    found = outcome(
        "double-backward", layer, np.ones((2, 2)), np.ones((2, 2)), np.ones(2), scale=1.0, is_user_point=True
    )
    assert found.verdict is Verdict.WRONG
    assert found.reason.startswith("second_order=True, but its gradient can't be differentiated: ")


def test_single_input_has_no_subsets():
    assert outcome("subsets", Layer.from_torch(Exp), np.ones(2)).verdict is Verdict.NOT_APPLICABLE


def test_checks_of_frameworks_do_not_apply_to_numpy():
    layer = Layer.from_backward(lambda x: x * x, lambda g, x: 2 * g * x, shapes={"x": "n"})
    for result in check(layer, checks=tuple(NEW), max_examples=1).results:
        assert result.verdict is Verdict.NOT_APPLICABLE


def test_several_outputs_have_their_own_cotangents():
    _, pullback = Layer.from_torch(SinCos).vjp(np.zeros(1))
    assert pullback((np.array([2.0]), np.array([3.0])))[0].tolist() == [2.0]


def test_bfloat16_results_come_as_float32():
    assert Layer.from_torch(lambda x: x.bfloat16()).forward(np.ones(2)).dtype == np.float32


def test_what_is_no_function_is_malformed():
    with pytest.raises(MalformedLayer, match=r"from_torch takes a torch.autograd.Function, .* got int: 3"):
        Layer.from_torch(3)


def test_factory_that_makes_no_module_is_malformed():
    with pytest.raises(MalformedLayer, match=r"must return a torch.nn.Module, but it returns a int"):
        Layer.from_torch(lambda: 3)


def test_missing_gpu_is_said():
    if torch.cuda.is_available():
        pytest.skip("there is one")
    report = check(Layer.from_torch(Exp, device="cuda"), np.ones(2))
    assert "device='cuda', but PyTorch finds no CUDA device on this machine" in str(report)


@pytest.mark.parametrize("statement", ["import gradcheck; gradcheck.Layer", "import gradcheck.pytest_plugin"])
def test_neither_framework_is_loaded_before_it_is_needed(statement):
    code = f"import sys; {statement}; print([m for m in ('torch', 'jax') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def norm_of_products(x, w):
    """Return a sum over the layer norm of products, whose gradients cancel where the rows of w are equal."""
    weight = torch.tensor([[-1.7, 2.0], [-0.15, 3.0], [0.76, -1.0], [1.38, 4.0]], dtype=x.dtype)
    return torch.nn.functional.layer_norm(x @ w.T, (4,)) @ weight


def test_terms_that_cancel_in_a_fused_kernel_are_no_loss_of_linearity():
    rng = np.random.default_rng(0)
    layer = Layer.from_torch(norm_of_products)
    for seed in range(60):
        x, w = rng.integers(-9, 9, (3, 3)).astype(float), np.repeat(rng.normal(size=(1, 3)), 4, axis=0)
        assert outcome("linearity", layer, x, w, seed=seed).verdict is Verdict.CORRECT


def test_report_notes_a_wrong_second_derivative_from_one_example():
    report = check(Layer.from_torch(KeepsIntermediate, shapes={"x": "n+1"}))
    assert report.verdict is Verdict.CORRECT
    assert "gives a wrong second derivative" in str(report)
    (second,) = (r for r in report.results if r.check == "double-backward")
    assert second.examples < 30


def network():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 2))


@pytest.mark.parametrize(
    "x",
    [
        np.linspace(-1.0, 1.0, 12).reshape(4, 3),
        torch.linspace(-1.0, 1.0, 12).reshape(4, 3),
        [[1.0, 2.0, 3.0]],
    ],
    ids=["float64", "float32", "list"],
)
def test_parameters_of_a_module_come_with_it_at_a_point(x):
    report = check(Layer.from_torch(network()), x)
    assert report.verdict is Verdict.CORRECT
    assert report.sensitivity < 1e-5


def test_module_tells_how_its_parameters_are_given():
    report = check(Layer.from_torch(network()), np.ones((4, 3)), np.ones((5, 3)))
    assert "Sequential takes its 4 parameters (0.weight, 0.bias, 2.weight, 2.bias) behind its inputs" in str(
        report
    )


def test_wrong_function_inside_of_a_module_is_found_at_a_point():
    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first = torch.nn.Linear(3, 4).double()

        def forward(self, x):
            return ExpTwice.apply(self.first(x))

    assert check(Layer.from_torch(Net()), np.ones((2, 3))).verdict is Verdict.WRONG


@pytest.mark.parametrize("p", [0.0, 0.4])
def test_dropout_is_correct_whatever_the_layout_of_its_inputs(p):
    layer = Layer.from_torch(torch.nn.Dropout(p), shapes={"input": "n 4"})
    report = check(layer, max_examples=10)
    assert report.verdict is Verdict.CORRECT, str(report)


def test_function_of_torch_that_reads_memory_in_order_is_still_flawed():
    def in_order(x):
        return torch.as_strided(x, (x.numel(),), (1,)) * 2.0

    report = check(Layer.from_torch(in_order), np.ones((2, 3)) * np.arange(1.0, 4.0), checks=("layout",))
    assert report.verdict.is_failure


class Shifted(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor, how):
        ctx.factor = factor
        return factor * x if how == "times" else x + factor

    @staticmethod
    def backward(ctx, g):
        return ctx.factor * g, None, None


@pytest.mark.parametrize("fields", [{}, {"constants": ("how",)}], ids=["left to it", "declared"])
def test_options_of_a_function_go_by_position_at_a_point(fields):
    layer = Layer.from_torch(Shifted, **fields)
    assert check(layer, np.ones((2, 3)), 3.0, "times").verdict is Verdict.CORRECT
    assert check(layer, np.ones((2, 3)), 3.0, "plus").verdict is Verdict.WRONG


def test_parameters_of_a_module_keep_their_names_at_a_point_frozen_ones_too():
    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Tanh())
    module[0].bias.requires_grad_(False)
    report = check(Layer.from_torch(module), np.linspace(-1.0, 1.0, 6).reshape(2, 3))
    assert report.verdict is Verdict.CORRECT, str(report)
    assert report.inputs == ("input", "0.weight", "0.bias")


class Exponential(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.exp(x)

    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * torch.exp(x)


@pytest.mark.parametrize("seed", range(4))
def test_refusal_of_a_second_derivative_beside_examples_that_overflow_leaves_nothing_open(seed):
    report = check(Layer.from_torch(Exponential, shapes={"x": "n"}), max_examples=30, seed=seed)
    assert report.verdict is Verdict.CORRECT, str(report)


@torch.library.custom_op("gradchecktests::scaled_sine", mutates_args=())
def scaled_sine(x: torch.Tensor, s: float) -> torch.Tensor:
    return torch.sin(x) * s


def keep_both(ctx, inputs, output):
    ctx.save_for_backward(inputs[0])
    ctx.s = inputs[1]


scaled_sine.register_autograd(
    lambda ctx, g: (g * torch.cos(ctx.saved_tensors[0]) * ctx.s, None), setup_context=keep_both
)


@pytest.mark.parametrize("operator", [scaled_sine, torch.ops.gradchecktests.scaled_sine], ids=["def", "ops"])
def test_number_that_an_operator_takes_is_an_option(operator):
    report = check(Layer.from_torch(operator), np.array([0.3, -1.2]), 2.0)
    assert report.verdict is Verdict.CORRECT, str(report)


class WritesIntoWhatItSaved(Function):
    @staticmethod
    def forward(ctx, z):
        y = torch.softmax(z, -1)
        ctx.save_for_backward(y.clone())
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        bar = y * (g - (g * y).sum(-1, keepdim=True))
        y.zero_()
        return bar


def test_backward_that_can_be_called_once_only_is_flawed_for_that():
    report = check(Layer.from_torch(WritesIntoWhatItSaved), np.linspace(-1.0, 1.0, 6).reshape(2, 3))
    assert report.verdict is Verdict.FLAWED, str(report)
    assert "the pullback can be called once only" in str(report)
    assert {finding.check for finding in report.findings} == {"purity"}


def test_complex_numbers_that_begin_at_half_of_their_size_are_copied():
    """PyTorch's own kernels end the process on them, though NumPy calls them aligned."""
    memory = np.zeros(41)
    start = 1 if memory.ctypes.data % 16 == 0 else 0
    array = memory[start : start + 40].view(np.complex128)
    assert array.flags.aligned
    assert to_tensor(torch, array).data_ptr() % 16 == 0


def test_warning_is_shown_once(recwarn):
    layer = Layer.from_torch(lambda x: x.var(-1), shapes={"x": "n k"}, sizes={"k": (2, 4)})
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        check(layer, max_examples=10)
    assert len([each for each in recwarn if "degrees of freedom" in str(each.message)]) <= 1
