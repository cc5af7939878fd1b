import sys

from benchmarks.__main__ import main


def test_missing_package_is_named_with_its_extra(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "benchmarks.kernels.command", None)
    assert main(["kernels"]) == 2
    assert "the benchmark 'kernels' needs benchmarks.kernels.command" in capsys.readouterr().err


def test_calibration_needs_the_peers_only_where_it_asks_them(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "benchmarks.calibration.study", None)
    assert main(["calibration", "--quick"]) == 2
    assert "the benchmark 'calibration' needs benchmarks.calibration.study" in capsys.readouterr().err
    monkeypatch.setattr("benchmarks.calibration.ablation.run", lambda *, quick, seed: 10 * quick + seed)
    assert main(["calibration", "--ablation", "--quick", "--seed", "3"]) == 13
