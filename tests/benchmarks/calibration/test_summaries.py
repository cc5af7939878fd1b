from benchmarks.calibration import broken, false_alarms
from benchmarks.calibration.broken import Caught
from benchmarks.calibration.false_alarms import Judged


def test_false_alarms_are_counted_and_kept_to_be_repeated():
    again = {"family": "f", "index": 2}
    found = false_alarms.summary(
        [
            Judged("f", "tied", "float64", "CORRECT"),
            Judged("g", "tied", "float32", "UNVERIFIED", "finite-difference: too noisy"),
            Judged("f", "scaled", "float64", "WRONG", "contract: dtype", again),
        ]
    )
    assert found["cases"] == 3
    assert found["families"] == 2
    assert found["verdicts"] == {"CORRECT": 1, "UNVERIFIED": 1, "WRONG": 1}
    assert found["by_kind"] == {"scaled": {"WRONG": 1}, "tied": {"CORRECT": 1, "UNVERIFIED": 1}}
    assert found["unverified"] == {"finite-difference: too noisy": 1}
    assert found["wrong"] == [again]


def test_a_right_case_is_judged_with_the_whole_battery():
    judged = [false_alarms.judged(0, index) for index in range(3)]
    assert {j.verdict for j in judged} <= {"CORRECT", "UNVERIFIED"}
    assert [j.family for j in judged] == [false_alarms.right(0, index).family.name for index in range(3)]


def test_only_wrong_counts_as_caught():
    rows = [Caught("a", "f", "exact", seed, verdict) for seed, verdict in enumerate(("WRONG", "UNVERIFIED"))]
    found = broken.summary(rows)
    assert (found["runs"], found["caught"]) == (2, 1)
    assert found["missed"] == [{"layer": "a", "check": "exact", "seed": 1, "verdict": "UNVERIFIED"}]


def test_a_broken_layer_is_caught_at_every_seed():
    assert [c.verdict for c in broken.caught(range(2), 0)] == ["WRONG", "WRONG"]
