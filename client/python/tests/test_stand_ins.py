"""Numpy in the place of applications of fits: the gateway's numbers, with no gateway and no library."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import sklearn.mixture
from gateway_process import GatewayProcess

import headgate
from headgate import Backoff, libraries
from headgate.hmm import GaussianHMM
from headgate.local import applications

NOBODY = "ws://127.0.0.1:9/v1"
SOON: dict[str, Any] = {"fallback_after": 0.05, "backoff": Backoff(0.01, 0.1)}
RNG = np.random.default_rng(11)
X = RNG.normal(size=(90, 3)) + np.repeat([0, 3, -3], 30)[:, None]
FULL = np.stack([np.cov(RNG.normal(size=(3, 50))) for _ in range(3)])
MODELS = {
    "mixing": [[0.9, 0.06, 0.04], [0.05, 0.9, 0.05], [0.1, 0.1, 0.8]],
    "left to right": [[0.9, 0.1, 0], [0, 0.9, 0.1], [0, 0, 1]],
    "tiny": [[0.5, 0.5, 0], [1e-250, 0.5, 0.5], [0.2, 0, 0.8]],
}


@pytest.fixture(autouse=True)
def away() -> Iterator[None]:
    headgate.configure(NOBODY, **SOON)
    yield
    headgate.configure()


@pytest.fixture
def without_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    hidden = ("sklearn", "hmmlearn")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in hidden else found(name))


def compare(gateway: GatewayProcess, model: str, inputs: dict[str, Any], parameters: Any = None) -> None:
    """The chain's numpy and the gateway itself, every output."""
    chain = [each for each in libraries.chain(model) if each.source == "numpy"]
    assert len(chain) == 1
    with headgate.Client(NOBODY, wait=False, **SOON) as nobody:
        mine = nobody.infer(model, inputs, parameters=parameters or {}, fallbacks=chain)
    with headgate.Client(gateway.url) as there:
        theirs = there.infer(model, inputs, parameters=parameters or {}, fallbacks=())
    assert (mine.source, theirs.source) == ("numpy", "gateway")
    assert mine.outputs.keys() == theirs.outputs.keys()
    for name, value in theirs.outputs.items():
        found = np.asarray(mine.outputs[name], dtype=float)
        assert found.shape == value.shape, name
        scale = max(1.0, np.abs(value).max(initial=0))
        assert np.allclose(found, value, rtol=0, atol=1e-9 * scale), (model, name)


def chain_of(transmat: Any, covars: Any = FULL) -> dict[str, Any]:
    return {
        "startprob": np.array([0.7, 0.3, 0.0]),
        "transmat": np.array(transmat, dtype=float),
        "means": np.array([[0.0] * 3, [3.0] * 3, [-3.0] * 3]),
        "covars": covars,
    }


@pytest.mark.parametrize("lengths", [None, [1, 30, 58, 1]], ids=["one", "several"])
@pytest.mark.parametrize("transmat", MODELS.values(), ids=MODELS)
def test_a_model_of_states_reads_rows_as_the_gateway_does(
    gateway: GatewayProcess, transmat: Any, lengths: Any
) -> None:
    far = X.copy()
    far[[10, 50]] = [[60.0] * 3, [-300.0] * 3]
    for covars in (FULL, FULL * np.eye(3), np.ones((3, 3)) / 2):
        for rows in (X, far):
            inputs = {**chain_of(transmat, covars), "X": rows}
            if lengths is not None:
                inputs["lengths"] = np.array(lengths)
            compare(gateway, "gaussian_hmm.apply", inputs)


def test_a_singular_covariance_is_helped_as_by_the_gateway_and_one_that_is_none_is_refused(
    gateway: GatewayProcess,
) -> None:
    # Rows that the singular covariance allows: beside it densities of 1e8 would differ in their rounding.
    rows = RNG.normal(size=(20, 1)) * np.ones(3)
    compare(gateway, "gaussian_hmm.apply", {**chain_of(MODELS["mixing"], np.ones((3, 3, 3))), "X": rows})
    none = np.stack([np.array([[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 1.0]])] * 3)
    with pytest.raises(ValueError, match="not positive definite"):
        applications.applied("gaussian_hmm.apply", {**chain_of(MODELS["mixing"], none), "X": rows}, {})


@pytest.mark.parametrize("transmat", MODELS.values(), ids=MODELS)
def test_the_filter_goes_on_as_the_gateways(gateway: GatewayProcess, transmat: Any) -> None:
    inputs = {**chain_of(transmat), "X": X, "filtered": np.array([[0.1, 0.9, 0.0], [0.2, 0.5, 0.3]])}
    del inputs["startprob"]
    compare(gateway, "gaussian_hmm.update", inputs)


@pytest.mark.parametrize("offset", [0.0, 1e8])
def test_centres_are_found_as_the_gateway_finds_them(gateway: GatewayProcess, offset: float) -> None:
    # Beside the rows: of a distance of 0 both know its square to 1e-16, and so the distance to 1e-8.
    centres = X[[0, 30, 60, 61]] + offset + 0.25
    compare(gateway, "kmeans.apply", {"cluster_centers": centres, "X": X + offset})


