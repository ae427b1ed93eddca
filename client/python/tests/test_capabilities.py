"""The table of capabilities names all that the Python client offers, and nothing else.

The tests of the TypeScript client do the same with theirs.
"""

from __future__ import annotations

import inspect
import json
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

import headgate

TABLE = json.loads((Path(__file__).parents[2] / "capabilities.json").read_text())
ROWS: list[dict[str, Any]] = [row for section in TABLE["sections"] for row in section["rows"]]
OURS = [row for row in ROWS if row["python"] is not None]
CALLS = {row["python"][:-2]: row for row in OURS if row["python"].endswith("()")}
NAMES = {row["python"]: row for row in OURS if not row["python"].endswith("()")}


def snake(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), name)


def listed(row: dict[str, Any]) -> set[str]:
    """The Python names of a row's members, and those that only the client's own modules use."""
    names = set(row.get("internal", ()))
    for member in row.get("members", ()):
        theirs, equals, ours = (part.strip() for part in member.partition("="))
        names.add(ours if equals else snake(theirs))
    return {name for name in names if name and "()" not in name}


def members(kind: type) -> set[str]:
    """The public names of a class, with those that its instances are given when they are made."""
    found: set[str] = set()
    for base in kind.__mro__:
        if not base.__module__.startswith("headgate"):
            continue
        found |= set(vars(base)) | set(vars(base).get("__annotations__", {}))
        if "__init__" in vars(base) and not hasattr(base, "__dataclass_fields__"):
            source = textwrap.dedent(inspect.getsource(base.__init__))
            found |= set(re.findall(r"^\s+self\.(\w+)(?:: [^=]+)? =", source, re.MULTILINE))
            found |= {
                name
                for names in re.findall(r"^\s+(self\.\w+(?:, self\.\w+)+) =", source, re.MULTILINE)
                for name in re.findall(r"self\.(\w+)", names)
            }
    found |= {name for name in ("__anext__",) if hasattr(kind, name)}
    return {name for name in found if not name.startswith("_") or name == "__anext__"}


def optional(function: Any) -> set[str]:
    """The arguments of a function that may be left out."""
    arguments = inspect.signature(function).parameters.values()
    return {each.name for each in arguments if each.default is not inspect.Parameter.empty}


def resolve(path: str) -> Any:
    found: Any = headgate
    for name in path.split("."):
        found = getattr(found, name)
    return found


def test_each_export_is_in_the_table_once_and_each_that_is_in_the_table_is_exported() -> None:
    assert sorted(NAMES) == sorted(headgate.__all__)
    assert len(OURS) == len(NAMES) + len(CALLS)


@pytest.mark.parametrize(
    "name", [name for name in headgate.__all__ if inspect.isclass(getattr(headgate, name))]
)
def test_each_member_of_a_class_is_in_its_row(name: str) -> None:
    assert listed(NAMES[name]) == members(getattr(headgate, name))


@pytest.mark.parametrize("path", CALLS)
def test_each_argument_that_may_be_left_out_is_in_the_row_of_the_call(path: str) -> None:
    wanted = listed(CALLS[path])
    function = resolve(path)
    given = set(inspect.signature(function).parameters)
    assert optional(function) <= wanted <= given


def test_each_call_with_arguments_that_may_be_left_out_has_a_row() -> None:
    called = [resolve(path) for path in CALLS]
    for kind in (headgate.Gate, headgate.Stream):
        internal = set(NAMES[kind.__name__].get("internal", ()))
        for name in members(kind) - internal:
            method = inspect.getattr_static(kind, name, None)
            if inspect.isfunction(method) and optional(method) - {"version"}:
                assert method in called, name


def test_the_blocking_client_has_all_that_the_other_has() -> None:
    internal = set(NAMES["Gate"]["internal"])
    assert members(headgate.Gate) - internal <= members(headgate.Client)


def test_what_a_member_of_another_call_is_named_after_exists() -> None:
    paths = [part.strip() for row in ROWS for each in row.get("members", ()) for part in each.split("=")]
    elsewhere = [path.split("().") for path in paths if "()." in path]
    assert elsewhere
    for path, argument in elsewhere:
        assert argument in inspect.signature(resolve(path)).parameters


def test_the_kinds_of_events_are_those_of_the_table() -> None:
    told = re.search(r"`kind` is one of ([^;]+);", inspect.getdoc(headgate.Event) or "")
    assert told is not None
    assert sorted(re.split(r",\s+", told[1])) == sorted(TABLE["eventKinds"])
