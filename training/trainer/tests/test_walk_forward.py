"""Backtests answer, digit for digit, what a plain loop over the library answers."""

import contextlib
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jobs import table, targets
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits
from walks import rolling, walk

from headgate_trainer.failure import TrainingError
from headgate_trainer.job import Job
from headgate_trainer.walk import pool

FOLDS = [((at - 120, at), (at, at + 30)) for at in range(120, 240, 30)]
Make = Callable[[], Any]
SCALED = {
    "steps": [{"transformer": "standard_scaler"}],
    "estimator": {"trainer": "logistic_regression"},
}
CASES: dict[str, tuple[str, str, dict[str, Any], Make]] = {
    "forest": (
        "random_forest_classifier",
        "classifier",
        {"n_estimators": 12, "random_state": 3},
        lambda: RandomForestClassifier(12, random_state=3),
    ),
    "forest of values": (
        "random_forest_regressor",
        "regressor",
        {"n_estimators": 12, "random_state": 3},
        lambda: RandomForestRegressor(12, random_state=3),
    ),
    "boosting": (
        "gradient_boosting_regressor",
        "regressor",
        {"n_estimators": 15, "random_state": 1},
        lambda: GradientBoostingRegressor(n_estimators=15, random_state=1),
    ),
    "histograms": (
        "hist_gradient_boosting_classifier",
        "classifier",
        {"max_iter": 10, "random_state": 0},
        lambda: HistGradientBoostingClassifier(max_iter=10, random_state=0),
    ),
    "network": (
        "mlp_classifier",
        "classifier",
        {"hidden_layer_sizes": [8], "max_iter": 20, "random_state": 5},
        lambda: MLPClassifier((8,), max_iter=20, random_state=5),
    ),
    "network of values": (
        "mlp_regressor",
        "regressor",
        {"hidden_layer_sizes": [8], "max_iter": 20, "random_state": 5},
        lambda: MLPRegressor(hidden_layer_sizes=(8,), max_iter=20, random_state=5),
    ),
    "pipeline": (
        "pipeline",
        "classifier",
        SCALED,
        lambda: make_pipeline(StandardScaler(), LogisticRegression()),
    ),
}


def loop(make: Make, X: Any, y: Any, method: str = "predict") -> tuple[Any, list[float], list[Any]]:
    """What a user's own loop answers."""
    answers, scores, models = [], [], []
    with threadpool_limits(1):
        for (first, last), (start, stop) in FOLDS:
            model = make().fit(X[first:last], y[first:last])
            answers.append(getattr(model, method)(X[start:stop]))
            scores.append(model.score(X[start:stop], y[start:stop]))
            models.append(model)
    return np.concatenate(answers), scores, models


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", CASES)
def test_equal_to_a_plain_loop_digit_for_digit(name: str) -> None:
    trainer, family, parameters, make = CASES[name]
    X, score = table()
    y = targets(family, score)
    outputs, messages = walk(trainer, {"X": X, "y": y}, rolling(), parameters)
    want, scores, models = loop(make, X, y)
    assert np.isnan(outputs["predictions"][:120]).all()
    np.testing.assert_array_equal(outputs["predictions"][120:], want)
    np.testing.assert_allclose(outputs["fold_scores"], scores, rtol=1e-12)
    np.testing.assert_array_equal(outputs["fold"][120:], np.repeat(np.arange(4), 30))
    assert (outputs["fold"][:120] == -1).all()
    np.testing.assert_array_equal(outputs["train_ranges"][:, 0], [train for train, _ in FOLDS])
    np.testing.assert_array_equal(outputs["test_ranges"][:, 0], [test for _, test in FOLDS])
    assert (outputs["fold_fit_ms"] > 0).all()
    if hasattr(models[0], "feature_importances_"):
        found = [each.feature_importances_ for each in models]
        np.testing.assert_array_equal(outputs["feature_importances"], found)
    told = [each for each in messages if each["type"] == "progress"]
    assert told[-1]["iteration"] == 4
    assert told[-1]["share_done"] == 1


