"""Models and policies asked from any thread."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

from numpy.typing import ArrayLike

from .models import Model, Policy
from .options import Result
from .tensors import Array

T = TypeVar("T")


class Runner(Protocol):
    """Where a synchronous client's coroutines run."""

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """As `Client.run`."""


class SyncModel:
    """A model, asked from any thread."""

    def __init__(self, client: Runner, model: Model) -> None:
        self._client, self._model = client, model

    name = property(lambda self: self._model.name)
    source = property(lambda self: self._model.source)

    def infer(self, X: ArrayLike, **options: Any) -> Result:
        """As `Model.infer`."""
        return self._client.run(self._model.infer(X, **options))

    def predict(self, X: ArrayLike, **options: Any) -> Array:
        """As `Model.predict`."""
        return self._client.run(self._model.predict(X, **options))

    def predict_proba(self, X: ArrayLike, **options: Any) -> Array:
        """As `Model.predict_proba`."""
        return self._client.run(self._model.predict_proba(X, **options))

    def predict_windows(self, series: ArrayLike, **options: Any) -> Array:
        """As `Model.predict_windows`."""
        return self._client.run(self._model.predict_windows(series, **options))


class SyncPolicy(SyncModel):
    """A policy, asked from any thread."""

    _model: Policy

    def act(self, observation: ArrayLike, **options: Any) -> Array:
        """As `Policy.act`."""
        return self._client.run(self._model.act(observation, **options))
