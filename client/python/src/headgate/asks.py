"""Makes the frame of an `infer`, and the `Result` of its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from .codec import Frame
from .fallback import Request
from .references import inputs_used
from .requests import MakeFrame
from .results import Parameters, Result, Source
from .tensors import Array, Tensors, from_wire


def infer_frame(
    model: str,
    inputs: Tensors,
    *,
    parameters: Parameters | None,
    outputs: Sequence[str] | None,
    version: str | None,
    priority: int | None,
    key: str | None,
    traceparent: str | None,
    to_wire: Callable[[Tensors], Frame],
) -> MakeFrame:
    """The request's frame, made again for each attempt.

    :param to_wire: makes its inputs
    """
    given: Frame = {"type": "infer", "model": model}
    if parameters or outputs is not None or version is not None:
        given |= _given(version=version, parameters=parameters or None, outputs=outputs)
    if priority is not None or key is not None or traceparent is not None:
        given |= _given(priority=priority, key=key, traceparent=traceparent)

    def make(number: int, remaining_ms: float) -> Frame:
        return {**given, "id": number, "timeout_ms": remaining_ms, "inputs": to_wire(inputs)}

    return make


def result_of(frame: Frame) -> Result:
    """The gateway's answer."""
    timing = frame["timing"]
    return Result(
        frame["model"],
        frame["version"],
        {name: from_wire(tensor) for name, tensor in frame["outputs"].items()},
        frame["backend"],
        frame["precision"],
        timing["queue_ms"],
        timing["compute_ms"],
        timing["batch_size"],
        frame.get("cached") or False,
        inputs_used=inputs_used(frame.get("inputs_used")),
    )


def local_result(
    request: Request,
    outputs: Mapping[str, Array],
    source: Source,
    ms: float,
    wanted: Sequence[str] | None = None,
) -> Result:
    """The result of a fallback, with the requested outputs."""
    found = {name: value for name, value in outputs.items() if wanted is None or name in wanted}
    return Result(request.model, request.version or "", found, source, "", 0.0, ms, 1, False, source)


def _given(**optional: object) -> Frame:
    return {name: value for name, value in optional.items() if value is not None}
