"""Properties of the splitters, over many draws, and scikit-learn's own where they agree."""

from math import comb
from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import KFold, TimeSeriesSplit

from headgate_trainer.failure import TrainingError
from headgate_trainer.registry import all_trainers
from headgate_trainer.walk import splitters
from headgate_trainer.walk.folds import Labels, Plan, rows_of
from headgate_trainer.walk.splitters import split

KINDS = ("rolling", "expanding", "purged_k_fold", "combinatorial_purged")


def draw_case(seed: int) -> tuple[dict[str, Any], int, Labels]:
    draw = np.random.default_rng(seed)
    rows = int(draw.integers(40, 200))
    kind = KINDS[seed % len(KINDS)]
    splitter: dict[str, Any] = {"kind": kind}
    if kind in ("rolling", "expanding"):
        test = int(draw.integers(1, 12))
        splitter |= {"train_rows": int(draw.integers(15, 25)), "test_rows": test}
        splitter["step_rows"] = None if draw.random() < 0.5 else test + int(draw.integers(0, 4))
    else:
        splitter["n_splits"] = int(draw.integers(3, 7))
        splitter["n_test_splits"] = int(draw.integers(1, 3))
    horizon = draw.integers(0, 6, rows) if seed % 3 else np.zeros(rows, dtype=np.int64)
    labels = Labels(
        np.minimum(np.arange(rows) + horizon, rows),
        int(draw.integers(0, 4)),
        int(draw.integers(0, 4)),
    )
    return splitter, rows, labels


def counts_of(plan: Plan, rows: int) -> Any:
    counts = np.zeros((plan.paths, rows), dtype=int)
    for fold in plan.folds:
        for block in fold.test:
            counts[block.path, block.start : block.stop] += 1
    return counts


@pytest.mark.parametrize("seed", range(240))
def test_no_training_row_overlaps_a_test(seed: int) -> None:
    splitter, rows, labels = draw_case(seed)
    for fold in split(splitter, rows, labels).folds:
        train = rows_of(fold.train)
        assert len(np.unique(train)) == len(train)
        assert train.min() >= 0
        assert train.max() < rows
        blocks = [(each.start, each.stop) for each in fold.test]
        for start, stop in blocks:
            assert not np.isin(np.arange(start, stop), train).any()
            # Written row by row, as the definition says it, and not as the splitter computes it.
            known = max([stop - 1, *(labels.end[row] for row in range(start, stop))])
            for row in train:
                if row < start:
                    assert labels.end[row] + labels.purge < start
                else:
                    assert row > known + labels.purge
                    if stop not in [first for first, _ in blocks]:
                        assert row > known + labels.purge + labels.embargo


@pytest.mark.parametrize("seed", range(240))
def test_nothing_else_is_left_out(seed: int) -> None:
    """A fold keeps every row that its splitter may train on and that overlaps nothing."""
    splitter, rows, labels = draw_case(seed)
    first = splitter.get("train_rows", 0) + labels.purge
    for fold in split(splitter, rows, labels).folds:
        start, walks = fold.test[0].start, splitter["kind"] in ("rolling", "expanding")
        oldest = start - first if splitter["kind"] == "rolling" else 0
        allowed = range(oldest, start) if walks else range(rows)
        blocks = [(each.start, each.stop) for each in fold.test]
        merged = [blocks[0]]
        for block in blocks[1:]:
            if block[0] == merged[-1][1]:
                merged[-1] = (merged[-1][0], block[1])
            else:
                merged.append(block)
        want = []
        for row in allowed:
            after = [
                max(b, max(labels.end[a:b]) + 1) + labels.purge + labels.embargo for a, b in merged
            ]
            if all(
                labels.end[row] + labels.purge < a if row < a else row >= behind
                for (a, _), behind in zip(merged, after, strict=True)
            ):
                want.append(row)
        assert rows_of(fold.train).tolist() == want


@pytest.mark.parametrize("seed", range(240))
def test_every_row_is_tested_the_right_number_of_times(seed: int) -> None:
    splitter, rows, labels = draw_case(seed)
    plan = split(splitter, rows, labels)
    counts = counts_of(plan, rows)
    if splitter["kind"] == "purged_k_fold":
        assert (counts == 1).all()
    elif splitter["kind"] == "combinatorial_purged":
        splits, chosen = splitter["n_splits"], splitter["n_test_splits"]
        assert len(plan.folds) == comb(splits, chosen)
        assert plan.paths == comb(splits, chosen) * chosen // splits
        assert (counts == 1).all()
    else:
        first, test = splitter["train_rows"] + labels.purge, splitter["test_rows"]
        step = splitter["step_rows"] or test
        want = [row >= first and (row - first) % step < test for row in range(rows)]
        assert counts[0].tolist() == [int(each) for each in want]


