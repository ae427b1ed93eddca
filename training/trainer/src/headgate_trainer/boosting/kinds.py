"""Constraints that the parameters of both libraries have."""

from typing import Any

from headgate_trainer.parameters import Constraint, Parameter

NULL: Constraint = {"type": "null"}
BOOLEAN: Constraint = {"type": "boolean"}
COLUMNS_MAX = 65_536
INT32_MAX = 2_147_483_647

SHARE: Constraint = {"type": "number", "exclusiveMinimum": 0, "maximum": 1}
POSITIVE: Constraint = {"type": "number", "exclusiveMinimum": 0}
NOT_NEGATIVE: Constraint = {"type": "number", "minimum": 0}
NUMBER: Constraint = {"type": "number"}
COLUMN: Constraint = {"type": "integer", "minimum": 0, "maximum": COLUMNS_MAX - 1}
DIRECTIONS: Constraint = {
    "type": "list",
    "items": ({"type": "integer", "minimum": -1, "maximum": 1},),
    "lengthMax": COLUMNS_MAX,
}
GROUPS: Constraint = {
    "type": "list",
    "items": ({"type": "list", "items": (COLUMN,), "lengthMax": COLUMNS_MAX},),
    "lengthMax": COLUMNS_MAX,
}


def integer(smallest: int, largest: int = INT32_MAX) -> Constraint:
    """Allow integers of a range."""
    return {"type": "integer", "minimum": smallest, "maximum": largest}


def one_of(*values: str) -> Constraint:
    """Allow these strings."""
    return {"type": "string", "values": list(values)}


def some_of(*values: str) -> tuple[Constraint, Constraint]:
    """Allow one of these strings, or a list of them."""
    one = one_of(*values)
    return one, {"type": "list", "items": (one,), "lengthMin": 1, "lengthMax": len(values)}


def parameter(name: str, default: Any, description: str, *any_of: Constraint) -> Parameter:
    """Make a parameter; one whose default is null may be null."""
    allowed = (*any_of, NULL) if default is None and NULL not in any_of else any_of
    return Parameter(name, description, default, allowed)


THREADS = "Accepted for the library's callers: the number of threads is the gateway's setting."
