"""Exported models, fetched once the gateway has exported them."""

from __future__ import annotations

import asyncio
from typing import Protocol

from ..errors import DeadlineExceededError
from ..options import TIMEOUT_MAX_S
from .job import Job
from .results import failure_of

KEPT_BYTES_MAX = 64 * 1024 * 1024
"""Of a model that is fetched without being asked for; a larger one is fetched when it is."""
FETCHES_MAX = 2
"""How many models a client fetches at one time without being asked for them."""
_PAUSES_S = (0.1, 0.2, 0.4, 1.0)


class Exporter(Protocol):
    """The parts of a gate that are used here."""

    @property
    def onnx_fetches(self) -> asyncio.Semaphore: ...
    def job(self, name: str) -> Job: ...


async def exported(gate: Exporter, name: str, *, bytes_max: int | None = None) -> bytes:
    """The file, waited for as long as the job takes.

    The state is asked for again and again: a subscription would be in the way of the program's own to
    `job.*`.

    :raises UnavailableError: when the gateway is away for longer than a call waits
    :raises HeadgateError: when the job failed, with the reason
    """
    job = gate.job(name)
    until = asyncio.get_running_loop().time() + TIMEOUT_MAX_S
    asked = 0
    while not (state := await job.state()).has_ended:
        if asyncio.get_running_loop().time() > until:
            raise DeadlineExceededError(f"job {name}: is not exported within {TIMEOUT_MAX_S:g} s")
        await asyncio.sleep(_PAUSES_S[min(asked, len(_PAUSES_S) - 1)])
        asked += 1
    if state.state != "done":
        raise failure_of(state)
    return await job.onnx(bytes_max=bytes_max)


async def kept(gate: Exporter, name: str) -> bytes:
    """The file for a drop-in that may need it later; a few at a time, and none that is too large."""
    async with gate.onnx_fetches:
        return await exported(gate, name, bytes_max=KEPT_BYTES_MAX)
