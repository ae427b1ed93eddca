"""What a training answers with, and the states of its job. Times are in ms, a `ts` since the epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import numpy as np

from ..codec import Frame
from ..errors import CancelledError, HeadgateError, error_of
from ..references import InputUsed, inputs_used
from ..tensors import Array, from_wire

NestedValue = Any
"""A parameter of a trainer: a string, a number, a bool or None, or lists and maps of these."""
JobStateName = Literal["queued", "running", "done", "failed", "cancelled"]
JobStage = Literal["fit", "convert", "publish"]
ENDED: tuple[JobStateName, ...] = ("done", "failed", "cancelled")


class PublishedVersion(NamedTuple):
    """A version of a model that serves."""

    model: str
    version: str


@dataclass(slots=True)
class TrainingResult:
    """What a training answers with."""

    job: str
    """The job's name."""
    outputs: dict[str, Array]
    """The fitted attributes by the library's names without the trailing underscore, and the scores."""
    handle: str | None
    """What `<trainer>.apply` predicts with, while the model is kept."""
    fit_ms: float | None
    """Of the library's own `fit`."""
    convert_ms: float | None
    """Of the export to ONNX and its proof; None while they go on."""
    libraries: Mapping[str, str]
    """Versions of Python and of the libraries that fitted."""
    published: PublishedVersion | None
    inputs_used: dict[str, InputUsed] = field(default_factory=dict)
    """What the references in its inputs stood for."""

    def __getitem__(self, output: str) -> Array:
        return self.outputs[output]


class JobError(NamedTuple):
    """Why a job failed."""

    code: str
    message: str


class JobState(NamedTuple):
    """A job as it was when the gateway told of it."""

    job: str
    trainer: str
    label: str | None
    state: JobStateName
    stage: JobStage | None
    """The part of the training that runs; None unless the job does."""
    background: bool
    created_ts: float
    started_ts: float | None
    ended_ts: float | None
    share_done: float | None
    """Of the fit, from 0 to 1; None where the library does not tell."""
    remaining_ms: float | None
    loss: float | None
    score: float | None
    fit_ms: float | None
    convert_ms: float | None
    restarts: int
    """How often a restart of the gateway interrupted it."""
    resumed_from: Literal["start", "checkpoint"] | None
    handle: str | None
    published: PublishedVersion | None
    error: JobError | None

    @property
    def has_ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in ENDED


class CurvePoint(NamedTuple):
    """A point of a learning curve."""

    iteration: int
    loss: float | None
    score: float | None
    figures: Mapping[str, float] = MappingProxyType({})
    """What else the trainer told, by name: of a policy its `reward` and its `entropy`."""


def state_of(told: Frame) -> JobState:
    """The state in a frame; what only later gateways tell is left out."""
    known = {name: told.get(name) for name in JobState._fields}
    known["published"] = published_of(told.get("published"))
    error = told.get("error")
    known["error"] = None if error is None else JobError(error["code"], error["message"])
    return JobState(**known)  # type: ignore[arg-type]


def published_of(told: Frame | None) -> PublishedVersion | None:
    """The version that a frame tells of."""
    return None if told is None else PublishedVersion(told["model"], told["version"])


def training_result_of(frame: Frame) -> TrainingResult:
    """The answer to `train`, and what `jobs` tells of a training that has ended."""
    outputs = {name: from_wire(tensor) for name, tensor in frame["outputs"].items()}
    handle = outputs.pop("handle", None)
    training: Frame = frame["training"]
    if handle is None:
        handle = training.get("handle")
    return TrainingResult(
        training["job"],
        outputs,
        None if handle is None else str(np.asarray(handle).reshape(-1)[0]),
        training["fit_ms"],
        training.get("convert_ms"),
        training.get("libraries") or {},
        published_of(training.get("published")),
        inputs_used(frame.get("inputs_used")),
    )


def training_of(state: JobState, described: Frame) -> Frame:
    """What the answer to `train` would have told of a job that has ended, with its handle."""
    published = None if state.published is None else state.published._asdict()
    ended = {"job": state.job, "fit_ms": state.fit_ms, "convert_ms": state.convert_ms, "published": published}
    return {**ended, "handle": state.handle, **(described.get("training") or {})}


def failure_of(state: JobState) -> HeadgateError:
    """The error of a job that has ended without a result."""
    if state.error is None:
        return CancelledError(f"job {state.job} was cancelled", answered=True)
    return error_of(state.error.code)(f"job {state.job}: {state.error.message}", answered=True)
