"""Whether a collected test uses a class, by its code: its names, its parameters and what it calls."""

from __future__ import annotations

from types import CodeType, FunctionType
from typing import Any


def uses(item: Any, kind: type) -> bool:
    """Whether the test names the class, has one as a parameter, or calls a function that does."""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    if any(_is_or_holds(value, kind) for value in parameters.values()):
        return True
    function = item.function
    return _reaches(getattr(function, "__wrapped__", function), kind, set())


def _reaches(function: FunctionType, kind: type, seen: set[int]) -> bool:
    if id(function) in seen:
        return False
    seen.add(id(function))
    for name in _names(function.__code__):
        value = function.__globals__.get(name)
        if _is_or_holds(value, kind):
            return True
        inside = isinstance(value, FunctionType) and value.__module__ == function.__module__
        if inside and _reaches(value, kind, seen):
            return True
    return False


def _names(code: CodeType) -> set[str]:
    inner = [const for const in code.co_consts if isinstance(const, CodeType)]
    return set(code.co_names).union(*map(_names, inner))


def _is_or_holds(value: Any, kind: type) -> bool:
    if value is kind or type(value) is kind:
        return True
    if isinstance(value, dict):
        value = list(value.values())
    return isinstance(value, list | tuple) and any(_is_or_holds(each, kind) for each in value)
