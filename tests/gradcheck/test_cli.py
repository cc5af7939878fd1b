"""The command line: exit statuses, what is printed, and what is written."""

import json
import sys
from importlib.metadata import version

import pytest
from hypothesis.configuration import set_hypothesis_home_dir

from gradcheck.checks import CHECKS
from gradcheck.cli import main

HEAD = """
import numpy as np
from gradcheck import Layer

def square(x):
    return x * x

def layer(slope, **fields):
    fields = {"shapes": {"x": "n"}, **fields}
    return Layer(square, lambda x: (square(x), lambda y_bar: slope(x) * y_bar), **fields)
"""
RIGHT = HEAD + "RIGHT = layer(lambda x: 2 * x, name='right')\n"
WRONG = RIGHT + "WRONG = layer(lambda x: x, name='wrong')\n"
BLIND = HEAD + "BLIND = layer(lambda x: 2 * x, name='blind', where=lambda n: n > 99)\n"


@pytest.fixture(autouse=True)
def _own_imports(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    for name in ("COLUMNS", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    set_hypothesis_home_dir(tmp_path / ".hypothesis")
    yield
    set_hypothesis_home_dir(None)


@pytest.fixture
def run(capsys, tmp_path):
    """Return a function that writes a file, verifies it, and returns the status and what was printed."""

    def verify(text, *arguments, layer=""):
        (tmp_path / "mine.py").write_text(text, encoding="utf-8")
        status = main(["verify", f"mine.py{layer}", *arguments, "--max-examples", "8"])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        return status, printed.out, printed.err

    return verify


def test_all_correct_exits_with_0(run):
    status, out, err = run(RIGHT)
    assert (status, err) == (0, "")
    assert out.startswith("right: CORRECT\n")
    assert "\n1 layer: 1 CORRECT (" in out
    assert "; seed 0, " in out


def test_something_wrong_exits_with_1_and_says_what(run):
    status, out, err = run(WRONG)
    assert (status, err) == (1, "")
    assert "wrong: WRONG\n" in out
    assert "VJP of 'wrong' is wrong in the cotangent of 'x' (input 1 of 1)\n" in out
    assert "  repeat       gradcheck verify mine.py:wrong --seed 0 --max-examples 8\n" in out
    assert "\n2 layers: 1 CORRECT, 1 WRONG (" in out


def test_something_flawed_exits_with_1_and_says_that_the_gradient_agrees(run):
    flawed = (
        "FLAWED = Layer(abs, lambda x: (abs(x), lambda bar: np.sign(x, out=x) * bar), shapes={'x': 'n'})\n"
    )
    status, out, err = run(HEAD + flawed)
    assert (status, err) == (1, "")
    assert "abs: FLAWED\n" in out
    assert "'abs' is flawed: " in out
    assert "\n1 layer: 1 FLAWED (" in out


def test_only_the_checks_that_are_named_run(run):
    status, out, _ = run(RIGHT, "--checks", "finite-difference, linearity")
    assert status == 0
    assert "1 layer: 1 CORRECT (2 checks, " in out


def test_layer_whose_gradient_nothing_asked_for_measures_is_not_called_correct(run):
    status, out, _ = run(WRONG, "--checks", "purity, linearity")
    assert status == 3
    assert "no check that was asked for measures it" in out


def test_check_that_does_not_exist_is_refused_with_those_that_do(run, capsys):
    with pytest.raises(SystemExit) as left:
        run(RIGHT, "--checks", "purify")
    assert left.value.code == 2
    assert (
        "checks has 'purify', which is no check; known: finite-difference, exact" in capsys.readouterr().err
    )


def test_exemption_is_shown_beside_a_correct_verdict(run):
    text = HEAD + "L = layer(lambda x: 2 * x, name='spared', exempt={'layout': 'callers pass C order'})\n"
    status, out, _ = run(text)
    assert status == 0
    assert "  stale        exemption of layout (callers pass C order): the check finds nothing\n" in out


def test_something_unverified_exits_with_3_and_says_why(run):
    status, out, _ = run(BLIND)
    assert status == 3
    assert "VJP of 'blind' is unverified: no example of 'blind' could be drawn" in out


def test_wrong_outranks_unverified(run):
    assert run(WRONG + BLIND.removeprefix(HEAD))[0] == 1


def test_table_has_a_row_for_each_layer_that_names_the_checks_that_did_not_pass(run):
    _, out, _ = run(WRONG)
    rows = [line.split() for line in out.splitlines() if line.startswith(("right ", "wrong "))]
    assert [row[:5] for row in rows] == [
        ["right", "CORRECT", "10", "of", "10"],
        ["wrong", "WRONG", "9", "of", "10"],
    ]
    assert [row[6:] for row in rows] == [[], ["✗", "finite-difference"]]
    assert "\n✗ wrong\n" in out


def test_table_names_no_marks_where_all_checks_passed(run):
    _, out, _ = run(RIGHT)
    assert "not passed" not in out
    assert "✗" not in out


def test_table_fits_a_narrow_terminal(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = run(WRONG)
    (row,) = (line for line in out.splitlines() if line.startswith("wrong  "))
    assert len(row) <= 80
    assert "…" not in row


def test_repeat_command_repeats_the_finding(run):
    _, out, _ = run(WRONG)
    _, again, _ = run(WRONG, "--seed", "0", layer=":wrong")
    finding = out[out.index("VJP of 'wrong'") : out.index("\n\n", out.index("VJP of 'wrong'"))]
    assert finding in again
    assert "right" not in again


def test_repeat_command_can_be_pasted_into_a_shell(run):
    """A name may hold what a shell would take for its own; a bare < would redirect."""
    _, out, _ = run(
        HEAD
        + "L = Layer(lambda x: x * x, lambda x: (x * x, lambda y: x * y), shapes={'x': 'n'}, name='a < b')\n"
    )
    (line,) = (line for line in out.splitlines() if line.startswith("  repeat"))
    assert "'mine.py:a < b'" in line


@pytest.mark.parametrize(
    ("text", "layer", "said"),
    [
        ("x = 1\ny = (\n", "", "gradcheck: 'mine.py' can't be imported: SyntaxError"),
        ("\n1 / 0\n", "", "ZeroDivisionError: division by zero (mine.py, line 2)"),
        ("raise SystemExit(7)\n", "", "'mine.py' can't be imported: SystemExit: 7 (mine.py, line 1)"),
        ("x = 1\n", "", "gradcheck: 'mine.py' holds no gradcheck.Layer"),
        (WRONG, ":left", "gradcheck: 'mine.py' has no layer or claim 'left'; it has right, wrong"),
        (HEAD + "L = layer(abs, dtype='half')", "", "MalformedLayer: Layer 'square': dtype must be one of"),
    ],
    ids=["syntax", "exception", "exit", "no layers", "unknown layer", "malformed"],
)
def test_file_that_cannot_be_used_exits_with_2_a_sentence_and_what_explains(run, text, layer, said):
    status, out, err = run(text, layer=layer)
    assert (status, out) == (2, "")
    assert said in err
    assert err.startswith("gradcheck: ")
    assert err.splitlines()[1:] == ["see: gradcheck verify --help"]


@pytest.mark.parametrize(
    "target", ["missing.py", "no_such_module", "no_such_package.inner", "..", "mine.txt", ""]
)
def test_target_that_leads_nowhere_exits_with_2(capsys, target):
    assert main(["verify", target]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("gradcheck: ")
    assert "Traceback" not in printed.err


def test_several_targets_are_verified_together(run, tmp_path, capsys):
    (tmp_path / "other.py").write_text(RIGHT.replace("name='right'", "name='left'"), encoding="utf-8")
    status, out, _ = run(RIGHT, "other.py")
    assert status == 0
    assert out.startswith("right: CORRECT\nleft: CORRECT\n")


def test_list_names_layers_shapes_and_checks_and_checks_nothing(run):
    status, out, _ = run(WRONG, "--list")
    assert status == 0
    assert out == "".join(
        f"{name}: x (n); finite-difference, linearity, contract, purity, determinism, layout, "
        "dtype, extremes, cache, empty\n"
        for name in ("right", "wrong")
    )


def test_list_does_not_invent_cases(run):
    _, out, _ = run(HEAD + "BARE = layer(lambda x: 2 * x, name='bare', shapes=None)\n", "--list")
    assert out.startswith("bare: ")
    assert "cases=" not in out


def test_layer_that_cannot_be_drawn_is_unverified(run):
    status, out, _ = run(HEAD + "BARE = layer(lambda x: 2 * x, name='bare', shapes=None)\n")
    assert status == 3
    assert "'bare' has neither shapes= nor cases=, so no examples can be drawn" in out


def test_json_says_what_was_printed(run, tmp_path):
    status, out, _ = run(WRONG, "--seed", "5", "--json", "report.json")
    document = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert status == 1
    assert document["verdict"] == "WRONG"
    assert out.startswith("".join(f"{each['layer']}: {each['verdict']}\n" for each in document["layers"]))
    right, wrong = document["layers"]
    assert (wrong["inputs"], wrong["seed"]) == (["x"], 5)
    assert f"{right['forward_calls'] + wrong['forward_calls']:,} forward and" in out
    assert [c["check"] for c in wrong["checks"]] == [c.name for c in CHECKS]
    found = wrong["checks"][0]
    assert f"VJP of 'wrong' is wrong {found['reason']}\n" in out
    assert "\n  smallest     x (1,)\n" in out
    assert found["example"]["shapes"] == {"x": [1]}
    assert len(found["example"]["primals"][0]) == 1
    evidence = found["evidence"]
    assert f"  derived      {evidence['derived']: .7f}\n" in out
    assert (evidence["what"], evidence["index"], evidence["against"]) == ("x_bar", [0], "numerical")
    assert evidence["numerical"] == pytest.approx(2 * evidence["derived"])
    passed = sum(c["verdict"] == "CORRECT" for c in wrong["checks"])
    (row,) = (line.split() for line in out.splitlines() if line.startswith("wrong  "))
    assert row[1:5] == ["WRONG", str(passed), "of", str(passed + 1)]


def test_json_on_standard_output_is_all_that_stands_there(run):
    status, out, err = run("print('imported')\n" + WRONG, "--json", "-")
    assert status == 1
    assert json.loads(out)["verdict"] == "WRONG"
    assert "VJP of 'wrong' is wrong" in err
    assert "imported" in err


OBJECT = """
import numpy as np
from gradcheck import Layer

class Linear:
    def __init__(self, i, o):
        self.W = np.zeros((i, o))

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, y_bar):
        self.dW = self.x.T @ y_bar
        return y_bar @ self.W.T

class ForgetsReturn(Linear):
    def backward(self, y_bar):
        super().backward(y_bar)

class ForgetsGradient(Linear):
    def backward(self, y_bar):
        return y_bar @ self.W.T

LAYERS = [
    Layer.from_module(made, parameters={"W": ("W", "dW")}, shapes={"x": "n i", "W": "i o"})
    for made in (Linear, ForgetsReturn, ForgetsGradient)
]
"""


def test_object_whose_backward_leaves_something_out_is_told_what(run):
    status, out, _ = run(OBJECT)
    assert status == 1
    assert "returned None for 'x', an input with a derivative: is a `return` missing?" in out
    assert "backward left no gradient where parameters= says that it is: 'dW'" in out
    assert "1 CORRECT, 2 WRONG" in out


def test_folder_of_a_file_is_made(run, tmp_path):
    assert run(RIGHT, "--json", "out/of/file")[0] == 0
    assert (tmp_path / "out" / "of" / "file").stat().st_size > 0


SLOW = (
    RIGHT
    + """
import time

def slow(x):
    time.sleep(60)

SLOW = Layer(slow, lambda x: None, name='slow', shapes={'x': 'n'})
LATE = Layer(slow, lambda x: None, name='late', shapes={'x': 'n'})
"""
)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_time_limit_keeps_what_is_finished(run, workers):
    status, out, _ = run(SLOW, "--time-limit", "4", "--workers", workers)
    assert status == 3
    assert "right: CORRECT\n" in out
    assert "VJP of 'slow' is unverified: not finished in 4 s" in out
    assert "VJP of 'late' is unverified: not finished in 4 s" in out


def test_time_limit_that_is_no_positive_number_is_refused(run, capsys):
    with pytest.raises(SystemExit):
        run(RIGHT, "--time-limit", "0")
    assert "a positive number of seconds is expected, got '0'" in capsys.readouterr().err


@pytest.mark.parametrize("workers", ["1", "2"])
def test_layer_that_ends_the_program_is_told_and_exits_with_1(run, workers):
    leaving = "L = Layer(lambda x: sys.exit(0), lambda x: None, name='leaving', shapes={'x': 'n'})\n"
    status, out, _ = run(RIGHT + "import sys\n" + leaving, "--workers", workers)
    assert status == 1
    assert "leaving: FLAWED\n" in out
    assert "right: CORRECT\n" in out


def test_version_is_printed(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"gradcheck {version('gradcheck')}\n"


def test_folder_is_a_target(run, capsys):
    run(RIGHT)
    assert main(["verify", ".", "--max-examples", "2"]) == 0
    assert "right: CORRECT\n" in capsys.readouterr().out


LONG = (
    HEAD
    + """
LONG = layer(lambda x: x, name='a_layer_whose_name_is_longer_than_a_narrow_terminal_has_columns')
SPARE = layer(lambda x: 2 * x, name='right', exempt={'purity': 'a reason that needs more room than there is'})
"""
)


@pytest.mark.parametrize("columns", [30, 60, 80])
def test_nothing_is_cut_on_a_narrow_terminal(run, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    _, out, _ = run(LONG)
    assert "…" not in out.replace("(…", "")
    whole = "".join(out.split())
    assert "a_layer_whose_name_is_longer_than_a_narrow_terminal_has_columns:WRONG" in whole
    assert "✗" in out
    assert "exemptionofpurity(areasonthatneedsmoreroomthanthereis):thecheckfindsnothing" in whole
    after = out[out.index("passed: of") :]
    names = ("repeat", "a_layer_whose")  # a command is there to be copied, and a name to be searched for
    assert max(len(line) for line in after.splitlines() if not any(n in line for n in names)) <= columns


def test_json_of_options_that_json_does_not_know(run, tmp_path):
    text = HEAD + (
        "def cut(x, *, most, pad):\n    return np.minimum(x, most)\n"
        "CUT = Layer(cut, lambda x, *, most, pad: (cut(x, most=most, pad=pad), lambda y: 3 * y),\n"
        "            shapes={'x': 'n'}, name='cut',\n"
        "            options={'most': (float('inf'),), 'pad': ((np.int64(1), 2),)})\n"
    )
    status, _, _ = run(text, "--json", "report.json")
    assert status == 1
    (cut,) = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["layers"]
    assert set(cut["checks"][0]["example"]["options"]) == {"most", "pad"}


@pytest.mark.parametrize("place", ["mine.py/report.json", "."])
def test_unwritable_json_fails_before_the_work(run, place):
    text = RIGHT.replace("return x * x", "raise SystemExit('the work began')")
    status, out, err = run(text, "--json", place)
    assert (status, out) == (2, "")
    assert err.startswith("gradcheck: ")
    assert place in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["verify", "mine.py", "--seed", "x"], "a whole number of at least 0 is expected, got 'x'"),
        (["verify", "mine.py", "--seed", "-1"], "a whole number of at least 0 is expected, got '-1'"),
        (["verify", "mine.py", "--max-examples", "0"], "a whole number of at least 1 is expected, got '0'"),
        (
            ["verify", "mine.py", "--max-examples", "2.5"],
            "a whole number of at least 1 is expected, got '2.5'",
        ),
        (["verify"], "the following arguments are required: TARGET"),
        (["prove", "mine.py"], "invalid choice: 'prove'"),
        ([], "the following arguments are required: COMMAND"),
    ],
)
def test_arguments_that_make_no_sense_exit_with_2(capsys, arguments, said):
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert said in capsys.readouterr().err


def test_help_tells_the_exit_statuses(capsys):
    with pytest.raises(SystemExit) as left:
        main(["verify", "--help"])
    assert left.value.code == 0
    assert "0 all correct, 1 something wrong or flawed, 2 the command could not do" in " ".join(
        capsys.readouterr().out.split()
    )


def test_interrupt_exits_with_130_and_one_line(run):
    status, _, err = run(RIGHT.replace("return x * x", "raise KeyboardInterrupt"))
    assert (status, err) == (130, "gradcheck: interrupted\n")


def test_interrupt_keeps_what_was_found_of_the_layer_that_was_being_checked(run):
    text = (
        HEAD
        + """
def stopping(x):
    if x.size > 2:
        raise KeyboardInterrupt
    return x * x

L = Layer(stopping, lambda x: (x * x, lambda y: 3 * x * y), name='stopped', shapes={'x': 'n'})
"""
    )
    status, out, err = run(RIGHT + text.removeprefix(HEAD))
    assert (status, err) == (130, "gradcheck: interrupted after 1 of 2\n")
    assert "VJP of 'stopped' is wrong" in out


def test_name_with_brackets_is_printed_as_it_is(run):
    status, out, _ = run(HEAD + "L = layer(lambda x: x, name='conv[bold]2d')\n")
    assert status == 1
    assert out.count("conv[bold]2d") >= 3


def test_next_run_begins_with_the_counterexample_of_the_last(run, tmp_path):
    _, first, _ = run(WRONG)
    _, second, _ = run(WRONG, "--seed", "1", "--json", "report.json")
    document = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert [each["checks"][0]["replayed"] for each in document["layers"]] == [False, True]
    kept = "  # tries the example first that an earlier run kept\n"
    assert kept not in first
    assert f"repeat       gradcheck verify mine.py:wrong --seed 1 --max-examples 8{kept}" in second
    assert list((tmp_path / ".hypothesis" / "examples").iterdir())


def test_github_is_told_the_line_and_given_a_summary(run, tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    status, out, _ = run(WRONG)
    line = WRONG.splitlines().index(
        "    return Layer(square, lambda x: (square(x), lambda y_bar: slope(x) * y_bar), **fields)"
    )
    assert status == 1
    assert f"\n::error file=mine.py,line={line + 1},title=gradcheck%3A wrong::VJP of 'wrong' is wrong" in out
    assert "| wrong | ✗ WRONG |" in (tmp_path / "summary.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("words", [["--help"], ["verify", "--help"]])
def test_help_names_the_page_that_explains_it(capsys, words):
    with pytest.raises(SystemExit, match="0"):
        main(words)
    assert "docs/" in capsys.readouterr().out


@pytest.mark.parametrize("word", ["layers.py", "layers.py:LINEAR", ".", "derivations", "derivations.linear"])
def test_target_without_a_command_is_answered_with_the_command(capsys, word):
    with pytest.raises(SystemExit, match="2"):
        main([word, "--seed", "3"])
    assert f"did you mean: gradcheck verify {word} --seed 3\n" in capsys.readouterr().err


def test_option_that_is_not_understood_is_answered_with_what_explains(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["verify", "x.py", "--cheks", "purity"])
    assert "see: gradcheck verify --help" in capsys.readouterr().err
