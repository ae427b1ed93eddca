"""Policies through the trainer: exported, repeated, cancelled, resumed, stopped and chosen."""

import json
import threading
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from jobs import arrays, message, run
from markets import assets_of, features_of, given, options_of, prices_of, values_of

from headgate_trainer.failure import TrainingError
from headgate_trainer.job import Job
from headgate_trainer.policies.layout import METADATA, observation_of
from headgate_trainer.policies.market import Market
from headgate_trainer.policies.ranges import resolve_ranges
from headgate_trainer.registry import all_trainers
from headgate_trainer.training import train

pytest.importorskip("torch")
pytest.importorskip("stable_baselines3")

from headgate_trainer.policies import learning
from headgate_trainer.policies.fitting import fit_policies
from headgate_trainer.policies.task import Task
from headgate_trainer.policies.trading_env import TradingEnv

ROWS = 600
CASES = [
    (algorithm, kind)
    for algorithm in ("ppo", "a2c", "dqn")
    for kind in ("discrete", "weight", "portfolio")
    if algorithm != "dqn" or kind == "discrete"
]
SHORT: dict[str, dict[str, Any]] = {
    "ppo": {"n_steps": 64, "n_epochs": 2},
    "a2c": {},
    "dqn": {"learning_starts": 100, "target_update_interval": 200, "train_freq": 8},
}


def inputs_of(kind: str) -> dict[str, Any]:
    return {"prices": prices_of(ROWS, assets_of(kind)), "features": features_of(ROWS)}


def parameters(algorithm: str, kind: str, **more: Any) -> dict[str, Any]:
    named = {"environment": given(kind), "total_timesteps": 1500, "eval_freq": 500}
    return named | SHORT[algorithm] | more


def session_of(graph: bytes) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("vec_normalize", [None, {"clip_obs": 2.0}], ids=["raw", "normalized"])
@pytest.mark.parametrize(("algorithm", "kind"), CASES)
def test_the_graph_acts_as_the_library_does_on_10000_observations(
    algorithm: Any, kind: str, vec_normalize: Any
) -> None:
    inputs = inputs_of(kind)
    values = values_of(algorithm, **parameters(algorithm, kind, vec_normalize=vec_normalize))
    market = Market(inputs["prices"], inputs["features"], values["environment"])
    ranges = resolve_ranges(values["environment"]["ranges"], market.rows, market.first)
    job = Job("job", algorithm, inputs, {}, True, 1, lambda _: None)
    model = fit_policies(job, Task(algorithm, values, market, ranges), [3])
    if kind != "discrete":  # A network so little trained answers near 0 only.
        model._model.policy.action_net.weight.data *= 20
    draw = np.random.default_rng(5)
    seen, _ = model.rows(job)
    rows = seen[draw.integers(len(seen), size=10_000)]
    # Far beyond the market too, where bounds and clipping matter.
    rows = (rows * draw.choice([0.5, 1, 2, 30], size=(10_000, 1))).astype(np.float32)
    want = model.predict(rows)
    session = session_of(model.to_onnx(rows[:1]))
    names = [each.name for each in session.get_outputs()]
    got = dict(zip(names, session.run(None, {"observation": rows}), strict=True))
    assert sorted(got) == sorted(want)
    for name, answers in want.items():
        assert got[name].dtype == answers.dtype
        if answers.dtype == np.int64:
            assert len(np.unique(answers)) > 1
            assert np.array_equal(got[name], answers), name
        else:
            np.testing.assert_allclose(got[name], answers, rtol=1e-5, atol=1e-5, err_msg=name)
    if kind == "weight" and vec_normalize is None:
        assert {-0.5, 1.5} & set(want["action"].reshape(-1).tolist()), "no action met its bound"


def weights_of(messages: list[dict[str, Any]]) -> list[bytes]:
    """The constants of the graph; its metadata tell of all seeds."""
    graph = onnx.load_from_string(message(messages, "exported")["onnx"]).graph
    return [each.SerializeToString() for each in graph.initializer]


