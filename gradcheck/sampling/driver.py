"""The one place that runs through examples, and drives Hypothesis: all from a seed, shrunk when one fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from threading import Lock
from typing import Any

from gradcheck.layers import Layer
from gradcheck.sampling.case import Case
from gradcheck.sampling.recipes import NoExample, Plan, Recipe
from gradcheck.sampling.recipes import shrink as shrink_recipe
from gradcheck.types import Array

MOST_REPLAYS = 25
"""As many kept examples are tried at most; those that fail no more are forgotten."""


_LOCK = Lock()
_EXPLORING: dict[str, Any] = {"depth": 0, "own": None}
"""How many explorations are under way, in all threads, and the method of Hypothesis that they set aside."""


class FalsifyingExample(Exception):  # noqa: N818 -- control flow between Hypothesis and whoever searches
    """Raised by a test to say that its example is one that was looked for."""


class StopExploring(BaseException):
    """Raised by a test to end an exploration at once, without repeating or shrinking anything."""


class FlakyExample(Exception):  # noqa: N818 -- it says what was found
    """A failing example passed when it was repeated."""


def explore_cases(
    test: Callable[[Case], None],
    layer: Layer,
    *,
    empty: bool = False,
    further: bool = False,
    plain: bool = False,
    seed: int,
    max_examples: int,
    shrink: bool,
    store: tuple[Any, bytes] | None = None,
    replay: bool = False,
) -> None:
    """Call `test` with a `Case` of a layer after the other, as `explore` does with those of a strategy.

    Parameters
    ----------
    test
        What is called.
    layer
        With `shapes` or `cases`.
    empty
        Whether one size of each case is 0.
    further
        Whether sizes are larger than others are; without effect where the layer has `cases`.
    plain
        Whether sizes and values are such as tell one mistake from another; likewise.
    seed, max_examples, shrink, store, replay
        As for `explore`.

    Raises
    ------
    StopExploring
        If some example raised it.
    FalsifyingExample
        If some example raised it; with `shrink` the last call of `test` was then with the simplest such one.
    FlakyExample, NoExample
        If an example did not fail again, or none could be drawn.
    """
    if layer.cases is not None:
        how: dict[str, Any] = {"seed": seed, "max_examples": max_examples, "shrink": shrink}
        return _explore_own(test, layer, **how, store=store, replay=replay)
    found = (
        _stored(layer, store) if replay else islice(Plan(layer, seed, empty, further, plain), max_examples)
    )
    for recipe in found:
        try:
            test(recipe.case(layer))
        except FalsifyingExample:
            if shrink:
                _fail_at_simplest(test, layer, recipe, store)
            raise
        if replay and store is not None:
            store[0].delete(store[1], recipe.encode())
    return None


def _stored(layer: Layer, store: tuple[Any, bytes] | None) -> Iterator[Recipe]:
    """Yield the kept recipes, the shortest first; what is none any more is forgotten."""
    if store is None:
        return
    database, key = store
    for text in sorted(database.fetch(key), key=lambda text: (len(text), text))[:MOST_REPLAYS]:
        recipe = Recipe.decode(text, layer)
        if recipe is None:
            database.delete(key, text)
        else:
            yield recipe


def _fail_at_simplest(
    test: Callable[[Case], None], layer: Layer, recipe: Recipe, store: tuple[Any, bytes] | None
) -> None:
    """Make a failing example as simple as possible, keep it, and let it fail once more."""

    def fails(simpler: Recipe) -> bool:
        try:
            test(simpler.case(layer))
        except FalsifyingExample:
            return True
        return False

    def repeat(failing: Recipe) -> None:
        if not fails(failing):
            message = f"a failing example of {layer.name!r} passed when it was repeated"
            raise FlakyExample(message)

    repeat(recipe)
    simplest = shrink_recipe(recipe, layer, fails)
    if store is not None:
        store[0].save(store[1], simplest.encode())
    repeat(simplest)


def _explore_own(test: Callable[[Case], None], layer: Layer, **how: Any) -> None:
    """Explore a layer's own strategy by Hypothesis, whose errors get the names that they have here."""
    from hypothesis.errors import Flaky, Unsatisfiable

    from gradcheck.sampling.strategies import own_cases

    try:
        explore(test, own_cases(layer), **how)
    except Flaky as flaky:
        raise FlakyExample(str(flaky)) from flaky
    except Unsatisfiable as none:
        message = f"no example of {layer.name!r} could be drawn: its strategy has none"
        raise NoExample(message) from none


