"""The parameters of the trainers of policies, of the file that `npm run docs` makes of their schemas."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("policies.jsonl")
OWN = ("environment", "total_timesteps", "policy")
"""Parameters that have a place of their own in the interface."""


@functools.cache
def parameters_of(trainer: str) -> Mapping[str, Any]:
    """The defaults by name, in the trainer's order."""
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        if told["trainer"] == trainer:
            given = {each["name"]: each["default"] for each in told["parameters"]}
            return {name: default for name, default in given.items() if name not in OWN}
    raise KeyError(trainer)
