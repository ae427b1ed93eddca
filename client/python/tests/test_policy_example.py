"""examples/policy trades as the trainer evaluated."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from gateway_process import ROOT, GatewayProcess

EXAMPLE = ROOT / "examples" / "policy" / "main.py"


def has_policies() -> bool:
    """Whether the trainers of policies are installed."""
    manifest = Path(os.environ.get("HEADGATE_TRAINER", "missing")) / "headgate-trainer.json"
    return manifest.exists() and "rl" in json.loads(manifest.read_text())["extras"]


@pytest.mark.skipif(
    not has_policies(),
    reason="npx headgate trainer install --with rl, HEADGATE_TRAINER",
)
def test_the_example_trades_as_the_trainer_evaluated(tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    gateway = GatewayProcess()
    try:
        asked = ["--url", gateway.url, "--steps", "4000", "--seeds", "2", "--out", str(tmp_path)]
        done = subprocess.run(
            [sys.executable, str(EXAMPLE), *asked],
            env={**os.environ, "PYTHONPATH": str(ROOT / "client" / "python" / "src")},
            capture_output=True,
            text=True,
            timeout=160,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
    finally:
        gateway.dispose()
    (apart,) = [line for line in done.stdout.splitlines() if "of what the trainer evaluated" in line]
    assert float(apart.split("within ")[1].split(" of")[0]) < 1e-5
    assert "| holding |" in done.stdout and (tmp_path / "policy.svg").read_text().startswith("<svg")
