"""The trainer ``walk_forward``: a model a fold, and predictions of the rows that it did not see."""

from headgate_trainer.registry import register
from headgate_trainer.walk.trainer import WALK_FORWARD

register([WALK_FORWARD])
