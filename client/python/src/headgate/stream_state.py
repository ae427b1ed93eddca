"""The state of a stream, and the regimes of its newest observations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .codec import Frame
from .errors import InternalError
from .tensors import Array, from_wire

PathKind = Literal["filtered", "smoothed"]


@dataclass(frozen=True)
class RegimePath:
    """A stream's newest observations, oldest first, with the regime of each."""

    kind: PathKind
    """`filtered`: what was said when each observation came. `smoothed`: how the past looks from today."""
    causal: bool
    """Whether each entry rests on nothing that came after it."""
    regimes: tuple[str, ...]
    """Names, calmest first."""
    ts: Array
    """[n] ms since the epoch."""
    regime: Array
    """[n] index into `regimes`; -1 before the first."""
    probabilities: Array
    """[n, k]; NaN while the detector warmed up."""
    values: Array | None
    """[n, d] what was observed, where it was asked for."""


@dataclass(frozen=True)
class StreamState:
    """The state of a stream, including every observation sent before the question."""

    stream: str
    regime: str
    probability: float | None
    probabilities: Mapping[str, float]
    detector: str
    version: str
    observations: int
    last_ts: float | None
    """ms since the epoch."""
    path: RegimePath | None = None


def state_frame(
    stream: str, path: PathKind | None, limit: int | None, values: bool | None
) -> Callable[[int], Frame]:
    """The request's frame."""
    asked = {"path": path, "limit": limit, "values": values}
    given = {name: value for name, value in asked.items() if value is not None}
    return lambda number: {"type": "state", "id": number, "stream": stream, **given}


def stream_state_of(ack: Frame) -> StreamState:
    """The state from the gateway's answer."""
    state: Mapping[str, Any] | None = ack.get("state")
    if not isinstance(state, dict):
        raise InternalError("the gateway answered `state` without a map of it")
    known = {name: state[name] for name in _FIELDS}
    path = ack.get("path")
    return StreamState(**known, path=None if path is None else _path(path))


_FIELDS = tuple(name for name in StreamState.__dataclass_fields__ if name != "path")


def _path(path: Frame) -> RegimePath:
    values = path.get("values")
    return RegimePath(
        path["kind"],
        path["causal"],
        tuple(path["regimes"]),
        from_wire(path["ts"]),
        from_wire(path["regime"]),
        from_wire(path["probabilities"]),
        None if values is None else from_wire(values),
    )
