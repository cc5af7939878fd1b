"""The first-ranked cause of a planted bug is the true one, and a wrong one is asserted of none.

`confusion.txt` has it all; ``python -m tests.gradcheck.diagnosis.confusion`` writes it anew.
"""

import pytest

from derivations import LAYERS
from tests.broken import BROKEN, RIGHT_EXTRAS
from tests.gradcheck.diagnosis.causes import TRUE
from tests.gradcheck.diagnosis.confusion import DIAGNOSED, NONE, TABLE, UNSEEN, agrees, pinned, told, written
from tests.gradcheck.diagnosis.wrong import silent
from tests.nightly import by_night

pytestmark = pytest.mark.usefixtures("known_mistakes_alone")

SHARE = 0.9
SMALL = (
    "linear",
    "sigmoid",
    "leaky_relu",
    "mean_squared_error",
    "square",
    "gather",
    "matmul_with_jvp",
    "sine_rounded_to_float32",
)
RIGHT = [layer for layer in (*LAYERS, *RIGHT_EXTRAS) if layer.name in SMALL]


@pytest.mark.parametrize(
    "entry", by_night(DIAGNOSED, by_day=DIAGNOSED[::3]), ids=lambda entry: entry.layer.name
)
def test_first_ranked_cause_is_the_one_that_is_written_down(entry):
    assert told(entry) == pinned()[entry.layer.name]


def test_true_cause_is_ranked_first_for_nine_of_ten():
    causes = pinned()
    right = [name for name in TRUE if agrees(name, causes[name])]
    assert len(right) >= SHARE * len(TRUE)


def test_wrong_cause_is_asserted_of_none():
    asserted = {name: said for name, said in pinned().items() if said not in (NONE, UNSEEN)}
    assert {name: said for name, said in asserted.items() if not agrees(name, said)} == {}


def test_table_is_that_of_the_causes_above_it(capsys):
    text = TABLE.read_text(encoding="utf-8")
    with capsys.disabled():
        print("\n" + text.partition("\n\n")[2])
    assert text == written(pinned())


def test_every_planted_bug_is_in_the_table():
    assert list(pinned()) == [entry.layer.name for entry in DIAGNOSED]
    assert set(TRUE) <= set(pinned()) <= {entry.layer.name for entry in BROKEN}


@pytest.mark.parametrize("layer", [pytest.param(layer, id=layer.name) for layer in RIGHT])
def test_right_layer_has_no_failing_example(layer):
    assert silent(layer)
