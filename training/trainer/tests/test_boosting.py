"""xgboost and lightgbm through ONNX answer as the libraries do; watching them changes nothing."""

from typing import Any

import numpy as np
import pytest
from jobs import arrays, message, predict, run, table, targets

from headgate_trainer.boosting import lgbm_trees, xgb_trees
from headgate_trainer.explanation import explain
from headgate_trainer.failure import TrainingError
from headgate_trainer.job import Job
from headgate_trainer.registry import all_trainers
from headgate_trainer.training import train

xgboost = pytest.importorskip("xgboost")
lightgbm = pytest.importorskip("lightgbm")

LIBRARY = {
    "xgb_classifier": xgboost.XGBClassifier,
    "xgb_regressor": xgboost.XGBRegressor,
    "lgbm_classifier": lightgbm.LGBMClassifier,
    "lgbm_regressor": lightgbm.LGBMRegressor,
}
ROUNDS = {"xgb": "early_stopping_rounds", "lgbm": "early_stopping_round"}
QUIET = {"xgb": {"verbosity": 0}, "lgbm": {"verbosity": -1}}


def rows_at_thresholds(name: str, estimator: Any, X: Any) -> Any:
    """Rows with a value on a threshold of the model, just below it, and just above."""
    if name.startswith("xgb"):
        booster, kind = estimator.get_booster(), np.float32
        trees = xgb_trees.read_trees(booster, booster.num_boosted_rounds()).trees
    else:
        kind = np.float64
        trees = lgbm_trees.read_trees(estimator.booster_, -1).trees
    splits = [
        (tree.feature[node], kind(tree.threshold[node]))
        for tree in trees
        for node in np.flatnonzero(~tree.leaf)
    ]
    rows = []
    for at, (column, threshold) in enumerate(splits[:400]):
        for direction in (-np.inf, 0, np.inf):
            row = X[at % len(X)].copy()
            row[column] = np.nextafter(threshold, kind(direction)) if direction else threshold
            rows.append(row)
    return np.array(rows)


CASES: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in LIBRARY),
    *(
        ("xgb_regressor", {"objective": objective})
        for objective in (
            "reg:squaredlogerror",
            "reg:logistic",
            "reg:pseudohubererror",
            "reg:absoluteerror",
            "reg:gamma",
            "reg:tweedie",
            "count:poisson",
        )
    ),
    ("xgb_regressor", {"objective": "reg:quantileerror", "quantile_alpha": 0.3}),
    ("xgb_regressor", {"booster": "dart", "rate_drop": 0.3, "learning_rate": 0.5}),
    ("xgb_regressor", {"num_parallel_tree": 3, "subsample": 0.5, "colsample_bynode": 0.5}),
    ("xgb_regressor", {"monotone_constraints": [1, 0, 0, 0, 0, -1], "base_score": 2.5}),
    ("xgb_regressor", {"interaction_constraints": [[0, 1], [2, 3, 4, 5]], "max_depth": 0,
                       "max_leaves": 9, "grow_policy": "lossguide"}),
    ("xgb_classifier", {"booster": "dart", "rate_drop": 0.3}),
    *(
        ("lgbm_regressor", {"objective": objective})
        for objective in (
            "regression_l1",
            "huber",
            "fair",
            "poisson",
            "quantile",
            "mape",
            "gamma",
            "tweedie",
        )
    ),
    ("lgbm_regressor", {"boosting_type": "dart", "drop_rate": 0.5}),
    ("lgbm_regressor", {"boosting_type": "rf", "subsample": 0.6, "subsample_freq": 1}),
    ("lgbm_regressor", {"max_depth": 1, "n_estimators": 3, "extra_trees": True}),
    ("lgbm_regressor", {"min_child_samples": 1000}),  # trees of one leaf
    ("lgbm_classifier", {"boosting_type": "rf", "subsample": 0.6, "subsample_freq": 1}),
    ("lgbm_classifier", {"class_weight": {"0": 3, "1": 1, "2": 2}, "boosting_type": "dart"}),
]  # fmt: skip


