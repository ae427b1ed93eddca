"""The drop-ins against scikit-learn and hmmlearn, number by number, with fallback forbidden."""

from __future__ import annotations

import inspect
import pickle
import warnings
from collections.abc import Iterator
from typing import Any

import drop_ins
import hmmlearn.hmm
import numpy as np
import pandas as pd
import pytest
import sklearn.cluster
import sklearn.covariance
import sklearn.decomposition
import sklearn.ensemble
import sklearn.exceptions
import sklearn.mixture
import sklearn.preprocessing
from gateway_process import GatewayProcess
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline

import headgate
import headgate.sklearn as ours
from headgate.hmm import GaussianHMM

IRIS = load_iris().data
RNG = np.random.default_rng(7)
MARKET = RNG.normal(size=(252, 20)) @ RNG.normal(size=(20, 20)) / 100
BLOBS = np.concatenate([RNG.normal(centre, 1, size=(80, 4)) for centre in (-6, 0, 6)])
NEW = RNG.normal(size=(30, 4))
HOLED = np.where(np.random.default_rng(5).random(IRIS.shape) < 0.1, np.nan, IRIS)
WIDE = np.random.default_rng(5).normal(size=(40, 60))

THEIRS: dict[type[Any], Any] = {**drop_ins.THEIRS, GaussianHMM: hmmlearn.hmm.GaussianHMM}
SEED = {"random_state": 3}
# Class, its parameters, the data, the methods whose answers are compared on rows of four columns.
CASES: list[tuple[Any, dict[str, Any], Any, str]] = [
    (ours.StandardScaler, {}, IRIS, "transform inverse_transform"),
    (ours.StandardScaler, {"with_mean": False}, IRIS, "transform"),
    (ours.StandardScaler, {"with_std": False}, IRIS, "transform inverse_transform"),
    (ours.PCA, {}, IRIS, "transform inverse_transform score_samples score get_covariance get_precision"),
    (ours.PCA, {"n_components": 2, "whiten": True}, IRIS, "transform get_covariance"),
    (ours.PCA, {"n_components": 0.95, "svd_solver": "full"}, IRIS, "transform"),
    (ours.PCA, {"n_components": "mle", "svd_solver": "full"}, IRIS, "transform"),
    (ours.PCA, {"n_components": 5}, MARKET, "get_covariance"),
    (ours.PCA, {"n_components": 3, "svd_solver": "randomized", **SEED}, MARKET, ""),
    (ours.PCA, {"n_components": 5, "svd_solver": "randomized", **SEED}, WIDE, ""),
    (
        ours.PCA,
        {
            "n_components": 5,
            "svd_solver": "randomized",
            "n_oversamples": 2,
            "iterated_power": 0,
            **SEED,
        },
        WIDE,
        "",
    ),
    (ours.FastICA, {"n_components": 3, **SEED}, IRIS, "transform"),
    (
        ours.FastICA,
        {"whiten": "arbitrary-variance", "fun": "cube", **SEED},
        IRIS,
        "transform inverse_transform",
    ),
    (ours.FastICA, {"algorithm": "deflation", "n_components": 2, **SEED}, IRIS, "transform"),
    (
        ours.NMF,
        {"n_components": 2, "init": "nndsvda", "tol": 1e-6, "max_iter": 2000},
        np.abs(IRIS),
        "transform",
    ),
    (ours.NMF, {"n_components": 2, "solver": "mu", "init": "random", **SEED}, np.abs(IRIS), "transform"),
    (ours.KMeans, {"n_clusters": 3, **SEED}, BLOBS, "predict transform score"),
    (ours.KMeans, {"n_clusters": 3, "init": IRIS[:3]}, IRIS, "predict transform score"),
    (ours.DBSCAN, {"eps": 1.5}, BLOBS, ""),
    (ours.DBSCAN, {"eps": 0.8, "metric": "manhattan"}, IRIS, ""),
    (
        ours.GaussianMixture,
        {"n_components": 3, **SEED},
        BLOBS,
        "predict predict_proba score_samples score aic bic",
    ),
    *(
        (
            ours.GaussianMixture,
            {"n_components": 3, "covariance_type": kind, **SEED},
            BLOBS,
            "predict_proba bic",
        )
        for kind in ("tied", "diag", "spherical")
    ),
    (ours.IsolationForest, SEED, IRIS, "score_samples decision_function predict"),
    (
        ours.IsolationForest,
        {"contamination": 0.1, "max_features": 2, "max_samples": 64, **SEED},
        IRIS,
        "score_samples predict",
    ),
    (
        ours.IsolationForest,
        {"max_samples": 1, "n_estimators": 5, **SEED},
        IRIS,
        "score_samples decision_function predict",
    ),
    (ours.MinMaxScaler, {"feature_range": (-1, 2), "clip": True}, HOLED, "transform"),
    (
        ours.RobustScaler,
        {"quantile_range": (10.0, 90.0), "unit_variance": True},
        HOLED,
        "transform inverse_transform",
    ),
    (ours.RobustScaler, {"with_centering": False}, HOLED, "transform"),
    (ours.RobustScaler, {"with_scaling": False}, HOLED, "transform"),
    *(
        (ours.SimpleImputer, {"strategy": strategy, "keep_empty_features": kept, **fill}, table, "transform")
        for table in (HOLED, np.where(np.arange(4) == 1, np.nan, HOLED))
        for kept in (False, True)
        for strategy, fill in (
            ("mean", {}),
            ("median", {}),
            ("most_frequent", {}),
            ("constant", {}),
            ("constant", {"fill_value": -2.5}),
        )
    ),
    (ours.EmpiricalCovariance, {}, IRIS, "mahalanobis score"),
    (
        ours.EmpiricalCovariance,
        {"assume_centered": True, "store_precision": False},
        IRIS,
        "mahalanobis score",
    ),
    (ours.LedoitWolf, {}, IRIS, "mahalanobis score"),
    (ours.LedoitWolf, {}, RNG.normal(size=(700, 200)), ""),
    (ours.OAS, {}, IRIS, "mahalanobis score"),
    (ours.OAS, {}, MARKET[:10], ""),
    (GaussianHMM, {"n_components": 2, "n_iter": 20, **SEED}, BLOBS, "predict predict_proba score"),
    (GaussianHMM, {"n_components": 2, "covariance_type": "full", **SEED}, BLOBS, "predict_proba score"),
]
# A drop-in without cases of its own is tried with its defaults, by every verb.
_TRIED = {kind for kind, *_ in CASES}
CASES += [(kind, {}, IRIS, drop_ins.verbs(kind)) for kind in drop_ins.DROP_INS if kind not in _TRIED]
# What scikit-learn keeps and the gateway does not tell.
UNTOLD = {
    "estimators_", "estimators_features_", "estimators_samples_", "estimator_", "lower_bounds_",
    "n_features_", "monitor_", "n_features", "feature_names_in_",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def no_fallback(gateway: GatewayProcess) -> Iterator[None]:
    headgate.configure(gateway.url, fallback=False, timeout=60)
    yield
    headgate.configure()


def near(ours: Any, theirs: Any, what: str) -> None:
    ours, theirs = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    assert ours.shape == theirs.shape, f"{what}: {ours.shape} {theirs.shape}"
    assert np.array_equal(np.isnan(ours), np.isnan(theirs)), what
    ours, theirs = np.where(np.isnan(theirs), 0, ours), np.where(np.isnan(theirs), 0, theirs)
    scale = max(1e-300, float(np.abs(theirs).max(initial=0)))
    error = float(np.abs(ours - theirs).max(initial=0)) / scale
    assert error <= 1e-9, f"{what}: {error}"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("kind", "parameters", "X", "methods"),
    CASES,
    ids=[f"{kind.__name__}{i}" for i, (kind, *_) in enumerate(CASES)],
)
def test_attributes_and_answers_are_theirs(kind: Any, parameters: Any, X: Any, methods: str) -> None:
    mine, reference = kind(**parameters).fit(X), THEIRS[kind](**parameters).fit(X)
    assert mine.source_ in ("gateway", "local")
    told = {name for name in vars(reference) if name.endswith("_") and not name.startswith("_")} - UNTOLD
    for name in sorted(told):
        expected = getattr(reference, name)
        if expected is not None and not isinstance(expected, str):
            near(getattr(mine, name), expected, name)
    rows = np.abs(NEW) if kind is ours.NMF else NEW
    for method in methods.split():
        call = lambda model, method=method: getattr(model, method)(  # noqa: E731
            *([rows] if inspect.signature(getattr(reference, method)).parameters else [])
        )
        if method == "inverse_transform":
            near(mine.inverse_transform(reference.transform(rows)), rows_back(reference, rows), method)
        else:
            near(call(mine), call(reference), method)


