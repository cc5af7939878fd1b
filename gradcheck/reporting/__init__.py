"""Verdicts for people and programs: the report, its message, terminal, JSON, notebook, GitHub and plots."""

from gradcheck.reporting import plots
from gradcheck.reporting.console import PIPE_WIDTH, print_run
from gradcheck.reporting.github import annotate
from gradcheck.reporting.json_document import STDOUT, document, now, unwritable, write_json
from gradcheck.reporting.message import numbers, repeat_command
from gradcheck.reporting.mutation import (
    Fate,
    MutantReport,
    MutationReport,
    describe_score,
    interval_of,
    score_of,
)
from gradcheck.reporting.mutation_terminal import (
    mutation_document,
    mutation_summary,
    print_mutants,
    relative,
    write_junit,
    write_mutation_json,
)
from gradcheck.reporting.progress_bar import progress
from gradcheck.reporting.recheck import snippet
from gradcheck.reporting.report import FlawedLayer, Report, UnverifiedGradient, WrongGradient
from gradcheck.reporting.status import status_line
from gradcheck.reporting.styles import STYLES
from gradcheck.reporting.terminal import (
    count_decisions,
    exemption_notes,
    line,
    name_of,
    overall,
    size,
    summary,
)

__all__ = [
    "PIPE_WIDTH",
    "STDOUT",
    "STYLES",
    "Fate",
    "FlawedLayer",
    "MutantReport",
    "MutationReport",
    "Report",
    "UnverifiedGradient",
    "WrongGradient",
    "annotate",
    "count_decisions",
    "describe_score",
    "document",
    "exemption_notes",
    "interval_of",
    "line",
    "mutation_document",
    "mutation_summary",
    "name_of",
    "now",
    "numbers",
    "overall",
    "plots",
    "print_mutants",
    "print_run",
    "progress",
    "relative",
    "repeat_command",
    "score_of",
    "size",
    "snippet",
    "status_line",
    "summary",
    "unwritable",
    "write_json",
    "write_junit",
    "write_mutation_json",
]
