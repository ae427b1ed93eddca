"""Train ``policy-ppo``: proximal policy optimisation on the trading environment.

``python -m training.policy_ppo``
"""

from stable_baselines3 import PPO

from training import actor, policy
from training.trading_env import TradingEnv


def learner(env: TradingEnv, network: dict[str, object]) -> PPO:
    """Use a short horizon: a later effect of an action is only the cost of undoing it."""
    return PPO(
        "MlpPolicy",
        env,
        n_steps=2048,
        batch_size=256,
        n_epochs=5,
        gamma=0.9,
        gae_lambda=0.9,
        policy_kwargs=network,
        seed=policy.SEED,
        device="cpu",
    )


FAMILY = policy.Family(
    name="policy-ppo",
    description="The position in an equity index until the next close, by proximal policy "
    "optimisation.",
    discrete=False,
    learner=learner,
    actor=actor.actor,
    outputs=[actor.ACTION],
    answers=actor.answers,
)

if __name__ == "__main__":
    policy.make(FAMILY)
