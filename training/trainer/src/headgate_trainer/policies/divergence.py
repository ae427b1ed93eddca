"""Tells a network that has diverged from other errors of torch."""

from collections.abc import Iterator
from contextlib import contextmanager

from headgate_trainer.failure import TrainingError, invalid

_SIGNS = (
    # Of the distribution of the actions, whose mean is NaN or whose deviation is 0 or infinite.
    "Expected parameter",
    # Of an optimizer: its step is beyond FP32.
    "value cannot be converted to type float without overflow",
)


def diverged(what: str) -> TrainingError:
    """Say what to change."""
    return invalid(
        f"parameters.learning_rate: {what}; take a smaller learning rate, or a smaller "
        "environment.reward.scale"
    )


@contextmanager
def named_divergence() -> Iterator[None]:
    """Name the parameter where torch refuses the numbers of a network that has diverged."""
    try:
        yield
    except (ValueError, RuntimeError) as error:
        if not str(error).startswith(_SIGNS):
            raise
        raise diverged("the network diverged") from error
