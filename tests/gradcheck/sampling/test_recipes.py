"""Examples are planned as the layer declares: sizes, options, domain, dtype; simplest first, and shrunk."""

from collections import Counter
from itertools import combinations, islice, product

import numpy as np
import pytest

from derivations import LAYERS
from gradcheck import Layer
from gradcheck.errors import LayerRaised
from gradcheck.layers import letters
from gradcheck.sampling.recipes import BLOCKS, ENTRIES, KINDS, NoExample, Plan, Recipe, shrink
from tests.gradcheck.example_layers import LINEAR, product_vjp

PAIR = {"a": "n m", "b": "m"}


def times(a, b):
    return a * b


def layer_of(**fields):
    fields.setdefault("shapes", PAIR)
    return Layer(fields.pop("forward", times), product_vjp, name="layer", **fields)


def planned(layer, count=100, **how):
    how.setdefault("seed", 0)
    return list(islice(Plan(layer, **how), count))


def shapes_of(layer, count=100, **how):
    return [[np.shape(p) for p in recipe.case(layer).primals] for recipe in planned(layer, count, **how)]


def test_equal_letters_are_equal_sizes():
    for x, w, b in shapes_of(LINEAR):
        assert (x[1], w[1]) == (w[0], b[0])


def test_sizes_at_which_blocks_end_are_visited_for_every_letter():
    recipes = planned(LINEAR, 300)
    for letter in ("n", "i", "o"):
        assert set(BLOCKS) <= {recipe.sizes[letter] for recipe in recipes}


def test_most_examples_stay_small_and_none_is_larger_than_the_budget():
    sizes = [sum(int(np.prod(shape)) for shape in shapes) for shapes in shapes_of(LINEAR)]
    assert max(sizes) <= ENTRIES
    assert sum(max(recipe.sizes.values()) <= 4 for recipe in planned(LINEAR)) >= 40


def test_several_sizes_grow_at_once():
    assert any(min(recipe.sizes.values()) > 4 for recipe in planned(LINEAR))


def test_declared_sizes_are_kept_to_and_used_to_their_end():
    recipes = planned(layer_of(sizes={"n": (5, 64), "m": (1, 2)}))
    sizes = [recipe.sizes["n"] for recipe in recipes]
    assert (min(sizes), max(sizes)) == (5, 64)
    assert {recipe.sizes["m"] for recipe in recipes} == {1, 2}


def test_exactly_one_size_of_an_empty_example_is_zero():
    for x, w, _ in shapes_of(LINEAR, empty=True):
        assert [*x, w[1]].count(0) == 1


def test_size_that_is_declared_positive_is_never_zero():
    assert all(n == 0 for (_, n), _ in shapes_of(layer_of(sizes={"n": (1, 9)}), empty=True))


def test_any_shape_is_the_same_wherever_it_is_written():
    for a, b in shapes_of(layer_of(shapes={"a": "...", "b": "n ..."})):
        assert b[1:] == a


def test_any_shape_has_a_zero_where_nothing_else_can():
    for a, b in shapes_of(layer_of(shapes={"a": "...", "b": "..."}), empty=True):
        assert a == b
        assert a.count(0) == 1


def test_where_holds_for_every_example():
    assert all(n > m for (n, m), _ in shapes_of(layer_of(where=lambda n, m: n > m)))


def test_where_that_takes_large_sizes_only_is_met():
    assert all(n > 20 for (n, _), _ in shapes_of(layer_of(where=lambda n: n > 20), 20))


def test_where_that_takes_nothing_is_said():
    with pytest.raises(NoExample, match="where= refuses every size that was tried"):
        planned(layer_of(where=lambda n: n > 1000), 1)


def test_exception_of_where_is_the_layer_s():
    with pytest.raises(LayerRaised, match=r"^where of 'layer' raised ZeroDivisionError"):
        planned(layer_of(where=lambda n: 1 / 0), 1)


def test_letter_that_names_an_option_takes_its_value():
    layer = layer_of(
        forward=lambda a, b, *, k, mode: a,
        shapes={"a": "k", "b": "2*k"},
        options={"k": (1, 3), "mode": ("same", "full")},
        where=lambda k, mode: k == 3 or mode == "same",
    )
    for recipe in planned(layer):
        case = recipe.case(layer)
        k = case.options["k"]
        assert [p.shape for p in case.primals] == [(k,), (2 * k,)]
        assert k == 3 or case.options["mode"] == "same"


def test_values_keep_to_domain_and_dtype():
    layer = layer_of(domain={"a": (0.1, 4.0), "b": (2.0, np.inf)}, dtype="float32")
    for recipe in planned(layer):
        a, b = recipe.case(layer).primals
        assert a.dtype == b.dtype == np.float32
        assert np.all((a >= np.float32(0.1)) & (a <= 4.0))
        assert np.all(b >= 2.0)


