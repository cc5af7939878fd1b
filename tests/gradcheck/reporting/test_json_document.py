"""The JSON document, and reports of single checks that become one of the layer."""

import json

import pytest

from gradcheck import Verdict, check
from gradcheck.checks import CHECKS
from gradcheck.reporting.json_document import document, merged, unwritable, write_json
from gradcheck.running.verify import run
from tests.gradcheck.example_layers import MISSING_SUM, SQUARE


@pytest.mark.parametrize("layer", [SQUARE, MISSING_SUM])
def test_reports_of_single_checks_make_the_layer_s_report(layer):
    whole = check(layer, seed=3, max_examples=4)
    parts = [run(layer, seed=3, max_examples=4, checks=(c,)) for c in reversed(CHECKS)]
    assert merged(parts).as_dict() == whole.as_dict()


def test_what_was_run_outranks_what_does_not_apply():
    (ran,) = (run(SQUARE, seed=0, max_examples=2, checks=(c,)) for c in CHECKS if c.name == "purity")
    (refused,) = (run(SQUARE, seed=0, max_examples=2, checks=(c,)) for c in CHECKS if c.name == "oracle")
    for parts in ([ran, refused], [refused, ran], [refused, ran, refused]):
        verdicts = {r.check: r.verdict for r in merged(parts).results}
        assert verdicts == {"oracle": Verdict.NOT_APPLICABLE, "purity": Verdict.CORRECT}


def test_document_of_nothing_is_no_pass():
    assert document([]) == {"verdict": "UNVERIFIED", "layers": [], "claims": [], "deaths": []}


def test_file_holds_the_document(tmp_path):
    found = [check(SQUARE, max_examples=2)]
    write_json(tmp_path / "report.json", found)
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8")) == document(found)


def test_writable_file_has_no_complaint_and_another_has_its_reason(tmp_path):
    assert unwritable(tmp_path / "report.json") is None
    missing = tmp_path / "missing" / "report.json"
    assert unwritable(missing) == f"{str(missing)!r} can't be written: No such file or directory"
