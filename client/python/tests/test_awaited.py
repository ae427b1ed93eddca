"""The drop-ins' verbs for an event loop."""

from __future__ import annotations

import asyncio
import inspect
import threading
from concurrent.futures import Future
from typing import Any

import numpy as np
import pytest

import headgate
from headgate import sklearn as ours
from headgate.hmm import GaussianHMM
from headgate.sklearn import awaited
from headgate.sklearn.base import Estimator

X = np.abs(np.random.RandomState(0).randn(60, 4))
X[:30] += 3
VERBS = (
    *("fit", "partial_fit", "fit_predict", "fit_transform", "predict", "predict_proba", "transform"),
    *("inverse_transform", "score", "score_samples", "decision_function", "mahalanobis", "sample"),
    *("decode", "filter_proba"),
)
KINDS: list[Any] = [
    each
    for name in ours.__all__
    if inspect.isclass(each := getattr(ours, name)) and issubclass(each, Estimator)
] + [GaussianHMM]


@pytest.mark.parametrize("kind", KINDS)
def test_each_verb_can_be_awaited(kind: Any) -> None:
    verbs = [verb for verb in VERBS if hasattr(kind, verb)]
    assert "fit" in verbs
    for verb in verbs:
        assert inspect.iscoroutinefunction(getattr(kind, f"a{verb}")), f"{kind.__name__}.a{verb}"


def test_answers_are_those_of_the_plain_verbs(strict: headgate.Client) -> None:
    async def ask() -> None:
        forest = await ours.IsolationForest(n_estimators=5, random_state=0).afit(X)
        assert (await forest.apredict(X)).tolist() == forest.predict(X).tolist()
        means = ours.KMeans(2, random_state=0)
        assert await means.afit(X, sample_weight=np.ones(60)) is means
        assert (await means.atransform(X)).tolist() == means.transform(X).tolist()
        assert await means.ascore(X) == means.score(X)
        hidden = await GaussianHMM(2, random_state=0).afit(X)
        assert (await hidden.apredict(X)).tolist() == hidden.predict(X).tolist()
        with pytest.raises(ValueError, match="n_samples=60 should be >= n_clusters=61"):
            await ours.KMeans(61).afit(X)

    asyncio.run(ask())


def test_many_at_once_leave_the_loop_free(strict: headgate.Client) -> None:
    async def ask() -> list[int]:
        fits = [ours.KMeans(2, random_state=seed).afit(X) for seed in range(200)]
        return [len(each.cluster_centers_) for each in await asyncio.gather(*fits)]

    assert asyncio.run(ask()) == [2] * 200
    named = [each for each in threading.enumerate() if each.name.startswith("headgate-verb")]
    assert 1 <= len(named) <= awaited.THREADS_MAX


def test_a_subclass_verb_is_the_one_that_runs() -> None:
    class Mine(ours.StandardScaler):
        def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
            return "mine"

    assert asyncio.run(Mine().afit(X)) == "mine"


def test_a_cancelled_task_cancels_its_request(
    strict: headgate.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests: list[Future[Any]] = []
    asked = threading.Event()

    class Watched(awaited.Cancellation):
        def watch(self, request: Future[Any]) -> None:
            super().watch(request)
            requests.append(request)
            asked.set()

    monkeypatch.setattr(awaited, "Cancellation", Watched)

    async def ask() -> None:
        many = np.random.RandomState(1).rand(20_000, 20)
        model = ours.KMeans(64, n_init=50, max_iter=100_000, tol=0, random_state=0)
        fit = asyncio.ensure_future(model.afit(many))
        await asyncio.to_thread(asked.wait, 30)
        fit.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fit

    asyncio.run(ask())
    assert [request.cancelled() for request in requests] == [True]


def test_what_is_asked_after_the_cancel_is_cancelled_at_once() -> None:
    cancellation, late = awaited.Cancellation(), Future[Any]()
    cancellation.cancel()
    cancellation.watch(late)
    assert late.cancelled()
