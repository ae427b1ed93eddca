"""A client's trainings, started and waited for."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, overload

from .codec import Frame
from .errors import HeadgateError, is_no_answer
from .fallback import Fallback, Request
from .job_calls import JobCalls, Publication, expiry_feature, publication_of
from .options import TIMEOUT_MAX_S, TrainOptions
from .references import resolved_or
from .results import Result
from .tensors import Tensors
from .training.job import Job
from .training.results import NestedValue, TrainingResult, training_result_of

if TYPE_CHECKING:
    from typing_extensions import Unpack


class TrainCalls(JobCalls):
    """The calls about trainings."""

    @overload
    async def train(
        self,
        trainer: str,
        inputs: Tensors,
        *,
        background: Literal[False] = False,
        **options: Unpack[TrainOptions],
    ) -> TrainingResult: ...

    @overload
    async def train(
        self,
        trainer: str,
        inputs: Tensors,
        *,
        background: Literal[True],
        **options: Unpack[TrainOptions],
    ) -> Job: ...

    async def train(
        self,
        trainer: str,
        inputs: Tensors,
        *,
        parameters: Mapping[str, NestedValue] | None = None,
        background: bool = False,
        keep_seconds: float | None = None,
        publish: str | Publication | None = None,
        label: str | None = None,
        version: str | None = None,
        timeout: float | None = None,
        priority: int | None = None,
        key: str | None = None,
        traceparent: str | None = None,
    ) -> TrainingResult | Job:
        """Fit at the gateway; cancelling the call cancels it there. No fallback answers.

        :param inputs: `X`, `y` and others that the trainer's signature names; a table that is given again is
            sent as a reference
        :param parameters: the library's own, which may be nested
        :param background: whether to return a `Job` at once, which outlives this client and the gateway
        :param keep_seconds: for how long the model is kept under the answer's handle, to predict with
            `<trainer>.apply`
        :param publish: the model that it becomes a version of: its name, or a mapping with `model` and
            `version`, `traffic`, `aliases`, `expires_after_ms`; the answer then comes once the version serves
        :param label: a text for whoever lists the jobs
        :param timeout: seconds for everything; by default the gateway's own limit for trainings counts, and a
            gateway that is away has the client's `timeout` to come back
        :param key: idempotency key: a repeat within the gateway's window runs nothing
        :raises FailedPreconditionError: when the gateway has no trainer installed, with the command to type
        :raises InvalidArgumentError: naming the parameter or the input
        """
        inputs = self.tables.referred(inputs)
        if background and key is None:
            key = uuid.uuid4().hex  # After a lost connection it is sent again, and must not begin twice
        given: Frame = {"type": "train", "trainer": trainer}
        optional = {
            "version": version,
            "parameters": dict(parameters) if parameters else None,
            "keep_seconds": keep_seconds,
            "publish": publication_of(publish),
            "background": background or None,
            "label": label,
            "key": key,
            "priority": priority,
            "traceparent": traceparent,
        }
        given |= {name: value for name, value in optional.items() if value is not None}

        def make(number: int, remaining_ms: float) -> Frame:
            self._require("train")
            self._require(expiry_feature(given.get("publish")))
            frame: Frame = {**given, "id": number}
            if timeout is not None and not background:
                frame["timeout_ms"] = remaining_ms
            return {**frame, "inputs": self._wire_inputs(inputs)}

        request = Request(trainer, version, inputs, parameters or {})
        if timeout is None:
            await self._reached()
        within_s = self.seconds(timeout if timeout is not None or background else TIMEOUT_MAX_S)
        frame = await self._frame(make, request, within_s, key is not None, impatient=False)
        return self.job(frame["job"]) if background else training_result_of(frame)

    async def train_or_stand_in(
        self,
        trainer: str,
        inputs: Tensors,
        parameters: Mapping[str, NestedValue],
        *,
        keep_seconds: float | None,
        fallbacks: Sequence[Fallback],
        label: str | None = None,
    ) -> TrainingResult | Result:
        """As `train`; where no gateway answers, the answer of the first fallback that has one."""
        if fallbacks:
            await self._greeted()
        else:
            await self._reached()
        inputs = await self._contents.kept(inputs)
        given: Frame = {"type": "train", "trainer": trainer}
        if keep_seconds is not None:
            given["keep_seconds"] = keep_seconds
        if parameters:
            given["parameters"] = dict(parameters)
        if label is not None:
            given["label"] = label

        def make(number: int, _remaining_ms: float) -> Frame:
            self._require("train")
            return {**given, "id": number, "inputs": self._wire_inputs(inputs)}

        request = Request(trainer, None, inputs, parameters)
        try:
            frame = await self._frame(make, request, TIMEOUT_MAX_S, False, impatient=bool(fallbacks))
            return training_result_of(frame)
        except HeadgateError as error:
            # A training that was too large for the gateway is not tried in this process.
            too_large = error.code == "resource_exhausted" and not error.retryable
            if not fallbacks or not is_no_answer(error) or too_large:
                raise
            request = request._replace(inputs=resolved_or(inputs, error))
            return await self.stand_in(request, fallbacks, error, TIMEOUT_MAX_S)

    async def _greeted(self) -> None:
        """Let a first connection come up, as long as a fallback waits for one: it is asked what is kept."""
        is_hopeless = self._failure is not None or self.breaker.state != "closed" or self._requests.impatient
        if not self.connected and not is_hopeless:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._connected.wait(), self.options.fallback_after)

    async def _reached(self) -> None:
        """Wait for a gateway as long as any call does: what follows may take much longer.

        :raises UnavailableError: when there is none
        """
        if self.connected or self._failure is not None:
            return
        if self.breaker.state != "closed":
            raise self._calls.refusal()
        try:
            await asyncio.wait_for(self._connected.wait(), self.options.timeout)
        except asyncio.TimeoutError:
            if self._failure is None:
                reason = f"no gateway answered within {self.options.timeout:g} s"
                raise self._outages.error(reason) from None
