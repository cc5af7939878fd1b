"""``python -m benchmarks calibration``: what its arguments ask for."""

from __future__ import annotations

import argparse
from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark and return its exit status: 1 if a right gradient was called wrong, else 0."""
    parsed = _parser().parse_args(arguments)
    if parsed.ablation:
        from benchmarks.calibration import ablation

        return ablation.run(quick=parsed.quick, seed=parsed.seed)
    from benchmarks.calibration.strangers import measured

    status = 0
    if not parsed.strangers:
        from benchmarks.calibration import study  # the peers are needed for this alone

        status = study.run(quick=parsed.quick, cases=parsed.cases, seed=parsed.seed)
    return max(status, measured.run(quick=parsed.quick, seed=parsed.seed))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks calibration",
        description="Count false alarms on right gradients, broken layers caught, and planted errors found, "
        "beside PyTorch, JAX, autograd and SciPy; then the verdicts on layers as strangers write them. "
        "Results are written to benchmarks/results.",
        epilog="exit status: 1 if a right gradient was called wrong as the constants are, else 0",
    )
    parser.add_argument("--cases", type=_count, metavar="N", help="right gradients; default: 20000")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="default: %(default)s")
    parser.add_argument("--quick", action="store_true", help="a minute's worth, written to files of its own")
    parser.add_argument(
        "--strangers", action="store_true", help="only layers as strangers write them; needs no other checker"
    )
    parser.add_argument(
        "--ablation",
        action="store_true",
        help="in place of all that, try every constant at half and at twice its value: about ten minutes",
    )
    return parser


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        message = f"must be at least 1, got {count}"
        raise argparse.ArgumentTypeError(message)
    return count
