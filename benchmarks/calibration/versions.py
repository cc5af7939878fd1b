"""What a result was measured with."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import version

OWN = ("gradcheck", "numpy", "scipy", "hypothesis")
PACKAGES = (*OWN, "torch", "jax", "autograd")


def versions(packages: Sequence[str] = PACKAGES) -> dict[str, str]:
    """Return the versions of Python and of every package that takes part."""
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}
