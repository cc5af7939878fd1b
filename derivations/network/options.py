"""The command line of ``python -m derivations.network``: its options, and the training they ask for."""

import argparse
from dataclasses import replace
from pathlib import Path

from derivations.network.checkpoint import Checkpoint, load
from derivations.network.datasets import Dataset
from derivations.network.optimisers import OPTIMISERS
from derivations.network.recipes import RECIPES, Sizes
from derivations.network.train import Plan, started

EPOCHS, BATCH, FILTERS, KERNEL, SHIFT = 40, 64, (16, 32), 3, 1
FIXED = ("batch", "filters", "kernel", "optimiser", "rate", "recipe", "seed", "shift")
"""Options that a saved training has settled."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of all options; those that a saved training settles are None if left out."""
    made = argparse.ArgumentParser(
        prog="python -m derivations.network",
        description="Train a small convolutional network of verified layers, and verify its gradient on real "
        "images before and after. One image of five is held out for testing.",
        epilog="exit status: 0 trained, 1 a gradient is wrong, 2 the command could not do what it was asked, "
        "3 a gradient could not be verified, 130 interrupted",
    )
    images = made.add_argument_group("images")
    images.add_argument(
        "--data",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="an .npz file with images and labels, or two IDX files (the format of MNIST, gzipped or not), "
        "images first; default: the 1797 digits that come with scikit-learn",
    )
    network = made.add_argument_group("network")
    network.add_argument(
        "--recipe",
        choices=sorted(RECIPES),
        help="usual: ReLU and softmax cross-entropy (default); article: sigmoid and mean squared error",
    )
    network.add_argument(
        "--filters",
        type=_count,
        nargs=2,
        metavar="N",
        help=f"kernels of the two convolutions, default {FILTERS[0]} {FILTERS[1]}",
    )
    network.add_argument("--kernel", type=_odd, metavar="N", help=f"their height and width, default {KERNEL}")
    training = made.add_argument_group("training")
    training.add_argument("--epochs", type=_count, metavar="N", help=f"default {EPOCHS}")
    training.add_argument("--batch", type=_count, metavar="N", help=f"images in a step, default {BATCH}")
    training.add_argument("--optimiser", choices=sorted(OPTIMISERS), help="default adam; sgd has momentum")
    training.add_argument(
        "--rate", type=_positive, metavar="R", help="learning rate; default: the recipe's own"
    )
    training.add_argument(
        "--shift", type=_whole, metavar="N", help=f"images move by up to N pixels, default {SHIFT}"
    )
    training.add_argument(
        "--seed", type=_whole, metavar="N", help="everything random follows from it, default 0"
    )
    training.add_argument(
        "--threads",
        type=_count,
        metavar="N",
        help="for matrix products; 1 is best for small images, and default",
    )
    training.add_argument(
        "--verify-every", type=_count, default=0, metavar="N", help="verify after every N epochs, too"
    )
    training.add_argument(
        "--compare",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="then train with the other recipe as well, and compare",
    )
    files = made.add_argument_group("files")
    files.add_argument(
        "--save", type=Path, metavar="FILE", help="write the training to FILE at its end, or on Ctrl-C"
    )
    files.add_argument(
        "--load", type=Path, metavar="FILE", help="go on with a training that --save has written"
    )
    files.add_argument(
        "--figure", type=Path, default=Path("network.png"), metavar="FILE", help="default %(default)s"
    )
    return made


def beginning(options: argparse.Namespace, dataset: Dataset) -> Checkpoint:
    """Return the training that the options ask for, at its beginning or where it was saved.

    Raises
    ------
    ValueError
        If options contradict a saved training, or it is about other images.
    OSError
        If the saved training can't be read.
    """
    if options.load is not None:
        return _resumed(options, dataset)
    recipe = RECIPES[options.recipe or "usual"]
    optimiser = options.optimiser or "adam"
    sizes = Sizes(
        dataset.images.shape[1:], dataset.classes, tuple(options.filters or FILTERS), options.kernel or KERNEL
    )
    plan = Plan(
        options.epochs or EPOCHS,
        options.batch or BATCH,
        optimiser,
        options.rate or recipe.rates[optimiser],
        SHIFT if options.shift is None else options.shift,
        options.seed or 0,
    )
    return fresh(recipe.name, sizes, plan)


def fresh(recipe: str, sizes: Sizes, plan: Plan) -> Checkpoint:
    """Return a training at its beginning."""
    return Checkpoint(started(RECIPES[recipe].network(sizes), plan), recipe, sizes, plan)


def other(checkpoint: Checkpoint) -> Checkpoint:
    """Return the same training with the other recipe and its own learning rate, at its beginning."""
    (name,) = set(RECIPES) - {checkpoint.recipe}
    rate = RECIPES[name].rates[checkpoint.plan.optimiser]
    return fresh(name, checkpoint.sizes, replace(checkpoint.plan, rate=rate))


def _resumed(options: argparse.Namespace, dataset: Dataset) -> Checkpoint:
    settled = [name for name in FIXED if getattr(options, name) is not None]
    if settled:
        message = f"--{settled[0]} is settled by the training in --load {options.load}; leave it out."
        raise ValueError(message)
    checkpoint = load(options.load)
    if checkpoint.sizes.image != dataset.images.shape[1:]:
        message = (
            f"{str(options.load)!r} is for images of the shape {checkpoint.sizes.image}, and those of "
            f"{dataset.name} have {dataset.images.shape[1:]}."
        )
        raise ValueError(message)
    if checkpoint.sizes.classes < dataset.classes:
        message = (
            f"{str(options.load)!r} tells labels from 0 to {checkpoint.sizes.classes - 1} apart, and "
            f"{dataset.name} has labels up to {dataset.classes - 1}."
        )
        raise ValueError(message)
    epochs = options.epochs or checkpoint.plan.epochs
    return replace(checkpoint, plan=replace(checkpoint.plan, epochs=epochs))


def _whole(text: str) -> int:
    if not text.isdecimal():
        message = f"{text!r} is not a whole number"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _count(text: str) -> int:
    number = _whole(text)
    if number < 1:
        message = "must be at least 1"
        raise argparse.ArgumentTypeError(message)
    return number


def _odd(text: str) -> int:
    number = _count(text)
    if number % 2 == 0:
        message = f"must be odd, so that the image keeps its size; got {number}"
        raise argparse.ArgumentTypeError(message)
    return number


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        message = f"{text!r} is not a positive number"
        raise argparse.ArgumentTypeError(message)
    return number
