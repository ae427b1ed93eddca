"""Asks the process's gateway to train, to apply what it keeps, and for the exported model."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ...errors import NotFoundError
from ...fallback import Fallback, Request
from ...gate import Gate
from ...references import resolved_or
from ...results import Result
from ...sync import default_client
from ...sync_jobs import UploadOptions
from ...tensors import Tensors
from ...training import exports
from ...training.results import PublishedVersion, TrainingResult
from ..awaited import watching
from .progress import label_of, shown

if TYPE_CHECKING:
    from typing_extensions import Unpack

T = TypeVar("T")


class Training(NamedTuple):
    """What a drop-in has trained."""

    trainer: str
    inputs: Mapping[str, Any]
    parameters: Mapping[str, Any]
    keep_seconds: float | None


def train(
    training: Training, fallbacks: Sequence[Fallback], *, progress: str | None = None
) -> TrainingResult | Result:
    """The gateway's result, or that of a fallback.

    :param progress: the name that a bar has beside it; None shows none
    """
    client = default_client()
    chain = fallbacks if client.options.falls_back else ()
    trainer, inputs, parameters, keep_seconds = training
    inputs = client.gate.tables.referred_for_fit(inputs)
    label = None if progress is None else label_of(progress)
    work = client.gate.train_or_stand_in(
        trainer, inputs, parameters, keep_seconds=keep_seconds, fallbacks=chain, label=label
    )
    if progress is None or label is None:
        return _run(work)
    return shown(client, work, progress, label, watching.get())


def applied(
    trainer: str,
    X: Any,
    handle: str,
    outputs: Sequence[str],
    fallbacks: Sequence[Fallback],
    *,
    takes: str = "X",
) -> Result:
    """What the kept model predicts; by a fallback also where the gateway does not have it any more.

    :param takes: the name of the application's input
    """
    client = default_client()
    chain = fallbacks if client.options.falls_back else ()
    inputs = client.gate.tables.referred({takes: X})
    return _run(_applied(client.gate, f"{trainer}.apply", inputs, handle, list(outputs), chain))


async def _applied(
    gate: Gate, servable: str, inputs: Tensors, handle: str, outputs: list[str], chain: Sequence[Fallback]
) -> Result:
    parameters = {"handle": handle}
    try:
        return await gate.infer(servable, inputs, parameters=parameters, outputs=outputs, fallbacks=chain)
    except NotFoundError as error:
        # Any other refusal stands: only a gateway that does not know the handle may be stood in for.
        if not chain:
            raise
        request = Request(servable, None, resolved_or(inputs, error), parameters)
        return await gate.stand_in(request, chain, error, gate.options.timeout, wanted=outputs)


def fetch(job: str) -> Future[bytes] | None:
    """The exported model, in the background; None where the client is not to keep it."""
    client = default_client()
    return client.submit(exports.kept(client.gate, job)) if client.options.keeps_onnx else None


def exported(job: str) -> bytes:
    """The exported model, once it is exported: as long as the job takes.

    :raises UnavailableError: when the gateway is away for longer than a call waits
    """
    return _run(exports.exported(default_client().gate, job))


def uploaded(onnx: bytes, model: str, **options: Unpack[UploadOptions]) -> PublishedVersion:
    """The model as a version that serves."""
    return _run(default_client().gate.upload(onnx, model=model, **options))


def _run(work: Coroutine[Any, Any, T]) -> T:
    client = default_client()
    cancellation = watching.get()
    if cancellation is None:
        return client.run(work)
    request = client.submit(work)
    cancellation.watch(request)
    return request.result()
