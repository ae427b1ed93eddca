"""Many requests of one model in one call, such as a row for each instrument of a desk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from . import fallback, libraries
from .asks import infer_frame, result_of
from .codec import Frame
from .errors import HeadgateError, InvalidArgumentError, is_no_answer
from .models import GATEWAYS_SHARE
from .options import InferManyOptions
from .references import resolved_or
from .results import Result
from .schedule_calls import ScheduleCalls
from .tensors import Tensors

if TYPE_CHECKING:
    from typing_extensions import Unpack


class ManyCalls(ScheduleCalls):
    """Adds `infer_many` to a client."""

    async def infer_many(
        self,
        model: str,
        rows: Sequence[Tensors],
        *,
        fallbacks: Sequence[fallback.Fallback] | None = None,
        **options: Unpack[InferManyOptions],
    ) -> list[Result | HeadgateError]:
        """Ask a model many times at once: each of `rows` is a request of its own, as `infer` sends one.

        They travel together, as joined frames, and without a task each; the gateway batches them as it does
        all requests. The answers are in the order of the rows.

        :param rows: the inputs of each request: arrays by name, or references
        :return: for each row its answer, or the error that this row met; an error of one row is no error of
            the others, and is not raised
        :raises InvalidArgumentError: when `rows` is no sequence of inputs, or the timeout is no time
        """
        if isinstance(rows, Mapping) or not all(isinstance(row, Mapping) for row in rows):
            raise InvalidArgumentError("rows: must be a sequence with one mapping of inputs for each request")
        if fallbacks is None:
            fallbacks = libraries.chain(model) if self.options.falls_back else ()
        budget = self.seconds(options.get("timeout"))
        started, deadline = time.perf_counter(), self._loop.time() + budget
        share = budget * GATEWAYS_SHARE if fallbacks else budget
        version, parameters = options.get("version"), options.get("parameters")
        outputs = options.get("outputs")
        makes = [
            infer_frame(
                model,
                row,
                parameters=parameters,
                outputs=outputs,
                version=version,
                priority=options.get("priority"),
                key=None,
                traceparent=options.get("traceparent"),
                to_wire=self._wire_inputs,
            )
            for row in rows
        ]
        answers = await self._calls.ask_many(makes, share, impatient=bool(fallbacks))
        results: list[Result | HeadgateError] = [_read(answer) for answer in answers]
        if fallbacks:
            requests = [fallback.Request(model, version, row, parameters or {}) for row in rows]
            results = await self._stood_in(requests, results, fallbacks, deadline, outputs)
        for result in results:
            self.metrics.ended(result, started)
        return results

    async def _stood_in(
        self,
        requests: Sequence[fallback.Request],
        results: Sequence[Result | HeadgateError],
        fallbacks: Sequence[fallback.Fallback],
        deadline: float,
        outputs: Sequence[str] | None,
    ) -> list[Result | HeadgateError]:
        """The results, with those of the fallbacks for the rows that no gateway answered."""

        async def one(request: fallback.Request, found: Result | HeadgateError) -> Result | HeadgateError:
            if isinstance(found, Result) or not is_no_answer(found):
                return found
            try:
                request = request._replace(inputs=resolved_or(request.inputs, found))
                within_s = deadline - self._loop.time()
                return await self.stand_in(request, fallbacks, found, within_s, wanted=outputs)
            except HeadgateError as error:
                return error

        if not any(isinstance(found, HeadgateError) and is_no_answer(found) for found in results):
            return list(results)
        return await asyncio.gather(*map(one, requests, results))


def _read(answer: Frame | HeadgateError) -> Result | HeadgateError:
    if isinstance(answer, HeadgateError):
        return answer
    try:
        return result_of(answer)
    except HeadgateError as error:
        return error
