"""Functions and modules as people write them, which a wrapper could get wrong."""

import re

import pytest
import torch
from torch import nn
from torch.autograd import Function
from torch.nn.functional import dropout, gumbel_softmax
from torch.utils.checkpoint import checkpoint

from gradcheck import Layer, MalformedLayer, Verdict, check
from gradcheck.layers import TorchFunction
from tests.gradcheck.torch.right import SinCos


def random(*shape):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


class Dropout(Function):
    """Keeps what it drew."""

    @staticmethod
    def forward(ctx, x):
        ctx.mask = 2.0 * (torch.rand_like(x) > 0.5)
        return x * ctx.mask

    @staticmethod
    def backward(ctx, g):
        return g * ctx.mask


class DropoutDrawnAnew(Dropout):
    @staticmethod
    def backward(ctx, g):
        return 2.0 * g * (torch.rand_like(g) > 0.5)


class Masked(nn.Module):
    """Forgets the gradient where it is given its optional input."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3))

    def forward(self, x, mask=None):
        y = x * self.scale
        return y if mask is None else y.detach() * mask


class Several(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3, dtype=torch.float64))

    def forward(self, *inputs):
        return sum(x * self.scale for x in inputs)


class Marked(Function):
    """Returns numbers that have no derivative, and says so."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        twice = 2 * x
        ctx.mark_non_differentiable(twice)
        return x.sin(), twice

    @staticmethod
    def backward(ctx, g, _):
        return g * ctx.saved_tensors[0].cos()


class Reversal(Function):
    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)

    @staticmethod
    def backward(ctx, g):
        return -g


class Spike(Function):
    """Fires above zero, and learns as a steep sigmoid."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return (x > 0).to(x.dtype)

    @staticmethod
    def backward(ctx, g):
        s = torch.sigmoid(4 * ctx.saved_tensors[0])
        return g * 4 * s * (1 - s)


class MaximumOfAllTied(Function):
    """Sends its gradient to each of several equal largest entries."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.amax(-1)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return (x == x.amax(-1, keepdim=True)) * g[..., None]


def force(position):
    """Differentiate an energy inside of forward."""
    position.requires_grad_(True)
    return -torch.autograd.grad(position.pow(4).sum(), position, create_graph=True)[0]


def hook(x):
    y = x.sin()
    y.register_hook(lambda g: g * 1.0)
    return y * 2


def measure(x):
    return {"loss": x.sin().sum(), "accuracy": x.detach().mean(), "aux": None}


def double_hooked():
    module = nn.Linear(3, 2)
    module.weight.register_hook(lambda g: 2 * g)
    return module


def sparse(x):
    return torch.sparse_coo_tensor(torch.tensor([[0, 1], [1, 0]]), x.sin(), (2, 2), check_invariants=True)


RIGHT = {
    "draws once": (Dropout, random(6)),
    "checkpoint that draws the same": (
        lambda x: checkpoint(lambda x: dropout(x.sin(), 0.5), x, use_reentrant=False),
        random(6),
    ),
    "differentiates inside": (force, random(4)),
    "hook on an inner value": (hook, random(3)),
    "output marked as not differentiable": (Marked, random(3)),
    "outputs beside a loss": (measure, random(3)),
    "sparse output": (sparse, random(2)),
    "sparse gradient": (nn.Embedding(5, 3, sparse=True), torch.tensor([1, 2])),
    "optional input left out": (Masked(), random(4, 3)),
    "any number of inputs": (Several(), random(4, 3), random(4, 3)),
    "state as an input": (nn.GRUCell(2, 3), random(4, 2), random(4, 3)),
    "nested state as an input": (nn.LSTM(3, 4), random(2, 5, 3), (random(1, 5, 4), random(1, 5, 4))),
    "offsets as an input": (nn.EmbeddingBag(10, 3), torch.tensor([1, 2, 4]), torch.tensor([0, 2])),
    "matrix exponential": (torch.matrix_exp, random(3, 3)),
}
WRONG = {
    "draws anew": (DropoutDrawnAnew, random(6)),
    "checkpoint that draws anew": (
        lambda x: checkpoint(
            lambda x: dropout(x.sin(), 0.5), x, use_reentrant=False, preserve_rng_state=False
        ),
        random(6),
    ),
    "optional input": (Masked(), random(4, 3), random(3)),
    "hook on a parameter": (double_hooked(), random(4, 3)),
}


