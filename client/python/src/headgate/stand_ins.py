"""Calls the fallbacks when no gateway answers, each on a thread and within the call's time."""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from . import fallback
from .errors import HeadgateError, said_more
from .fallback import Alert, Fallback, Request
from .hooks import told
from .outages import Outages
from .results import Source
from .tensors import Array
from .threads import Threads

log = logging.getLogger("headgate")

T = TypeVar("T")
Answered = tuple[dict[str, Array], Source]


class StandIns:
    """The fallbacks of one client, on threads: a long fit in the event loop would lose the connection."""

    def __init__(self, threads: int, outages: Outages, hook: Callable[[Alert], None] | None) -> None:
        self._threads = Threads("headgate-fallback", threads)
        self._hooks = Threads("headgate-hooks", 1)
        self._outages = outages
        self._hook = hook

    async def answer(
        self, request: Request, fallbacks: Sequence[Fallback], error: HeadgateError, within_s: float
    ) -> Answered | None:
        """The first fallback's answer; None when no fallback answers.

        :raises HeadgateError: the gateway's, with text added, when the answer does not come in time
        """
        asked: list[Source] = []
        task = asyncio.ensure_future(self._first(request, fallbacks, error, asked))
        try:
            done, _ = await asyncio.wait({task}, timeout=max(0.0, within_s))
        finally:
            task.cancel()
        if done:
            return task.result()
        raise said_more(
            error,
            f" {asked[-1] if asked else 'Its fallback'} had no answer for {request.model} either in "
            "the time that was left: raise the call's timeout.",
        ) from error

    async def _first(
        self, request: Request, fallbacks: Sequence[Fallback], error: HeadgateError, asked: list[Source]
    ) -> Answered | None:
        for source, function in fallbacks:
            asked.append(source)
            outputs = await self._call(function, request)
            if outputs is not None:
                self._note(Alert(request.model, source, error))
                return outputs, source
        return None

    async def _call(self, function: fallback.Function, request: Request) -> dict[str, Array] | None:
        """Call a coroutine function in the event loop, and any other on a thread."""
        if inspect.iscoroutinefunction(function):
            return _arrays(await function(request))
        given = await asyncio.wrap_future(self._threads.submit(lambda: _called(function, request)))
        return _arrays(await given) if inspect.isawaitable(given) else given

    def _note(self, alert: Alert) -> None:
        """Count a fallback, log it once for each model and outage, and call the hooks."""
        self._outages.fell_back()
        fallback.count(alert)
        if alert.model not in self._outages.told:
            self._outages.told.add(alert.model)
            log.warning(
                "%s is answered by %s: %s (further ones of this outage are counted, not logged)", *alert
            )
        own = () if self._hook is None else (self._hook,)
        for hook in (*own, *fallback.hooks()):
            self.tell(hook, alert)

    def tell(self, hook: Callable[[T], Any], what: T) -> None:
        """Call a hook on the hooks' thread, where it may wait for a network; a failing hook is logged."""
        try:
            self._hooks.submit(functools.partial(told, hook, what))
        except HeadgateError as error:
            log.warning("a hook was not called: %s", error)

    def close(self) -> None:
        """Start no further fallbacks and hooks."""
        self._threads.close()
        self._hooks.close()


def _called(function: fallback.Function, request: Request) -> Any:
    given = function(request)
    return given if inspect.isawaitable(given) else _arrays(given)


def _arrays(outputs: fallback.Outputs | None) -> dict[str, Array] | None:
    return None if outputs is None else {name: np.asarray(value) for name, value in outputs.items()}
