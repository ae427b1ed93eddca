"""A fitted drop-in keeps its ONNX file, and predicts with it where no gateway has the model any more."""

from __future__ import annotations

import base64
import copy
import gc
import pickle
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from training_gateway import TrainingGateway

import headgate
from headgate.errors import FailedPreconditionError, NotFoundError
from headgate.sklearn import Ridge
from headgate.sklearn.training.kept_model import KeptModel
from headgate.training import exports

X = np.random.default_rng(0).normal(size=(80, 4))
NUMBERS = X @ np.array([1.0, -2.0, 0.5, 0.0]) + 1
# A model whose prediction is the first of four columns: `Gather(X, 0, axis=1)`, in opset 17.
FIRST_COLUMN = base64.b64decode(
    "CAg6eworCgFYCgR6ZXJvEgtwcmVkaWN0aW9ucyIGR2F0aGVyKgsKBGF4aXMYAaABAhIFZmlyc3QqCxAHOgEAQgR6ZX"
    "JvWhgKAVgSEwoRCAsSDQoHEgViYXRjaAoCCARiHgoLcHJlZGljdGlvbnMSDwoNCAsSCQoHEgViYXRjaEIECgAQEQ=="
)


@pytest.fixture
def training() -> Iterator[TrainingGateway]:
    process = TrainingGateway([Ridge])
    process.exported = FIRST_COLUMN
    headgate.configure(process.url, timeout=5)
    yield process
    headgate.configure()
    process.close()


def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.005)


def fetched(model: Ridge) -> Ridge:
    kept: KeptModel = model._model
    until(lambda: kept._fetch is None or kept._fetch.done())
    return model


def parts(gateway: TrainingGateway) -> int:
    return sum("onnx_from" in frame for frame in gateway.frames)


def test_after_the_fit_the_file_comes_by_itself_and_the_gateway_goes_on_predicting(
    training: TrainingGateway,
) -> None:
    model = fetched(Ridge().fit(X, NUMBERS))
    before = dict(headgate.fallback.counts())
    assert np.allclose(model.predict(X), NUMBERS, atol=0.2)  # not the first column
    assert headgate.fallback.counts() == before
    asked = parts(training)
    assert asked == -(-len(FIRST_COLUMN) // 64)
    assert model.onnx_ == FIRST_COLUMN and copy.deepcopy(model).onnx_ == FIRST_COLUMN
    assert pickle.loads(pickle.dumps(model)).onnx_ == FIRST_COLUMN
    assert parts(training) == asked


def test_a_handle_that_is_gone_is_predicted_here_and_marked(training: TrainingGateway) -> None:
    alerts: list[headgate.fallback.Alert] = []
    headgate.configure(training.url, timeout=5, on_fallback=alerts.append)
    model = fetched(Ridge().fit(X, NUMBERS))
    training.forget()
    before = headgate.fallback.counts().get(("ridge.apply", "onnxruntime"), 0)
    assert np.array_equal(model.predict(X), X[:, 0])
    assert headgate.fallback.counts()[("ridge.apply", "onnxruntime")] == before + 1
    until(lambda: bool(alerts))
    assert alerts[0].source == "onnxruntime" and isinstance(alerts[0].error, NotFoundError)


def test_without_any_gateway_it_is_predicted_here(training: TrainingGateway) -> None:
    model = fetched(Ridge().fit(X, NUMBERS))
    headgate.configure("ws://127.0.0.1:9/v1", timeout=0.3, fallback_after=0.05)
    assert np.array_equal(model.predict(X), X[:, 0])


@pytest.mark.parametrize("code", ["failed_precondition", "permission_denied", "invalid_argument"])
def test_any_other_refusal_stands(training: TrainingGateway, code: str) -> None:
    model = fetched(Ridge().fit(X, NUMBERS))
    training.refusal = code
    with pytest.raises(headgate.HeadgateError) as raised:
        model.predict(X)
    assert raised.value.code == code


def test_where_fallbacks_are_forbidden_a_handle_that_is_gone_is_an_error(training: TrainingGateway) -> None:
    headgate.configure(training.url, fallback=False)
    model = fetched(Ridge().fit(X, NUMBERS))
    training.forget()
    with pytest.raises(NotFoundError, match=r"keeps the fitted Ridge no more\. Fit it again.*FALLBACK"):
        model.predict(X)
    assert model.onnx_ == FIRST_COLUMN


@pytest.mark.parametrize("by", ["option", "environment", "onnxruntime"])
def test_the_file_is_not_fetched_where_it_is_not_wanted_or_of_no_use(
    training: TrainingGateway, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    if by == "option":
        headgate.configure(training.url, keep_onnx=False)
    elif by == "environment":
        monkeypatch.setenv("HEADGATE_KEEP_ONNX", "0")
    else:
        monkeypatch.setattr("headgate.sklearn.training.onnx_model.is_installed", lambda: False)
    model = Ridge().fit(X, NUMBERS)
    assert model._model._fetch is None
    training.forget()
    with pytest.raises(NotFoundError, match="no more"):
        model.predict(X)
    assert parts(training) == 0
    assert model.onnx_ == FIRST_COLUMN  # asked for, it comes


def test_a_large_file_is_left_until_it_is_asked_for(
    training: TrainingGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "KEPT_BYTES_MAX", 100)
    model = fetched(Ridge().fit(X, NUMBERS))
    assert parts(training) == 1
    assert model.onnx_ == FIRST_COLUMN


def test_a_model_that_nobody_has_any_more_is_not_fetched(
    training: TrainingGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    training.is_exporting = True
    model = Ridge().fit(X, NUMBERS)
    fetch = model._model._fetch
    assert fetch is not None and not fetch.done()
    del model
    gc.collect()
    assert fetch.cancelled()


def test_onnx_waits_as_long_as_the_job_and_not_only_a_calls_time(
    training: TrainingGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    headgate.configure(training.url, timeout=0.2, keep_onnx=False)
    training.is_exporting = True
    model = Ridge().fit(X, NUMBERS)
    states: list[Any] = []

    def ends_at_the_fourth_question(frame: dict[str, Any]) -> None:
        states.append(time.monotonic())
        if len(states) == 4:
            training.is_exporting = False

    training.on_jobs = ends_at_the_fourth_question
    published = model.publish("direction")
    assert states[3] - states[0] > 0.2  # longer than a call has
    assert published == ("direction", "1")
    assert b"".join(f["onnx"] for f in training.frames if f["type"] == "upload") == FIRST_COLUMN


def test_a_job_that_failed_is_told_with_its_reason(training: TrainingGateway) -> None:
    headgate.configure(training.url, keep_onnx=False)
    model = Ridge().fit(X, NUMBERS)
    training.failure = {"code": "failed_precondition", "message": "its answers are not the library's"}
    with pytest.raises(FailedPreconditionError, match="its answers are not the library's"):
        _ = model.onnx_
