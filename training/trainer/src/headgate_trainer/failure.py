"""The failure of a training, with a code of the gateway's list and a message for the client."""

from typing import Literal

Code = Literal[
    "invalid_argument",
    "cancelled",
    "resource_exhausted",
    "failed_precondition",
    "unimplemented",
    "internal",
]


class TrainingError(Exception):
    """Ends a training. The message begins with the field that is at fault, where one is."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code: Code = code
        self.message = message


def invalid(message: str) -> TrainingError:
    """Make the failure of a request that can never succeed as it is."""
    return TrainingError("invalid_argument", message)


def unfit(message: str) -> TrainingError:
    """Make the failure of a model that cannot be exported, or whose export is not equal to it."""
    return TrainingError("failed_precondition", message)


def cancelled() -> TrainingError:
    """Make the failure of a training that its client gave up."""
    return TrainingError("cancelled", "the training was cancelled")