def test_probabilities_and_text_and_weights() -> None:
    X, score = table()
    y = np.array(["down", "flat", "up"], dtype=object)[targets("classifier", score)]
    weight = np.random.default_rng(0).random(len(X))
    inputs = {"X": X, "y": y, "sample_weight": weight}
    parameters = {"n_estimators": 10, "random_state": 0}
    asked = ("random_forest_classifier", inputs, rolling(), parameters)
    probabilities, _ = walk(*asked, method="predict_proba")
    labels, _ = walk(*asked)
    assert probabilities["classes"].tolist() == ["down", "flat", "up"]
    for (first, last), (start, stop) in FOLDS:
        model = RandomForestClassifier(10, random_state=0)
        model.fit(X[first:last], y[first:last], weight[first:last])
        rows = slice(start, stop)
        np.testing.assert_array_equal(
            probabilities["predictions"][rows], model.predict_proba(X[rows])
        )
        assert labels["predictions"][rows].tolist() == model.predict(X[rows]).tolist()
    assert labels["predictions"][:120].tolist() == [""] * 120


def test_a_class_that_a_fold_does_not_see_has_no_probability() -> None:
    X, score = table()
    y = targets("classifier", score)
    y[120:][y[120:] == 2] = 3
    outputs, _ = walk(
        "random_forest_classifier",
        {"X": X, "y": y},
        rolling(),
        {"n_estimators": 5, "random_state": 0},
        method="predict_proba",
    )
    assert outputs["classes"].tolist() == [0, 1, 2, 3]
    assert (outputs["predictions"][120:150, 3] == 0).all()
    np.testing.assert_allclose(outputs["predictions"][120:].sum(axis=1), 1)


