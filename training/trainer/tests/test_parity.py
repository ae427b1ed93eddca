"""Every trainer's exported model answers as scikit-learn does, over variants of its parameters."""

from typing import Any

import numpy as np
import pytest
from jobs import arrays, message, predict, run, table

from headgate_trainer.failure import TrainingError
from headgate_trainer.registry import all_trainers
from headgate_trainer.scikit.trainer import ScikitTrainer

SMALL = {"n_estimators": 8, "random_state": 0}
QUICK = {"max_iter": 8, "random_state": 0}
NETWORK = {"hidden_layer_sizes": (7, 5), "max_iter": 40, "random_state": 0}
TREES, SMOOTH, DISTANCES = 1e-6, 1e-9, 1e-6

# Trainer, parameters as the library takes them, the tolerance, and the number of classes or outputs.
Variant = tuple[str, dict[str, Any], float, int]
VARIANTS: list[Variant] = [
    ("random_forest_classifier", {**SMALL, "class_weight": {"0": 2, "1": 1, "2": 3}}, TREES, 3),
    ("random_forest_classifier", {**SMALL, "oob_score": True, "criterion": "entropy"}, TREES, 2),
    (
        "random_forest_regressor",
        {**SMALL, "criterion": "absolute_error", "max_samples": 0.5},
        TREES,
        1,
    ),
    ("extra_trees_classifier", {**SMALL, "max_depth": 6}, TREES, 3),
    ("extra_trees_regressor", {**SMALL, "max_features": 0.5}, TREES, 2),
    ("gradient_boosting_classifier", {**SMALL, "subsample": 0.5}, TREES, 3),
    ("gradient_boosting_classifier", {**SMALL, "loss": "exponential"}, TREES, 2),
    ("gradient_boosting_classifier", {**SMALL, "init": "zero", "n_iter_no_change": 3}, TREES, 2),
    ("gradient_boosting_regressor", {**SMALL, "loss": "huber", "alpha": 0.8}, TREES, 1),
    ("gradient_boosting_regressor", {**SMALL, "loss": "quantile"}, TREES, 1),
    ("hist_gradient_boosting_classifier", {**QUICK, "early_stopping": True}, TREES, 3),
    ("hist_gradient_boosting_classifier", {**QUICK, "class_weight": "balanced"}, TREES, 2),
    ("hist_gradient_boosting_regressor", {**QUICK, "loss": "absolute_error"}, TREES, 1),
    (
        "hist_gradient_boosting_regressor",
        {**QUICK, "max_bins": 7, "l2_regularization": 1.5},
        TREES,
        1,
    ),
    ("mlp_classifier", {**NETWORK, "activation": "tanh"}, SMOOTH, 3),
    ("mlp_classifier", {**NETWORK, "early_stopping": True}, SMOOTH, 2),
    ("mlp_classifier", {**NETWORK, "solver": "lbfgs", "activation": "logistic"}, SMOOTH, 2),
    (
        "mlp_regressor",
        {**NETWORK, "activation": "identity", "solver": "sgd", "learning_rate_init": 1e-9},
        SMOOTH,
        1,
    ),
    ("mlp_regressor", NETWORK, SMOOTH, 2),
    ("logistic_regression", {"C": 0.3}, SMOOTH, 3),
    ("logistic_regression", {"solver": "liblinear", "class_weight": "balanced"}, SMOOTH, 2),
    ("ridge", {"alpha": 2.5}, SMOOTH, 1),
    ("ridge", {"solver": "svd", "fit_intercept": False}, SMOOTH, 2),
    ("lasso", {"alpha": 0.01}, SMOOTH, 1),
    ("lasso", {"alpha": 0.01, "positive": True}, SMOOTH, 2),
    ("elastic_net", {"l1_ratio": 0.2, "selection": "random", "random_state": 0}, SMOOTH, 1),
    ("svc", {"gamma": 1e-4, "C": 10}, DISTANCES, 2),
    ("svc", {"break_ties": True, "class_weight": "balanced"}, DISTANCES, 4),
    ("svc", {"kernel": "poly", "degree": 2}, DISTANCES, 3),
    ("svc", {"kernel": "sigmoid", "coef0": 0.5}, DISTANCES, 3),
    ("svr", {"kernel": "linear", "C": 1e-6}, DISTANCES, 1),
    ("svr", {"epsilon": 0.01}, DISTANCES, 1),
    ("k_neighbors_classifier", {"weights": "distance"}, DISTANCES, 3),
    ("k_neighbors_classifier", {"metric": "manhattan", "algorithm": "kd_tree"}, DISTANCES, 2),
    ("k_neighbors_regressor", {"p": 3, "n_neighbors": 4}, DISTANCES, 1),
    ("k_neighbors_regressor", {"metric": "chebyshev", "weights": "distance"}, DISTANCES, 2),
    ("k_neighbors_regressor", {"metric": "cosine"}, DISTANCES, 1),
    ("k_neighbors_regressor", {"metric": "sqeuclidean", "algorithm": "brute"}, DISTANCES, 1),
]
# A trainer that is in no variant above is tried with its defaults.
NAMED = {name for name, *_ in VARIANTS}
VARIANTS += [
    (name, {"random_state": 0} if "gradient" in name else {}, TREES, 2)
    for name, trainer in all_trainers().items()
    if isinstance(trainer, ScikitTrainer) and name not in NAMED
]


