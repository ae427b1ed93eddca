"""Train ``policy-a2c``: advantage actor-critic on the trading environment.

``python -m training.policy_a2c``
"""

from stable_baselines3 import A2C

from training import actor, policy
from training.trading_env import TradingEnv


def learner(env: TradingEnv, network: dict[str, object]) -> A2C:
    """Use a short horizon, and rollouts above the default of 5 steps, as returns are noisy."""
    return A2C(
        "MlpPolicy",
        env,
        n_steps=64,
        gamma=0.9,
        gae_lambda=0.9,
        policy_kwargs=network,
        seed=policy.SEED,
        device="cpu",
    )


FAMILY = policy.Family(
    name="policy-a2c",
    description="The position in an equity index until the next close, by advantage actor-critic.",
    discrete=False,
    learner=learner,
    actor=actor.actor,
    outputs=[actor.ACTION],
    answers=actor.answers,
)

if __name__ == "__main__":
    policy.make(FAMILY)
