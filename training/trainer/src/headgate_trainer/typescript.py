"""Writes values as TypeScript, as the repository's formatter would lay them out."""

import json
import re
from typing import Any

WIDTH = 110
INDENT = "  "


class Inline(dict[str, Any]):
    """A map that is written in one line where it fits."""


def write_value(value: Any, depth: int = 0, before: int = 0, after: int = 1) -> str:
    """Write a value that begins ``before`` characters into its line, ``after`` follow it there."""
    if isinstance(value, dict):
        if isinstance(value, Inline):
            flat = _flat(value)
            if "\n" not in flat and before + len(flat) + after <= WIDTH:
                return flat
        return _map(value, depth)
    if isinstance(value, list | tuple):
        flat = _flat(value)
        if not _must_break(value) and before + len(flat) + after <= WIDTH and "\n" not in flat:
            return flat
        return _list(value, depth)
    return _scalar(value)


def _must_break(value: Any) -> bool:
    """Tell whether the formatter puts each item into its own line: maps and lists with several."""
    if any(isinstance(item, dict) and not isinstance(item, Inline) for item in value):
        return True
    return len(value) > 1 and any(
        all(isinstance(item, kind) and len(item) > 1 for item in value)
        for kind in (dict, list | tuple)
    )


def _map(value: dict[str, Any], depth: int) -> str:
    if not value:
        return "{}"
    inner = INDENT * (depth + 1)
    lines = []
    for name, item in value.items():
        head = f"{inner}{_key(name)}: "
        text = write_value(item, depth + 1, len(head))
        if isinstance(item, str) and len(head) + len(text) + 1 > WIDTH:
            lines.append(f"{head.rstrip()}\n{inner}{INDENT}{text},")
        else:
            lines.append(f"{head}{text},")
    return "{\n" + "\n".join(lines) + f"\n{INDENT * depth}}}"


def _list(value: Any, depth: int) -> str:
    inner = INDENT * (depth + 1)
    lines = [f"{inner}{write_value(item, depth + 1, len(inner))}," for item in value]
    return "[\n" + "\n".join(lines) + f"\n{INDENT * depth}]"


def _flat(value: Any) -> str:
    """Write a value in one line; a line break in the result tells that it cannot be."""
    if isinstance(value, dict):
        return (
            "{ " + ", ".join(f"{_key(name)}: {_flat(item)}" for name, item in value.items()) + " }"
        )
    if isinstance(value, list | tuple):
        if any(
            isinstance(item, list | tuple | dict) and _must_break_inside(item) for item in value
        ):
            return "\n"
        return "[" + ", ".join(_flat(item) for item in value) + "]"
    return _scalar(value)


def _must_break_inside(value: Any) -> bool:
    items = value.values() if isinstance(value, dict) else value
    lists = [item for item in items if isinstance(item, list | tuple)]
    return any(_must_break(item) for item in lists)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else json.dumps(name)


def _scalar(value: Any) -> str:
    if isinstance(value, float):
        text = repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        return re.sub(r"e([+-])0*(\d)", lambda m: f"e{m[1].replace('+', '')}{m[2]}", text)
    return json.dumps(value, ensure_ascii=False)
