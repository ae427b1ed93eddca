"""The trainers' parameters, inputs and outputs, of the file that `npm run docs` makes of their schemas."""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..constraints import (
    FLAG,
    NOTHING,
    SEED,
    ArrayLike,
    Constraint,
    Constraints,
    OfType,
    Real,
    Whole,
    Words,
)

_WHOLE_DEFAULTS = frozenset({"p", "intercept_scaling"})
"""Parameters that take any number, and whose defaults scikit-learn has as integers."""

_FILE = Path(__file__).with_name("trainers.jsonl")


class TrainerEntry(NamedTuple):
    """One trainer."""

    trainer: str
    parameters: Mapping[str, Any]
    """Defaults by name, in the order of the library's constructor."""
    constraints: Constraints
    inputs: frozenset[str]
    allows_nan: bool
    multi_output: bool
    outputs: tuple[str, ...]
    predictions: tuple[str, ...]

    def signature(self, further: Mapping[str, Any]) -> inspect.Signature:
        """Of the constructor: scikit-learn gives the first parameter by its place at most."""
        kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        named = {**self.parameters, **further}
        given = [
            inspect.Parameter(name, kinds[min(at, 1)], default=default)
            for at, (name, default) in enumerate(named.items())
        ]
        return inspect.Signature([inspect.Parameter("self", kinds[0]), *given])


@functools.cache
def entries() -> Mapping[str, TrainerEntry]:
    """All trainers by name."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return {entry.trainer: entry for entry in map(_entry, lines)}


def _entry(line: str) -> TrainerEntry:
    told = json.loads(line)
    given = {each["name"]: each for each in told["parameters"]}
    return TrainerEntry(
        told["trainer"],
        {name: _default(each) for name, each in given.items()},
        {name: _constraints(name, each) for name, each in given.items()},
        frozenset(told["inputs"]),
        told["allowsNaN"],
        told["multiOutput"],
        tuple(told["outputs"]),
        tuple(told["predictions"]),
    )


def _default(parameter: Mapping[str, Any]) -> Any:
    """As the library has it: JSON knows neither 1.0 beside 1 nor tuples."""
    default = parameter["default"]
    if parameter["name"] in _WHOLE_DEFAULTS:
        return default
    kinds = {each["type"] for each in parameter["anyOf"]}
    is_number = isinstance(default, int) and not isinstance(default, bool)
    if is_number and "number" in kinds and ("integer" not in kinds or takes_one_as_share(parameter["anyOf"])):
        return float(default) if default in (0, 1) or "integer" not in kinds else default
    return tuple(default) if isinstance(default, list) else default


def takes_one_as_share(any_of: list[Mapping[str, Any]]) -> bool:
    """Whether 1 may be a count as well as a share: on the wire it is the share."""
    counts = any(each["type"] == "integer" and each.get("minimum", 0) <= 1 for each in any_of)
    return counts and any(each["type"] == "number" and each.get("maximum") == 1 for each in any_of)


def _constraints(name: str, parameter: Mapping[str, Any]) -> tuple[Constraint, ...]:
    if name == "random_state":
        return SEED
    any_of, default = parameter["anyOf"], parameter["default"]
    counts = any(each["type"] == "integer" for each in any_of)
    found = tuple(_constraint(each, counts) for each in any_of)
    is_other = isinstance(default, str) and not any(each.meets(default) for each in found)
    return (*found, Words((default,))) if is_other else found


def _constraint(told: Mapping[str, Any], counts: bool) -> Constraint:
    kind = told["type"]
    if kind == "string":
        return Words(tuple(told["values"]))
    if kind == "integer":
        return Whole(told.get("minimum", -(2**53)))
    if kind == "number":
        low = told.get("minimum", told.get("exclusiveMinimum", -float("inf")))
        high = told.get("maximum", told.get("exclusiveMaximum", float("inf")))
        closed = {side for side, end in (("left", "minimum"), ("right", "maximum")) if end in told}
        return Real(low, high, frozenset(closed), floats_only=counts)
    if kind == "boolean":
        return FLAG[0]
    if kind == "map":
        return OfType((dict,), "a dict")
    return NOTHING if kind == "null" else ArrayLike()
