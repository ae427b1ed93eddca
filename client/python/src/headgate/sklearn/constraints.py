"""What a constructor's parameters may be, with scikit-learn's bounds and words."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from .exceptions import invalid_parameter


class Constraint(Protocol):
    def meets(self, value: Any) -> bool:
        """Whether the value is allowed."""
        ...

    def __str__(self) -> str:
        """What is allowed, to be read after "must be"."""
        ...


@dataclass(frozen=True)
class Whole:
    """An integer from `low` on; a bool counts as 0 or 1, as in scikit-learn."""

    low: int

    def meets(self, value: Any) -> bool:
        return isinstance(value, numbers.Integral) and int(value) >= self.low

    def __str__(self) -> str:
        return f"an int in the range [{self.low}, inf)"


@dataclass(frozen=True)
class Jobs:
    """How many threads, taken and not used: joblib knows no 0."""

    def meets(self, value: Any) -> bool:
        return isinstance(value, numbers.Integral) and int(value) != 0

    def __str__(self) -> str:
        return "an int other than 0"


@dataclass(frozen=True)
class Real:
    """A number; the ends belong to the range where `closed` has their side's name."""

    low: float = -math.inf
    high: float = math.inf
    closed: frozenset[str] = frozenset({"left"})
    floats_only: bool = False
    """Whether an int is no such number: where it would mean a count and not a share."""

    def meets(self, value: Any) -> bool:
        kind = isinstance(value, numbers.Real)
        if not kind or (self.floats_only and isinstance(value, numbers.Integral)):
            return False
        number = float(value)
        above = number >= self.low if "left" in self.closed else number > self.low
        below = number <= self.high if "right" in self.closed else number < self.high
        return above and below

    def __str__(self) -> str:
        left, right = "[" if "left" in self.closed else "(", "]" if "right" in self.closed else ")"
        return f"a float in the range {left}{self.low}, {self.high}{right}"


@dataclass(frozen=True)
class Words:
    """One of some strings."""

    words: tuple[str, ...]

    def meets(self, value: Any) -> bool:
        return isinstance(value, str) and value in self.words

    def __str__(self) -> str:
        return "a str among {" + ", ".join(map(repr, self.words)) + "}"


@dataclass(frozen=True)
class Exactly:
    """One value and nothing else."""

    value: Any

    def meets(self, value: Any) -> bool:
        return value is self.value or (isinstance(value, np.bool_) and bool(value) is self.value)

    def __str__(self) -> str:
        return repr(self.value)


@dataclass(frozen=True)
class NotANumber:
    """NaN and nothing else."""

    def meets(self, value: Any) -> bool:
        return isinstance(value, numbers.Real) and math.isnan(value)

    def __str__(self) -> str:
        return "nan"


@dataclass(frozen=True)
class OfType:
    """Anything of some types."""

    types: tuple[type, ...]
    named: str

    def meets(self, value: Any) -> bool:
        return isinstance(value, self.types)

    def __str__(self) -> str:
        return self.named


@dataclass(frozen=True)
class ArrayLike:
    """What numpy makes an array of."""

    def meets(self, value: Any) -> bool:
        named = isinstance(value, str | bytes | dict)
        return not named and any(hasattr(value, name) for name in ("__len__", "shape", "__array__"))

    def __str__(self) -> str:
        return "an array-like"


@dataclass(frozen=True)
class Function:
    """Something to be called. It is called here: no function goes to the gateway."""

    def meets(self, value: Any) -> bool:
        return callable(value)

    def __str__(self) -> str:
        return "a callable"


@dataclass(frozen=True)
class Seed:
    """A `random_state`."""

    def meets(self, value: Any) -> bool:
        if value is None or isinstance(value, np.random.RandomState):
            return True
        return isinstance(value, numbers.Integral) and 0 <= int(value) < 2**32

    def __str__(self) -> str:
        return "an int in the range [0, 4294967295], a numpy.random.RandomState or None"


Constraints = Mapping[str, tuple[Constraint, ...]]
"""By parameter, what it may be: one of these."""

FLAG: tuple[Constraint, ...] = (OfType((bool, np.bool_), "a bool"),)
NOTHING = Exactly(None)
COUNT: tuple[Constraint, ...] = (Whole(1),)
TOLERANCE: tuple[Constraint, ...] = (Real(0.0),)
JOBS: tuple[Constraint, ...] = (Jobs(), NOTHING)
SEED: tuple[Constraint, ...] = (Seed(),)
VERBOSE: tuple[Constraint, ...] = (Whole(0), *FLAG)
SHARE = frozenset({"right"})
BOTH = frozenset({"left", "right"})
NEITHER: frozenset[str] = frozenset()


def require(estimator: str, constraints: Constraints, parameters: Mapping[str, Any]) -> None:
    """Hold the parameters against what they may be.

    :raises InvalidParameterError: naming the parameter, what is allowed and what was given
    """
    for name, allowed in constraints.items():
        value = parameters[name]
        if any(constraint.meets(value) for constraint in allowed):
            continue
        texts = [str(constraint) for constraint in allowed]
        text = " or ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)
        raise invalid_parameter(
            f"The {name!r} parameter of {estimator} must be {text}. Got {value!r} instead."
        )


def sent(value: Any, allowed: tuple[Constraint, ...]) -> Any:
    """As it goes to the gateway: no numpy scalar, and no bool where that stood for a number."""
    plain = value.item() if isinstance(value, np.generic) else value
    flags = any(isinstance(each, OfType | Exactly) and each.meets(False) for each in allowed)
    return int(plain) if isinstance(plain, bool) and not flags else plain
