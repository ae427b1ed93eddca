"""`headgate.backtest`: what it asks, what it makes of the answer, and the loop of an installed library."""

from __future__ import annotations

import asyncio
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from gateway_process import ROOT
from scripted import Frame
from sklearn.ensemble import RandomForestClassifier as Theirs
from sklearn.linear_model import Ridge as TheirRidge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler as TheirScaler
from training_gateway import TrainingGateway

import headgate
from headgate.backtest import (
    BacktestResult,
    CombinatorialPurged,
    Expanding,
    PurgedKFold,
    Rolling,
    awalk_forward,
    walk_forward,
)
from headgate.backtest.folds import Labels, rows_of, split
from headgate.backtest.splitters import wire_splitter
from headgate.sklearn import Pipeline, RandomForestClassifier, Ridge, StandardScaler
from headgate.tensors import to_wire

X = np.random.default_rng(0).normal(size=(120, 4))
LABELS = np.where(X[:, 0] + 0.3 * X[:, 1] > 0, "up", "down")
NUMBERS = X @ np.array([1.0, -2.0, 0.5, 0.0]) + 1
SPLITTER = Rolling(train_rows=60, test_rows=20)
FOREST = {"n_estimators": 8, "random_state": 3}


@pytest.fixture
def away() -> Iterator[None]:
    """No gateway answers, and the installed library may."""
    headgate.configure("ws://127.0.0.1:9/v1", fallback_after=0.05)
    yield
    headgate.configure()


class BacktestGateway(TrainingGateway):
    """Answers with fixed outputs, by the trainer's own names."""

    def _train(self, frame: Frame) -> Frame:
        predictions: Any = np.array([*[""] * 60, *["up"] * 60], dtype=object)
        if frame["parameters"]["estimator"]["trainer"] == "ridge":
            predictions = np.r_[np.full(60, np.nan), np.arange(60.0)]
        outputs = {
            "predictions": to_wire(predictions),
            "fold": to_wire(np.repeat([-1, -1, -1, 0, 1, 2], 20).astype(np.int32)),
            "fold_scores": to_wire(np.array([0.5, 0.6, 0.7])),
            "fold_fit_ms": to_wire(np.ones(3)),
            "train_ranges": to_wire(np.array([[[0, 60], [0, 0]]] * 3, dtype=np.int32)),
            "test_ranges": to_wire(np.array([[[60, 80]], [[80, 100]], [[100, 120]]], dtype=np.int32)),
        }
        training = {"job": "j7", "fit_ms": 1.0, "convert_ms": None, "libraries": {}}
        result = {"type": "result", "id": frame["id"], "model": "walk_forward", "version": "1"}
        timing = {"queue_ms": 0, "compute_ms": 0, "batch_size": 1}
        return {**result, "backend": "scripted", "precision": "FP64", "timing": timing,
                "outputs": outputs, "training": training}  # fmt: skip


@pytest.fixture
def gateway() -> Iterator[BacktestGateway]:
    process = BacktestGateway([])
    headgate.configure(process.url, fallback=False)
    yield process
    headgate.configure()
    process.close()


def asked(gateway: BacktestGateway) -> Frame:
    (frame,) = (each for each in gateway.frames if each["type"] == "train")
    return frame


def test_one_request_names_the_estimator_and_the_splitter(gateway: BacktestGateway) -> None:
    estimator = RandomForestClassifier(**FOREST, max_features=1)
    found = walk_forward(
        estimator, X, LABELS, SPLITTER, refit_every=40, label_end=np.arange(120) + 1, workers=2
    )
    frame = asked(gateway)
    assert frame["trainer"] == "walk_forward"
    assert "keep_seconds" not in frame
    assert sorted(frame["inputs"]) == ["X", "label_end", "y"]
    assert frame["parameters"] == {
        "estimator": {
            "trainer": "random_forest_classifier",
            "parameters": {"n_estimators": 8, "random_state": 3, "max_features": 0.25},
        },
        "splitter": {
            "kind": "rolling", "train_rows": 60, "test_rows": 20, "step_rows": None, "purge": 0, "embargo": 0,
        },
        "method": "predict",
        "predictions": "library",
        "refit_every": 40,
        "workers": 2,
    }  # fmt: skip
    assert (found.source, found.job) == ("gateway", "j7")
    assert found.predictions[:60].tolist() == [None] * 60
    assert found.predictions[60:].tolist() == ["up"] * 60
    assert found.classes is not None
    assert found.classes.tolist() == ["down", "up"]
    assert found.folds[1].train == ((0, 60),)
    assert found.folds[1].test_rows.tolist() == list(range(80, 100))
    assert not hasattr(estimator, "classes_")


def test_a_pipeline_is_one_request(gateway: BacktestGateway) -> None:
    walk_forward(Pipeline([("scaler", StandardScaler()), ("ridge", Ridge())]), X, NUMBERS, SPLITTER)
    told = asked(gateway)["parameters"]["estimator"]
    assert told["trainer"] == "pipeline"
    assert [each["transformer"] for each in told["parameters"]["steps"]] == ["standard_scaler"]
    assert told["parameters"]["estimator"]["trainer"] == "ridge"


def test_the_example_of_the_docs_runs(gateway: BacktestGateway) -> None:
    page = (ROOT / "docs" / "python.md").read_text()
    found = re.search(r"```python\n(.*?)```", page[page.index("## Backtests\n") :], re.DOTALL)
    assert found is not None
    headgate.configure("ws://127.0.0.1:9/v1", fallback_after=0.05)
    names: dict[str, Any] = {}
    exec(compile(found[1], "docs/python.md", "exec"), names)
    assert names["found"].source == "scikit-learn"
    assert names["found"].folds[0].train == ((0, 200),)


