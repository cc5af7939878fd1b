"""The page of mutants shows the source of a backward, and marks the lines on which mistakes live."""

import pytest

from gradcheck.html import write_mutants
from gradcheck.reporting import Fate, MutantReport, MutationReport

SOURCE = """def backward(g, x):
    bar = 0 * x
    if g.size < 3:
        bar[:1] = g[:1]
    return bar + g
"""


@pytest.fixture
def page(tmp_path):
    """Return the page of a layer with one survivor."""
    file = tmp_path / "mine.py"
    file.write_text(SOURCE, encoding="utf-8")
    made = [
        MutantReport(
            0, "sign", "backward", str(file), 5, "bar + g", "bar - g", Fate.KILLED, "wrong", "exact"
        ),
        MutantReport(
            *(1, "off by one", "backward", str(file), 4, "bar[:1] = g[:1]", "bar[:1] = g[:2]", Fate.SURVIVED),
            reason="only for <small> sizes",
            declaration='sizes={"n": (1, 4)}',
        ),
    ]
    target = tmp_path / "reports" / "mutants.html"
    write_mutants(target, [MutationReport("layer", tuple(made), 2, 0, 30)], seconds=1.0)
    return target.read_text(encoding="utf-8")


def test_source_stands_there_with_what_became_of_its_mutants(page):
    assert "<code>    return bar + g</code>" in page
    assert "1 killed" in page
    assert "<h1>50.0% of the planted mistakes are found</h1>" in page


def test_line_of_a_survivor_is_marked_with_the_diff_and_the_declaration(page):
    line = next(line for line in page.splitlines() if "bar[:1] = g[:1]</code>" in line)
    assert 'class="source lived"' in line
    assert "+ bar[:1] = g[:<ins>2</ins>]" in page
    assert "Declare <code>sizes={&#34;n&#34;: (1, 4)}</code>" in page


def test_markup_in_what_is_told_is_text(page):
    assert "only for &lt;small&gt; sizes" in page
    assert "only for \\u003csmall> sizes" in page
