"""A client's datasets: those that the user puts, and the tables that it puts by itself."""

from __future__ import annotations

from typing import Any

from .codec import Frame
from .core import Core
from .datasets import uploads
from .datasets.columns import Columns, columns_of
from .datasets.contents import Contents
from .datasets.dataset import Dataset, DatasetInfo, listed
from .datasets.kept_rows import KeptRows
from .datasets.known_table import KnownTable
from .datasets.known_tables import KnownTables
from .datasets.table_puts import TablePuts
from .options import Options
from .requests import MakeFrame


class DatasetCalls(Core):
    """The calls about datasets."""

    def __init__(self, urls: list[str], options: Options) -> None:
        super().__init__(urls, options)
        self._puts = TablePuts(self)
        self.tables = KnownTables(self._puts, options.datasets_mode)
        self._contents = Contents(self, self._puts)

    async def dataset(
        self,
        data: Any,
        name: str | None = None,
        *,
        ts: float | None = None,
        keep: bool = True,
        timeout: float | None = None,
    ) -> Dataset:
        """Put a table: a pandas frame or series, a mapping of arrays, or an array, whose rows are one column.

        :param name: by default the gateway names it after its content, which does not grow, and may make room
            for newer ones
        :param ts: the time that the data is of, in ms since the epoch, for whoever lists the datasets
        :param keep: whether to hold a copy here, so that fallbacks and drop-ins can compute with references
        :raises UnimplementedError: when the gateway keeps no datasets
        :raises ResourceExhaustedError: when it has no room
        """
        return await self.put_columns(columns_of(data), data, name, ts, keep, timeout)

    async def put_columns(
        self,
        columns: Columns,
        given: Any,
        name: str | None,
        ts: float | None,
        keep: bool,
        timeout: float | None,
    ) -> Dataset:
        """As `dataset`, with the columns made of what was given."""
        kept = await uploads.put(self, columns.arrays, dataset=name, ts=ts, timeout=timeout)
        dataset = Dataset(self, kept, columns, keep)
        if keep and columns.matrix is not None and columns.matrix.ndim == 2:
            table = KnownTable(KeptRows(columns.matrix, columns.rows), kept.dataset)
            table.adopted(kept, columns.names if len(columns.arrays) > 1 else None, dataset)
            self.tables.adopt(columns.matrix, given, table)
        return dataset

    async def datasets(self, prefix: str | None = None, *, timeout: float | None = None) -> list[DatasetInfo]:
        """The datasets of the namespace, by name.

        :param prefix: only those whose names begin so
        """
        return await listed(self, prefix, timeout)

    async def close(self) -> None:
        """End the connection; what is unanswered fails with `cancelled`."""
        await self._puts.end()
        await super().close()

    # What uploads need.

    @property
    def message_bytes(self) -> int:
        """The largest message that the gateway takes."""
        limits = (self.welcome or {}).get("limits", {})
        smaller: int = min(limits.get("message_bytes", 2**25), limits.get("bytes_in_flight", 2**26))
        return smaller

    def has(self, feature: str) -> bool:
        """Whether a gateway is connected now that has a feature."""
        return self.connected and feature in (self.welcome or {}).get("features", ())

    async def request(
        self, make: MakeFrame, *, timeout: float | None, repeatable: bool, needs: str | None
    ) -> Frame:
        """The answer to a request, in the call's time."""

        def made(number: int, remaining_ms: float) -> Frame:
            self._require(needs)
            return make(number, remaining_ms)

        return await self._calls.ask(made, self.seconds(timeout), repeatable=repeatable)
