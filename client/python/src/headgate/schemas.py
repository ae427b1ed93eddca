"""The parameters that `describe` reports, as JSON Schema, for language models' tools and for forms."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .codec import Frame

_RENAMED = {
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusive_minimum": "exclusiveMinimum",
    "exclusive_maximum": "exclusiveMaximum",
}


def with_schemas(described: Frame) -> Frame:
    """Add `parameters_schema` to each model and detector that has `parameters`."""
    for entry in [*described.get("models", ()), *described.get("detectors", ())]:
        if "parameters" in entry:
            entry["parameters_schema"] = parameters_schema(entry["parameters"])
    return described


def parameters_schema(parameters: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A JSON Schema (2020-12) of an object with these parameters, optional but for some of trainers."""
    schema = {
        "type": "object",
        "properties": {each["name"]: _property(each) for each in parameters},
        "additionalProperties": False,
    }
    required = [each["name"] for each in parameters if each.get("required")]
    return schema | {"required": required} if required else schema


def _property(parameter: Mapping[str, Any]) -> dict[str, Any]:
    choices = [_schema(each) for each in parameter["any_of"]]
    schema = {"description": parameter.get("description", "")}
    schema |= choices[0] if len(choices) == 1 else {"anyOf": choices}
    default = parameter.get("default")
    # A default of null for a parameter that cannot be null means that omitting it has a meaning of its own.
    if default is not None or {"type": "null"} in choices:
        schema["default"] = default
    return schema


def _schema(constraint: Mapping[str, Any]) -> dict[str, Any]:
    kind = constraint["type"]
    if "schema" in constraint:  # what is in a list or a map of a trainer's parameters
        return dict(json.loads(constraint["schema"]))
    if kind == "trainer":
        names = {"type": "string", "enum": list(constraint["names"])}
        properties = {"trainer": names, "parameters": {"type": "object"}}
        return {"type": "object", "properties": properties, "required": ["trainer"]}
    if kind == "string":
        return {"type": "string", "enum": list(constraint["values"])}
    if kind == "text":
        return {"type": "string", "minLength": 1, "maxLength": constraint["length_max"]}
    bounds = {_RENAMED[name]: value for name, value in constraint.items() if name in _RENAMED}
    return {"type": kind, **bounds}
