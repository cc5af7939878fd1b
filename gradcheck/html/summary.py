"""The first screen in words: what was checked, what is wrong, how sure that is."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gradcheck._util import count_noun, version_of
from gradcheck.reporting import STYLES, count_decisions
from gradcheck.types import SEVERITY, Verdict

VERSIONS = ("gradcheck", "numpy", "scipy", "hypothesis")


def headline(document: Mapping[str, Any]) -> str:
    """Return the verdict on everything in one sentence."""
    layers, claims = document["layers"], document["claims"]
    if document["verdict"] == Verdict.CORRECT.value:
        if not layers:
            return (
                f"All {count_noun(len(claims), 'claim')} are decided"
                if len(claims) > 1
                else "The claim is decided"
            )
        text = f"All {len(layers)} layers are correct" if len(layers) > 1 else "The layer is correct"
        return f"{text}, and {count_noun(len(claims), 'claim')} decided" if claims else text
    parts = []
    for verdict in (Verdict.WRONG, Verdict.FLAWED, Verdict.UNVERIFIED):
        for found, noun in ((layers, "layer"), (claims, "claim")):
            number = sum(each["verdict"] == verdict.value for each in found)
            if number:
                verb = "is" if number == 1 else "are"
                parts.append(f"{number} of {count_noun(len(found), noun)} {verb} {STYLES[verdict].words}")
    return "; ".join(parts)


def describe_coverage(document: Mapping[str, Any]) -> list[str]:
    """Return what was checked, a sentence each for layers and claims."""
    layers, claims = document["layers"], document["claims"]
    sentences = []
    if layers:
        applied = [c for each in layers for c in each["checks"] if c["verdict"] in SEVERITY]
        exempt = sum(c["verdict"] == Verdict.EXEMPT.value for each in layers for c in each["checks"])
        calls = (sum(each[key] for each in layers) for key in ("forward_calls", "vjp_calls"))
        called = "{:,} calls of forward and {:,} of a pullback".format(*calls)
        checks = count_noun(len(applied), "check")
        sentences.append(f"{count_noun(len(layers), 'layer')} by {checks}, with {called}.")
        if exempt:
            sentences.append(f"{count_noun(exempt, 'check')} left out, for reasons that are shown.")
    if claims:
        words = count_decisions(each["decision"] for each in claims)
        sentences.append(f"{count_noun(len(claims), 'claim')}: {words}.")
    return sentences


def certainty(document: Mapping[str, Any]) -> list[str]:
    """Return how sure the verdict CORRECT is, in words."""
    right = [each for each in document["layers"] if each["verdict"] == Verdict.CORRECT.value]
    sentences = _sensitivity([each for each in right if isinstance(each["sensitivity"], float)])
    proved = sum(1 for each in document["claims"] if each["proved_shapes"])
    if proved:
        are = f"{count_noun(proved, 'claim')} {'is' if proved == 1 else 'are'}"
        sentences.append(f"{are} proved for every shape of a range, by all basis vectors.")
    chances = [each["chance_of_survival"] for each in document["claims"] if each["chance_of_survival"]]
    if chances:
        survives = f"a false one survives with a chance below {max(chances):.0e}"
        sentences.append(f"Where a polynomial identity was tried at random inputs, {survives}.")
    if document["layers"] and not right:
        sentences.append("No layer was called correct.")
    return sentences


def _sensitivity(measured: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what would have been seen in layers that were measured."""
    if not measured:
        return []
    seen = {each["layer"]: each["sensitivity"] for each in measured}
    coarsest, finest = max(seen, key=seen.__getitem__), min(seen, key=seen.__getitem__)
    if len(measured) == 1:
        return [
            f"In {coarsest!r}, a relative error of {seen[coarsest]:.0e} in any input would have been seen."
        ]
    return [
        f"In every layer called correct, a relative error of {seen[coarsest]:.0e} in any input would have "
        f"been seen. Least certain is {coarsest!r}; in {finest!r}, {seen[finest]:.0e} would have shown."
    ]


def facts(
    document: Mapping[str, Any], seeds: Sequence[int], date: datetime, seconds: float | None
) -> list[tuple[str, str]]:
    """Return what it takes to repeat the run: versions, seed, date, duration."""
    examples = max((c["examples"] for each in document["layers"] for c in each["checks"]), default=0)
    rows = [("date", f"{date:%Y-%m-%d %H:%M %Z}".strip())]
    rows += [] if seconds is None else [("took", f"{seconds:.1f} s")]
    rows.append(("seed", ", ".join(str(seed) for seed in dict.fromkeys(seeds))))
    rows += [("examples", f"up to {examples} for each check")] if examples else []
    rows += [(name, version_of(name)) for name in VERSIONS]
    rows.append(("Python", f"{platform.python_version()}, {platform.system()} {platform.machine()}"))
    return rows