def outputs_of(messages: list[dict[str, Any]]) -> dict[str, Any]:
    found = arrays(message(messages, "fitted")["outputs"])
    found.pop("steps_per_second")
    return found


def require_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert one.keys() == other.keys()
    for name, value in one.items():
        np.testing.assert_array_equal(value, other[name], err_msg=name)


@pytest.mark.parametrize("algorithm", ["ppo", "a2c", "dqn"])
def test_a_seed_repeats_itself_bit_by_bit(algorithm: str) -> None:
    given_values = parameters(algorithm, "discrete", seed=5, vec_normalize={})
    first, second = (run(algorithm, inputs_of("discrete"), given_values) for _ in range(2))
    require_same(outputs_of(first), outputs_of(second))
    assert message(first, "exported")["onnx"] == message(second, "exported")["onnx"]
    other = run(algorithm, inputs_of("discrete"), given_values | {"seed": 6})
    assert message(first, "exported")["onnx"] != message(other, "exported")["onnx"]


@pytest.mark.parametrize(("algorithm", "kind"), CASES)
def test_a_training_goes_on_from_each_checkpoint_as_if_nothing_had_happened(
    algorithm: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "CHECKPOINT_SECONDS", 0.0)
    more = {"seeds": [1, 2], "vec_normalize": {}}
    if kind == "portfolio":
        more["use_sde"] = True
    if kind == "weight":
        more["learning_rate"] = {"start": 1e-3}
    if algorithm == "dqn":
        # The buffer fills up and is written over.
        more |= {"buffer_size": 400, "n_steps": 3, "exploration_fraction": 0.8}
    asked = parameters(algorithm, kind, total_timesteps=1000, eval_freq=300, **more)
    whole = run(algorithm, inputs_of(kind), asked)
    states = [each["state"] for each in whole if each["type"] == "checkpoint"]
    assert len(states) >= 2
    some = [states[0], states[len(states) // 2], states[-1]]
    monkeypatch.setattr(learning, "CHECKPOINT_SECONDS", 1e9)
    for state in some:
        messages: list[dict[str, Any]] = []
        job = Job("job", algorithm, inputs_of(kind), asked, True, 1, messages.append, state)
        train(job, all_trainers()[algorithm])
        require_same(outputs_of(whole), outputs_of(messages))
        assert message(whole, "exported")["onnx"] == message(messages, "exported")["onnx"]


def test_a_checkpoint_of_something_else_is_refused() -> None:
    for state in (b"PK nothing", np.zeros(3).tobytes()):
        job = Job("job", "ppo", inputs_of("weight"), parameters("ppo", "weight"), False, 1, lambda _: None, state)  # fmt: skip
        with pytest.raises(TrainingError, match="cannot go on from its checkpoint"):
            train(job, all_trainers()["ppo"])


def test_a_large_replay_buffer_is_not_sent_and_the_log_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(learning, "CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(learning, "REPLAY_BYTES_MAX", 1000)
    messages = run("dqn", inputs_of("discrete"), parameters("dqn", "discrete"))
    assert not [each for each in messages if each["type"] == "checkpoint"]
    assert capsys.readouterr().out.count("no checkpoint is made: the replay buffer holds") == 1


@pytest.mark.parametrize("algorithm", ["ppo", "a2c", "dqn"])
def test_a_cancellation_ends_it_at_the_next_step(algorithm: str) -> None:
    stop, steps = threading.Event(), []

    def send(told: dict[str, Any]) -> None:
        steps.append(told.get("iteration", 0))
        stop.set()

    asked = parameters(algorithm, "discrete", total_timesteps=10_000_000, eval_freq=1_000_000)
    job = Job("job", algorithm, inputs_of("discrete"), asked, False, 1, send, cancelled=stop)
    job._told = -1e9
    with pytest.raises(TrainingError) as caught:
        train(job, all_trainers()[algorithm])
    assert caught.value.code == "cancelled"
    assert len(steps) == 1


def test_progress_tells_steps_reward_entropy_loss_and_the_validation_score(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("headgate_trainer.job.PROGRESS_SECONDS", 0.0)
    messages = run("ppo", inputs_of("weight"), parameters("ppo", "weight"), export=False)
    told = [each for each in messages if each["type"] == "progress"]
    assert {"iteration", "share_done", "loss", "figures"} <= told[0].keys()
    assert told[0]["figures"].keys() == {"reward", "entropy"}
    outputs = outputs_of(messages)
    scores = [each["score"] for each in told if "score" in each]
    curve = outputs["validation_curve"][0]
    assert scores == curve[~np.isnan(curve)].tolist()
    assert len(scores) == 3


def test_patience_ends_a_seed_and_the_best_state_is_kept() -> None:
    asked = parameters("ppo", "discrete", total_timesteps=200_000, eval_freq=512, patience=2, learning_rate=0.3)  # fmt: skip
    outputs = outputs_of(run("ppo", inputs_of("discrete"), asked, export=False))
    assert outputs["timesteps"][0] < 20_000
    curve = outputs["validation_curve"][0]
    best = int(np.nanargmax(curve))
    assert len(curve) - 1 - best == 2
    assert outputs["best_timesteps"][0] == outputs["timesteps_curve"][0][best]
    assert outputs["validation_score"] == curve[best]


def test_the_last_state_is_kept_where_that_is_asked_for() -> None:
    asked = parameters("ppo", "discrete", keep_best=False, learning_rate=0.1, eval_metric="sharpe")
    outputs = outputs_of(run("ppo", inputs_of("discrete"), asked, export=False))
    assert outputs["best_timesteps"][0] == outputs["timesteps"][0]
    assert outputs["validation_score"] == outputs["validation_curve"][0][-1]
    assert outputs["validation_score"] == outputs["validation_sharpe"][0]


def test_seeds_are_all_told_and_the_best_on_validation_is_the_model() -> None:
    asked = parameters("a2c", "weight", seeds=[4, 5, 6], eval_metric="total_return")
    messages = run("a2c", inputs_of("weight"), asked)
    outputs = outputs_of(messages)
    best = int(np.argmax(outputs["validation_total_return"]))
    assert outputs["chosen_seed"] == [4, 5, 6][best]
    alone = run("a2c", inputs_of("weight"), asked | {"seeds": None, "seed": 4 + best})
    assert weights_of(alone) == weights_of(messages)
    assert outputs_of(alone)["test_sharpe"][0] == outputs["test_sharpe"][best]
    summary = str(outputs["summary"].item())
    for seed, value in zip((4, 5, 6), outputs["test_total_return"], strict=True):
        (line,) = [
            each
            for each in summary.split("On the test range")[1].splitlines()
            if f"| seed {seed}" in each
        ]
        assert f"{value:+.2%}" in line
    assert "| holding |" in summary
    assert "| flat | +0.00% |" in summary


def test_holding_pays_once_and_follows_the_prices() -> None:
    prices = prices_of(ROWS)
    asked = parameters("ppo", "weight", environment=given(borrow=0))
    outputs = outputs_of(run("ppo", {"prices": prices}, asked, export=False))
    begin, end = outputs["ranges"][2]
    # 7 basis points on the whole equity; the rest is the price's own return.
    want = prices[end - 1, 0] / prices[begin, 0] - 1 - 7e-4
    assert outputs["test_holding"][0] == pytest.approx(want, abs=1e-9)
    assert outputs["test_flat"].tolist() == [0, 0, 0, 0]
    assert outputs["test_equity"].shape == (1, end - begin)
    assert outputs["test_equity"][0, -1] - 1 == pytest.approx(outputs["test_total_return"][0])


def test_an_agent_builds_the_same_observation_from_raw_rows_by_the_layout() -> None:
    prices, features = prices_of(ROWS, 3), features_of(ROWS)
    messages = run("ppo", inputs_of("portfolio"), parameters("ppo", "portfolio"))
    graph = onnx.load_from_string(message(messages, "exported")["onnx"])
    layout = json.loads(str(outputs_of(messages)["observation_layout"].item()))
    told = {each.key: each.value for each in graph.metadata_props}
    summary = str(outputs_of(messages)["summary"].item())
    assert told == {METADATA: json.dumps(layout), "headgate.summary": summary}
    env = TradingEnv(prices, features, given("portfolio"))
    session, n = session_of(message(messages, "exported")["onnx"]), layout["history_rows"]
    observation, _ = env.reset(seed=1)
    for _ in range(29):
        row, state = int(env.simulation.at[0]), env.simulation
        recent = slice(row + 1 - n, row + 1)
        built = observation_of(layout, prices[recent], features[recent], state.weights[0], state.held[0])  # fmt: skip
        assert built.shape == (1, len(layout["numbers"]))
        assert built.dtype == np.float32
        np.testing.assert_allclose(built[0], observation, rtol=1e-6, atol=1e-6)
        action, weights = session.run(["action", "weights"], {"observation": built})
        np.testing.assert_allclose(weights, state.actions.weights(action), rtol=1e-6, atol=1e-7)
        observation, *_ = env.step(action[0])


def test_a_policy_that_can_win_learns_to() -> None:
    # The one feature is the sign of the next return: what a causal feature may never be.
    prices = prices_of(ROWS)
    ahead = np.sign(np.diff(np.log(prices[:, 0]), append=0))[:, None]
    environment = {"include": [], "scaling": {"kind": "none"}, "episode_length": 50, "actions": {"kind": "discrete"}}  # fmt: skip
    for algorithm, more in (
        ("ppo", {"n_steps": 128, "learning_rate": 3e-3}),
        ("a2c", {"learning_rate": 3e-3}),
        ("dqn", {"learning_starts": 200, "learning_rate": 3e-3, "target_update_interval": 500, "exploration_fraction": 0.5}),
    ):  # fmt: skip
        asked = {"environment": environment, "total_timesteps": 6000, "eval_freq": 1000} | more
        outputs = outputs_of(run(algorithm, {"prices": prices, "features": ahead}, asked, export=False))  # fmt: skip
        assert outputs["test_sharpe"][0] > 10, algorithm


def refused(algorithm: str, asked: dict[str, Any], **inputs: Any) -> str:
    with pytest.raises(TrainingError) as caught:
        run(algorithm, {"prices": prices_of(ROWS)} | inputs, {"total_timesteps": 100} | asked)
    assert caught.value.code == "invalid_argument"
    return caught.value.message


def holed(values: Any, row: int, column: int, value: float) -> Any:
    values[row, column] = value
    return values


def test_what_is_wrong_is_refused_before_the_fit_and_by_its_field() -> None:
    zero = refused("ppo", {}, prices=holed(prices_of(ROWS), 17, 0, 0.0))
    assert zero.startswith("inputs.prices: the value at [17, 0] is 0;")
    nan = refused("ppo", {}, prices=holed(prices_of(ROWS), 18, 0, np.nan))
    assert nan.startswith("inputs.prices: the value at [18, 0] is nan;")
    features = refused("ppo", {}, features=holed(features_of(ROWS), 3, 2, np.inf))
    assert features.startswith("inputs.features: the value at [3, 2] is inf;")
    rises = refused("ppo", {}, prices=holed(holed(prices_of(ROWS), 4, 0, 1e-300), 5, 0, 1e300))
    assert rises.startswith("inputs.prices: from [4, 0] to [5, 0]")
    assert "600" in refused("ppo", {}, features=features_of(ROWS - 1))
    assert refused("dqn", {"environment": {"actions": {"kind": "weight"}}}).startswith("parameters.environment.actions")  # fmt: skip
    two = refused("ppo", {}, prices=prices_of(ROWS, 2))
    assert two.startswith("parameters.environment.actions.kind: weight is for one asset")
    assert refused("ppo", {"n_steps": 1, "environment": {"n_envs": 1}}).startswith("parameters.n_steps")  # fmt: skip
    assert refused("ppo", {"n_steps": 5, "batch_size": 39}).startswith("parameters.batch_size")
    assert refused("a2c", {"use_sde": True, "environment": given("discrete")}).startswith("parameters.use_sde")  # fmt: skip
    none = {"environment": {"ranges": {"kind": "shares", "validation": 0}}, "patience": 3}
    assert refused("ppo", none).startswith("parameters.patience: stops by the validation range")
    assert refused("ppo", {"seeds": [1, 1]}).startswith("parameters.seeds")
    assert refused("ppo", {"policy_kwargs": {"net_arch": [[1]]}}).startswith("parameters.policy_kwargs.net_arch")  # fmt: skip
    assert refused("ppo", {"environment": {"columns": [0]}}).startswith("parameters.environment.columns")  # fmt: skip
    assert refused("ppo", {}, X=np.zeros(3)).startswith("inputs.X: ppo takes prices, features")
    assert "at least" in refused("ppo", {}, prices=prices_of(100))


def test_a_training_that_diverges_ends_and_names_the_learning_rate() -> None:
    for algorithm in ("ppo", "a2c"):
        said = refused(algorithm, parameters(algorithm, "weight", learning_rate=1e30))
        assert said.startswith("parameters.learning_rate: ")


@pytest.mark.parametrize(
    ("algorithm", "rate", "more"),
    [
        # The step of the optimizer is beyond FP32.
        ("ppo", 1e300, {}),
        ("a2c", 1e300, {}),
        ("dqn", 1e300, {}),
        # The only update leaves weights that the validation range finds out.
        ("ppo", 3e37, {"n_steps": 16, "n_epochs": 1, "batch_size": 128, "total_timesteps": 1}),
        # They answer the validation range, but not all that the graph is proven with.
        ("a2c", 1e37, {"total_timesteps": 1, "keep_best": False}),
    ],
)
def test_a_network_that_diverges_in_its_last_update_names_the_learning_rate(
    algorithm: str, rate: float, more: dict[str, Any]
) -> None:
    kind = "discrete" if algorithm == "dqn" else "weight"
    said = refused(algorithm, parameters(algorithm, kind, learning_rate=rate, **more))
    assert said.startswith("parameters.learning_rate: the network diverged; take")


def test_a_clip_of_null_limits_nothing_and_an_observation_beyond_fp32_is_refused() -> None:
    scaling = {"kind": "causal", "rows": 2, "clip": None}
    features = np.random.default_rng(2).normal(size=(ROWS, 1))
    features[49:53, 0] = 1, 88, 0, 2
    options = options_of(window=4, scaling=scaling, include=[])
    # The last two rows have the mean 1 and the standard deviation 1.
    seen = Market(prices_of(ROWS), features, options).observe(np.array([52]))
    assert seen.tolist() == [[0, 87, -1, 1]]
    features[50:53, 0] = 1e20, 1e-20, -1e-20
    said = refused("ppo", {"environment": given(window=4, scaling=scaling)}, features=features)
    assert said.startswith("parameters.environment.scaling.clip: null leaves feature[0] in the window of row 52")  # fmt: skip


def test_a_reward_that_is_not_finite_ends_the_job_with_its_row() -> None:
    reward = {"kind": "log_return", "scale": 1e308}
    prices = prices_of(ROWS) ** 40
    said = refused("a2c", {"environment": {"reward": reward}}, prices=prices)
    assert said.startswith("parameters.environment.reward: it is ")
    assert "for the step from row" in said


def test_options_alone_are_those_of_a_request() -> None:
    assert options_of("weight") | {"n_envs": 8} == values_of("ppo", environment=given())["environment"]  # fmt: skip
