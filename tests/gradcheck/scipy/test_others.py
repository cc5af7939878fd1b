"""Recipes of `docs/frameworks.md` for projects that need not be installed."""

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check

POINT = np.array([0.1, 0.2, -0.3])


@pytest.mark.parametrize(("factor", "verdict"), [(1.0, Verdict.CORRECT), (2.0, Verdict.WRONG)])
def test_primitive_of_autograd(factor, verdict):
    make_vjp = pytest.importorskip("autograd").make_vjp
    extend = pytest.importorskip("autograd.extend")

    @extend.primitive
    def logsumexp(x):
        return x.max() + np.log(np.sum(np.exp(x - x.max())))

    extend.defvjp(logsumexp, lambda y, x: lambda g: factor * g * np.exp(x - y))

    def vjp(x):
        pull, y = make_vjp(logsumexp)(x)
        return y, pull

    layer = Layer(logsumexp, vjp, shapes={"x": "n+1"}, domain={"x": (-5.0, 5.0)})
    assert check(layer, max_examples=6).verdict is verdict


@pytest.mark.filterwarnings("ignore")
def test_models_of_statsmodels():
    models = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(0)
    x = models.add_constant(rng.normal(size=(30, 2)))
    y = (rng.uniform(size=30) < 0.5).astype(float)
    logit, linear = models.Logit(y, x), models.GLM(y, x, family=models.families.Gaussian())
    assert check(Layer.from_gradient(logit.loglike, logit.score), POINT)
    assert check(Layer.from_hessian(logit.score, logit.hessian), POINT)
    assert check(Layer.from_gradient(linear.loglike, linear.score), POINT).verdict is Verdict.WRONG
    score = Layer.from_gradient(lambda p: linear.loglike(p, scale=1.0), lambda p: linear.score(p, scale=1.0))
    assert check(score, POINT)


@pytest.mark.parametrize("sparse", [False, True])
def test_functions_of_casadi(sparse):
    casadi = pytest.importorskip("casadi")
    x = casadi.SX.sym("x", 3)
    f = casadi.Function("f", [x], [casadi.vertcat(casadi.sin(x[0]) * x[1], casadi.exp(x[2]) * x[0])])
    slopes = casadi.Function("slopes", [x], [casadi.jacobian(f(x), x)])

    def jac(x):
        return slopes(x).sparse() if sparse else np.array(slopes(x))

    layer = Layer.from_jacobian(lambda x: np.array(f(x)).ravel(), jac, shapes={"x": "3"})
    assert check(layer, max_examples=6).verdict is Verdict.CORRECT
