"""Networks of torch: equal through ONNX, repeatable by seed, and resumable with an equal result."""

import io
from typing import Any

import numpy as np
import pytest
from jobs import arrays, message, predict, run, table, targets

from headgate_trainer.failure import TrainingError
from headgate_trainer.job import Job
from headgate_trainer.registry import all_trainers
from headgate_trainer.training import train

torch = pytest.importorskip("torch")

WINDOW = 7
NAMES = ["mlp_torch_classifier", "mlp_torch_regressor", "lstm_classifier", "lstm_regressor"]


def data(name: str, rows: int = 300, seed: int = 0) -> dict[str, Any]:
    """Rows, or windows of rows whose last row says most."""
    X, score = table(rows, seed)
    if name.startswith("lstm"):
        draw = np.random.default_rng(seed + 1)
        earlier = draw.normal(size=(rows, WINDOW - 1, X.shape[1])) * X.std(axis=0)
        X = np.concatenate([earlier, X[:, np.newaxis]], axis=1)
    return {"X": X, "y": targets(name.split("_")[-1], score)}


def with_eval(name: str, rows: int = 300) -> dict[str, Any]:
    held_out = data(name, 150, seed=9)
    return data(name, rows) | {"X_eval": held_out["X"], "y_eval": held_out["y"]}


def answers(messages: list[dict[str, Any]], X: Any) -> dict[str, Any]:
    exported = message(messages, "exported")
    names = [each["name"] for each in exported["outputs"]]
    return predict(exported["onnx"], X, names)


VARIANTS: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in NAMES),
    *(
        ("mlp_torch_regressor", {"activation": each})
        for each in ("relu", "gelu", "silu", "elu", "sigmoid")
    ),
    *(
        ("mlp_torch_regressor", {"optimizer": each, "learning_rate": 0.01})
        for each in ("adam", "sgd")
    ),
    *(("mlp_torch_regressor", {"loss": each}) for each in ("absolute_error", "huber")),
    (
        "mlp_torch_regressor",
        {"hidden_layer_sizes": [], "standardize": False, "epochs": 2, "learning_rate": 1e-6},
    ),
    ("mlp_torch_regressor", {"standardize_y": False, "dropout": 0.2, "clip_grad_norm": 1.0}),
    ("mlp_torch_classifier", {"class_weight": "balanced", "label_smoothing": 0.1}),
    ("mlp_torch_classifier", {"class_weight": {"0": 2, "1": 1, "2": 3}}),
    (
        "lstm_classifier",
        {"num_layers": 3, "dropout": 0.2, "head_layer_sizes": [8, 4], "activation": "gelu"},
    ),
    ("lstm_regressor", {"hidden_size": 5, "num_layers": 2}),
]


@pytest.mark.parametrize(
    ("name", "more"), VARIANTS, ids=[f"{name} {more}" for name, more in VARIANTS]
)
def test_the_graph_answers_as_torch_does(name: str, more: dict[str, Any]) -> None:
    inputs = with_eval(name)
    messages = run(name, inputs, {"epochs": 5} | more)  # it is proven in there, too
    outputs = arrays(message(messages, "fitted")["outputs"])
    assert outputs["loss_curve"].shape == outputs["eval_loss_curve"].shape
    if more.get("standardize") is not False:
        assert outputs["loss_curve"][-1] < outputs["loss_curve"][0]
    got = answers(messages, inputs["X_eval"])
    if name.endswith("classifier"):
        assert np.mean(got["labels"] == inputs["y_eval"]) == outputs["eval_score"]
        np.testing.assert_allclose(got["probabilities"].sum(axis=1), 1, rtol=1e-9)
    else:
        rmse = np.sqrt(np.mean((got["predictions"] - inputs["y_eval"]) ** 2))
        np.testing.assert_allclose(rmse, outputs["eval_rmse"], rtol=1e-4)


