"""Runs backtests in the test's own process, whose children are forked from it."""

from typing import Any

from jobs import arrays, message

from headgate_trainer.job import Job
from headgate_trainer.registry import all_trainers
from headgate_trainer.tensors import Arrays
from headgate_trainer.training import train


def walk(
    trainer: str,
    inputs: Arrays,
    splitter: dict[str, Any],
    parameters: dict[str, Any] | None = None,
    *,
    threads: int = 2,
    export: bool = False,
    job: Job | None = None,
    **more: Any,
) -> tuple[Arrays, list[dict[str, Any]]]:
    """Run a backtest; answer its outputs and its messages."""
    messages: list[dict[str, Any]] = []
    estimator = {"trainer": trainer, "parameters": parameters or {}}
    given = {"estimator": estimator, "splitter": splitter, **more}
    one = job or Job("job", "walk_forward", {}, {}, export, threads, messages.append)
    one.inputs, one.parameters = inputs, given
    if job is not None:
        one.send = messages.append
    train(one, all_trainers()["walk_forward"])
    return arrays(message(messages, "fitted")["outputs"]), messages


def rolling(train_rows: int = 120, test_rows: int = 30, **more: Any) -> dict[str, Any]:
    return {"kind": "rolling", "train_rows": train_rows, "test_rows": test_rows, **more}
