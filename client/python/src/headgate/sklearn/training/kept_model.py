"""The model of a fitted drop-in: under a handle at the gateway, and as an ONNX file in this process."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from ...errors import HeadgateError, NotFoundError
from ...results import Result
from ...tensors import Array
from . import asking, onnx_model


class KeptModel:
    """Predicts at the gateway, and from the file where no gateway has the model.

    The file is fetched in the background after the fit, where it can be of use: where onnxruntime is
    installed and the client's `keep_onnx` does not forbid it. A model that nobody refers to any more is not
    fetched further.
    """

    def __init__(self, trainer: str, handle: str | None, job: str) -> None:
        self.handle = handle
        self.job = job
        self._trainer = trainer
        self._file: bytes | None = None
        can_run = handle is not None and onnx_model.is_installed()
        self._fetch: Future[bytes] | None = asking.fetch(job) if can_run else None

    def __del__(self) -> None:
        self._leave()

    def __getstate__(self) -> dict[str, Any]:
        self._take()
        return {**vars(self), "_fetch": None}

    def applied(self, X: Array, outputs: Sequence[str], owner: str) -> Result:
        """What the model predicts; an answer of the file is marked, logged and counted as a fallback.

        :param owner: the drop-in's name, for errors
        :raises NotFoundError: when neither the gateway nor this process has the model
        """
        if self.handle is None:
            raise HeadgateError(f"this {owner} has no model: fit it again")
        self._take()
        alone = onnx_model.fallbacks_of(self._file)
        try:
            return asking.applied(self._trainer, X, self.handle, outputs, alone)
        except NotFoundError as error:
            raise NotFoundError(
                f"{error.message}: the gateway keeps the fitted {owner} no more. Fit it again; one whose "
                "ONNX file this process has predicts without it, where onnxruntime is installed and "
                "HEADGATE_FALLBACK is not off"
            ) from error

    def onnx(self) -> bytes:
        """The file, fetched now where this process does not have it yet."""
        self._take()
        if self._file is None:
            self._leave()
            self._file = asking.exported(self.job)
        return self._file

    def _take(self) -> None:
        """The file, if it has arrived."""
        fetch = self._fetch
        if fetch is None or not fetch.done():
            return
        self._fetch = None
        if not fetch.cancelled() and fetch.exception() is None:
            self._file = fetch.result()

    def _leave(self) -> None:
        fetch, self._fetch = vars(self).get("_fetch"), None
        if fetch is not None:
            fetch.cancel()
