"""What `gradcheck_require` asks for in modules of PyTorch and JAX."""

import sys

import pytest

from gradcheck.pytest_plugin.ratchet import derivations_of, without_check
from gradcheck.running import subjects_of

FUNCTION = """
class {name}(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x.clone()
    @staticmethod
    def backward(ctx, g): return g
"""
RULE = """
@jax.custom_vjp
def {name}(x): return x * x
{name}.defvjp(lambda x: (x * x, x), lambda x, g: (2 * x * g,))
"""
TANGENT = """
@jax.custom_jvp
def {name}(x): return x * x
{name}.defjvp(lambda primals, tangents: (primals[0] ** 2, 2 * primals[0] * tangents[0]))
"""
OPERATOR = """
@torch.library.custom_op("gradcheck_tests::{name}", mutates_args=())
def {name}(x: torch.Tensor) -> torch.Tensor: return x.clone()
{name}.register_autograd(lambda ctx, g: g)
"""
BESIDE = """
class Net(torch.nn.Module):
    def forward(self, x): return Inside.apply(x)
class Inherited(Function):
    @staticmethod
    def forward(ctx, x): return x.clone() + 1
def around(x): return rule_inside(x) + 1
@jax.custom_vjp
def without_a_rule(x): return x
"""
SOURCE = "import jax, torch\n" + BESIDE.replace(
    "class Inherited", f"{FUNCTION.format(name='Function')}class Inherited"
)
KINDS = {
    "Function": None,
    "Inside": FUNCTION,
    "rule": RULE,
    "rule_inside": RULE,
    "tangent": TANGENT,
    "op": OPERATOR,
}
SOURCE += "".join(text.format(name=name) for name, text in KINDS.items() if text)
NAMES = {*KINDS, "Inherited"}


@pytest.fixture
def missing(tmp_path, monkeypatch):
    """Return a function from a layer's source to the names of the derivations that it does not check."""
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    for name in ("kernels", "layered"):
        monkeypatch.delitem(sys.modules, name, raising=False)  # PyTorch itself can't be loaded twice
    (tmp_path / "kernels.py").write_text(SOURCE, encoding="utf-8")

    def names(layer):
        text = f"from gradcheck import Layer\nfrom kernels import *\nimport torch\nL = {layer}\n"
        (tmp_path / "layered.py").write_text(text, encoding="utf-8")
        derivations = derivations_of(["kernels"])
        assert {d.name for d in derivations} == NAMES
        return {d.name for d in without_check(derivations, subjects_of("layered:L"))}

    return names


@pytest.mark.parametrize(
    ("layer", "checked"),
    [
        ("Layer.from_torch(Function)", "Function"),
        ("Layer.from_torch(Inherited)", "Inherited Function"),  # whose backward it has
        ("Layer.from_torch(Net())", "Inside"),
        ("Layer.from_torch(lambda x: Inside.apply(x))", "Inside"),
        ("Layer.from_torch(op)", "op"),
        ("Layer.from_torch(lambda x: op(x) + 1)", "op"),
        ("Layer.from_jax(rule)", "rule"),
        ("Layer.from_jax(around)", "rule_inside"),
        ("Layer.from_jax(tangent)", "tangent"),
        ("Layer.from_torch(torch.sin)", ""),
    ],
)
def test_layer_of_a_function_is_its_check_and_no_other_ones(missing, layer, checked):
    assert missing(layer) == NAMES - set(checked.split())
