"""The versions of installed packages, and where the documentation is."""

from importlib.metadata import PackageNotFoundError, version


def page_address(page: str) -> str:
    """Return where a page of the documentation is, for somebody who may have the package alone."""
    return f"docs/{page}.md in the project's repository"


def version_of(package: str) -> str:
    """Return the version of a package, in words where it is not installed as one."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed as a package"