def name_of(variant: Variant) -> str:
    name, parameters, _, count = variant
    changed = ", ".join(
        f"{key}={value}" for key, value in parameters.items() if key != "random_state"
    )
    return f"{name}({changed}) {count}"


def wire(value: Any) -> Any:
    """A value as it comes out of JavaScript: no tuples, no floats that are whole."""
    if isinstance(value, tuple):
        return [wire(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def y_of(family: str, score: Any, count: int) -> Any:
    if family == "classifier":
        return np.digitize(score, np.quantile(score, np.arange(1, count) / count))
    return score if count == 1 else np.stack([score, score**2], axis=1)


@pytest.mark.parametrize("variant", VARIANTS, ids=name_of)
@pytest.mark.filterwarnings("ignore")
def test_parity(variant: Variant) -> None:
    name, parameters, tolerance, count = variant
    trainer = all_trainers()[name]
    assert isinstance(trainer, ScikitTrainer)
    X, score = table()
    y = y_of(trainer.family, score, count)
    held, held_score = table(400, seed=5)
    inputs = {"X": X, "y": y, "X_eval": held, "y_eval": y_of(trainer.family, held_score, count)}
    # With early stopping the histograms would watch the eval set; the plain fit here has none.
    if parameters.get("early_stopping"):
        inputs = {"X": X, "y": y}
    messages = run(name, inputs, {key: wire(value) for key, value in parameters.items()})

    weights = parameters.get("class_weight")
    if isinstance(weights, dict):
        parameters = {
            **parameters,
            "class_weight": {int(key): value for key, value in weights.items()},
        }
    library = trainer.estimator(**parameters).fit(X, y)
    outputs = arrays(message(messages, "fitted")["outputs"])
    for attribute in ("feature_importances_", "coef_", "loss_curve_", "oob_score_", "dual_coef_"):
        if hasattr(library, attribute) and attribute[:-1] in outputs:
            np.testing.assert_array_equal(
                outputs[attribute[:-1]], np.asarray(getattr(library, attribute))
            )
    assert outputs["train_score"] == pytest.approx(library.score(X, y), rel=1e-12)
    if "X_eval" in inputs:
        assert outputs["eval_score"] == pytest.approx(
            library.score(held, inputs["y_eval"]), rel=1e-12
        )

    told = [each for each in messages if each["type"] == "progress" and "iteration" in each]
    assert bool(told) == name.startswith(("random", "extra", "gradient", "hist", "mlp"))

    exported = message(messages, "exported")
    names = [each["name"] for each in exported["outputs"]]
    got = predict(exported["onnx"], held, names)
    if "labels" in got:
        np.testing.assert_array_equal(got["labels"], library.predict(held))
    if "probabilities" in got:
        np.testing.assert_allclose(
            got["probabilities"], library.predict_proba(held), rtol=tolerance, atol=1e-12
        )
    if "predictions" in got:
        want = library.predict(held)
        smallest = tolerance * 1e-3 * np.abs(want).max()
        if (
            tolerance == TREES
            and name.split("_")[0] in ("random", "extra", "gradient", "hist")
            and count == 1
        ):
            # One thread adds the trees in the library's order; it was watched, and this fit was not.
            np.testing.assert_array_equal(got["predictions"], want)
        np.testing.assert_allclose(got["predictions"], want, rtol=tolerance, atol=smallest)
    stated = max(each["relative"] for each in exported["tolerance"].values())
    assert stated == (0 if names == ["labels"] else tolerance)


@pytest.mark.parametrize(
    "name", ["logistic_regression", "svc", "mlp_classifier", "k_neighbors_classifier"]
)
@pytest.mark.filterwarnings("ignore")
def test_classes_of_text_and_booleans(name: str) -> None:
    X, score = table()
    for y in (np.array(["no", "yes"], dtype=object)[(score > 0).astype(int)], score > 0):
        messages = run(name, {"X": X, "y": y}, {})
        exported = message(messages, "exported")
        labels = predict(exported["onnx"], X, ["labels"])["labels"]
        want = y if y.dtype.kind == "O" else y.astype(np.int64)
        assert set(labels) <= set(want)
        assert np.mean(labels == want) > 0.5
        datatype = "BYTES" if y.dtype.kind == "O" else "INT64"
        assert exported["outputs"][0]["datatypes"] == [datatype]


@pytest.mark.parametrize("name", ["random_forest_regressor", "ridge", "svr", "mlp_regressor"])
@pytest.mark.filterwarnings("ignore")
def test_weights_are_the_librarys(name: str) -> None:
    X, y = table()
    weights = np.linspace(0, 3, len(y))
    trainer = all_trainers()[name]
    assert isinstance(trainer, ScikitTrainer)
    seed = (
        {"random_state": 0}
        if any(each.name == "random_state" for each in trainer.parameters)
        else {}
    )
    messages = run(name, {"X": X, "y": y, "sample_weight": weights}, seed)
    library = trainer.estimator(**seed).fit(X, y, sample_weight=weights)
    got = predict(message(messages, "exported")["onnx"], X, ["predictions"])["predictions"]
    np.testing.assert_allclose(got, library.predict(X), rtol=1e-9)


def test_histograms_watch_the_eval_set_when_they_stop_early() -> None:
    X, score = table()
    held, held_score = table(100, seed=5)
    inputs = {"X": X, "y": score, "X_eval": held, "y_eval": held_score}
    parameters = {"early_stopping": True, "max_iter": 60, "random_state": 0, "n_iter_no_change": 2}
    messages = run("hist_gradient_boosting_regressor", inputs, parameters, export=False)
    trainer = all_trainers()["hist_gradient_boosting_regressor"]
    assert isinstance(trainer, ScikitTrainer)
    library = trainer.estimator(**parameters).fit(X, score, X_val=held, y_val=held_score)
    outputs = arrays(message(messages, "fitted")["outputs"])
    assert outputs["n_iter"] == library.n_iter_ < 60
    np.testing.assert_array_equal(outputs["validation_score_curve"], library.validation_score_)


def test_a_difference_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:

    from headgate_trainer.scikit import linear

    def wrong(estimator: Any, graph: Any, x: str) -> dict[str, str]:
        estimator.coef_ = estimator.coef_ * (1 + 1e-8)
        answers = linear.linear(estimator, graph, x)
        estimator.coef_ = estimator.coef_ / (1 + 1e-8)
        return answers

    monkeypatch.setattr("headgate_trainer.scikit.trainer.load", lambda _: wrong)
    X, y = table()
    with pytest.raises(
        TrainingError, match="export: predictions differ from the library's by up to"
    ) as caught:
        run("ridge", {"X": X, "y": y}, {})
    assert caught.value.code == "failed_precondition"


def test_rows_with_holes_leave_none_in_the_golden_answers() -> None:
    X, y = table()
    X[np.random.default_rng(0).random(X.shape) < 0.6] = np.nan
    X[:, 3] = np.nan
    inputs = {"X": X, "y": y, "X_eval": X[:100], "y_eval": y[:100]}
    messages = run("random_forest_regressor", inputs, {"n_estimators": 5, "random_state": 0})
    exported = message(messages, "exported")
    golden = arrays(exported["golden"]["inputs"])["X"]
    assert golden.shape == (64, 6)
    assert np.isfinite(golden).all()
    assert exported["inputs"][0]["allowNonFinite"] is True


def test_what_is_too_large_to_serve_is_refused_before_it_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    X, y = table()
    monkeypatch.setattr("headgate_trainer.training.EXPORT_BYTES_MAX", 1 << 10)
    with pytest.raises(
        TrainingError, match=r"^export: the model has \d+ MiB, and at most 0 can be served"
    ):
        run("random_forest_regressor", {"X": X, "y": y}, {"n_estimators": 3})
    monkeypatch.setattr("headgate_trainer.scikit.neighbours.STORED_MAX", 200)
    with pytest.raises(
        TrainingError, match=r"^export: a prediction computes the distance to each of the 240"
    ):
        run("k_neighbors_regressor", {"X": X, "y": y}, {})


@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("columns", [4, 20], ids=["tree", "brute force"])
def test_neighbours_where_most_rows_have_ties(weights: str, columns: int) -> None:
    draw = np.random.default_rng(0)
    X = draw.integers(0, 4, (1000, columns)).astype(np.float64)
    inputs = {"X": X, "y": X[:, 0] + draw.normal(size=1000)}
    exported = message(run("k_neighbors_regressor", inputs, {"weights": weights}), "exported")
    assert len(arrays(exported["golden"]["inputs"])["X"]) == 64
