"""Recipes of examples: which sizes, options and kinds of values come next; how a failing one is shrunk."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations, islice, product
from math import prod
from typing import Any

import numpy as np

from gradcheck._util import unflatten
from gradcheck.errors import LayerRaised, is_control
from gradcheck.layers import ANY_SHAPE, Layer, evaluate_shape, has_empty_input, letters, letters_of_zero
from gradcheck.sampling import values
from gradcheck.sampling.case import Case

SMALL = 4
"""Most sizes are drawn from 1 up to this: large enough to tell axes apart, small enough to read."""
GROWN = 9
"""In one example of five, several sizes are larger, up to this: some mistakes begin at the fifth row."""
BLOCKS = (7, 8, 9, 15, 16, 17, 17, 31, 32, 33, 33)
"""Sizes at which code that works in blocks breaks; each letter takes each of them in turn.
Those behind a block, from which on most mistakes show, come twice."""
TOGETHER = 3
"""So many letters grow together at most; a convolution's eight at once would take seconds in Python."""
ENTRIES = 512
"""Inputs have no more entries than this in all, unless the smallest sizes have: a matrix of 33 by 15 has 495.
Half of it would refuse that; twice as many take twice as long where a layer loops in Python."""
FURTHER = (41, 63, 64, 65, 101, 127, 128, 129)
"""The sizes by which lines that no example reached are tried for once more."""
FURTHER_ENTRIES = 4096
"""And the entries that inputs then have at most: a matrix of 64 by 64."""
FEW_SHAPES = 4
"""So many combinations of sizes are drawn of a layer that is compiled for each: compiling is what costs.
Twice as many take twice as long; half of them would hardly tell an axis of one from one of several."""
TURNS = ("small", "small", "grown", "small", "large", "small", "grown", "large", "small", "large")
"""How sizes take turns."""
PLAIN_TURNS = ("small",) * 8 + ("grown",) * 2
"""How they do where a mistake is explained."""
PLAIN_KINDS = ("distinct", "normal", "scaled", "uneven", "ties")
"""The kinds of values there: in most of them every entry tells something."""
KINDS = ("distinct", "normal", "normal", "scaled", "scaled", *values.KINDS)
"""The kinds of values in one round; an input takes all of them before one comes again."""
ATTEMPTS = 10
"""So many sizes are tried for one combination of options, ever larger ones."""
LARGEST_ATTEMPT = 30
"""By so much the last of them may be larger than the first."""
TARGETS = 3
"""So many untried values or pairs are tried for one example, before it takes any options."""
MOST_ATTEMPTS = 300
"""So many sizes and options are tried for a value or a pair, or for an example, before `where` is taken to
refuse it: a pair that it takes once in fifty is missed once in 160,000 examples."""
SHRINKING = 400
"""So many simpler examples are tried at most for one that fails."""


class NoExample(Exception):  # noqa: N818 -- it says what there is
    """`where` refuses every size and option that was tried."""


@dataclass(frozen=True)
class Recipe:
    """What an example is made of, as plain data.

    Parameters
    ----------
    sizes
        The size of each letter.
    options
        The position of each option's value among those to sweep.
    any_shape
        What ``"..."`` stands for.
    kinds
        The kind of values of each leaf of the inputs.
    seed
        Of the values, and of everything else that a check draws.
    """

    sizes: Mapping[str, int]
    options: Mapping[str, int]
    any_shape: tuple[int, ...]
    kinds: tuple[str, ...]
    seed: int

    def values_of(self, layer: Layer) -> dict[str, Any]:
        """Return the options with their values."""
        return {name: list(layer.options[name])[position] for name, position in self.options.items()}

    def case(self, layer: Layer) -> Case:
        """Return the example."""
        assert layer.shapes is not None
        rng, options = np.random.default_rng(self.seed), self.values_of(layer)
        known = {**self.sizes, **options}
        arrays = (
            values.draw(
                kind,
                evaluate_shape(shape, known, self.any_shape),
                _bounds(layer, name, known),
                layer.dtype_of(name),
                rng,
            )
            for kind, (name, shape) in zip(self.kinds, layer.leaf_shapes.items(), strict=True)
        )
        return Case(tuple(unflatten(tree, arrays) for tree in layer.shapes.values()), options, self.seed)

    def encode(self) -> bytes:
        """Return it as text, for a database."""
        return json.dumps(vars(self)).encode()

    @classmethod
    def decode(cls, text: bytes, layer: Layer) -> Recipe | None:
        """Return what `encode` wrote; None where it is no recipe for the layer as it is now."""
        try:
            found = json.loads(text)
            recipe = cls(**{**found, **{name: tuple(found[name]) for name in ("any_shape", "kinds")}})
            return recipe if _fits(layer, recipe) else None
        except (ValueError, TypeError, KeyError, IndexError):
            return None


