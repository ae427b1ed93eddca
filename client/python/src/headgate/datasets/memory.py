"""What a client remembers of arrays: a bounded number of sights, and of bytes of copies."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable
from weakref import ref

from ..tensors import Array
from .kept_rows import WHOLE_BYTES_MAX
from .known_table import KnownTable
from .sights import Sight

Key = Hashable

SIGHTS_MAX = 512
COPIES_BYTES_MAX = 2 * WHOLE_BYTES_MAX


class Memory:
    """Arrays are held by weak references alone. Not for several threads at once."""

    def __init__(self) -> None:
        self._sights: OrderedDict[Key, Sight] = OrderedDict()
        self._tables: OrderedDict[KnownTable, None] = OrderedDict()
        # The garbage collector writes here, in any thread and at any time.
        self._dead: deque[Key] = deque()

    def known(self, key: Key, owner: Array | None) -> KnownTable | None:
        """The table of an array; an owner that is gone may have left its address to another."""
        sight = self._sights.get(key)
        return sight.known if sight is not None and sight.is_of(owner) else None

    def sight(self, key: Key, table: Array, owner: Array | None) -> Sight:
        """The sight of a table, made anew where there is none.

        :param owner: whose memory the table is; None where the key tells of its content
        """
        self._clear()
        sight = self._sights.pop(key, None)
        if sight is None or not sight.is_of(owner):
            dead = self._dead
            sight = Sight(table, None if owner is None else ref(owner, lambda _: dead.append(key)))
        self._sights[key] = sight
        if len(self._sights) > SIGHTS_MAX:
            self._sights.popitem(last=False)
        return sight

    def used(self, table: KnownTable) -> None:
        """The table was referred to."""
        if table in self._tables:
            self._tables.move_to_end(table)

    def keep(self, table: KnownTable) -> None:
        """Keep a table's copy; those that were not used for the longest time make room."""
        self._tables[table] = None
        total = sum(each.nbytes for each in self._tables)
        for each in list(self._tables):
            if each.nbytes > 0 and (total <= COPIES_BYTES_MAX or each is table):
                continue
            total -= each.nbytes
            each.forget()
            del self._tables[each]

    def _clear(self) -> None:
        """Forget the sights of arrays that are gone."""
        while self._dead:
            key = self._dead.popleft()
            sight = self._sights.get(key)
            if sight is not None and sight.is_gone:
                del self._sights[key]