@pytest.mark.parametrize("name", ["mlp_torch_regressor", "lstm_regressor"])
def test_a_linear_task_is_learnt(name: str) -> None:
    inputs = with_eval(name, 1500)
    draw = np.random.default_rng(2)
    for X, y in (("X", "y"), ("X_eval", "y_eval")):
        last = inputs[X] if inputs[X].ndim == 2 else inputs[X][:, -1]
        inputs[y] = 1000 + last[:, 0] * 30 - last[:, 2] / 5 + draw.normal(size=len(last))
    parameters = {"epochs": 60, "learning_rate": 0.01}
    outputs = arrays(message(run(name, inputs, parameters, export=False), "fitted")["outputs"])
    assert outputs["eval_score"] > 0.98
    assert outputs["best_loss"] == outputs["eval_loss_curve"].min()
    assert outputs["best_iteration"] == outputs["eval_loss_curve"].argmin() + 1


def test_classes_may_be_text_and_y_may_have_columns() -> None:
    inputs = data("mlp_torch_classifier")
    names = np.array(["up", "flat", "down"], dtype=object)[inputs["y"]]
    got = answers(run("mlp_torch_classifier", {**inputs, "y": names}, {"epochs": 3}), inputs["X"])
    assert set(got["labels"]) <= set(names)
    both = np.stack([inputs["y"], -inputs["y"] * 2.5], axis=1).astype(np.float64)
    got = answers(run("mlp_torch_regressor", {**inputs, "y": both}, {"epochs": 3}), inputs["X"])
    assert got["predictions"].shape == both.shape


def test_the_loss_gamma_answers_above_zero() -> None:
    inputs = data("mlp_torch_regressor")
    inputs["y"] = np.exp(inputs["y"] / 2)
    messages = run("mlp_torch_regressor", inputs, {"loss": "gamma", "epochs": 30})
    got = answers(messages, inputs["X"])["predictions"]
    assert (got > 0).all()
    assert arrays(message(messages, "fitted")["outputs"])["train_score"] > 0.5
    with pytest.raises(TrainingError, match=r"inputs\.y: the loss gamma is for values above 0"):
        run("mlp_torch_regressor", inputs | {"y": -inputs["y"]}, {"loss": "gamma"})