@pytest.mark.parametrize("gap", [0, 3])
@pytest.mark.parametrize("kind", ["rolling", "expanding"])
def test_agrees_with_time_series_split(kind: str, gap: int) -> None:
    rows, test, folds = 100, 8, 5
    train = rows - folds * test - gap
    own = {"kind": kind, "train_rows": train, "test_rows": test, "step_rows": None}
    plan = split(own, rows, Labels(np.arange(rows), gap))
    most = train if kind == "rolling" else None
    theirs = TimeSeriesSplit(folds, max_train_size=most, test_size=test, gap=gap)
    pairs = list(theirs.split(np.zeros(rows)))
    assert len(pairs) == len(plan.folds)
    for fold, (train_rows, test_rows) in zip(plan.folds, pairs, strict=True):
        assert rows_of(fold.train).tolist() == train_rows.tolist()
        assert (fold.test[0].start, fold.test[0].stop) == (test_rows[0], test_rows[-1] + 1)


@pytest.mark.parametrize("rows", [50, 53])
def test_agrees_with_k_fold(rows: int) -> None:
    plan = split({"kind": "purged_k_fold", "n_splits": 5}, rows, Labels(np.arange(rows)))
    for fold, (train, test) in zip(plan.folds, KFold(5).split(np.zeros(rows)), strict=True):
        assert rows_of(fold.train).tolist() == train.tolist()
        assert (fold.test[0].start, fold.test[0].stop) == (test[0], test[-1] + 1)


@pytest.mark.parametrize(
    ("splitter", "labels", "start"),
    [
        (
            {"kind": "rolling", "train_rows": 40, "test_rows": 5, "step_rows": None},
            {},
            "parameters.splitter.train_rows: leaves no fold: 40 rows",
        ),
        (
            {"kind": "expanding", "train_rows": 20, "test_rows": 5, "step_rows": 4},
            {},
            "parameters.splitter.step_rows: must be at least test_rows, 5",
        ),
        (
            {"kind": "purged_k_fold", "n_splits": 4},
            {"purge": 40},
            "parameters.splitter.purge: is 40, and X has 40 rows",
        ),
        (
            {"kind": "purged_k_fold", "n_splits": 4},
            {"embargo": 99},
            "parameters.splitter.embargo: is 99, and X has 40 rows",
        ),
        (
            {"kind": "purged_k_fold", "n_splits": 4},
            {"purge": 35},
            "parameters.splitter.purge: fold 0, which tests the rows 0 to 9, is left no row",
        ),
        (
            {"kind": "purged_k_fold", "n_splits": 41},
            {},
            "parameters.splitter.n_splits: is 41, and X has 40 rows",
        ),
        (
            {"kind": "combinatorial_purged", "n_splits": 4, "n_test_splits": 4},
            {},
            "parameters.splitter.n_test_splits: must be below n_splits, 4",
        ),
        (
            {"kind": "combinatorial_purged", "n_splits": 40, "n_test_splits": 20},
            {},
            "parameters.splitter.n_test_splits: makes 137846528820 folds",
        ),
    ],
)
def test_refusals_name_the_field(
    splitter: dict[str, Any], labels: dict[str, int], start: str
) -> None:
    with pytest.raises(TrainingError) as caught:
        split(splitter, 40, Labels(np.arange(40), **labels))
    assert caught.value.message.startswith(start)
    assert caught.value.code == "invalid_argument"


def test_the_folds_are_bounded() -> None:
    rows = splitters.FOLDS_MAX + 2
    one = {"kind": "rolling", "train_rows": 1, "test_rows": 1, "step_rows": None}
    with pytest.raises(TrainingError, match=r"^parameters.splitter.step_rows: makes 10001 folds"):
        split(one, rows, Labels(np.arange(rows)))


def test_label_ends_without_order_are_refused_where_they_cut_the_rows_to_pieces() -> None:
    rows = 20_000
    end = np.arange(rows)
    end[:-4:2] = rows - 1
    one = {"kind": "expanding", "train_rows": rows - 2, "test_rows": 2, "step_rows": None}
    with pytest.raises(TrainingError, match=r"^inputs.label_end: cuts the training rows"):
        split(one, rows, Labels(end))


def test_the_splitters_are_those_of_the_signature() -> None:
    (found,) = [
        each for each in all_trainers()["walk_forward"].parameters if each.name == "splitter"
    ]
    kinds = [one["fields"][0].any_of[0]["values"][0] for one in found.any_of]
    assert sorted(kinds) == sorted(KINDS)
