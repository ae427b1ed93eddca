"""The table of trainers in ``docs/training.md``."""

import re
from collections.abc import Callable, Mapping

from headgate_trainer.registry import TensorSpec, Trainer, all_trainers

BEGIN, END = "<!-- trainers: begin -->", "<!-- trainers: end -->"
BETWEEN = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)


def with_table(page: str) -> str:
    """Put the table between its marks; what was there goes."""
    return BETWEEN.sub(lambda _: f"{BEGIN}\n{trainer_table()}\n{END}", page)


def trainer_table() -> str:
    """Write a row a trainer."""
    rows = [
        "| trainer | library | answers | NaN in X | `sample_weight` "
        "| several outputs | proven within |",
        "|---|---|---|---|---|---|---|",
    ]
    rows.extend(_row(trainer) for trainer in all_trainers().values())
    return "\n".join(rows)


def _row(trainer: Trainer) -> str:
    inputs = {spec.name: spec for spec in trainer.inputs}
    answers = ", ".join(f"`{spec.name}`" for spec in trainer.predictions) or "no model"
    cells = (
        f"`{trainer.name}`",
        trainer.library,
        answers,
        _word(inputs, "X", lambda spec: spec.allow_non_finite),
        "yes" if "sample_weight" in inputs else "no",
        _word(inputs, "y", lambda spec: bool(spec.other_shapes)),
        _tolerance(trainer),
    )
    return f"| {' | '.join(cells)} |"


def _word(inputs: Mapping[str, TensorSpec], name: str, holds: Callable[[TensorSpec], bool]) -> str:
    if name not in inputs:
        return "-"
    return "yes" if holds(inputs[name]) else "no"


def _tolerance(trainer: Trainer) -> str:
    if not trainer.predictions:
        return "-"
    if trainer.proven_within is None:
        return "as its estimator"
    relative = f"{trainer.proven_within.relative:.0e}".replace("e-0", "e-")
    names = [spec.name for spec in trainer.predictions]
    if names == ["labels"]:
        return "labels equal"
    return f"labels equal, {relative}" if "labels" in names else relative
