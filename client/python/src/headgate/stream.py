"""A stream this client feeds; it is opened again by itself after a reconnection."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol, TypedDict

import numpy as np
from numpy.typing import ArrayLike

from .codec import Frame
from .errors import InvalidArgumentError
from .results import Parameters
from .stream_state import PathKind, StreamState
from .tensors import Wire, to_wire


class Observed(NamedTuple):
    """What became of observations; `duplicates` are rows that the gateway had already."""

    accepted: int
    duplicates: int
    last_ts: float


class History(TypedDict):
    """What a new stream begins with: times in ms since the epoch, increasing, and values [n, d]."""

    ts: Sequence[float] | ArrayLike
    values: ArrayLike


class Actions(Protocol):
    """What the gate does for a stream."""

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
    """Bound to a detector that lives in the gateway."""

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
        self._acked_ts = -math.inf  # of the newest observation that a gateway said is on its disk
        self.observations = 0
        """Observations the gateway had when the stream was opened."""

    @property
    def needs(self) -> str | None:
        """The feature without which a gateway cannot open it as it was asked to."""
        return None if self._history is None else "history"

    def opened(self, ack: Frame) -> float | None:
        """The gateway has it; returns up to when a gateway acked what this one lacks, if it lacks any."""
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
        """One observation [d] at a time, or many [n, d] with their times; returns once they are taken.

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
        """Where the stream stands, as `Gate.stream_state` tells of any."""
        return await self._actions.stream_state(
            self.name, path=path, limit=limit, values=values, timeout=timeout
        )

    async def close(self, *, timeout: float | None = None) -> None:
        """End the stream and forget it, for everybody."""
        self._actions.forget(self.name)
        frame = {"type": "close", "stream": self.name}
        await self._actions.ack(lambda number: {**frame, "id": number}, timeout=timeout)


def _history(history: History) -> Frame:
    times, tensor = observation(history["ts"], history["values"])
    if not isinstance(times, list):
        raise InvalidArgumentError("history.ts: must be as many times as there are rows of history.values")
    return {"ts": times, "values": tensor}


def observation(ts: Any, values: ArrayLike) -> tuple[float | list[float], Wire]:
    """Times and values as the wire has them: a number with [d], an array of n with [n, d]."""
    array = np.asarray(values)
    if array.dtype not in (np.float64, np.float32):
        array = array.astype(np.float64)
    if np.ndim(ts) == 0:
        return float(ts), to_wire(array.reshape(-1), "values")
    times = [float(each) for each in np.asarray(ts).tolist()]
    if array.ndim == 1:
        array = array.reshape(len(times), -1)
    return times, to_wire(array, "values")
