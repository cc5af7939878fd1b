"""The JSON document, and the file that holds it."""

import json

from gradcheck import check
from gradcheck.reporting.json_document import document, unwritable, write_json
from tests.gradcheck.example_layers import SQUARE


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
