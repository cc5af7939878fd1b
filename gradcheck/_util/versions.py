"""The versions of installed packages, and where the documentation is."""

from importlib.metadata import PackageNotFoundError, version

DOCUMENTATION = "https://gradcheck.example/"
"""The address of the site, as in `pyproject.toml`, where it is explained. It is written here too, for
a package that is not installed knows nothing of its project."""


def page_address(page: str) -> str:
    """Return the address of a page of the documentation, or of its first page."""
    return f"{DOCUMENTATION}{page}/" if page else DOCUMENTATION


def version_of(package: str) -> str:
    """Return the version of a package, in words where it is not installed as one."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed as a package"
