"""Datasets that can be used from any thread."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, Protocol, TypeVar

from .datasets.dataset import Dataset
from .datasets.dataset_reference import DatasetReference
from .gate import Gate

T = TypeVar("T")


class Runner(Protocol):
    """Runs a synchronous client's coroutines."""

    def run_of(self, gate: Gate, work: Coroutine[Any, Any, T]) -> T:
        """As `Client.run_of`."""


class SyncDataset:
    """A `Dataset` whose calls wait."""

    def __init__(self, client: Runner, gate: Gate, dataset: Dataset) -> None:
        self._client, self._gate, self._dataset = client, gate, dataset

    def __repr__(self) -> str:
        return repr(self._dataset)

    @property
    def name(self) -> str:
        """As `Dataset.name`."""
        return self._dataset.name

    @property
    def version(self) -> str:
        """As `Dataset.version`."""
        return self._dataset.version

    @property
    def rows(self) -> int:
        """As `Dataset.rows`."""
        return self._dataset.rows

    @property
    def bytes(self) -> int:
        """As `Dataset.bytes`."""
        return self._dataset.bytes

    @property
    def sha256(self) -> str:
        """As `Dataset.sha256`."""
        return self._dataset.sha256

    def __len__(self) -> int:
        return self.rows

    def __getitem__(self, rows: slice) -> DatasetReference:
        return self._dataset[rows]

    def last(self, count: int) -> DatasetReference:
        """As `Dataset.last`."""
        return self._dataset.last(count)

    def columns(self, names: str | Sequence[str]) -> DatasetReference:
        """As `Dataset.columns`."""
        return self._dataset.columns(names)

    def reference(self) -> DatasetReference:
        """As `Dataset.reference`."""
        return self._dataset.reference()

    def append(self, data: Any, *, ts: float | None = None, timeout: float | None = None) -> None:
        """As `Dataset.append`."""
        self._client.run_of(self._gate, self._dataset.append(data, ts=ts, timeout=timeout))

    def drop(self, *, timeout: float | None = None) -> None:
        """As `Dataset.drop`."""
        self._client.run_of(self._gate, self._dataset.drop(timeout=timeout))
