"""Runs an event loop in a thread of its own, independent of the program's threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from .errors import FailedPreconditionError

T = TypeVar("T")


class Background:
    """Runs coroutines for other threads."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="headgate", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.close()

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Start a coroutine."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for a coroutine's result; an interrupt cancels the coroutine.

        :raises FailedPreconditionError: in the loop's own thread, which would wait for itself for ever
        """
        if threading.current_thread() is self._thread:
            work.close()
            self.require_other_thread()
        future = self.submit(work)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def require_other_thread(self) -> None:
        """Before waiting for what the loop does.

        :raises FailedPreconditionError: in the loop's own thread
        """
        if threading.current_thread() is self._thread:
            raise FailedPreconditionError(
                "a hook of the client called it: hooks run in the client's own thread, so waiting there "
                "never ends; call it from another thread, or start the call with `submit`"
            )

    def stop(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
