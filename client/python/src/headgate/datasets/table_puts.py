"""Puts of tables that nobody waits for; after one that fails, arrays are sent as they are for a while."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import uuid
from collections.abc import Coroutine
from typing import Any, Protocol

from ..errors import HeadgateError
from ..references import Reference
from ..tensors import Array
from . import uploads
from .columns import ONLY
from .kept_rows import KeptRows
from .known_table import KnownTable
from .uploads import FEATURE, Kept, Sender

log = logging.getLogger("headgate")

_PAUSE_S = 2.0
_LASTING_PAUSE_S = 300.0
_APPEND_TIMEOUT_S = 5.0
_GROWING_EXPIRY_S = 3600.0
"""What a killed process left is gone then; a table that is needed later is put again."""


class PutSender(Sender, Protocol):
    """A gate, as the puts of its tables see it."""

    def has(self, feature: str) -> bool:
        """Whether a gateway is connected now that has a feature."""


class TablePuts:
    """Belongs to the event loop that makes it; its methods are called from other threads."""

    def __init__(self, sender: PutSender) -> None:
        self._sender = sender
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._paused_until = 0.0
        self._names: set[str] = set()

    @property
    def can_refer(self) -> bool:
        """Whether the gateway that is there takes references."""
        return self._sender.has(FEATURE)

    @property
    def can_put(self) -> bool:
        """Whether a put may be tried now."""
        return time.monotonic() >= self._paused_until

    def name(self) -> str:
        """A name for a table that grows: the gateway lets only named ones grow. It is dropped at the end."""
        name = f"headgate-python/{uuid.uuid4().hex}"
        self._names.add(name)
        return name

    def put(self, table: KnownTable, whole: Array) -> None:
        """Put a table in the background: of a sampled one, the array itself."""
        rows = table.rows
        if rows is not None:
            self._start(self._put(table, whole if rows.every > 1 else rows.rows))

    def put_again(self, table: KnownTable) -> None:
        """Put a table that the gateway has lost; a sampled one has no copy to be put."""
        rows = table.rows
        if rows is None or rows.every > 1:
            table.forget()
        elif self.can_put:
            table.state = "putting"
            self._start(self._put(table, rows.rows))

    def grown(self, table: KnownTable, array: Array) -> Reference | None:
        """A reference to an array that is the table and further rows, which are appended; waits for that."""
        rows, kept = table.rows, table.kept
        if rows is None or kept is None or rows.every > 1 or table.is_users or table.name is None:
            return None
        if not self.can_put or threading.get_ident() == self._thread or not rows.are(array[: rows.count], 0):
            return None
        if table.state != "ready" or not table.growing.acquire(blocking=False):
            return None
        try:
            # The copy is compared as well: another thread may have written to the array since.
            own = KeptRows.copy(array)
            if not rows.are(own.rows[: rows.count], 0):
                return None
            table.ready(self._append(kept, own.rows[rows.count :]), own)
            return table.reference(array, 0)
        except (HeadgateError, RuntimeError) as error:
            self._failed(table, error)
            return None
        finally:
            table.growing.release()

    def _append(self, kept: Kept, more: Array) -> Kept:
        work = uploads.append(
            self._sender, kept.dataset, kept.version, {ONLY: more}, timeout=_APPEND_TIMEOUT_S
        )
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def end(self) -> None:
        """Drop the tables that have names; the gateway makes room of the others by itself."""
        names, self._names = self._names, set()
        for name in names:
            frame = {"type": "drop", "dataset": name}
            try:
                await self._sender.request(
                    lambda number, _remaining_ms, frame=frame: {**frame, "id": number},  # type: ignore[misc]
                    timeout=1.0,
                    repeatable=False,
                    needs=FEATURE,
                )
            except HeadgateError:
                return

    async def _put(self, table: KnownTable, rows: Array) -> None:
        try:
            expiry_s = None if table.name is None else _GROWING_EXPIRY_S
            kept = await uploads.put(self._sender, {ONLY: rows}, dataset=table.name, expiry_s=expiry_s)
            table.ready(kept)
        except HeadgateError as error:
            self._failed(table, error)

    def pause(self, error: Exception) -> None:
        """A put has failed: none is tried for a while."""
        lasting = isinstance(error, HeadgateError) and uploads.is_lasting(error)
        self._paused_until = time.monotonic() + (_LASTING_PAUSE_S if lasting else _PAUSE_S)

    def _failed(self, table: KnownTable, error: Exception) -> None:
        self.pause(error)
        log.debug("a table was not put, its arrays are sent as they are: %s", error)
        table.forget()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError:  # The loop has ended with its client
            work.close()
