"""``python -m benchmarks NAME``: run one benchmark by its name."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

BENCHMARKS = {
    "accuracy": ("benchmarks.accuracy.command", "derivatives and their error bars, beside their true errors"),
    "calibration": ("benchmarks.calibration.command", "false alarms, and wrong gradients found"),
    "startup": ("benchmarks.startup.command", "what the plugin adds to pytest's start where it is unused"),
    "localisation": ("benchmarks.localisation.command", "calls that finding wrong entries takes"),
    "causes": ("benchmarks.causes.command", "whether the first cause that is named is the true one"),
    "hidden": ("benchmarks.hidden.command", "mistakes in a corner of the domain, beside the peers"),
    "kernels": ("benchmarks.kernels.command", "convolutions and a training step, beside PyTorch"),
    "frameworks": (
        "benchmarks.frameworks.command",
        "functions of PyTorch and JAX, beside their own checkers",
    ),
    "peers": ("benchmarks.peers.command", "what a verdict costs, beside the other checkers"),
}
"""Name, module with a ``main(arguments) -> int``, what it measures; only the one that runs is imported."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark that the first argument names, and return its exit status."""
    names = "\n".join(f"  {name:12} {measures}" for name, (_, measures) in BENCHMARKS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=f"Run one benchmark:\n\n{names}",
        epilog="They take packages that gradcheck itself does not need: pip install -e '.[bench]'",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("benchmark", choices=BENCHMARKS)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="as NAME --help lists them")
    parsed = parser.parse_args(arguments)
    module, _ = BENCHMARKS[parsed.benchmark]
    try:
        status: int = importlib.import_module(module).main(parsed.arguments)
    except ModuleNotFoundError as missing:  # some import what a part of them needs where that part runs
        said = f"the benchmark {parsed.benchmark!r} needs {missing.name}: pip install -e '.[bench]'"
        print(f"python -m benchmarks: {said}", file=sys.stderr)
        return 2
    return status


if __name__ == "__main__":
    raise SystemExit(main())
