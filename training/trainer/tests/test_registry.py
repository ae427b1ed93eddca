"""The list of trainers."""

import subprocess
import sys

import pytest

from headgate_trainer.registry import MODULES, all_trainers, register


@pytest.mark.parametrize("first", MODULES)
def test_the_order_is_the_same_whichever_module_is_imported_first(first: str) -> None:
    script = (
        f"import {first}; from headgate_trainer.registry import all_trainers; "
        "print(*all_trainers())"
    )
    ran = subprocess.run(
        [sys.executable, "-B", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    names = ran.stdout.split()
    assert names == list(all_trainers())
    assert (names[0], names[-1]) == ("random_forest_classifier", "walk_forward")


def test_a_module_that_is_not_listed_and_a_second_trainer_of_a_name_are_refused() -> None:
    ridge = all_trainers()["ridge"]
    with pytest.raises(ValueError, match="not named in MODULES"):
        register("elsewhere", [ridge])
    with pytest.raises(ValueError, match="two trainers are named ridge"):
        register(MODULES[0], [ridge])
