"""Learned models with scikit-learn's methods, and trading policies."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from . import fallback, onnx
from .asker import Asker
from .codec import Frame
from .errors import DeadlineExceededError, HeadgateError, InvalidArgumentError, UnavailableError
from .options import InferOptions
from .policy_layout import PolicyLayout
from .references import Reference, resolved_or
from .results import Result
from .signatures import Signature, rows_of, windows
from .tensors import Array

if TYPE_CHECKING:
    from typing_extensions import Unpack

# The share of a call's time that the gateway has when there is a fallback; the rest is the fallback's.
GATEWAYS_SHARE = 0.8
# The least time of a request whose time was spent on connecting: enough to receive the gateway's error.
_LEAST_S = 1e-3


Observation = ArrayLike | Mapping[str, ArrayLike]
"""Numbers in their order, or by name."""


class Model:
    """A model of the gateway's repository, with predict, predict_proba and window."""

    _automatic = True

    def __init__(
        self,
        gate: Asker,
        name: str,
        *,
        version: str | None = None,
        timeout: float | None = None,
        priority: int | None = None,
        sticky_key: str | None = None,
    ) -> None:
        self.name = name
        self._gate = gate
        self._asked: InferOptions = {"version": version, "timeout": timeout, "priority": priority}
        if sticky_key is not None:
            self._asked["parameters"] = {"sticky_key": sticky_key}
        self._signature: Signature | None = None
        self._asking: asyncio.Future[Frame] | None = None
        self.source: str | None = None
        """Who answered last."""

    async def signature(self, timeout: float | None = None) -> Signature:
        """The model's signature, requested once. When no gateway answers, that of the local ONNX file.

        :param timeout: seconds to wait for it
        """
        try:
            return await self._of_gateway(self._gate.seconds(timeout))
        except (ConnectionError, TimeoutError):
            of_file = self._of_file()
            if of_file is None:
                raise
            return of_file

    async def _of_gateway(self, timeout_s: float) -> Signature:
        if self._signature is None:
            entries = (await self._description(timeout_s))["models"]
            usable = [each for each in entries if each["version"] is not None]
            self._signature = Signature(self.name, (usable or entries)[-1])
        return self._signature

    def _of_file(self) -> Signature | None:
        described = onnx.describe(self.name) if self._falls_back else None
        return None if described is None else Signature(self.name, described)

    async def _description(self, timeout_s: float) -> Frame:
        """The gateway's description, requested once for all callers, each of whom waits for its own time.

        :raises HeadgateError: when it has not arrived in time; a caller with more time may still get it
        """
        if self._asking is None:
            work = self._gate.describe(self.name, impatient=bool(self._stand_ins()))
            self._asking = asyncio.ensure_future(work)
            self._asking.add_done_callback(self._described)
        asking = self._asking
        done, _ = await asyncio.wait({asking}, timeout=timeout_s)
        if not done:
            raise self._gate.gave_up(timeout_s)
        return asking.result()

    def _described(self, asking: asyncio.Future[Frame]) -> None:
        """Takes note of its exception too, which nobody may be waiting for."""
        self._asking = None
        if not asking.cancelled():
            asking.exception()

    @property
    def _falls_back(self) -> bool:
        return self._gate.options.falls_back

    def _stand_ins(self) -> tuple[fallback.Fallback, ...]:
        """The model's fallbacks."""
        if not self._falls_back:
            return ()
        return fallback.registered(self.name) + (onnx.fallbacks(self.name) if self._automatic else ())

    async def infer(self, X: ArrayLike, **options: Unpack[InferOptions]) -> Result:
        """All outputs for rows X, or a reference to them, in requests of at most the model's batch.

        :param options: as `Gate.infer` takes them; the timeout includes the request for the signature
        """
        timeout = self._gate.seconds(options.get("timeout", self._asked["timeout"]))
        deadline = time.monotonic() + timeout
        if self._signature is None:
            elsewhere = await self._first_asked(X, timeout)
            if elsewhere is not None:
                return elsewhere
        signature = await self.signature(timeout)
        parts = signature.parts(X, self.name)
        asked: InferOptions = {
            **self._asked,
            **options,
            "timeout": max(_LEAST_S, deadline - time.monotonic()),
        }
        asks = [self._ask(signature.input, part, asked) for part in parts]
        if not asks:
            raise InvalidArgumentError(f"{self.name}: {signature.input} has no rows")
        return _joined([await ask for ask in asks] if len(asks) == 1 else await _together(asks))

    async def _first_asked(self, X: ArrayLike, timeout: float) -> Result | None:
        """Request the signature; a fallback's answer when no gateway sends it in time."""
        deadline = time.monotonic() + timeout
        stand_ins = self._stand_ins()
        with self._gate.metrics.call() as call:
            try:
                await self._of_gateway(timeout * (GATEWAYS_SHARE if stand_ins else 1.0))
                call.result = None  # Counted when the gateway is called
            except (UnavailableError, DeadlineExceededError) as error:
                if not stand_ins:
                    raise
                call.result = await self._elsewhere(X, stand_ins, error, deadline)
        return call.result

    async def _elsewhere(
        self, X: ArrayLike, stand_ins: Sequence[fallback.Fallback], error: HeadgateError, deadline: float
    ) -> Result:
        """Without a gateway's signature the local file's is used, or else the input's usual name."""
        of_file = self._of_file()
        X = resolved_or({self._input_name: X}, error)[self._input_name]
        if of_file is None:
            inputs = {self._input_name: rows_of(X)}
        else:
            inputs = {of_file.input: of_file.rows(X, self.name)}
        parameters = self._asked.get("parameters") or {}
        request = fallback.Request(self.name, self._asked["version"], inputs, parameters)
        result = await self._gate.stand_in(request, stand_ins, error, deadline - time.monotonic())
        self.source = result.source
        return result

    _input_name = "X"

    async def _ask(self, name: str, rows: ArrayLike, asked: InferOptions) -> Result:
        result = await self._gate.infer(self.name, {name: rows}, fallbacks=self._stand_ins(), **asked)
        self.source = result.source
        return result

    async def predict(self, X: ArrayLike, **options: Unpack[InferOptions]) -> Array:
        """The label of each row [n] of a classifier; else the first output, [n] or [n, k]."""
        outputs = (await self.infer(X, **options)).outputs
        return _flat(outputs["label"] if "label" in outputs else next(iter(outputs.values())))

    async def predict_proba(self, X: ArrayLike, **options: Unpack[InferOptions]) -> Array:
        """The probability of each class, [n, k].

        :raises InvalidArgumentError: when the model has none
        """
        outputs = (await self.infer(X, **options)).outputs
        if "probabilities" not in outputs:
            raise InvalidArgumentError(f"{self.name} answers {', '.join(outputs)}, no probabilities")
        return outputs["probabilities"]

    async def predict_windows(self, series: ArrayLike, **options: Unpack[InferOptions]) -> Array:
        """The first output for each full window of a series [t, f] of a sequence model: [t - w + 1, ...]."""
        timeout = self._gate.seconds(options.get("timeout", self._asked["timeout"]))
        deadline = time.monotonic() + timeout
        signature = await self.signature(timeout)
        if len(signature.shape) != 3:
            raise InvalidArgumentError(f"{self.name} takes rows, no windows")
        options["timeout"] = max(_LEAST_S, deadline - time.monotonic())
        return await self.predict(windows(series, signature.shape[1]), **options)


