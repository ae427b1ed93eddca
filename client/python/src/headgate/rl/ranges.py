"""The ranges that a policy is trained on, chosen by and evaluated on, checked before anything is sent."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError

NAMES = ("train", "validation", "test")


def wire_ranges(ranges: Mapping[str, Any] | None, index: Any, rows: int | None, first: int) -> dict[str, Any]:
    """As the protocol has them.

    :param ranges: `train`, `validation`, `test`, each a share of the rows or a pair: of row numbers, or of
        what pandas' index has, such as dates, half-open; and `embargo`, in rows
    :param index: of the pandas table; None for other data
    :param rows: how many rows there are; None where only the gateway knows
    :param first: the first row with its whole history
    :raises InvalidArgumentError: for ranges that overlap or leak, naming the range
    """
    if ranges is None:
        return {"kind": "shares"}
    given = dict(ranges)
    kind = given.pop("kind", None)
    unknown = [name for name in given if name not in (*NAMES, "embargo")]
    if unknown:
        raise InvalidArgumentError(
            f"ranges.{unknown[0]}: is unknown; there are {', '.join(NAMES)} and embargo"
        )
    embargo = given.pop("embargo", 0)
    if isinstance(embargo, bool) or not isinstance(embargo, int | np.integer) or embargo < 0:
        raise InvalidArgumentError(f"ranges.embargo: must be a number of rows, got {embargo!r}")
    named = {name: value for name, value in given.items() if value is not None}
    if not named and kind is None:
        return {"kind": "shares", "embargo": int(embargo)}
    numbers = [isinstance(value, int | float | np.number) for value in named.values()]
    if kind == "shares" or (kind is None and all(numbers)):
        return _shares(named, int(embargo))
    if any(numbers) or kind not in (None, "rows"):
        raise InvalidArgumentError("ranges: must be shares of the rows throughout, or pairs throughout")
    found = {name: _pair(name, value, index) for name, value in named.items()}
    _require_apart(found, int(embargo), rows, first)
    return {"kind": "rows", **found, "embargo": int(embargo)}


def _shares(named: Mapping[str, Any], embargo: int) -> dict[str, Any]:
    for name, share in named.items():
        if isinstance(share, bool) or not isinstance(share, int | float | np.number) or not 0 <= share <= 1:
            raise InvalidArgumentError(f"ranges.{name}: must be a share from 0 to 1, got {share!r}")
    # What is not named has no share: the defaults would not add up to 1 with those that are.
    shares = {name: float(named.get(name, 0.0)) for name in NAMES}
    if shares["train"] == 0:
        raise InvalidArgumentError("ranges.train: must be above 0")
    if sum(shares.values()) > 1 + 1e-9:
        raise InvalidArgumentError(f"ranges: the shares add up to {sum(shares.values()):g}, and at most to 1")
    return {"kind": "shares", **shares, "embargo": embargo}


def _pair(name: str, value: Any, index: Any) -> list[int]:
    if isinstance(value, slice):
        value = (value.start, value.stop)
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise InvalidArgumentError(f"ranges.{name}: must be a pair [from, to], got {value!r}")
    if all(isinstance(each, int | np.integer) and not isinstance(each, bool) for each in value):
        begin, end = map(int, value)
        if begin < 0:
            raise InvalidArgumentError(f"ranges.{name}: begins at row {begin}")
    else:
        begin, end = _places(name, value, index)
    if end - begin < 2:
        raise InvalidArgumentError(
            f"ranges.{name}: [{begin}, {end}] has {max(0, end - begin)} rows, and needs at least 2"
        )
    return [begin, end]


def _places(name: str, value: Any, index: Any) -> tuple[int, int]:
    """Rows by the labels of an index that ascends, such as dates."""
    pandas = sys.modules.get("pandas")
    if index is None or pandas is None:
        raise InvalidArgumentError(
            f"ranges.{name}: {value!r} are no row numbers, and the data has no index to look them up in"
        )
    if not index.is_monotonic_increasing:
        raise InvalidArgumentError(f"ranges.{name}: the data's index must ascend to look {value!r} up in it")
    try:
        labels = [
            pandas.Timestamp(each) if isinstance(index, pandas.DatetimeIndex) else each for each in value
        ]
        begin, end = (int(index.searchsorted(each)) for each in labels)
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(
            f"ranges.{name}: {value!r} cannot be found in the data's index: {error}"
        ) from None
    return begin, end


def _require_apart(found: Mapping[str, list[int]], embargo: int, rows: int | None, first: int) -> None:
    if "train" not in found:
        raise InvalidArgumentError("ranges.train: is missing")
    before: tuple[str, int] | None = None
    for name in NAMES:
        if name not in found:
            continue
        begin, end = found[name]
        if rows is not None and end > rows:
            raise InvalidArgumentError(f"ranges.{name}: ends at row {end}, and prices has {rows}")
        if before is not None and begin < before[1]:
            raise InvalidArgumentError(
                f"ranges.{name}: begins at row {begin}, and {before[0]} ends at {before[1]}: they overlap"
            )
        if before is not None and begin < before[1] + embargo:
            raise InvalidArgumentError(
                f"ranges.{name}: begins at row {begin}, and {before[0]} ends at {before[1]}; an embargo of "
                f"{embargo} rows asks for row {before[1] + embargo} or a later one"
            )
        if end - max(begin, first) < 2:
            raise InvalidArgumentError(
                f"ranges.{name}: [{begin}, {end}] has no step: it needs 2 rows, from row {first} on, which "
                "is the first with a whole window and scaling"
            )
        before = (name, end)
