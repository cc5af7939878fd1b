"""What the machine finds about every claim of the article: the expected verdicts stand here and only here."""

import ast
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import derivations.article
from derivations.article import BESIDE, CLAIMS
from gradcheck import decide
from tests.derivations.article.rulings import BY_ID, CORRECTIONS, EVERY, ruling

HOLDS, HOLDS_IF, REFUTED, UNFINISHED = "holds", "holds if", "refuted", "unfinished"
EXPECTED = {
    "R1": HOLDS,
    "R2": HOLDS,
    "R3": HOLDS,
    "R4": HOLDS,
    "R5": HOLDS,
    "R6": HOLDS,
    "R7": HOLDS,
    "C0": REFUTED,
    "C1": HOLDS,
    "C2": HOLDS,
    "C3": REFUTED,
    "C4": HOLDS,
    "C5": HOLDS,
    "C6": HOLDS,
    "C7": HOLDS,
    "C8": HOLDS_IF,
    "C9": HOLDS,
    "M1": HOLDS_IF,
    "M2": HOLDS,
    "M3": HOLDS_IF,
    "N1": HOLDS,
    "N2": HOLDS,
    "N3": REFUTED,
    "N4": HOLDS,
    "P1": HOLDS,
    "F1": HOLDS,
    "I1": UNFINISHED,
    "A1": UNFINISHED,
    "A2": UNFINISHED,
    "E1": UNFINISHED,
}
CONDITIONS = {
    "C8": {"the kernel is the sliding operand X"},
    "M1": {"the maximum is unique"},
    "M3": {"each window's maximum is unique", "placements that meet, where windows overlap, are added"},
}
SOURCES = sorted(Path(derivations.article.__file__).parent.glob("*.py"))


def test_the_claims_are_the_rows_of_the_article_in_its_order():
    assert tuple(claim.id for claim in CLAIMS) == tuple(EXPECTED)
    assert len(EVERY) == len(CLAIMS) + len(BESIDE) + len(CORRECTIONS)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_verdict(name):
    found = ruling(name)
    assert found.decision.value == EXPECTED[name], found.reason
    assert set(found.conditions) == CONDITIONS.get(name, set())


@pytest.mark.parametrize("name", [claim.id for claim in BESIDE])
def test_what_stands_beside_the_article_holds(name):
    assert ruling(name).decision.value == HOLDS


@pytest.mark.parametrize("name", [n for n, verdict in EXPECTED.items() if verdict in (REFUTED, UNFINISHED)])
def test_what_is_refuted_or_unfinished_comes_with_a_correction_that_holds(name):
    correction = ruling(name).correction
    assert correction is not None
    assert correction.decision.value == HOLDS, correction.reason


@pytest.mark.parametrize("name", EXPECTED)
def test_nothing_holds_without_having_been_tried(name):
    found = ruling(name) if EXPECTED[name] not in (REFUTED, UNFINISHED) else ruling(name).correction
    planned = 1 if not found.claim.shapes else 25 if found.claim.numerical else 100
    assert found.trials >= 0.9 * planned
    if found.claim.degree is not None:
        assert found.chance < 1e-100


@pytest.mark.parametrize("name", [n for n, v in EXPECTED.items() if v in (REFUTED, HOLDS_IF)])
def test_every_false_claim_comes_with_a_counterexample_that_is_one(name):
    shown = ruling(name).counterexample
    claim = BY_ID[name]
    left = np.asarray(claim.lhs(*shown.inputs.values(), **shown.options))
    right = np.asarray(claim.rhs(*shown.inputs.values(), **shown.options))
    assert left.shape != right.shape or np.any(left != right)


@pytest.mark.parametrize("seed", range(5))
def test_the_smallest_counterexample_to_n3_has_one_input_channel_and_two_outputs(seed):
    shown = decide(replace(BY_ID["N3"], correction=None), seed=seed, trials=20).counterexample
    shapes = {name: array.shape for name, array in shown.inputs.items()}
    assert shapes == {"I": (1, 1, 1), "K": (1, 2, 1, 1), "dO": (2, 1, 1)}


@pytest.mark.parametrize("seed", range(5))
def test_the_smallest_counterexample_to_c8_is_a_single_tap_on_two_entries(seed):
    found = decide(replace(BY_ID["C8"], linear_in=()), seed=seed)
    assert set(found.conditions) == CONDITIONS["C8"]
    assert {n: a.shape for n, a in found.counterexample.inputs.items()} == {
        "W": (1, 2),
        "X": (1, 1),
        "dY": (1, 2),
    }
    assert found.counterexample.options == {"kernel": "W"}


@pytest.mark.parametrize("seed", range(5))
def test_the_smallest_counterexample_to_m1_is_a_tie_of_two(seed):
    shown = decide(BY_ID["M1"], seed=seed).counterexample
    assert shown.inputs["x"].tolist() == [0, 0]
    assert shown.left.tolist() == [Fraction(1, 2), Fraction(1, 2)]


@pytest.mark.parametrize("name", ["C0", "C3", "C8", "M3", "N3"])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_verdict_does_not_depend_on_the_seed(name, seed):
    found = decide(replace(BY_ID[name], correction=None, linear_in=()), seed=seed)
    assert found.decision.value == EXPECTED[name]
    assert set(found.conditions) == CONDITIONS.get(name, set())


def test_the_numbers_of_the_articles_maximum():
    claim, x = BY_ID["M1"], np.array([5, 9, 7, 6])
    assert claim.lhs(x).tolist() == claim.rhs(x).tolist() == [0, 1, 0, 0]


def test_without_scikit_learn_what_e1_supplies_is_undecided_and_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    found = decide(BY_ID["E1"])
    assert found.decision.value == UNFINISHED
    assert found.correction.decision.value == "undecided"
    assert 'pip install "gradcheck[data]"' in found.correction.reason


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_no_verdict_is_written_where_the_claims_are(source):
    text = source.read_text(encoding="utf-8")
    names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    assert not names & {"Decision", "Ruling", "Verdict", "decide"}
    assert not any(word in text for word in ("refuted", "REFUTED", "HOLDS"))
    assert len(text.splitlines()) < 250


def test_importing_the_article_is_light():
    program = (
        "import sys, derivations.article, derivations.symbolic;"
        "print(*sorted({'hypothesis', 'sklearn', 'sympy', 'pytest'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("name", EVERY)
def test_a_claim_says_in_words_formula_and_place_what_it_claims(name):
    claim = EVERY[name]
    assert claim.statement
    assert claim.section
    assert claim.latex or claim.lhs is None
    assert "\t" not in claim.latex
    assert claim.latex.count("{") == claim.latex.count("}")


def test_claims_of_one_section_stand_together():
    sections = [claim.section for claim in CLAIMS]
    changes = [s for s, before in zip(sections, [None, *sections], strict=False) if s != before]
    assert len(changes) == len(set(changes))