@dataclass
class Plan:
    """Recipes of a layer one after the other: all that is random follows from the seed.

    Values of options come first one by one, then pair by pair, until all of them have been tried; sizes,
    and the kinds of values of each input, take turns.

    Parameters
    ----------
    layer
        With `shapes`.
    seed
        Decides the recipes.
    empty
        Whether one size of each is 0.
    further
        Whether sizes are larger than those of all other recipes: for lines that no example reached.
    plain
        Whether sizes and values are such as tell one mistake from another: few large ones, and ties in few.
    """

    layer: Layer
    seed: int
    empty: bool = False
    further: bool = False
    plain: bool = False
    untried: list[tuple[tuple[str, int], ...]] = field(default_factory=list)
    """The values and pairs of values that are still to come."""
    refused: list[tuple[tuple[str, int], ...]] = field(default_factory=list)
    """Those that `where` takes at no sizes that were tried."""

    def __post_init__(self) -> None:
        self._rng = np.random.default_rng([self.seed, int(self.empty) + 2 * self.further])
        self._names = [n for n in letters(self.layer.leaf_shapes.values()) if n not in self.layer.options]
        zeros = letters_of_zero(self.layer) if self.empty else ()
        self._zeros = [name for name in zeros if self._range(name)[0] == 0]
        self._has_any = any(ANY_SHAPE in shape.split() for shape in self.layer.leaf_shapes.values())
        swept = [[(name, k) for k in range(len(found))] for name, found in self.layer.options.items()]
        self.untried += [(value,) for values_ in swept for value in values_]
        self.untried += [(a, b) for one, other in combinations(swept, 2) for a in one for b in other]
        self._decks: dict[str, list[Any]] = {}
        self._compiled: list[tuple[dict[str, int], tuple[int, ...]]] = []
        self._count = 0

    def __iter__(self) -> Iterator[Recipe]:
        """Yield recipes without end, the simplest first.

        Raises
        ------
        NoExample
            If `where` refuses all that is tried.
        """
        while True:
            yield self._next()

    def _next(self) -> Recipe:
        number, self._count = self._count, self._count + 1
        kinds, seed = self._kinds(number), int(self._rng.integers(2**32))
        turn = "large" if self.further else (PLAIN_TURNS if self.plain else TURNS)[number % len(TURNS)]
        if number == 0 and not (self.empty or self.further):
            first = Recipe(
                {name: max(self._range(name)[0], 1) for name in self._names},
                dict.fromkeys(self.layer.options, 0),
                (),
                kinds,
                seed,
            )
            if _fits(self.layer, first):
                return self._taken(first)
        # Where `where` refuses all large sizes, small ones do instead.
        turns = (turn,) if self.further else dict.fromkeys((turn, "small"))
        attempts = range(0, LARGEST_ATTEMPT, LARGEST_ATTEMPT // ATTEMPTS)
        for chosen in self._chosen_options():
            for turn, attempt in product(turns, attempts):
                sizes, any_shape = self._sizes(turn, attempt), self._any_shape(turn)
                if len(self._compiled) >= FEW_SHAPES and attempt == 0:
                    sizes, any_shape = self._compiled[int(self._rng.integers(FEW_SHAPES))]
                recipe = Recipe(sizes, chosen, any_shape, kinds, seed)
                if _fits(self.layer, recipe, empty=self.empty):
                    smaller = _within_budget(self.layer, recipe, FURTHER_ENTRIES if self.further else ENTRIES)
                    if smaller is recipe or _fits(self.layer, smaller, empty=self.empty):
                        return self._taken(smaller)
        message = (
            f"no example of {self.layer.name!r} could be drawn: where= refuses every size that was tried"
        )
        raise NoExample(message)

    def _taken(self, recipe: Recipe) -> Recipe:
        chosen = set(recipe.options.items())
        self.untried = [target for target in self.untried if not chosen.issuperset(target)]
        framework, shapes = self.layer.framework, (dict(recipe.sizes), recipe.any_shape)
        if framework is not None and framework.wants_few_shapes and shapes not in self._compiled:
            self._compiled.append(shapes)
        return recipe

    def _chosen_options(self) -> Iterator[dict[str, int]]:
        """Yield options for the next example until they suit: such as try what is untried, then any."""
        for target in self.untried[:TARGETS]:
            chosen = dict(target)
            for name in self.layer.options:
                if name not in chosen:
                    chosen[name] = self._most_useful(name, chosen)
            yield {name: chosen[name] for name in self.layer.options}
            for _ in range(MOST_ATTEMPTS // ATTEMPTS):
                yield {**self._any_options(), **dict(target)}
            self.untried.remove(target)
            self.refused.append(target)
        for _ in range(MOST_ATTEMPTS // ATTEMPTS):
            yield self._any_options()

    def _any_options(self) -> dict[str, int]:
        return {name: int(self._rng.integers(len(found))) for name, found in self.layer.options.items()}

    def _most_useful(self, name: str, chosen: Mapping[str, int]) -> int:
        """Return the value of an option that makes the most untried pairs with those chosen."""
        count = len(self.layer.options[name])
        news = np.zeros(count)
        for target in self.untried:
            other = [value for value in target if value[0] != name]
            own = [position for found, position in target if found == name]
            if own and all(chosen.get(found) == position for found, position in other):
                news[own[0]] += 1
        return int(np.argmax(news + self._rng.random(count) / 2))

    def _sizes(self, turn: str, attempt: int) -> dict[str, int]:
        """Return sizes for a turn; after some that do not fit, ever larger ones."""
        rng, least = self._rng, 2 if self.untried else 1
        drawn = rng.integers(least, SMALL + attempt + 1, len(self._names))
        sizes: dict[str, int] = dict(zip(self._names, drawn.tolist(), strict=True))
        together = [str(name) for name in rng.permutation(self._names)[:TOGETHER]]
        if turn == "grown" and together and not self.empty:
            sizes |= {name: int(rng.integers(2, GROWN + 1 + attempt)) for name in together}
            if rng.random() < 0.25:
                sizes |= dict.fromkeys(together, sizes[together[0]])
        if turn == "large" and not self.empty:
            both = rng.random() < 0.5 and len(self._names) <= TOGETHER
            sizes |= {name: self._large(name) for name in together[: 2 if both else 1]}
        for name, size in sizes.items():
            low, high = self._range(name)
            sizes[name] = min(max(size, low, 1), high)
        return {**sizes, str(rng.choice(self._zeros)): 0} if self._zeros else sizes

    def _large(self, name: str) -> int:
        """Return a large size of a letter: one at which blocks end, or any between them."""
        most = self._range(name)[1]
        blocks = [block for block in (FURTHER if self.further else BLOCKS) if block < most] + [most] * (
            name in self.layer.sizes
        )
        if len(blocks) > 1 and self._rng.random() < 0.2:
            return int(self._rng.integers(min(GROWN, most), max(blocks) + 1))
        return int(self._dealt(f"size {name}", tuple(blocks or (most,))))

    def _range(self, name: str) -> tuple[int, int]:
        """Return the least and the largest size of a letter."""
        return self.layer.sizes.get(name, (0, (FURTHER if self.further else BLOCKS)[-1] + 1))

    def _any_shape(self, turn: str) -> tuple[int, ...]:
        if not self._has_any:
            return ()
        rank = int(self._rng.integers(1 if self.empty else 0, 4))
        shape = [int(n) for n in self._rng.integers(1, (GROWN if turn == "grown" else SMALL) + 1, rank)]
        if turn == "large" and shape:
            shape[int(self._rng.integers(rank))] = self._dealt("any", FURTHER if self.further else BLOCKS)
        if self.empty and not self._zeros:
            shape[int(self._rng.integers(rank))] = 0
        return tuple(shape)

    def _kinds(self, number: int) -> tuple[str, ...]:
        """Return a kind for each leaf: the same for all in every second example."""
        leaves = list(self.layer.leaf_shapes)
        if self.plain:
            return (self._dealt("all", PLAIN_KINDS),) * len(leaves)
        if number == 0:
            return ("distinct",) * len(leaves)
        if number % 2:
            return (self._dealt("all", KINDS),) * len(leaves)
        return tuple(self._dealt(leaf, KINDS) for leaf in leaves)

    def _dealt(self, name: str, cards: tuple[Any, ...]) -> Any:
        """Return the next card of a deck that is shuffled whenever it is used up."""
        deck = self._decks.setdefault(name, [])
        if not deck:
            deck += [cards[int(k)] for k in self._rng.permutation(len(cards))]
        return deck.pop()


def find_untried(layer: Layer, seed: int, count: int) -> tuple[str, ...]:
    """Return in words which values of options, and which pairs of them, so few examples leave untried."""
    if layer.shapes is None or not layer.options:
        return ()
    plan = Plan(layer, seed)
    try:
        for _ in islice(plan, count):
            pass
    except (NoExample, LayerRaised):
        return ()
    single = {target[0] for target in plan.untried if len(target) == 1}
    shown = [target for target in plan.untried if len(target) == 1 or not single.intersection(target)]
    return tuple(
        " with ".join(f"{name}={list(layer.options[name])[position]!r}" for name, position in target)
        for target in shown
    )


def shrink(recipe: Recipe, layer: Layer, fails: Callable[[Recipe], bool]) -> Recipe:
    """Return the simplest recipe that still fails: small sizes first, then options, values and seed."""
    tries, seen = 0, {recipe.encode()}
    shrinking = True
    while shrinking:
        shrinking = False
        for simpler in _simpler(recipe):
            code = simpler.encode()
            if code in seen or not _fits(layer, simpler):
                continue
            seen.add(code)
            tries += 1
            if tries > SHRINKING:
                return recipe
            if fails(simpler):
                recipe, shrinking = simpler, True
                break
    return recipe


def _simpler(recipe: Recipe) -> Iterator[Recipe]:
    sizes, options, shape = recipe.sizes, recipe.options, recipe.any_shape
    yield replace(recipe, sizes={name: min(size, 1) for name, size in sizes.items()}, any_shape=())
    yield replace(recipe, sizes={name: min(size, 2) for name, size in sizes.items()})
    for name, size in sizes.items():
        for smaller in _smaller(size):
            yield replace(recipe, sizes={**sizes, name: smaller})
    for axis, size in enumerate(shape):
        yield replace(recipe, any_shape=(*shape[:axis], *shape[axis + 1 :]))
        for smaller in _smaller(size):
            yield replace(recipe, any_shape=(*shape[:axis], smaller, *shape[axis + 1 :]))
    yield replace(recipe, options=dict.fromkeys(options, 0))
    for name, position in options.items():
        for earlier in range(position):
            yield replace(recipe, options={**options, name: earlier})
    order = list(values.KINDS)
    for kind in order:
        if any(order.index(own) > order.index(kind) for own in recipe.kinds):
            yield replace(recipe, kinds=tuple(min(own, kind, key=order.index) for own in recipe.kinds))
    for position, own in enumerate(recipe.kinds):
        for kind in order[: order.index(own)]:
            yield replace(recipe, kinds=(*recipe.kinds[:position], kind, *recipe.kinds[position + 1 :]))
    for seed in range(min(recipe.seed, 3)):
        yield replace(recipe, seed=seed)


def _smaller(size: int) -> Iterator[int]:
    """Yield smaller sizes, none of them 0: the smallest, then by halving what is taken away."""
    if size > 1:
        yield 1
        less = size // 2
        while less:
            yield size - less
            less //= 2


def _within_budget(layer: Layer, recipe: Recipe, most: int) -> Recipe:
    """Return the recipe with its largest sizes reduced until the inputs have few enough entries."""
    while _entries(layer, recipe) > most:
        if max(recipe.any_shape, default=0) > SMALL:
            largest = max(range(len(recipe.any_shape)), key=recipe.any_shape.__getitem__)
            shape = [*recipe.any_shape]
            shape[largest] = (shape[largest] + 1) // 2
            recipe = replace(recipe, any_shape=tuple(shape))
            continue
        name = max(recipe.sizes, key=recipe.sizes.__getitem__, default="")
        if recipe.sizes.get(name, 0) <= SMALL:
            return recipe
        recipe = replace(recipe, sizes={**recipe.sizes, name: (recipe.sizes[name] + 1) // 2})
    return recipe


def _entries(layer: Layer, recipe: Recipe) -> int:
    known = {**recipe.sizes, **recipe.values_of(layer)}
    shapes = (evaluate_shape(shape, known, recipe.any_shape) for shape in layer.leaf_shapes.values())
    return sum(prod(max(n, 0) for n in shape) for shape in shapes)


def _fits(layer: Layer, recipe: Recipe, *, empty: bool = False) -> bool:
    """Return whether the layer takes a recipe's sizes and options."""
    known = {**recipe.sizes, **recipe.values_of(layer)}
    if len(recipe.kinds) != len(layer.leaf_shapes) or not _accepts(layer, known):
        return False
    ranges = ((size, layer.sizes.get(name, (0, size))) for name, size in recipe.sizes.items())
    if any(not low <= size <= high for size, (low, high) in ranges):
        return False
    if empty and not (0 in recipe.any_shape or has_empty_input(layer.leaf_shapes.values(), known)):
        return False
    bounds = (_bounds(layer, name, known) for name in layer.leaf_shapes)
    return all(found is None or found[0] <= found[1] for found in bounds)


def _accepts(layer: Layer, known: dict[str, Any]) -> bool:
    try:
        return layer.accepts(known)
    except BaseException as cause:
        if is_control(cause):
            raise
        raise LayerRaised(layer.name, "where", cause) from cause


def _bounds(layer: Layer, name: str, known: dict[str, Any]) -> tuple[float, float] | None:
    bounds = layer.declaration_for("domain", name, None)
    if bounds is None:
        return None
    low, high = (evaluate_shape(bound, known)[0] if isinstance(bound, str) else bound for bound in bounds)
    return low, high
