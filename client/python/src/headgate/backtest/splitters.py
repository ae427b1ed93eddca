"""How rows in the order of time are divided into folds.

`purge`: rows beside a test that are not trained on, beyond those whose labels overlap it. `embargo`: further
rows behind a test that are not trained on; `Rolling` and `Expanding` see no row behind their test.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Rolling:
    """Each test by a model of the `train_rows` rows before it."""

    kind: ClassVar[str] = "rolling"
    train_rows: int
    test_rows: int
    step_rows: int | None = None
    """From the start of one test to that of the next; None is `test_rows`."""
    purge: int = 0
    embargo: int = 0


@dataclass(frozen=True, slots=True)
class Expanding:
    """Each test by a model of all rows before it, of which the first has `train_rows`."""

    kind: ClassVar[str] = "expanding"
    train_rows: int
    test_rows: int
    step_rows: int | None = None
    """From the start of one test to that of the next; None is `test_rows`."""
    purge: int = 0
    embargo: int = 0


@dataclass(frozen=True, slots=True)
class PurgedKFold:
    """Each of `n_splits` blocks by a model of the rows around it."""

    kind: ClassVar[str] = "purged_k_fold"
    n_splits: int = 5
    purge: int = 0
    embargo: int = 0


@dataclass(frozen=True, slots=True)
class CombinatorialPurged:
    """Every choice of `n_test_splits` of `n_splits` blocks by a model of the rows around them."""

    kind: ClassVar[str] = "combinatorial_purged"
    n_splits: int = 6
    n_test_splits: int = 2
    purge: int = 0
    embargo: int = 0


Splitter = Rolling | Expanding | PurgedKFold | CombinatorialPurged


def wire_splitter(splitter: Splitter) -> dict[str, Any]:
    """As the trainer takes it.

    :raises TypeError: for anything that is no splitter
    """
    if not isinstance(splitter, Splitter):
        raise TypeError(
            "splitter must be a Rolling, Expanding, PurgedKFold or CombinatorialPurged of headgate.backtest, "
            f"got {type(splitter).__name__}"
        )
    return {"kind": splitter.kind, **asdict(splitter)}
