"""The README and the pages of `docs` do as they say: blocks run, commands are read, links lead somewhere."""

import re
import shlex
import tomllib
from importlib.util import find_spec

import pytest

from docs.website.blocks import FENCE, PAGES, ROOT, alike, blocks, run, runs
from gradcheck.checks import CHECKS
from gradcheck.cli import main

GUIDES = (*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", ROOT / "CHANGELOG.md")
ILLUSTRATED = ("architecture.md",)
"""Pages with a block of text that nothing prints."""
MADE = ("contributing.md", "changelog.md", "security.md", "results/", "figures/", "derivations/")
"""What the build makes, and checks by itself."""
LARGEST = 8000
"""Bytes of the README: one screen."""
KNOWN = {"python", "text", "console", "sh", "toml", "yaml", "math"}


def name_of(page):
    return str(page.relative_to(ROOT))


def read(page):
    return page.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", [page for page in PAGES if runs(page)], ids=name_of)
def test_page_prints_what_it_says(page, tmp_path, monkeypatch):
    monkeypatch.setenv("HYPOTHESIS_STORAGE_DIRECTORY", str(tmp_path))
    for block, printed in run(read(page), tmp_path):
        assert alike(block.body, printed), (
            f"{name_of(page)} shows\n{block.body}\nbut this is printed:\n{printed}"
        )


@pytest.mark.parametrize("page", GUIDES, ids=name_of)
def test_every_block_is_of_a_kind_that_is_looked_at(page):
    assert {block.language for block in blocks(read(page))} <= KNOWN
    fences = re.findall(r"^ *```", read(page), re.MULTILINE)
    assert len(fences) == 2 * len(blocks(read(page)))


@pytest.mark.parametrize("page", [page for page in PAGES if not runs(page)], ids=name_of)
def test_a_page_without_code_shows_no_output(page):
    assert page.name in ILLUSTRATED or "```text" not in read(page)


def commands(page):
    """Yield every command of a page's shell blocks, in words, without its comment."""
    for block in blocks(read(page)):
        if block.language == "sh":
            for line in block.body.splitlines():
                words = shlex.split(line, comments=True)
                while words:
                    end = words.index("&&") if "&&" in words else len(words)
                    yield words[:end]
                    words = words[end + 1 :]


@pytest.mark.parametrize("page", [p for p in GUIDES if "```sh" in read(p)], ids=name_of)
def test_every_command_is_understood(page, capsys):
    """Those of a fresh machine run as they are in ``.ci/run``; of the others the words are read."""
    for command in commands(page):
        if command[0] == "gradcheck":
            with pytest.raises(SystemExit, match="0"):
                main([*command[1:], "--help"])
            helped = capsys.readouterr().out
            assert all(word in helped for word in command if word.startswith("--"))
        elif command[:2] == ["python", "-m"]:
            assert find_spec(command[2]) is not None, command
        else:
            assert command[0] in ("python3", ".", "pip", "pytest", "ruff", "mypy"), command


def test_readme_is_one_screen_with_the_command_to_set_up_and_the_one_to_test():
    assert len((ROOT / "README.md").read_bytes()) <= LARGEST
    said = [" ".join(command) for command in commands(ROOT / "README.md")]
    assert "gradcheck verify derivations" in said
    assert "\npython -m pytest -n 2\n" in read(ROOT / "README.md")


@pytest.mark.parametrize("page", [page for page in PAGES if "```toml" in read(page)], ids=name_of)
def test_configuration_is_that_of_the_plugin(page, pytestconfig):
    for block in blocks(read(page)):
        if block.language == "toml":
            for name in tomllib.loads(block.body)["tool"]["pytest"]["ini_options"]:
                assert pytestconfig.getini(name) is not None


@pytest.mark.parametrize("page", [page for page in PAGES if "```yaml" in read(page)], ids=name_of)
def test_workflow_can_be_read_and_its_options_are_those_of_the_plugin(page, pytestconfig):
    yaml = pytest.importorskip("yaml", reason="it comes with mkdocs")
    for block in blocks(read(page)):
        if block.language == "yaml":
            assert {"name", "jobs"} <= yaml.safe_load(block.body).keys()
            for option in re.findall(r"--(gradcheck-[a-z-]+)", block.body):
                pytestconfig.getoption(option.replace("-", "_"))


MEASURED = {
    "none: false alarms": "rejected",
    "1e-01": "a tenth",
    "1e-03": "a thousandth",
    "1e-06": "a millionth",
}
"""Rows of the calibration, and a word of each in the README."""


def cells(line):
    return [cell.strip(" %") for cell in line.split("|")[1:-1]]


@pytest.mark.parametrize(("row", "word"), MEASURED.items())
def test_the_table_of_the_readme_is_the_calibration_of_today(row, word):
    results = read(ROOT / "benchmarks" / "results" / "calibration.md").splitlines()
    names = cells(next(line for line in results if line.startswith("| error in one entry")))
    found = dict(
        zip(names, cells(next(line for line in results if line.startswith(f"| {row}"))), strict=True)
    )
    shown = cells(
        next(line for line in read(ROOT / "README.md").splitlines() if "|" in line and word in line)
    )
    for tool, value in zip(
        ("gradcheck", "torch gradcheck, slow", "jax check_grads", "scipy check_grad"), shown[1:], strict=True
    ):
        digits = len(value.partition(".")[2])
        assert f"{float(found[tool]):.{digits}f}" == value, tool


CAUSES = sorted((ROOT / "docs" / "causes").glob("*.md"))


@pytest.mark.parametrize("page", CAUSES, ids=name_of)
def test_a_cause_is_quoted_as_its_example_prints_it(page):
    (quoted,) = re.findall(r"^> (.*)$", read(page), re.MULTILINE)
    printed = " ".join(next(b.body for b in blocks(read(page)) if b.language == "text").split())
    assert all(part.strip().replace("`", "") in printed.replace("`", "") for part in quoted.split("…"))


def test_reading_a_failure_leads_to_every_cause():
    linked = re.findall(r"\]\(causes/([\w-]+)\.md\)", read(ROOT / "docs" / "failure.md"))
    assert sorted(linked) == [page.stem for page in CAUSES]


def test_every_check_has_a_section_or_a_row_on_its_page():
    text = read(ROOT / "docs" / "checks.md")
    said = re.findall(r"^## ([\w-]+)$|^\| ([\w-]+) \|", text, re.MULTILINE)
    assert {check.name for check in CHECKS} <= {name for pair in said for name in pair}


def anchors(page):
    """Return the places of a page that a link may lead to."""
    titles = re.findall(r"^#+ (.*)$", FENCE.sub("", read(page)), re.MULTILINE)
    plain = (re.sub(r"[^\w\s-]", "", title.lower()).strip() for title in titles)
    return {re.sub(r"[\s-]+", "-", title) for title in plain}


@pytest.mark.parametrize("page", GUIDES, ids=name_of)
def test_links_lead_somewhere(page):
    text = FENCE.sub("", read(page))
    for address in re.findall(r"\]\(([^)\s]+)\)", text):
        if address.startswith(("https://", "http://")):
            assert not address.startswith("http://"), address
            continue
        file, _, place = address.partition("#")
        inside = (page.parent / file).resolve() if file else page
        if str(inside.relative_to(ROOT)).removeprefix("docs/").startswith(MADE) and not inside.exists():
            continue
        assert inside.exists(), f"{name_of(page)}: there is no {address}"
        if place and inside.suffix == ".md":
            assert place in anchors(inside), f"{name_of(page)}: {file} has no #{place}"
