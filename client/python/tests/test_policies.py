"""`headgate.rl`: what it asks, what it refuses before it asks, and policies in one file and behind `act`."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from policy_gateway import LAYOUT, SIZE, PolicyGateway, policy_onnx

import headgate
from headgate.errors import FailedPreconditionError, InvalidArgumentError
from headgate.policy_layout import PolicyLayout, layout_of
from headgate.rl import A2C, DQN, PPO, TradingEnvironment
from headgate.rl.policy_file import LAYOUT as LAYOUT_ENTRY
from headgate.rl.policy_file import read_policy, with_metadata

PRICES = 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.01, 900)))
FEATURES = np.random.default_rng(1).normal(size=(900, 3))
OBSERVATION = np.arange(SIZE, dtype=np.float32)


@pytest.fixture
def gateway() -> Iterator[PolicyGateway]:
    process = PolicyGateway()
    headgate.configure(process.url, fallback=False, timeout=5)
    yield process
    headgate.configure()
    process.close()


def layout() -> PolicyLayout:
    found = layout_of(LAYOUT)
    assert found is not None
    return found


def test_nothing_of_torch_is_imported() -> None:
    code = (
        "import sys, headgate.rl; "
        "heavy = {'torch', 'stable_baselines3', 'gymnasium', 'onnx', 'onnxruntime', 'pandas'}; "
        "assert not heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_learn_asks_with_the_environment_and_the_librarys_names(gateway: PolicyGateway) -> None:
    env = TradingEnvironment(
        PRICES, FEATURES, window=2, columns=[1], actions={"kind": "weight", "low": 0, "high": 1}, cost=2,
        reward="differential_sharpe", ranges={"train": 0.6, "validation": 0.2, "test": 0.2, "embargo": 5},
    )  # fmt: skip
    model = PPO("MlpPolicy", env, learning_rate=1e-3, seed=7, policy_kwargs={"net_arch": (8, 8)}).learn(1_000)
    (frame,) = gateway.asked("train")
    assert frame["trainer"] == "ppo" and frame["background"] is True and frame["keep_seconds"] == 3600
    assert {name: each["shape"] for name, each in frame["inputs"].items()} == {
        "prices": [900, 1], "features": [900, 3],
    }  # fmt: skip
    assert frame["parameters"] == {
        "learning_rate": 1e-3, "seed": 7, "policy_kwargs": {"net_arch": [8, 8]}, "total_timesteps": 1000,
        "environment": {
            "window": 2, "columns": [1], "actions": {"kind": "weight", "low": 0, "high": 1}, "cost": 2,
            "reward": {"kind": "differential_sharpe"},
            "ranges": {"kind": "shares", "train": 0.6, "validation": 0.2, "test": 0.2, "embargo": 5},
        },
    }  # fmt: skip
    assert model.layout.columns == ("return[0]", "feature[1]") and model.summary == "# Beside holding"
    assert model.evaluation["test_total_return"].tolist() == [0.1, -0.2]
    assert (model.job_, model.handle_, model.source) == ("j1", "train:j1", "gateway")


def test_predict_answers_in_the_librarys_shapes(gateway: PolicyGateway) -> None:
    model = PPO("MlpPolicy", TradingEnvironment(PRICES)).learn(10)
    action, state = model.predict(OBSERVATION)
    assert action.shape == (1,) and action[0] == -15 and state is None and model.source == "gateway"
    actions, _ = model.predict(np.stack([OBSERVATION, 2 * OBSERVATION]))
    assert actions.tolist() == [[-15], [-30]]
    by_name = dict(zip(model.layout.names, OBSERVATION.tolist(), strict=True))
    assert model.predict(by_name)[0].tolist() == [-15]
    with pytest.raises(InvalidArgumentError, match="deterministic: must be true"):
        model.predict(OBSERVATION, deterministic=False)


def test_a_file_has_the_layout_and_predicts_without_a_gateway(gateway: PolicyGateway, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    model = PPO("MlpPolicy", TradingEnvironment(PRICES)).learn(10)
    model.save(tmp_path / "policy")
    headgate.configure("ws://127.0.0.1:9", timeout=0.5)  # where no gateway is
    loaded = PPO.load(tmp_path / "policy")
    assert loaded.layout == model.layout and loaded.summary == "# Beside holding"
    assert loaded.predict(OBSERVATION)[0].tolist() == [-15] and loaded.source == "onnxruntime"
    with pytest.raises(InvalidArgumentError, match="is a policy of ppo, load it with PPO"):
        DQN.load(tmp_path / "policy.onnx")


def test_an_expired_handle_is_taken_over_by_the_file_where_fallbacks_may(gateway: PolicyGateway) -> None:
    pytest.importorskip("onnxruntime")
    refused = PPO("MlpPolicy", TradingEnvironment(PRICES)).learn(10)
    gateway.is_kept = False
    with pytest.raises(headgate.errors.NotFoundError):
        refused.predict(OBSERVATION)
    headgate.configure(gateway.url, timeout=5)
    model = PPO("MlpPolicy", TradingEnvironment(PRICES)).learn(10)
    gateway.is_kept = False
    assert model.predict(OBSERVATION)[0].tolist() == [-15] and model.source == "onnxruntime"


def test_a_file_that_is_no_policy_is_refused(tmp_path: Path) -> None:
    for name, content, message in [
        ("junk", b"\x0a\xff\xff", "is no policy's ONNX file"),
        ("plain", policy_onnx(), "has no layout of its observation"),
        ("broken", with_metadata(policy_onnx(), {LAYOUT_ENTRY: "{"}), "is no policy's ONNX file"),
    ]:
        (tmp_path / f"{name}.onnx").write_bytes(content)
        with pytest.raises(InvalidArgumentError, match=message):
            PPO.load(tmp_path / name)


def test_the_files_own_metadata_stays() -> None:
    first = with_metadata(policy_onnx(), {LAYOUT_ENTRY: '{"window":1,"columns":["a"],"state":[]}'})
    assert with_metadata(first, {LAYOUT_ENTRY: "{}"}) == first
    assert read_policy(first, "first").layout.names == ("a",)


def test_publish_uploads_the_file_with_its_layout(gateway: PolicyGateway) -> None:
    model = A2C("MlpPolicy", TradingEnvironment(PRICES)).learn(10)
    assert model.publish("trader", aliases=["champion"]) == ("trader", "1")
    (frame,) = gateway.asked("upload")
    assert frame["publish"] == {"model": "trader", "aliases": ["champion"]}
    assert read_policy(frame["onnx"], "it").layout == model.layout


def test_the_methods_for_an_event_loop(gateway: PolicyGateway) -> None:
    async def methods() -> None:
        model = await PPO("MlpPolicy", TradingEnvironment(PRICES)).alearn(10, publish="trader")
        action, _ = await model.apredict(OBSERVATION)
        assert action.tolist() == [-15] and (await model.apublish("trader")).version == "1"

    asyncio.run(methods())
    assert gateway.asked("train")[0]["publish"] == {"model": "trader"}


def test_a_gateway_that_cannot_train_policies_says_what_to_type(gateway: PolicyGateway) -> None:
    command = "headgate trainer install --with rl"
    gateway.failure = ("failed_precondition", f"the library of ppo is not installed: {command}")
    with pytest.raises(FailedPreconditionError, match=command):
        PPO("MlpPolicy", TradingEnvironment(PRICES)).learn(10)


def test_no_library_takes_over_where_no_gateway_answers() -> None:
    headgate.configure("ws://127.0.0.1:9", timeout=0.5)
    try:
        with pytest.raises(headgate.UnavailableError):
            PPO("MlpPolicy", TradingEnvironment(PRICES)).learn(10)
    finally:
        headgate.configure()


def test_act_takes_numbers_by_name_and_refuses_another_layout_before_it_asks(gateway: PolicyGateway) -> None:
    with headgate.Client(gateway.url) as client:
        policy = client.policy("trader")
        named = dict(zip(layout().names, OBSERVATION.tolist(), strict=True))
        assert policy.act(named) == -15 and policy.act(OBSERVATION) == -15
        asked = len(gateway.asked("infer"))
        for observation, message in [
            (
                {**named, "rsi": 1.0},
                "has rsi, which it does not take; this policy takes 2 rows, the oldest first",
            ),
            (dict.fromkeys(list(named)[1:], 0.0), r"lacks return\[0\]@-1"),
            (OBSERVATION[1:], r"observation: has shape \[5\], and this policy takes \[6\]"),
            (np.where(OBSERVATION == 3, np.nan, OBSERVATION), r"feature\[1\] is no finite number"),
        ]:
            with pytest.raises(InvalidArgumentError, match=message):
                policy.act(observation)
        assert len(gateway.asked("infer")) == asked
        assert policy.layout().weights(policy.act(OBSERVATION)).tolist() == [-1]


def test_act_of_a_policy_without_a_layout_is_as_before(gateway: PolicyGateway) -> None:
    gateway.described = None
    with headgate.Client(gateway.url) as client:
        policy = client.policy("policy-ppo")
        assert policy.act(OBSERVATION) == -15
        with pytest.raises(InvalidArgumentError, match="does not tell the layout"):
            policy.act({"position": 1.0})


REFUSED: list[tuple[dict[str, Any], str]] = [
    (
        {"train": (0, 500), "validation": (400, 600)},
        "ranges.validation: begins at row 400, and train ends at 500",
    ),
    ({"train": (300, 600), "test": (0, 200)}, "ranges.test: begins at row 0, and train ends at 600"),
    (
        {"train": (0, 500), "validation": (503, 600), "embargo": 10},
        "an embargo of 10 rows asks for row 510",
    ),
    ({"train": (0, 500), "test": (600, 901)}, "ranges.test: ends at row 901, and prices has 900"),
    ({"train": (0, 250)}, "ranges.train: .* has no step: it needs 2 rows, from row 252 on"),
    ({"train": (500, 400)}, "ranges.train: .* needs at least 2"),
    ({"validation": (500, 600)}, "ranges.train: is missing"),
    ({"train": 0.8, "test": 0.4}, "the shares add up to 1.2"),
    ({"train": 0.8, "test": (800, 900)}, "must be shares of the rows throughout, or pairs"),
    ({"train": 1.5}, "ranges.train: must be a share from 0 to 1"),
    ({"train": 0.5, "tset": 0.5}, "ranges.tset: is unknown"),
    ({"train": 0.5, "embargo": -1}, "ranges.embargo"),
    ({"train": ("2000", "2010")}, "ranges.train: .* the data has no index"),
]


@pytest.mark.parametrize(("ranges", "message"), REFUSED)
def test_ranges_that_overlap_or_leak_are_refused_before_anything_is_sent(
    ranges: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        TradingEnvironment(PRICES, ranges=ranges)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"prices": np.where(np.arange(900) == 7, 0, PRICES)}, r"prices: the value at \[7, 0\] is 0"),
        ({"prices": np.where(np.arange(900) == 7, np.nan, PRICES)}, r"prices: the value at \[7, 0\] is nan"),
        ({"features": FEATURES[1:]}, "features: has 899 rows, and prices has 900"),
        (
            {"features": np.where(FEATURES[3, 1] == FEATURES, np.inf, FEATURES)},
            r"features: the value at \[3, 1\]",
        ),
        ({"columns": [0]}, "columns: chooses among features, and there are none"),
        ({"features": FEATURES, "columns": [3]}, r"columns\[0\]: is 3, and features has 3 columns"),
        ({"features": FEATURES, "columns": ["rsi"]}, r"columns\[0\]: there is no rsi; features has no names"),
        ({"prices": np.stack([PRICES, PRICES], 1)}, "actions: weight is for one asset, and prices has 2"),
        ({"actions": "buy"}, "actions.kind: must be discrete, weight, portfolio, got 'buy'"),
        ({"reward": "profit"}, "reward.kind: must be log_return"),
        ({"cost": -1}, "cost: must be a number of at least 0"),
        ({"cost": float("nan")}, "cost: must be a number of at least 0"),
        ({"window": 0}, "window: must be an integer of at least 1"),
        ({"include": ["volume"]}, "include: there is no volume"),
        ({"prices": "close"}, "prices: must be numbers"),
    ],
)
def test_an_environment_that_cannot_be_names_the_field(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        TradingEnvironment(given.pop("prices", PRICES), **given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"learning_rat": 1}, "PPO has no parameter learning_rat; it has .*learning_rate"),
        ({"learning_rate": lambda share: share}, "learning_rate: a function cannot be sent"),
        ({"env": object()}, "env must be a headgate.rl.TradingEnvironment, got object"),
    ],
)
def test_code_and_unknown_parameters_are_type_errors(given: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        PPO("MlpPolicy", **given)


def test_pandas_gives_names_and_dates() -> None:
    pandas = pytest.importorskip("pandas")
    index = pandas.date_range("2000-01-03", periods=900, freq="B")
    features = pandas.DataFrame(FEATURES, index, ["rsi", "volatility", "skew"])
    env = TradingEnvironment(
        pandas.Series(PRICES, index, name="SPX"), features, columns=["skew", "rsi"],
        ranges={"train": ("2000", "2002-06"), "test": ("2002-07-01", "2003"), "embargo": 5},
    )  # fmt: skip
    assert env.parameters["columns"] == [2, 0] and env.asset_names == ("SPX",)
    assert env.parameters["ranges"]["test"] == [index.searchsorted(pandas.Timestamp("2002-07-01")),
                                                index.searchsorted(pandas.Timestamp("2003"))]  # fmt: skip
    with pytest.raises(InvalidArgumentError, match="embargo of 50 rows"):
        TradingEnvironment(
            pandas.Series(PRICES, index),
            ranges={"train": ("2000", "2002-06"), "test": ("2002-07", "2003"), "embargo": 50},
        )


def test_rows_of_a_dataset_are_referred_to() -> None:
    reference = headgate.DatasetReference("spx", rows=(0, 900), columns="close")
    inputs = TradingEnvironment(reference, ranges={"train": (0, 600), "test": (600, 900)}).inputs
    assert inputs["prices"].to_wire() == {"ref": "spx", "rows": [0, 900], "columns": ["close"]}  # type: ignore[union-attr]
    with pytest.raises(InvalidArgumentError, match="ends at row 901, and prices has 900"):
        TradingEnvironment(reference, ranges={"train": (0, 600), "test": (600, 901)})


def test_weights_are_what_an_action_stands_for() -> None:
    discrete = layout_of({**LAYOUT, "actions": {"kind": "discrete", "targets": [-1.0, 0.0, 1.0]}})
    assert discrete is not None and discrete.weights(2).tolist() == [1]
    assert discrete.weights(np.array([0, 1])).tolist() == [[-1], [0]]
    several = {"kind": "portfolio", "low": -1.0, "high": 1.0, "gross_limit": 1.0}
    portfolio = layout_of({**LAYOUT, "assets": 2, "actions": several})
    assert portfolio is not None and portfolio.weights([3.0, -1.0]).tolist() == [0.5, -0.5]
    assert layout().weights([-7.0]).tolist() == [-1]


def test_an_observation_is_made_of_the_last_rows_alone() -> None:
    scaled = layout_of({**LAYOUT, "scaling": {"kind": "causal", "rows": 20, "clip": 2.0}})
    assert scaled is not None and scaled.history == 21
    whole = scaled.observe(PRICES, FEATURES, weights=0.5)
    assert whole.tolist() == scaled.observe(PRICES[-21:], FEATURES[-21:], weights=[0.5]).tolist()
    assert whole.dtype == np.float32 and whole.shape == (6,) and np.abs(whole[:4]).max() <= 2
    assert whole[4:].tolist() == [0.5, 0.5]
    returns = np.diff(np.log(PRICES[-21:]))
    assert whole[2] == pytest.approx(np.clip((returns[-1] - returns.mean()) / returns.std(), -2, 2), rel=1e-5)
    for prices, features, message in [
        (PRICES[:20], FEATURES[:20], "prices: has 20 rows, and an observation is made of 21"),
        (PRICES, None, "features: is missing"),
        (PRICES, FEATURES[:, :1], r"features: has 1 columns; this policy observes feature\[1\]"),
        (np.stack([PRICES, PRICES], 1), FEATURES, "prices: has 2 assets, and this policy has 1"),
    ]:
        with pytest.raises(InvalidArgumentError, match=message):
            scaled.observe(prices, features)


def test_a_wait_that_is_interrupted_cancels_the_job(gateway: PolicyGateway) -> None:
    async def begun() -> None:
        work = asyncio.ensure_future(PPO("MlpPolicy", TradingEnvironment(PRICES)).alearn(10))
        while not gateway.asked("subscribe"):
            await asyncio.sleep(0.01)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        while not gateway.asked("cancel_job"):
            await asyncio.sleep(0.01)

    gateway.state = "running"
    asyncio.run(asyncio.wait_for(begun(), 10))


@pytest.mark.parametrize("value", ["5", 2.5, True, [[1]], {"a": 1}, float("nan")], ids=repr)
@pytest.mark.parametrize(
    "field",
    [
        *("window", "episode_length", "n_envs", "columns", "include"),
        *("actions", "scaling", "reward", "ranges"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_its_field(field: str, value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"^{field}\b"):
        TradingEnvironment(np.ones(600), np.ones((600, 2)), **{field: value})


@pytest.mark.parametrize("value", ["5", True, [1.0], {"a": 1}, float("nan"), -1], ids=repr)
@pytest.mark.parametrize("field", ["cost", "slippage", "borrow", "periods_per_year"])
def test_an_amount_that_is_no_number_is_refused_by_its_field(field: str, value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"^{field}: must be a number of at least 0"):
        TradingEnvironment(np.ones(600), **{field: value})


@pytest.mark.parametrize("steps", [2.7, "9", None, float("nan"), True, 0], ids=repr)
def test_a_number_of_steps_is_not_rounded(steps: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"^total_timesteps: must be an integer"):
        PPO("MlpPolicy", TradingEnvironment(np.ones(600))).learn(steps)
