"""Each drop-in against the library that it stands for, in the environment whose libraries the gateway trains with."""

from __future__ import annotations

import importlib
import pickle
from typing import Any

import headgate
import headgate.lightgbm
import headgate.sklearn as ours
import headgate.xgboost
import numpy as np
import pytest
from headgate.sklearn.training.classifier import TrainedClassifier
from headgate.sklearn.training.trained import Trained
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

KINDS: list[type[Any]] = [
    each
    for module in (ours, headgate.xgboost, headgate.lightgbm)
    for each in (getattr(module, name) for name in module.__all__)
    if isinstance(each, type) and issubclass(each, Trained) and each is not ours.Pipeline
]
SMALL: dict[str, dict[str, Any]] = {
    **{each: {"n_estimators": 20} for each in ("RandomForest", "ExtraTrees", "GradientBoosting", "XGB")},
    "LGBM": {"n_estimators": 20, "verbosity": -1},
    "HistGradientBoosting": {"max_iter": 20},
    "MLP": {"hidden_layer_sizes": (16,), "max_iter": 300},
    "LogisticRegression": {"max_iter": 200},
}
WITHIN = 1e-5
"""The exported model computes in float32 where the library's trees and networks do not."""

# Values of few binary digits: a row that lies on a threshold is on the same side of it in float32.
X = np.round(np.random.default_rng(0).normal(size=(600, 5)) * 64) / 64
FRESH = np.round(np.random.default_rng(1).normal(size=(200, 5)) * 64) / 64


def labels_of(rows: np.ndarray) -> np.ndarray:
    return (rows[:, 0] + 0.3 * rows[:, 1] > 0).astype(np.int64)


def numbers_of(rows: np.ndarray) -> np.ndarray:
    return rows @ np.array([1.0, -2.0, 0.5, 0.0, 0.25]) + 1


def made(kind: type[Any], **given: Any) -> Any:
    family = kind.__name__.removesuffix("Classifier").removesuffix("Regressor")
    seed = {"random_state": 3} if "random_state" in kind._trainer.parameters else {}
    return kind(**{**SMALL.get(family, {}), **seed, **given})


def theirs(model: Any) -> Any:
    kind = getattr(importlib.import_module(type(model)._library), type(model).__name__)
    return kind(**model.get_params())


def target(kind: type[Any], rows: np.ndarray) -> np.ndarray:
    return labels_of(rows) if issubclass(kind, TrainedClassifier) else numbers_of(rows)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("ignore")
def test_fits_predicts_and_comes_out_of_its_pickle_as_the_librarys(
    client: headgate.Client, kind: type[Any]
) -> None:
    y, wanted_y = target(kind, X), target(kind, FRESH)
    model = made(kind).fit(X, y)
    wanted = theirs(made(kind)).fit(X, y)
    assert model.source_ == "gateway"

    def same(found: Any) -> None:
        if issubclass(kind, TrainedClassifier):
            assert (found.predict(FRESH) == wanted.predict(FRESH)).all()
            assert found.score(FRESH, wanted_y) == wanted.score(FRESH, wanted_y)
        else:
            assert np.allclose(found.predict(FRESH), wanted.predict(FRESH), rtol=WITHIN, atol=WITHIN)
            assert found.score(FRESH, wanted_y) == pytest.approx(wanted.score(FRESH, wanted_y), rel=1e-4)
        if "probabilities" in kind._trainer.predictions:
            assert np.allclose(found.predict_proba(FRESH), wanted.predict_proba(FRESH), rtol=0, atol=WITHIN)

    same(model)
    restored = pickle.loads(pickle.dumps(model))
    assert len(restored.onnx_) > 100
    same(restored)
    with pytest.MonkeyPatch.context() as patch:  # The file alone: nobody has the handle, and nobody answers
        nobody = headgate.Client("ws://127.0.0.1:9/v1", wait=False, timeout=0.3, fallback_after=0.02)
        patch.setattr("headgate.sklearn.training.asking.default_client", lambda: nobody)
        same(restored)
        nobody.close()


def test_a_pipeline_is_scikit_learns(client: headgate.Client) -> None:
    steps = [("scaler", ours.StandardScaler()), ("forest", made(ours.RandomForestClassifier))]
    pipe = ours.Pipeline(steps).fit(X * 100, labels_of(X))
    wanted = make_pipeline(StandardScaler(), theirs(steps[-1][1])).fit(X * 100, labels_of(X))
    assert (pipe.predict(FRESH * 100) == wanted.predict(FRESH * 100)).all()
    assert np.allclose(pipe["forest"].feature_importances_, wanted[-1].feature_importances_)
    holes = np.random.default_rng(2).random(X.shape) < 0.05
    holed, fresh = np.where(holes, np.nan, X), np.where(holes[:200], np.nan, FRESH)
    parts = {
        "lowest": ours.MinMaxScaler((-1, 2), clip=True), "robust": ours.RobustScaler(quantile_range=(10.0, 90.0)),
        "filled": ours.SimpleImputer(strategy="median"), "largest": ours.MaxAbsScaler(), "ridge": ours.Ridge(),
    }  # fmt: skip
    long = ours.Pipeline(list(parts.items())).fit(holed, numbers_of(X))
    wanted = long.made_by_library().fit(holed, numbers_of(X))
    assert long.source_ == "gateway"
    assert np.allclose(long.predict(fresh), wanted.predict(fresh), rtol=1e-9)
    mixed = make_pipeline(StandardScaler(), made(ours.Ridge)).fit(X, numbers_of(X))
    assert np.allclose(mixed.predict(FRESH), numbers_of(FRESH), atol=0.1)


@pytest.mark.parametrize(
    "kind", [ours.RandomForestClassifier, ours.HistGradientBoostingRegressor, ours.Ridge]
)
def test_searches_and_cross_validation_are_scikit_learns(client: headgate.Client, kind: type[Any]) -> None:
    y, model = target(kind, X), made(kind)
    grid = {"alpha": [0.1, 10.0]} if kind is ours.Ridge else {"max_depth": [2, 4]}
    found = GridSearchCV(model, grid, cv=3, n_jobs=2).fit(X, y)
    wanted = GridSearchCV(theirs(model), grid, cv=3).fit(X, y)
    assert found.best_params_ == wanted.best_params_
    for name in ("mean_test_score", "std_test_score"):
        assert np.allclose(found.cv_results_[name], wanted.cv_results_[name], atol=WITHIN)
    assert np.allclose(cross_val_score(model, X, y, cv=3), cross_val_score(theirs(model), X, y, cv=3))


@pytest.mark.parametrize("name", ["LGBMClassifier", "LGBMRegressor"])
def test_the_parameters_are_lightgbms_and_further_ones_once_they_are_set(name: str) -> None:
    ours_, theirs_ = (
        getattr(module, name) for module in (headgate.lightgbm, importlib.import_module("lightgbm"))
    )
    assert ours_().get_params() == theirs_().get_params()
    further = {"max_bin": 63, "extra_trees": True}
    assert ours_(**further).get_params() == theirs_(**further).get_params()
    assert (
        clone(ours_(**further)).max_bin == 63 and ours_().set_params(max_bin=15).get_params()["max_bin"] == 15
    )
