"""Trees of tuples, lists and dicts: leaves with their paths, and trees of the same structure."""

from collections import namedtuple

from hypothesis import given
from hypothesis import strategies as st

from gradcheck._util.tree import leaves, map_leaves, match_leaves, unflatten

TREES = st.recursive(
    st.integers(),
    lambda branches: (
        st.lists(branches, max_size=3)
        | st.tuples(branches, branches)
        | st.dictionaries(st.sampled_from("abc"), branches, max_size=3)
    ),
    max_leaves=8,
)


def test_leaves_come_with_the_path_one_would_write():
    tree = {"W": 1, "rest": [2, (3, None)]}
    assert dict(leaves(tree, "p")) == {
        "p['W']": 1,
        "p['rest'][0]": 2,
        "p['rest'][1][0]": 3,
        "p['rest'][1][1]": None,
    }


def test_a_leaf_has_the_path_that_leads_to_it():
    assert list(leaves(1.5, "x")) == [("x", 1.5)]


@given(TREES)
def test_a_tree_rebuilt_from_its_own_leaves_is_the_same(tree):
    assert unflatten(tree, [leaf for _, leaf in leaves(tree)]) == tree


@given(TREES)
def test_aligned_with_itself_gives_its_leaves(tree):
    assert match_leaves(tree, tree) == [leaf for _, leaf in leaves(tree)]


@given(TREES)
def test_mapped_keeps_the_structure(tree):
    doubled = map_leaves(tree, lambda leaf: 2 * leaf)
    assert [leaf for _, leaf in leaves(doubled)] == [2 * leaf for _, leaf in leaves(tree)]
    assert [path for path, _ in leaves(doubled)] == [path for path, _ in leaves(tree)]


def test_a_named_tuple_stays_one():
    pair = namedtuple("pair", "w b")
    assert map_leaves(pair(1, 2), str) == pair("1", "2")


def test_none_stands_for_a_whole_branch_and_for_a_missing_key():
    assert match_leaves({"a": [1, 2], "b": 3}, {"b": 7}) == [None, None, 7]
    assert match_leaves((1, (2, 3)), (5, None)) == [5, None, None]


def test_other_structures_are_not_aligned():
    assert match_leaves({"a": 1}, {"z": 1}) is None
    assert match_leaves((1, 2), (1,)) is None
    assert match_leaves([1, 2], 3) is None
    assert match_leaves({"a": 1}, [1]) is None
    assert match_leaves((1, (2, 3)), (1, 2)) is None
