"""Runs the tests that scikit-learn and hmmlearn ship, with their classes swapped for ours.

    npm run test:upstream                    every suite
    npm run test:upstream -- PCA -k whiten   one suite; what begins with a dash goes to pytest

The test files are those of the installed libraries, never copies. The lists beside this file
(scikit_learn.toml, hmmlearn.toml) name the tests that are left out and those that fail, each with its
reason. The run fails when a test fails that is not listed, when a listed one passes, when a listed name
names no test, and when fewer than 95 % of a class's tests pass.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from gateway_process import GatewayProcess  # noqa: E402
from lists import suites  # noqa: E402
from plugin import Upstream  # noqa: E402

import headgate  # noqa: E402


def main(arguments: list[str]) -> int:
    names: list[str] = []
    while arguments and not arguments[0].startswith("-"):
        names.append(arguments.pop(0))
    # scikit-learn's own switch: its tests of both precisions.
    os.environ["SKLEARN_RUN_FLOAT32_TESTS"] = "1"
    chosen = suites(names)
    modules = dict.fromkeys(module for suite in chosen for module in suite.files)
    specs = [importlib.util.find_spec(module) for module in modules]
    files = [spec.origin for spec in specs if spec is not None and spec.origin is not None]
    gateway = GatewayProcess()
    try:
        headgate.configure(gateway.url, fallback=False, timeout=60)
        flags = ["-c", str(HERE / "pytest.ini"), "-p", "no:cacheprovider", "-q", "--tb=short", "-W", "ignore"]
        partial = any(each.startswith("-k") for each in arguments)
        return int(pytest.main([*flags, *arguments, *files], plugins=[Upstream(chosen, partial=partial)]))
    finally:
        headgate.configure()
        gateway.dispose()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
