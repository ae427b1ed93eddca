"""Learned models with scikit-learn's verbs, and trading policies."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from . import fallback, onnx
from .codec import Frame
from .errors import DeadlineExceededError, HeadgateError, InvalidArgumentError, UnavailableError
from .options import InferOptions, Options
from .results import Parameters, Result
from .tensors import Array, Tensors, dtype_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

# Of a call's time when somebody else can answer: the rest is theirs, should the gateway say nothing.
GATEWAYS_SHARE = 0.8
# What a request has at least whose time was spent on the way to it: enough to be told that it was.
_LEAST_S = 1e-3


class Asker(Protocol):
    """What a model asks of its client: `Gate` is one."""

    @property
    def options(self) -> Options:
        """Its settings."""

    async def describe(
        self, model: str | None = None, *, timeout: float | None = None, impatient: bool = False
    ) -> Frame:
        """As `Gate.describe`."""

    async def infer(
        self,
        model: str,
        inputs: Tensors,
        *,
        parameters: Parameters | None = None,
        outputs: Sequence[str] | None = None,
        version: str | None = None,
        timeout: float | None = None,
        priority: int | None = None,
        key: str | None = None,
        traceparent: str | None = None,
        fallbacks: Sequence[fallback.Fallback] | None = None,
    ) -> Result:
        """As `Gate.infer`."""

    async def stand_in(
        self,
        request: fallback.Request,
        fallbacks: Sequence[fallback.Fallback],
        error: HeadgateError,
        within_s: float,
    ) -> Result:
        """As `Gate.stand_in`."""

    def gave_up(self, timeout_s: float) -> HeadgateError:
        """As `Gate.gave_up`."""

    def seconds(self, timeout: float | None) -> float:
        """As `Gate.seconds`."""


class Signature:
    """What a model takes and answers, as `describe` tells."""

    def __init__(self, name: str, described: dict[str, Any]) -> None:
        inputs = described["inputs"]
        if len(inputs) != 1:
            raise InvalidArgumentError(f"{name} takes {len(inputs)} inputs: ask it with `infer`")
        self.input: str = inputs[0]["name"]
        self.dtype = dtype_of(inputs[0]["datatypes"][0])
        self.shape: list[Any] = inputs[0]["shape"]
        self.outputs: list[str] = [each["name"] for each in described["outputs"]]
        self.batch_max: int = described["max_batch_size"]

    def rows(self, X: ArrayLike, name: str) -> Array:
        """[n, ...] in the model's dtype, of an array, a list or a pandas frame; one row gets its batch.

        :raises InvalidArgumentError: for another shape
        """
        array = np.asarray(X, dtype=self.dtype)
        if array.ndim == 1 and self.shape[1:] == [1] and len(array) != 1:
            array = array[:, None]  # a column: one value a row
        elif array.ndim == len(self.shape) - 1:
            array = array[None]
        fits = array.ndim == len(self.shape) and all(
            isinstance(want, str) or want in (have, -1)
            for want, have in zip(self.shape[1:], array.shape[1:], strict=True)
        )
        if not fits:
            want = ", ".join(["n", *map(str, self.shape[1:])])
            raise InvalidArgumentError(
                f"{name}: {self.input} has shape {list(array.shape)}, it takes [{want}]"
            )
        return array


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
        """What it takes and answers; asked once. When no gateway answers, that of the local ONNX file.

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
        """What the gateway says of it: asked once for all who wait, each of whom waits for as long as it can.

        :raises HeadgateError: when it has not come in time; who waits longer may still get it
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
        """Who may answer when no gateway does."""
        if not self._falls_back:
            return ()
        return fallback.registered(self.name) + (onnx.fallbacks(self.name) if self._automatic else ())

    async def infer(self, X: ArrayLike, **options: Unpack[InferOptions]) -> Result:
        """All outputs for rows X, in requests of at most the model's batch, asked together.

        :param options: as `Gate.infer` takes them; the timeout holds for everything, asking what the model
            takes included
        """
        timeout = self._gate.seconds(options.get("timeout", self._asked["timeout"]))
        deadline = time.monotonic() + timeout
        stand_ins = self._stand_ins()
        try:
            signature = await self._of_gateway(timeout * (GATEWAYS_SHARE if stand_ins else 1.0))
        except (UnavailableError, DeadlineExceededError) as error:
            if not stand_ins:
                raise
            return await self._elsewhere(X, stand_ins, error, deadline)
        rows = signature.rows(X, self.name)
        size = signature.batch_max or len(rows)
        asked: InferOptions = {
            **self._asked,
            **options,
            "timeout": max(_LEAST_S, deadline - time.monotonic()),
        }
        asks = [self._ask(signature.input, rows[at : at + size], asked) for at in range(0, len(rows), size)]
        if not asks:
            raise InvalidArgumentError(f"{self.name}: {signature.input} has no rows")
        return _joined([await ask for ask in asks] if len(asks) == 1 else await _together(asks))

    async def _elsewhere(
        self, X: ArrayLike, stand_ins: Sequence[fallback.Fallback], error: HeadgateError, deadline: float
    ) -> Result:
        """No gateway told what it takes: its file does, else the input has its usual name."""
        of_file = self._of_file()
        if of_file is None:
            inputs = {self._input_name: _rows(X)}
        else:
            inputs = {of_file.input: of_file.rows(X, self.name)}
        parameters = self._asked.get("parameters") or {}
        request = fallback.Request(self.name, self._asked["version"], inputs, parameters)
        result = await self._gate.stand_in(request, stand_ins, error, deadline - time.monotonic())
        self.source = result.source
        return result

    _input_name = "X"

    async def _ask(self, name: str, rows: Array, asked: InferOptions) -> Result:
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

    async def act(self, observation: ArrayLike, **options: Unpack[InferOptions]) -> Array:
        """The action for one observation [f], or for each of many [n, f]."""
        result = await self.infer(observation, **options)
        action = _flat(result.outputs["action"])
        return action[0] if np.ndim(observation) == 1 else action


def windows(series: ArrayLike, size: int) -> Array:
    """Every full window of a series [t, f], oldest first: [t - size + 1, size, f].

    :raises InvalidArgumentError: when the series is shorter than a window
    """
    array = np.asarray(series)
    if array.ndim == 1:
        array = array[:, None]
    if len(array) < size:
        raise InvalidArgumentError(f"series: {len(array)} steps are less than the window of {size}")
    view = np.lib.stride_tricks.sliding_window_view(array, size, axis=0)
    return np.ascontiguousarray(view.transpose(0, 2, 1))


async def _together(asks: list[Any]) -> list[Result]:
    return list(await asyncio.gather(*asks))


def _joined(results: list[Result]) -> Result:
    """The answers to parts of a batch as one."""
    if len(results) == 1:
        return results[0]
    first = results[0]
    names = first.outputs
    first.outputs = {name: np.concatenate([each.outputs[name] for each in results]) for name in names}
    for each in results[1:]:
        if each.source != "gateway":
            first.source = each.source
    return first


def _rows(X: ArrayLike) -> Array:
    """As a stand-in is given rows of a model that no gateway described: texts as they are, else FP32."""
    array = np.asarray(X)
    if array.dtype.kind not in "UOS":
        array = array.astype(np.float32)
    return np.atleast_2d(array)


def _flat(output: Array) -> Array:
    return output[:, 0] if output.ndim == 2 and output.shape[1] == 1 else output
