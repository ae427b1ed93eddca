"""The tables that a client puts by itself: what it is given again is sent as a reference.

The first sight of an array costs only a few elements. From the second on, its table (the array, or the one
that it is rows of) is put in the background, while arrays are sent as they are; once the gateway has it, an
array is compared with the copy of what was put, and a reference is sent if all bytes are the same.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..options import DatasetsMode
from ..references import Reference
from ..tensors import Array, datatype_of
from .contents import ContentReference, is_hashable
from .kept_rows import WHOLE_BYTES_MAX, KeptRows, every_of
from .known_table import KnownTable, TableReference
from .memory import Key, Memory
from .places import Place, owner_of, place_of
from .sights import GROWN_BYTES_LEAST, family_of
from .table_puts import TablePuts

LEAST_BYTES = 64 * 1024
"""What is smaller is sent as it is: up to here a reference takes as long as the bytes."""


class KnownTables:
    """Of one client; may be called from any thread."""

    def __init__(self, puts: TablePuts, mode: DatasetsMode) -> None:
        self._puts = puts
        self._mode = mode
        self._lock = threading.Lock()
        self._memory = Memory()

    def referred(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs with references in place of the arrays that the gateway has."""
        if self._mode == "off" or not self._puts.can_refer:
            return dict(inputs)
        return {name: self._reference(value) or value for name, value in inputs.items()}

    def referred_for_fit(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """As `referred`; whole arrays by their content, which is put before the fit and not beside it.

        A fit takes far longer than a put, and is often one of many with the same rows: of a search's
        candidates, each on a copy of its own. Rows of a taller table are left to the table.
        """
        if self._mode == "off":
            return dict(inputs)
        return {name: self._reference_for_fit(value) or value for name, value in inputs.items()}

    def _reference_for_fit(self, array: Any) -> Reference | None:
        is_usual = isinstance(array, np.ndarray) and array.nbytes >= LEAST_BYTES and is_hashable(array)
        if not is_usual:
            return None
        place = place_of(array)
        if place is not None and place.table_rows != len(array):
            return self._reference(array) if self._puts.can_refer else None
        known = self._reference(array, noted=False) if self._puts.can_refer else None
        return known or ContentReference(array)

    def lost(self, inputs: Mapping[str, Any]) -> None:
        """The gateway does not have a table any more: it is put again when it is next given."""
        for each in inputs.values():
            if isinstance(each, TableReference):
                each.table.lost()

    def adopt(self, rows: Array, given: Any, table: KnownTable) -> None:
        """A table that the user put: its rows as they are held, and the array that they were copied from."""
        with self._lock:
            for each in (rows, given):
                if type(each) is np.ndarray and each.ndim == 2 and (place := place_of(each)) is not None:
                    self._memory.sight(place.key, place.table(), place.owner).known = table
            self._memory.keep(table)

    def _reference(self, array: Any, noted: bool = True) -> Reference | None:
        usable = type(array) is np.ndarray and array.ndim == 2 and array.nbytes >= LEAST_BYTES
        if not usable or datatype_of(array.dtype) is None or not array.dtype.isnative:
            return None
        place = place_of(array)
        is_whole = place is None or place.table_rows == len(array)
        family = family_of(array) if is_whole else None
        changed: list[Key] = []
        for key in (None if place is None else place.key, family):
            table = None if key is None else self._known(key, place)
            if table is None or key is None:
                continue
            reference = self._of(table, array, 0 if key is family or place is None else place.first)
            if reference is not None:
                return reference
            if table.state == "ready":
                changed.append(key)
        if noted:
            self._note(array, place, family, changed)
        return None

    def _known(self, key: Key, place: Place | None) -> KnownTable | None:
        with self._lock:
            return self._memory.known(key, None if place is None else place.owner)

    def _of(self, table: KnownTable, array: Array, first: int) -> Reference | None:
        """A reference, if the table has the array's very bytes."""
        rows = table.rows
        if rows is None or table.state == "putting":
            return None
        if first == 0 and len(array) > rows.count and array.nbytes >= GROWN_BYTES_LEAST:
            return self._puts.grown(table, array)
        if not rows.are(array, first):
            return None
        if table.owner is not None and table.owner() is not owner_of(array):
            table.owner = None  # Equal arrays come and go
        if table.state == "lost":
            self._puts.put_again(table)
            return None
        with self._lock:
            self._memory.used(table)
        return table.reference(array, first)

    def _note(self, array: Array, place: Place | None, family: Key | None, changed: list[Key]) -> None:
        """Remember an array that is sent as it is, and put its table once it is worth it."""
        whole = array if place is None else place.table()
        with self._lock:
            own = None if place is None else self._memory.sight(place.key, whole, place.owner)
            equal = None if family is None else self._memory.sight(family, whole, None)
            sights = [each for each in (own, equal) if each is not None]
            for key, sight in ((None if place is None else place.key, own), (family, equal)):
                if sight is not None and key in changed:
                    sight.missed()
            for each in sights:
                each.note(whole, array.nbytes)
            due = [each for each in sights if each.is_due(whole.nbytes)]
            if not due or not self._puts.can_put or any(each.is_known for each in sights):
                return
            table = self._new(whole, any(each.grows for each in due))
            if table is None:
                return
            if own in due and place is not None:
                table.belongs_to(place.owner)
            for each in sights:
                each.known = table
            self._memory.keep(table)
        self._puts.put(table, whole)

    def _new(self, whole: Array, grows: bool) -> KnownTable | None:
        """A table with its copy; None for one that is too large to be copied, unless samples are enough."""
        if whole.nbytes <= WHOLE_BYTES_MAX:
            return KnownTable(KeptRows.copy(whole), self._puts.name() if grows else None)
        if self._mode != "sampled":
            return None
        return KnownTable(KeptRows.copy(whole, every_of(whole.nbytes)), None)
