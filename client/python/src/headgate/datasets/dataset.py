"""A table that the gateway keeps under a name: put once, referred to in requests, grown, dropped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..codec import Frame
from . import uploads
from .columns import Columns, rows_like
from .dataset_reference import DatasetReference
from .uploads import FEATURE, Kept, Sender


class DatasetInfo(NamedTuple):
    """What the gateway lists of a dataset: its newest version, and how long ago it was kept and used."""

    dataset: str
    version: str
    rows: int
    bytes: int
    sha256: str
    columns: Sequence[Mapping[str, Any]]
    versions: int
    age_ms: float
    idle_ms: float
    ts: float | None = None


class Dataset:
    """A version of a dataset; what is made of it is a reference to its rows, for requests.

    `dataset[a:b]`, `dataset.last(n)` and `dataset.columns(names)` stand where an array may stand. They are of
    the version that the dataset had then, whatever is appended later.
    """

    def __init__(self, sender: Sender, kept: Kept, columns: Columns, keep: bool) -> None:
        self._sender = sender
        self._kept = kept
        self._columns: Columns | None = columns if keep else None
        self._like = Columns(
            {name: each[:1].copy() for name, each in columns.arrays.items()},
            None if columns.matrix is None else columns.matrix[:1].copy(order="F"),
        )

    def __repr__(self) -> str:
        return f"<headgate.Dataset {self.name}: {self.rows} rows, version {self.version}>"

    @property
    def name(self) -> str:
        """The name that it was put under, or that the gateway gave it."""
        return self._kept.dataset

    @property
    def version(self) -> str:
        """Of the content, as of the last put or append of this object."""
        return self._kept.version

    @property
    def rows(self) -> int:
        """How many rows the version has."""
        return self._kept.rows

    @property
    def bytes(self) -> int:
        """Of the elements of all columns."""
        return self._kept.bytes

    @property
    def sha256(self) -> str:
        """The hash of the content, as the gateway computed it."""
        return self._kept.sha256

    def __len__(self) -> int:
        return self.rows

    def __getitem__(self, rows: slice) -> DatasetReference:
        """A reference to a range of rows, as of a list."""
        return self.reference()[rows]

    def last(self, count: int) -> DatasetReference:
        """A reference to the last so many rows."""
        return self.reference().last(count)

    def columns(self, names: str | Sequence[str]) -> DatasetReference:
        """A reference to one column, by its name, or to a matrix of several."""
        return self.reference().columns(names)

    def reference(self) -> DatasetReference:
        """A reference to all rows of the version."""
        names = self._like.names
        return DatasetReference(
            self.name,
            version=self.version,
            rows=(0, self.rows),
            columns=names if len(names) > 1 else None,
            held=self._columns,
        )

    async def append(self, data: Any, *, ts: float | None = None, timeout: float | None = None) -> None:
        """Add rows, in the types of the dataset: of a frame or a mapping the same columns, or an array.

        :raises FailedPreconditionError: when somebody else has changed the dataset since, or when it has no
            name of the user's
        """
        more = rows_like(data, self._like)
        self._kept = await uploads.append(
            self._sender, self.name, self.version, more.arrays, ts=ts, timeout=timeout
        )
        if self._columns is not None:
            self._columns = self._columns.extended(more)

    async def drop(self, *, timeout: float | None = None) -> None:
        """Remove it from the gateway, with all its versions; references to it are refused from then on."""
        frame = {"type": "drop", "dataset": self.name}
        await self._sender.request(
            lambda number, _remaining_ms: {**frame, "id": number},
            timeout=timeout,
            repeatable=False,
            needs=FEATURE,
        )


async def listed(sender: Sender, prefix: str | None, timeout: float | None) -> list[DatasetInfo]:
    """All datasets of the namespace whose names begin so, by their names."""
    found: list[DatasetInfo] = []
    asked: Frame = {"type": "datasets", "limit": 1000}
    if prefix is not None:
        asked["prefix"] = prefix
    while True:
        frame = dict(asked)
        ack = await sender.request(
            lambda number, _remaining_ms, frame=frame: {**frame, "id": number},  # type: ignore[misc]
            timeout=timeout,
            repeatable=True,
            needs=FEATURE,
        )
        known = DatasetInfo._fields
        found += [
            DatasetInfo(**{name: value for name, value in each.items() if name in known})
            for each in ack["datasets"]
        ]
        if "next" not in ack:
            return found
        asked["after"] = ack["next"]
