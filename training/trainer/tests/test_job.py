"""What a job tells, and where it notices that it was cancelled."""

from typing import Any

import pytest
from jobs import table

from headgate_trainer.failure import TrainingError, cancelled
from headgate_trainer.job import Job
from headgate_trainer.registry import all_trainers
from headgate_trainer.training import train


def job_of(trainer: str, parameters: dict[str, Any], sent: list[Any]) -> Job:
    X, y = table(60)
    return Job("job", trainer, {"X": X, "y": y}, parameters, False, 1, sent.append)


def test_a_forest_is_cancelled_while_it_makes_its_trees() -> None:
    sent: list[Any] = []
    job = job_of("random_forest_regressor", {"n_estimators": 50}, sent)
    checks = 0

    def check() -> None:
        nonlocal checks
        checks += 1
        if checks == 20:
            raise cancelled()

    job.check = check  # type: ignore[method-assign]
    with pytest.raises(TrainingError, match="was cancelled"):
        train(job, all_trainers()["random_forest_regressor"])
    assert sent == []


def test_a_loss_that_is_no_number_is_not_told() -> None:
    sent: list[Any] = []
    job = job_of("ridge", {}, sent)
    job.progress(iteration=3, loss=float("nan"), score=float("inf"))
    assert sent == [{"type": "progress", "job": "job", "iteration": 3}]


def test_progress_in_a_hurry_is_left_out_but_its_end_is_told() -> None:
    sent: list[Any] = []
    job = job_of("ridge", {}, sent)
    for at in range(1000):
        job.progress(iteration=at, share_done=at / 1000)
    job.progress(share_done=1.0)
    assert len(sent) < 100
    assert sent[-1]["share_done"] == 1.0
