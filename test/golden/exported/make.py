"""Write models as the trainer exports them, with scikit-learn's own answers for other rows.

Run with the trainer's environment, from the repository's root:

    PYTHONPATH=training/trainer/src:training/trainer/tests python test/golden/exported/make.py
"""

import base64
import json
from pathlib import Path
from typing import Any

import jobs
import numpy as np

HERE = Path(__file__).parent
ROWS = 60


def data(seed: int, rows: int) -> Any:
    """Rows of few distinct numbers, so that votes of trees are often tied."""
    return np.random.default_rng(seed).integers(0, 4, size=(rows, 3)).astype(np.float64)


def score(X: Any) -> Any:
    """Compute the number that is to be learned."""
    return X[:, 0] - 2 * X[:, 1] + X[:, 2] ** 2 / 3


def text(value: Any) -> Any:
    """Spell what JSON has no numbers for."""
    return "NaN" if isinstance(value, float) and np.isnan(value) else value


def tensors(given: dict[str, Any]) -> dict[str, Any]:
    """Tensors with their elements as lists."""
    written = {}
    for name, array in jobs.arrays(given).items():
        flat = [text(value) for value in array.reshape(-1).tolist()]
        written[name] = {**given[name], "shape": list(array.shape), "data": flat}
    return written


def write(name: str, inputs: dict[str, Any], parameters: dict[str, Any], rows: Any) -> None:
    """Train, and write the exported model with the library's answers for the rows."""
    from headgate_trainer.job import Job
    from headgate_trainer.registry import all_trainers
    from headgate_trainer.tensors import to_tensors

    trainer = all_trainers()[name]
    exported = jobs.message(jobs.run(name, inputs, parameters), "exported")
    fitted = trainer.fit(Job("job", name, inputs, parameters, True, 1, lambda _: None))
    answers = to_tensors(fitted.predict(rows))
    content = {
        "trainer": name,
        "onnx": base64.b64encode(exported["onnx"]).decode(),
        "inputs": exported["inputs"],
        "outputs": exported["outputs"],
        "golden": {side: tensors(exported["golden"][side]) for side in ("inputs", "outputs")},
        "tolerance": exported["tolerance"],
        "rows": tensors(to_tensors({"X": rows}))["X"],
        "answers": tensors(answers),
    }
    (HERE / f"{name}.json").write_text(json.dumps(content) + "\n")


def main() -> None:
    """Write all of them."""
    X, rows = data(0, 120), data(1, ROWS)
    names = np.array(["down", "flat", "up"], dtype=object)
    labels = names[np.digitize(score(X), [-2.0, 0.5])]
    forest = {"n_estimators": 6, "max_depth": 4, "random_state": 0}
    write("random_forest_classifier", {"X": X, "y": labels}, forest, rows)
    write("ridge", {"X": X, "y": score(X)}, {"alpha": 0.5}, rows)
    missing = X.copy()
    missing[::7, 1] = np.nan
    holes = rows.copy()
    holes[::5, 1] = np.nan
    boosting = {"max_iter": 8, "random_state": 0}
    write("hist_gradient_boosting_regressor", {"X": missing, "y": score(X)}, boosting, holes)


if __name__ == "__main__":
    main()
