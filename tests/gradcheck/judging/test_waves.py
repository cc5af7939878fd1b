"""Where a small term waves beside a large one, long steps lead over its waves, and accuse nobody."""

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check
from gradcheck.judging import excuses


def at(scale, seed):
    return scale * np.random.default_rng(seed).normal(size=3)


def layer(factor):
    """Return x² + sin x as a function of its own arrays, so that there is no extended precision."""
    return Layer(
        lambda x: float((x**2).sum() + np.sin(x).sum()),
        lambda x: (
            float((x**2).sum() + np.sin(x).sum()),
            lambda y_bar: y_bar * factor * (2 * x + np.cos(x)),
        ),
        arrays=(lambda x: np.array(x, np.float64), lambda x: x),
    )


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("scale", [1e6, 5e6, 1e7, 3e7, 1e8, 1e9])
def test_steps_over_many_waves_accuse_nobody(scale, seed):
    report = check(layer(1.0), at(scale, seed), checks=("finite-difference",), seed=seed)
    assert report.verdict is not Verdict.WRONG, str(report)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("scale", [1e6, 1e7, 1e8])
def test_a_wrong_factor_is_found_beside_waves(scale, seed):
    report = check(layer(1.0 + 1e-5), at(scale, seed), checks=("finite-difference",), seed=seed)
    assert report.verdict is Verdict.WRONG


@pytest.mark.parametrize("noise", [1e-9, 1e-7, 1e-5])
@pytest.mark.parametrize("seed", range(2))
def test_noise_that_nobody_knows_of_hides_no_wrong_factor(noise, seed):
    """Steps at which the difference is lost in it are asked several times."""

    def forward(x):
        return float(np.sum(x**3) * (1.0 + noise * np.sin(1e12 * np.sum(x))))

    wrong = Layer.from_gradient(forward, lambda x: 6.0 * x**2)
    report = check(wrong, at(1.0, seed), checks=("finite-difference",), seed=seed)
    assert report.verdict is Verdict.WRONG


def test_without_that_excuse_right_gradients_are_accused(monkeypatch):
    others = tuple(each for each in excuses.EXCUSES if each.name != "waves")
    monkeypatch.setattr(excuses, "EXCUSES", others)
    verdicts = [
        check(layer(1.0), at(5e6, seed), checks=("finite-difference",), seed=seed).verdict
        for seed in range(10)
    ]
    assert Verdict.WRONG in verdicts
