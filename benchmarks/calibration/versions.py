"""What a result was measured with."""

from __future__ import annotations

import platform
from importlib.metadata import version

PACKAGES = ("gradcheck", "numpy", "scipy", "hypothesis", "torch", "jax", "autograd")


def versions() -> dict[str, str]:
    """Return the versions of Python and of every package that takes part."""
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