def test_pandas_in_pandas_out(gateway: BacktestGateway) -> None:
    days = pd.date_range("2020-01-01", periods=120)
    found = walk_forward(Ridge(), pd.DataFrame(X, index=days), NUMBERS, SPLITTER)
    assert isinstance(found.predictions, pd.Series)
    assert found.predictions.index.equals(days)
    assert found.predictions.iloc[60:].tolist() == list(range(60))


def test_for_an_event_loop(gateway: BacktestGateway) -> None:
    found = asyncio.run(awalk_forward(Ridge(), X, NUMBERS, SPLITTER))
    assert found.job == "j7"


@pytest.mark.parametrize("estimator", [Theirs(), object(), headgate.sklearn.KMeans])
def test_an_estimator_that_no_trainer_fits_is_refused(estimator: Any) -> None:
    with pytest.raises(TypeError, match=r"estimator must be a drop-in of headgate\.sklearn"):
        walk_forward(estimator, X, LABELS, SPLITTER)


def test_a_splitter_that_is_none_is_refused() -> None:
    with pytest.raises(TypeError, match="splitter must be a Rolling"):
        walk_forward(Ridge(), X, NUMBERS, {"kind": "rolling"})  # type: ignore[arg-type]


@pytest.mark.usefixtures("away")
class TestWithoutGateway:
    def test_the_installed_library_walks_and_is_named(self) -> None:
        found = walk_forward(RandomForestClassifier(**FOREST), X, LABELS, SPLITTER)
        assert (found.source, found.job) == ("scikit-learn", None)
        for at, start in enumerate((60, 80, 100)):
            model = Theirs(**FOREST).fit(X[start - 60 : start], LABELS[start - 60 : start])
            rows = slice(start, start + 20)
            assert found.predictions[rows].tolist() == model.predict(X[rows]).tolist()
            assert found.fold_scores[at] == model.score(X[rows], LABELS[rows])
            assert found.feature_importances is not None
            np.testing.assert_array_equal(found.feature_importances[at], model.feature_importances_)
        assert (found.fold[:60] == -1).all()

    def test_probabilities_with_an_index(self) -> None:
        index = pd.RangeIndex(1000, 1120)
        frame = pd.DataFrame(X, index=index)
        found = walk_forward(
            RandomForestClassifier(**FOREST), frame, LABELS, SPLITTER, method="predict_proba"
        )
        assert found.predictions.columns.tolist() == ["down", "up"]
        np.testing.assert_allclose(found.predictions.iloc[60:].sum(axis=1), 1)
        assert found.predictions.iloc[:60].isna().all(axis=None)

    def test_a_pipeline_scales_each_fold_by_its_own_rows(self) -> None:
        pipeline = Pipeline([("scaler", StandardScaler()), ("ridge", Ridge())])
        found = walk_forward(
            pipeline, X.tolist(), NUMBERS.tolist(), SPLITTER, sample_weight=np.arange(1.0, 121)
        )
        theirs = make_pipeline(TheirScaler(), TheirRidge())
        theirs.fit(X[:60], NUMBERS[:60], ridge__sample_weight=np.arange(1.0, 61))
        np.testing.assert_array_equal(found.predictions[60:80], theirs.predict(X[60:80]))

    def test_a_model_is_kept(self) -> None:
        found = walk_forward(Ridge(), X, NUMBERS, SPLITTER, refit_every=40)
        assert [each.train for each in found.folds] == [((0, 60),), ((0, 60),), ((40, 100),)]
        want = TheirRidge().fit(X[:60], NUMBERS[:60]).predict(X[80:100])
        np.testing.assert_array_equal(found.predictions[80:100], want)

    def test_every_path_tests_every_row(self) -> None:
        splitter = CombinatorialPurged(4, 2, purge=1, embargo=2)
        found: BacktestResult = walk_forward(Ridge(), X, NUMBERS, splitter, label_end=np.arange(120))
        assert found.predictions.shape == (3, 120)
        assert np.isfinite(found.predictions).all()
        assert len(found.folds) == 6


@pytest.mark.parametrize(
    "splitter",
    [
        SPLITTER,
        Rolling(30, 7, step_rows=11, purge=3),
        Expanding(30, 7, purge=2, embargo=5),
        PurgedKFold(7, purge=2, embargo=3),
        CombinatorialPurged(6, 3, purge=1, embargo=4),
    ],
)
@pytest.mark.parametrize("horizon", [0, 5])
def test_the_folds_are_those_of_the_trainer(
    splitter: Any, horizon: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "training" / "trainer" / "src"))
    theirs = importlib.import_module("headgate_trainer.walk.splitters")
    their_folds = importlib.import_module("headgate_trainer.walk.folds")
    end = np.arange(120) + np.random.default_rng(1).integers(0, horizon + 1, 120)
    told = wire_splitter(splitter)
    ours = split(told, 120, Labels(end, told["purge"], told["embargo"]))
    wanted = theirs.split(told, 120, their_folds.Labels(end, told["purge"], told["embargo"]))
    assert ours.paths == wanted.paths
    for fold, want in zip(ours.folds, wanted.folds, strict=True):
        assert fold.train == want.train
        assert [(b.start, b.stop, b.path) for b in fold.test] == [
            (b.start, b.stop, b.path) for b in want.test
        ]
        assert len(rows_of(fold.train)) > 0


def test_it_does_not_import_scikit_learn() -> None:
    code = "import sys, headgate.backtest; sys.exit('sklearn' in sys.modules or 'pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