def rows_back(model: Any, rows: Any) -> Any:
    return model.inverse_transform(model.transform(rows))


@pytest.mark.parametrize("kind", THEIRS, ids=lambda kind: kind.__name__)
def test_constructors_are_theirs(kind: Any) -> None:
    mine, reference = inspect.signature(kind), inspect.signature(THEIRS[kind])
    assert list(mine.parameters) == list(reference.parameters)
    for name, parameter in reference.parameters.items():
        assert (mine.parameters[name].default, mine.parameters[name].kind) == (
            parameter.default,
            parameter.kind,
        )


@pytest.mark.parametrize("kind", THEIRS, ids=lambda kind: kind.__name__)
@pytest.mark.filterwarnings("ignore")
def test_pickles_clones_and_repr(kind: Any) -> None:
    X = np.abs(IRIS)
    model = kind().fit(X)
    again = pickle.loads(pickle.dumps(model))
    # As text, since NaN is not equal to itself.
    assert repr(again.get_params()) == repr(model.get_params()) and again.source_ == model.source_
    for verb in ("transform", "predict", "mahalanobis"):
        if hasattr(model, verb) and kind not in (ours.NMF, GaussianHMM):
            assert np.array_equal(getattr(again, verb)(X), getattr(model, verb)(X))
    copy = clone(model)
    assert not copy.__sklearn_is_fitted__() and repr(copy.get_params()) == repr(model.get_params())
    assert repr(kind()) == f"{kind.__name__}()"


