"""Trains a policy at the process's gateway, in a job of its own, and asks what was trained."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from ..errors import HeadgateError
from ..events import JobProgress
from ..job_calls import Publication
from ..sklearn.awaited import watching
from ..sync import default_client
from ..tensors import Tensors
from ..training.job import Job
from ..training.results import TrainingResult

T = TypeVar("T")
OnProgress = Callable[[JobProgress], None]


def train(
    trainer: str,
    inputs: Tensors,
    parameters: Mapping[str, Any],
    *,
    keep_seconds: float,
    publish: str | Publication | None,
    label: str | None,
    on_progress: OnProgress | None,
) -> tuple[TrainingResult, bytes]:
    """The result and the exported model; where the caller is interrupted, the job is cancelled."""
    gate = default_client().gate

    async def work() -> tuple[TrainingResult, bytes]:
        # In the background it outlives a lost connection and a restart of the gateway: trainings are long.
        job = await gate.train(
            trainer,
            inputs,
            parameters=parameters,
            background=True,
            keep_seconds=keep_seconds,
            publish=publish,
            label=label,
        )
        try:
            return await _watched(job, on_progress)
        except asyncio.CancelledError:
            with suppress(HeadgateError):
                await asyncio.shield(asyncio.ensure_future(job.cancel()))
            raise

    return _run(work())


async def _watched(job: Job, on_progress: OnProgress | None) -> tuple[TrainingResult, bytes]:
    if on_progress is not None:
        async for progress in job.progress():
            on_progress(progress)
    result = await job.result()
    return result, await job.onnx()


def _run(work: Coroutine[Any, Any, T]) -> T:
    client = default_client()
    cancellation = watching.get()
    request = client.submit(work)
    if cancellation is not None:
        cancellation.watch(request)
    try:
        return request.result()
    except KeyboardInterrupt:
        request.cancel()
        raise


def printed(progress: JobProgress) -> None:
    """A line that is written over, on the standard error."""
    share = "" if progress.share_done is None else f"{progress.share_done:4.0%}  "
    steps = "" if progress.iteration is None else f"{progress.iteration:,} steps  "
    told = {**progress.figures, **({} if progress.score is None else {"validation": progress.score})}
    figures = "  ".join(f"{name} {value:.4g}" for name, value in told.items())
    sys.stderr.write(f"\r{progress.trainer}  {share}{steps}{figures}".ljust(79)[:120])
    sys.stderr.flush()


def ended() -> None:
    """Leaves the line of the progress."""
    sys.stderr.write("\n")
