"""Asks the process's gateway to train, to apply what it keeps, and for the exported model."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from ...errors import DeadlineExceededError
from ...fallback import Fallback
from ...results import Result
from ...sync import default_client
from ...training.job import Job
from ...training.results import TrainingResult
from ..awaited import watching

T = TypeVar("T")


def train(
    trainer: str,
    inputs: Mapping[str, Any],
    parameters: Mapping[str, Any],
    keep_seconds: float | None,
    fallbacks: Sequence[Fallback],
) -> TrainingResult | Result:
    """The gateway's result, or that of a fallback."""
    client = default_client()
    chain = fallbacks if client.options.falls_back else ()
    inputs = client.gate.tables.referred_for_fit(inputs)
    return _run(
        client.gate.train_or_stand_in(trainer, inputs, parameters, keep_seconds=keep_seconds, fallbacks=chain)
    )


def applied(
    trainer: str, X: Any, handle: str, outputs: Sequence[str], fallbacks: Sequence[Fallback]
) -> Result:
    """What the kept model predicts."""
    gate = default_client().gate
    inputs = gate.tables.referred({"X": X})
    parameters = {"handle": handle}
    return _run(
        gate.infer(
            f"{trainer}.apply", inputs, parameters=parameters, outputs=list(outputs), fallbacks=fallbacks
        )
    )


def exported(job: str) -> bytes:
    """The exported model, once it is exported: in the time that a call of this client has.

    :raises DeadlineExceededError: when it is not exported by then
    """
    client = default_client()
    return _run(_exported(client.gate.job(job), client.options.timeout))


async def _exported(job: Job, within_s: float) -> bytes:
    try:
        await asyncio.wait_for(job.wait(), within_s)
    except asyncio.TimeoutError:
        raise DeadlineExceededError(f"job {job.name}: is not exported within {within_s:g} s") from None
    return await job.onnx()


def _run(work: Coroutine[Any, Any, T]) -> T:
    client = default_client()
    cancellation = watching.get()
    if cancellation is None:
        return client.run(work)
    request = client.submit(work)
    cancellation.watch(request)
    return request.result()