def test_a_pipeline_of_drop_ins_with_a_frame() -> None:
    frame = pd.DataFrame(IRIS, columns=["a", "b", "c", "d"], index=range(100, 250))
    mine = make_pipeline(ours.StandardScaler(), ours.PCA(2)).set_output(transform="pandas")
    theirs = make_pipeline(sklearn.preprocessing.StandardScaler(), sklearn.decomposition.PCA(2))
    theirs.set_output(transform="pandas")
    pd.testing.assert_frame_equal(mine.fit_transform(frame), theirs.fit_transform(frame))
    assert mine[0].feature_names_in_.tolist() == list(frame.columns)
    with pytest.raises(ValueError, match="Feature names unseen at fit time:\n- z"):
        mine.transform(frame.rename(columns={"a": "z"}))
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        mine[0].transform(IRIS)


def test_mistakes_raise_what_scikit_learn_raises() -> None:
    with pytest.raises(sklearn.exceptions.NotFittedError, match="not fitted yet") as error:
        ours.PCA().transform(IRIS)
    assert isinstance(error.value, ours.NotFittedError) and isinstance(error.value, AttributeError)
    model = ours.KMeans(3, random_state=0).fit(IRIS)
    with pytest.raises(ValueError, match="X has 2 features, but KMeans is expecting 4 features as input"):
        model.predict(IRIS[:, :2])
    bad = IRIS.copy()
    bad[3, 1] = np.nan
    for each, message in (
        (bad, "Input X contains NaN"),
        (bad[0], "Expected 2D array"),
        (bad[:0], "0 sample"),
    ):
        with pytest.raises(ValueError, match=message):
            ours.LedoitWolf().fit(each)
    with pytest.raises(ValueError, match="Negative values in data passed to NMF"):
        ours.NMF(2).fit(-IRIS)
    with pytest.raises(ValueError, match="must be between 0 and"):
        ours.PCA(9).fit(IRIS)
    with pytest.raises(ValueError, match=r"'covariance_type' parameter of GaussianMixture"):
        ours.GaussianMixture(covariance_type="round").fit(IRIS)
    with pytest.warns(sklearn.exceptions.ConvergenceWarning):
        ours.GaussianMixture(3, max_iter=1, random_state=0).fit(IRIS)


def test_a_scaler_goes_on_with_more_rows_as_theirs() -> None:
    mine, theirs = ours.StandardScaler(), sklearn.preprocessing.StandardScaler()
    holes = IRIS.copy()
    holes[::7, 2] = np.nan
    for part in np.array_split(holes, 4):
        mine.partial_fit(part)
        theirs.partial_fit(part)
    near(mine.mean_, theirs.mean_, "mean_")
    near(mine.scale_, theirs.scale_, "scale_")
    assert np.array_equal(mine.n_samples_seen_, theirs.n_samples_seen_)
    weight = RNG.uniform(0.1, 2, len(IRIS))
    near(
        ours.StandardScaler().fit(IRIS, sample_weight=weight).var_,
        sklearn.preprocessing.StandardScaler().fit(IRIS, sample_weight=weight).var_,
        "weighted",
    )


def test_float32_stays_float32_as_theirs() -> None:
    X = IRIS.astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for mine, theirs in (
            (ours.PCA(2), sklearn.decomposition.PCA(2)),
            (ours.KMeans(3, random_state=0), sklearn.cluster.KMeans(3, random_state=0)),
        ):
            a, b = mine.fit_transform(X), theirs.fit_transform(X)
            assert a.dtype == b.dtype == np.float32
            assert np.allclose(a, b, atol=1e-4)


