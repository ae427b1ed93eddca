"""What answers when no gateway does, and that it can be forbidden."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import sklearn.decomposition
import sklearn.ensemble
from gateway_process import ROOT, GatewayProcess
from scipy.stats import norm

import headgate
import headgate.risk
import headgate.sklearn as ours
from headgate import Backoff, fallback
from headgate.errors import UnavailableError
from headgate.hmm import GaussianHMM

NOBODY = "ws://127.0.0.1:9/v1"
X = np.random.default_rng(0).normal(size=(120, 6))
ROW = np.zeros((1, 16), np.float32)
SOON = {"fallback_after": 0.05, "backoff": Backoff(0.01, 0.1)}


def eventually(holds: Callable[[], bool], within_s: float = 20) -> None:
    until = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def nobody_there(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("HEADGATE_FALLBACK", raising=False)
    monkeypatch.delenv("HEADGATE_MODELS", raising=False)
    headgate.configure(NOBODY, **SOON)
    yield
    headgate.configure()
    for name in list(fallback._registered):
        fallback.unregister(name)


@pytest.fixture
def without_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    hidden = ("sklearn", "hmmlearn", "onnxruntime")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in hidden else found(name))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "model",
    [
        ours.PCA(2),
        ours.FastICA(2, random_state=0),
        ours.NMF(2),
        ours.KMeans(2, random_state=0),
        ours.DBSCAN(eps=2),
        ours.GaussianMixture(2, random_state=0),
        ours.IsolationForest(random_state=0),
        ours.LedoitWolf(),
    ],
    ids=lambda model: type(model).__name__,
)
def test_an_installed_scikit_learn_answers_and_the_attributes_are_the_same(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headgate.local.rule.stays", lambda *_: False)
    data = np.abs(X)
    model.fit(data)
    assert model.source_ == "scikit-learn"
    from test_parity import THEIRS

    reference = THEIRS[type(model)](**model.get_params()).fit(data)
    for verb in ("transform", "predict", "score_samples", "mahalanobis"):
        if hasattr(reference, verb):
            assert np.allclose(getattr(model, verb)(data), getattr(reference, verb)(data), atol=1e-9)


def test_an_installed_hmmlearn_answers() -> None:
    model = GaussianHMM(2, random_state=0).fit(X)
    assert model.source_ == "hmmlearn" and model.predict(X).shape == (120,)
    assert np.isfinite(model.score(X))


def test_numpy_answers_for_components_and_covariances(without_libraries: None, monkeypatch: Any) -> None:
    monkeypatch.setattr("headgate.local.rule.stays", lambda *_: False)
    for count in (None, 3, 0.8):
        mine = ours.PCA(count).fit(X)
        theirs = sklearn.decomposition.PCA(count, svd_solver="full").fit(X)
        assert mine.source_ == "numpy"
        assert np.allclose(mine.components_, theirs.components_, atol=1e-9)
        assert np.isclose(mine.noise_variance_, theirs.noise_variance_)
    assert ours.OAS().fit(X).source_ == "numpy"
    headgate.configure(NOBODY, timeout=0.2, **SOON)
    with pytest.raises(UnavailableError, match="nothing listens there"):
        ours.KMeans(2).fit(X)


def test_numpy_answers_for_value_at_risk(without_libraries: None) -> None:
    found = headgate.risk.monte_carlo_var(X, level=0.99, n_paths=400_000)
    sigma = np.sqrt(np.full(6, 1 / 6) @ np.cov(X.T, bias=True) @ np.full(6, 1 / 6))
    exact = norm.ppf(0.99) * sigma - X.mean()
    assert found["source"] == "numpy"
    assert abs(found["var"][0] - exact) < 4 * found["var_error"][0]
    shortfall = sigma * norm.pdf(norm.ppf(0.99)) / 0.01 - X.mean()
    assert abs(found["cvar"][0] - shortfall) < 5 * found["cvar_error"][0]


def test_numpy_answers_for_factor_risk_as_the_gateway_does(gateway: GatewayProcess) -> None:
    weights = np.linspace(0.1, 0.3, 6)
    for count in (2, 0.7, None):
        headgate.configure(NOBODY, **SOON)
        mine = headgate.risk.factor_risk(X, weights=weights, n_components=count)
        headgate.configure(gateway.url, fallback=False)
        theirs = headgate.risk.factor_risk(X, weights=weights, n_components=count)
        assert (mine.pop("source"), theirs.pop("source")) == ("numpy", "gateway")
        for name, value in theirs.items():
            assert np.allclose(mine[name], value, rtol=1e-9, atol=1e-12), name


def test_what_was_registered_comes_first_is_counted_logged_once_and_alerted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    fallback.register(
        "market-impact", lambda request: {"impact_bps": np.full((len(request.inputs["X"]), 1), 7.0)}
    )
    alerts: list[fallback.Alert] = []
    take_back = fallback.on_fallback(alerts.append)
    fails = fallback.on_fallback(lambda alert: 1 / 0)
    before = fallback.counts().get(("market-impact", "registered"), 0)
    with caplog.at_level(logging.WARNING, "headgate"), headgate.Client(NOBODY, wait=False, **SOON) as gate:
        model = gate.model("market-impact")
        assert [model.predict(ROW)[0] for _ in range(3)] == [7.0] * 3 and model.source == "registered"
        assert gate.infer("market-impact", {"X": ROW}).source == "registered"
        eventually(lambda: len(alerts) == 4)
    take_back()
    fails()
    assert fallback.counts()[("market-impact", "registered")] == before + 4
    assert [alert.source for alert in alerts] == ["registered"] * 4
    assert sum("answered by registered" in record.message for record in caplog.records) == 1


def test_onnxruntime_answers_where_the_files_are(
    monkeypatch: pytest.MonkeyPatch, gateway: GatewayProcess
) -> None:
    pytest.importorskip("onnxruntime")
    monkeypatch.setenv("HEADGATE_MODELS", str(ROOT / "models"))
    rows = np.random.default_rng(0).normal(size=(5, 12)) / 10
    with headgate.Client(gateway.url, fallback=False) as gate:
        expected = gate.model("signal-xgboost").predict_proba(rows)
    with headgate.Client(NOBODY, wait=False, **SOON) as gate:
        model = gate.model("signal-xgboost")
        assert np.allclose(model.predict_proba(rows), expected, atol=1e-6)
        assert model.source == "onnxruntime"


def test_a_policy_falls_back_only_to_what_was_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADGATE_MODELS", str(ROOT / "models"))
    with headgate.Client(NOBODY, wait=False, timeout=0.3, **SOON) as gate:
        policy = gate.policy("policy-ppo")
        with pytest.raises(UnavailableError, match=r"ws://127\.0\.0\.1:9/v1: nothing listens"):
            policy.act(np.zeros(13))
        fallback.register("policy-ppo", lambda request: {"action": np.zeros((1, 1))})
        assert policy.act(np.zeros(13)) == 0 and policy.source == "registered"


def test_it_can_be_forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADGATE_FALLBACK", "off")
    headgate.configure(NOBODY, timeout=0.3, **SOON)
    with pytest.raises(UnavailableError) as error:
        ours.KMeans(2).fit(X)
    assert error.value.retryable and isinstance(error.value, ConnectionError)


def test_bad_input_never_falls_back(gateway: GatewayProcess) -> None:
    headgate.configure(gateway.url)
    with headgate.Client(gateway.url) as gate, pytest.raises(ValueError, match=r"parameters\.init"):
        gate.infer("kmeans", {"X": X}, parameters={"n_clusters": 2, "init": "nearby"})


def test_a_hanging_gateway_costs_its_timeout_a_few_times_and_is_found_again(
    own_gateway: GatewayProcess,
) -> None:
    fallback.register("market-impact", lambda request: {"impact_bps": np.ones((1, 1))})
    with headgate.Client(own_gateway.url, timeout=0.5) as gate:
        ask = lambda: gate.infer("market-impact", {"X": ROW}).source  # noqa: E731
        assert ask() == "gateway"
        own_gateway.pause()
        sources = [ask() for _ in range(50)]
        assert set(sources) == {"registered"} and gate.gate.breaker.state != "closed"
        own_gateway.resume()
        until = time.monotonic() + 20
        while ask() != "gateway":
            assert time.monotonic() < until
            time.sleep(0.05)
        assert gate.gate.breaker.state == "closed"


def test_a_gateway_that_comes_is_found(monkeypatch: pytest.MonkeyPatch, own_gateway: GatewayProcess) -> None:
    fallback.register("market-impact", lambda request: {"impact_bps": np.ones((1, 1))})
    own_gateway.kill()
    with headgate.Client(own_gateway.url, wait=False, **SOON) as gate:
        assert gate.infer("market-impact", {"X": ROW}).source == "registered"
        again = GatewayProcess(port=own_gateway.port)
        try:
            until = time.monotonic() + 20
            while gate.infer("market-impact", {"X": ROW}).source != "gateway":
                assert time.monotonic() < until
                time.sleep(0.02)
        finally:
            again.dispose()


def test_a_coroutine_may_answer_and_none_lets_the_next_try() -> None:
    async def late(request: fallback.Request) -> dict[str, Any]:
        await asyncio.sleep(0)
        return {"y": 1.0}

    async def main() -> headgate.Result:
        gate = headgate.Gate([NOBODY], headgate.Options(**SOON))
        gate.start()
        chain = (fallback.Fallback("numpy", lambda request: None), fallback.Fallback("registered", late))
        try:
            return await gate.infer("m", {}, fallbacks=chain)
        finally:
            await gate.close()

    result = asyncio.run(main())
    assert result.source == "registered" and result["y"] == 1


def test_no_thread_and_no_library_is_left_behind() -> None:
    headgate.configure(NOBODY, **SOON)
    ours.StandardScaler().fit(X)
    ours.LedoitWolf().fit(X)
    assert not any(thread.name == "headgate" for thread in threading.enumerate())
    assert "headgate.sklearn.pca" in sys.modules


def test_a_forest_with_a_share_of_outliers_is_fitted_without_a_gateway() -> None:
    rows = np.random.RandomState(0).randint(0, 3, (200, 3)).astype(float)
    settings: dict[str, Any] = {"n_estimators": 10, "contamination": 0.1, "random_state": 0}
    forest = ours.IsolationForest(**settings).fit(rows)
    theirs = sklearn.ensemble.IsolationForest(**settings).fit(rows)
    assert forest.source_ == "scikit-learn"
    assert forest.offset_ == theirs.offset_
    np.testing.assert_array_equal(forest.predict(rows), theirs.predict(rows))
