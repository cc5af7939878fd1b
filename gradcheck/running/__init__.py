"""The battery over examples or at a point, of one layer or of all in a module, in several processes."""

from gradcheck.running.shared import Shared
from gradcheck.running.targets import BadTarget, Subject, modules_of, subjects_of, title
from gradcheck.running.verify import assert_correct, check, run

__all__ = [
    "BadTarget",
    "Shared",
    "Subject",
    "assert_correct",
    "check",
    "modules_of",
    "run",
    "subjects_of",
    "title",
]
