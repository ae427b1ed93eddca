"""The methods of a client that a model calls; `Gate` has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from . import fallback
from .codec import Frame
from .errors import HeadgateError
from .metrics import Metrics
from .options import Options
from .results import Parameters, Result
from .tensors import Tensors


class Asker(Protocol):
    """The methods of a client that a model calls; `Gate` has them."""

    @property
    def metrics(self) -> Metrics:
        """The counters of the client's calls."""

    @property
    def options(self) -> Options:
        """The client's settings."""

    async def describe(
        self, model: str | None = None, *, timeout: float | None = None, impatient: bool = False
    ) -> Frame:
        """As `Gate.describe`."""

    async def infer(
        self,
        model: str,
        inputs: Tensors,
        *,
        parameters: Parameters | None = None,
        outputs: Sequence[str] | None = None,
        version: str | None = None,
        timeout: float | None = None,
        priority: int | None = None,
        key: str | None = None,
        traceparent: str | None = None,
        fallbacks: Sequence[fallback.Fallback] | None = None,
    ) -> Result:
        """As `Gate.infer`."""

    async def stand_in(
        self,
        request: fallback.Request,
        fallbacks: Sequence[fallback.Fallback],
        error: HeadgateError,
        within_s: float,
    ) -> Result:
        """As `Gate.stand_in`."""

    def gave_up(self, timeout_s: float) -> HeadgateError:
        """As `Gate.gave_up`."""

    def seconds(self, timeout: float | None) -> float:
        """As `Gate.seconds`."""
