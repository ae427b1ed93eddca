"""Pipeline: transformers before a trained estimator, fitted in one request."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from ..fallback import Fallback, Outputs, Request, registered
from ..results import Result
from ..tensors import Array
from .awaited import awaited
from .base import Estimator, Self
from .training import asking, library
from .training.classifier import TrainedClassifier
from .training.kept_model import KeptModel
from .training.table import entries
from .training.trained import KEEP_SECONDS, Trained
from .training.wire import plain
from .validation import check_array, check_sample_weight, feature_names, seed_of

_MODULES: Mapping[str, str] = {
    "standard_scaler": "sklearn.preprocessing",
    "min_max_scaler": "sklearn.preprocessing",
    "max_abs_scaler": "sklearn.preprocessing",
    "robust_scaler": "sklearn.preprocessing",
    "simple_imputer": "sklearn.impute",
    "pca": "sklearn.decomposition",
}


_LOCAL = frozenset({"copy", "missing_values"})
"""Parameters of transformers that mean nothing to a trainer."""


class Pipeline(Trained):
    """Steps that are fitted together; as `sklearn.pipeline.Pipeline` without memory.

    The steps themselves are not fitted: the last has the fitted attributes, and the pipeline predicts.
    """

    _servable = "pipeline"
    _trainer = entries()["pipeline"]
    _constraints: ClassVar[Mapping[str, Any]] = {}

    def __init__(
        self, steps: Sequence[tuple[str, Any]], *, memory: None = None, verbose: bool = False
    ) -> None:
        self.steps = steps
        self.memory = memory
        self.verbose = verbose

    @property
    def named_steps(self) -> dict[str, Any]:
        """The steps by name."""
        return dict(self.steps)

    def __getitem__(self, at: int | str) -> Any:
        return self.named_steps[at] if isinstance(at, str) else self.steps[at][1]

    def __len__(self) -> int:
        return len(self.steps)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The constructor's parameters, and with `deep` those of the steps as `name__parameter`."""
        own = super().get_params(deep=False)
        if not deep:
            return own
        for name, step in self.steps:
            own[name] = step
            own |= {f"{name}__{key}": value for key, value in step.get_params(deep=True).items()}
        return own

    def set_params(self: Self, **params: Any) -> Self:
        """Change parameters, also of steps: `name__parameter`, or a whole step by its name.

        :raises ValueError: for one that there is not
        """
        steps = dict(self.steps)  # type: ignore[attr-defined]
        for key, value in params.items():
            name, _, parameter = key.partition("__")
            if parameter and name in steps:
                steps[name].set_params(**{parameter: value})
            elif key in steps:
                self.steps = [(each, value if each == key else step) for each, step in self.steps]  # type: ignore[attr-defined]
            else:
                super().set_params(**{key: value})
        return self

    @property
    def _last(self) -> Trained:
        last: Trained = self.steps[-1][1]
        return last

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        pairs: Sequence[tuple[Any, Any]] = (),
        own: Mapping[str, Any] | None = None,
        *,
        progress: bool = False,
    ) -> None:
        self._require_steps()
        last = self._last
        nan = takes_nan(self.steps)
        array = check_array(X, "Pipeline", allow_nan=nan)
        names = feature_names(X)
        self._forget()
        vars(self).pop("feature_names_in_", None)
        if names is not None:
            self.feature_names_in_ = names
        self.n_features_in_ = array.shape[1]
        self._allow_nan = nan  # type: ignore[misc]
        inputs = {"X": array, "y": last._target(y, array)}
        weight = check_sample_weight(sample_weight, array)
        if weight is not None:
            inputs["sample_weight"] = weight
        training = asking.Training("pipeline", inputs, self._wire_parameters(array), KEEP_SECONDS)
        found = asking.train(training, self._fallbacks(), progress="Pipeline" if progress else None)
        if isinstance(found, Result):
            self._take_from_library(found)
            return
        self.source_ = "gateway"
        self._model = KeptModel("pipeline", found.handle, found.job)
        last._take(found.outputs)
        self.scores_ = last.scores_

    def _wire_parameters(self, array: Array) -> dict[str, Any]:
        steps = [{"transformer": step._servable, "parameters": _sent(step)} for _, step in self.steps[:-1]]
        last = self._last
        return {
            "steps": steps,
            "estimator": {"trainer": last._servable, "parameters": last._wire_parameters(array)},
        }

    def _require_steps(self) -> None:
        *before, (name, last) = self.steps
        if not isinstance(last, Trained) or isinstance(last, Pipeline):
            raise TypeError(f"steps: the last one, {name!r}, must be a trained drop-in, not {last!r}")
        for each, step in before:
            if not isinstance(step, Estimator) or step._servable not in _MODULES:
                raise TypeError(
                    f"steps: {each!r} must be one of {', '.join(sorted(_MODULES))} of headgate.sklearn, not "
                    f"{step!r}; scikit-learn's own Pipeline takes any"
                )
        for _, step in self.steps:
            step._require_parameters()
        if len({each for each, _ in self.steps}) < len(self.steps):
            raise ValueError("steps: Names provided are not unique")

    def _fallbacks(self) -> tuple[Fallback, ...]:
        own = registered("pipeline")
        last = self._last
        if importlib.util.find_spec("sklearn") is None or not last._library.startswith("sklearn"):
            return own

        def answer(request: Request) -> Outputs:
            pipeline = self.made_by_library()
            weight = request.inputs.get("sample_weight")
            given = {} if weight is None else {f"{self.steps[-1][0]}__sample_weight": np.asarray(weight)}
            pipeline.fit(np.asarray(request.inputs["X"]), np.asarray(request.inputs["y"]), **given)
            return {library.ESTIMATOR: library.boxed(pipeline)}

        return (*own, Fallback("scikit-learn", answer))

    def made_by_library(self) -> Any:
        """The same pipeline of the installed scikit-learn, unfitted."""
        made = []
        for name, step in self.steps:
            module = importlib.import_module(_MODULES.get(step._servable) or type(step)._library)
            made.append((name, getattr(module, type(step).__name__)(**step.get_params(deep=False))))
        return importlib.import_module("sklearn.pipeline").Pipeline(made)

    @property
    def classes_(self) -> Array:
        """Of a classifier at the end."""
        if not isinstance(self._last, TrainedClassifier):
            raise AttributeError("classes_: the last step is no classifier")
        return self._last.classes_

    def predict(self, X: Any) -> Array:
        """What the last step predicts of each row."""
        if self._is_here:
            return np.asarray(self._here.predict(self._input(X)))
        if isinstance(self._last, TrainedClassifier):
            return self._predicted(X, "labels")["labels"].astype(self.classes_.dtype)
        return self._predicted(X, "predictions")["predictions"]

    def predict_proba(self, X: Any) -> Array:
        """The probability of each class, in the order of `classes_`."""
        self._require_fitted()
        if "probabilities" not in self._last._trainer.predictions:
            raise AttributeError(f"{type(self._last).__name__} has no predict_proba")
        if self._is_here:
            return np.asarray(self._here.predict_proba(self._input(X)))
        return self._predicted(X, "probabilities")["probabilities"]

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The last step's score of what the pipeline predicts."""
        return self._last.score_of(self.predict(X), y, sample_weight)

    def __sklearn_tags__(self) -> Any:
        return self._last.__sklearn_tags__()

    apredict = awaited(predict)
    apredict_proba = awaited(predict_proba)
    ascore = awaited(score)


def takes_nan(steps: Sequence[tuple[str, Any]]) -> bool:
    """Whether NaN may reach a step that takes it: scalers let it pass, and an imputer ends it."""
    for _, step in steps:
        if step._servable == "simple_imputer":
            return True
        if not step._allow_nan:
            return False
    return True


def _sent(step: Any) -> dict[str, Any]:
    """The parameters of a transformer that its trainer has."""
    found = {name: plain(value) for name, value in step.get_params(deep=False).items() if name not in _LOCAL}
    if "random_state" in found:
        found["random_state"] = seed_of(step.random_state)
    return {name: value for name, value in found.items() if value is not None}
