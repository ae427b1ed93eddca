"""The folds of a backtest that an installed library runs; the trainer's splitters, and equal to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import comb
from typing import Any

import numpy as np

from ..tensors import Array

Range = tuple[int, int]
# Label ends without any order would cut the training rows into as many pieces as there are rows.
RANGES_MAX = 4096


@dataclass(frozen=True)
class Block:
    """Rows that a fold tests, and the backtest path that their predictions belong to."""

    start: int
    stop: int
    path: int = 0


@dataclass(frozen=True)
class Fold:
    """The rows that a model learns from and is tested on."""

    train: tuple[Range, ...]
    test: tuple[Block, ...]


@dataclass(frozen=True)
class Plan:
    """All folds of a backtest, in the order of their tests."""

    folds: tuple[Fold, ...]
    paths: int = 1


@dataclass(frozen=True)
class Labels:
    """When labels are known, and the distance that training rows keep from tested ones.

    ``end`` is the row at which the label of each row is known, the row itself or a later one.
    """

    end: Array
    purge: int = 0
    embargo: int = 0


def train_ranges(candidates: Range, tests: Sequence[Range], labels: Labels) -> tuple[Range, ...]:
    """Leave out of the candidates what overlaps a test.

    A row before a test goes if its label is known ``purge`` rows before the test's first row or
    later. Behind a test go the rows up to the one at which its last label is known, and then
    ``purge + embargo`` more.
    """
    start, stop = candidates
    kept = np.ones(stop - start, dtype=bool)
    for first, behind in joined(tests):
        before = slice(0, max(0, min(first, stop) - start))
        kept[before] &= labels.end[start:stop][before] + labels.purge < first
        known = max(behind, int(labels.end[first:behind].max()) + 1)
        gone = slice(max(0, first - start), max(0, known + labels.purge + labels.embargo - start))
        kept[gone] = False
    return ranges_of(kept, start)


def joined(ranges: Sequence[Range]) -> list[Range]:
    """Make one range of ranges that touch; they are in order."""
    found: list[Range] = []
    for start, stop in ranges:
        if found and found[-1][1] == start:
            found[-1] = (found[-1][0], stop)
        else:
            found.append((start, stop))
    return found


def ranges_of(kept: Array, start: int) -> tuple[Range, ...]:
    """List the runs of rows that are kept; the first of the mask is the row ``start``."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], kept, [False]]).astype(np.int8)))
    if len(edges) > 2 * RANGES_MAX:
        raise ValueError(
            f"label_end: cuts the training rows of a fold into {len(edges) // 2} pieces, "
            f"at most {RANGES_MAX} are kept apart; sort the rows by time"
        )
    pairs = (edges + start).reshape(-1, 2).tolist()
    return tuple((int(first), int(behind)) for first, behind in pairs)


def rows_of(ranges: Sequence[Range]) -> Array:
    """List the rows of ranges."""
    return np.concatenate([np.arange(start, stop) for start, stop in ranges])


FOLDS_MAX = 10_000
FIELD = "splitter"
Values = Mapping[str, Any]


def split(splitter: Values, rows: int, labels: Labels) -> Plan:
    """Make the folds, or tell by which field there are none."""
    for name, value in (("purge", labels.purge), ("embargo", labels.embargo)):
        if value >= rows:
            raise ValueError(f"{FIELD}.{name}: is {value}, and X has {rows} rows; make it smaller")
    plan = _SPLITTERS[splitter["kind"]](splitter, rows, labels)
    for at, fold in enumerate(plan.folds):
        if not fold.train:
            raise _untrained(at, fold, labels)
    return plan


def _untrained(at: int, fold: Fold, labels: Labels) -> ValueError:
    tested = " and ".join(f"{block.start} to {block.stop - 1}" for block in fold.test)
    return ValueError(
        f"{FIELD}.purge: fold {at}, which tests the rows {tested}, is left no row to train on by "
        f"label_end, a purge of {labels.purge} and an embargo of {labels.embargo}"
    )


def _walk(splitter: Values, rows: int, labels: Labels) -> Plan:
    train_rows, test_rows = splitter["train_rows"], splitter["test_rows"]
    step = test_rows if splitter["step_rows"] is None else splitter["step_rows"]
    if step < test_rows:
        raise ValueError(
            f"{FIELD}.step_rows: must be at least test_rows, {test_rows}; rows were tested twice"
        )
    first = train_rows + labels.purge
    if first >= rows:
        raise ValueError(
            f"{FIELD}.train_rows: leaves no fold: {train_rows} rows to train on and a purge of "
            f"{labels.purge} come before the first test, and X has {rows} rows"
        )
    _bound(len(range(first, rows, step)), "step_rows")
    folds = []
    for start in range(first, rows, step):
        test = (start, min(start + test_rows, rows))
        oldest = start - first if splitter["kind"] == "rolling" else 0
        folds.append(Fold(train_ranges((oldest, start), [test], labels), (Block(*test),)))
    return Plan(tuple(folds))


def _k_fold(splitter: Values, rows: int, labels: Labels) -> Plan:
    blocks = _blocks(splitter["n_splits"], rows)
    return Plan(tuple(Fold(train_ranges((0, rows), [each], labels), (Block(*each),)) for each in blocks))


def _combinatorial(splitter: Values, rows: int, labels: Labels) -> Plan:
    splits, tested = splitter["n_splits"], splitter["n_test_splits"]
    if tested >= splits:
        raise ValueError(f"{FIELD}.n_test_splits: must be below n_splits, {splits}")
    _bound(comb(splits, tested), "n_test_splits")
    blocks = _blocks(splits, rows)
    path_of = [0] * splits
    folds = []
    for chosen in combinations(range(splits), tested):
        test = tuple(Block(*blocks[each], path_of[each]) for each in chosen)
        for each in chosen:
            path_of[each] += 1
        train = train_ranges((0, rows), [blocks[each] for each in chosen], labels)
        folds.append(Fold(train, test))
    return Plan(tuple(folds), comb(splits - 1, tested - 1))


def _blocks(count: int, rows: int) -> list[Range]:
    """Cut the rows into blocks; the first ones have one row more, as in scikit-learn's KFold."""
    if count > rows:
        raise ValueError(f"{FIELD}.n_splits: is {count}, and X has {rows} rows; make it smaller")
    each, more = divmod(rows, count)
    edges = [at * each + min(at, more) for at in range(count + 1)]
    return list(pairwise(edges))


def _bound(folds: int, name: str) -> None:
    if folds > FOLDS_MAX:
        raise ValueError(f"{FIELD}.{name}: makes {folds} folds, and there may be {FOLDS_MAX}")


_SPLITTERS: dict[str, Callable[[Values, int, Labels], Plan]] = {
    "rolling": _walk,
    "expanding": _walk,
    "purged_k_fold": _k_fold,
    "combinatorial_purged": _combinatorial,
}
