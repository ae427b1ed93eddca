"""Pipelines answer as scikit-learn's, and say which step is at fault."""

from typing import Any

import numpy as np
import pytest
from jobs import arrays, message, predict, run, table, targets
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

from headgate_trainer.failure import TrainingError


def step(transformer: str, **parameters: Any) -> dict[str, Any]:
    return {"transformer": transformer, "parameters": parameters}


def estimator(trainer: str, **parameters: Any) -> dict[str, Any]:
    return {"trainer": trainer, "parameters": parameters}


CASES = {
    "imputer, scaler, PCA, logistic": (
        [
            step("simple_imputer", add_indicator=True),
            step("standard_scaler"),
            step("pca", n_components=4),
        ],
        estimator("logistic_regression"),
        make_pipeline(
            SimpleImputer(add_indicator=True), StandardScaler(), PCA(4), LogisticRegression()
        ),
    ),
    "whitened share, network": (
        [step("simple_imputer", strategy="median"), step("pca", n_components=0.999, whiten=True)],
        estimator("mlp_regressor", hidden_layer_sizes=[8], max_iter=50, random_state=0),
        make_pipeline(
            SimpleImputer(strategy="median"),
            PCA(0.999, whiten=True),
            MLPRegressor(hidden_layer_sizes=[8], max_iter=50, random_state=0),
        ),
    ),
    "scalers, forest over NaN": (
        [
            step("min_max_scaler", feature_range=[-1, 2], clip=True),
            step("robust_scaler"),
            step("max_abs_scaler"),
        ],
        estimator("random_forest_regressor", n_estimators=10, random_state=0),
        make_pipeline(
            MinMaxScaler((-1, 2), clip=True),
            RobustScaler(),
            MaxAbsScaler(),
            RandomForestRegressor(10, random_state=0),
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_parity(name: str) -> None:
    steps, last, library = CASES[name]
    X, score = table()
    X[::7, 3] = np.nan
    family = "classifier" if last["trainer"] == "logistic_regression" else "regressor"
    y = targets(family, score)
    messages = run(
        "pipeline",
        {"X": X, "y": y, "X_eval": X[:50], "y_eval": y[:50]},
        {"steps": steps, "estimator": last},
    )
    library.fit(X, y)
    outputs = arrays(message(messages, "fitted")["outputs"])
    assert outputs["n_features_in"] == 6
    assert outputs["train_score"] == pytest.approx(library.score(X, y), rel=1e-12)
    assert outputs["eval_score"] == pytest.approx(library.score(X[:50], y[:50]), rel=1e-12)
    exported = message(messages, "exported")
    assert exported["inputs"][0]["allowNonFinite"] is True
    kind = "probabilities" if family == "classifier" else "predictions"
    got = predict(exported["onnx"], X, [kind])[kind]
    want = library.predict_proba(X) if family == "classifier" else library.predict(X)
    np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("steps", "last", "start"),
    [
        (
            [step("pca", n_components=60)],
            estimator("ridge"),
            "parameters.steps[0].parameters.n_components: ",
        ),
        (
            [step("pca", nonsense=1)],
            estimator("ridge"),
            "parameters.steps[0].parameters.nonsense: ",
        ),
        (
            [step("whitener")],
            estimator("ridge"),
            "parameters.steps[0]: must be a map with transformer",
        ),
        ([], estimator("ridge", alpha=-1), "parameters.estimator.parameters.alpha: must be"),
        ([], estimator("pipeline"), "parameters.estimator.trainer: must be one of"),
        ([step("standard_scaler")], estimator("ridge"), "inputs.X: the value at [0, 3] is NaN"),
        ([step("pca")], estimator("ridge"), "inputs.X: holds NaN"),
    ],
)
def test_refusals_name_the_step(steps: Any, last: Any, start: str) -> None:
    X, score = table()
    if "NaN" in start:
        X[::7, 3] = np.nan
    with pytest.raises(TrainingError) as caught:
        run("pipeline", {"X": X, "y": score}, {"steps": steps, "estimator": last})
    assert caught.value.message.startswith(start)
    assert caught.value.code == "invalid_argument"
