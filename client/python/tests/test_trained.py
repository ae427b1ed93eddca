"""The drop-ins that trainers fit: what they ask, what they answer, and who fits where no gateway does."""

from __future__ import annotations

import asyncio
import importlib
import pickle
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks
from training_gateway import TrainingGateway

import headgate
import headgate.sklearn as ours
from headgate.errors import InvalidArgumentError, NotFoundError
from headgate.sklearn.training.classifier import TrainedClassifier
from headgate.sklearn.training.trained import Trained

KINDS: list[type[Any]] = [
    each
    for each in (getattr(ours, name) for name in ours.__all__)
    if isinstance(each, type) and issubclass(each, Trained) and each is not ours.Pipeline
]
X = np.random.default_rng(0).normal(size=(80, 4))
LABELS = np.where(X[:, 0] + 0.3 * X[:, 1] > 0, "up", "down")
NUMBERS = X @ np.array([1.0, -2.0, 0.5, 0.0]) + 1
SMALL: dict[str, dict[str, Any]] = {
    **{each: {"n_estimators": 5} for each in ("RandomForest", "ExtraTrees", "GradientBoosting")},
    "HistGradientBoosting": {"max_iter": 5, "min_samples_leaf": 5},
    "MLP": {"hidden_layer_sizes": (32,), "max_iter": 200},
    "LogisticRegression": {"max_iter": 200},
}


def made(kind: type[Any], **given: Any) -> Any:
    family = kind.__name__.removesuffix("Classifier").removesuffix("Regressor")
    seed = {"random_state": 3} if "random_state" in kind._trainer.parameters else {}
    return kind(**{**SMALL.get(family, {}), **seed, **given})


def theirs(kind: type[Any]) -> type[Any]:
    return getattr(importlib.import_module(kind._library), kind.__name__)  # type: ignore[no-any-return]


def newest_training(gateway: TrainingGateway) -> dict[str, Any]:
    return next(frame for frame in reversed(gateway.frames) if frame["type"] == "train")


def target(kind: type[Any]) -> np.ndarray:
    return LABELS if issubclass(kind, TrainedClassifier) else NUMBERS


@pytest.fixture(scope="module")
def training() -> Iterator[TrainingGateway]:
    process = TrainingGateway(KINDS)
    headgate.configure(process.url, fallback=False)
    yield process
    headgate.configure()
    process.close()


def test_every_trainer_of_scikit_learn_has_a_drop_in() -> None:
    names = {each._servable for each in KINDS}
    from headgate.sklearn.training.table import entries

    assert names == {name for name in entries() if not name.startswith(("xgb", "lgbm", "lstm", "mlp_torch"))
                     and name not in ("pipeline", "walk_forward")}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_parameters_and_their_defaults_are_scikit_learns(kind: type[Any]) -> None:
    found, wanted = kind().get_params(), theirs(kind)().get_params()
    deprecated = {name for name, value in wanted.items() if isinstance(value, str) and value == "deprecated"}
    assert found.keys() == wanted.keys() - deprecated
    for name, value in found.items():
        assert value == wanted[name] or (value is None and wanted[name] != wanted[name]), name
        assert value is None or type(value) is type(wanted[name]), name


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("ignore")
def test_a_fit_and_its_predictions_are_scikit_learns(training: TrainingGateway, kind: type[Any]) -> None:
    y = target(kind)
    model = made(kind).fit(X, y)
    wanted = theirs(kind)(**made(kind).get_params()).fit(X, y)
    assert model.source_ == "gateway" and model.handle_ is not None and model.n_features_in_ == 4
    assert (model.predict(X) == wanted.predict(X)).all()
    assert model.score(X, y) == pytest.approx(wanted.score(X, y), rel=1e-12)
    assert hasattr(model, "predict_proba") == ("probabilities" in kind._trainer.predictions)
    if hasattr(model, "predict_proba"):
        assert np.array_equal(model.predict_proba(X), wanted.predict_proba(X))
        assert model.classes_.tolist() == ["down", "up"] and model.predict(X).dtype == LABELS.dtype
    for name in ("feature_importances_", "coef_", "intercept_", "n_iter_"):
        if getattr(wanted, name, None) is not None:
            assert np.allclose(getattr(model, name), getattr(wanted, name)), name
    assert model.scores_["train_score"] == pytest.approx(wanted.score(X, y))


