"""Who answers when no gateway does.

In order: what was registered for the model, an installed library (scikit-learn, hmmlearn, onnxruntime),
a small numpy implementation. Each answer says who made it (`source`), is counted, and is logged once a model
and outage.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from numpy.typing import ArrayLike

from .errors import HeadgateError
from .results import Parameters, Source
from .tensors import Tensors


class Request(NamedTuple):
    """What the gateway was to answer."""

    model: str
    version: str | None
    inputs: Tensors
    parameters: Parameters


Outputs = Mapping[str, ArrayLike]
Answer = Outputs | None | Awaitable[Outputs | None]
Function = Callable[[Request], Answer]


class Fallback(NamedTuple):
    """Somebody who may answer: outputs by name, or None to let the next one try."""

    source: Source
    function: Function


class Alert(NamedTuple):
    """What a hook is told."""

    model: str
    source: Source
    error: HeadgateError


_registered: dict[str, Function] = {}
_hooks: list[Callable[[Alert], None]] = []
_counts: Counter[tuple[str, Source]] = Counter()
_lock = threading.Lock()


def register(model: str, function: Function) -> None:
    """Answer for a model, fit or policy when no gateway does; it comes before any other fallback.

    :param function: a request's `inputs` and `parameters` to outputs by name, as the gateway would answer.
        It runs in a thread of its own, a coroutine function in the client's event loop; either has what is
        left of the call's time
    """
    _registered[model] = function


def unregister(model: str) -> None:
    """Take it back."""
    _registered.pop(model, None)


def registered(model: str) -> tuple[Fallback, ...]:
    """What was registered for a model."""
    function = _registered.get(model)
    return () if function is None else (Fallback("registered", function),)


def on_fallback(hook: Callable[[Alert], None]) -> Callable[[], None]:
    """Have a hook called at each fallback of any client, to raise an alert; the result takes it back.

    Hooks are called one after another in a thread of their own, soon after the fallback's answer.
    """
    _hooks.append(hook)
    return lambda: _hooks.remove(hook) if hook in _hooks else None


def counts() -> Mapping[tuple[str, Source], int]:
    """How often each source answered for each model in this process."""
    with _lock:
        return dict(_counts)


def hooks() -> tuple[Callable[[Alert], None], ...]:
    """Who is told of each fallback, whatever the client."""
    return tuple(_hooks)


def count(alert: Alert) -> None:
    """Note that somebody else answered."""
    with _lock:
        _counts[(alert.model, alert.source)] += 1
