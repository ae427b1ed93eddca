"""The ranges of rows that a policy is trained on, chosen by, and evaluated on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from headgate_trainer.failure import invalid

FIELD = "parameters.environment.ranges"
NAMES = ("train", "validation", "test")
Range = tuple[int, int]


@dataclass(frozen=True)
class Ranges:
    """Half-open ranges of rows. The last row of a range is traded to, and not from."""

    train: Range
    validation: Range | None
    test: Range | None

    def named(self, name: str) -> Range | None:
        """Find a range by its name."""
        found: Range | None = getattr(self, name)
        return found


def resolve_ranges(options: Mapping[str, Any], rows: int, first: int) -> Ranges:
    """Read the parameter ``ranges``, and refuse overlap.

    ``first`` is the first row that is observed with its whole history: a range that begins before
    it is stepped through from there.
    """
    if rows - first < 2:
        raise invalid(
            f"inputs.prices: has {rows} rows, and the window, the scaling and a step need at least "
            f"{first + 2}; send more, or take fewer scaling.rows"
        )
    if options["kind"] == "shares":
        return _by_shares(options, rows, first)
    return _by_rows(options, rows, first)


def _by_shares(options: Mapping[str, Any], rows: int, first: int) -> Ranges:
    shares = [options[name] for name in NAMES]
    if shares[0] == 0:
        raise invalid(f"{FIELD}.train: must be above 0")
    if sum(shares) > 1 + 1e-9:
        raise invalid(f"{FIELD}: the shares add up to {sum(shares):g}, and at most to 1")
    left = rows - first - options["embargo"] * (sum(share > 0 for share in shares) - 1)
    found: list[Range | None] = []
    begin = first
    for name, share in zip(NAMES, shares, strict=True):
        end = begin + int(left * share + 1e-9)
        if share > 0 and end - begin < 2:
            raise invalid(
                f"{FIELD}.{name}: has {max(0, end - begin)} rows of the {rows - first} that can "
                "be used, and needs at least 2"
            )
        found.append((begin, end) if share > 0 else None)
        begin = end + options["embargo"] if share > 0 else begin
    return _made(found)


def _by_rows(options: Mapping[str, Any], rows: int, first: int) -> Ranges:
    found: list[Range | None] = []
    before: tuple[str, int] | None = None
    for name in NAMES:
        given = options[name]
        if given is None:
            found.append(None)
            continue
        begin, end = given
        if end > rows:
            raise invalid(f"{FIELD}.{name}: ends at row {end}, and prices has {rows}")
        if before is not None:
            _require_apart(name, begin, before, options["embargo"])
        if end - max(begin, first) < 2:
            raise invalid(
                f"{FIELD}.{name}: [{begin}, {end}] has no step: it needs 2 rows, from row {first} "
                "on, which is the first with a whole window and scaling"
            )
        found.append((max(begin, first), end))
        before = (name, end)
    return _made(found)


def _require_apart(name: str, begin: int, before: tuple[str, int], embargo: int) -> None:
    other, end = before
    if begin < end:
        raise invalid(
            f"{FIELD}.{name}: begins at row {begin}, and {other} ends at {end}: they overlap"
        )
    if begin < end + embargo:
        raise invalid(
            f"{FIELD}.{name}: begins at row {begin}, and {other} ends at {end}; an embargo of "
            f"{embargo} rows asks for row {end + embargo} or a later one"
        )


def _made(found: list[Range | None]) -> Ranges:
    train, validation, test = found
    if train is None:
        raise invalid(f"{FIELD}.train: is missing")
    return Ranges(train, validation, test)
