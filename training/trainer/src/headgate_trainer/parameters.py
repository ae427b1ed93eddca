"""Parameters of trainers: their constraints, and reading the values of a request.

MessagePack and JSON do not keep 1 and 1.0 apart once JavaScript has read them. A number is
therefore given to the library as an integer where an integer is allowed, and otherwise as a float.
Where 1 is allowed as both (``max_features``: one column, or all of them), it is the share 1.0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headgate_trainer.failure import invalid

Constraint = Mapping[str, Any]
"""A constraint as in the gateway's ``NestedConstraint``; ``is_tuple`` marks a list for Python."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of a trainer; the fields are those of the gateway's ``NestedParameterSpec``."""

    name: str
    description: str
    default: Any
    any_of: tuple[Constraint, ...]
    required: bool = False


def read_values(given: Mapping[str, Any], parameters: Sequence[Parameter]) -> dict[str, Any]:
    """Check the names, convert each value to the library's kind, and fill in defaults."""
    return _read_record("parameters", given, parameters)


def _read_record(
    path: str, given: Mapping[str, Any], parameters: Sequence[Parameter]
) -> dict[str, Any]:
    known = {parameter.name: parameter for parameter in parameters}
    for name in given:
        if name not in known:
            names = ", ".join(known)
            raise invalid(f"{path}.{name}: there is no such parameter; there are {names}")
    values: dict[str, Any] = {}
    for name, parameter in known.items():
        if name in given:
            values[name] = read_value(f"{path}.{name}", given[name], parameter.any_of)
        elif parameter.required:
            raise invalid(f"{path}.{name}: is missing")
        elif isinstance(parameter.default, dict):
            # The fields that a map leaves out have defaults of their own.
            values[name] = read_value(f"{path}.{name}", parameter.default, parameter.any_of)
        else:
            values[name] = parameter.default
    return values


def read_value(path: str, value: Any, any_of: Sequence[Constraint]) -> Any:
    """Convert a value by the first constraint that it meets, or refuse it."""
    if _is_number(value) and value == 1 and _ambiguous(any_of):
        return 1.0
    order = {"integer": 0}
    for constraint in sorted(any_of, key=lambda each: order.get(each["type"], 1)):
        met, result = _meet(path, value, constraint)
        if met:
            return result
    raise invalid(f"{path}: must be {' or '.join(describe(each) for each in any_of)}")


def _ambiguous(any_of: Sequence[Constraint]) -> bool:
    kinds = {each["type"] for each in any_of if each["type"] in NUMBERS and _within(1, each)}
    return len(kinds) == 2


NUMBERS = ("integer", "number")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _within(value: float, constraint: Constraint) -> bool:
    least: float = constraint.get("minimum", value)
    most: float = constraint.get("maximum", value)
    above: float = constraint.get("exclusiveMinimum", float("-inf"))
    below: float = constraint.get("exclusiveMaximum", float("inf"))
    return least <= value <= most and above < value < below


def _meet(path: str, value: Any, constraint: Constraint) -> tuple[bool, Any]:
    kind = constraint["type"]
    if kind in NUMBERS:
        return _meet_number(value, constraint)
    if kind == "null":
        return value is None, None
    if kind == "boolean":
        return isinstance(value, bool), value
    if kind == "string":
        return isinstance(value, str) and value in constraint["values"], value
    if kind == "text":
        return isinstance(value, str) and len(value) <= constraint["lengthMax"], value
    if kind == "list":
        return _meet_list(path, value, constraint)
    if kind == "map":
        return _meet_map(path, value, constraint)
    if kind == "record":
        return _meet_record(path, value, constraint)
    return _meet_trainer(path, value, constraint)


def _meet_number(value: Any, constraint: Constraint) -> tuple[bool, Any]:
    if not _is_number(value) or not _within(value, constraint):
        return False, None
    if constraint["type"] == "number":
        return True, float(value)
    return float(value).is_integer(), int(value)


def _meet_list(path: str, value: Any, constraint: Constraint) -> tuple[bool, Any]:
    shortest, longest = constraint.get("lengthMin", 0), constraint["lengthMax"]
    if not isinstance(value, list | tuple) or not shortest <= len(value) <= longest:
        return False, None
    items = [
        read_value(f"{path}[{at}]", item, constraint["items"]) for at, item in enumerate(value)
    ]
    return True, tuple(items) if constraint.get("is_tuple") else items


def _meet_map(path: str, value: Any, constraint: Constraint) -> tuple[bool, Any]:
    if not isinstance(value, dict) or len(value) > constraint["lengthMax"]:
        return False, None
    values = constraint["values"]
    return True, {name: read_value(f"{path}.{name}", v, values) for name, v in value.items()}


def _meet_record(path: str, value: Any, constraint: Constraint) -> tuple[bool, Any]:
    if not isinstance(value, dict):
        return False, None
    # Of several records the one is meant whose fixed strings are the given ones.
    for each in constraint["fields"]:
        fixed = [one for one in each.any_of if one["type"] == "string"]
        if each.required and fixed and value.get(each.name) not in fixed[0]["values"]:
            return False, None
    return True, _read_record(path, value, constraint["fields"])


def _meet_trainer(path: str, value: Any, constraint: Constraint) -> tuple[bool, Any]:
    if not isinstance(value, dict) or not isinstance(value.get("parameters", {}), dict):
        return False, None
    if value.get("trainer") not in constraint["names"]:
        raise invalid(f"{path}.trainer: must be one of {', '.join(constraint['names'])}")
    for name in value:
        if name not in ("trainer", "parameters"):
            raise invalid(f"{path}.{name}: there is only trainer and parameters")
    return True, {"trainer": value["trainer"], "parameters": value.get("parameters", {})}


def _fixed(field: Parameter) -> str:
    values = [each for each in field.any_of if each["type"] == "string"]
    return f"{field.name} {describe(values[0])}" if field.required and values else field.name


def describe(constraint: Constraint) -> str:
    """Tell in words what a constraint allows."""
    kind = constraint["type"]
    if kind in NUMBERS:
        word = "an integer" if kind == "integer" else "a number"
        bounds = [
            f"{text} {constraint[name]}"
            for name, text in (
                ("minimum", "at least"),
                ("exclusiveMinimum", "above"),
                ("maximum", "at most"),
                ("exclusiveMaximum", "below"),
            )
            if name in constraint
        ]
        return " ".join([word, " and ".join(bounds)]).strip()
    if kind == "string":
        return " or ".join(f'"{value}"' for value in constraint["values"])
    if kind == "record":
        return f"a map with {', '.join(_fixed(field) for field in constraint['fields'])}"
    words = {
        "null": "null",
        "boolean": "true or false",
        "text": "a string",
        "map": "a map",
        "trainer": "a map of trainer and parameters",
    }
    return words.get(kind, f"a list of at most {constraint.get('lengthMax')} items")
