"""Who answers when no gateway does.

In order: what was registered for the model, an installed library (scikit-learn, hmmlearn, onnxruntime),
a small numpy implementation. Each answer says who made it (`source`), is counted, and is logged once a model.
"""

from __future__ import annotations

import inspect
import logging
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .errors import HeadgateError
from .options import Parameters, Source
from .tensors import Array, Tensors

log = logging.getLogger("headgate")


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
_logged: set[str] = set()
_lock = threading.Lock()


def register(model: str, function: Function) -> None:
    """Answer for a model, fit or policy when no gateway does; it comes before any other fallback.

    :param function: a request's `inputs` and `parameters` to outputs by name, as the gateway would answer;
        a coroutine function too
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
    """Have a hook called at each fallback, to raise an alert; the result takes it back."""
    _hooks.append(hook)
    return lambda: _hooks.remove(hook) if hook in _hooks else None


def counts() -> Mapping[tuple[str, Source], int]:
    """How often each source answered for each model in this process."""
    with _lock:
        return dict(_counts)


async def answer(
    request: Request, fallbacks: Sequence[Fallback], error: HeadgateError
) -> tuple[dict[str, Array], Source] | None:
    """The first answer there is."""
    for each in fallbacks:
        given = each.function(request)
        outputs = await given if inspect.isawaitable(given) else given
        if outputs is not None:
            note(request.model, each.source, error)
            return {name: np.asarray(value) for name, value in outputs.items()}, each.source
    return None


def note(model: str, source: Source, error: HeadgateError) -> None:
    """Count it, log it once a model, tell the hooks; a hook that fails is logged, and stops nothing."""
    with _lock:
        _counts[(model, source)] += 1
        first = model not in _logged
        _logged.add(model)
    if first:
        log.warning("%s is answered by %s: %s (further ones are counted, not logged)", model, source, error)
    for hook in _hooks:
        _call(hook, Alert(model, source, error))


def _call(hook: Callable[[Alert], None], alert: Alert) -> None:
    try:
        hook(alert)
    except Exception:
        log.exception("a fallback hook failed")
