"""Right functions of PyTorch at random points: how many are called wrong. None should be."""

from __future__ import annotations

import warnings
from collections import Counter
from typing import Any

import gradcheck
from benchmarks.frameworks.layers import right


def count(examples: int, seed: int) -> dict[str, Any]:
    """Run the whole battery over random examples of every layer; return verdicts, and what was accused."""
    verdicts: Counter[str] = Counter()
    accused = []
    for layer in right():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a variance of nothing warns, where a size is zero
            report = gradcheck.check(layer, max_examples=examples, seed=seed)
        verdicts[report.verdict.value] += 1
        accused += [
            f"{layer.name}: {found.check}: {found.verdict.value}: {found.reason}"
            for found in report.results
            if found.verdict.is_failure or found.verdict.value == "UNVERIFIED"
        ]
    return {"points": examples * sum(verdicts.values()), "verdicts": dict(verdicts), "accused": accused}
