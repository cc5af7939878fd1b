import sys

from benchmarks.__main__ import main


def test_missing_package_is_named_with_its_extra(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "benchmarks.kernels.command", None)
    assert main(["kernels"]) == 2
    assert "the benchmark 'kernels' needs benchmarks.kernels.command" in capsys.readouterr().err