class Policy(Model):
    """A trading policy. It must not change while a position is held: it falls back only if registered."""

    _automatic = False
    _input_name = "observation"

    async def act(self, observation: Observation, **options: Unpack[InferOptions]) -> Array:
        """The action for one observation [f], or for each of many [n, f].

        :param observation: numbers in their order; of a policy that tells its layout also by name, in
            a mapping or a pandas table
        :raises InvalidArgumentError: for another layout, naming what is missing, before anything is sent
        """
        timeout = self._gate.seconds(options.get("timeout", self._asked["timeout"]))
        deadline = time.monotonic() + timeout
        if isinstance(observation, Mapping):
            layout = await self.layout(timeout=timeout)
            options["timeout"] = max(_LEAST_S, deadline - time.monotonic())
            observation = layout.laid_out(observation)
        elif not isinstance(observation, Reference):
            # The first request of a policy fetches its signature, and checks the shape by it.
            known = None if self._signature is None else self._signature.layout
            observation = observation if known is None else known.laid_out(observation)
        result = await self.infer(observation, **options)
        action = _flat(result.outputs["action"])
        return action[0] if np.ndim(observation) == 1 else action

    async def layout(self, *, timeout: float | None = None) -> PolicyLayout:
        """What its observation is made of; it makes observations of prices, and weights of actions.

        :raises InvalidArgumentError: for a policy that does not tell it
        """
        layout = (await self.signature(timeout)).layout
        if layout is None:
            raise InvalidArgumentError(
                f"{self.name}: does not tell the layout of its observation: give the numbers in their order"
            )
        return layout


async def _together(asks: list[Any]) -> list[Result]:
    return list(await asyncio.gather(*asks))


def _joined(results: list[Result]) -> Result:
    """Join the answers to the parts of a batch."""
    if len(results) == 1:
        return results[0]
    first = results[0]
    names = first.outputs
    first.outputs = {name: np.concatenate([each.outputs[name] for each in results]) for name in names}
    for each in results[1:]:
        if each.source != "gateway":
            first.source = each.source
    return first


def _flat(output: Array) -> Array:
    return output[:, 0] if output.ndim == 2 and output.shape[1] == 1 else output
