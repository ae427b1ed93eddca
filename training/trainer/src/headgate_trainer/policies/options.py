"""Reads the environment's parameters for those who use an environment without a request."""

from collections.abc import Mapping
from typing import Any

from headgate_trainer.parameters import read_values
from headgate_trainer.policies.environment_parameters import ACTIONS, environment


def environment_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Check an environment as ``parameters.environment`` of a request is, and fill in defaults."""
    parameter = environment({"kind": "weight"}, ACTIONS, 1)
    options: dict[str, Any] = read_values({"environment": given}, [parameter])["environment"]
    return options
