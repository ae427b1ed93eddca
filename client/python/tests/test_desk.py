"""examples/desk: it starts while its gateway is away, and goes on when it dies."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gateway_process import ROOT, GatewayProcess

DESK = ROOT / "examples" / "desk"
LIBRARIES = ("sklearn", "scipy", "hmmlearn", "onnxruntime", "xgboost", "lightgbm", "torch")
# As in a container without them: the desk then has no stand-in but its own.
WITHOUT = (
    f"import runpy, sys; sys.modules.update(dict.fromkeys({LIBRARIES!r})); sys.argv.pop(0); "
    f"sys.path.insert(0, {str(DESK)!r}); runpy.run_path(sys.argv[0], run_name='__main__')"
)
DAYS, FOLDS = 260, 2
MODULES = {
    "strategy agent": 4,
    "regime agent": 1,
    "risk enhancements, VaR": 1,
    "risk enhancements, risky days": 1,
    "risk manager, impact": 1,
}
needs_trainer = pytest.mark.skipif(
    "HEADGATE_TRAINER" not in os.environ,
    reason="npx headgate trainer install --into FOLDER, then HEADGATE_TRAINER=FOLDER",
)


class DeskProcess:
    """The desk as a process of its own, whose screen the test reads."""

    def __init__(self, url: str, out: Path, pause: float = 0.0) -> None:
        own = ["--url", url, "--out", str(out), "--days", str(DAYS), "--folds", str(FOLDS)]
        command = [sys.executable, "-c", WITHOUT, str(DESK / "main.py"), *own, "--pause", str(pause)]
        self._out = out
        self._child = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1
        )
        self.screen: list[str] = []

    def until(self, *words: str) -> str:
        """Read on to the line that has all of them."""
        assert self._child.stdout is not None
        for line in self._child.stdout:
            self.screen.append(line)
            if all(word in line for word in words):
                return line
        raise AssertionError(f"{words} did not come: {''.join(self.screen)}")

    def hold(self) -> None:
        """Let no day pass: a gateway takes seconds to start."""
        self._child.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """After `hold`."""
        self._child.send_signal(signal.SIGCONT)

    def report(self) -> dict[str, Any]:
        """Of a desk that has ended by itself."""
        assert self._child.stdout is not None
        self.screen += self._child.stdout.readlines()
        assert self._child.wait(timeout=60) == 0, "".join(self.screen)
        told: dict[str, Any] = json.loads((self._out / "desk.json").read_text())
        return told

    def end(self) -> None:
        """Whatever it does."""
        self._child.kill()
        self._child.wait()


@pytest.fixture
def desks() -> Iterator[list[DeskProcess]]:
    """To be ended."""
    started: list[DeskProcess] = []
    yield started
    for each in started:
        each.end()


def test_the_desk_imports_no_library_of_models_and_pandas_with_the_bars_alone() -> None:
    told = "print(json.dumps(sorted({each.split('.')[0] for each in sys.modules})))"
    script = f"import json, sys, main, bars; {told}; bars.features(bars.load()); {told}"
    ran = subprocess.run([sys.executable, "-c", script], cwd=DESK, capture_output=True, text=True, check=True)
    imported, loaded = (set(json.loads(line)) for line in ran.stdout.splitlines())
    assert {"headgate", "numpy", "backtester", "regime_agent"} <= imported
    assert not imported & {*LIBRARIES, "pandas"}
    assert "pandas" in loaded and not loaded & set(LIBRARIES)


@needs_trainer
@pytest.mark.timeout(600)
def test_the_desk_goes_on_without_its_gateway_and_ends_with_the_same_backtest(
    own_gateway: GatewayProcess, desks: list[DeskProcess], tmp_path: Path
) -> None:
    own_gateway.kill()
    desk = DeskProcess(own_gateway.url, tmp_path / "tried", pause=0.05)
    desks.append(desk)
    desk.until("gateway: away")
    desk.until("8 of 8 answers are the desk's own")
    desk.hold()
    own_gateway.again()
    desk.go_on()
    desk.until("version 1 of the forest of risky days serves")
    desk.until("all from the gateway")
    own_gateway.kill()
    desk.until("gateway: lost")
    desk.until("answers are the desk's own")
    desk.hold()
    own_gateway.again()
    desk.go_on()
    desk.until("gateway: connected")
    tried = desk.report()

    assert tried["days"] == DAYS and tried["folds"] == [FOLDS * 3, FOLDS * 3]
    for module, asked in MODULES.items():
        answered = tried["sources"][module]
        assert sum(answered.values()) == DAYS * asked
        assert 0 < answered["gateway"] < DAYS * asked, module
    assert tried["sources"]["backtester, fits"] == {"gateway": FOLDS * 3}
    assert tried["published"][:2] == ["1", "2"]  # The gateway was started again with what it had kept
    check_changes(tried["changes"])

    calm = DeskProcess(own_gateway.url, tmp_path / "calm")
    desks.append(calm)
    undisturbed = calm.report()
    for module, asked in MODULES.items():
        # On a busy machine a call's two seconds may pass, and its stand-in answers.
        assert undisturbed["sources"][module]["gateway"] > 0.8 * DAYS * asked
    check_changes(undisturbed["changes"])
    assert tried["changes"] == undisturbed["changes"]
    backtests = [name for name in tried["figures"] if name.startswith("backtest")]
    assert len(backtests) == 3
    for name in backtests:
        assert tried["figures"][name] == undisturbed["figures"][name]
        assert tried["figures"][name]["return"] != 0
    drawn = (tmp_path / "calm" / "desk.svg").read_text()
    assert drawn.count("<polyline") == 5 and 'class="turbulent"' in drawn


def check_changes(changes: list[list[Any]]) -> None:
    """Each once, in order, and from where the one before went."""
    assert len(changes) >= 3
    times = [at for _, _, at in changes]
    assert times == sorted(set(times))
    assert all(before[1] == after[0] for before, after in itertools.pairwise(changes))


def test_without_a_trainer_the_desk_trades_and_says_what_to_type(
    own_gateway: GatewayProcess, desks: list[DeskProcess], tmp_path: Path
) -> None:
    own_gateway.kill()
    own_gateway.again({"HEADGATE_TRAINER": str(tmp_path / "nothing")})
    desk = DeskProcess(own_gateway.url, tmp_path)
    desks.append(desk)
    told = desk.report()
    assert told["days"] == DAYS and told["folds"] == [0, FOLDS * 3] and told["published"] == []
    assert any("headgate trainer install" in line for line in desk.screen)
    assert told["sources"]["risk enhancements, risky days"] == {"local rule": DAYS}
    assert told["sources"]["strategy agent"]["gateway"] > 0.8 * 4 * DAYS
