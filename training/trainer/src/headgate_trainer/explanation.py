"""Turns whatever a library raised into a failure for the client, without paths of this machine."""

import re
import sys
import traceback
from pathlib import PurePath
from typing import TextIO

from headgate_trainer.failure import TrainingError
from headgate_trainer.job import Job

MESSAGE_MAX = 500
TOO_LARGE = "the training needs more memory than there is: use fewer rows or a smaller model"
_PATH = re.compile(r"(?:[A-Za-z]:)?(?:[/\\][\w.+@~-]+){2,}[/\\]?")
_PARAMETER = re.compile(
    r"^The '(\w+)' parameter of \w+ (must be .*?)\.? Got (.*) instead\.$", re.DOTALL
)


def explain(error: BaseException, job: Job) -> TrainingError:
    """Name the code, the field where it is known, and the library's reason."""
    if isinstance(error, TrainingError):
        return error
    if isinstance(error, MemoryError):
        return TrainingError("resource_exhausted", TOO_LARGE)
    text = plain(str(error))
    match = _PARAMETER.match(text)
    if match:
        name, must, got = match.groups()
        return TrainingError("invalid_argument", f"parameters.{name}: {must}, got {got}")
    if "contains NaN" in text:
        reason = "holds NaN, which a step refuses; put a simple_imputer before it"
        return TrainingError("invalid_argument", f"inputs.X: {reason}")
    if isinstance(error, ValueError | ArithmeticError | NotImplementedError):
        return TrainingError("invalid_argument", f"{_field(text, job)}{text}")
    _log(error)
    return TrainingError("internal", f"the training failed with {type(error).__name__}: {text}")


def plain(text: str) -> str:
    """Put a message in one line without paths."""
    line = " ".join(_PATH.sub("…", text).split())
    return line if len(line) <= MESSAGE_MAX else f"{line[:MESSAGE_MAX]}…"


def _field(text: str, job: Job) -> str:
    """Find the parameter that a message names, so that it can begin with it."""
    for name in job.parameters:
        if re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", text):
            return f"parameters.{name}: "
    return "inputs: the library refused them: "


def log_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Write a library's warning into the log, without the file that it came from."""
    del filename, lineno, file, line
    print(f"{category.__name__}: {plain(str(message))}", file=sys.stderr, flush=True)


def _log(error: BaseException) -> None:
    """Write where it came from into the log: files by their names only."""
    for frame in traceback.extract_tb(error.__traceback__):
        print(f"  {PurePath(frame.filename).name}:{frame.lineno} {frame.name}", file=sys.stderr)
    print(f"{type(error).__name__}: {plain(str(error))}", file=sys.stderr, flush=True)
