"""The trainers of lightgbm."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from headgate_trainer.boosting.answers import classified, regressed
from headgate_trainer.boosting.lgbm_parameters import CLASSIFIER, REGRESSOR
from headgate_trainer.boosting.lgbm_trees import LgbmTrees, read_trees
from headgate_trainer.boosting.trainer import (
    BoostingTrainer,
    EvalsResult,
    attributes_of,
    last_loss,
)
from headgate_trainer.failure import invalid
from headgate_trainer.fit_inputs import Table
from headgate_trainer.graph import Graph
from headgate_trainer.job import Job
from headgate_trainer.parameters import Parameter
from headgate_trainer.registry import Family, FittedModel, Tolerance
from headgate_trainer.tensors import Array, Arrays
from headgate_trainer.tree_graph import sum_of_trees

EXACT = Tolerance(1e-9)
LINKS = {"poisson": "Exp", "gamma": "Exp", "tweedie": "Exp"}
# Arguments of the library's `fit`, not of its constructor.
OF_FIT = ("eval_metric", "categorical_feature")


class LgbmTrainer(BoostingTrainer):
    """Trains ``LGBMClassifier`` or ``LGBMRegressor``."""

    def categorical(self, values: dict[str, Any]) -> str | None:
        """Tell whether a column holds categories."""
        return "categorical_feature" if values["categorical_feature"] else None

    def fit_library(
        self, job: Job, values: dict[str, Any], table: Table, classes: Array | None
    ) -> FittedModel:
        """Fit, and follow the fit by a callback."""
        import lightgbm

        rounds: int = values["n_estimators"]
        evals: EvalsResult = {}

        def watch(env: Any) -> None:
            for _, name, value, *_ in env.evaluation_result_list or []:
                evals.setdefault(name, []).append(float(value))
            at = env.iteration + 1
            job.progress(iteration=at, share_done=at / rounds, loss=last_loss(evals))

        kind: Callable[..., Any] = (
            lightgbm.LGBMRegressor if classes is None else lightgbm.LGBMClassifier
        )
        estimator = kind(**_given(values, classes), n_jobs=job.threads)
        arguments = {name: values[name] for name in OF_FIT if values[name] is not None}
        if table.X_eval is not None:
            arguments |= {"eval_X": table.X_eval, "eval_y": table.y_eval}
        weights = table.sample_weight
        try:
            estimator.fit(table.X, table.y, sample_weight=weights, callbacks=[watch], **arguments)
        except lightgbm.basic.LightGBMError as error:
            raise ValueError(str(error)) from error
        return LgbmModel(estimator, classes, table, evals)


class LgbmModel(FittedModel):
    """A fitted estimator of lightgbm."""

    accepts_missing = True

    def __init__(
        self, estimator: Any, classes: Array | None, table: Table, evals: EvalsResult
    ) -> None:
        self.family = "regressor" if classes is None else "classifier"
        self._estimator, self._classes = estimator, classes
        booster = estimator.booster_
        best: int | None = int(estimator.best_iteration_) or None
        # With early stopping the library has dropped the trees after the best iteration.
        run = max([int(booster.current_iteration()), *map(len, evals.values())])
        self._iterations = run if best is None else best
        self.attributes = attributes_of(
            table.X,
            classes,
            estimator.feature_importances_,
            evals,
            n_iter=run,
            best_iteration=best,
            best_score=_best_score(estimator) if best is not None else None,
        )

    def predict(self, X: Array) -> Arrays:
        """Answer by lightgbm."""
        if self._classes is None:
            return {"predictions": np.asarray(self._estimator.predict(X), dtype=np.float64)}
        return {
            "labels": self._classes[self._estimator.predict(X)],
            "probabilities": self._estimator.predict_proba(X),
        }

    @cached_property
    def _trees(self) -> LgbmTrees:
        return read_trees(self._estimator.booster_, self._iterations)

    @property
    def tolerance(self) -> Tolerance:
        """The library adds in FP64, as the graph does."""
        return EXACT

    def add_nodes(self, graph: Graph, x: str) -> dict[str, str]:
        """Add the trees, which compare X in FP64."""
        trees = self._trees
        raw = sum_of_trees(graph, x, trees.trees, trees.targets)
        if trees.divisor != 1:
            raw = graph.node("Div", raw, graph.constant(np.float64(trees.divisor)))
        if self._classes is None:
            return regressed(graph, raw, LINKS.get(trees.objective))
        return classified(graph, raw, self._classes, trees.sigmoid)


def _given(values: dict[str, Any], classes: Array | None) -> dict[str, Any]:
    """Leave out what is null, and number the classes of ``class_weight``."""
    given = {
        name: value
        for name, value in values.items()
        if value is not None and name not in (*OF_FIT, "n_jobs")
    }
    weights = given.get("class_weight")
    if isinstance(weights, dict) and classes is not None:
        numbers = {str(label): at for at, label in enumerate(classes)}
        for name in weights:
            if name not in numbers:
                raise invalid(f"parameters.class_weight.{name}: is not a class of y")
        given["class_weight"] = {numbers[name]: weight for name, weight in weights.items()}
    return given


def _best_score(estimator: Any) -> float:
    (scores,) = estimator.best_score_.values()
    return float(next(iter(scores.values())))


def _trainer(
    family: Family, what: str, name: str, parameters: tuple[Parameter, ...]
) -> LgbmTrainer:
    return LgbmTrainer(
        f"lgbm_{family}",
        family,
        f"Predicts {what} by boosted trees that grow leaf by leaf. This is lightgbm's {name}.",
        library="lightgbm",
        of=parameters,
        proven_within=EXACT,
        rounds="early_stopping_round",
    )


LIGHTGBM = [
    _trainer("classifier", "classes", "LGBMClassifier", CLASSIFIER),
    _trainer("regressor", "numbers", "LGBMRegressor", REGRESSOR),
]
