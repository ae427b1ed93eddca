"""Tasks that wait until something comes."""

from __future__ import annotations

import asyncio


class Waiters:
    """Wakes all who wait; each looks for itself whether what it waits for is there."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    async def wait(self) -> None:
        """Return at the next `wake`."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        try:
            await waiter
        finally:
            self._waiting.discard(waiter)

    def wake(self) -> None:
        """Let all go on."""
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
