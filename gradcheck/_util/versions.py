"""The versions of installed packages."""

from importlib.metadata import PackageNotFoundError, version


def version_of(package: str) -> str:
    """Return the version of a package, in words where it is not installed as one."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed as a package"
