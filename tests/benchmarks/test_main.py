import sys

from benchmarks.__main__ import main


def test_missing_package_is_named_with_its_extra(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "benchmarks.kernels.command", None)
    assert main(["kernels"]) == 2
    assert "the benchmark 'kernels' needs benchmarks.kernels.command" in capsys.readouterr().err


def test_package_that_only_a_part_of_a_benchmark_needs_is_named_alike(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "benchmarks.calibration.measure", None)
    monkeypatch.setitem(sys.modules, "benchmarks.calibration.chart", None)
    assert main(["calibration", "--cases", "1"]) == 2
    assert "pip install -e '.[bench]'" in capsys.readouterr().err
