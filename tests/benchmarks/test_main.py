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


def test_calibration_needs_the_peers_only_where_it_asks_them(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "benchmarks.calibration.study", None)
    assert main(["calibration", "--quick"]) == 2
    assert "the benchmark 'calibration' needs benchmarks.calibration.study" in capsys.readouterr().err
    monkeypatch.setattr("benchmarks.calibration.ablation.run", lambda *, quick, seed: 10 * quick + seed)
    assert main(["calibration", "--ablation", "--quick", "--seed", "3"]) == 13
