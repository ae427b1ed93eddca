"""A stream this client feeds; it is opened again by itself after a reconnection."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .codec import Frame
from .results import Parameters
from .tensors import Wire, to_wire


class Observed(NamedTuple):
    """What became of observations; `duplicates` are rows that the gateway had already."""

    accepted: int
    duplicates: int
    last_ts: float


Ask = Callable[[Callable[[int], Frame]], Awaitable[Frame]]


class Stream:
    """Bound to a detector that lives in the gateway."""

    def __init__(
        self, name: str, detector: str, parameters: Parameters, ask: Ask, forget: Callable[[], None]
    ):
        self.name = name
        self.detector = detector
        self.parameters = parameters
        self._ask = ask
        self._forget = forget
        self.created = False
        self.last_ts: float | None = None
        """ms since the epoch of the last observation the gateway had when the stream was opened."""
        self._acked_ts = -math.inf  # of the newest observation that a gateway said is on its disk
        self.observations = 0
        """Observations the gateway had when the stream was opened."""

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
        if replace:
            frame["replace"] = True
        return frame

    async def observe(self, ts: float | Sequence[float] | ArrayLike, values: ArrayLike) -> Observed:
        """One observation [d] at a time, or many [n, d] with their times; returns once they are taken.

        :param ts: ms since the epoch, strictly increasing; as many as rows
        """
        times, tensor = observation(ts, values)
        ack = await self._ask(
            lambda number: {
                "type": "observe",
                "id": number,
                "stream": self.name,
                "ts": times,
                "values": tensor,
            }
        )
        self._acked_ts = max(self._acked_ts, ack["last_ts"])
        return Observed(ack["accepted"], ack["duplicates"], ack["last_ts"])

    async def close(self) -> None:
        """End the stream and forget it, for everybody."""
        self._forget()
        await self._ask(lambda number: {"type": "close", "id": number, "stream": self.name})


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
