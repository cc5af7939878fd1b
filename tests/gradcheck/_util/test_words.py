"""A number and its noun agree."""

import pytest

from gradcheck._util import count_noun


@pytest.mark.parametrize(
    ("number", "noun", "plural", "said"),
    [
        (0, "check", "", "0 checks"),
        (1, "check", "", "1 check"),
        (1234, "check", "", "1,234 checks"),
        (1, "entry", "entries", "1 entry"),
        (2, "entry", "entries", "2 entries"),
    ],
)
def test_a_noun_is_in_the_number_that_is_counted(number, noun, plural, said):
    assert count_noun(number, noun, plural) == said
