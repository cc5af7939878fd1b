"""The figure: drawn where matplotlib is, and a line about it where it is not."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from derivations.network.figure import FigureUnavailable, draw
from derivations.network.state import Epoch
from tests.derivations.network.tiny import bars, beginning

_, TESTED = bars().split()
STATE = replace(beginning(), history=(Epoch(2.0, 0.3, 0.4), Epoch(1.0, 0.6, 0.7)))


@pytest.mark.parametrize("mistaken", [0, 1, 6])
def test_a_picture_is_saved_however_many_are_mistaken(tmp_path, mistaken):
    pytest.importorskip("matplotlib")
    recognised = TESTED.labels.copy()
    recognised[:mistaken] = (recognised[:mistaken] + 1) % 3
    draw(tmp_path / "run.png", STATE, TESTED, recognised)
    assert (tmp_path / "run.png").read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_the_sentence_says_how_to_get_it(tmp_path, monkeypatch):
    for name in ("matplotlib", "matplotlib.figure", "matplotlib.backends.backend_agg"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(FigureUnavailable, match=r'pip install "gradcheck\[plot\]"'):
        draw(tmp_path / "run.png", STATE, TESTED, np.zeros(6, int))
    assert list(tmp_path.iterdir()) == []
