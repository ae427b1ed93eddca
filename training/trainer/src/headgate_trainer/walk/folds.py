"""Folds as half-open ranges of rows, and what purging and embargo leave of the training rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from headgate_trainer.failure import invalid
from headgate_trainer.tensors import Array

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
        raise invalid(
            f"inputs.label_end: cuts the training rows of a fold into {len(edges) // 2} pieces, "
            f"at most {RANGES_MAX} are kept apart; sort the rows by time"
        )
    pairs = (edges + start).reshape(-1, 2).tolist()
    return tuple((int(first), int(behind)) for first, behind in pairs)


def rows_of(ranges: Sequence[Range]) -> Array:
    """List the rows of ranges."""
    return np.concatenate([np.arange(start, stop) for start, stop in ranges])
