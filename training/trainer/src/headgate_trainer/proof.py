"""Proves an exported model against the library, on rows that it was not trained on."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from headgate_trainer.failure import unfit
from headgate_trainer.job import Job
from headgate_trainer.registry import FittedModel, Tolerance
from headgate_trainer.tensors import Array, Arrays

PROOF_ROWS = 1024
# Of very wide rows fewer are tried: 128 MiB of them.
PROOF_VALUES = 1 << 24
GOLDEN_ROWS = 64
CHUNK_ROWS = 128
# Below this share of the largest answer a difference is told in relation to that answer: where
# large terms cancel, the last digits of a small result are noise in the library, too.
SMALL_SHARE = 1e-3


@dataclass(frozen=True)
class Proof:
    """Golden rows with the library's answers, and the tolerances of the outputs."""

    inputs: Arrays
    outputs: Arrays
    tolerance: dict[str, dict[str, float]]


def prove(job: Job, model: FittedModel, graph: bytes, X: Array, X_eval: Array | None) -> Proof:
    """Compare the graph's answers with the library's on at least PROOF_ROWS rows."""
    rows = comparable_rows(model, proof_rows(X, X_eval))
    want = model.predict(rows)
    session = open_graph(job, graph)
    got = run_graph(job, session, rows, list(want))
    tolerance = {name: tolerance_of(want[name], model.tolerance) for name in want}
    for name, answers in want.items():
        require_equal(name, got[name], answers, tolerance[name])
    if model.accepts_missing:
        _prove_missing(job, model, session, rows, tolerance)
    # They are spread over all rows: of the eval set, permuted, and at thresholds.
    some = np.unique(np.linspace(0, len(rows) - 1, GOLDEN_ROWS).astype(np.int64))
    golden = {name: values[some] for name, values in want.items()}
    return Proof({model.input_name: rows[some]}, golden, tolerance)


def comparable_rows(model: FittedModel, rows: Array) -> Array:
    """Leave out rows without a unique answer; where few have one, try beside them."""
    unique = model.comparable(rows)
    if unique is None:
        return rows
    if unique.sum() < GOLDEN_ROWS:
        noise = np.random.default_rng(2).normal(size=rows.shape) * rows.std(axis=0) / 8
        rows = np.concatenate([rows, rows + noise])
        unique = model.comparable(rows)
    found = rows[unique]
    if len(found) == 0:
        raise unfit("export: no row has a unique answer, so the model cannot be proven")
    return found


def proof_rows(X: Array, X_eval: Array | None) -> Array:
    """Make rows: those of the eval set, and rows of X whose columns are permuted.

    In a quarter of them, columns are the mean of two values of X: a threshold of a tree lies there.
    """
    draw = np.random.default_rng(0)
    count = max(GOLDEN_ROWS, min(PROOF_ROWS, PROOF_VALUES // X[0].size))
    parts = [] if X_eval is None else [_filled(X_eval[:count])]
    X = _filled(X[:: max(1, len(X) // (16 * count))])
    while sum(len(part) for part in parts) < count:
        flat = X[draw.integers(0, len(X), min(count, 2 * len(X)))].reshape(-1, X[0].size)
        parts.append(draw.permuted(flat, axis=0).reshape(-1, *X.shape[1:]))
    rows = np.concatenate(parts)[:count]
    quarter = len(rows) - len(rows) // 4
    middle = _thresholds(X, draw, rows[quarter:].shape)
    if X_eval is None or len(X_eval) < quarter:
        rows[quarter:] = middle
    return rows


def _filled(X: Array) -> Array:
    """Put the mean of its column for each NaN: golden answers are JSON, which has none."""
    missing = np.isnan(X)
    if not missing.any():
        return X
    known = np.where(missing, 0, X).sum(axis=0) / np.maximum((~missing).sum(axis=0), 1)
    return np.where(missing, known, X)


def _thresholds(X: Array, draw: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Draw values halfway between neighbours in a column, where thresholds lie."""
    flat = np.sort(X.reshape(len(X), -1), axis=0)
    at = draw.integers(0, max(1, len(flat) - 1), (shape[0], flat.shape[1]))
    columns = np.arange(flat.shape[1])
    following = flat[np.minimum(at + 1, len(flat) - 1), columns]
    return np.asarray((flat[at, columns] + following) / 2).reshape(shape)


def open_graph(job: Job, graph: bytes) -> Any:
    """Open the graph in ONNX Runtime, which takes 0.3 s for a forest of 300 trees."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = job.threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def run_graph(job: Job, session: Any, rows: Array, outputs: list[str]) -> Arrays:
    """Answer rows by ONNX Runtime, some at a time."""
    parts: list[list[Any]] = []
    name = session.get_inputs()[0].name
    for first in range(0, len(rows), CHUNK_ROWS):
        job.check()
        parts.append(session.run(outputs, {name: rows[first : first + CHUNK_ROWS]}))
    joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return dict(zip(outputs, joined, strict=True))


def tolerance_of(answers: Array, tolerance: Tolerance) -> dict[str, float]:
    """Tell the tolerated difference of an output; of labels it is none."""
    if answers.dtype.kind != "f":
        return {"absolute": 0.0, "relative": 0.0}
    scale = float(np.abs(answers[np.isfinite(answers)]).max(initial=0.0))
    absolute = max(tolerance.absolute, tolerance.relative * SMALL_SHARE * scale)
    return {"absolute": absolute, "relative": tolerance.relative}


def require_equal(name: str, got: Array, want: Array, tolerance: dict[str, float]) -> None:
    """Refuse answers that differ by more than is tolerated."""
    if got.shape != want.shape:
        raise unfit(f"export: {name} has the shape {got.shape}, the library's is {want.shape}")
    if want.dtype.kind != "f":
        wrong = int((got != want.astype(got.dtype)).sum())
        if wrong:
            raise unfit(f"export: {wrong} of {len(want)} {name} differ from the library's")
        return
    difference = np.abs(got - want)
    allowed = tolerance["absolute"] + tolerance["relative"] * np.abs(want)
    bad = ~((difference <= allowed) | (np.isnan(got) & np.isnan(want)))
    if bad.any():
        at = tuple(int(index) for index in np.argwhere(bad)[0])
        raise unfit(
            f"export: {name} differ from the library's by up to {difference[bad].max():.3g} in "
            f"{int(bad.sum())} of {want.size} values, first {got[at]!r} for {want[at]!r}; "
            f"{tolerance['relative']:g} of the value is tolerated"
        )


def _prove_missing(
    job: Job, model: FittedModel, session: Any, rows: Array, tolerance: dict[str, dict[str, float]]
) -> None:
    holes = rows[: len(rows) // 2].copy()
    holes[np.random.default_rng(1).random(holes.shape) < 0.2] = np.nan
    want = model.predict(holes)
    for name, got in run_graph(job, session, holes, list(want)).items():
        require_equal(name, got, want[name], tolerance[name])
