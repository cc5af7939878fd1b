"""The tests that need no test file: one for each layer and check, one for each claim."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from _pytest._code.code import TerminalRepr

from gradcheck.checks import CHECKS, Check
from gradcheck.claims import Claim, decide
from gradcheck.layers import Layer, SourceLine, source_line_of
from gradcheck.pytest_plugin.current import Note, leave
from gradcheck.pytest_plugin.examine import examine
from gradcheck.pytest_plugin.limits import Limits
from gradcheck.pytest_plugin.ratchet import Derivation
from gradcheck.reporting import FlawedLayer, UnverifiedGradient, WrongGradient
from gradcheck.running import Subject
from gradcheck.types import Verdict


class RefutedClaim(AssertionError):  # noqa: N818 -- what it says is a verdict
    """A claim does not hold, or could not be decided."""


class MissingCheck(AssertionError):  # noqa: N818 -- what it says is a verdict
    """A derivation has no check."""


class ModuleOfLayers(pytest.Collector):
    """The layers and claims of one entry of ``gradcheck_modules``."""

    subjects: Sequence[Subject] = ()

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Return a collector for each layer, and a test for each claim."""
        for subject in self.subjects:
            if isinstance(subject, Claim):
                yield _make(ClaimItem, self, subject.id, source_line_of(subject), claim=subject)
            else:
                yield _make(LayerNode, self, subject.name, layer=subject)


class LayerNode(pytest.Collector):
    """The checks of one layer."""

    layer: Layer

    def collect(self) -> Iterator[pytest.Item]:
        """Return a test for each check that applies to the layer."""
        line = source_line_of(self.layer)
        for check in CHECKS:
            if check.inapplicable(self.layer) is None:
                yield _make(CheckItem, self, check.name, line, layer=self.layer, check=check)


class _Item(pytest.Item):
    line: SourceLine | None = None

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Return where the derivation stands: pytest shows it beside the test's name."""
        if self.line is None:
            return self.path, None, self.nodeid
        return Path(self.line.file), self.line.number - 1, self.nodeid

    def repr_failure(self, excinfo: Any, style: Any = None) -> str | TerminalRepr:
        """Return the message alone for a verdict: how it was reached is in there, and not in our frames."""
        verdicts = WrongGradient | FlawedLayer | UnverifiedGradient | RefutedClaim | MissingCheck
        if isinstance(excinfo.value, verdicts):
            return excinfo.getrepr(style="value")  # type: ignore[no-any-return]
        return super().repr_failure(excinfo, style)


class CheckItem(_Item):
    """One check of one layer."""

    layer: Layer
    check: Check

    def runtest(self) -> None:
        """Run the check."""
        examine(self.layer, self.check)


class ClaimItem(_Item):
    """One claim."""

    claim: Claim

    def runtest(self) -> None:
        """Decide the claim."""
        ruling = decide(self.claim, seed=Limits.of(self.config).seed)
        leave(self, Note(self.nodeid.partition("::")[0], ruling, self.line))
        if ruling.verdict is not Verdict.CORRECT:
            raise RefutedClaim(str(ruling))


class RequiredNode(pytest.Collector):
    """The derivations of one module that must have a check, each with whether it has one."""

    derivations: Sequence[tuple[Derivation, bool]] = ()

    def collect(self) -> Iterator[pytest.Collector]:
        """Return a collector for each derivation."""
        for derivation, checked in self.derivations:
            yield _make(DerivationNode, self, derivation.name, derivation=derivation, checked=checked)


class DerivationNode(pytest.Collector):
    """One derivation that must have a check."""

    derivation: Derivation
    checked: bool

    def collect(self) -> Iterator[pytest.Item]:
        """Return the one test of the derivation."""
        held = {"derivation": self.derivation, "checked": self.checked}
        yield _make(RequiredItem, self, "has-a-check", self.derivation.line, **held)


class RequiredItem(_Item):
    """The demand that a derivation has a check; what has one is known when everything is collected."""

    derivation: Derivation
    checked: bool

    def runtest(self) -> None:
        """Fail if no layer of the run refers to the derivation."""
        if not self.checked:
            leave(self, Note(self.derivation.place, self.derivation.complaint, self.line))
            raise MissingCheck(self.derivation.complaint)


def module_node(session: pytest.Session, target: str, subjects: Sequence[Subject]) -> ModuleOfLayers:
    """Return the collector of one entry of ``gradcheck_modules``."""
    node: ModuleOfLayers = ModuleOfLayers.from_parent(session, name=target, nodeid=target)
    node.subjects = subjects
    return node


def required_node(
    session: pytest.Session, module: str, derivations: Sequence[tuple[Derivation, bool]]
) -> RequiredNode:
    """Return the collector of the derivations of a module, each with whether it is checked."""
    node: RequiredNode = RequiredNode.from_parent(session, name=module, nodeid=module)
    node.derivations = derivations
    return node


def _make(kind: Any, parent: pytest.Collector, name: str, line: SourceLine | None = None, **held: Any) -> Any:
    node = kind.from_parent(parent, name=name)
    for attribute, value in {**held, "line": line}.items():
        setattr(node, attribute, value)
    return node