def explore_integers(
    test: Callable[[dict[str, Array]], None], like: Mapping[str, Array], span: int, dtype: Any, **how: Any
) -> None:
    """Call `test` with arrays of the shapes of `like`, whose entries are whole numbers up to `span`.

    Parameters
    ----------
    test
        What is called.
    like, span, dtype
        As for `strategies.integer_arrays`.
    **how
        As for `explore`.
    """
    from gradcheck.sampling.strategies import integer_arrays

    explore(test, integer_arrays(like, span, dtype), **how)


def explore(
    test: Callable[[Any], None],
    strategy: Any,
    *,
    seed: int,
    max_examples: int,
    shrink: bool,
    store: tuple[Any, bytes] | None = None,
    replay: bool = False,
) -> None:
    """Call `test` with examples of a strategy, and with ever smaller ones once it raises.

    No example is too slow, nothing is read from a database except by a replay, and nothing is drawn from
    the source code around the layer: the same seed gives the same examples.

    Parameters
    ----------
    test, strategy
        What is called, with examples of which strategy.
    seed, max_examples
        Which examples, and how many.
    shrink
        Whether an example that raises is made smaller.
    store
        An example database and a key: what raises is kept there.
    replay
        In place of new examples, try those that are kept.

    Raises
    ------
    StopExploring
        If some example raised it.
    FalsifyingExample
        If some example raised it; the last call of `test` was then with the smallest such example.
    hypothesis.errors.Flaky, hypothesis.errors.Unsatisfiable
        If an example did not fail again, or none could be drawn.
    """
    import hypothesis
    from hypothesis import HealthCheck, Phase, Verbosity

    source = Phase.reuse if replay else Phase.generate
    settings = hypothesis.settings(
        max_examples=MOST_REPLAYS if replay else max_examples,
        database=store[0] if store else None,
        deadline=None,
        derandomize=False,
        phases=(source, Phase.shrink) if shrink else (source,),
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    with_examples: Callable[..., Any] = hypothesis.given(strategy)
    with_seed: Callable[..., Any] = hypothesis.seed(seed)
    run: Any = settings(with_seed(with_examples(test)))  # in this order: a seed takes the database away
    if store:
        # As `hypothesis.find` gives its test a key. Left to itself, Hypothesis would take one that is
        # the same for every layer, and none at all under --hypothesis-seed.
        run._hypothesis_internal_database_key = store[1]
    with _without_constants():
        run()


@contextmanager
def _without_constants() -> Iterator[None]:
    """Keep Hypothesis from drawing the constants that stand in the user's modules.

    In one draw of twenty it takes a number that it has read in a source file beside the test. An unrelated
    ``unused = 1500`` would change which examples a seed gives, and a layer in another file would see others.
    """
    from hypothesis.internal.conjecture.providers import HypothesisProvider

    name = "_maybe_draw_constant"
    if not hasattr(HypothesisProvider, name):
        yield  # versions before 6.131 draw no constants
        return
    with _LOCK:
        if _EXPLORING["depth"] == 0:
            _EXPLORING["own"] = getattr(HypothesisProvider, name)
            setattr(HypothesisProvider, name, lambda *_, **__: None)
        _EXPLORING["depth"] += 1
    try:
        yield
    finally:
        with _LOCK:
            _EXPLORING["depth"] -= 1
            if _EXPLORING["depth"] == 0:
                setattr(HypothesisProvider, name, _EXPLORING["own"])
