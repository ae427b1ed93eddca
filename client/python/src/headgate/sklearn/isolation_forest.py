"""IsolationForest."""

from __future__ import annotations

import numbers
import warnings
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import numpy as np

from ..local.apply import Forest
from ..tensors import Array
from .awaited import awaited
from .base import Estimator, Self
from .constraints import COUNT, FLAG, JOBS, SEED, SHARE, VERBOSE, Constraints, Exactly, Real, Whole, Words
from .isolation_tree import IsolationTree, trees_of
from .validation import seed_of

_TREES = (
    "tree_offsets",
    "feature",
    "threshold",
    "missing_go_to_left",
    "children_left",
    "children_right",
    "n_node_samples",
)
# Made at the first score and kept out of the estimator, whose pickles and attributes need none of it.
_forests: WeakKeyDictionary[IsolationForest, Forest] = WeakKeyDictionary()


class IsolationForest(Estimator):
    """Outliers by random cuts; as `sklearn.ensemble.IsolationForest` without weights and warm start."""

    _servable = "isolation_forest"
    _kind = "outlier_detector"
    _allow_nan = True
    _constraints: ClassVar[Constraints] = {
        "n_estimators": COUNT,
        "max_samples": (Words(("auto",)), Whole(1), Real(0.0, 1.0, SHARE, floats_only=True)),
        "contamination": (Words(("auto",)), Real(0.0, 0.5, SHARE)),
        "max_features": (Whole(1), Real(0.0, 1.0, SHARE, floats_only=True)),
        "bootstrap": FLAG,
        "n_jobs": JOBS,
        "random_state": SEED,
        "verbose": VERBOSE,
        "warm_start": (Exactly(False),),  # a gateway keeps no estimator
    }

    def __init__(
        self,
        *,
        n_estimators: int = 100,
        max_samples: int | float | str = "auto",
        contamination: float | str = "auto",
        max_features: int | float = 1.0,
        bootstrap: bool = False,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: int = 0,
        warm_start: bool = False,
    ) -> None:
        self.n_estimators = n_estimators
        self.max_samples = max_samples
        self.contamination = contamination
        self.max_features = max_features
        self.bootstrap = bootstrap
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose
        self.warm_start = warm_start

    def fit(self: Self, X: Any, y: Any = None) -> Self:
        """Grow the trees."""
        self._fit(X, [])  # type: ignore[attr-defined]
        return self

    def _fit(self, X: Any, also: list[str]) -> dict[str, Array]:
        array = self._fit_input(X)
        if isinstance(self.max_samples, numbers.Integral) and self.max_samples > len(array):
            warnings.warn(
                f"max_samples ({self.max_samples}) is greater than the total number of samples "
                f"({len(array)}). max_samples will be set to n_samples for estimation.",
                stacklevel=4,
            )
        names = ("n_estimators", "max_samples", "contamination", "max_features", "bootstrap")
        parameters = self._sent(*names)
        # 1 and 1.0 look alike on the wire, where 1 would mean all
        for name, whole in (("max_samples", len(array)), ("max_features", array.shape[1])):
            if parameters[name] == 1 and isinstance(parameters[name], int) and whole > 1:
                parameters[name] = 1 / whole
        scores = [] if self.contamination == "auto" else ["score_samples"]
        outputs = self._fit_remotely(
            {"X": array},
            {**parameters, "random_state": seed_of(self.random_state)},
            [*_TREES, "offset", "max_samples", *scores, *also],
        )
        self.offset_ = float(outputs["offset"])
        self.max_samples_ = self._max_samples = int(outputs["max_samples"])
        self._trees = {name: outputs[name] for name in _TREES}
        self._trees["max_samples"] = np.asarray(self.max_samples_)
        _forests.pop(self, None)
        if "score_samples" in outputs:  # a stand-in gives none, and its offset is of numpy
            self.offset_ = self._offset_among(array, outputs["score_samples"])
        return outputs

    def _offset_among(self, array: Array, scores: Array) -> float:
        """The percentile of the scores as numpy computes them, from the two rows between which it lies.

        The gateway's powers differ from numpy's in the last bit, and rows that tie at the offset would
        all be judged outliers.
        """
        place = float(self.contamination) * (len(scores) - 1)
        below = int(place)
        pair = [below, min(below + 1, len(scores) - 1)]
        between = self._scores(array[np.argsort(scores, kind="stable")[pair]])
        return float(np.percentile(between, 100.0 * (place - below)))

    def fit_predict(self, X: Any, y: Any = None) -> Array:
        """Fit, and 1 for each inlier, -1 for each outlier."""
        return self._fit(X, ["predict"])["predict"].astype(np.int64)

    @property
    def estimators_(self) -> list[IsolationTree]:
        """The trees, as scikit-learn's `estimators_` are read: by `tree_` and `max_depth`."""
        self._require_fitted()
        return trees_of(self._trees, self.max_samples_)

    @property
    def estimators_features_(self) -> list[Array]:
        """The columns of each tree: all, for the features of `tree_` are those of X."""
        self._require_fitted()
        return [np.arange(self.n_features_in_)] * self.n_estimators_

    @property
    def n_estimators_(self) -> int:
        """How many trees there are."""
        self._require_fitted()
        return len(self._trees["tree_offsets"])

    def score_samples(self, X: Any) -> Array:
        """From -1, surely an outlier, to 0."""
        return self._scores(self._input(X))

    def _scores(self, array: Array) -> Array:
        """The scores of rows that are checked already: rows of the fit have no column names of their own."""
        forest = _forests.get(self)
        if forest is None:
            forest = _forests[self] = Forest(self._trees)
        return forest.score_samples(array)

    def decision_function(self, X: Any) -> Array:
        """`score_samples` less the offset; negative for an outlier."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> Array:
        """1 for an inlier, -1 for an outlier."""
        return np.where(self.decision_function(X) < 0, -1, 1)

    afit = awaited(fit)
    afit_predict = awaited(fit_predict)
    apredict = awaited(predict)
    ascore_samples = awaited(score_samples)
    adecision_function = awaited(decision_function)
