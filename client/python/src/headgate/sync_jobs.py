"""Jobs that can be used from any thread."""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from typing import Any, Protocol, TypedDict, TypeVar

from .events import JobProgress
from .gate import Gate
from .training.job import Job
from .training.results import CurvePoint, JobState, JobStateName, TrainingResult

T = TypeVar("T")


class Runner(Protocol):
    """Runs a synchronous client's coroutines."""

    @property
    def gate(self) -> Gate:
        """The asyncio client; a forked child has another one."""

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """As `Client.run`."""


class JobsQuery(TypedDict, total=False):
    """The keyword arguments of `jobs`."""

    state: JobStateName | None
    before: str | None
    limit: int | None
    timeout: float | None


class UploadOptions(TypedDict, total=False):
    """The keyword arguments of `upload` beside the model."""

    version: str | None
    traffic: float | None
    aliases: Sequence[str]
    expires_after_ms: float | None
    timeout: float | None


class PromoteOptions(TypedDict, total=False):
    """The keyword arguments of `promote`."""

    traffic: float | None
    alias: str | None
    reason: str | None
    timeout: float | None


class RollbackOptions(TypedDict, total=False):
    """The keyword arguments of `rollback`."""

    alias: str | None
    reason: str | None
    timeout: float | None


class SyncJob:
    """A `Job` whose calls wait. A forked child may use it as well."""

    def __init__(self, client: Runner, name: str) -> None:
        self._client = client
        self.name = name
        """By which the gateway knows it."""

    def __repr__(self) -> str:
        return f"<headgate.SyncJob {self.name}>"

    @property
    def _job(self) -> Job:
        return self._client.gate.job(self.name)

    def state(self, *, timeout: float | None = None) -> JobState:
        """As `Job.state`."""
        return self._client.run(self._job.state(timeout=timeout))

    def wait(self) -> JobState:
        """As `Job.wait`."""
        return self._client.run(self._job.wait())

    def result(self, *, timeout: float | None = None) -> TrainingResult:
        """As `Job.result`."""
        return self._client.run(self._job.result(timeout=timeout))

    def progress(self) -> Iterator[JobProgress]:
        """As `Job.progress`."""
        told = self._job.progress()
        try:
            while (each := self._client.run(_next(told))) is not None:
                yield each
        finally:
            self._client.run(_left(told))

    def cancel(self, *, timeout: float | None = None) -> None:
        """As `Job.cancel`."""
        self._client.run(self._job.cancel(timeout=timeout))

    def log(self, *, timeout: float | None = None) -> list[str]:
        """As `Job.log`."""
        return self._client.run(self._job.log(timeout=timeout))

    def curve(self, *, timeout: float | None = None) -> list[CurvePoint]:
        """As `Job.curve`."""
        return self._client.run(self._job.curve(timeout=timeout))

    def onnx(self, *, timeout: float | None = None) -> bytes:
        """As `Job.onnx`."""
        return self._client.run(self._job.onnx(timeout=timeout))


async def _next(told: AsyncIterator[JobProgress]) -> JobProgress | None:
    return await anext(told, None)


async def _left(told: AsyncIterator[JobProgress]) -> None:
    close = getattr(told, "aclose", None)
    if close is not None:
        await close()
