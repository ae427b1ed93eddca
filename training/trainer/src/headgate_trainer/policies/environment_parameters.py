"""The parameters of the trading environment."""

from typing import Any

from headgate_trainer.boosting.kinds import NOT_NEGATIVE, NULL, POSITIVE, integer, one_of
from headgate_trainer.parameters import Constraint, Parameter

WINDOW_MAX, HISTORY_MAX, COLUMNS_MAX = 1024, 4096, 1024
ENVIRONMENTS_MAX = 1024
TARGETS_MAX, ASSETS_MAX = 256, 256
INCLUDED = ("returns", "position", "cash", "time_in_trade")
_WEIGHT: Constraint = {"type": "number", "minimum": -100, "maximum": 100}
_SHARE: Constraint = {"type": "number", "minimum": 0, "maximum": 1}
_BASIS_POINTS: Constraint = {"type": "number", "minimum": 0, "maximum": 10_000}


def one(name: str, description: str, default: Any, *any_of: Constraint) -> Parameter:
    """Make a field; one whose default is null may be null."""
    return Parameter(name, description, default, (*any_of, *((NULL,) if default is None else ())))


def a_record(kind: str, *fields: Parameter) -> Constraint:
    """Allow a map whose ``kind`` is this one."""
    name = Parameter("kind", "The kind.", kind, (one_of(kind),), required=True)
    return {"type": "record", "fields": [name, *fields]}


def list_of(item: Constraint, shortest: int, longest: int) -> Constraint:
    """Allow a list."""
    return {"type": "list", "items": (item,), "lengthMin": shortest, "lengthMax": longest}


# fmt: off
_LOW = one("low", "The smallest weight of an asset as a share of the equity; a negative one is short.", -1.0, _WEIGHT)
_HIGH = one("high", "The largest weight of an asset as a share of the equity; above 1 it is bought with borrowed cash.", 1.0, _WEIGHT)
_TARGETS: tuple[Constraint, ...] = (_WEIGHT, list_of(_WEIGHT, 1, ASSETS_MAX))
DISCRETE = a_record(
    "discrete",
    one("targets", "The weights that the actions 0, 1, 2, … stand for, as shares of the equity; with several assets each is a list with a weight an asset.", [-1.0, 0.0, 1.0],
        {"type": "list", "items": _TARGETS, "lengthMin": 2, "lengthMax": TARGETS_MAX}),
)
ACTIONS = (
    DISCRETE,
    a_record("weight", _LOW, _HIGH),
    a_record("portfolio", _LOW, _HIGH, one("gross_limit", "The largest sum of the weights' absolute values; an action beyond it is scaled down to it.", 1.0, POSITIVE)),
)
_SCALE = one("scale", "The factor of the reward; with 100 a log return is in per cent.", 100.0, POSITIVE)
REWARDS = (
    a_record("log_return", _SCALE),
    a_record(
        "differential_sharpe",
        one("rate", "The share with which each row's return enters the running mean and the running mean square.", 0.01, {"type": "number", "exclusiveMinimum": 0, "maximum": 1}),
        one("initial_volatility", "The standard deviation of a row's return that an episode begins with.", 0.01, POSITIVE),
        one("scale", "The factor of the reward.", 1.0, POSITIVE),
    ),
    a_record(
        "drawdown_penalised",
        one("penalty", "How much an increase of the drawdown since the episode's highest equity is weighed beside the log return.", 1.0, NOT_NEGATIVE),
        _SCALE,
    ),
)
SCALING = (
    a_record(
        "causal",
        one("rows", "The number of rows up to the one observed whose mean and standard deviation scale each column; no later row is read.", 252, integer(2, HISTORY_MAX)),
        one("clip", "The largest absolute value of a scaled column; null does not limit it.", 10.0, POSITIVE, NULL),
    ),
    a_record("none"),
)


def _rows_of(name: str, required: bool) -> Parameter:
    text = f"The half-open range of rows, [from, to], of the {name} range{'' if required else '; null: none'}."
    pair = list_of(integer(0), 2, 2)
    return Parameter(name, text, None, (pair,) if required else (pair, NULL), required)


_EMBARGO = one("embargo", "The number of rows between a range and the next that no range has.", 0, integer(0))
RANGES = (
    a_record(
        "shares",
        one("train", "The share of the rows that the policy is trained on, from the first usable row on.", 0.6, _SHARE),
        one("validation", "The share of the rows behind them that choose among states and seeds; 0: none.", 0.2, _SHARE),
        one("test", "The share of the rows behind those that the policy is evaluated on; 0: none.", 0.2, _SHARE),
        _EMBARGO,
    ),
    a_record("rows", _rows_of("train", True), _rows_of("validation", False), _rows_of("test", False), _EMBARGO),
)


def environment(
    actions: dict[str, Any], allowed: tuple[Constraint, ...], n_envs: int
) -> Parameter:
    """Describe the environment; ``actions`` and ``n_envs`` are defaults."""
    fields = [
        one("window", "The number of rows of the columns in an observation, the oldest first.", 1, integer(1, WINDOW_MAX)),
        one("columns", "The columns of features that are observed; null: all.", None, list_of(integer(0, COLUMNS_MAX - 1), 0, COLUMNS_MAX)),
        one("include", "What is observed beside the features: the assets' last log returns, as columns before them, and behind the window the weights held, the share in cash, and ln(1 + rows) since each position last changed its sign.", list(INCLUDED), list_of(one_of(*INCLUDED), 0, len(INCLUDED))),
        one("scaling", "How the columns are scaled.", {"kind": "causal"}, *SCALING),
        one("actions", "What an action stands for: the weights of the assets until the next row, as shares of the equity.", actions, *allowed),
        one("cost", "The cost of trading, in basis points of the value traded.", 1.0, _BASIS_POINTS),
        one("slippage", "The difference between the price traded at and the row's price, in basis points of the value traded.", 0.0, _BASIS_POINTS),
        one("borrow", "The fee for what is sold short and for borrowed cash, in basis points per year.", 0.0, _BASIS_POINTS),
        one("periods_per_year", "The number of rows that are a year, for the borrow fee and the Sharpe ratio.", 252.0, POSITIVE),
        one("reward", "What the policy is rewarded with for each row.", {"kind": "log_return"}, *REWARDS),
        one("episode_length", "The number of rows of a training episode, which begins at a random row of the training range; null: the whole range.", 252, integer(1), NULL),
        one("ranges", "The rows that the policy is trained on, chosen by and evaluated on, in this order.", {"kind": "shares"}, *RANGES),
        one("n_envs", "The number of environments that are stepped at once.", n_envs, integer(1, ENVIRONMENTS_MAX)),
    ]
    return Parameter("environment", "The market and its rules: what is observed, what an action is, what it costs, and what is rewarded.", {}, ({"type": "record", "fields": fields},))
# fmt: on
