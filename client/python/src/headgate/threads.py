"""A bounded number of threads for work that must not hold up an event loop."""

from __future__ import annotations

import contextvars
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from .errors import ResourceExhaustedError

T = TypeVar("T")

_IDLE_S = 5.0
WAITING_MAX = 1024


class Threads:
    """A pool whose threads start when there is work, and end after a while without work.

    The standard library's pool keeps the interpreter alive until its work is done. An abandoned fallback must
    not do that.
    """

    def __init__(self, name: str, most: int) -> None:
        self._name = name
        self._most = most
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._changed = threading.Condition()
        self._running = 0
        self._idle = 0
        self._closed = False

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Run the work on a free thread, or queue it; work that is cancelled in the queue never runs.

        :raises ResourceExhaustedError: when the queue is full
        """
        future: Future[T] = Future()
        context = contextvars.copy_context()
        with self._changed:
            # Cancelled work leaves the queue first.
            if len(self._waiting) >= WAITING_MAX:
                self._waiting = deque(each for each in self._waiting if not each[0].cancelled())
            if len(self._waiting) >= WAITING_MAX:
                raise ResourceExhaustedError(
                    f"{WAITING_MAX} calls wait for the {self._most} threads of {self._name}"
                )
            self._waiting.append((future, lambda: context.run(work)))
            if self._idle >= len(self._waiting):
                self._changed.notify()
            elif self._running < self._most:
                self._running += 1
                threading.Thread(target=self._run, name=self._name, daemon=True).start()
        return future

    def close(self) -> None:
        """Cancel the queued work and start none; running work ends by itself."""
        with self._changed:
            self._closed = True
            for future, _ in self._waiting:
                future.cancel()
            self._waiting.clear()
            self._changed.notify_all()

    def _run(self) -> None:
        while (taken := self._next()) is not None:
            future, work = taken
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)

    def _next(self) -> tuple[Future[Any], Callable[[], Any]] | None:
        with self._changed:
            self._idle += 1
            try:
                self._changed.wait_for(lambda: self._waiting or self._closed, _IDLE_S)
            finally:
                self._idle -= 1
            if self._waiting and not self._closed:
                return self._waiting.popleft()
            self._running -= 1
            return None
