"""The peer of the models bench: each model's training library in a process of its own.

Needs the environment of ``training/requirements.txt`` (``HEADGATE_TRAINING_PYTHON`` names its
interpreter) and the trained objects: ``python -m training.keep``.

Reads one JSON object a line: ``{"load": name, "path": file, "shape": [rows, ...]}`` takes a model and reads
FP32 inputs, or without a shape a JSON list of strings; ``{"rows": n, "calls": c}`` answers ``{"ms": [...]}``, the time of each of c calls with the next n
rows, the inputs in memory already.
"""

import json
import os
import pickle
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

REPOSITORY = Path(__file__).resolve().parents[2]
KEPT = REPOSITORY / "training" / ".kept"
sys.path.insert(0, str(REPOSITORY))

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

Ask = Callable[[Any], object]


def asks(model: Any) -> Ask:
    """A function that computes the served graph's outputs with the library, as the library's users do."""
    if not hasattr(model, "predict") and not isinstance(model, torch.nn.Module):
        return cast(Ask, model)  # for text models: the function is called with a list of strings
    if hasattr(model, "observation_space"):
        return lambda x: model.predict(x, deterministic=True)
    if isinstance(model, torch.nn.Module):
        return lambda x: forward(model, x)
    if isinstance(model, IsolationForest):
        return lambda x: (model.predict(x), model.decision_function(x), model.score_samples(x))
    if hasattr(model, "predict_proba"):
        return lambda x: labelled(model.predict_proba(x))
    return lambda x: model.predict(x)


def labelled(probabilities: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Computes the label from the probabilities: ``predict`` would compute them a second time."""
    return probabilities.argmax(axis=1), probabilities


def forward(model: torch.nn.Module, x: NDArray[np.float32]) -> NDArray[np.float32]:
    """One forward pass without gradients."""
    with torch.inference_mode():
        answer: NDArray[np.float32] = model(torch.from_numpy(x)).numpy()
    return answer


def timed(ask: Ask, rows: Sequence[Any]) -> list[float]:
    """The milliseconds of one call for each of these batches."""
    times = []
    for batch in rows:
        started = time.perf_counter()
        ask(batch)
        times.append((time.perf_counter() - started) * 1e3)
    return times


def choose_threads(ask: Ask, batch: Any) -> None:
    """Sets the number of threads with which torch is fastest.

    On shared cores a parallel loop of a small network may wait ten milliseconds for its second thread.
    """
    best = (float("inf"), 1)
    for threads in (1, os.cpu_count() or 1):
        torch.set_num_threads(threads)
        times = timed(ask, [batch] * 30)
        best = min(best, (float(np.mean(times[5:])), threads))
    torch.set_num_threads(best[1])


def read(path: str, shape: list[int] | None) -> NDArray[np.float32] | list[str]:
    """Reads numbers or strings into memory."""
    if shape is None:
        return cast(list[str], json.loads(Path(path).read_text()))
    return np.fromfile(path, dtype=np.float32).reshape(shape)


def main() -> None:
    """Answers each line until the input ends."""
    warnings.simplefilter("ignore")
    print(json.dumps({"kept": sorted(path.stem for path in KEPT.glob("*.pickle"))}), flush=True)
    ask: Ask = len
    x: Any = []
    at = 0
    for line in sys.stdin:
        asked = json.loads(line)
        if "load" in asked:
            ask = asks(pickle.loads((KEPT / f"{asked['load']}.pickle").read_bytes()))
            x = read(asked["path"], asked.get("shape"))
            at = 0
            print(json.dumps({"loaded": True, "pid": os.getpid()}), flush=True)
            continue
        rows = asked["rows"]
        choose_threads(ask, x[:rows])
        batches = []
        for _ in range(asked["calls"]):
            at = 0 if at + rows > len(x) else at
            batches.append(x[at : at + rows])
            at += rows
        print(json.dumps({"ms": timed(ask, batches)}), flush=True)


if __name__ == "__main__":
    main()