@pytest.mark.parametrize(("function", "point"), [(f, p) for f, *p in RIGHT.values()], ids=list(RIGHT))
def test_right_function_at_a_point_is_correct(function, point):
    report = check(Layer.from_torch(function), *point)
    assert report.verdict is Verdict.CORRECT, str(report)


@pytest.mark.parametrize(("function", "point"), [(f, p) for f, *p in WRONG.values()], ids=list(WRONG))
def test_wrong_function_at_a_point_is_wrong(function, point):
    assert check(Layer.from_torch(function), *point).verdict is Verdict.WRONG


def test_optional_inputs_are_named_and_parameters_follow():
    assert check(Layer.from_torch(Masked()), random(4, 3), random(3)).inputs == ("x", "mask", "scale")


def test_parameters_may_be_given_behind_the_inputs():
    module = nn.MultiheadAttention(4, 2)
    x = random(3, 1, 4)
    parameters = [p.detach().double() for p in module.parameters()]
    assert check(Layer.from_torch(module), x, x, x, *parameters).verdict is Verdict.CORRECT


def test_optional_inputs_may_have_shapes():
    layer = Layer.from_torch(nn.GRUCell(2, 3), shapes={"input": "n 2", "hx": "n 3"})
    assert list(layer.shapes)[:2] == ["input", "hx"]
    assert check(layer, max_examples=3).verdict is Verdict.CORRECT


def test_optional_input_behind_another_one_is_given_by_name():
    def attend(shapes):
        module = nn.MultiheadAttention(2, 1, batch_first=True)
        return Layer.from_torch(module, shapes=shapes, constants=("attn_mask",), dtype={"attn_mask": "bool"})

    tokens = dict.fromkeys(("query", "key", "value"), "1 3 2")
    report = check(attend({**tokens, "attn_mask": "3 3"}), max_examples=2, checks=("contract",))
    assert report.inputs[:4] == ("query", "key", "value", "attn_mask")


def test_outputs_without_a_derivative_are_named():
    report = check(Layer.from_torch(measure), random(3))
    assert "no derivative is asked of y['accuracy']" in str(report)


def test_outputs_that_are_all_detached_are_wrong():
    layer = Layer.from_torch(lambda x: (x.sin().detach(), x.cos().detach()))
    assert check(layer, random(3)).verdict is Verdict.WRONG


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (nn.LazyLinear(2), "has no shape yet: call the module once"),
        (nn.DataParallel(nn.Linear(2, 2)), "check the module that it was made of"),
    ],
    ids=["lazy", "parallel"],
)
def test_module_that_takes_no_other_parameters_is_told(module, words):
    with pytest.raises(MalformedLayer, match=words):
        Layer.from_torch(module)


def test_tensor_without_numbers_is_told():
    assert "holds no numbers" in str(check(Layer.from_torch(torch.sin), torch.ones(3, device="meta")))


def test_where_a_bad_index_is_fatal_none_is_sent(monkeypatch):
    """On a GPU it leaves PyTorch unusable, so no explanation may try one."""
    outside = []

    class Overwrites(Function):
        @staticmethod
        def forward(ctx, table, rows):
            outside.extend(rows[rows >= len(table)].tolist())
            ctx.save_for_backward(rows)
            ctx.count = len(table)
            return table[rows]

        @staticmethod
        def backward(ctx, g):
            made = torch.zeros(ctx.count, *g.shape[1:], dtype=g.dtype)
            made[ctx.saved_tensors[0]] = g
            return made, None

    monkeypatch.setattr(TorchFunction, "is_fragile", property(lambda self: True))
    layer = Layer.from_torch(
        Overwrites,
        shapes={"table": "n k", "rows": "m"},
        dtype={"rows": "int64"},
        domain={"rows": (0, "n-1")},
        constants=("rows",),
    )
    assert check(layer).verdict is Verdict.WRONG
    assert not outside


@pytest.mark.parametrize(
    ("function", "surrogate"), [(Reversal, lambda x: -x), (Spike, lambda x: torch.sigmoid(4 * x))]
)
def test_gradient_that_is_meant_to_be_that_of_another_function_is_correct(function, surrogate):
    layer = Layer.from_torch(function, surrogate=surrogate, shapes={"x": "n"}, domain={"x": (-2.0, 2.0)})
    report = check(layer, max_examples=8)
    assert report.verdict is Verdict.CORRECT, str(report)


def test_gradient_that_is_not_that_of_the_function_it_is_meant_to_be_is_wrong():
    layer = Layer.from_torch(Reversal, surrogate=lambda x: -2 * x)
    assert check(layer, random(3)).verdict is Verdict.WRONG


