"""Estimators that a trainer of the gateway fits. Their constructors are made of the trainers' table."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ...errors import HeadgateError, InvalidArgumentError, NotFoundError
from ...results import Result
from ...sync import default_client
from ...tensors import Array
from ...training.results import PublishedVersion
from ..awaited import awaited
from ..base import Estimator, Self
from ..constraints import Exactly, require
from ..validation import check_sample_weight, seed_of
from . import asking, library, onnx_model
from .table import TrainerEntry, entries

KEEP_SECONDS = 3600.0
"""For how long the gateway keeps a fitted model for its drop-in."""

_NAMES = {"train_scores": "train_score_", "validation_score_curve": "validation_score_"}
"""Attributes whose outputs have names of their own, since `train_score` is a score."""
_SCORES = ("train_", "eval_")


class Trained(Estimator):
    """`fit` trains at the gateway; predictions come from the model that it keeps.

    Each subclass names its trainer, whose table gives the constructor its parameters.
    """

    _trainer: ClassVar[TrainerEntry]
    _library: ClassVar[str]
    """The module in which the installed library has the class of the same name."""
    _alone: ClassVar[Mapping[str, Any]] = {}
    """Parameters of the library's class that no trainer has: only their defaults may be given."""

    _draws_seeds: ClassVar[bool] = True
    """Whether no seed means another one at each fit, as in scikit-learn."""

    handle_: str | None
    """By which the gateway knows the fitted model; None where an installed library fitted it."""
    job_: str | None
    """The training's job."""
    _here: Any
    """The estimator of an installed library that fitted in the gateway's place; unset otherwise."""
    scores_: dict[str, float]
    """What the trainer scored on the training rows, and on held-out ones where there were any."""

    if TYPE_CHECKING:
        # Each subclass gets its constructor of the table, which a type checker does not read.
        def __init__(self, *given: Any, **parameters: Any) -> None: ...

    def __init_subclass__(
        cls,
        *,
        trainer: str | None = None,
        library: str = "",
        alone: Mapping[str, Any] | None = None,
        **further: Any,
    ) -> None:
        super().__init_subclass__(**further)
        if trainer is None:
            return
        entry = entries()[trainer]
        cls._servable, cls._trainer, cls._library = trainer, entry, library
        cls._alone = alone or {}
        cls._allow_nan = entry.allows_nan
        only = {name: (Exactly(default),) for name, default in cls._alone.items()}
        cls._constraints = {**entry.constraints, **only}
        setattr(cls, "__init__", _constructor(entry.signature(cls._alone)))  # noqa: B010
        if "sample_weight" not in entry.inputs:
            setattr(cls, "fit", _fit_unweighted)  # noqa: B010

    def fit(self: Self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train; `source_` says who did.

        :raises ValueError: for data or a parameter that cannot be, naming it as the library does
        :raises FailedPreconditionError: when the gateway has no trainer installed, with the command to type
        """
        self._fit(X, y, sample_weight, (), {})  # type: ignore[attr-defined]
        return self

    def _target(self, y: Any, X: Array) -> Array:
        """y as it goes to the gateway."""
        raise NotImplementedError

    def score_of(self, found: Array, y: Any, sample_weight: Any) -> float:
        """The score of predictions."""
        raise NotImplementedError

    def _held_out(self, pairs: Sequence[tuple[Any, Any]]) -> Mapping[str, Array]:
        """The inputs of an eval set."""
        return {}

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        pairs: Sequence[tuple[Any, Any]],
        own: Mapping[str, Any],
    ) -> None:
        """:param own: further arguments of the installed library's `fit`, should it take over"""
        array = self._fit_input(X)
        inputs = {"X": array, "y": self._target(y, array)}
        inputs |= self._held_out(pairs)
        weight = check_sample_weight(sample_weight, array)
        if weight is not None:
            inputs["sample_weight"] = weight
        fallbacks = library.fallbacks_of(
            self._servable, self._library, type(self).__name__, self.get_params(deep=False), own
        )
        parameters = self._wire_parameters(array)
        try:
            found = asking.train(self._servable, inputs, parameters, KEEP_SECONDS, fallbacks)
        except InvalidArgumentError as error:
            raise _in_its_words(error) from error
        self._forget()
        if isinstance(found, Result):
            self._take_from_library(found)
            return
        self.source_, self.handle_, self.job_ = "gateway", found.handle, found.job
        self._take(found.outputs)

    def _wire_parameters(self, array: Array) -> dict[str, Any]:
        """The parameters that are not the defaults, as JSON has them."""
        found: dict[str, Any] = {}
        for name, default in self._trainer.parameters.items():
            value = getattr(self, name)
            if name == "random_state":
                if value is not None or self._draws_seeds:
                    found[name] = seed_of(value)
            elif value is not default and not _same(value, default):
                found[name] = plain(value)
        # 1 and 1.0 look alike on the wire, where 1 would mean all.
        for name, whole in (("max_samples", len(array)), ("max_features", array.shape[1])):
            if found.get(name) == 1 and isinstance(found[name], int) and whole > 1:
                found[name] = 1 / whole
        return found

    def _require_parameters(self) -> None:
        require(type(self).__name__, self._constraints, self.get_params(deep=False))

    def _forget(self) -> None:
        """What an earlier fit left."""
        for name in [each for each in vars(self) if each.endswith("_") and not each.endswith("__")]:
            if name not in ("n_features_in_", "feature_names_in_", "classes_"):
                delattr(self, name)
        for name in ("_onnx", "_here"):
            vars(self).pop(name, None)

    def _take(self, outputs: Mapping[str, Array]) -> None:
        self.scores_ = {}
        if "n_iter" in self._trainer.outputs:
            self.n_iter_ = None  # As the library has it of a solver without iterations
        for name, value in outputs.items():
            if name in ("classes", "n_features_in"):
                continue
            if name.startswith(_SCORES) and name not in _NAMES:
                self.scores_[name] = float(value)
            else:
                setattr(self, _NAMES.get(name, f"{name}_"), _attribute(name, value))

    def _take_from_library(self, found: Result) -> None:
        """An installed library fitted: its estimator has the attributes, and predicts."""
        self.source_, self.handle_, self.job_, self.scores_ = found.source, None, None, {}
        if library.ESTIMATOR not in found.outputs:
            self._take(found.outputs)
            return
        self._here = found.outputs[library.ESTIMATOR].item()
        for name in (*self._trainer.outputs, *(each.removesuffix("_") for each in _NAMES.values())):
            value = getattr(self._here, f"{name}_", None)
            if value is not None and name not in ("classes", "n_features_in"):
                setattr(self, f"{name}_", value)

    def _predicted(self, X: Any, *outputs: str) -> dict[str, Array]:
        """Those outputs of the kept model, or of the exported one when the gateway keeps it no more."""
        array = self._input(X)
        onnx = vars(self).get("_onnx")
        alone = onnx_model.fallbacks_of(onnx)
        if self.handle_ is None:
            raise HeadgateError(f"this {type(self).__name__} has no model: fit it again")
        try:
            result = asking.applied(self._servable, array, self.handle_, outputs, alone)
        except NotFoundError as error:
            if alone and onnx is not None:
                return onnx_model.predicted(onnx, array)
            raise NotFoundError(
                f"{error.message}: the gateway keeps the fitted {type(self).__name__} no more. Fit it again; "
                "one that was pickled, or whose onnx_ was read in time, predicts without it where "
                "onnxruntime is installed"
            ) from error
        return {name: np.array(result.outputs[name]) for name in outputs}

    @property
    def onnx_(self) -> bytes:
        """The exported model as an ONNX file, fetched at the first reading; pickles keep it.

        :raises FailedPreconditionError: when the gateway keeps it no more
        """
        self._require_fitted()
        if vars(self).get("_onnx") is None:
            if self.job_ is None:
                raise AttributeError(f"onnx_: this {type(self).__name__} was fitted by {self.source_}")
            self._onnx = asking.exported(self.job_)
        return self._onnx

    def publish(
        self, model: str, *, version: str | None = None, traffic: float | None = None
    ) -> PublishedVersion:
        """Make the fitted model a version of a served one, which needs the scope `models:admin`."""
        return default_client().upload(self.onnx_, model=model, version=version, traffic=traffic)

    def __getstate__(self) -> dict[str, Any]:
        if vars(self).get("job_") is not None and vars(self).get("_onnx") is None:
            try:
                self._onnx = self.onnx_
            except HeadgateError as error:
                warnings.warn(
                    f"this {type(self).__name__} is pickled without its model, and predicts only while the "
                    f"gateway keeps it: {error.message}",
                    stacklevel=2,
                )
        return dict(vars(self))

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        vars(self).update(state)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = self._trainer.multi_output and self._kind == "regressor"
        return tags

    afit = awaited(fit)


class TrainedClassifier(Trained):
    """Predicts classes."""

    _kind = "classifier"
    classes_: Array

    def __init_subclass__(cls, **given: Any) -> None:
        super().__init_subclass__(**given)
        if given.get("trainer") is not None and "probabilities" not in cls._trainer.predictions:
            for name in ("predict_proba", "predict_log_proba", "apredict_proba"):
                setattr(cls, name, _Missing(name))

    def _target(self, y: Any, X: Array) -> Array:
        from .targets import class_target

        classes, target = class_target(y, X, type(self).__name__)
        self.classes_ = classes
        return target

    def _known_classes(self, y: Any, X: Array) -> Array:
        """Of an eval set.

        :raises ValueError: for a class that y does not have
        """
        from .targets import class_target

        classes, target = class_target(y, X, type(self).__name__)
        unknown = sorted(set(classes.tolist()) - set(self.classes_.tolist()))
        if unknown:
            raise ValueError(f"eval_set has classes that y does not have: {unknown[:5]}")
        return target

    def predict(self, X: Any) -> Array:
        """The class of each row."""
        if self._is_here():
            return np.asarray(self._here.predict(self._input(X)))
        return self._predicted(X, "labels")["labels"].astype(self.classes_.dtype)

    def predict_proba(self, X: Any) -> Array:
        """The probability of each class, in the order of `classes_`."""
        if self._is_here():
            return np.asarray(self._here.predict_proba(self._input(X)))
        return self._predicted(X, "probabilities")["probabilities"]

    def predict_log_proba(self, X: Any) -> Array:
        """The logarithms of `predict_proba`."""
        with np.errstate(divide="ignore"):
            found: Array = np.log(self.predict_proba(X))
        return found

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The share of rows whose class is predicted."""
        return self.score_of(self.predict(X), y, sample_weight)

    def score_of(self, found: Array, y: Any, sample_weight: Any) -> float:
        """The score of predictions."""
        hits = found == np.asarray(y)
        return float(np.average(hits, weights=sample_weight))

    def _is_here(self) -> bool:
        self._require_fitted()
        return "_here" in vars(self)

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags

        tags = super().__sklearn_tags__()
        tags.classifier_tags = ClassifierTags()
        return tags

    apredict = awaited(predict)
    apredict_proba = awaited(predict_proba)
    ascore = awaited(score)


class TrainedRegressor(Trained):
    """Predicts numbers."""

    _kind = "regressor"

    def _target(self, y: Any, X: Array) -> Array:
        from .targets import number_target

        return number_target(y, X, type(self).__name__, self._trainer.multi_output)

    def predict(self, X: Any) -> Array:
        """A number for each row, or one for each output."""
        self._require_fitted()
        if "_here" in vars(self):
            return np.asarray(self._here.predict(self._input(X)))
        return self._predicted(X, "predictions")["predictions"]

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The coefficient of determination, of several outputs the mean."""
        return self.score_of(self.predict(X), y, sample_weight)

    def score_of(self, found: Array, y: Any, sample_weight: Any) -> float:
        """The score of predictions."""
        truth = np.asarray(y, dtype=np.float64)
        mean = np.average(truth, axis=0, weights=sample_weight)
        errors = np.average((truth - found) ** 2, axis=0, weights=sample_weight)
        spread = np.average((truth - mean) ** 2, axis=0, weights=sample_weight)
        perfect = np.where(errors == 0, 1.0, 0.0)  # Of a constant truth, as scikit-learn has it
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(np.mean(np.where(spread > 0, 1 - errors / spread, perfect)))

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import RegressorTags

        tags = super().__sklearn_tags__()
        tags.regressor_tags = RegressorTags()
        return tags

    apredict = awaited(predict)
    ascore = awaited(score)


def _fit_unweighted(self: Self, X: Any, y: Any) -> Self:
    """Train; `source_` says who did."""
    self._fit(X, y, None, (), {})  # type: ignore[attr-defined]
    return self


_fit_unweighted.__name__ = "fit"


class _Missing:
    """A verb that the class has and its estimators have not, as where a model knows no probabilities."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type) -> Any:
        raise AttributeError(f"{owner.__name__} has no {self._name}")


def _constructor(signature: inspect.Signature) -> Callable[..., None]:
    def __init__(self: Any, *args: Any, **given: Any) -> None:
        try:
            bound = signature.bind(self, *args, **given)
        except TypeError as error:
            raise TypeError(f"{type(self).__name__}.__init__(): {error}") from None
        bound.apply_defaults()
        for name in list(signature.parameters)[1:]:
            setattr(self, name, bound.arguments[name])

    __init__.__signature__ = signature  # type: ignore[attr-defined]
    return __init__


def _same(value: Any, default: Any) -> bool:
    return type(value) is type(default) and not isinstance(value, np.ndarray) and bool(value == default)


def plain(value: Any) -> Any:
    """As JSON has it: no numpy, tuples as lists, keys as strings."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def _attribute(name: str, value: Array) -> Any:
    """A number of Python's own, a list where the library has one, else an array that can be written to."""
    if value.ndim == 0:
        return value.item()
    return value.tolist() if name in ("loss_curve", "validation_scores") else np.array(value)


def _in_its_words(error: InvalidArgumentError) -> InvalidArgumentError:
    """The gateway's text, which names the field, without what the library does not have in its names."""
    return InvalidArgumentError(
        error.message.removeprefix("parameters.").removeprefix("inputs."), answered=error.answered
    )
