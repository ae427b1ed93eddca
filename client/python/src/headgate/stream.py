"""A stream that this client feeds; it is opened again after a reconnection."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol, TypedDict

import numpy as np
from numpy.typing import ArrayLike

from .codec import Frame
from .datasets.dataset_reference import StreamReference
from .errors import InvalidArgumentError
from .results import Parameters
from .stream_state import PathKind, StreamState
from .tensors import Wire, to_wire


class Observed(NamedTuple):
    """The result of `observe`; `duplicates` counts rows that the gateway had already."""

    accepted: int
    duplicates: int
    last_ts: float


class History(TypedDict):
    """The history of a new stream: increasing times in ms since the epoch, and values [n, d]."""

    ts: Sequence[float] | ArrayLike
    values: ArrayLike


class Actions(Protocol):
    """The methods of the gate that a stream calls."""

    async def ack(
        self, make: Callable[[int], Frame], *, timeout: float | None = None, needs: str | None = None
    ) -> Frame: ...
    async def stream_state(
        self,
        name: str,
        *,
        path: PathKind | None = None,
        limit: int | None = None,
        values: bool | None = None,
        timeout: float | None = None,
    ) -> StreamState: ...
    def forget(self, name: str) -> None: ...


class Stream:
    """A stream whose detector runs in the gateway."""

    def __init__(
        self, name: str, detector: str, parameters: Parameters, history: History | None, actions: Actions
    ):
        self.name = name
        self.detector = detector
        self.parameters = parameters
        self._actions = actions
        self._history = None if history is None else _history(history)
        self.created = False
        self.last_ts: float | None = None
        """ms since the epoch of the last observation the gateway had when the stream was opened."""
        # The time of the newest observation that a gateway confirmed as stored on disk.
        self._acked_ts = -math.inf
        self.observations = 0
        """Observations the gateway had when the stream was opened."""

    @property
    def needs(self) -> str | None:
        """The protocol feature that opening the stream requires; None when there is none."""
        return None if self._history is None else "history"

    def opened(self, ack: Frame) -> float | None:
        """Handle the ack; return the time up to which another gateway acked what this one lacks, if any."""
        acked = self._acked_ts
        self._acked_ts = -math.inf if ack["last_ts"] is None else ack["last_ts"]
        self.created = ack["created"]
        self.last_ts = ack["last_ts"]
        self.observations = ack["observations"]
        return acked if acked > self._acked_ts else None

    def open_frame(self, number: int, replace: bool = False) -> Frame:
        """The request that opens it."""
        frame: Frame = {"type": "open", "id": number, "stream": self.name, "detector": self.detector}
        if self.parameters:
            frame["parameters"] = dict(self.parameters)
        if self._history is not None:
            frame["history"] = self._history
        if replace:
            frame["replace"] = True
        return frame

    async def observe(
        self, ts: float | Sequence[float] | ArrayLike, values: ArrayLike, *, timeout: float | None = None
    ) -> Observed:
        """Send one observation [d], or many [n, d] with their times; return once accepted.

        :param ts: ms since the epoch, strictly increasing; as many as rows
        """
        times, tensor = observation(ts, values)
        frame = {"type": "observe", "stream": self.name, "ts": times, "values": tensor}
        ack = await self._actions.ack(lambda number: {**frame, "id": number}, timeout=timeout)
        self._acked_ts = max(self._acked_ts, ack["last_ts"])
        return Observed(ack["accepted"], ack["duplicates"], ack["last_ts"])

    async def state(
        self,
        *,
        path: PathKind | None = None,
        limit: int | None = None,
        values: bool | None = None,
        timeout: float | None = None,
    ) -> StreamState:
        """The state of the stream, as `Gate.stream_state` returns it."""
        return await self._actions.stream_state(
            self.name, path=path, limit=limit, values=values, timeout=timeout
        )

    def window(
        self,
        last: int | None = None,
        columns: Sequence[int] | None = None,
        *,
        shape: Sequence[int] | None = None,
    ) -> StreamReference:
        """A reference to the newest observations, [last, d], for a request in place of an array.

        The result's `inputs_used` tells which they were and the time of the last one.

        :param last: how many; all that the stream remembers by default
        :param columns: the places of the values in an observation, counted from 0; all by default
        :param shape: of the tensor, of as many elements
        """
        return StreamReference(self.name, last, columns, shape)

    async def close(self, *, timeout: float | None = None) -> None:
        """End the stream and delete it, for all clients."""
        self._actions.forget(self.name)
        frame = {"type": "close", "stream": self.name}
        await self._actions.ack(lambda number: {**frame, "id": number}, timeout=timeout)


def _history(history: History) -> Frame:
    times, tensor = observation(history["ts"], history["values"])
    if not isinstance(times, list):
        raise InvalidArgumentError("history.ts: must be as many times as there are rows of history.values")
    return {"ts": times, "values": tensor}


def observation(ts: Any, values: ArrayLike) -> tuple[float | list[float], Wire]:
    """Times and values in the wire's form: a number with [d], an array of n with [n, d]."""
    array = np.asarray(values)
    if array.dtype not in (np.float64, np.float32):
        array = array.astype(np.float64)
    if np.ndim(ts) == 0:
        return float(ts), to_wire(array.reshape(-1), "values")
    times = [float(each) for each in np.asarray(ts).tolist()]
    if array.ndim == 1:
        array = array.reshape(len(times), -1)
    return times, to_wire(array, "values")
