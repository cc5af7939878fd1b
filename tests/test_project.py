"""What the project says of itself in several files is one thing."""

import re
import tomllib

from docs.website.blocks import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_address_of_the_site_is_the_same_everywhere():
    address = PROJECT["urls"]["Documentation"]
    assert all(each.startswith(address) for each in PROJECT["urls"].values())
    assert f"url: {address}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_the_version_is_written_in_one_place_beside_the_changelog_and_the_wheel():
    said = [
        str(path.relative_to(ROOT))
        for pattern in (
            "gradcheck/**/*.py",
            "derivations/**/*.py",
            "*.md",
            "*.cff",
            "docs/*.md",
            "mkdocs.yml",
        )
        for path in ROOT.glob(pattern)
        if re.search(rf"\b{re.escape(PROJECT['version'])}\b", path.read_text(encoding="utf-8"))
    ]
    assert set(said) <= {"CHANGELOG.md", "docs/peers.md"}
