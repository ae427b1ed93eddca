"""The strategy agent: a trading policy (PPO) and three signal models, asked at once at each close.

While no gateway answers it holds: the policy's registered stand-in keeps the position, the signals' repeat
what they said last.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, NamedTuple

import headgate
import numpy as np
from headgate import fallback

from bars import SIGNAL_FEATURES

if TYPE_CHECKING:
    import pandas as pd

POLICY = "policy-ppo"
SIGNALS = ("signal-xgboost", "signal-random-forest", "signal-lightgbm")
SIGNAL_SHARE, SIGNAL_GAIN = 0.5, 2.0
ANSWER_S = 2.0


class Wish(NamedTuple):
    """What the strategy would hold, from -1 to 1, if nobody limited it."""

    position: float
    policy: float
    vote: float
    """The signals' mean probability of up less that of down, over five days."""
    sources: Sequence[str]


def hold(request: fallback.Request) -> fallback.Outputs:
    """Without a gateway: keep the position. Registered knowingly, or the policy would raise."""
    return {"action": np.asarray(request.inputs["observation"])[:, -1:]}


class StrategyAgent:
    """Asks the policy and the signals."""

    def __init__(self, client: headgate.Client) -> None:
        self._client = client
        self._said = {name: np.full((1, 3), 1 / 3) for name in SIGNALS}
        fallback.register(POLICY, hold)
        for name in SIGNALS:
            fallback.register(name, self._repeat)

    def wish(self, today: pd.Series, held: float) -> Wish:
        """What to hold from this close on.

        :param today: the day's features
        """
        row = today[SIGNAL_FEATURES].to_numpy(dtype=np.float32)
        observation = np.append(row, np.float32(held))[None, :]
        policy = self._ask(POLICY, {"observation": observation}, "action")
        asked = {name: self._ask(name, {"X": row[None, :]}, "probabilities") for name in SIGNALS}
        answers = {name: each.result() for name, each in asked.items()}
        for name, answer in answers.items():
            self._said[name] = answer["probabilities"]
        vote = float(np.mean([said[0, 2] - said[0, 0] for said in self._said.values()]))
        action = float(policy.result()["action"].ravel()[0])
        wanted = (1 - SIGNAL_SHARE) * action + SIGNAL_SHARE * float(np.clip(SIGNAL_GAIN * vote, -1, 1))
        sources = [str(each.source) for each in (policy.result(), *answers.values())]
        # Without the policy's own answer the position stays, whatever the signals said before.
        is_held = policy.result().source != "gateway"
        return Wish(held if is_held else wanted, action, vote, sources)

    def _ask(self, name: str, inputs: dict[str, object], output: str) -> Future[headgate.Result]:
        """Asks without waiting: four questions are under way at once."""
        return self._client.submit(
            self._client.gate.infer(name, inputs, outputs=[output], timeout=ANSWER_S, priority=1)  # type: ignore[arg-type]
        )

    def _repeat(self, request: fallback.Request) -> fallback.Outputs:
        return {"probabilities": self._said[request.model]}