def test_a_mixture_is_started_and_sampled() -> None:
    means = np.array([[-6.0] * 4, [0.0] * 4, [6.0] * 4])
    for kind, precisions in (
        ("full", np.stack([np.eye(4)] * 3)),
        ("tied", np.eye(4)),
        ("diag", np.ones((3, 4))),
    ):
        settings = {"means_init": means, "precisions_init": precisions, "weights_init": np.full(3, 1 / 3)}
        settings |= {"n_components": 3, "covariance_type": kind, "random_state": 0}
        mine = ours.GaussianMixture(**settings).fit(BLOBS)
        theirs = sklearn.mixture.GaussianMixture(**settings).fit(BLOBS)
        near(mine.means_, theirs.means_, kind)
    rows, labels = mine.sample(2000)
    assert rows.shape == (2000, 4) and np.allclose(rows[labels == 0].mean(axis=0), mine.means_[0], atol=0.3)


@pytest.mark.parametrize("kind", ["diag", "full"])
def test_a_model_of_states_decodes_samples_and_is_judged_as_theirs(kind: str) -> None:
    settings: dict[str, Any] = {"n_components": 3, "covariance_type": kind, "n_iter": 20, **SEED}
    mine = GaussianHMM(**settings).fit(BLOBS)
    theirs = hmmlearn.hmm.GaussianHMM(**settings)
    theirs.n_features = 4
    theirs.startprob_, theirs.transmat_, theirs.means_ = mine.startprob_, mine.transmat_, mine.means_
    diagonal = np.diagonal(mine.covars_, axis1=1, axis2=2)
    theirs.covars_ = diagonal if kind == "diag" else mine.covars_
    for algorithm in (None, "viterbi", "map"):
        (log_prob, states), expected = (
            mine.decode(NEW, algorithm=algorithm),
            theirs.decode(NEW, algorithm=algorithm),
        )
        near(log_prob, expected[0], f"decode {algorithm}")
        assert np.array_equal(states, expected[1]) and states.dtype == expected[1].dtype
    for found, expected in zip(mine.score_samples(NEW), theirs.score_samples(NEW), strict=True):
        near(found, expected, "score_samples")
    near(mine.aic(NEW), theirs.aic(NEW), "aic")
    near(mine.bic(NEW), theirs.bic(NEW), "bic")
    near(mine.get_stationary_distribution(), theirs.get_stationary_distribution(), "stationary")
    near(mine.set_params(algorithm="map").predict(NEW), theirs.decode(NEW, algorithm="map")[1], "map")
    with pytest.raises(ValueError, match="Unknown decoder"):
        mine.decode(NEW, algorithm="guess")
    for arguments in ({}, {"random_state": 5}, {"random_state": np.random.RandomState(1), "currstate": 2}):
        again = {**arguments, "random_state": np.random.RandomState(1)} if len(arguments) == 2 else arguments
        rows, states = mine.sample(40, **arguments)
        expected = theirs.sample(40, **again)
        near(rows, expected[0], "sample")
        assert np.array_equal(states, expected[1])


def test_few_rows_are_clustered_here_as_the_gateway_does_ties_too() -> None:
    for seed in range(60):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(int(rng.integers(1, 80)), int(rng.integers(1, 5)))).round(seed % 3)
        settings = {"eps": float(rng.choice([0.3, 0.5, 1.0, 2.0])), "min_samples": int(rng.integers(1, 7))}
        mine = ours.DBSCAN(**settings).fit(X)
        theirs = headgate.default_client().infer("dbscan", {"X": X}, parameters=settings)
        assert mine.source_ == "local" and np.array_equal(mine.labels_, theirs["labels"])
        assert np.array_equal(mine.core_sample_indices_, theirs["core_sample_indices"])


def test_a_model_of_states_starts_where_it_is_told() -> None:
    def start(model: Any) -> Any:
        model.startprob_, model.transmat_ = np.array([0.5, 0.5]), np.array([[0.9, 0.1], [0.2, 0.8]])
        model.means_ = np.array([[-1.0] * 4, [1.0] * 4])
        return model

    mine, theirs = start(GaussianHMM(2, init_params="")), start(hmmlearn.hmm.GaussianHMM(2, init_params=""))
    theirs.n_features = 4
    theirs.covars_ = np.ones((2, 4))
    mine.covars_ = np.ones((2, 4))
    near(mine.fit(BLOBS).means_, theirs.fit(BLOBS).means_, "means_")
    assert np.allclose(mine.filter_proba(BLOBS).sum(axis=1), 1)
    near(mine.get_stationary_distribution(), theirs.get_stationary_distribution(), "stationary")
