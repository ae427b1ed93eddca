"""A pytest plugin that imports installed test files with some classes swapped, and counts by class."""

from __future__ import annotations

import importlib
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from lists import Suite
from uses import uses

PASSING_SHARE = 0.95


@contextmanager
def swapped(suites: list[Suite]) -> Iterator[None]:
    """Within it their modules have our classes."""
    before = [(suite.their_module(), suite.theirs.rpartition(".")[2]) for suite in suites]
    originals = [getattr(module, name) for module, name in before]
    for (module, name), suite in zip(before, suites, strict=True):
        setattr(module, name, suite.our_class())
    try:
        yield
    finally:
        for (module, name), original in zip(before, originals, strict=True):
            setattr(module, name, original)


class SwappedModule(pytest.Module):
    """A test file, imported while the classes are swapped."""

    suites: list[Suite]

    def _getobj(self) -> Any:
        with swapped(self.suites):
            return super()._getobj()


class Upstream:
    """Excuses what the lists name, and prints the table."""

    def __init__(self, suites: list[Suite], *, partial: bool) -> None:
        self._suites = suites
        self._partial = partial
        """Whether only some tests were asked for: then the lists are not held against them."""
        self._of_test: dict[str, list[Suite]] = {}
        self._counts: Counter[tuple[str, str]] = Counter()
        self._faults: list[str] = []

    def _of_file(self, path: Path) -> list[Suite]:
        return [
            suite
            for suite in self._suites
            if any(path.as_posix().endswith(name.replace(".", "/") + ".py") for name in suite.files)
        ]

    def pytest_pycollect_makemodule(self, module_path: Path, parent: Any) -> Any:
        suites = self._of_file(module_path)
        for suite in suites:
            # Once unswapped, so that what the tests import of the library's insides keeps its own classes.
            for name in suite.files:
                importlib.import_module(name)
                del sys.modules[name]
        module = SwappedModule.from_parent(parent, path=module_path)
        module.suites = suites
        return module

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: Any, items: list[Any]) -> None:
        kept, beside = [], []
        for item in items:
            mine = [
                suite
                for suite in self._of_file(item.path)
                if suite.looked_up == "call" or uses(item, suite.our_class())
            ]
            (kept if mine else beside).append(item)
            if mine:
                self._of_test[item.nodeid] = mine
                self._mark(item, mine)
        config.hook.pytest_deselected(items=beside)
        items[:] = kept

    def _mark(self, item: Any, suites: list[Suite]) -> None:
        test = item.nodeid.partition("::")[2]
        left_out = [reason for suite in suites if (reason := suite.reason_excluded(test))]
        failing = [reason for suite in suites if (reason := suite.reason_failing(test))]
        unsteady = [reason for suite in suites if (reason := suite.reason_unsteady(test))]
        if left_out:
            item.add_marker(pytest.mark.skip(reason="excluded: " + left_out[0]))
        elif failing:
            item.add_marker(pytest.mark.xfail(reason=failing[0], strict=True))
        elif unsteady:
            item.add_marker(pytest.mark.xfail(reason=unsteady[0], strict=False))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: Any) -> Iterator[None]:
        with swapped([suite for suite in self._of_test[item.nodeid] if suite.looked_up == "call"]):
            return (yield)

    def pytest_runtest_logreport(self, report: Any) -> None:
        outcome = _outcome(report)
        if outcome is not None:
            for suite in self._of_test[report.nodeid]:
                self._counts[suite.name, outcome] += 1

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: Any) -> None:
        if self._partial or session.config.option.collectonly:
            return
        for suite in self._suites:
            self._faults += [
                f"{suite.name}: the list names {each}, no such test" for each in suite.unmatched()
            ]
            if self._share(suite) < PASSING_SHARE:
                self._faults.append(
                    f"{suite.name}: {self._share(suite):.1%} pass, fewer than {PASSING_SHARE:.0%}"
                )
        if self._faults and session.exitstatus == 0:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        columns = ("passed", "failed as listed", "failed", "excluded", "skipped")
        rows = [("class", *columns, "passed of those run")]
        for suite in self._suites:
            counts = [str(self._counts[suite.name, column]) for column in columns]
            rows.append((suite.name, *counts, f"{self._share(suite):.1%}"))
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        terminalreporter.write_sep("=", "upstream's tests with our classes")
        for row in rows:
            terminalreporter.write_line(
                "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
            )
        for fault in self._faults:
            terminalreporter.write_line(fault, red=True)

    def _share(self, suite: Suite) -> float:
        passed = self._counts[suite.name, "passed"]
        run = passed + self._counts[suite.name, "failed as listed"] + self._counts[suite.name, "failed"]
        return passed / run if run else 0.0


def _outcome(report: Any) -> str | None:
    """The table's column of a test's report; None for the reports of a test that say nothing new."""
    if report.failed:
        return "failed"
    if report.skipped and hasattr(report, "wasxfail"):
        return "failed as listed"
    if report.skipped:
        # A skip's report has its file, line and reason: their own skips are for what is not installed.
        return "excluded" if "excluded: " in str(report.longrepr) else "skipped"
    return "passed" if report.when == "call" else None
