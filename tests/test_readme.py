"""The README's Python runs, and prints what the README says it prints."""

import contextlib
import io
import re
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_readme_prints_what_it_says():
    names: dict[str, object] = {"__name__": "readme"}
    printed = ""
    compared = 0
    for language, body in BLOCK.findall(README.read_text(encoding="utf-8")):
        if language == "python":
            assert not printed.strip(), f"the README does not show what this block prints: {printed}"
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(body, "README.md", "exec"), names)
            printed = out.getvalue()
        elif language == "text":
            assert printed.strip() == body.strip()
            printed, compared = "", compared + 1
    assert compared >= 3
