"""Hooks of MkDocs: what the site shows and no file of `docs` holds is made when it is built."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).parent.parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # `mkdocs build` does not look beside mkdocs.yml, `python -m mkdocs` does

from mkdocs.structure.files import File  # noqa: E402

from derivations import FAMILIES  # noqa: E402
from docs.website import derived, figures, typeset  # noqa: E402

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

COPIED = {"contributing.md": "CONTRIBUTING.md", "changelog.md": "CHANGELOG.md", "security.md": "SECURITY.md"}
"""Pages that stand at the root of the repository, where people look for them."""
RESULTS = ("calibration.svg", "peers.svg")
RESULT = re.compile(r"^<!-- (words|table (\d+)) of (benchmarks/results/[\w-]+\.md) -->$", re.MULTILINE)
"""What was measured stands in one place, and is put into pages when they are built."""
MATH = re.compile(r"^```math\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Read the site's address where the package has it, and list the pages of folders."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    config.site_url = project["urls"]["Documentation"]
    docs = Path(config.docs_dir)
    for group in config.nav or []:
        ((title, entries),) = group.items()
        if title == "When it fails":
            causes = sorted(f"causes/{path.name}" for path in (docs / "causes").glob("*.md"))
            group[title] = [
                {"Causes": causes} if entry == {"Causes": "causes"} else entry for entry in entries
            ]
        if title == "Derivations":
            at = len(entries) - 1
            entries[at:at] = [f"derivations/{family}.md" for family in FAMILIES]
        if title == "How to" and (docs / "mutants.md").exists():
            entries.append({"Mutants": "mutants.md"})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made."""
    made: list[tuple[str, str | bytes]] = [(f"figures/{name}", text) for name, text in figures.draw()]
    made += [(path, (ROOT / source).read_text(encoding="utf-8")) for path, source in COPIED.items()]
    made += [(f"results/{name}", (ROOT / "benchmarks/results" / name).read_bytes()) for name in RESULTS]
    made += list(derived.pages())
    for path, content in made:
        files.append(File.generated(config, path, content=content))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Typeset the formulas of a page, and show what was measured."""
    return MATH.sub(lambda found: typeset.latex(" ".join(found[1].split())), RESULT.sub(_measured, markdown))


def _measured(found: re.Match[str]) -> str:
    """Return a table of a file of results, by its number, or the paragraphs behind its tables."""
    paragraphs = (ROOT / found[3]).read_text(encoding="utf-8").strip().split("\n\n")
    tables = [paragraph for paragraph in paragraphs if paragraph.startswith("|")]
    if found[2]:
        return tables[int(found[2]) - 1]
    return "\n\n".join(paragraph for paragraph in paragraphs if not paragraph.startswith(("|", "#", "*")))
