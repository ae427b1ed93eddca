"""What a fitted drop-in predicts with: the model that the gateway keeps, or a library's own estimator."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import HeadgateError
from ...sync_jobs import UploadOptions
from ...tensors import Array
from ...training.results import PublishedVersion
from ..base import Estimator
from . import asking
from .kept_model import KeptModel

if TYPE_CHECKING:
    from typing_extensions import Unpack


class KeptEstimator(Estimator):
    """Pickles with its ONNX file, and can be published."""

    _model: KeptModel
    """What predicts; unset where an installed library fitted."""
    _here: Any
    """The estimator of an installed library that fitted in the gateway's place; unset otherwise."""

    @property
    def _is_here(self) -> bool:
        """Whether an installed library's estimator predicts."""
        self._require_fitted()
        return "_here" in vars(self)

    def _predicted(self, X: Any, *outputs: str) -> dict[str, Array]:
        """Those outputs of the kept model, or of its exported file where no gateway has it."""
        array = self._input(X)
        if "_model" not in vars(self):
            raise HeadgateError(f"this {type(self).__name__} has no model: fit it again")
        result = self._model.applied(array, outputs, type(self).__name__)
        return {name: np.array(result.outputs[name]) for name in outputs}

    @property
    def handle_(self) -> str | None:
        """By which the gateway knows the fitted model; None where an installed library fitted it."""
        self._require_fitted()
        return self._model.handle if "_model" in vars(self) else None

    @property
    def job_(self) -> str | None:
        """The training's job; None where an installed library fitted."""
        self._require_fitted()
        return self._model.job if "_model" in vars(self) else None

    @property
    def onnx_(self) -> bytes:
        """The exported model as an ONNX file, waited for as long as its job takes; pickles keep it.

        :raises FailedPreconditionError: when the gateway keeps it no more
        """
        self._require_fitted()
        if "_model" not in vars(self):
            raise AttributeError(f"onnx_: this {type(self).__name__} was fitted by {self.source_}")
        return self._model.onnx()

    def publish(self, model: str, **options: Unpack[UploadOptions]) -> PublishedVersion:
        """Make the fitted model a version of a served one, which needs the scope `models:admin`.

        It waits for the export as long as the job takes, and then until the version serves. The options are
        those of `Client.upload`.
        """
        return asking.uploaded(self.onnx_, model, **options)

    def __getstate__(self) -> dict[str, Any]:
        if "_model" in vars(self):
            try:
                self._model.onnx()
            except HeadgateError as error:
                warnings.warn(
                    f"this {type(self).__name__} is pickled without its model, and predicts only while the "
                    f"gateway keeps it: {error.message}",
                    stacklevel=2,
                )
        return dict(vars(self))

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        vars(self).update(state)
