"""Percentages with the uncertainty that a count has."""

from __future__ import annotations

from scipy.stats import binomtest


def percent(count: int, total: int) -> tuple[float, float, float]:
    """Return 100·count/total with its Wilson 95 % interval, low and high; NaN for no trials."""
    if total == 0:
        return float("nan"), float("nan"), float("nan")
    interval = binomtest(count, total).proportion_ci(0.95, method="wilson")
    return 100.0 * count / total, 100.0 * float(interval.low), 100.0 * float(interval.high)


def said(count: int, total: int) -> str:
    """Return a percentage with its interval, such as ``98.2 (96.5-99.1)``."""
    value, low, high = percent(count, total)
    return f"{value:.1f} ({low:.1f}–{high:.1f})"
