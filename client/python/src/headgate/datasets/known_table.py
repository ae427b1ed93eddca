"""A table that this client put, or is putting, by itself."""

from __future__ import annotations

import threading
from typing import Literal
from weakref import ReferenceType, ref

from ..codec import Frame
from ..references import Reference
from ..tensors import Array
from .kept_rows import KeptRows
from .uploads import Kept

_LOSSES_MAX = 8

State = Literal["putting", "ready", "lost"]


class KnownTable:
    """The copy of its rows, and where the gateway keeps them."""

    def __init__(self, rows: KeptRows, name: str | None) -> None:
        self.rows: KeptRows | None = rows
        self.name = name
        """Its name, if it grows; the gateway names the others."""
        self.columns: tuple[str, ...] | None = None
        self.kept: Kept | None = None
        self.state: State = "putting"
        self.owner: ReferenceType[object] | None = None
        """The array that it lives as long as; None where equal arrays come and go."""
        self.is_users = False
        self.growing = threading.Lock()
        self._losses = 0

    def ready(self, kept: Kept, rows: KeptRows | None = None) -> None:
        """The gateway has it."""
        # In this order: the older rows are the newer version's too.
        self.kept = kept
        if rows is not None:
            self.rows = rows
        self.state = "ready"

    def adopted(self, kept: Kept, columns: tuple[str, ...] | None, dataset: object) -> None:
        """The user put it, as a matrix or as columns by name, and decides whether it is put again."""
        self.kept, self.columns, self.is_users = kept, columns, True
        self.belongs_to(dataset)
        self.state = "ready"

    def lost(self) -> None:
        """The gateway does not have it any more."""
        self._losses += 1
        self.state = "lost"
        if self.is_users or self._losses > _LOSSES_MAX:
            self.forget()

    def forget(self, _dead: object = None) -> None:
        """Let go of the copy: nothing is referred to by it from now on."""
        self.rows = None

    def belongs_to(self, owner: object) -> None:
        """Forget the copy when that is freed: an array that the rows are of, or a dataset that holds them."""
        self.owner = ref(owner, self.forget)

    @property
    def nbytes(self) -> int:
        """Of the copy."""
        rows = self.rows
        return 0 if rows is None else rows.nbytes

    def reference(self, array: Array, first: int) -> Reference:
        """The reference that stands for an array of these rows."""
        if self.kept is None:
            raise AssertionError("a table that was not put cannot be referred to")
        return TableReference(self, self.kept, array, first)


class TableReference(Reference):
    """Rows of a table, with the array that they are."""

    automatic = True

    def __init__(self, table: KnownTable, kept: Kept, array: Array, first: int) -> None:
        self.table = table
        self._kept = kept
        self._array = array
        self._first = first

    def to_wire(self) -> Frame:
        frame: Frame = {
            "ref": self._kept.dataset,
            "version": self._kept.version,
            "rows": [self._first, self._first + len(self._array)],
        }
        if self.table.columns is not None:
            frame["columns"] = list(self.table.columns)
        return frame

    def local(self) -> Array:
        return self._array
