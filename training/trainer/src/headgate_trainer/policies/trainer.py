"""The trainers of policies: from the request to a trained policy."""

from dataclasses import dataclass, field

from headgate_trainer.job import Job
from headgate_trainer.parameters import Parameter
from headgate_trainer.policies.algorithm_parameters import Algorithm, parameters
from headgate_trainer.policies.signature import INPUTS, OBSERVATION, OUTPUTS, predictions
from headgate_trainer.registry import FittedModel, TensorSpec, Tolerance, Trainer


@dataclass(frozen=True)
class PolicyTrainer(Trainer):
    """Trains a policy in the trading environment."""

    algorithm: Algorithm = field(kw_only=True)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """List the parameters of the environment and of the algorithm."""
        return parameters(self.algorithm)

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """List prices and features."""
        return INPUTS

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """List the learning curves, the figures and the layout."""
        if self.algorithm == "dqn":
            return tuple(spec for spec in OUTPUTS if spec.name != "entropy_curve")
        return OUTPUTS

    @property
    def predictions(self) -> tuple[TensorSpec, ...]:
        """List the outputs of the policy."""
        return predictions(self.algorithm)

    @property
    def application_input(self) -> TensorSpec:
        """Describe what the policy is asked with."""
        return OBSERVATION

    def fit(self, job: Job) -> FittedModel:
        """Train the policy."""
        raise NotImplementedError


def _trainer(algorithm: Algorithm, does: str) -> PolicyTrainer:
    return PolicyTrainer(
        algorithm,
        "other",
        f"Trains a policy in a trading environment by {does}; trained by stable-baselines3.",
        library="stable-baselines3",
        algorithm=algorithm,
        in_pipeline=False,
        proven_within=Tolerance(1e-5),
    )


POLICIES = [
    _trainer("ppo", "proximal policy optimisation"),
    _trainer("a2c", "advantage actor-critic"),
    _trainer("dqn", "a deep Q-network"),
]
