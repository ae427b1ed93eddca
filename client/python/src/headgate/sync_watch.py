"""A watch that can be read from any thread."""

from __future__ import annotations

from collections.abc import Iterator

from .gate import Gate
from .sync_streams import Runner
from .watch import Sample, Watch


class SyncWatch(Iterator[Sample]):
    """`for sample in watch`; `stop`, also from another thread, or leaving a `with` ends it."""

    def __init__(self, client: Runner, gate: Gate, watch: Watch) -> None:
        self._client, self._gate, self._watch = client, gate, watch

    @property
    def topic(self) -> str:
        """What is watched."""
        return self._watch.topic

    def __iter__(self) -> SyncWatch:
        return self

    def __next__(self) -> Sample:
        sample = self._client.run_of(self._gate, self._next())
        if sample is None:
            raise StopIteration
        return sample

    async def _next(self) -> Sample | None:
        try:
            return await self._watch.__anext__()
        except StopAsyncIteration:  # A coroutine must not end with this exception
            return None

    def stop(self) -> None:
        """End it. The iteration ends, and no sample comes afterwards."""
        self._client.run_of(self._gate, self._stop())

    async def _stop(self) -> None:
        self._watch.stop()

    def __enter__(self) -> SyncWatch:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()
