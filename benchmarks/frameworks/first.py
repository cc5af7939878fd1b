"""What the first check of a function of JAX takes in a fresh process, where nothing is compiled yet.

``python -m benchmarks.frameworks.first WAY`` prints the seconds of one way, without those of the imports.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median
from typing import Any

from benchmarks.frameworks.race import JAX_AT_POINT

OTHER = "check_grads"
ROUNDS = 3
"""Each is a process of some seconds, and takes a second or more: half of them would let one hiccup decide."""


def rows() -> Iterator[dict[str, Any]]:
    """Yield the seconds of each way at a point, each in processes of its own, with those of `check_grads`."""
    taken: dict[str, list[float]] = {way: [] for way in JAX_AT_POINT}
    for _ in range(ROUNDS):
        for way, seconds in taken.items():
            seconds.append(_in_fresh_process(way))
    other = median(taken.pop(OTHER))
    for way, seconds in taken.items():
        yield {"what": f"{way}, first in its process", "seconds": median(seconds), "other": other}


def _in_fresh_process(way: str) -> float:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.frameworks.first", way]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main(way: str) -> None:
    """Print the seconds that one way takes."""
    judge = JAX_AT_POINT[way]
    started = time.perf_counter()
    judge()
    print(time.perf_counter() - started)


if __name__ == "__main__":
    main(sys.argv[1])
