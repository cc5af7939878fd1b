"""How much of a project a run is about: everything, some folders, or what the command line names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Scope:
    """What of gradcheck's own tests belongs to a run.

    Parameters
    ----------
    named
        Node ids of them, or parts, that the command line names: ``mypkg.layers::linear``.
    modules
        Whether those of ``gradcheck_modules`` come too. They do unless the run is of named files or
        tests: who names a file wants that file.
    whole
        Whether all that the project tests is collected; less says nothing about what has no check.
    """

    named: tuple[str, ...]
    modules: bool
    whole: bool

    @classmethod
    def of(cls, config: pytest.Config, modules: Sequence[str]) -> Scope:
        """Return the scope that the command line asks for, and take our own node ids out of it.

        pytest would look for files of these names.
        """
        if config.args_source is not config.ArgsSource.ARGS:
            declared = config.args_source is config.ArgsSource.TESTPATHS
            whole = declared or _covers(config, [config.invocation_params.dir])
            return cls((), True, whole and not _runs_only_failed(config))
        named = tuple(a for a in config.args if a.partition("::")[0] in modules)
        config.args[:] = [a for a in config.args if a not in named]
        folders = [config.invocation_params.dir / a for a in config.args if "::" not in a]
        folders = [folder for folder in folders if not folder.is_file()]
        whole = bool(folders) and _covers(config, folders) and not _runs_only_failed(config)
        return cls(named, bool(folders), whole)


def _covers(config: pytest.Config, folders: Sequence[Path]) -> bool:
    """Return whether folders hold all ``testpaths``; where none are declared, any folder is taken for all."""
    paths = [config.rootpath / path for path in config.getini("testpaths")]
    if not paths:
        given = config.args_source is config.ArgsSource.ARGS
        return given or any(config.rootpath.is_relative_to(folder) for folder in folders)
    return all(any(path.resolve().is_relative_to(f.resolve()) for f in folders) for path in paths)


def _runs_only_failed(config: pytest.Config) -> bool:
    """Return whether ``--lf`` leaves files out: it looks into those of the last failures only."""
    cache = getattr(config, "cache", None)
    if cache is None or not config.getoption("lf", False):
        return False
    failed = cache.get("cache/lastfailed", {})
    return any((config.rootpath / str(test).partition("::")[0]).is_file() for test in failed)
