"""The Python of the pages about training runs as it is printed, with the real trainers."""

from __future__ import annotations

import re
from pathlib import Path

import headgate
import pytest

DOCS = Path(__file__).resolve().parents[3] / "docs"


def blocks(page: str, start: str, end: str) -> list[str]:
    text = (DOCS / page).read_text()
    first = text.index(start)
    return re.findall(r"```python\n(.*?)```", text[first : text.index(end, first)], re.DOTALL)


CODE = [
    *blocks("training.md", "# Training", "## Installation"),
    *blocks("python.md", "## Training\n", "## Backtests"),
    *blocks("python.md", "## Backtests", "## Watching"),
]


def test_the_pages_have_code() -> None:
    assert len(CODE) == 4


@pytest.mark.parametrize("at", range(4))
def test_it_runs(client: headgate.Client, at: int, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(CODE[at], "docs", "exec"), {})  # noqa: S102
    assert capsys.readouterr().out or at == 2  # The second of python.md makes models and prints nothing
