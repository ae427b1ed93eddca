"""Bad input: each failure has its code, and a message that begins with the field."""

from typing import Any

import numpy as np
import pytest
from jobs import run, table, targets

from headgate_trainer.explanation import explain
from headgate_trainer.failure import TrainingError
from headgate_trainer.job import Job


def inputs(**changed: Any) -> Any:
    X, score = table(60)
    return {"X": X, "y": targets("classifier", score), **changed}


def with_nan(shape: Any, at: Any) -> Any:
    values = np.ones(shape)
    values[at] = np.nan
    return values


CLASSIFIER, REGRESSOR = "random_forest_classifier", "random_forest_regressor"
REFUSED: dict[str, tuple[str, Any, Any, str]] = {
    "NaN in y": (REGRESSOR, inputs(y=with_nan(60, 7)), {}, "inputs.y: the value at [7] is NaN"),
    "NaN in X": (
        "ridge",
        inputs(X=with_nan((60, 2), (3, 1))),
        {},
        "inputs.X: the value at [3, 1] is NaN",
    ),
    "infinite X": (
        REGRESSOR,
        inputs(X=np.full((60, 2), np.inf)),
        {},
        "inputs.X: the value at [0, 0] is inf",
    ),
    "an empty column": (
        "hist_gradient_boosting_regressor",
        inputs(X=with_nan((60, 3), (slice(None), 1))),
        {},
        "inputs.X: column 1 has no value but NaN",
    ),
    "one class": (CLASSIFIER, inputs(y=np.zeros(60, int)), {}, "inputs.y: has one class only (0)"),
    "classes of floats": (CLASSIFIER, inputs(y=np.zeros(60)), {}, "inputs.y: classes are"),
    "text for a regressor": (
        REGRESSOR,
        inputs(y=np.array(["a"] * 60, object)),
        {},
        "inputs.y: a regressor",
    ),
    "rows apart": (
        CLASSIFIER,
        inputs(y=np.arange(59)),
        {},
        "inputs.y: must have a value for each of the 60",
    ),
    "no rows": (CLASSIFIER, inputs(X=np.ones((0, 3))), {}, "inputs.X: must have 2 dimensions"),
    "flat X": (CLASSIFIER, inputs(X=np.ones(60)), {}, "inputs.X: must have 2 dimensions"),
    "X alone": (CLASSIFIER, {"X": np.ones((3, 2))}, {}, "inputs.y: is missing"),
    "half an eval set": (
        CLASSIFIER,
        inputs(X_eval=np.ones((3, 6))),
        {},
        "inputs.X_eval: X_eval and y_eval",
    ),
    "eval columns": (
        CLASSIFIER,
        inputs(X_eval=np.ones((3, 5)), y_eval=np.zeros(3, int)),
        {},
        "inputs.X_eval: a row is (5,), of X it is (6,)",
    ),
    "an unseen class": (
        CLASSIFIER,
        inputs(X_eval=np.ones((3, 6)), y_eval=np.full(3, 9)),
        {},
        "inputs.y_eval: the class 9",
    ),
    "negative weights": (
        CLASSIFIER,
        inputs(sample_weight=-np.ones(60)),
        {},
        "inputs.sample_weight: must be",
    ),
    "no weight": (CLASSIFIER, inputs(sample_weight=np.zeros(60)), {}, "inputs.sample_weight: all"),
    "weights of neighbours": (
        "k_neighbors_classifier",
        inputs(sample_weight=np.ones(60)),
        {},
        "inputs.sample_weight: k_neighbors_classifier takes X, y",
    ),
    "an unknown parameter": (
        CLASSIFIER,
        inputs(),
        {"depth": 3},
        "parameters.depth: there is no such parameter",
    ),
    "a removed parameter": (
        "logistic_regression",
        inputs(),
        {"penalty": "l2"},
        "parameters.penalty: there is",
    ),
    "out of range": (
        CLASSIFIER,
        inputs(),
        {"max_depth": 0},
        "parameters.max_depth: must be an integer at least 1",
    ),
    "of another type": (
        CLASSIFIER,
        inputs(),
        {"bootstrap": 1},
        "parameters.bootstrap: must be true or false",
    ),
    "a strange class": (
        CLASSIFIER,
        inputs(),
        {"class_weight": {"x": 1}},
        "parameters.class_weight.x: is not",
    ),
    "a combination": (
        CLASSIFIER,
        inputs(),
        {"bootstrap": False, "max_samples": 0.5},
        "parameters.bootstrap: ",
    ),
    "too few rows": (
        "k_neighbors_classifier",
        inputs(),
        {"n_neighbors": 61},
        "parameters.n_neighbors: ",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusal(name: str) -> None:
    trainer, given, parameters, start = REFUSED[name]
    messages: list[Any] = []
    try:
        messages = run(trainer, given, parameters)
    except Exception as error:
        job = Job("job", trainer, given, parameters, True, 1, messages.append)
        failure = explain(error, job)
        assert failure.code == "invalid_argument"
        assert failure.message.startswith(start), failure.message
    else:
        pytest.fail(f"was not refused: {[each['type'] for each in messages]}")


def test_categories_are_refused_before_the_fit_where_they_are_exported() -> None:
    X, score = table()
    X[:, 0] = np.arange(len(X)) % 4
    parameters = {"categorical_features": [0], "max_iter": 5}
    with pytest.raises(TrainingError, match=r"^parameters\.categorical_features: ") as caught:
        run("hist_gradient_boosting_regressor", {"X": X, "y": score}, parameters)
    assert caught.value.code == "failed_precondition"
    messages = run(
        "hist_gradient_boosting_regressor", {"X": X, "y": score}, parameters, export=False
    )
    assert messages[-1]["type"] == "fitted"


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (
            MemoryError(),
            "resource_exhausted",
            "the training needs more memory than there is: use fewer rows or a smaller model",
        ),
        (
            ValueError("bad /home/user/secret/x.py value"),
            "invalid_argument",
            "inputs: the library refused them: bad … value",
        ),
        (RuntimeError("no"), "internal", "the training failed with RuntimeError: no"),
    ],
)
def test_what_a_library_raises(error: Exception, code: str, message: str, capsys: Any) -> None:
    failure = explain(error, Job("job", "ridge", {}, {}, False, 1, lambda _: None))
    assert (failure.code, failure.message) == (code, message)
    assert "/" not in capsys.readouterr().err
