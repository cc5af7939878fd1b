"""The command: what it prints, what it refuses, and that it goes on where it was stopped."""

import gzip
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from derivations.network import session, stages
from derivations.network.__main__ import FAILED, INTERRUPTED, TRAINED, UNVERIFIED, WRONG, main
from derivations.network.checkpoint import load
from derivations.network.verify import Verification
from gradcheck import Layer, check
from tests.derivations.network.test_idx import idx
from tests.derivations.network.test_train import assert_same
from tests.derivations.network.tiny import bars, first_output_channel_only

SMALL = ["--filters", "2", "3", "--batch", "16", "--no-compare"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Work in an empty folder with a file of small images."""
    monkeypatch.chdir(tmp_path)
    data = bars(40)
    np.savez("bars.npz", images=data.images[:, 0], labels=data.labels)
    return tmp_path


def test_the_digits_are_learned_in_a_few_epochs(capsys):
    assert main(["--epochs", "10", "--no-compare"]) == TRAINED
    printed = capsys.readouterr().out
    assert "digits: 1438 images to train on, 359 held out" in printed
    assert "gradient before training: CORRECT in all 6 parameters" in printed
    assert "gradient after training: CORRECT" in printed
    (accuracy,) = re.findall(r"test (\S+)% \(", printed)
    assert float(accuracy) > 97


def test_both_recipes_are_compared_and_verified_on_the_way(capsys):
    arguments = [*SMALL[:-1], "--data", "bars.npz", "--epochs", "2", "--verify-every", "1"]
    assert main(arguments) == TRAINED
    printed = capsys.readouterr().out
    assert printed.count("gradient after epoch 1: CORRECT") == 2
    rows = [line.split() for line in printed.splitlines() if line.strip().endswith(tuple("0123456789"))]
    assert {"usual", "article"} <= {row[0] for row in rows if row}


@pytest.mark.parametrize("zipped", [False, True])
def test_a_pair_of_idx_files_is_read_whether_gzipped_or_not(zipped, capsys):
    data = bars(40)
    for name, array in (
        ("images", (255 * data.images[:, 0]).astype("u1")),
        ("labels", data.labels.astype("u1")),
    ):
        Path(name).write_bytes(gzip.compress(idx(array)) if zipped else idx(array))
    assert main([*SMALL, "--data", "images", "labels", "--epochs", "1"]) == TRAINED
    assert "images: 32 images to train on, 8 held out" in capsys.readouterr().out


def test_the_planted_bug_is_caught_before_the_first_step_with_the_layers_name(monkeypatch, capsys, folder):
    """N3 as the article prints it. The second convolution makes it matter."""

    def never(*_):
        pytest.fail("a step was made")

    monkeypatch.setattr(stages, "conv2d_vjp", first_output_channel_only)
    monkeypatch.setattr(session, "train", never)
    assert main([*SMALL, "--data", "bars.npz", "--save", "run.npz"]) == WRONG
    said = capsys.readouterr().err
    assert "VJP of 'usual' is wrong in the cotangent of 'conv 1 kernels'" in said
    assert "the layer at fault is" in said
    assert "VJP of 'conv 2' is wrong in the cotangent of 'x'" in said
    assert not (folder / "run.npz").exists()


def test_a_network_that_cannot_be_verified_is_not_trained(monkeypatch, capsys):
    constant = Layer.from_gradient(lambda x: 1.0, np.zeros_like)
    monkeypatch.setattr(session, "verify", lambda *_: Verification(check(constant, np.ones(2))))
    assert main([*SMALL, "--data", "bars.npz"]) == UNVERIFIED
    assert "is unverified" in capsys.readouterr().err


def interrupted_after(epochs, monkeypatch):
    real = session.train

    def stopping(*arguments):
        for count, state in enumerate(real(*arguments)):
            if count == epochs:
                raise KeyboardInterrupt
            yield state

    monkeypatch.setattr(session, "train", stopping)


@pytest.mark.parametrize("optimiser", ["adam", "sgd"])
def test_an_interrupted_training_goes_on_as_if_it_had_not_been(monkeypatch, capsys, optimiser):
    arguments = [*SMALL, "--data", "bars.npz", "--epochs", "3", "--optimiser", optimiser]
    assert main([*arguments, "--save", "whole.npz"]) == TRAINED
    with monkeypatch.context() as during:
        interrupted_after(1, during)
        assert main([*arguments, "--save", "run.npz"]) == INTERRUPTED
    command = "python -m derivations.network --data bars.npz --load run.npz --save run.npz"
    assert f"interrupted; to go on: {command}" in capsys.readouterr().err
    assert len(load(Path("run.npz")).state.history) == 1
    assert main(command.split()[3:]) == TRAINED
    assert_same(*(load(Path(name)).state for name in ("run.npz", "whole.npz")))


def test_an_interrupt_without_a_place_to_save_says_so(monkeypatch, capsys):
    interrupted_after(0, monkeypatch)
    assert main([*SMALL, "--data", "bars.npz"]) == INTERRUPTED
    assert "nothing was saved, as there was no --save" in capsys.readouterr().err


def write_broken_files():
    data = bars(40)
    Path("cut.npz").write_bytes(Path("bars.npz").read_bytes()[:200])
    Path("cut.idx").write_bytes(idx(data.labels.astype("u1"))[:-3])
    np.savez("flat.npz", images=data.images[:, 0, 0], labels=data.labels)
    np.savez("negative.npz", images=data.images, labels=data.labels - 1)
    np.savez("wide.npz", images=np.pad(data.images, ((0, 0), (0, 0), (0, 0), (2, 2))), labels=data.labels)
    np.savez("more.npz", images=data.images, labels=data.labels * 2)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--data", "nowhere.npz"], "'nowhere.npz': No such file or directory."),
        (["--data", "cut.npz"], "'cut.npz' is damaged"),
        (["--data", "bars.npz", "cut.idx"], "'bars.npz' is neither an .npz nor an IDX file"),
        (["--data", "cut.idx", "cut.idx"], "'cut.idx' is cut short or damaged"),
        (["--data", "flat.npz"], "images must be numbers of the shape"),
        (["--data", "negative.npz"], "labels must be from 0"),
        (["--data", "bars.npz", "--load", "nowhere.npz"], "'nowhere.npz': No such file"),
        (["--data", "bars.npz", "--load", "bars.npz"], "is not a network that --save has written"),
        (
            ["--data", "wide.npz", "--load", "run.npz"],
            "is for images of the shape (1, 4, 4), and those of wide.npz",
        ),
        (
            ["--data", "more.npz", "--load", "run.npz"],
            "tells labels from 0 to 2 apart, and more.npz has labels up to 4",
        ),
        (
            ["--data", "bars.npz", "--load", "run.npz", "--rate", "1"],
            "--rate is settled by the training in --load",
        ),
        (["--data", "bars.npz", "--save", "no/where.npz"], "'no/where.npz' can't be written"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_status_2(arguments, sentence, capsys):
    write_broken_files()
    if "run.npz" in arguments:
        assert main([*SMALL, "--data", "bars.npz", "--epochs", "1", "--save", "run.npz"]) == TRAINED
    capsys.readouterr()
    assert main(arguments) == FAILED
    said = capsys.readouterr().err
    assert sentence in said
    assert said.startswith("derivations.network: ")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--data", "a", "b", "c"], "--data takes one .npz file, or two IDX files"),
        (["--kernel", "4"], "must be odd"),
        (["--rate", "-1"], "not a positive number"),
        (["--epochs", "0"], "must be at least 1"),
    ],
)
def test_options_that_make_no_sense_are_refused_by_name(arguments, sentence, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == FAILED
    assert sentence in capsys.readouterr().err


def test_a_rate_that_blows_up_is_told_with_the_layer_and_status_2(capsys):
    assert main([*SMALL, "--data", "bars.npz", "--optimiser", "sgd", "--rate", "1e30"]) == FAILED
    said = capsys.readouterr().err
    assert "the loss is not finite in step" in said
    assert "went bad first. A lower --rate may help." in said


def test_without_matplotlib_a_line_says_how_to_get_the_figure(monkeypatch, capsys, folder):
    for name in ("matplotlib", "matplotlib.figure", "matplotlib.backends.backend_agg"):
        monkeypatch.setitem(sys.modules, name, None)
    assert main([*SMALL, "--data", "bars.npz", "--epochs", "1"]) == TRAINED
    assert 'install matplotlib: pip install "gradcheck[plot]"' in capsys.readouterr().out
    assert not (folder / "network.png").exists()


def test_without_threadpoolctl_a_number_of_threads_is_refused_and_none_is_not(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    assert main([*SMALL, "--data", "bars.npz", "--epochs", "1"]) == TRAINED
    assert main([*SMALL, "--data", "bars.npz", "--threads", "2"]) == FAILED
    assert "--threads takes threadpoolctl" in capsys.readouterr().err