@pytest.mark.parametrize(
    ("labels", "predicted"),
    [(LABELS == "up", np.bool_), ((LABELS == "up") * 2.0, np.float64), ((LABELS == "up") + 7, np.int64)],
)
def test_classes_come_back_as_they_were_given(
    training: TrainingGateway, labels: np.ndarray, predicted: type[Any]
) -> None:
    model = ours.LogisticRegression().fit(X, labels)
    assert model.classes_.tolist() == np.unique(labels).tolist()
    assert model.predict(X).dtype == predicted and set(model.predict(X)) <= set(labels)


def test_only_what_differs_from_the_defaults_is_sent_and_a_count_of_one_stays_one(
    training: TrainingGateway,
) -> None:
    made(ours.RandomForestRegressor, max_features=1, max_samples=1.0).fit(X, NUMBERS)
    sent = newest_training(training)
    assert sent["parameters"] == {
        "n_estimators": 5,
        "random_state": 3,
        "max_features": 0.25,
        "max_samples": 1.0,
    }
    assert sent["keep_seconds"] > 0
    made(ours.LogisticRegression, class_weight={0: 1.0, 1: np.float64(2)}).fit(X, (NUMBERS > 1) * 1)
    assert newest_training(training)["parameters"] == {
        "max_iter": 200,
        "class_weight": {"0": 1.0, "1": 2.0},
        "random_state": 3,
    }


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (
            ours.RandomForestClassifier(max_depth=0),
            "The 'max_depth' parameter of RandomForestCl.* must be",
        ),
        (ours.RandomForestRegressor(criterion="nothing"), "The 'criterion' parameter"),
        (ours.RandomForestRegressor(warm_start=True), "The 'warm_start' parameter of .* must be False"),
        (ours.Ridge(alpha=-1.0), "The 'alpha' parameter of Ridge must be"),
        (ours.MLPRegressor(hidden_layer_sizes="wide"), "The 'hidden_layer_sizes' parameter"),
        (ours.SVC(C=0), "The 'C' parameter of SVC must be a float in the range"),
    ],
)
def test_a_wrong_parameter_is_named_as_scikit_learn_names_it(
    training: TrainingGateway, model: Any, text: str
) -> None:
    with pytest.raises(ValueError, match=text):
        model.fit(X, NUMBERS if model._kind == "regressor" else LABELS)


def test_an_unknown_parameter_and_bad_data_are_named(training: TrainingGateway) -> None:
    with pytest.raises(TypeError, match=r"RandomForestClassifier.__init__\(\).*n_trees"):
        ours.RandomForestClassifier(n_trees=5)
    forest = made(ours.RandomForestClassifier)
    for y, text in (
        (NUMBERS, "Unknown label type: continuous"),
        (None, "requires y to be passed, but the target y is None"),
        (LABELS[:-1], r"inconsistent numbers of samples: \[80, 79\]"),
        (np.where(NUMBERS > 0, np.nan, 0.0), "Input y contains NaN"),
        (np.array(["a", 1] * 40, dtype=object), "y must hold integers, bools or strings alone"),
    ):
        with pytest.raises(ValueError, match=text):
            forest.fit(X, y)
    with pytest.raises(TypeError, match="takes 3 positional arguments"):
        ours.KNeighborsClassifier().fit(X, LABELS, np.ones(80))
    with pytest.raises(InvalidArgumentError):  # scikit-learn's own refusal, at the gateway
        ours.LogisticRegression(l1_ratio=0.5).fit(X, np.zeros(80, dtype=int))


def test_an_expired_handle_is_told_and_nothing_is_fitted_again(training: TrainingGateway) -> None:
    model = made(ours.Ridge).fit(X, NUMBERS)
    training.forget()
    trainings = sum(frame["type"] == "train" for frame in training.frames)
    with pytest.raises(NotFoundError, match=r"keeps the fitted Ridge no more\. Fit it again"):
        model.predict(X)
    assert sum(frame["type"] == "train" for frame in training.frames) == trainings