@pytest.mark.parametrize("offset", [0.0, 1e6])
@pytest.mark.parametrize("kind", ["full", "tied", "diag", "spherical"])
def test_a_mixture_reads_rows_as_the_gateway_does(gateway: GatewayProcess, kind: str, offset: float) -> None:
    fitted = sklearn.mixture.GaussianMixture(3, covariance_type=kind, random_state=0).fit(X)
    inputs = {
        "weights": np.array([0.5, 0.5, 0.0]),
        "means": fitted.means_ + offset,
        "precisions_cholesky": fitted.precisions_cholesky_,
        "X": np.concatenate([X, [[1e3] * 3]]) + offset,
    }
    compare(gateway, "gaussian_mixture.apply", inputs, {"covariance_type": kind})


def test_only_the_gateway_knows_a_handle() -> None:
    for name in applications.NAMES:
        assert applications.applied(name, {"X": X}, {"handle": "h"}) is None


@pytest.mark.parametrize("library", [True, False], ids=["hmmlearn", "numpy"])
def test_a_model_given_by_its_attributes_answers_without_a_gateway(
    gateway: GatewayProcess, library: bool, request: pytest.FixtureRequest
) -> None:
    if not library:
        request.getfixturevalue("without_libraries")
    model = GaussianHMM(3, "full")
    for name, value in chain_of(MODELS["left to right"]).items():
        setattr(model, f"{name}_", value)

    def answers() -> list[Any]:
        return [
            *(model.predict(X), model.predict_proba(X, [40, 50]), model.score(X), model.filter_proba(X)),
            *(model.filter_proba(X, [40, 50]), *model.decode(X, [40, 50]), *model.decode(X, algorithm="map")),
        ]

    here = answers()
    assert headgate.fallback.counts()["gaussian_hmm.apply", "hmmlearn" if library else "numpy"] > 0
    headgate.configure(gateway.url, fallback=False)
    for mine, theirs in zip(here, answers(), strict=True):
        assert np.allclose(mine, theirs, rtol=0, atol=1e-9 * max(1.0, np.abs(theirs).max()))


@pytest.mark.parametrize("kind", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("params", ["stmc", "stc", "m"])
def test_an_installed_hmmlearn_fits_as_the_gateway_does(
    gateway: GatewayProcess, kind: str, params: str
) -> None:
    """Every output, in the gateway's order, of what the gateway's own defaults ask too."""
    prior = {"full": FULL, "tied": np.stack([FULL[0]] * 3)}.get(kind, 0.3 * np.ones((3, 3)))
    inputs = {
        "X": X,
        "means": np.array([[3.0] * 3, [0.0] * 3, [-3.0] * 3]),
        "lengths": np.array([40, 49, 1]),
        "startprob_prior": np.array([2.0, 1.0, 1.5]),
        "covars_prior": prior,
    }
    parameters = {"n_components": 3, "covariance_type": kind, "params": params, "means_weight": 2.0}
    for more in ({}, {"init_transmat": "sticky"}, {"order": "none", "n_iter": 100}):
        asked = {**parameters, **more}
        with headgate.Client(NOBODY, wait=False, **SOON) as nobody:
            mine = nobody.infer(
                "gaussian_hmm", inputs, parameters=asked, fallbacks=libraries.chain("gaussian_hmm")
            )
        with headgate.Client(gateway.url) as there:
            theirs = there.infer("gaussian_hmm", inputs, parameters=asked, fallbacks=())
        assert mine.source == "hmmlearn" and mine.outputs.keys() == theirs.outputs.keys()
        for name, value in theirs.outputs.items():
            found = np.asarray(mine.outputs[name], dtype=float)
            scale = max(1.0, np.abs(value).max(initial=0))
            assert found.shape == value.shape, name
            assert np.allclose(found, value, rtol=0, atol=1e-9 * scale), (more, name)


@pytest.mark.parametrize("model", ["kmeans", "gaussian_mixture", "isolation_forest", "gaussian_hmm", "pca"])
def test_a_library_starts_where_the_gateway_starts_when_no_seed_is_said(
    gateway: GatewayProcess, model: str
) -> None:
    asked = {"precision": "FP64"}
    asked |= {"n_clusters": 3} if model == "kmeans" else {}
    asked |= {"n_components": 2} if model not in ("kmeans", "isolation_forest") else {}
    chain = [each for each in libraries.chain(model) if each.source in ("scikit-learn", "hmmlearn")]
    with headgate.Client(NOBODY, wait=False, **SOON) as nobody:
        mine = nobody.infer(model, {"X": X}, parameters=asked, fallbacks=chain)
        with pytest.raises(headgate.HeadgateError):  # no library has a handle for it
            nobody.infer(
                model, {"X": X}, parameters={**asked, "keep_seconds": 60}, fallbacks=chain, timeout=1
            )
    with headgate.Client(gateway.url) as there:
        theirs = there.infer(model, {"X": X}, parameters=asked, fallbacks=())
    assert set(mine.outputs) & set(theirs.outputs)
    # scikit-learn rounds the data of a forest to float32.
    for name in set(mine.outputs) & set(theirs.outputs):
        assert np.allclose(mine.outputs[name], theirs.outputs[name], rtol=1e-6, atol=1e-7), (model, name)
