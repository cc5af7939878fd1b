"""Hypothesis profiles: ``dev`` explores, ``ci`` repeats itself, ``nightly`` explores twenty times as far.

The last one also runs what `by_night` of ``tests/nightly.py`` leaves out by day.
"""

import os

from hypothesis import settings

pytest_plugins = ["pytester"]
# JAX compiles hundreds of small functions that run a few times: a fifth sooner, and they compute the same.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
DEV_EXAMPLES = 25

settings.register_profile("dev", max_examples=DEV_EXAMPLES, deadline=None)
settings.register_profile("ci", max_examples=DEV_EXAMPLES, deadline=None, derandomize=True)
settings.register_profile("nightly", max_examples=20 * DEV_EXAMPLES, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))
