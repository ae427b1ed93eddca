"""The parameters of stable-baselines3's algorithms, by its names and with its defaults."""

from typing import Any, Literal

from headgate_trainer.boosting.kinds import (
    BOOLEAN,
    NOT_NEGATIVE,
    NUMBER,
    POSITIVE,
    integer,
    one_of,
)
from headgate_trainer.parameters import Constraint, Parameter
from headgate_trainer.policies.environment_parameters import (
    ACTIONS,
    DISCRETE,
    environment,
    list_of,
    one,
)

Algorithm = Literal["ppo", "a2c", "dqn"]
SEEDS_MAX, STEPS_MAX = 64, 1_000_000_000
LAYERS_MAX, UNITS_MAX = 8, 4096
ACTIVATIONS = ("tanh", "relu", "elu", "sigmoid")
METRICS = ("reward", "total_return", "sharpe")
_SHARE: Constraint = {"type": "number", "minimum": 0, "maximum": 1}
_SIZES = list_of(integer(1, UNITS_MAX), 0, LAYERS_MAX)

# fmt: off
_SCHEDULE: Constraint = {"type": "record", "fields": [
    Parameter("start", "The value at the beginning.", None, (NOT_NEGATIVE,), required=True),
    one("end", "The value at the end.", 0.0, NOT_NEGATIVE),
    one("end_fraction", "The share of the training after which the end is reached, linearly.", 1.0, {"type": "number", "exclusiveMinimum": 0, "maximum": 1}),
]}


def _learning_rate(default: float) -> Parameter:
    return one("learning_rate", "The size of the training steps; a map is a linear schedule.", default, POSITIVE, _SCHEDULE)


def _n_steps(default: int) -> Parameter:
    return one("n_steps", "The number of steps of each environment before an update.", default, integer(1, 1_048_576))


_GAMMA = one("gamma", "The factor by which a reward one step later counts less.", 0.99, _SHARE)
_MAX_GRAD_NORM = "The largest norm of the gradient of a training step."


def _actor_critic(gae_lambda: float, normalize_advantage: bool) -> list[Parameter]:
    return [
        _GAMMA,
        one("gae_lambda", "The weight of later steps in the estimate of the advantage; 1 takes the whole return.", gae_lambda, _SHARE),
        one("normalize_advantage", "Whether the advantages are scaled to mean 0 and variance 1.", normalize_advantage, BOOLEAN),
        one("ent_coef", "The weight of the entropy in the loss.", 0.0, NUMBER),
        one("vf_coef", "The weight of the value function in the loss.", 0.5, NOT_NEGATIVE),
        one("max_grad_norm", _MAX_GRAD_NORM, 0.5, POSITIVE),
        one("use_sde", "Whether the exploration depends on the state (gSDE); for continuous actions.", False, BOOLEAN),
        one("sde_sample_freq", "The number of steps after which gSDE draws new noise; -1: once an update.", -1, integer(-1)),
    ]


_PPO = [
    _learning_rate(3e-4),
    _n_steps(2048),
    one("batch_size", "The number of steps of a minibatch.", 64, integer(1, 1_048_576)),
    one("n_epochs", "The number of passes over the steps of an update.", 10, integer(1, 10_000)),
    one("clip_range", "The largest relative change of an action's probability that an update is paid for; a map is a linear schedule.", 0.2, POSITIVE, _SCHEDULE),
    one("clip_range_vf", "The largest change of a value in an update; null does not limit it.", None, POSITIVE),
    *_actor_critic(0.95, True),
    one("target_kl", "The Kullback-Leibler divergence beyond which an update ends early; null does not limit it.", None, POSITIVE),
]
_A2C = [
    _learning_rate(7e-4),
    _n_steps(5),
    *_actor_critic(1.0, False),
    one("rms_prop_eps", "The term that keeps RMSprop's division finite.", 1e-5, POSITIVE),
    one("use_rms_prop", "Whether RMSprop is the optimizer; else Adam.", True, BOOLEAN),
]
_DQN = [
    _learning_rate(1e-4),
    one("buffer_size", "The number of steps that are kept to learn from.", 1_000_000, integer(1, 100_000_000)),
    one("learning_starts", "The number of steps before the first update.", 100, integer(0)),
    one("batch_size", "The number of steps of a minibatch.", 32, integer(1, 1_048_576)),
    one("tau", "The share with which the target network follows the online one at its updates.", 1.0, _SHARE),
    _GAMMA,
    one("train_freq", "The number of steps of each environment between two updates.", 4, integer(1, 1_048_576)),
    one("gradient_steps", "The number of training steps of an update; -1: as many as were stepped.", 1, integer(-1, 1_048_576)),
    one("n_steps", "The number of steps whose rewards a value is learnt from before another value is taken.", 1, integer(1, 1024)),
    one("target_update_interval", "The number of steps between two updates of the target network.", 10_000, integer(1)),
    one("exploration_fraction", "The share of the training over which the random actions become fewer.", 0.1, _SHARE),
    one("exploration_initial_eps", "The share of random actions at the beginning.", 1.0, _SHARE),
    one("exploration_final_eps", "The share of random actions at the end.", 0.05, _SHARE),
    one("max_grad_norm", _MAX_GRAD_NORM, 10.0, POSITIVE),
]
_ALGORITHMS = {"ppo": _PPO, "a2c": _A2C, "dqn": _DQN}

