"""Saving a training to an .npz file, and loading it again: plain arrays, and one line of JSON about them.

The file is written beside its place and then moved there whole: an interrupt leaves the old one or the new.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from derivations.network.datasets import read_npz
from derivations.network.optimisers import OPTIMISERS, Moments
from derivations.network.recipes import RECIPES, Sizes
from derivations.network.stages import Parameters
from derivations.network.state import Epoch, State
from derivations.network.train import Plan
from derivations.types import Array

FORMAT = "derivations.network 1"
ABOUT = "about"
"""Under this name the file holds its format, the network, and how it is trained."""


@dataclass(frozen=True)
class Checkpoint:
    """A state, and what it is a state of: the recipe's name, the network's sizes, and how it is trained."""

    state: State
    recipe: str
    sizes: Sizes
    plan: Plan


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint.

    Raises
    ------
    OSError
        If the file can't be written.
    """
    state = checkpoint.state
    network = RECIPES[checkpoint.recipe].network(checkpoint.sizes)
    about = {
        "format": FORMAT,
        "recipe": checkpoint.recipe,
        "sizes": asdict(checkpoint.sizes),
        "plan": asdict(checkpoint.plan),
        "steps": state.moments.steps,
        "history": [asdict(epoch) for epoch in state.history],
    }
    arrays: dict[str, Array] = {ABOUT: np.array(json.dumps(about))}
    groups = (state.parameters, state.moments.first, state.moments.second)
    for prefix, group in zip(PREFIXES, groups, strict=True):
        arrays.update({prefix + name: array for name, array in zip(network.shapes, group, strict=True)})
    beside = path.with_name(f"{path.name}.part")
    with beside.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    os.replace(beside, path)


PREFIXES = ("", "first moment of ", "second moment of ")
"""Before each parameter's name: of itself, and of what the optimiser remembers of it."""


def load(path: Path) -> Checkpoint:
    """Return the checkpoint in a file.

    Raises
    ------
    ValueError
        If the file is not a checkpoint, or is damaged.
    OSError
        If it can't be read.
    """
    arrays = read_npz(path)
    try:
        about = json.loads(str(arrays[ABOUT]))
        if about["format"] != FORMAT:
            message = f"{str(path)!r} has the format {about['format']!r}, and {FORMAT!r} is understood."
            raise ValueError(message)
        return _checkpoint(arrays, about)
    except (KeyError, TypeError, json.JSONDecodeError) as missing:
        message = f"{str(path)!r} is not a network that --save has written: {missing} is missing or wrong."
        raise ValueError(message) from missing


def _checkpoint(arrays: Any, about: Any) -> Checkpoint:
    sizes = about["sizes"]
    sizes = Sizes(tuple(sizes["image"]), int(sizes["classes"]), tuple(sizes["filters"]), int(sizes["taps"]))
    shapes = RECIPES[about["recipe"]].network(sizes).shapes
    plan = Plan(**about["plan"])
    OPTIMISERS[plan.optimiser]  # an unknown one is a KeyError, as what is missing is
    parameters, first, second = (_group(arrays, shapes, prefix) for prefix in PREFIXES)
    history = tuple(Epoch(**epoch) for epoch in about["history"])
    state = State(parameters, Moments(int(about["steps"]), first, second), history)
    return Checkpoint(state, about["recipe"], sizes, plan)


def _group(arrays: Any, shapes: dict[str, tuple[int, ...]], prefix: str) -> Parameters:
    """Return the arrays of one prefix, in the network's order.

    Raises
    ------
    ValueError
        If one has another shape than the network's.
    """
    for name, shape in shapes.items():
        found = arrays[prefix + name]
        if found.shape != shape or found.dtype != np.float32:
            message = (
                f"{prefix + name!r} must be float32 of the shape {shape}, got {found.dtype} of {found.shape}."
            )
            raise ValueError(message)
    return tuple(arrays[prefix + name] for name in shapes)
