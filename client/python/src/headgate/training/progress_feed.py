"""Follows a training that a request waits for: its job is found by the request's label."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from ..errors import FailedPreconditionError, HeadgateError
from .job import Job
from .progress_bar import ProgressReport
from .results import JobState

log = logging.getLogger("headgate")

T = TypeVar("T")
Tell = Callable[[ProgressReport], object]

_PAUSE_S = 0.25
_LISTED = 20
"""How many of the newest jobs are looked through."""


class JobsLister(Protocol):
    """The methods of a gate that are called here."""

    async def jobs(self, *, limit: int | None = None) -> list[JobState]: ...
    def job(self, name: str) -> Job: ...


async def followed(gate: JobsLister, work: Awaitable[T], label: str, tell: Tell) -> T:
    """The result of the work, whose job's progress is told meanwhile.

    Nothing that goes wrong with the progress touches the work.
    """
    following = asyncio.ensure_future(_follow(gate, label, tell))
    try:
        return await work
    finally:
        following.cancel()


async def _follow(gate: JobsLister, label: str, tell: Tell) -> None:
    try:
        state = await _found(gate, label)
        tell(_report_of(state))
        try:
            async for each in gate.job(state.job).progress():
                tell(
                    ProgressReport(each.stage, each.share_done, each.iteration, each.remaining_ms, each.loss)
                )
        except FailedPreconditionError:
            # The program listens to `job.*` itself, and a client listens to a topic once.
            while not (state := await gate.job(state.job).state()).has_ended:
                tell(_report_of(state))
                await asyncio.sleep(4 * _PAUSE_S)
    except HeadgateError as error:
        log.debug("no progress is shown of %s: %s", label, error)


async def _found(gate: JobsLister, label: str) -> JobState:
    while True:
        for state in await gate.jobs(limit=_LISTED):
            if state.label == label:
                return state
        await asyncio.sleep(_PAUSE_S)


def _report_of(state: JobState) -> ProgressReport:
    return ProgressReport(state.stage or "queued", state.share_done, None, state.remaining_ms, state.loss)
