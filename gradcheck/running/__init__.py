"""The battery over examples or at a point, of one layer or of all in a module, in several processes."""

from gradcheck.running.choice import choose_checks
from gradcheck.running.courier import pack, unpack
from gradcheck.running.entry import assert_correct, check
from gradcheck.running.merge import applying_checks, merge_reports
from gradcheck.running.processes import end_with, limit_threads, loaded_frameworks
from gradcheck.running.search import example_seed
from gradcheck.running.targets import BadTarget, Subject, modules_of, subjects_of, title
from gradcheck.running.time_limit import Interrupted, TimeLimit
from gradcheck.running.verification import REACH, Verification, demand_reached
from gradcheck.running.verify import run
from gradcheck.running.workers import count_workers

__all__ = [
    "REACH",
    "BadTarget",
    "Interrupted",
    "Subject",
    "TimeLimit",
    "Verification",
    "applying_checks",
    "assert_correct",
    "check",
    "choose_checks",
    "count_workers",
    "demand_reached",
    "end_with",
    "example_seed",
    "limit_threads",
    "loaded_frameworks",
    "merge_reports",
    "modules_of",
    "pack",
    "run",
    "subjects_of",
    "title",
    "unpack",
]