def test_a_pickle_without_the_model_is_told_of(training: TrainingGateway) -> None:
    model = made(ours.Ridge).fit(X, NUMBERS)

    def gone(job: str) -> bytes:
        raise NotFoundError("job: no such job", answered=True)

    with pytest.MonkeyPatch.context() as patch, pytest.warns(UserWarning, match="pickled without its model"):
        patch.setattr("headgate.sklearn.training.asking.exported", gone)
        kept = pickle.loads(pickle.dumps(model))
    assert np.array_equal(kept.predict(X), model.predict(X))  # while the gateway keeps it


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("ignore")
def test_without_a_gateway_the_installed_library_fits_and_is_told_as_the_source(kind: type[Any]) -> None:
    y = target(kind)
    headgate.configure("ws://127.0.0.1:9/v1", timeout=1, fallback_after=0.02)
    model = made(kind).fit(X, y)
    wanted = theirs(kind)(**made(kind).get_params()).fit(X, y)
    assert model.source_ == "scikit-learn" and model.handle_ is None
    assert (model.predict(X) == wanted.predict(X)).all()
    assert headgate.fallback.counts()[(kind._servable, "scikit-learn")] >= 1
    again = pickle.loads(pickle.dumps(model))
    assert (again.predict(X) == wanted.predict(X)).all()
    with pytest.raises(AttributeError, match="fitted by scikit-learn"):
        _ = model.onnx_
    headgate.configure("ws://127.0.0.1:9/v1", timeout=0.3, fallback=False)
    with pytest.raises(headgate.UnavailableError):
        made(kind).fit(X, y)
    headgate.configure()


def test_scikit_learn_clones_searches_and_scores(training: TrainingGateway) -> None:
    headgate.configure(training.url, fallback=False)
    model = made(ours.RandomForestClassifier, max_depth=2)
    assert clone(model).get_params() == model.get_params()
    assert repr(model) == "RandomForestClassifier(n_estimators=5, max_depth=2, random_state=3)"
    wanted = theirs(ours.RandomForestClassifier)(n_estimators=5, max_depth=2, random_state=3)
    assert np.array_equal(cross_val_score(model, X, LABELS, cv=3), cross_val_score(wanted, X, LABELS, cv=3))
    search = GridSearchCV(model, {"max_depth": [1, 3]}, cv=3, n_jobs=2).fit(X, LABELS)
    assert search.best_score_ == GridSearchCV(wanted, {"max_depth": [1, 3]}, cv=3).fit(X, LABELS).best_score_


def test_an_eval_set_goes_with_the_fit_and_the_library_is_not_imported() -> None:
    from headgate.xgboost import XGBClassifier

    model = XGBClassifier(n_estimators=7)
    assert repr(model) == "XGBClassifier(n_estimators=7)" and model.get_params()["max_depth"] is None
    with pytest.raises(ValueError, match="eval_set must have one pair"):
        model.fit(X, LABELS, eval_set=[(X, LABELS), (X, LABELS)])
    with pytest.raises(ValueError, match=r"eval_set has classes that y does not have: \['left'\]"):
        model.fit(X, LABELS, eval_set=[(X, np.where(LABELS == "up", "left", "down"))])
    with pytest.raises(ValueError, match="eval_set has 3 features, and X has 4"):
        model.fit(X, LABELS, eval_set=[(X[:, :3], LABELS)])
    assert "xgboost" not in sys.modules


def test_a_pipeline_is_one_request_and_its_last_step_has_the_attributes(training: TrainingGateway) -> None:
    headgate.configure(training.url, fallback=False)
    made_pipe = ours.Pipeline([("scaler", ours.StandardScaler()), ("ridge", ours.Ridge(alpha=2.0))])
    before = len(training.frames)
    pipe = clone(made_pipe).set_params(ridge__alpha=3.0).fit(X, NUMBERS)
    (sent,) = training.frames[before:]
    estimator = {"trainer": "ridge", "parameters": sent["parameters"]["estimator"]["parameters"]}
    step = {"transformer": "standard_scaler", "parameters": {"with_mean": True, "with_std": True}}
    assert sent["parameters"] == {"steps": [step], "estimator": estimator}
    assert estimator["parameters"]["alpha"] == 3.0 and made_pipe["ridge"].alpha == 2.0
    wanted = make_pipeline(StandardScaler(), Ridge(alpha=3.0)).fit(X, NUMBERS)
    assert np.allclose(pipe.predict(X), wanted.predict(X), rtol=1e-12)
    assert pipe.score(X, NUMBERS) == pytest.approx(wanted.score(X, NUMBERS))
    assert np.allclose(pipe["ridge"].coef_, wanted[-1].coef_)
    assert pipe.get_params()["ridge__alpha"] == 3.0


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        ([("a", ours.StandardScaler())], "the last one, 'a', must be a trained drop-in"),
        (
            [("a", ours.NMF()), ("b", ours.Ridge())],
            "'a' must be one of max_abs_scaler, min_max_",
        ),
        ([("a", StandardScaler()), ("b", ours.Ridge())], "scikit-learn's own Pipeline takes any"),
    ],
)
def test_a_pipeline_of_other_steps_is_refused_by_name(steps: list[Any], text: str) -> None:
    with pytest.raises(TypeError, match=text):
        ours.Pipeline(steps).fit(X, NUMBERS)


