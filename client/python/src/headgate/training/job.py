"""A training that goes on at the gateway, whatever becomes of this client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Protocol

from ..codec import Frame
from ..errors import FailedPreconditionError, ResourceExhaustedError
from ..events import JobProgress
from .job_feed import JobFeed, JobFeeds
from .results import (
    CurvePoint,
    JobState,
    TrainingResult,
    failure_of,
    state_of,
    training_of,
    training_result_of,
)


class JobsCaller(Protocol):
    """The methods of the gate that are called here."""

    async def ack(
        self, make: Callable[[int], Frame], *, timeout: float | None = None, needs: str | None = None
    ) -> Frame: ...


FEATURE = "jobs"


class Job:
    """A job by its name; also one of an earlier process, by `gate.job(name)`."""

    def __init__(self, name: str, caller: JobsCaller, feeds: JobFeeds) -> None:
        self.name = name
        """By which the gateway knows it."""
        self._caller = caller
        self._feeds = feeds

    def __repr__(self) -> str:
        return f"<headgate.Job {self.name}>"

    async def state(self, *, timeout: float | None = None) -> JobState:
        """As it is now.

        :raises NotFoundError: when the gateway has no such job, or no longer
        """
        return state_of((await self._described(timeout))["state"])

    async def wait(self) -> JobState:
        """The state at its end, over reconnections and restarts of the gateway."""
        async with self._feed() as feed:
            return await feed.ended()

    async def result(self, *, timeout: float | None = None) -> TrainingResult:
        """Wait for its end, and fetch the fitted attributes.

        :param timeout: seconds for fetching them
        :raises CancelledError: when it was cancelled
        :raises HeadgateError: when it failed, with the reason
        """
        state = await self.wait()
        if state.state != "done":
            raise failure_of(state)
        described = await self._described(timeout, outputs=True)
        if "outputs" not in described:
            raise FailedPreconditionError(f"job {self.name}: the gateway no longer has its fitted attributes")
        return training_result_of({**described, "training": training_of(state, described)})

    async def progress(self) -> AsyncIterator[JobProgress]:
        """What the job tells of itself from now on, until it ends; at most once a second.

        Whoever reads slowly gets the newest. The iteration ends with the job, however that ends.
        """
        async with self._feed() as feed:
            async for each in feed.progress():
                yield each

    async def cancel(self, *, timeout: float | None = None) -> None:
        """Cancel it.

        :raises FailedPreconditionError: when it has ended
        """
        frame = {"type": "cancel_job", "job": self.name}
        await self._caller.ack(lambda number: {**frame, "id": number}, timeout=timeout, needs=FEATURE)

    async def log(self, *, timeout: float | None = None) -> list[str]:
        """The newest lines that the trainer and its libraries wrote."""
        return list((await self._described(timeout, log=True)).get("log") or [])

    async def curve(self, *, timeout: float | None = None) -> list[CurvePoint]:
        """Its learning curve."""
        told = (await self._described(timeout, log=True)).get("curve") or []
        return [
            CurvePoint(each["iteration"], each.get("loss"), each.get("score"), each.get("figures") or {})
            for each in told
        ]

    async def onnx(self, *, timeout: float | None = None, bytes_max: int | None = None) -> bytes:
        """The exported model, while the gateway keeps it under the job's handle.

        :param bytes_max: its largest size; a larger one is not fetched
        :raises ResourceExhaustedError: when it is larger than that
        :raises FailedPreconditionError: when it was not asked to be kept, or is not kept any more
        """
        found = bytearray()
        total = None
        while total is None or len(found) < total:
            part = (await self._described(timeout, onnx_from=len(found))).get("onnx")
            if part is None or not part["bytes"]:
                raise FailedPreconditionError(
                    f"job {self.name}: its exported model is not kept: train with keep_seconds, and fetch it "
                    "in that time"
                )
            total = part["total"]
            if bytes_max is not None and total > bytes_max:
                raise ResourceExhaustedError(
                    f"job {self.name}: its model has {total} bytes, over {bytes_max}"
                )
            found += part["bytes"]
        return bytes(found)

    async def _described(self, timeout: float | None, **more: object) -> Frame:
        frame = {"type": "jobs", "job": self.name, **more}
        return await self._caller.ack(lambda number: {**frame, "id": number}, timeout=timeout, needs=FEATURE)

    def _feed(self) -> JobFeed:
        return self._feeds.of(self.name, self.state)
