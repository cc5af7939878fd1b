"""Options are handed out fresh, so that no call sees what an earlier one did to them."""

import numpy as np

from gradcheck._util.copies import copy_options


def test_a_generator_is_in_the_same_state_for_every_call():
    options = {"draws": np.random.default_rng(7)}
    first, second = (copy_options(options)["draws"].random() for _ in range(2))
    assert first == second


def test_a_changed_dict_is_not_the_callers():
    options = {"conf": {"mode": "test"}}
    copy_options(options)["conf"]["mode"] = "train"
    assert options["conf"]["mode"] == "test"


def test_what_cannot_be_changed_is_passed_on():
    window = (2, 3)
    assert copy_options({"window": window})["window"] is window


def test_a_tuple_may_hold_what_is_used_up():
    options = {"conf": ("train", np.random.default_rng(7))}
    first, second = (copy_options(options)["conf"][1].random() for _ in range(2))
    assert first == second
