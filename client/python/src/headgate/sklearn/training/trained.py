"""Estimators that a trainer of the gateway fits. Their constructors are made of the trainers' table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ...errors import InvalidArgumentError
from ...results import Result
from ...tensors import Array
from ..awaited import awaited
from ..base import Self
from ..constraints import Exactly
from ..validation import check_sample_weight
from . import asking, library, wire
from .constructors import constructor_of
from .kept_estimator import KeptEstimator
from .kept_model import KeptModel
from .table import TrainerEntry, entries

KEEP_SECONDS = 3600.0
"""For how long the gateway keeps a fitted model for its drop-in."""
_KEPT_AT_REFIT = ("n_features_in_", "feature_names_in_", "classes_")


class Trained(KeptEstimator):
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
        setattr(cls, "__init__", constructor_of(entry.signature(cls._alone)))  # noqa: B010
        if "sample_weight" not in entry.inputs:
            setattr(cls, "fit", _fit_unweighted)  # noqa: B010

    def fit(self: Self, X: Any, y: Any, sample_weight: Any = None, *, progress: bool = False) -> Self:
        """Train; `source_` says who did.

        :param progress: whether to show a bar on stderr, of tqdm where that is installed
        :raises ValueError: for data or a parameter that cannot be, naming it as the library does
        :raises FailedPreconditionError: when the gateway has no trainer installed, with the command to type
        """
        self._fit(X, y, sample_weight, progress=progress)  # type: ignore[attr-defined]
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
        pairs: Sequence[tuple[Any, Any]] = (),
        own: Mapping[str, Any] | None = None,
        *,
        progress: bool = False,
    ) -> None:
        """:param own: further arguments of the installed library's `fit`, should it take over"""
        array = self._fit_input(X)
        inputs = {"X": array, "y": self._target(y, array), **self._held_out(pairs)}
        weight = check_sample_weight(sample_weight, array)
        if weight is not None:
            inputs["sample_weight"] = weight
        fallbacks = library.fallbacks_of(
            self._servable, self._library, type(self).__name__, self.get_params(deep=False), own or {}
        )
        training = asking.Training(self._servable, inputs, self._wire_parameters(array), KEEP_SECONDS)
        try:
            found = asking.train(training, fallbacks, progress=type(self).__name__ if progress else None)
        except InvalidArgumentError as error:
            raise wire.in_library_words(error) from error
        self._forget()
        if isinstance(found, Result):
            self._take_from_library(found)
            return
        self.source_ = "gateway"
        self._model = KeptModel(self._servable, found.handle, found.job)
        self._take(found.outputs)

    def _wire_parameters(self, array: Array) -> dict[str, Any]:
        """The parameters that are not the defaults, as JSON has them."""
        return wire.wire_parameters(self, self._trainer, array, self._draws_seeds)

    def _forget(self) -> None:
        """What an earlier fit left."""
        for name in [each for each in vars(self) if each.endswith("_") and not each.endswith("__")]:
            if name not in _KEPT_AT_REFIT:
                delattr(self, name)
        for name in ("_model", "_here"):
            vars(self).pop(name, None)

    def _take(self, outputs: Mapping[str, Array]) -> None:
        if "n_iter" in self._trainer.outputs:
            self.n_iter_ = None  # As the library has it of a solver without iterations
        attributes, self.scores_ = wire.attributes_of(outputs)
        vars(self).update(attributes)

    def _take_from_library(self, found: Result) -> None:
        """An installed library fitted: its estimator has the attributes, and predicts."""
        self.source_, self.scores_ = found.source, {}
        if library.ESTIMATOR not in found.outputs:
            self._take(found.outputs)
            return
        self._here = found.outputs[library.ESTIMATOR].item()
        for name in (*self._trainer.outputs, *(each.removesuffix("_") for each in wire.NAMES.values())):
            value = getattr(self._here, f"{name}_", None)
            if value is not None and name not in ("classes", "n_features_in"):
                setattr(self, f"{name}_", value)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = self._trainer.multi_output and self._kind == "regressor"
        return tags

    afit = awaited(fit)


def _fit_unweighted(self: Self, X: Any, y: Any, *, progress: bool = False) -> Self:
    """Train; `source_` says who did."""
    self._fit(X, y, None, progress=progress)  # type: ignore[attr-defined]
    return self


_fit_unweighted.__name__ = "fit"