_OF_BOTH: Constraint = {"type": "record", "fields": [
    one("pi", "The number of units of each hidden layer of the policy.", [64, 64], _SIZES),
    one("vf", "The number of units of each hidden layer of the value function.", [64, 64], _SIZES),
]}


def _policy_kwargs(algorithm: Algorithm) -> Parameter:
    is_dqn = algorithm == "dqn"
    sizes = (_SIZES,) if is_dqn else (_SIZES, _OF_BOTH)
    fields = [
        one("net_arch", "The number of units of each hidden layer; a map has those of the policy and of the value function.", [64, 64], *sizes),
        one("activation_fn", "The function after each hidden layer.", "relu" if is_dqn else "tanh", one_of(*ACTIVATIONS)),
        *([] if is_dqn else [
            one("ortho_init", "Whether the first weights are orthogonal.", True, BOOLEAN),
            one("log_std_init", "The logarithm of the first standard deviation of continuous actions.", 0.0, {"type": "number", "minimum": -20, "maximum": 20}),
        ]),
    ]
    return Parameter("policy_kwargs", "The network.", {}, ({"type": "record", "fields": fields},))


_VEC_NORMALIZE: Constraint = {"type": "record", "fields": [
    one("norm_obs", "Whether each number of the observation is scaled by its running mean and variance; the model has them as constants.", True, BOOLEAN),
    one("norm_reward", "Whether the reward is scaled by the running standard deviation of its discounted sum.", True, BOOLEAN),
    one("clip_obs", "The largest absolute value of a number of the scaled observation.", 10.0, POSITIVE),
    one("clip_reward", "The largest absolute value of the scaled reward.", 10.0, POSITIVE),
    one("epsilon", "The term that keeps the division finite.", 1e-8, POSITIVE),
]}


def parameters(algorithm: Algorithm) -> tuple[Parameter, ...]:
    """List the parameters of an algorithm."""
    is_dqn = algorithm == "dqn"
    actions: dict[str, Any] = {"kind": "discrete"} if is_dqn else {"kind": "weight"}
    return (
        environment(actions, (DISCRETE,) if is_dqn else ACTIONS, 1 if is_dqn else 8),
        Parameter("total_timesteps", "The number of steps that each seed is trained for, over all environments.", None, (integer(1, STEPS_MAX),), required=True),
        one("policy", "The kind of the network.", "MlpPolicy", one_of("MlpPolicy")),
        _policy_kwargs(algorithm),
        *_ALGORITHMS[algorithm],
        one("vec_normalize", "What VecNormalize scales; null: nothing.", None, _VEC_NORMALIZE),
        one("seed", "The seed of the first weights, of the episodes and of the actions.", 0, integer(0)),
        one("seeds", "Several seeds, each of which is trained in turn; the one with the best validation score becomes the model. Null: the one of seed.", None, list_of(integer(0), 1, SEEDS_MAX)),
        one("eval_freq", "The number of steps, over all environments, between two evaluations on the validation range.", 10_000, integer(1, STEPS_MAX)),
        one("eval_metric", "What a state of the policy is judged by on the validation range: the mean reward of a row, the total return, or the Sharpe ratio of a year.", "reward", one_of(*METRICS)),
        one("patience", "The number of evaluations without a better score after which a seed's training ends; null does not end it.", None, integer(1, 100_000)),
        one("keep_best", "Whether the state with the best score on the validation range is kept; otherwise the last one.", True, BOOLEAN),
        one("device", "Where it is trained: auto takes a GPU where torch finds one, though networks as small as these are faster on a CPU.", "auto", one_of("auto", "cpu", "cuda")),
    )
# fmt: on


def algorithm_names(algorithm: Algorithm) -> list[str]:
    """Name the parameters that go to the library's constructor as they are."""
    return [parameter.name for parameter in _ALGORITHMS[algorithm]]