def test_gradient_that_goes_to_all_tied_entries_is_wrong():
    layer = Layer.from_torch(MaximumOfAllTied, shapes={"x": "n k+1"})
    assert check(layer).verdict is Verdict.WRONG
    tied = torch.tensor([[1.0, 1.0, 0.0]], dtype=torch.float64)
    assert check(layer, tied).verdict is Verdict.WRONG


@pytest.mark.parametrize("seed", range(2))
def test_module_that_loses_digits_to_large_cotangents_is_linear(seed):
    with torch.random.fork_rng():
        torch.manual_seed(
            2
        )  # the map depends on the weights that it begins with: with some, slopes lose all digits
        module = nn.utils.parametrizations.orthogonal(nn.Linear(3, 3))
    report = check(
        Layer.from_torch(module, shapes={"input": "n 3"}),
        seed=seed,
        max_examples=12,
        checks=("finite-difference", "linearity"),
    )
    assert report.verdict is Verdict.CORRECT, str(report)


@pytest.mark.parametrize("half", ["float16", "bfloat16"])
def test_product_in_half_precision_is_linear_down_to_its_smallest_numbers(half):
    layer = Layer.from_torch(
        torch.matmul, shapes={"x": "n i", "w": "i o"}, domain={"x": (-2.0, 2.0), "w": (-2.0, 2.0)}, dtype=half
    )
    for seed in range(3):
        report = check(layer, seed=seed, max_examples=20, checks=("finite-difference", "linearity"))
        assert report.verdict is not Verdict.WRONG, str(report)


class Product(Function):
    @staticmethod
    def forward(x, y):
        return x * y.sin()

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * y.sin(), g * x * y.cos()

    @staticmethod
    def jvp(ctx, x_dot, y_dot):
        x, y = ctx.saved_tensors
        return x_dot * y.sin() + y_dot * x * y.cos()


class ProductWithoutATangent(Product):
    @staticmethod
    def jvp(ctx, x_dot, y_dot):
        return x_dot * ctx.saved_tensors[1].sin()


@pytest.mark.parametrize(
    ("function", "verdict"), [(Product, Verdict.CORRECT), (ProductWithoutATangent, Verdict.WRONG)]
)
def test_jvp_of_a_function_is_checked(function, verdict):
    layer = Layer.from_torch(function, shapes={"x": "n", "y": "n"})
    for report in (check(layer, random(4), random(4)), check(layer, max_examples=10)):
        assert report.verdict is verdict, str(report)
        (found,) = (result.verdict for result in report.results if result.check == "jvp")
        assert found is verdict


def rounded(x):
    return x + (torch.round(x) - x).detach()


class Quantised(nn.Module):
    """A codebook, whose entries get no gradient past the part that is hidden."""

    def __init__(self):
        super().__init__()
        self.codes = nn.Parameter(random(4, 3))

    def forward(self, z):
        nearest = self.codes[torch.cdist(z, self.codes).argmin(-1)]
        return z + (nearest - z).detach()


def test_a_straight_through_estimator_is_told_of_surrogate():
    report = check(Layer.from_torch(rounded), random(5))
    assert report.verdict is Verdict.UNVERIFIED
    assert "forward calls detach: if its gradient is meant to be another function's" in str(report)
    assert check(Layer.from_torch(rounded, surrogate=lambda x: x), random(5)).verdict is Verdict.CORRECT


@pytest.mark.parametrize("seed", range(4))
def test_hard_samples_with_the_gradient_of_soft_ones_are_told_of_surrogate(seed):
    def hard(x):
        return gumbel_softmax(x, hard=True)

    report = check(Layer.from_torch(hard), random(3, 4), seed=seed)
    assert report.verdict is Verdict.UNVERIFIED
    text = " ".join(str(report).split())
    assert (
        "forward moves in steps, so it has no derivative to compare with; forward calls gumbel_softmax"
        in text
    )
    assert "rounding" not in text


def test_hard_samples_agree_with_soft_ones_as_their_surrogate():
    layer = Layer.from_torch(lambda x: gumbel_softmax(x, hard=True), surrogate=lambda x: gumbel_softmax(x))
    assert check(layer, random(3, 4)).verdict is Verdict.CORRECT


def test_soft_samples_are_no_surrogate_s():
    report = check(Layer.from_torch(lambda x: gumbel_softmax(x, hard=False)), random(3, 4))
    assert report.verdict is Verdict.CORRECT


