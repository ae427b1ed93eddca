"""The rows of a search are sent once, by whichever thread or process comes first, and its fits run at once."""

from __future__ import annotations

import itertools
from typing import Any

import headgate
import numpy as np
from headgate.sklearn import RandomForestClassifier, Ridge
from joblib import Parallel, delayed, parallel_backend
from sent_bytes import counted, fitted
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score

FOLDS = 3
FRAMES = 20_000
"""What the frames of a search have beside rows."""


def rows(seed: int) -> tuple[np.ndarray, np.ndarray]:
    X = np.random.default_rng(seed).normal(size=(6000, 8))  # 384 KB; y has 48 KB and is sent each time
    return X, (X[:, 0] > 0).astype(np.int64)


def once(X: np.ndarray, candidates: int) -> float:
    """The bytes of the folds of a search: each training part once, each y, and the parts that are predicted."""
    training = X.nbytes * (FOLDS - 1)
    targets = len(X) * 8 * (FOLDS - 1) * candidates
    return training + targets + X.nbytes * min(candidates, 3)


def test_a_fold_of_a_search_is_sent_once_whatever_the_number_of_candidates(client: headgate.Client) -> None:
    X, y = rows(1)
    grid = {"alpha": [0.1, 1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6]}
    search = GridSearchCV(Ridge(), grid, cv=KFold(FOLDS), refit=False)
    with counted() as sent:
        search.fit(X, y * 1.0)
    assert sent.total < once(X, 8) + FRAMES
    assert sent.total > X.nbytes * (FOLDS - 1)


def test_another_client_and_another_process_send_no_rows_that_the_gateway_has(
    client: headgate.Client,
) -> None:
    X, y = rows(2)
    _, first = fitted(Ridge(), X, y * 1.0)
    _, second = fitted(Ridge(alpha=2.0), X, y * 1.0)
    assert first > X.nbytes and second < X.nbytes / 4
    work = [delayed(fitted)(Ridge(alpha=alpha), X, y * 1.0) for alpha in (3.0, 4.0, 5.0, 6.0)]
    others: list[tuple[Any, int]] = Parallel(n_jobs=2, backend="loky")(work)
    assert max(sent for _, sent in others) < X.nbytes / 4
    assert all(model.source_ == "gateway" for model, _ in others)


def test_an_array_that_was_written_to_is_another_one(client: headgate.Client) -> None:
    X, y = rows(3)
    before = Ridge().fit(X, y * 1.0).coef_
    X[:, 0] *= 2
    assert np.allclose(Ridge().fit(X, y * 1.0).coef_[0] * 2, before[0], rtol=1e-3)


def test_rows_that_the_gateway_has_lost_are_sent_again(client: headgate.Client) -> None:
    X, y = rows(4)
    wanted = Ridge().fit(X, y * 1.0).coef_
    for each in client.datasets("auto:"):
        frame = {"type": "drop", "dataset": each.dataset}
        client.run(client.gate.ack(lambda number, frame=frame: {**frame, "id": number}))
    assert np.array_equal(Ridge().fit(X, y * 1.0).coef_, wanted)


def test_the_fits_of_threads_run_at_once(client: headgate.Client) -> None:
    X, y = rows(5)
    with parallel_backend("threading"):
        forest = RandomForestClassifier(n_estimators=60, random_state=0)
        found = cross_val_score(forest, X, y, cv=4, n_jobs=2)
    assert found.min() > 0.9
    spans = sorted((each.started_ts or 0.0, each.ended_ts or 0.0) for each in client.jobs(limit=4))
    assert any(ahead[1] > behind[0] for ahead, behind in itertools.pairwise(spans))
