"""The code blocks of the README and of the pages: each is run, and what it prints is what the page shows.

``python -m docs.website.blocks PAGE…`` runs the blocks of pages and writes what they print today into them.

A block of Python runs in a namespace that the page's blocks share, as the file of its title; a file of tests
is left to pytest. The block of text behind it is what it prints. A block of the console holds commands behind
``$``, run in the folder of these files, and what they print; ``…`` stands for lines that are left out.
"""

from __future__ import annotations

import contextlib
import io
import linecache
import os
import re
import shlex
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
"""Every page that somebody reads, but for those that the build makes."""
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w+)(?P<info>[^\n]*)\n(?P<body>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
TITLE = re.compile(r'title="([^"]+)"')
COLUMNS = "100"
"""The width of the terminal in which commands run: what fits on a page."""
LEFT_OUT = "…"
SMALL = re.compile(r"\b\d(?:\.\d+)?e-\d+\b")
"""What was measured of rounding: it differs a little from one processor to the next."""
SECONDS = re.compile(r"\b\d+\.\d+ ?s\b")
CALLS = re.compile(r"([\d,]+) forward (?:and ([\d,]+) VJP )?calls")
FEW_CALLS, PART_OF_CALLS = 10, 0.1
"""By how much, or by which part, numbers of calls may be off that a page shows: rounding, which differs from
one processor to the next, decides now and then whether one more is made."""


@dataclass(frozen=True)
class Block:
    """One block of a page.

    Parameters
    ----------
    language
        What stands behind its fence.
    title
        The file that it is, or nothing.
    body
        What stands in it, without its indentation.
    indent
        The spaces before its fence.
    start, end
        Where its body stands in the page.
    """

    language: str
    title: str
    body: str
    indent: str
    start: int
    end: int


def blocks(text: str) -> list[Block]:
    """Return the blocks of a page, in order."""
    return [
        Block(
            found["language"],
            title[1] if (title := TITLE.search(found["info"])) else "",
            textwrap.dedent(found["body"]),
            found["indent"],
            found.start("body"),
            found.end("body"),
        )
        for found in FENCE.finditer(text)
    ]


def runs(page: Path) -> bool:
    """Return whether a page has a block that is run."""
    return any(b.language in ("python", "console") for b in blocks(page.read_text(encoding="utf-8")))


def mask(text: str) -> str:
    """Return what a block prints without what differs from one machine to the next."""
    text = CALLS.sub("some calls", SECONDS.sub("0.0 s", SMALL.sub("1e-9", text)))
    return "\n".join(" ".join(re.sub("─+", "─", line).split()) for line in text.strip().splitlines())


def alike(shown: str, printed: str) -> bool:
    """Return whether a page shows what is printed, but for what is left out and what no machine repeats."""
    parts = re.split(rf"^ *{LEFT_OUT}$", mask(shown), flags=re.MULTILINE)
    pattern = r"(?:.*\n)*?".join(re.escape(part.strip("\n")) + "\n?" for part in parts)
    if re.fullmatch(pattern, mask(printed) + "\n") is None:
        return False
    return len(parts) > 1 or all(map(_are_near, _calls(shown), _calls(printed)))


def _calls(text: str) -> list[int]:
    """Return the numbers of calls that a text tells, in order."""
    return [int(said.replace(",", "")) for found in CALLS.findall(text) for said in found if said]


def _are_near(shown: int, printed: int) -> bool:
    return abs(shown - printed) <= max(FEW_CALLS, PART_OF_CALLS * printed)


def run(text: str, folder: Path) -> Iterator[tuple[Block, str]]:
    """Run the blocks of a page in a folder; yield each that shows what is printed, with that.

    Raises
    ------
    AssertionError
        If a block prints something that the page does not show, or shows what nothing prints.
    """
    names: dict[str, Any] = {"__name__": "page"}
    printed = ""
    for number, block in enumerate(blocks(text)):
        if block.language == "python":
            assert not printed.strip(), (
                f"the page does not show what is printed before block {number}: {printed}"
            )
            printed = _execute(block, folder / (block.title or f"block{number}.py"), names)
        elif block.language == "text":
            assert printed.strip(), f"nothing prints what block {number} shows: {block.body}"
            yield block, printed
            printed = ""
        elif block.language == "console":
            yield block, _command(block.body, folder)
    assert not printed.strip(), f"the page does not show what is printed last: {printed}"


def _execute(block: Block, file: Path, names: dict[str, Any]) -> str:
    file.write_text(block.body, encoding="utf-8")
    linecache.checkcache(str(file))
    if file.name.startswith("test_"):
        return ""  # pytest's
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.chdir(file.parent):
        exec(compile(block.body, str(file), "exec"), names)
    return out.getvalue()


def _command(body: str, folder: Path) -> str:
    """Run the commands of a block; return them as they stand there, each with what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": COLUMNS}
    for name in ("CI", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "PYTEST_ADDOPTS", "HYPOTHESIS_PROFILE"):
        environment.pop(name, None)
    said = []
    for line in body.splitlines():
        if line.startswith("$ "):
            words = [sys.executable, "-m", *shlex.split(line[2:].removeprefix("python -m "))]
            if words[2] == "pytest":
                words += ["-p", "no:cacheprovider"]
            done = subprocess.run(
                words, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=300
            )
            said += [line, (done.stdout + done.stderr).strip("\n")]
    return "\n".join(part.rstrip() for text in said for part in text.splitlines())


def rewrite(page: Path) -> int:
    """Write what the blocks of a page print today into it, where that is something else; return how many."""
    text = page.read_text(encoding="utf-8")
    changes = []
    with tempfile.TemporaryDirectory() as folder:
        for block, printed in run(text, Path(folder)):
            is_whole = not re.search(rf"^ *{LEFT_OUT}$", block.body, re.MULTILINE)
            if not alike(block.body, printed) or (is_whole and _calls(block.body) != _calls(printed)):
                changes.append((block, textwrap.indent(printed.strip("\n") + "\n", block.indent)))
    for block, printed in reversed(changes):
        text = text[: block.start] + printed + text[block.end :]
    page.write_text(text, encoding="utf-8")
    return len(changes)


def main(pages: Sequence[str]) -> int:
    """Rewrite the pages named, or all of them."""
    for page in map(Path, pages) if pages else filter(runs, PAGES):
        print(f"{page}: {rewrite(page)} written anew")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
