"""The trainers of policies: from the request to a trained policy."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from headgate_trainer.failure import invalid
from headgate_trainer.job import Job
from headgate_trainer.parameters import Parameter
from headgate_trainer.policies.actions import actions_of
from headgate_trainer.policies.algorithm_parameters import Algorithm, parameters
from headgate_trainer.policies.market import Market, history_of
from headgate_trainer.policies.market_inputs import checked_prices
from headgate_trainer.policies.ranges import resolve_ranges
from headgate_trainer.policies.signature import INPUTS, OBSERVATION, OUTPUTS, predictions
from headgate_trainer.registry import FittedModel, TensorSpec, Tolerance, Trainer

if TYPE_CHECKING:
    from headgate_trainer.policies.task import Task


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

    def check(self, job: Job) -> None:
        """Refuse what the parameters and the shapes of the inputs tell before anything is made."""
        from headgate_trainer.policies.algorithms import check_algorithm, device_of

        known = [spec.name for spec in self.inputs]
        for name in job.inputs:
            if name not in known:
                raise invalid(f"inputs.{name}: {self.name} takes {', '.join(known)}")
        if "prices" not in job.inputs:
            raise invalid("inputs.prices: is missing")
        values = self.values(job)
        check_algorithm(self.algorithm, values)
        device_of(values["device"])
        seeds = values["seeds"] or []
        if len(set(seeds)) < len(seeds):
            raise invalid("parameters.seeds: names a seed twice")
        options = values["environment"]
        prices = checked_prices(job.inputs["prices"])
        actions_of(options["actions"], prices.shape[1])
        # Rows before the first that is observed are known from the parameters alone.
        first = history_of(options) - 1
        ranges = resolve_ranges(options["ranges"], len(prices), first)
        if values["patience"] is not None and ranges.validation is None:
            raise invalid(
                "parameters.patience: stops by the validation range; give "
                "environment.ranges.validation, or leave it out"
            )

    def fit(self, job: Job) -> FittedModel:
        """Train the policy."""
        from headgate_trainer.policies.fitting import fit_policies

        values = self.values(job)
        seeds = values["seeds"] or [values["seed"]]
        model = fit_policies(job, self._task(job, values), seeds)
        job.progress(share_done=1.0)
        return model

    def _task(self, job: Job, values: dict[str, Any]) -> "Task":
        from headgate_trainer.policies.task import Task

        options = values["environment"]
        market = Market(job.inputs["prices"], job.inputs.get("features"), options, job.check)
        ranges = resolve_ranges(options["ranges"], market.rows, market.first)
        return Task(self.algorithm, values, market, ranges)


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
