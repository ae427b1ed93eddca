"""Learned models with scikit-learn's verbs, and trading policies."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from . import fallback, onnx
from .codec import Frame
from .errors import InvalidArgumentError
from .options import Options, Parameters, Result
from .tensors import Array, Tensors, dtype_of


class Asker(Protocol):
    """What a model asks of its client: `Gate` is one."""

    @property
    def options(self) -> Options:
        """Its settings."""

    async def describe(self, model: str | None = None, *, impatient: bool = False) -> Frame:
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
        if array.ndim == len(self.shape) - 1:
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
        self._asked: dict[str, Any] = {"version": version, "timeout": timeout, "priority": priority}
        if sticky_key is not None:
            self._asked["parameters"] = {"sticky_key": sticky_key}
        self._signature: Signature | None = None
        self.source: str | None = None
        """Who answered last."""

    async def signature(self) -> Signature:
        """What it takes and answers; asked once. When no gateway answers, that of the local ONNX file."""
        if self._signature is None:
            try:
                entries = (await self._gate.describe(self.name, impatient=bool(self._stand_ins())))["models"]
                usable = [each for each in entries if each["version"] is not None]
                self._signature = Signature(self.name, (usable or entries)[-1])
            except (ConnectionError, TimeoutError):
                described = onnx.describe(self.name) if self._falls_back else None
                if described is None:
                    raise
                return Signature(self.name, described)
        return self._signature

    @property
    def _falls_back(self) -> bool:
        return self._gate.options.falls_back

    def _stand_ins(self) -> tuple[fallback.Fallback, ...]:
        """Who may answer when no gateway does."""
        if not self._falls_back:
            return ()
        return fallback.registered(self.name) + (onnx.fallbacks(self.name) if self._automatic else ())

    async def infer(self, X: ArrayLike, **options: Any) -> Result:
        """All outputs for rows X, in requests of at most the model's batch, asked together."""
        signature = await self._known()
        if signature is None:
            return await self._unseen(np.atleast_2d(np.asarray(X, dtype=np.float32)), options)
        rows = signature.rows(X, self.name)
        size = signature.batch_max or len(rows)
        asks = [self._ask(signature.input, rows[at : at + size], options) for at in range(0, len(rows), size)]
        if not asks:
            raise InvalidArgumentError(f"{self.name}: {signature.input} has no rows")
        return _joined([await ask for ask in asks] if len(asks) == 1 else await _together(asks))

    async def _known(self) -> Signature | None:
        try:
            return await self.signature()
        except (ConnectionError, TimeoutError):
            if self._falls_back and fallback.registered(self.name):
                return None
            raise

    async def _unseen(self, rows: Array, options: dict[str, Any]) -> Result:
        """A model that was never seen, and has a registered stand-in."""
        return await self._ask(self._input_name, rows, options)

    _input_name = "X"

    async def _ask(self, name: str, rows: Array, options: dict[str, Any]) -> Result:
        asked = {**self._asked, **options}
        result = await self._gate.infer(self.name, {name: rows}, fallbacks=self._stand_ins(), **asked)
        self.source = result.source
        return result

    async def predict(self, X: ArrayLike, **options: Any) -> Array:
        """The label of each row [n] of a classifier; else the first output, [n] or [n, k]."""
        outputs = (await self.infer(X, **options)).outputs
        return _flat(outputs["label"] if "label" in outputs else next(iter(outputs.values())))

    async def predict_proba(self, X: ArrayLike, **options: Any) -> Array:
        """The probability of each class, [n, k].

        :raises InvalidArgumentError: when the model has none
        """
        outputs = (await self.infer(X, **options)).outputs
        if "probabilities" not in outputs:
            raise InvalidArgumentError(f"{self.name} answers {', '.join(outputs)}, no probabilities")
        return outputs["probabilities"]

    async def predict_windows(self, series: ArrayLike, **options: Any) -> Array:
        """The first output for each full window of a series [t, f] of a sequence model: [t - w + 1, ...]."""
        signature = await self.signature()
        if len(signature.shape) != 3:
            raise InvalidArgumentError(f"{self.name} takes rows, no windows")
        return await self.predict(windows(series, signature.shape[1]), **options)


class Policy(Model):
    """A trading policy. It must not change while a position is held: it falls back only if registered."""

    _automatic = False
    _input_name = "observation"

    async def act(self, observation: ArrayLike, **options: Any) -> Array:
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


def _flat(output: Array) -> Array:
    return output[:, 0] if output.ndim == 2 and output.shape[1] == 1 else output
