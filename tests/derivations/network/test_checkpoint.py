"""Checkpoints: what is saved comes back to the bit, and what is no checkpoint is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest

from derivations.network.checkpoint import ABOUT, Checkpoint, load, save
from derivations.network.train import train
from tests.derivations.network.test_train import assert_same
from tests.derivations.network.tiny import PLAN, SIZES, bars, beginning, network

KEPT, TESTED = bars().split()


def checkpoint(recipe="usual", optimiser="adam"):
    plan = replace(PLAN, optimiser=optimiser)
    state = next(iter(train(network(recipe), beginning(recipe, plan), KEPT, TESTED, plan)))
    return Checkpoint(state, recipe, SIZES, plan)


@pytest.mark.parametrize("recipe", ["usual", "article"])
@pytest.mark.parametrize("optimiser", ["adam", "sgd"])
def test_what_is_saved_comes_back(tmp_path, recipe, optimiser):
    saved = checkpoint(recipe, optimiser)
    save(tmp_path / "run.npz", saved)
    loaded = load(tmp_path / "run.npz")
    assert_same(loaded.state, saved.state)
    assert (loaded.recipe, loaded.sizes, loaded.plan) == (saved.recipe, saved.sizes, saved.plan)
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]


def changed(path, **changes):
    """Rewrite a checkpoint with some arrays, or fields of what it says about itself, changed or left out."""
    with np.load(path) as archive:
        arrays = dict(archive)
    about = json.loads(str(arrays[ABOUT]))
    for name, value in changes.items():
        if name in about:
            about[name] = value
        else:
            arrays[name] = value
    arrays[ABOUT] = np.array(json.dumps({k: v for k, v in about.items() if v is not None}))
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({ABOUT: None}, "is not a network that --save has written"),
        ({"format": "derivations.network 0"}, "has the format 'derivations.network 0', and"),
        ({"recipe": "grandmother's"}, "missing or wrong"),
        ({"sizes": None}, "missing or wrong"),
        ({"plan": {"epochs": 3}}, "missing or wrong"),
        ({"linear bias": None}, "'linear bias"),
        (
            {"linear bias": np.zeros(4, "f")},
            r"'linear bias' must be float32 of the shape \(3,\), got float32 of \(4,\)",
        ),
        ({"conv 1 bias": np.zeros(2)}, "'conv 1 bias' must be float32"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_is_no_checkpoint_is_refused_in_a_sentence(tmp_path, changes, sentence):
    path = tmp_path / "run.npz"
    save(path, checkpoint())
    if ABOUT in changes:
        np.savez(path, something=np.ones(3))
    else:
        changed(path, **changes)
    with pytest.raises(ValueError, match=sentence):
        load(path)