def test_without_a_gateway_scikit_learns_pipeline_fits() -> None:
    headgate.configure("ws://127.0.0.1:9/v1", timeout=1, fallback_after=0.02)
    steps = [("scaler", ours.StandardScaler()), ("logistic", ours.LogisticRegression())]
    pipe = ours.Pipeline(steps).fit(X, LABELS)
    wanted = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, LABELS)
    assert pipe.source_ == "scikit-learn"
    assert (pipe.predict(X) == wanted.predict(X)).all() and pipe.score(X, LABELS) == wanted.score(X, LABELS)
    headgate.configure()


def test_windows_are_checked_before_they_are_sent() -> None:
    from headgate.torch import LSTMClassifier, MLPTorchRegressor

    assert MLPTorchRegressor().get_params()["hidden_layer_sizes"] == (32, 16)
    windows = np.zeros((80, 5, 2))
    model = LSTMClassifier(epochs=2)
    for X_bad, text in (
        (X, r"X must have three dimensions, \[rows, window, columns\], got an array of shape \(80, 4\)"),
        (np.full((80, 5, 2), np.nan), "Input X contains NaN or infinity"),
    ):
        with pytest.raises(ValueError, match=text):
            model.fit(X_bad, LABELS)
    with pytest.raises(
        ValueError, match=r"eval_set has windows of shape \(4, 2\), but .* is expecting \(5, 2\)"
    ):
        model.fit(windows, LABELS, eval_set=[(windows[:, 1:], LABELS)])
    assert "torch" not in sys.modules


def test_the_verbs_are_awaited_as_well(training: TrainingGateway) -> None:
    async def main() -> None:
        model = await made(ours.Ridge).afit(X, NUMBERS)
        assert np.array_equal(await model.apredict(X), model.predict(X))
        assert await model.ascore(X, NUMBERS) > 0.9

    asyncio.run(main())


def test_the_drop_ins_never_import_scikit_learn_by_themselves() -> None:
    modules = (
        "headgate.sklearn, headgate.hmm, headgate.risk, headgate.xgboost, headgate.lightgbm, headgate.torch"
    )
    program = (
        f"import sys, {modules}; "
        "found = [each for each in ('sklearn', 'pandas', 'onnxruntime', 'torch', 'xgboost') "
        "if each in sys.modules]; "
        "headgate.sklearn.RandomForestClassifier(n_estimators=3).get_params(); "
        "found += ['sklearn'] * ('sklearn' in sys.modules); sys.exit(', '.join(found) or None)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


_WEIGHTS = {
    "check_sample_weight_equivalence_on_dense_data": "scikit-learn excuses its own: rows are drawn or binned"
}
EXCUSED: dict[str, dict[str, str]] = {
    **{
        f"{family}{end}": _WEIGHTS
        for family in ("RandomForest", "ExtraTrees", "GradientBoosting", "HistGradientBoosting", "MLP")
        for end in ("Classifier", "Regressor")
    },
    "SVR": _WEIGHTS,
    "SVC": _WEIGHTS,
    "Ridge": {"check_non_transformer_estimators_n_iter": "None as scikit-learn's: auto has no iterations"},
}


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks(
    [made(each) for each in KINDS],
    expected_failed_checks=lambda estimator: EXCUSED.get(type(estimator).__name__, {}),
)
def test_estimators_are_scikit_learns(training: TrainingGateway, estimator: Any, check: Any) -> None:
    headgate.configure(training.url, fallback=False)
    check(estimator)
