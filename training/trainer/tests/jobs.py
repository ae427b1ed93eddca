"""Runs trainings in the test's own process, and data for them."""

from typing import Any

import numpy as np

from headgate_trainer.job import Job
from headgate_trainer.registry import all_trainers
from headgate_trainer.tensors import Arrays, to_array
from headgate_trainer.training import train

CLASSES, NUMBERS = 3, 240


def table(rows: int = NUMBERS, seed: int = 0) -> tuple[Any, Any]:
    """Rows with two decimals on scales from 1 to 1e4, and a noisy score of them."""
    draw = np.random.default_rng(seed)
    X = np.round(draw.normal(size=(rows, 6)) * [1, 10, 100, 1e3, 1, 1e4], 2)
    return X, X[:, 0] + X[:, 1] / 10 + np.tanh(X[:, 4]) + draw.normal(size=rows) / 2


def targets(family: str, score: Any) -> Any:
    """Three classes, or the score."""
    return np.digitize(score, [-0.7, 0.7]) if family == "classifier" else score


def run(
    trainer: str, inputs: Arrays, parameters: dict[str, Any], *, export: bool = True
) -> list[dict[str, Any]]:
    """Run a training; answer its messages."""
    messages: list[dict[str, Any]] = []
    job = Job("job", trainer, inputs, parameters, export, 1, messages.append)
    train(job, all_trainers()[trainer])
    return messages


def message(messages: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    """Find the one message of a type."""
    (found,) = (each for each in messages if each["type"] == kind)
    return found


def arrays(tensors: dict[str, Any]) -> Arrays:
    """Read the tensors of a message."""
    return {name: to_array(name, tensor) for name, tensor in tensors.items()}


def predict(graph: bytes, X: Any, outputs: list[str]) -> Arrays:
    """Answer rows by ONNX Runtime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph, options)
    return dict(zip(outputs, session.run(outputs, {"X": X}), strict=True))