def test_weights_of_zero_leave_rows_out() -> None:
    inputs = data("mlp_torch_regressor")
    weight = (np.arange(300) % 3 > 0).astype(np.float64)
    wrong = np.where(weight > 0, inputs["y"], 1e6)
    parameters = {"epochs": 40, "standardize_y": False, "learning_rate": 0.01}
    given = {**inputs, "y": wrong, "sample_weight": weight}
    got = answers(run("mlp_torch_regressor", given, parameters), inputs["X"])["predictions"]
    assert np.abs(got).max() < 100


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_repeats_itself(name: str) -> None:
    parameters = {"epochs": 4, "dropout": 0.3, "random_state": 5}
    first, again, other = (
        message(run(name, data(name), parameters | more), "exported")["onnx"]
        for more in ({}, {}, {"random_state": 6})
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize("optimizer", ["adamw", "adam", "sgd"])
@pytest.mark.parametrize("name", ["mlp_torch_classifier", "lstm_regressor"])
def test_goes_on_from_any_checkpoint_with_an_equal_result(
    name: str, optimizer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headgate_trainer.network.learning.CHECKPOINT_SECONDS", 0)
    parameters = {"epochs": 6, "dropout": 0.3, "optimizer": optimizer, "random_state": 5}
    inputs = with_eval(name)
    whole = run(name, inputs, parameters)
    states = [each["state"] for each in whole if each["type"] == "checkpoint"]
    assert len(states) == 6
    for state in (states[0], states[3], states[5]):
        np.load(io.BytesIO(state), allow_pickle=False)  # no code is in it
        sent: list[dict[str, Any]] = []
        torch.manual_seed(1234)  # another process has other numbers
        job = Job("job", name, inputs, parameters, True, 1, sent.append, checkpoint_state=state)
        train(job, all_trainers()[name])
        assert message(sent, "exported")["onnx"] == message(whole, "exported")["onnx"]
        got, want = (arrays(message(each, "fitted")["outputs"]) for each in (sent, whole))
        for attribute, value in want.items():
            np.testing.assert_array_equal(got[attribute], value)


def test_checkpoints_come_every_few_seconds_only() -> None:
    sent = run("mlp_torch_regressor", data("mlp_torch_regressor"), {"epochs": 20})
    assert [each for each in sent if each["type"] == "checkpoint"] == []


def test_a_checkpoint_of_another_network_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headgate_trainer.network.learning.CHECKPOINT_SECONDS", 0)
    inputs = data("mlp_torch_regressor")
    sent = run("mlp_torch_regressor", inputs, {"epochs": 1})
    state = message(sent, "checkpoint")["state"]
    for wrong in (state[:-50], b"", b"x" * 100, state):
        parameters = {"epochs": 2, "hidden_layer_sizes": [3]}
        job = Job(
            "j", "mlp_torch_regressor", inputs, parameters, False, 1, print, checkpoint_state=wrong
        )
        with pytest.raises(TrainingError, match="cannot go on from its checkpoint") as failure:
            train(job, all_trainers()["mlp_torch_regressor"])
        assert failure.value.code == "failed_precondition"


def test_stops_early_and_keeps_the_best_weights() -> None:
    name = "mlp_torch_classifier"
    inputs = with_eval(name, 60)
    parameters = {"epochs": 2000, "patience": 15, "learning_rate": 0.02}
    messages = run(name, inputs, parameters)
    outputs = arrays(message(messages, "fitted")["outputs"])
    assert outputs["n_iter"] == outputs["best_iteration"] + 15 < 2000
    last = run(name, inputs, parameters | {"keep_best": False})
    assert message(last, "exported")["onnx"] != message(messages, "exported")["onnx"]


@pytest.mark.parametrize("name", NAMES)
def test_ends_within_an_epoch_when_it_is_cancelled(name: str) -> None:
    sent: list[dict[str, Any]] = []

    def send(each: dict[str, Any]) -> None:
        sent.append(each)
        job.cancelled.set()

    job = Job("job", name, data(name), {"epochs": 100_000}, True, 1, send)
    with pytest.raises(TrainingError) as failure:
        train(job, all_trainers()[name])
    assert failure.value.code == "cancelled"
    assert [each["type"] for each in sent] == ["progress"]


@pytest.mark.parametrize(
    ("name", "parameters", "inputs", "said"),
    [
        ("lstm_classifier", {}, {"X": np.zeros((300, 4))}, r"inputs\.X: must have 3 dimensions"),
        (
            "mlp_torch_classifier",
            {},
            {"X": np.zeros((300, 4, 2))},
            r"inputs\.X: must have 2 dimensions",
        ),
        ("lstm_classifier", {"patience": 3}, {}, r"parameters\.patience: stops by the eval set"),
        (
            "lstm_classifier",
            {"hidden_layer_sizes": [3]},
            {},
            r"parameters\.hidden_layer_sizes: there is no",
        ),
        (
            "lstm_classifier",
            {"hidden_size": 0},
            {},
            r"parameters\.hidden_size: must be an integer at least 1",
        ),
        (
            "lstm_regressor",
            {"class_weight": "balanced"},
            {},
            r"parameters\.class_weight: there is no",
        ),
        (
            "lstm_regressor",
            {},
            {"y": np.full(300, np.inf)},
            r"inputs\.y: the value at \[0\] is NaN or infinite",
        ),
        (
            "mlp_torch_regressor",
            {"learning_rate": 1e30, "optimizer": "sgd"},
            {},
            r"parameters\.learning_rate: the loss is",
        ),
        (
            "mlp_torch_regressor",
            {},
            {"groups": np.zeros(300)},
            r"inputs\.groups: mlp_torch_regressor takes X, y",
        ),
    ],
)
def test_refuses(name: str, parameters: dict[str, Any], inputs: dict[str, Any], said: str) -> None:
    with pytest.raises(TrainingError, match=said):
        run(name, data(name) | inputs, parameters)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_told() -> None:
    with pytest.raises(TrainingError, match=r"parameters\.device: torch finds no GPU here"):
        run("mlp_torch_regressor", data("mlp_torch_regressor"), {"device": "cuda"})