def test_a_parameter_that_is_detached_is_wrong_and_told_of_surrogate():
    text = " ".join(str(check(Layer.from_torch(Quantised()), random(2, 3))).split())
    assert "wrong in the cotangent of 'codes'" in text
    assert "forward calls detach, which hides a part of it from its gradient" in text


def quantiser(most):
    """Return what rounds to multiples of a step that is learnt, with this bound in its backward."""

    class LearntStep(Function):
        @staticmethod
        def forward(ctx, x, s):
            ctx.save_for_backward(x, s)
            return (x / s).round().clamp(-4, 3) * s

        @staticmethod
        def backward(ctx, g):
            x, s = ctx.saved_tensors
            z = x / s
            inside = (z >= -4) & (z <= 3)
            return g * inside, (g * torch.where(inside, z.round() - z, z.clamp(-4, most))).sum()

    return LearntStep


def learnt_step(x, s):
    bounded = (x / s).clamp(-4, 3)
    return s * (bounded + ((x / s).round().clamp(-4, 3) - bounded).detach())


def test_a_surrogate_that_hides_a_part_of_itself_is_refused():
    with pytest.raises(MalformedLayer, match=r"surrogate= calls detach, .* give it as reference="):
        Layer.from_torch(quantiser(3), shapes={"x": "n", "s": ""}, surrogate=learnt_step)


@pytest.mark.parametrize(
    ("function", "verdict"),
    [(quantiser(3), Verdict.CORRECT), (quantiser(4), Verdict.WRONG)],
)
def test_a_quantiser_is_held_against_the_gradient_of_its_plain_code(function, verdict):
    layer = Layer.from_torch(
        function, shapes={"x": "n", "s": ""}, domain={"s": (0.2, 1.0)}, reference=learnt_step
    )
    assert check(layer, max_examples=20, checks=("reference", "linearity")).verdict is verdict


@pytest.mark.parametrize(
    "function",
    [
        lambda x: (x.sin(), [x.cos(), x.detach()]),
        lambda x: (x.sin(), [x.cos(), x.argsort()]),
        lambda x: {"l": x.sin(), "n": [x.cos(), x.detach()]},
    ],
    ids=["detached", "integers", "in a dict"],
)
def test_nested_outputs_without_a_derivative_are_asked_for_none(function):
    layer = Layer.from_torch(function, name="nested", shapes={"x": "n"}, domain={"x": (-2.0, 2.0)})
    assert check(layer, max_examples=10).verdict is Verdict.CORRECT


def test_a_closure_over_weights_of_float64_is_not_asked_for_float32():
    weights = random(3, 3)
    layer = Layer.from_torch(lambda x: torch.tanh(x @ weights), name="dense", shapes={"x": "n 3"})
    assert check(layer, max_examples=10).verdict is Verdict.CORRECT


def test_a_closure_over_weights_of_float32_is_told_how_to_declare_that():
    weights = random(3, 3).float()
    layer = Layer.from_torch(lambda x: torch.tanh(x @ weights), name="dense", shapes={"x": "n 3"})
    assert 'declare dtype="float32"' in str(check(layer, max_examples=5))


class NoneUnexpected(SinCos):
    @staticmethod
    def backward(ctx, a, b):
        (x,) = ctx.saved_tensors
        return a * x.cos() - b * x.sin()


def test_a_flaw_beside_a_right_gradient_says_that_the_gradient_agrees():
    report = check(Layer.from_torch(NoneUnexpected, shapes={"x": "n"}), max_examples=10)
    assert report.verdict is Verdict.FLAWED
    assert "Its gradient agrees with finite differences" in str(report)


@pytest.mark.parametrize(
    ("function", "written"),
    [
        (NoneUnexpected.apply, "Layer.from_torch(NoneUnexpected)"),
        (NoneUnexpected, "Layer.from_torch(NoneUnexpected)"),
        (nn.Linear(2, 2), "Layer.from_torch(module)"),
    ],
    ids=["apply", "class", "module"],
)
def test_what_is_given_as_to_pytorch_s_own_checker_is_told_its_door(function, written):
    with pytest.raises(TypeError, match=re.escape(f"write check({written}, x)")):
        check(function, (random(2, 2),))


def test_inputs_in_a_tuple_are_told_to_follow_one_by_one():
    assert "inputs follow one by one" in str(check(Layer.from_torch(Dropout), (random(3),)))
