"""What a training of policies made, in Markdown, as it is: every seed beside holding and flat."""

from collections.abc import Mapping, Sequence
from typing import Any

from headgate_trainer.policies.checkpoint import SeedState
from headgate_trainer.policies.evaluation import Evaluation
from headgate_trainer.policies.signature import FIGURES

_HEAD = ("", "total return", "Sharpe ratio", "max drawdown", "turnover a year")


def summary_of(
    algorithm: str,
    values: Mapping[str, Any],
    states: Sequence[SeedState],
    chosen: int,
    evaluations: Mapping[str, Mapping[str, Sequence[Evaluation]]],
) -> str:
    """Write the summary; ``evaluations`` are by range, and in it of seeds, holding and flat."""
    parts = [_opening(algorithm, values, states, chosen)]
    for name, found in evaluations.items():
        lines = [
            (f"seed {state.seed}{' (this model)' if at == chosen else ''}", found["seeds"][at])
            for at, state in enumerate(states)
        ]
        lines += [("holding", found["holding"][0]), ("flat", found["flat"][0])]
        rows = [_line(label, each) for label, each in lines]
        parts.append(f"{_title(name)}\n\n" + "\n".join([*_header(), *rows]))
        if name == "test":
            parts.append(_verdict(states, found))
    return "\n\n".join(parts)


def _opening(
    algorithm: str, values: Mapping[str, Any], states: Sequence[SeedState], chosen: int
) -> str:
    steps = ", ".join(
        f"{state.timesteps:,} steps with seed {state.seed}"
        + (f" (kept: after {state.best_timesteps:,})" if state.best_timesteps else "")
        for state in states
    )
    metric = values["eval_metric"].replace("_", " ")
    by = (
        f"Seed {states[chosen].seed} is the model: its {metric} on the validation range is best."
        if states[chosen].score is not None and len(states) > 1
        else f"Seed {states[chosen].seed} is the model."
    )
    return f"`{algorithm}` was trained for {steps}. {by}"


def _title(name: str) -> str:
    told = "which chose the model" if name == "validation" else "which nothing was chosen by"
    return f"On the {name} range, {told}, after costs:"


def _header() -> list[str]:
    return ["| " + " | ".join(_HEAD) + " |", "|" + "---|" * len(_HEAD)]


def _line(label: str, evaluation: Evaluation) -> str:
    total, sharpe, drawdown, turnover = (evaluation.figures()[name] for name in FIGURES)
    return f"| {label} | {total:+.2%} | {sharpe:+.2f} | {drawdown:.2%} | {turnover:.1f} |"


def _verdict(states: Sequence[SeedState], found: Mapping[str, Sequence[Evaluation]]) -> str:
    earned = [each.figures()["total_return"] for each in found["seeds"]]
    held = found["holding"][0].figures()["total_return"]
    than_held, than_flat = (sum(each > other for each in earned) for other in (held, 0.0))
    of = f"of {len(states)} seed{'s' if len(states) > 1 else ''}"
    return f"There {than_held} {of} earned more than holding, and {than_flat} {of} more than flat."