def library_parameters(name: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """The same parameters in Python's own kinds."""
    own = dict(parameters)
    if "class_weight" in own:
        own["class_weight"] = {int(label): weight for label, weight in own["class_weight"].items()}
    if name.startswith("xgb") and "monotone_constraints" in own:
        own["monotone_constraints"] = tuple(own["monotone_constraints"])
    if name.startswith("xgb") and "interaction_constraints" in own:
        own["interaction_constraints"] = str(own["interaction_constraints"])
    return own | {"n_jobs": 1}


@pytest.mark.parametrize(("name", "more"), CASES, ids=[f"{name} {more}" for name, more in CASES])
@pytest.mark.parametrize("missing", [False, True], ids=["complete", "with NaN"])
def test_answers_are_the_librarys(name: str, more: dict[str, Any], missing: bool) -> None:
    prefix, family = name.split("_")
    X, score = table(600)
    if missing:
        X[np.random.default_rng(1).random(X.shape) < 0.1] = np.nan
    y = targets(family, score)
    if family == "regressor" and more.get("objective") not in (None, "reg:quantileerror"):
        y = 1 / (1 + np.exp(-y))  # above 0 and below 1, for every objective
    parameters = {"n_estimators": 25, "random_state": 1} | QUIET[prefix] | more
    library = LIBRARY[name](**library_parameters(name, parameters)).fit(X, y)
    messages = run(name, {"X": X, "y": y}, parameters)

    outputs = arrays(message(messages, "fitted")["outputs"])
    np.testing.assert_array_equal(
        outputs["feature_importances"], library.feature_importances_.astype(np.float64)
    )
    near = rows_at_thresholds(name, library, X)
    fresh = table(2000, seed=5)[0]
    fresh[np.random.default_rng(2).random(fresh.shape) < 0.1] = np.nan
    exact = prefix == "lgbm"
    for rows in (near, fresh) if len(near) else (fresh,):
        onnx = message(messages, "exported")["onnx"]
        if family == "classifier":
            got = predict(onnx, rows, ["labels", "probabilities"])
            np.testing.assert_array_equal(got["labels"], library.predict(rows))
            want = library.predict_proba(rows)
            np.testing.assert_allclose(
                got["probabilities"],
                want,
                rtol=1e-9 if exact else 1e-6,
                atol=1e-12 if exact else 2e-7,
            )
        else:
            want = library.predict(rows).astype(np.float64)
            scale = np.abs(want).max()
            got = predict(onnx, rows, ["predictions"])["predictions"]
            np.testing.assert_allclose(
                got, want, rtol=1e-9 if exact else 1e-6, atol=(1e-12 if exact else 4e-7) * scale
            )


@pytest.mark.parametrize("text", [False, True], ids=["integers", "text"])
@pytest.mark.parametrize("name", ["xgb_classifier", "lgbm_classifier"])
def test_labels_of_two_classes_with_ties(name: str, text: bool) -> None:
    draw = np.random.default_rng(3)
    X = draw.integers(0, 4, (600, 5)).astype(np.float64)
    y = draw.integers(0, 2, 600)
    # Every row a second time with the other class: every leaf is a tie.
    X, y = np.concatenate([X, X[:200]]), np.concatenate([y, 1 - y[:200]])
    names = np.array(["up", "down"], dtype=object)[y] if text else y + 7
    parameters = {"n_estimators": 7, "random_state": 1} | QUIET[name.split("_")[0]]
    classes, numbers = np.unique(names, return_inverse=True)
    library = LIBRARY[name](**parameters, n_jobs=1).fit(X, numbers)
    exported = message(run(name, {"X": X, "y": names}, parameters), "exported")
    rows = draw.integers(0, 4, (20_000, 5)).astype(np.float64)
    got = predict(exported["onnx"], rows, ["labels", "probabilities"])
    np.testing.assert_array_equal(got["labels"], classes[library.predict(rows)])


@pytest.mark.parametrize("name", list(LIBRARY))
def test_stops_early_as_the_library_does(name: str) -> None:
    prefix, family = name.split("_")
    X, score = table(900)
    y = targets(family, score)
    metrics = {
        "xgb_classifier": ["merror", "mlogloss"],
        "xgb_regressor": ["mae", "rmse"],
        "lgbm_classifier": "multi_error",
        "lgbm_regressor": "l1",
    }[name]
    parameters = {"n_estimators": 300, "random_state": 1, ROUNDS[prefix]: 4} | QUIET[prefix]
    if prefix == "xgb":
        library = LIBRARY[name](**parameters, eval_metric=metrics, n_jobs=1)
        library.fit(X[:600], y[:600], eval_set=[(X[600:], y[600:])], verbose=False)
        curves, best = library.evals_result()["validation_0"], library.best_iteration
    else:
        library = LIBRARY[name](**parameters, n_jobs=1)
        library.fit(X[:600], y[:600], eval_X=X[600:], eval_y=y[600:], eval_metric=metrics)
        curves, best = library.evals_result_["valid_0"], library.best_iteration_
    inputs = {"X": X[:600], "y": y[:600], "X_eval": X[600:], "y_eval": y[600:]}
    messages = run(name, inputs, parameters | {"eval_metric": metrics})

    outputs = arrays(message(messages, "fitted")["outputs"])
    assert outputs["best_iteration"] == best
    assert 1 < best < 250
    assert list(outputs["eval_metrics"]) == list(curves)
    np.testing.assert_array_equal(outputs["evals_result"], list(curves.values()))
    assert outputs["n_iter"] == outputs["evals_result"].shape[1]
    told = [each for each in messages if each["type"] == "progress"]
    assert told[-1]["share_done"] == 1
    # Only the trees up to the best iteration answer.
    output = "labels" if family == "classifier" else "predictions"
    got = predict(message(messages, "exported")["onnx"], X, [output])[output]
    np.testing.assert_allclose(got, library.predict(X), rtol=1e-6, atol=2e-6)


@pytest.mark.parametrize("name", list(LIBRARY))
def test_ends_when_it_is_cancelled(name: str) -> None:
    X, score = table()
    sent: list[dict[str, Any]] = []

    def send(each: dict[str, Any]) -> None:
        sent.append(each)
        job.cancelled.set()

    inputs = {"X": X, "y": targets(name.split("_")[1], score)}
    job = Job("job", name, inputs, {"n_estimators": 100_000}, True, 1, send)
    with pytest.raises(TrainingError) as failure:
        train(job, all_trainers()[name])
    assert failure.value.code == "cancelled"
    assert [each["type"] for each in sent] == ["progress"]


@pytest.mark.parametrize(
    ("name", "parameters", "inputs", "code", "said"),
    [
        ("xgb_regressor", {"early_stopping_rounds": 3}, {}, "invalid_argument",
         "parameters.early_stopping_rounds: stops by the eval set"),
        ("lgbm_regressor", {"early_stopping_round": 3}, {}, "invalid_argument",
         "parameters.early_stopping_round: stops by the eval set"),
        ("xgb_regressor", {"feature_types": ["c", "q", "q", "q", "q", "q"]}, {},
         "failed_precondition", "parameters.feature_types: splits by category cannot be exported"),
        ("lgbm_regressor", {"categorical_feature": [0]}, {}, "failed_precondition",
         "parameters.categorical_feature: splits by category cannot be exported"),
        ("lgbm_regressor", {"num_leafs": 3}, {}, "invalid_argument", "parameters.num_leafs: there"),
        ("xgb_regressor", {"booster": "gblinear"}, {}, "invalid_argument", "parameters.booster:"),
        ("xgb_regressor", {}, {"X": np.full((240, 6), 1e300)}, "invalid_argument",
         "inputs.X: has values beyond FP32"),
        ("xgb_regressor", {}, {"y": np.full(240, np.nan)}, "invalid_argument", "inputs.y: "),
        ("lgbm_classifier", {}, {"y": np.zeros(240, dtype=np.int64)}, "invalid_argument",
         "inputs.y: has one class only"),
        ("lgbm_classifier", {"class_weight": {"7": 1}}, {"y": np.arange(240) % 2},
         "invalid_argument", "parameters.class_weight.7: is not a class of y"),
        ("xgb_regressor", {"objective": "reg:quantileerror"}, {}, "invalid_argument",
         "parameters.quantile_alpha: the objective"),
        ("lgbm_regressor", {"monotone_constraints": [1] * 9}, {}, "invalid_argument",
         "parameters.monotone_constraints: has 9 values, and X 6 columns"),
        ("xgb_regressor", {"interaction_constraints": [[0, 1], [2, 6]]}, {}, "invalid_argument",
         "parameters.interaction_constraints: X has no column 6"),
        ("xgb_regressor", {}, {"groups": np.zeros(240)}, "invalid_argument", "inputs.groups: "),
    ],
)  # fmt: skip
def test_refuses(
    name: str, parameters: dict[str, Any], inputs: dict[str, Any], code: str, said: str
) -> None:
    X, y = table()
    with pytest.raises(TrainingError) as failure:
        run(name, {"X": X, "y": y} | inputs, parameters)
    assert (failure.value.code, failure.value.message[: len(said)]) == (code, said)


@pytest.mark.parametrize(
    ("name", "parameters", "said"),
    [
        ("xgb_regressor", {"objective": "reg:gamma"}, "inputs: the library refused them: Check"),
        ("lgbm_regressor", {"objective": "poisson"}, "inputs: the library refused them: "),
        ("lgbm_regressor", {"boosting_type": "rf"}, "inputs: the library refused them: "),
    ],
)
def test_tells_the_librarys_reason(name: str, parameters: dict[str, Any], said: str) -> None:
    X, y = table()
    job = Job("job", name, {"X": X, "y": -np.abs(y)}, parameters, False, 1, print)
    with pytest.raises(ValueError) as refusal:
        train(job, all_trainers()[name])
    failure = explain(refusal.value, job)
    assert failure.code == "invalid_argument"
    assert "Stack" not in failure.message
    assert failure.message.startswith(said), failure.message


def test_a_fit_with_categories_is_not_exported_but_fits() -> None:
    X, y = table()
    X[:, 0] = np.arange(len(X)) % 5
    kinds = ["c", *["q"] * 5]
    parameters = {"feature_types": kinds, "n_estimators": 5}
    outputs = arrays(
        message(run("xgb_regressor", {"X": X, "y": y}, parameters, export=False), "fitted")[
            "outputs"
        ]
    )
    library = xgboost.XGBRegressor(**parameters, enable_categorical=True, n_jobs=1).fit(X, y)
    np.testing.assert_array_equal(outputs["feature_importances"], library.feature_importances_)


@pytest.mark.parametrize("name", list(LIBRARY))
def test_defaults_are_the_librarys(name: str) -> None:
    defaults = LIBRARY[name]().get_params()
    passed_on = set()
    for each in all_trainers()[name].parameters:
        if each.name in defaults:
            assert each.default == defaults[each.name], each.name
        else:
            passed_on.add(each.name)
    # What the constructors pass on to the library's core has its documented defaults.
    if name.startswith("xgb"):
        assert passed_on <= {"rate_drop", "skip_drop", "quantile_alpha", "huber_slope",
                             "tweedie_variance_power"}  # fmt: skip
    assert "learning_rate" in defaults.keys() - passed_on