def test_simplest_example_comes_first():
    first = planned(LINEAR, 1)[0].case(LINEAR)
    assert [p.shape for p in first.primals] == [(1, 1), (1, 1), (1,)]
    assert np.abs(first.primals[0]) == 1.0


def test_every_kind_of_values_comes_for_every_input():
    recipes = planned(LINEAR)
    for leaf in range(3):
        assert {recipe.kinds[leaf] for recipe in recipes} == set(KINDS)


SWEPT = [layer for layer in LAYERS if layer.options][:10]


@pytest.mark.parametrize("layer", SWEPT, ids=lambda layer: layer.name)
def test_each_value_and_each_pair_of_values_of_the_options_is_tried(layer):
    """What is missing, `where` refuses: at no sizes up to 9 do those values go together."""
    plan = Plan(layer, 0)
    tried = Counter()
    for recipe in islice(plan, 100):
        chosen = sorted(recipe.options.items())
        tried.update([(value,) for value in chosen] + list(combinations(chosen, 2)))
    positions = {name: range(len(values)) for name, values in layer.options.items()}
    wanted = [((name, k),) for name in positions for k in positions[name]]
    for one, other in combinations(sorted(positions), 2):
        wanted += [((one, i), (other, j)) for i, j in product(positions[one], positions[other])]
    missing = [target for target in wanted if not tried[target]]
    assert plan.untried == []
    assert not [target for target in missing if is_taken(layer, dict(target))]


def is_taken(layer, target):
    """Return whether `where` takes some values of options at random sizes."""
    rng = np.random.default_rng(0)
    names = [name for name in letters(layer.leaf_shapes.values()) if name not in layer.options]
    for _ in range(1000):
        options = {
            name: values[target.get(name, int(rng.integers(len(values))))]
            for name, values in layer.options.items()
        }
        if layer.accepts({**options, **{name: int(rng.integers(1, 10)) for name in names}}):
            return True
    return False


def test_ten_layers_of_the_derivations_have_options():
    assert len(SWEPT) == 10


def test_twenty_values_are_each_tried_with_sizes_that_tell():
    layer = layer_of(forward=lambda a, b, *, k: a, options={"k": tuple(range(20))})
    recipes = planned(layer, 21)
    assert {recipe.options["k"] for recipe in recipes} == set(range(20))
    assert all(min(recipe.sizes.values()) > 1 for recipe in recipes[1:20])


def test_what_too_few_examples_leave_untried_is_known():
    layer = layer_of(forward=lambda a, b, *, k: a, options={"k": tuple(range(20))})
    plan = Plan(layer, 0)
    tried = {recipe.options["k"] for recipe in islice(plan, 8)}
    assert {k for ((_, k),) in plan.untried} == set(range(20)) - tried


def test_same_seed_gives_the_same_recipes():
    assert planned(LINEAR, seed=3) == planned(LINEAR, seed=3)
    assert planned(LINEAR, seed=3) != planned(LINEAR, seed=4)


def test_recipe_survives_the_database():
    for recipe in planned(LINEAR, 9):
        assert Recipe.decode(recipe.encode(), LINEAR) == recipe


@pytest.mark.parametrize("text", [b"", b"\x00\x01", b"[]", b'{"sizes": 3}', b'{"sizes": {"n": 1}}'])
def test_what_is_no_recipe_is_none(text):
    assert Recipe.decode(text, LINEAR) is None


def test_failing_recipe_is_shrunk_to_the_smallest_that_fails():
    big = Recipe({"n": 33, "i": 9, "o": 4}, {}, (), ("ties", "sparse", "normal"), 7)
    smallest = shrink(big, LINEAR, lambda r: r.sizes["n"] > 16 and r.kinds[1] == "sparse")
    assert smallest.sizes == {"n": 17, "i": 1, "o": 1}
    assert (smallest.kinds, smallest.seed) == (("distinct", "sparse", "distinct"), 0)


def test_options_are_shrunk_too():
    layer = layer_of(forward=lambda a, b, *, k, mode: a, options={"k": (1, 2, 3), "mode": ("a", "b")})
    big = Recipe({"n": 4, "m": 3}, {"k": 2, "mode": 1}, (), ("normal", "normal"), 1)
    assert shrink(big, layer, lambda r: r.options["k"] > 0).options == {"k": 1, "mode": 0}


def test_where_that_refuses_all_large_sizes_has_small_ones_drawn_in_their_turn():
    recipes = planned(layer_of(where=lambda n, m: max(n, m) < 5))
    assert len(recipes) == 100
    assert all(size < 5 for recipe in recipes for size in recipe.sizes.values())
