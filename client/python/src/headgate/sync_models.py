"""Models and policies that can be called from any thread."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from numpy.typing import ArrayLike

from .gate import Gate
from .models import Model, Observation, Policy
from .options import InferOptions
from .policy_layout import PolicyLayout
from .results import Result
from .tensors import Array

if TYPE_CHECKING:
    from typing_extensions import Unpack

T = TypeVar("T")
M = TypeVar("M", bound=Model)


class Runner(Protocol):
    """Runs a synchronous client's coroutines."""

    @property
    def gate(self) -> Gate:
        """The asyncio client; a forked child has another one."""

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """As `Client.run`."""


class _Verbs(Generic[M]):
    """A model of the client's gate, created again when the gate changes."""

    def __init__(self, client: Runner, make: Callable[[Gate], M]) -> None:
        self._client, self._make = client, make
        self._gate = client.gate
        self._of_gate = make(self._gate)

    @property
    def _model(self) -> M:
        gate = self._client.gate
        if gate is not self._gate:
            self._gate, self._of_gate = gate, self._make(gate)
        return self._of_gate

    @property
    def name(self) -> str:
        """The model's name."""
        return self._of_gate.name

    @property
    def source(self) -> str | None:
        """The source of the last answer."""
        return self._of_gate.source

    def infer(self, X: ArrayLike, **options: Unpack[InferOptions]) -> Result:
        """As `Model.infer`."""
        return self._client.run(self._model.infer(X, **options))

    def predict(self, X: ArrayLike, **options: Unpack[InferOptions]) -> Array:
        """As `Model.predict`."""
        return self._client.run(self._model.predict(X, **options))

    def predict_proba(self, X: ArrayLike, **options: Unpack[InferOptions]) -> Array:
        """As `Model.predict_proba`."""
        return self._client.run(self._model.predict_proba(X, **options))

    def predict_windows(self, series: ArrayLike, **options: Unpack[InferOptions]) -> Array:
        """As `Model.predict_windows`."""
        return self._client.run(self._model.predict_windows(series, **options))


class SyncModel(_Verbs[Model]):
    """A model that can be called from any thread."""


class SyncPolicy(_Verbs[Policy]):
    """A policy that can be called from any thread."""

    def act(self, observation: Observation, **options: Unpack[InferOptions]) -> Array:
        """As `Policy.act`."""
        return self._client.run(self._model.act(observation, **options))

    def layout(self, *, timeout: float | None = None) -> PolicyLayout:
        """As `Policy.layout`."""
        return self._client.run(self._model.layout(timeout=timeout))
