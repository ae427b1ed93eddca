"""The trainers of xgboost."""

import re
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from headgate_trainer.boosting.answers import classified, regressed
from headgate_trainer.boosting.trainer import (
    BoostingTrainer,
    EvalsResult,
    attributes_of,
    last_loss,
)
from headgate_trainer.boosting.xgb_parameters import CLASSIFIER, REGRESSOR
from headgate_trainer.boosting.xgb_trees import XgbTrees, read_trees
from headgate_trainer.failure import invalid
from headgate_trainer.fit_inputs import Table
from headgate_trainer.graph import Graph
from headgate_trainer.job import Job
from headgate_trainer.parameters import Parameter
from headgate_trainer.registry import Family, FittedModel, Tolerance
from headgate_trainer.tensors import Array, Arrays
from headgate_trainer.tree_graph import LESS, sum_of_trees

LINKS = {
    "reg:logistic": "Sigmoid",
    "count:poisson": "Exp",
    "reg:gamma": "Exp",
    "reg:tweedie": "Exp",
}
# Sums this close to an equal vote are decided by the rounding of the library's FP32.
TIE = 1e-5


class XgbTrainer(BoostingTrainer):
    """Trains ``XGBClassifier`` or ``XGBRegressor``."""

    def check(self, job: Job) -> None:
        """Refuse the one objective that needs another parameter without it."""
        super().check(job)
        values = self.values(job)
        if values["objective"] == "reg:quantileerror" and values["quantile_alpha"] is None:
            raise invalid("parameters.quantile_alpha: the objective reg:quantileerror needs it")

    def categorical(self, values: dict[str, Any]) -> str | None:
        """Tell whether a column's type is the category."""
        return "feature_types" if "c" in (values["feature_types"] or []) else None

    def fit_library(
        self, job: Job, values: dict[str, Any], table: Table, classes: Array | None
    ) -> FittedModel:
        """Fit, and follow the fit by a callback."""
        import xgboost

        _require_fp32(table)
        rounds: int = 100 if values["n_estimators"] is None else values["n_estimators"]
        evals: EvalsResult = {}

        class Watch(xgboost.callback.TrainingCallback):  # type: ignore[misc]
            def after_iteration(self, model: Any, epoch: int, log: Any) -> bool:
                del model
                for name, curve in log.get("validation_0", {}).items():
                    evals[name] = list(curve)
                job.progress(
                    iteration=epoch + 1, share_done=(epoch + 1) / rounds, loss=last_loss(evals)
                )
                return False

        kind: Callable[..., Any] = (
            xgboost.XGBRegressor if classes is None else xgboost.XGBClassifier
        )
        estimator = kind(**_given(values), n_jobs=job.threads, callbacks=[Watch()])
        held_out = {} if table.X_eval is None else {"eval_set": [(table.X_eval, table.y_eval)]}
        try:
            estimator.fit(
                table.X, table.y, sample_weight=table.sample_weight, verbose=False, **held_out
            )
        except xgboost.core.XGBoostError as error:
            raise ValueError(_reason(str(error))) from error
        return XgbModel(estimator, classes, table, evals)


class XgbModel(FittedModel):
    """A fitted estimator of xgboost."""

    accepts_missing = True

    def __init__(
        self, estimator: Any, classes: Array | None, table: Table, evals: EvalsResult
    ) -> None:
        self.family = "regressor" if classes is None else "classifier"
        self._estimator, self._classes = estimator, classes
        booster = estimator.get_booster()
        best = None
        if estimator.early_stopping_rounds is not None:
            best = int(estimator.best_iteration)
        run = int(booster.num_boosted_rounds())
        self._iterations = run if best is None else best + 1
        self.attributes = attributes_of(
            table.X,
            classes,
            estimator.feature_importances_,
            evals,
            n_iter=run,
            best_iteration=best,
            best_score=None if best is None else float(estimator.best_score),
        )

    @cached_property
    def _trees(self) -> XgbTrees:
        return read_trees(self._estimator.get_booster(), self._iterations)

    @property
    def tolerance(self) -> Tolerance:
        """Beside a millionth, the rounding of the library's own sum in FP32 is tolerated."""
        return Tolerance(1e-6, absolute=1e-6 if self._classes is not None else self._trees.rounding)

    def predict(self, X: Array) -> Arrays:
        """Answer by xgboost."""
        if self._classes is None:
            return {"predictions": self._estimator.predict(X).astype(np.float64)}
        return {
            "labels": self._classes[self._estimator.predict(X)],
            "probabilities": self._estimator.predict_proba(X).astype(np.float64),
        }

    def comparable(self, X: Array) -> Array | None:
        """Tell which labels do not depend on the rounding of sums."""
        if self._classes is None:
            return None
        two = np.sort(self._estimator.predict_proba(X), axis=1)[:, -2:]
        return np.asarray(two[:, 1] - two[:, 0] > TIE)

    def add_nodes(self, graph: Graph, x: str) -> dict[str, str]:
        """Add the trees, which compare X in FP32."""
        raw = sum_of_trees(graph, graph.as_fp32(x), self._trees.trees, self._trees.targets, LESS)
        if self._classes is None:
            return regressed(graph, raw, LINKS.get(self._trees.objective))
        return classified(graph, raw, self._classes)


def _given(values: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is null, and write constraints as the library takes them."""
    given = {
        name: value for name, value in values.items() if value is not None and name != "n_jobs"
    }
    for name in ("monotone_constraints", "interaction_constraints"):
        if name in given:
            # A list of columns in the form of Python's tuples and lists, which the library parses.
            value = given[name]
            given[name] = str(tuple(value) if name == "monotone_constraints" else value)
    if "feature_types" in given:
        given["enable_categorical"] = True
    return given


def _reason(text: str) -> str:
    """Take the sentence out of a message, which has a place in the source and a stack, too."""
    sentence = text.split("Stack trace:")[0]
    return re.sub(r"^\[[\d:]+\] \S+: ", "", sentence).strip()


def _require_fp32(table: Table) -> None:
    """Refuse what xgboost, which keeps X in FP32, would take as infinite."""
    largest = float(np.finfo(np.float32).max)
    for name, X in (("X", table.X), ("X_eval", table.X_eval)):
        if X is not None and (np.abs(X) > largest).any():
            raise invalid(f"inputs.{name}: has values beyond FP32, in which xgboost keeps them")


def _trainer(family: Family, what: str, name: str, parameters: tuple[Parameter, ...]) -> XgbTrainer:
    return XgbTrainer(
        f"xgb_{family}",
        family,
        f"Predicts {what} by boosted trees. This is xgboost's {name}.",
        library="xgboost-cpu",
        of=parameters,
        proven_within=Tolerance(1e-6),
        rounds="early_stopping_rounds",
    )


XGBOOST = [
    _trainer("classifier", "classes", "XGBClassifier", CLASSIFIER),
    _trainer("regressor", "numbers", "XGBRegressor", REGRESSOR),
]
