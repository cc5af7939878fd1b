"""Verdicts for people and programs: the report, its message, terminal, JSON, notebook, GitHub and plots."""

from gradcheck.reporting import plots
from gradcheck.reporting.github import annotate
from gradcheck.reporting.json_document import document, unwritable, write_json
from gradcheck.reporting.message import numbers, repeat_command
from gradcheck.reporting.progress_bar import progress
from gradcheck.reporting.recheck import snippet
from gradcheck.reporting.report import FlawedLayer, Report, UnverifiedGradient, WrongGradient
from gradcheck.reporting.styles import STYLES, Style
from gradcheck.reporting.terminal import (
    claims_table,
    exemption_notes,
    legend,
    line,
    name_of,
    overall,
    size,
    summary,
    table,
)

__all__ = [
    "STYLES",
    "FlawedLayer",
    "Report",
    "Style",
    "UnverifiedGradient",
    "WrongGradient",
    "annotate",
    "claims_table",
    "document",
    "exemption_notes",
    "legend",
    "line",
    "name_of",
    "numbers",
    "overall",
    "plots",
    "progress",
    "repeat_command",
    "size",
    "snippet",
    "summary",
    "table",
    "unwritable",
    "write_json",
]
