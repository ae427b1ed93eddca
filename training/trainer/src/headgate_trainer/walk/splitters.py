"""Splitters: pure functions from a number of rows to the folds of a backtest.

``rolling`` and ``expanding`` test blocks that follow each other, each by a model of rows before
it; with one block a step they agree with scikit-learn's ``TimeSeriesSplit``. ``purged_k_fold``
tests each of ``n_splits`` blocks by a model of the rows around it. ``combinatorial_purged`` tests
every choice of ``n_test_splits`` blocks, so that each block is tested several times: the first
test of every block is path 0, the second path 1.
"""

from collections.abc import Callable, Mapping
from itertools import combinations, pairwise
from math import comb
from typing import Any

from headgate_trainer.failure import TrainingError, invalid
from headgate_trainer.walk.folds import Block, Fold, Labels, Plan, Range, train_ranges

FOLDS_MAX = 10_000
FIELD = "parameters.splitter"
Values = Mapping[str, Any]


def split(splitter: Values, rows: int, labels: Labels) -> Plan:
    """Make the folds, or tell by which field there are none."""
    for name, value in (("purge", labels.purge), ("embargo", labels.embargo)):
        if value >= rows:
            raise invalid(f"{FIELD}.{name}: is {value}, and X has {rows} rows; make it smaller")
    plan = _SPLITTERS[splitter["kind"]](splitter, rows, labels)
    for at, fold in enumerate(plan.folds):
        if not fold.train:
            raise _untrained(at, fold, labels)
    return plan


def _untrained(at: int, fold: Fold, labels: Labels) -> TrainingError:
    tested = " and ".join(f"{block.start} to {block.stop - 1}" for block in fold.test)
    return invalid(
        f"{FIELD}.purge: fold {at}, which tests the rows {tested}, is left no row to train on by "
        f"label_end, a purge of {labels.purge} and an embargo of {labels.embargo}"
    )


def _walk(splitter: Values, rows: int, labels: Labels) -> Plan:
    train_rows, test_rows = splitter["train_rows"], splitter["test_rows"]
    step = test_rows if splitter["step_rows"] is None else splitter["step_rows"]
    if step < test_rows:
        raise invalid(
            f"{FIELD}.step_rows: must be at least test_rows, {test_rows}; rows were tested twice"
        )
    first = train_rows + labels.purge
    if first >= rows:
        raise invalid(
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
    return Plan(
        tuple(Fold(train_ranges((0, rows), [each], labels), (Block(*each),)) for each in blocks)
    )


def _combinatorial(splitter: Values, rows: int, labels: Labels) -> Plan:
    splits, tested = splitter["n_splits"], splitter["n_test_splits"]
    if tested >= splits:
        raise invalid(f"{FIELD}.n_test_splits: must be below n_splits, {splits}")
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
        raise invalid(f"{FIELD}.n_splits: is {count}, and X has {rows} rows; make it smaller")
    each, more = divmod(rows, count)
    edges = [at * each + min(at, more) for at in range(count + 1)]
    return list(pairwise(edges))


def _bound(folds: int, name: str) -> None:
    if folds > FOLDS_MAX:
        raise invalid(f"{FIELD}.{name}: makes {folds} folds, and there may be {FOLDS_MAX}")


_SPLITTERS: dict[str, Callable[[Values, int, Labels], Plan]] = {
    "rolling": _walk,
    "expanding": _walk,
    "purged_k_fold": _k_fold,
    "combinatorial_purged": _combinatorial,
}
