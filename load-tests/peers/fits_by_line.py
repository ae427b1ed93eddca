"""The shared part of the fitting peers: they read JSON lines and answer the time of each fit.

``{"load": path, "n": n, "p": p}`` reads a float64 matrix; ``{"fit": name, "parameters": {...}}`` fits it and answers
``{"ms": ...}``, the time of the fit alone, the data already in memory, with what the fit tells beside. With
``"rows": [from, to]`` it fits a view of these rows; with ``"windows": n`` as well, it fits ``n`` windows, each one row
after the one before, and answers the time of all of them.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def answer_fits(fit: Callable[[str, Matrix, dict[str, Any]], dict[str, Any]]) -> None:
    """Answers each line until the input ends."""
    x = np.empty((0, 0))
    print(json.dumps({"port": 0}), flush=True)
    for line in sys.stdin:
        ask = json.loads(line)
        if "load" in ask:
            x = np.fromfile(ask["load"]).reshape(ask["n"], ask["p"])
            print(json.dumps({"loaded": True}), flush=True)
            continue
        first, end = ask.get("rows", (0, len(x)))
        windows = range(ask.get("windows", 1))
        told: dict[str, Any] = {}
        started = time.perf_counter()
        for at in windows:
            told = fit(ask["fit"], x[first + at : end + at], dict(ask["parameters"]))
        print(json.dumps({"ms": (time.perf_counter() - started) * 1e3, **told}), flush=True)
