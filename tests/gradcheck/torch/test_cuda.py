"""The same door to tensors on a GPU. A few seconds, where there is one."""

import numpy as np
import pytest
import torch

from gradcheck import Layer, Verdict, check
from tests.gradcheck.torch.right import SMALL, Exp, Gather, LayerNorm, Linear, SinCos, TanhInPlace, attention
from tests.gradcheck.torch.wrong import (
    ExpTwice,
    GatherOverwrites,
    IgnoresOffset,
    KeepsInputOnContext,
    LinearFrozen,
    UnmarkedInPlace,
    WritesIntoCotangent,
)

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch finds no CUDA device here")

X = {"shapes": {"x": "n"}, "domain": {"x": SMALL}, "device": "cuda"}
XWB = {"shapes": {"x": "n i", "w": "i o", "b": "o"}, "options": {"scale": (1.0, 2.5)}, "device": "cuda"}
ROWS = {
    "shapes": {"table": "n k", "rows": "m"},
    "domain": {"rows": (0, "n-1")},
    "dtype": {"rows": "int64"},
    "constants": ("rows",),
    "device": "cuda",
}
NORMED = {"shapes": {"x": "n k+1", "gamma": "k+1", "beta": "k+1"}, "device": "cuda"}
RIGHT = (
    Layer.from_torch(Exp, **X),
    Layer.from_torch(TanhInPlace, **X),
    Layer.from_torch(SinCos, **X),
    Layer.from_torch(Linear, **XWB),
    Layer.from_torch(LayerNorm, **NORMED, domain=dict.fromkeys(("x", "gamma", "beta"), SMALL)),
    Layer.from_torch(
        attention,
        shapes={"q": "n k", "k": "m k", "v": "m d"},
        domain=dict.fromkeys("qkv", SMALL),
        device="cuda",
    ),
    Layer.from_torch(torch.nn.Linear(3, 2), shapes={"input": "n 3"}, device="cuda"),
    Layer.from_torch(Gather, **ROWS),
)
WRONG = (
    ("finite-difference", Layer.from_torch(ExpTwice, **X)),
    ("strides", Layer.from_torch(IgnoresOffset, **X)),
    ("saved", Layer.from_torch(KeepsInputOnContext, **X)),
    ("purity", Layer.from_torch(UnmarkedInPlace, **X)),
    ("purity", Layer.from_torch(WritesIntoCotangent, **X)),
    ("finite-difference", Layer.from_torch(GatherOverwrites, **ROWS)),
    ("subsets", Layer.from_torch(LinearFrozen, **XWB)),
)


@pytest.mark.parametrize("layer", RIGHT, ids=lambda layer: layer.name)
def test_right_function_on_the_gpu_is_correct(layer):
    report = check(layer, max_examples=5)
    assert report.verdict is Verdict.CORRECT, str(report)


@pytest.mark.parametrize(("meant", "layer"), WRONG, ids=[layer.name for _, layer in WRONG])
def test_wrong_function_on_the_gpu_is_found(meant, layer):
    (result,) = check(layer, checks=(meant,), max_examples=5).results
    assert result.verdict.is_failure, result.reason


def test_backward_on_the_gpu_is_seen_to_run():
    assert not check(Layer.from_torch(ExpTwice, **X), max_examples=2).unreached
    assert not check(Layer.from_torch(Exp, **X), max_examples=2).unreached


def test_sums_in_no_fixed_order_are_told_as_that():
    layer = Layer.from_torch(
        lambda x: torch.zeros(3, device=x.device, dtype=x.dtype).index_add(
            0, torch.arange(len(x), device=x.device) % 3, x
        ),
        shapes={"x": "64"},
        dtype="float32",
        nondeterministic=1e-5,
        device="cuda",
    )
    report = check(layer, max_examples=5)
    assert report.verdict is Verdict.CORRECT, str(report)


def test_tensors_are_on_the_gpu_and_results_are_arrays():
    devices = []

    def square(x):
        devices.append(x.device.type)
        return x * x

    assert Layer.from_torch(square, device="cuda").forward(np.full(2, 3.0)).tolist() == [9.0, 9.0]
    assert devices == ["cuda"]


def test_what_is_written_on_the_gpu_is_copied_back():
    x = np.ones(3)
    Layer.from_torch(UnmarkedInPlace, device="cuda").forward(x)
    assert x.tolist() == [3.0, 3.0, 3.0]


def test_half_precision_in_autocast_is_not_called_wrong():
    layer = Layer.from_torch(
        lambda x, w: torch.tanh(x @ w),
        name="autocast",
        shapes={"x": "n k", "w": "k m"},
        domain=dict.fromkeys("xw", (-1.0, 1.0)),
        dtype="float32",
        autocast="bfloat16",
        device="cuda",
    )
    assert (
        check(layer, max_examples=5, checks=("finite-difference", "linearity")).verdict is not Verdict.WRONG
    )


def test_generators_of_the_gpu_are_put_back():
    before = torch.cuda.get_rng_state()
    layer = Layer.from_torch(lambda x: torch.nn.functional.dropout(x, 0.5), device="cuda")
    assert layer.forward(np.ones(8)).tolist() == layer.forward(np.ones(8)).tolist()
    assert torch.equal(before, torch.cuda.get_rng_state())
