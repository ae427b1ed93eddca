"""The verbs of a drop-in for an event loop: `await model.afit(X)`, while the loop goes on.

Each runs in a thread of a pool of its own, so that neither the wait for the gateway nor numpy's work
holds the loop up; cancelling the task cancels the request at the gateway.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

THREADS_MAX = 32
"""How many verbs run at once in a process; further ones wait for a thread."""


class Cancellation:
    """The request that a verb waits for, to be cancelled from the loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._request: Future[Any] | None = None
        self._cancelled = False

    def watch(self, request: Future[Any]) -> None:
        """Cancels the request once the task is, or at once when it was."""
        with self._lock:
            self._request = request
            if self._cancelled:
                request.cancel()

    def cancel(self) -> None:
        """Cancels what is waited for and what would be asked next."""
        with self._lock:
            self._cancelled = True
            if self._request is not None:
                self._request.cancel()


watching: contextvars.ContextVar[Cancellation | None] = contextvars.ContextVar("watching", default=None)
"""Of the verb that runs in this thread; None where nobody awaits it."""


def awaited(verb: Callable[Given, Answer]) -> Callable[Given, Coroutine[Any, Any, Answer]]:
    """The same method as a coroutine function; a subclass's own verb is the one that runs."""
    name = verb.__name__

    @functools.wraps(verb)
    async def run(*args: Given.args, **given: Given.kwargs) -> Answer:
        own: Callable[..., Answer] = getattr(args[0], name)
        return await in_thread(functools.partial(own, *args[1:], **given))

    run.__name__, run.__qualname__ = f"a{name}", f"{verb.__qualname__.rpartition('.')[0]}.a{name}"
    run.__doc__ = f"`{name}` for an event loop: `await` it."
    return run


async def in_thread(call: Callable[[], Answer]) -> Answer:
    cancellation = Cancellation()
    context = contextvars.copy_context()
    context.run(watching.set, cancellation)
    work = _pool().submit(context.run, call)
    try:
        return await asyncio.wrap_future(work)
    except asyncio.CancelledError:
        cancellation.cancel()
        raise


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS_MAX, thread_name_prefix="headgate-verb")


if hasattr(os, "register_at_fork"):
    # A forked child has none of its parent's threads.
    os.register_at_fork(after_in_child=_pool.cache_clear)
