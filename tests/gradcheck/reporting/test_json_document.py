"""The JSON document, and the file that holds it."""

import json
from datetime import UTC, datetime
from importlib.metadata import version

from gradcheck import check
from gradcheck.reporting.json_document import document, unwritable, write_json
from tests.gradcheck.example_layers import SQUARE

DATE = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


def test_document_of_nothing_is_no_pass():
    found = document([])
    assert found["verdict"] == "UNVERIFIED"
    assert (found["layers"], found["claims"], found["deaths"]) == ([], [], [])


def test_document_says_which_version_wrote_it_and_when(monkeypatch):
    found = document([], date=DATE)
    assert (found["gradcheck"], found["date"]) == (version("gradcheck"), "2024-05-06T07:08:09+00:00")
    assert datetime.fromisoformat(document([])["date"]).tzinfo is not None
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert document([])["date"] == "1970-01-01T00:00:00+00:00"


def test_file_holds_the_document(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    found = [check(SQUARE, max_examples=2)]
    write_json(tmp_path / "report.json", found)
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8")) == document(found)


def test_writable_file_has_no_complaint_and_its_folder_is_made(tmp_path):
    assert unwritable(tmp_path / "out" / "of" / "report.json") is None
    assert (tmp_path / "out" / "of").is_dir()


def test_unwritable_file_has_its_reason(tmp_path):
    (tmp_path / "file").touch()
    inside = tmp_path / "file" / "report.json"
    assert unwritable(inside) == f"{str(inside)!r} can't be written: File exists"
    assert unwritable(tmp_path) == f"{str(tmp_path)!r} can't be written: Is a directory"
