"""What the pages of `docs` and the contributor's guide say of the code holds."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

from tests.gradcheck.test_architecture import ROOMS as ROOMS_OF_HOUSE
from tests.gradcheck.test_architecture import floors

ROOT = Path(__file__).parent.parent
PAGES = ("docs/numerics.md", "docs/architecture.md", "CONTRIBUTING.md")
GUIDES = ("docs/architecture.md", "docs/glossary.md", "CONTRIBUTING.md")
OTHERS = {"cloudpickle", "concurrent.futures", "loky"}
"""What the guides mention of other packages."""
ROOMS = ("numerics", "judging", "evaluation", "checks")
FILE = re.compile(r"`((?:gradcheck|derivations|benchmarks|tests|docs|\.ci)/[\w./-]+)`")
NAME = re.compile(r"`([A-Za-z_][\w.]*)(?:\([^`]*\))?`")
CITED = re.compile(r"docs/numerics\.md, section (\d+)")
LONGEST = 25


def read(page):
    return (ROOT / page).read_text(encoding="utf-8")


def section(page, title):
    """Return the text under a heading, as far as the next of its level."""
    return read(page).split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def constants():
    """Yield name, file and value of every row of the table of constants."""
    for line in section("docs/numerics.md", "17. The constants").splitlines():
        cells = [cell.strip().strip("`") for cell in line.split("|")[1:-1]]
        if line.startswith("| `"):
            assert len(cells) == 7, line
            yield tuple(cells[:3])


TABLE = list(constants())
SOURCES = [
    path
    for folder in ("gradcheck", "derivations", "benchmarks", "tests")
    for path in sorted((ROOT / folder).rglob("*.py"))
]


def names_of(path):
    """Yield the folders and the file of a path, and every name that its code defines or reads."""
    yield from path.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for kind in ("id", "attr", "arg", "name"):
            if isinstance(name := getattr(node, kind, None), str):
                yield name


def module_of(file):
    return import_module(file.removesuffix(".py").replace("/", "."))


def is_number(value):
    if isinstance(value, dict | tuple):
        parts = value.values() if isinstance(value, dict) else value
        return bool(value) and all(map(is_number, parts))
    return isinstance(value, int | float) and not isinstance(value, bool)


def numbers(file):
    """Return the constants of a file that are numbers, or containers of them."""
    targets = [
        target
        for node in ast.parse(read(file)).body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    ]
    names = {t.id for t in targets if isinstance(t, ast.Name) and t.id.isupper()}
    return {name for name in names if is_number(getattr(module_of(file), name))}


def deciding():
    return sorted(
        str(p.relative_to(ROOT)) for room in ROOMS for p in (ROOT / "gradcheck" / room).rglob("*.py")
    )


@pytest.mark.parametrize(("name", "file", "value"), TABLE, ids=[f"{file} {name}" for name, file, _ in TABLE])
def test_constant_has_the_value_that_the_page_gives(name, file, value):
    assert getattr(module_of(file), name) == eval(value)


@pytest.mark.parametrize("file", deciding())
def test_every_number_with_a_name_that_decides_is_on_the_page(file):
    assert numbers(file) <= {name for name, where, _ in TABLE if where == file}


def test_no_constant_is_on_the_page_twice():
    assert len({row[:2] for row in TABLE}) == len(TABLE)


def test_sections_are_numbered_without_a_gap():
    found = re.findall(r"^## (\d+)\. ", read("docs/numerics.md"), re.MULTILINE)
    assert found == [str(k + 1) for k in range(len(found))]


def test_code_cites_sections_that_exist():
    there = set(re.findall(r"^## (\d+)\. ", read("docs/numerics.md"), re.MULTILINE))
    cited = {
        n for p in (ROOT / "gradcheck").rglob("*.py") for n in CITED.findall(p.read_text(encoding="utf-8"))
    }
    assert cited <= there


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_names_exists(page):
    named = {name for name in FILE.findall(read(page)) if "<" not in name and "your" not in name}
    assert named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


@pytest.fixture(scope="module")
def names():
    return {name for path in SOURCES for name in names_of(path)}


@pytest.mark.parametrize("page", GUIDES)
def test_every_name_that_a_guide_mentions_is_one_of_the_code(page, names):
    text = re.sub(r"```.*?```", "", read(page), flags=re.DOTALL)
    named = {name for name in NAME.findall(text) if not (ROOT / name).exists()}
    assert named
    unknown = {name for name in named if not set(name.removesuffix(".py").split(".")) <= names}
    assert unknown <= OTHERS


def test_rooms_stand_on_the_floors_of_the_page():
    rows = re.findall(r"^\| (\d+) \| (.*) \|$", section("docs/architecture.md", "Floors"), re.MULTILINE)
    told = {
        room: int(floor)
        for floor, rooms in rows
        for room in re.findall(r"`(\w+)`", rooms)
        if room in ROOMS_OF_HOUSE
    }
    assert told == {room: floors(room) - floors("_util") for room in ROOMS_OF_HOUSE}


def test_page_names_every_room():
    named = set(
        re.findall(r"^\| `gradcheck/(\w+)` \|", section("docs/architecture.md", "Rooms"), re.MULTILINE)
    )
    assert named | {"_util"} == set(ROOMS_OF_HOUSE)


def test_the_longest_way_is_told_in_few_lines_each_with_its_file():
    told = section("docs/architecture.md", "The longest way of data").split("```text\n")[1].split("```")[0]
    lines = told.splitlines()
    assert len(lines) <= LONGEST
    files = re.findall(r"[\w/]+\.py", told)
    assert len(files) >= 12
    assert [file for file in files if not (ROOT / "gradcheck" / file).exists()] == []


def test_the_longest_way_names_functions_that_its_files_hold():
    told = section("docs/architecture.md", "The longest way of data").split("```text\n")[1].split("```")[0]
    for file, function in re.findall(r"([\w/]+\.py)\s+([\w.]+)", told):
        text = read(f"gradcheck/{file}")
        defined = {n.name for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.ClassDef)}
        assert set(function.split(".")) <= defined, f"{file} has no {function}"
