"""How an `infer` is answered: by the gateway, with references or with the arrays, else by a fallback."""

from __future__ import annotations

from collections.abc import Sequence

from . import fallback
from .asks import result_of
from .codec import Frame
from .dataset_calls import DatasetCalls
from .datasets.uploads import FEATURE
from .errors import HeadgateError, is_no_answer
from .models import GATEWAYS_SHARE
from .references import input_to_wire, is_automatic, is_referring, resolved, resolved_or, without_automatic
from .requests import MakeFrame
from .results import Result
from .tensors import Tensors


class InferCalls(DatasetCalls):
    """The part of `Gate.infer` that waits for an answer."""

    async def _answered(
        self,
        make: MakeFrame,
        request: fallback.Request,
        budget: float,
        repeatable: bool,
        fallbacks: Sequence[fallback.Fallback],
        outputs: Sequence[str] | None,
    ) -> Result:
        """The gateway's answer, else that of a fallback, all in the call's time."""
        deadline = self._loop.time() + budget
        share = budget * GATEWAYS_SHARE if fallbacks else budget
        try:
            return result_of(await self._frame(make, request, share, repeatable, bool(fallbacks)))
        except HeadgateError as error:
            if not fallbacks or not is_no_answer(error):
                raise
            request = request._replace(inputs=resolved_or(request.inputs, error))
            within_s = deadline - self._loop.time()
            return await self.stand_in(request, fallbacks, error, within_s, wanted=outputs)

    async def _frame(
        self, make: MakeFrame, request: fallback.Request, within_s: float, repeatable: bool, impatient: bool
    ) -> Frame:
        """The gateway's frame; where a reference that the client chose does not serve, by the array."""
        until = self._loop.time() + within_s
        try:
            return await self._calls.ask(make, within_s, repeatable=repeatable, impatient=impatient)
        except HeadgateError as error:
            if not is_automatic(request.inputs) or not _may_be_of_a_reference(error):
                raise
            if error.code in ("not_found", "unavailable"):
                self.tables.lost(request.inputs)
                self._contents.lost(request.inputs)
        arrays = without_automatic(request.inputs)

        def make_of_arrays(number: int, remaining_ms: float) -> Frame:
            return {**make(number, remaining_ms), "inputs": self._wire_inputs(arrays)}

        remaining_s = max(1e-3, until - self._loop.time())
        return await self._calls.ask(make_of_arrays, remaining_s, repeatable=repeatable, impatient=impatient)

    def _wire_inputs(self, inputs: Tensors) -> Frame:
        """Inputs as the gateway that is there takes them: to an older one the arrays are sent."""
        if is_referring(inputs) and not self.has(FEATURE):
            inputs = resolved(inputs)
        return {name: input_to_wire(value, name) for name, value in inputs.items()}


def _may_be_of_a_reference(error: HeadgateError) -> bool:
    """Whether the request may be answered with the array: not where the gateway has too much to do."""
    busy = error.code == "resource_exhausted" and error.retryable
    return error.answered and error.processed == "no" and not busy and error.code not in _OF_THE_REQUEST


_OF_THE_REQUEST = ("unauthenticated", "deadline_exceeded", "cancelled")
