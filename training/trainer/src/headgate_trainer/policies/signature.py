"""The inputs and outputs of the trainers of policies, and the outputs of their models."""

from headgate_trainer.policies.algorithm_parameters import Algorithm
from headgate_trainer.registry import TensorSpec
from headgate_trainer.signature import FLOATS

_FLOAT, _INT, _INDEX, _TEXT = ("FP64",), ("INT64",), ("INT32",), ("BYTES",)

INPUTS = (
    TensorSpec(
        "prices",
        FLOATS,
        ("rows", "assets"),
        "The price of each asset at each row, in the order of time; every one is above 0.",
    ),
    TensorSpec(
        "features",
        FLOATS,
        ("rows", "columns"),
        "What else is known at each row, such as indicators, without anything of a later row.",
        optional=True,
    ),
)

FIGURES = {
    "total_return": "total return",
    "sharpe": "Sharpe ratio of a year",
    "max_drawdown": "largest drawdown as a share of the highest equity before",
    "turnover": "value traded in a year as a share of the equity",
}
"""What is told of a policy on a range, after costs."""


def _of_range(name: str) -> list[TensorSpec]:
    figures = [
        TensorSpec(
            f"{name}_{figure}",
            _FLOAT,
            ("seeds",),
            f"The {text}, on the {name} range after costs, for each seed.",
            optional=True,
        )
        for figure, text in FIGURES.items()
    ]
    order = ", ".join(FIGURES)
    others = [
        TensorSpec(
            f"{name}_{other}",
            _FLOAT,
            ("figures",),
            f"The figures of {what} on the {name} range after costs: {order}.",
            optional=True,
        )
        for other, what in (
            ("holding", "buying equal shares of all assets at its start and holding them"),
            ("flat", "holding nothing"),
        )
    ]
    score = TensorSpec(
        f"{name}_score",
        _FLOAT,
        (),
        f"The eval_metric of the exported policy on the {name} range.",
        optional=True,
    )
    return [*figures, *others, score]


def _curve(name: str, text: str, *, optional: bool = False) -> TensorSpec:
    return TensorSpec(
        f"{name}_curve",
        _FLOAT,
        ("seeds", "points"),
        f"{text}; NaN where a seed has no such point.",
        optional=optional,
        allow_non_finite=True,
    )


OUTPUTS = (
    TensorSpec("seeds", _INT, ("seeds",), "The seeds, in the order of the other outputs."),
    TensorSpec(
        "chosen_seed",
        _INT,
        (),
        "The seed of the exported policy: the best on the validation range.",
    ),
    TensorSpec(
        "timesteps", _INT, ("seeds",), "The number of steps that each seed was trained for."
    ),
    TensorSpec(
        "best_timesteps",
        _INT,
        ("seeds",),
        "The number of steps after which the kept state of each seed was reached.",
    ),
    TensorSpec("steps_per_second", _FLOAT, (), "The steps of all seeds by the seconds of the fit."),
    _curve("timesteps", "The number of steps at each point of a seed's learning curve"),
    _curve("reward", "The mean reward of a training step since the point before"),
    _curve("loss", "The loss of the last update"),
    _curve("entropy", "The mean entropy of the actions in the last update", optional=True),
    _curve("validation", "The eval_metric on the validation range", optional=True),
    TensorSpec(
        "ranges",
        _INDEX,
        (3, 2),
        "The half-open ranges of rows that are stepped through, of train, validation and test; "
        "one that there is not is empty.",
    ),
    *_of_range("validation"),
    *_of_range("test"),
    TensorSpec(
        "test_equity",
        _FLOAT,
        ("seeds", "test_rows"),
        "The equity of each seed at each row of the test range, which begins with 1; absent where "
        "all have more than 4,000,000 values.",
        optional=True,
    ),
    TensorSpec(
        "test_holding_equity",
        _FLOAT,
        ("test_rows",),
        "The equity of holding at each row of the test range, which begins with 1.",
        optional=True,
    ),
    TensorSpec(
        "observation_layout",
        _TEXT,
        (),
        "The layout of the model's observation as JSON: its numbers by name, the window, the "
        "scaling, and what the actions stand for.",
    ),
    TensorSpec(
        "summary", _TEXT, (), "What was trained, and how it did beside holding, as Markdown."
    ),
)

OBSERVATION = TensorSpec(
    "observation",
    ("FP32",),
    ("batch", "numbers"),
    "The observation, by the layout that the training answered as `observation_layout`.",
)

_ACTION = TensorSpec(
    "action",
    ("FP32", "INT64"),
    ("batch", "assets"),
    "The action, within its bounds: weights as stable-baselines3 answers them, or the number of "
    "a discrete action.",
    other_shapes=(("batch",),),
)
_WEIGHTS = TensorSpec(
    "weights",
    ("FP32",),
    ("batch", "assets"),
    "The weights to hold until the next row, as shares of the equity: what the action stands for, "
    "within the gross limit.",
)
_Q_VALUES = TensorSpec(
    "q_values",
    ("FP32",),
    ("batch", "actions"),
    "The discounted reward that is expected of each discrete action.",
)


def predictions(algorithm: Algorithm) -> tuple[TensorSpec, ...]:
    """List the outputs of the model."""
    return (_ACTION, *([_Q_VALUES] if algorithm == "dqn" else []), _WEIGHTS)
