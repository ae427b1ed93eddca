"""The documented example of the environment alone runs as it is written."""

import re
from pathlib import Path

import pytest

pytest.importorskip("gymnasium")

PAGE = Path(__file__).resolve().parents[4] / "docs" / "trading-environment.md"


def test_the_documented_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    exec(compile(code, str(PAGE), "exec"), {})
    assert capsys.readouterr().out.startswith("(18,)")
