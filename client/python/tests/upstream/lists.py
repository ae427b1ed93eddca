"""The suites, read from the lists beside this file: what is swapped, which tests are left out, which fail."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

import tomllib

FOLDER = Path(__file__).parent
_KEYS = {"theirs", "ours", "files", "looked_up", "excluded", "failing", "unsteady"}


@dataclass
class Suite:
    """The tests that another library wrote for one of its classes, run with ours in its place."""

    name: str
    theirs: str
    ours: str
    files: list[str]
    looked_up: str
    """When their tests take the class out of its module: at "import", or at each "call"."""
    excluded: dict[str, list[str]]
    failing: dict[str, list[str]]
    unsteady: dict[str, list[str]]
    """Tests that rounding decides: either outcome is well, and a failure is counted as listed."""
    matched: set[str] = field(default_factory=set)
    """The patterns that named a test, to find those that no longer do."""

    def their_module(self) -> object:
        """The module that the tests take the class from."""
        return importlib.import_module(self.theirs.rpartition(".")[0])

    def our_class(self) -> type:
        """What stands in its place."""
        module, _, name = self.ours.rpartition(".")
        return getattr(importlib.import_module(module), name)

    def reason_excluded(self, test: str) -> str | None:
        """Why a test is left out, if it is."""
        return self._reason(self.excluded, test)

    def reason_failing(self, test: str) -> str | None:
        """Why a test fails, if it is known to."""
        return self._reason(self.failing, test)

    def reason_unsteady(self, test: str) -> str | None:
        """Why a test may fail or not, if it may."""
        return self._reason(self.unsteady, test)

    def unmatched(self) -> list[str]:
        """Patterns that name no test."""
        parts = (self.excluded, self.failing, self.unsteady)
        listed = [each for part in parts for tests in part.values() for each in tests]
        return [each for each in listed if each not in self.matched]

    def _reason(self, part: dict[str, list[str]], test: str) -> str | None:
        found = None
        for reason, patterns in part.items():
            for pattern in patterns:
                if fnmatchcase(test, pattern.replace("[", "[[]")):
                    self.matched.add(pattern)
                    found = found or reason
        return found


def suites(wanted: list[str]) -> list[Suite]:
    """The suites of all lists, or those named.

    :raises SystemExit: for a name that no list has, or a key that no suite has
    """
    found = []
    for path in sorted(FOLDER.glob("*.toml")):
        for name, table in tomllib.loads(path.read_text()).items():
            unknown = set(table) - _KEYS
            if unknown:
                raise SystemExit(f"{path.name}: {name} has no {', '.join(sorted(unknown))}")
            found.append(
                Suite(
                    name,
                    table["theirs"],
                    table["ours"],
                    table["files"],
                    table.get("looked_up", "import"),
                    table.get("excluded", {}),
                    table.get("failing", {}),
                    table.get("unsteady", {}),
                )
            )
    missing = set(wanted) - {suite.name for suite in found}
    if missing:
        raise SystemExit(
            f"no suite is named {', '.join(sorted(missing))}; there are {[s.name for s in found]}"
        )
    return [suite for suite in found if not wanted or suite.name in wanted]