@pytest.mark.parametrize("trainer", ["random_forest_classifier", "mlp_regressor", "xgb_regressor"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_through_onnx_within_the_tolerance(trainer: str) -> None:
    X, score = table()
    X = X / X.std(axis=0)
    y = targets("classifier" if trainer.endswith("classifier") else "regressor", score)
    parameters: dict[str, Any] = {"random_state": 0}
    asked = (trainer, {"X": X, "y": y}, rolling(), parameters)
    library, _ = walk(*asked)
    onnx, _ = walk(*asked, predictions="onnx")
    np.testing.assert_allclose(onnx["predictions"], library["predictions"], rtol=1e-6, atol=1e-6)
    if trainer == "mlp_regressor":
        assert (onnx["predictions"][120:] != library["predictions"][120:]).any()


def test_combinatorial_paths_and_purged_ranges() -> None:
    X, score = table()
    end = np.minimum(np.arange(240) + 4, 239)
    splitter = {
        "kind": "combinatorial_purged",
        "n_splits": 4,
        "n_test_splits": 2,
        "purge": 1,
        "embargo": 2,
    }
    outputs, _ = walk("ridge", {"X": X, "y": score, "label_end": end}, splitter)
    assert outputs["predictions"].shape == (3, 240)
    assert np.isfinite(outputs["predictions"]).all()
    assert outputs["train_ranges"].shape[0] == 6
    # Blocks 0 and 2 are tested: what is left of 1 and 3 begins late and ends early.
    assert outputs["train_ranges"][1].tolist() == [[67, 115], [187, 240]]
    assert outputs["test_ranges"][1].tolist() == [[0, 60], [120, 180]]
    from sklearn.linear_model import Ridge

    rows = np.r_[67:115, 187:240]
    want = Ridge().fit(X[rows], score[rows]).predict(X[120:180])
    np.testing.assert_array_equal(outputs["predictions"][0, 120:180], want)


def test_a_model_is_kept_until_it_is_to_be_fitted_again() -> None:
    X, score = table()
    outputs, _ = walk("ridge", {"X": X, "y": score}, rolling(), refit_every=60)
    ranges = outputs["train_ranges"][:, 0].tolist()
    assert ranges == [[0, 120], [0, 120], [60, 180], [60, 180]]
    assert (outputs["fold_fit_ms"] > 0).tolist() == [True, False, True, False]
    from sklearn.linear_model import Ridge

    want = Ridge().fit(X[:120], score[:120]).predict(X[150:180])
    np.testing.assert_array_equal(outputs["predictions"][150:180], want)


def test_seeds_that_are_not_given_differ_between_the_processes() -> None:
    X, score = table()
    twice = {"kind": "combinatorial_purged", "n_splits": 2, "n_test_splits": 1}
    X, score = np.tile(X[:120], (2, 1)), np.tile(score[:120], 2)
    outputs, _ = walk("random_forest_regressor", {"X": X, "y": score}, twice, {"n_estimators": 3})
    first, second = outputs["predictions"][:120], outputs["predictions"][120:]
    assert (first != second).any()


def test_openmp_of_the_host_does_not_hang_its_children() -> None:
    """Threads that the host's own OpenMP has started are not there after a fork."""
    X, score = table()
    with threadpool_limits(2):
        HistGradientBoostingClassifier(max_iter=3).fit(X, targets("classifier", score))
    asked = ("hist_gradient_boosting_classifier", {"X": X, "y": targets("classifier", score)})
    outputs, _ = walk(*asked, rolling(), {"max_iter": 3}, threads=4, workers=2)
    assert np.isfinite(outputs["fold_scores"]).all()


@pytest.mark.parametrize(
    ("change", "start"),
    [
        ({"nan": True}, "inputs.X: the value at [7, 2] is NaN"),
        (
            {"y": "late"},
            "inputs.y: fold 0, which is trained on rows from 0 to 119, has one class only there (0)",
        ),
        ({"estimator": "walk_forward"}, "parameters.estimator.trainer: must be one of"),
        ({"estimator": "oracle"}, "parameters.estimator.trainer: must be one of"),
        ({"parameters": {"C": -1}}, "parameters.estimator.parameters.C: must be"),
        ({"parameters": {"nonsense": 1}}, "parameters.estimator.parameters.nonsense: there is no"),
        ({"splitter": rolling(120, 30, purge=240)}, "parameters.splitter.purge: is 240, and X has"),
        ({"splitter": rolling(240)}, "parameters.splitter.train_rows: leaves no fold"),
        ({"splitter": {"kind": "random"}}, "parameters.splitter: must be a map with kind"),
        ({"splitter": {"kind": "purged_k_fold", "train_rows": 3}}, "parameters.splitter.train_rows: there"),
        ({"label_end": np.arange(240) - 1}, "inputs.label_end: the label of row 0"),
        ({"label_end": np.arange(10)}, "inputs.label_end: must be the index"),
        ({"refit": 5}, "parameters.refit_every: is for the splitters"),
        ({"estimator": "svc", "method": "predict_proba"}, "parameters.method: svc has no"),
        ({"estimator": "ridge", "method": "predict_proba"}, "parameters.method: ridge predicts"),
        ({"weights": "k_neighbors_classifier"}, "inputs.sample_weight: k_neighbors_classifier takes"),
        ({"X_eval": True}, "inputs.X_eval: walk_forward takes X, y"),
    ],
)  # fmt: skip
def test_refusals_name_the_field(change: dict[str, Any], start: str) -> None:
    X, score = table()
    inputs = {"X": X, "y": targets("classifier", score)}
    more: dict[str, Any] = {}
    if change.get("nan"):
        X[7, 2] = np.nan
    if change.get("y"):
        inputs["y"] = (np.arange(240) > 130).astype(np.int64)
    if change.get("weights"):
        inputs["sample_weight"] = np.ones(240)
    if change.get("X_eval"):
        inputs["X_eval"] = X
    if "label_end" in change:
        inputs["label_end"] = change["label_end"]
    if "method" in change:
        more["method"] = change["method"]
    splitter = change.get("splitter", rolling())
    if "refit" in change:
        more["refit_every"], splitter = 5, {"kind": "purged_k_fold"}
    estimator = change.get("estimator", change.get("weights", "logistic_regression"))
    with pytest.raises(TrainingError) as caught:
        walk(estimator, inputs, splitter, change.get("parameters"), **more)
    assert caught.value.message.startswith(start), caught.value.message
    assert caught.value.code == "invalid_argument"


def test_what_a_fold_is_refused_for_names_the_fold() -> None:
    X, score = table()
    parameters = {"n_neighbors": 121}
    with pytest.raises(TrainingError) as caught:
        walk("k_neighbors_regressor", {"X": X, "y": score}, rolling(), parameters)
    assert "(in fold " in caught.value.message
    assert caught.value.code == "invalid_argument"


def test_it_has_no_model_to_export() -> None:
    X, score = table()
    with pytest.raises(TrainingError, match=r"^walk_forward: its result cannot be exported"):
        walk("ridge", {"X": X, "y": score}, rolling(), export=True)


def children() -> set[int]:
    told = [task.joinpath("children").read_text() for task in Path("/proc/self/task").iterdir()]
    return {int(each) for each in " ".join(told).split()}


def test_a_cancelled_backtest_leaves_no_process() -> None:
    X, score = table()
    before = children()
    job = Job("job", "walk_forward", {}, {}, False, 2, lambda _: None)
    seen: set[int] = set()

    def cancel() -> None:
        while not seen:
            seen.update(children() - before)
            time.sleep(0.005)
        job.cancelled.set()

    thread = threading.Thread(target=cancel)
    thread.start()
    with pytest.raises(TrainingError) as caught:
        walk(
            "random_forest_regressor",
            {"X": X, "y": score},
            rolling(),
            {"n_estimators": 100_000},
            job=job,
        )
    thread.join()
    assert caught.value.code == "cancelled"
    assert seen
    assert children() - before == set()


def test_a_process_that_is_killed_fails_the_backtest() -> None:
    def work(task: int) -> bytes:
        if task == 1:
            os.kill(os.getpid(), 9)
        time.sleep(0.01)
        return b"done"

    before, done = children(), []
    with pytest.raises(TrainingError) as caught:
        pool.run_forked(work, 6, pool.CrewSize(2, 2, 1), done.append, lambda: None)
    assert caught.value.code == "resource_exhausted"
    assert children() - before == set()


def test_each_task_is_done_once() -> None:
    done: list[bytes] = []
    size = pool.CrewSize(5, 5, 1)
    pool.run_forked(lambda task: b"%d" % task, 97, size, done.append, lambda: None)
    assert sorted(int(each) for each in done) == list(range(97))


def test_the_setting_says_how_many_folds_are_fitted_at_one_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert pool.workers_max(3) == 3
    monkeypatch.setenv(pool.FOLD_WORKERS, "8")
    assert pool.workers_max(3) == 8
    monkeypatch.setenv(pool.FOLD_WORKERS, "1")
    assert pool.workers_max(3) == 3


def test_folds_of_a_training_with_one_thread_run_at_once_and_those_beyond_it_give_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each fold is held until three are there: one after another, none would ever end."""
    monkeypatch.setenv(pool.FOLD_WORKERS, "3")
    together = multiprocessing.get_context("fork").Barrier(3)
    found: list[bytes] = []

    def fit(backtest: Any, _folds: Any) -> bytes:
        together.wait(timeout=60)
        return b"%d %d" % (backtest.threads, os.nice(0))

    own = os.nice(0)

    def read(answer: bytes) -> list[Any]:
        found.append(answer)
        return []

    monkeypatch.setattr("headgate_trainer.walk.trainer.fit_folds", fit)
    monkeypatch.setattr("headgate_trainer.walk.trainer.read_answer", read)
    X, score = table()
    with contextlib.suppress(Exception):  # These folds have no predictions
        walk("ridge", {"X": X[:210], "y": score[:210]}, rolling(), threads=1)
    assert sorted(found) == sorted([b"1 %d" % own, *[b"1 %d" % min(19, own + 5)] * 2])
