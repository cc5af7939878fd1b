"""The constants that decide: where each stands, who imports it, and how to try another value of it."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import CodeType, ModuleType
from typing import Any

PACKAGE = "gradcheck"


@dataclass(frozen=True)
class Constant:
    """A number, or a container of numbers, at the top of a module of the package.

    Parameters
    ----------
    module
        Where it is assigned, such as ``"judging.tolerance"``.
    name
        Its name there.
    is_series
        Whether its length is what counts, as that of a list of powers: half and twice are of the length.
    """

    module: str
    name: str
    is_series: bool = False

    @property
    def home(self) -> str:
        """The full name of the module."""
        return f"{PACKAGE}.{self.module}"

    @property
    def value(self) -> Any:
        """What it is now."""
        return getattr(import_module(self.home), self.name)

    def times(self, factor: float) -> Any:
        """Return its value times a factor, or so many times as many powers."""
        return _lengthen(self.value, factor) if self.is_series else scale(self.value, factor)


ROWS: tuple[tuple[str, str], ...] = (
    (
        "judging.tolerance",
        "K WEAK VACUOUS JUMPING LOST STILL ROUNDING SCREEN_TARGET SCREEN_MARGIN ZERO_UNITS",
    ),
    ("judging.screen", "TARGET ROUNDING_TARGET FEW MOST_GROUPS"),
    (
        "judging.excuses",
        "SHRINKING SAME DIRECTIONS ROUGH CLEAR VISIBLE LEFT KNOWN WAVE FAR SMALLEST LARGEST_FACTOR",
    ),
    ("judging.steps", "EDGE_STEPS PLACES BEYOND WITHIN NEXT CLOSER STILL STILL_BESIDE STEP_UNITS HALVINGS"),
    ("judging.verdict", "ENTRIES_ON_KINK KINK_STEP CLEARLY"),
    ("judging.pieces", "POINTS MOST_POINTS DISTANCE NEARER STEP"),
    ("numerics.extrapolation", "RATIO CENTRAL_POWERS ONE_SIDED_POWERS JUMP_POWERS SPARE_POINTS MISFIT"),
    ("numerics.ladder", "FIRST MOST_RUNGS MOST_RUNGS_WIDE FEWEST_RUNGS NOISE_BOUND_RATIO CONTINUOUS"),
    ("numerics.jacobian", "CURVING"),
    ("numerics.one_sided", "STEPS LEAST CURVED SEEN SETTLING"),
    ("numerics.noise", "FORWARD_SAMPLES PULLBACK_SAMPLES SINGLE"),
    ("numerics.quantisation", "QUANTA LOOKS FALL ORDERLY"),
    (
        "numerics.roughness",
        "POINTS SLOPES DEGREE PART UNITS SHORT LOOKS SHRINKS WITHIN ORDER RUN CONVERGED HALVINGS",
    ),
    ("numerics.screen", "KEPT"),
    ("numerics.mantissa", "SPARE_BITS"),
    ("numerics.exact", "MANTISSA_LEFT"),
    ("evaluation.at_random", "SAME_UNITS"),
    ("evaluation.scatter", "SCATTER_SAMPLES"),
    ("evaluation.trial", "NEIGHBOUR_DISTANCE NEARER COARSE_UNITS"),
    ("evaluation.inside", "UNSEEN"),
    ("evaluation.tangents", "SAME"),
    ("layers.constraints", "OFF"),
    ("checks.finite_difference", "MOST_SPOILT"),
    ("checks.finite_difference", "STILL_TRIED"),
    ("checks.finite_difference", "NEAR_BY"),
    ("checks.finite_difference", "STILL_UNITS"),
    ("checks.hidden", "APART FEW MOVED FAINT"),
    ("checks.confirmation", "REPEATED SUMMED"),
    ("checks.mirrored", "STEPS"),
    ("checks.exact", "LARGEST_INTEGER ZEROS INTEGER_STEP GAP"),
    ("checks.complex_step", "IMAGINARY_STEPS"),
    ("checks.jvp", "TANGENT_FACTOR"),
    ("checks.second_order", "AGAIN HESSIAN_STEP FINE"),
    ("checks.linearity", "COTANGENT_FACTORS SPARSE"),
    ("checks.layout", "BROADCAST"),
    ("checks.contract", "QUOTIENT_STEPS GROWTH MOST_ASKED KINK_STAYS"),
    ("checks.extremes", "HOSTILE SHARE_REPLACED"),
    ("checks.batch", "SAMPLES AT_POINT"),
    ("checks.determinism", "REPEATED FEW"),
    ("layers.zeros", "TRIES LARGEST"),
    ("checks.kink", "TIE_GAP KINK_STEP NEARBY OUTPUTS"),
    ("checks.jacobian", "SUSPECTS"),
    ("running.tally", "ENOUGH AGAIN OFTEN"),
    ("running.verify", "REPEATS"),
)
"""Every constant that has a say in a verdict: the module, and the names in it."""

SERIES = ("CENTRAL_POWERS", "ONE_SIDED_POWERS", "JUMP_POWERS")
"""Those that are lists of powers."""

CONSTANTS: tuple[Constant, ...] = tuple(
    Constant(module, name, name in SERIES) for module, names in ROWS for name in names.split()
)

SPARED = {
    ("judging.excuses", "PARTS"): "half and twice of it are no parts",
    ("checks.contract", "MOST_SHOWN"): "it bounds what is named, not what a verdict is",
    ("diagnosis.repair", "MANY"): "it decides what is said of a mistake, not whether there is one",
    ("evaluation.reach", "FILES"): "it trades memory for time",
    ("evaluation.reach", "FUNCTIONS"): "it trades memory for time",
    ("evaluation.reach", "STALE"): "it bounds for how long calls are watched, not what a verdict is",
    ("evaluation.reach", "WOKEN"): "it bounds for how long calls are watched, not what a verdict is",
    ("numerics.moves", "SHORT"): "it decides how fast inputs are moved, not how far",
    ("numerics.screen", "LARGE"): "it trades memory for time",
    ("numerics.extrapolation", "TOGETHER"): "it trades memory for time",
    ("numerics.noise", "QUIET"): "the calibration has few points at which forward stands still beside x",
    (
        "numerics.noise",
        "GRAIN_POINTS",
    ): "the calibration has few points at which forward stands still beside x",
    (
        "numerics.noise",
        "GRAIN_STEPS",
    ): "the calibration has few points at which forward stands still beside x",
    ("numerics.noise", "WIDER"): "the calibration has few points at which forward stands still beside x",
    ("numerics.ladder", "UNITS"): "the calibration has few points at which forward stands still beside x",
    (
        "numerics.ladder",
        "PART_OF_UNIT",
    ): "the calibration has few points at which forward stands still beside x",
    ("numerics.noise", "FOURTH"): "the calibration has few points at which forward stands still beside x",
    ("numerics.gradient", "REACH"): "it serves `numerical_gradient`, which no verdict on a layer asks",
    ("numerics.gradient", "PAIRS"): "it serves `numerical_gradient`, which no verdict on a layer asks",
    (
        "numerics.gradient",
        "FEWEST_SUBSETS",
    ): "it serves `numerical_gradient`, which no verdict on a layer asks",
    ("numerics.exact", "LARGEST_WHOLE"): "it is that of a type, and nothing that was chosen",
    ("numerics.exact", "SCALES"): "it decides how fast exact sums are, not what they are",
    ("numerics.line", "EVERYWHERE"): "it is no bound at all, and half of it is the same",
    ("judging.entrywise", "MOST_JACOBIAN_ENTRIES"): "it bounds the workspace; beyond it nothing is measured",
    ("judging.tried", "MOST_TRIED"): "it bounds what a report remembers",
    ("evaluation.trial", "TIMES_SLOWER"): "it bounds the time of a call that may never end",
    ("evaluation.cpu_limit", "LOOK"): "it bounds the time of a call that may never end",
    ("evaluation.cpu_limit", "LONGEST"): "it bounds the time of a call that may never end",
    ("evaluation.cpu_limit", "TIMES_LONGER"): "it bounds the time of a call that may never end",
    ("evaluation.cpu_limit", "FIRST"): "it bounds the time of a call that may never end",
    ("evaluation.cpu_limit", "IMPATIENT"): "it bounds the time of a call that may never end",
    ("evaluation.trial", "LEAST_TIME"): "it bounds the time of a call that may never end",
    ("running.verify", "FEW_CALLS"): "it decides what is told beside a verdict",
    ("running.tally", "EXPLANATION_TIME"): "it bounds what is told beside a verdict",
    ("evaluation.example", "PRINTABLE_ENTRIES"): "it bounds what JSON holds",
    ("evaluation.holding", "NAMED"): "it bounds what is printed",
    ("checks.bits", "OVERLAP_WORK"): "it bounds the time spent on asking whether two views overlap",
    ("checks.confirmation", "MOST_MEASURED"): "the calibration has no layer that draws at random",
    ("checks.determinism", "MOST_UNSTEADY"): "it decides which differences are told how to declare",
    ("checks.determinism", "COMPILED"): "the calibration has no layer that is compiled",
    ("checks.determinism", "ABOVE"): "it decides what is proposed to be declared",
    ("checks.exact", "SMALLEST"): "it decides with which integers a failure is told",
    ("checks.exact", "TRIES"): "it decides with which integers a failure is told",
    ("checks.exact", "PRINTED"): "it bounds what is printed",
    ("checks.jacobian", "PRINTABLE"): "it bounds what is shown",
    (
        "checks.subsets",
        "EVERY_SUBSET",
    ): "it is asked of PyTorch and JAX alone, which the calibration does not load",
    ("checks.linearity", "LOST_DIGITS"): "the calibration has no layer that loses digits to a cotangent",
    ("checks.linearity", "LOST_MOST"): "the calibration has no layer that loses digits to a cotangent",
    ("checks.linearity", "HALF_FACTORS"): "the calibration has no layer that computes in float16",
    ("numerics.mantissa", "DOUBLE_BITS"): "it is that of a type, and nothing that was chosen",
    ("numerics.mantissa", "NARROWEST_BITS"): "the calibration has no layer that computes in bfloat16",
    ("checks.reference", "MOVES"): "no layer of the calibration declares a reference",
    ("checks.reference", "BOUND"): "no layer of the calibration declares a reference",
    ("numerics.mantissa", "HALF_BITS"): "it is that of a type, and nothing that was chosen",
    ("numerics.mantissa", "HALF_SPACING"): "it is that of a type, and nothing that was chosen",
    ("checks.reference", "READ_BITS"): "they are those of types, and nothing that was chosen",
    ("checks.strides", "JUNK"): "it is asked of PyTorch alone, and any large number would do",
    ("checks.vmap", "SAMPLES"): "it is asked of PyTorch and JAX alone, which the calibration does not load",
    ("judging.further", "SMALL"): "the calibration has no points of a caller's own",
    ("judging.further", "BESIDE"): "the calibration has no points of a caller's own",
    ("checks.hidden", "OWN_SIZE"): "the calibration has no points of a caller's own",
    ("checks.hidden", "NEARER"): "the calibration has no points of a caller's own",
    ("checks.hidden", "NAMED"): "it bounds a text alone",
    ("checks.hidden", "MOST_GROUPS"): "it bounds the calls where outputs are very far apart",
    ("checks.of_framework", "FIRST"): "it decides how often a check is run",
    ("checks.of_framework", "PROGRAMS"): "it decides how often a check is run",
    ("checks.subsets", "FEW_PROGRAMS"): "it decides how often a check is run",
    ("checks.double_backward", "ONE_IN"): "it decides how often a check is run",
}
"""Constants of the same rooms that are not tried, each with the reason."""

BAKED = {("checks.exact", "GAP"): "checks.exact INTEGER_STEP"}
"""Constants that are computed from another when their module is imported: the other one alone is tried at
half and twice without them, and they in a row of their own."""


def scale(value: Any, factor: float) -> Any:
    """Return a number times a factor: whole numbers rounded and at least 1, containers entry by entry."""
    if isinstance(value, Mapping):
        return {key: scale(entry, factor) for key, entry in value.items()}
    if isinstance(value, tuple):
        return tuple(scale(entry, factor) for entry in value)
    return max(1, round(value * factor)) if isinstance(value, int) else value * factor


def _lengthen(powers: tuple[int, ...], factor: float) -> tuple[int, ...]:
    """Return so many times as many powers: the first ones, or those that go on as the last two do."""
    step, count = powers[-1] - powers[-2], scale(len(powers), factor)
    further = (powers[-1] + step * k for k in range(1, count - len(powers) + 1))
    return (*powers, *further)[:count]


def places(constant: Constant) -> list[tuple[ModuleType, str]]:
    """Return every loaded module of the package that holds a constant, with its name there.

    Imports are followed to where they come from, through doors and under other names. To compare values would
    not do: two constants may share one object.
    """
    target = (constant.home, constant.name)
    loaded = [m for name, m in sorted(sys.modules.items()) if name.split(".")[0] == PACKAGE]
    return [
        (module, name)
        for module in loaded
        for name in (*_imported(module.__name__), constant.name)
        if _origin(module.__name__, name) == target and hasattr(module, name)
    ]


@cache
def _imported(module: str) -> dict[str, tuple[str, str]]:
    """Return the names that a module imports from others of the package: the module and the name there."""
    tree = ast.parse(inspect.getsource(import_module(module)))
    return {
        alias.asname or alias.name: (str(node.module), alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == PACKAGE
        for alias in node.names
    }


@cache
def _origin(module: str, name: str) -> tuple[str, str]:
    """Return the module in which a name of another is assigned, and its name there."""
    seen: set[tuple[str, str]] = set()
    while name in _imported(module) and (module, name) not in seen:
        seen.add((module, name))
        module, name = _imported(module)[name]
    return module, name


@contextmanager
def replaced(constant: Constant, value: Any) -> Iterator[None]:
    """Give a constant another value in every module that holds it, until the block ends."""
    held = places(constant)
    before = constant.value
    try:
        _set(held, value)
        yield
    finally:
        _set(held, before)


def _set(held: Iterable[tuple[ModuleType, str]], value: Any) -> None:
    """Set a constant, and forget what functions of the same modules have cached: it may depend on it."""
    for module, name in held:
        setattr(module, name, value)
        for kept in vars(module).values():
            if hasattr(kept, "cache_clear"):
                kept.cache_clear()


def readers(constants: Iterable[Constant]) -> dict[str, dict[str, Constant]]:
    """Return, for every file that holds some of these constants, which constant its names stand for."""
    files: dict[str, dict[str, Constant]] = {}
    for constant in constants:
        for module, name in places(constant):
            files.setdefault(str(module.__file__), {})[name] = constant
    return files


def read_by(codes: Iterable[CodeType], files: Mapping[str, Mapping[str, Constant]]) -> frozenset[Constant]:
    """Return the constants that functions may have read, of which these are the codes: others had no say.

    `files` are those of `readers`.
    """
    return frozenset(
        files[code.co_filename][name]
        for code in codes
        if code.co_filename in files
        for name in files[code.co_filename].keys() & set(code.co_names)
    )
