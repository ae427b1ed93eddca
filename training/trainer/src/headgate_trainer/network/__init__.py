"""The trainers of torch: perceptrons and LSTMs. The library is imported by the first fit."""

from headgate_trainer.network.trainer import NETWORKS
from headgate_trainer.registry import register

register(__name__, NETWORKS)
