"""Trains one seed: learning curve, evaluations, early stop, checkpoints. Imports torch."""

import math
import time
from collections.abc import Callable

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback

from headgate_trainer.job import Job
from headgate_trainer.policies import snapshot
from headgate_trainer.policies.checkpoint import SeedState
from headgate_trainer.policies.divergence import diverged, named_divergence
from headgate_trainer.policies.evaluation import evaluate
from headgate_trainer.policies.task import Task, losses_of, predictor, weights_of

CHECKPOINT_SECONDS = 5.0
REPLAY_BYTES_MAX = 48 << 20
POINTS = 500
"""Points of a learning curve, beside those of evaluations."""
CURVES = ("timesteps", "reward", "loss", "entropy", "validation")


class _Stop(BaseCallback):  # type: ignore[misc]
    """Ends the training at the next step once it is asked to, and sees a cancellation."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self._job, self.wanted = job, False

    def _on_step(self) -> bool:
        self._job.check()
        return not self.wanted


class SeedLearner:
    """Trains a seed; ``state`` is what has become of it."""

    def __init__(
        self,
        job: Job,
        task: Task,
        state: SeedState,
        report: Callable[[SeedState, dict[str, float]], None],
        save: Callable[[snapshot.State], None],
    ) -> None:
        self._job, self._task, self.state = job, task, state
        self._report, self._save = report, save
        self.model, self.env = task.model(state.seed)
        self._stop = _Stop(job)
        self._saved, self._pause = time.monotonic(), CHECKPOINT_SECONDS
        self._earlier = self._began = self._outside = 0.0
        self._told = False

    def run(self, resumed: snapshot.State | None) -> None:
        """Train to the end, and keep the chosen weights in the state."""
        values, state = self._task.values, self.state
        if resumed is not None:
            snapshot.put(self.model, self.env, *resumed)
        elif self._task.ranges.validation is not None:
            state.next_evaluation = values["eval_freq"]
        self.model.after_update = self._updated
        self._earlier, self._began = state.seconds, time.perf_counter()
        left = values["total_timesteps"] - state.timesteps
        if left > 0 and not self._has_stalled():
            fresh = resumed is None
            self._learn(left, fresh=fresh)
        state.seconds = self._seconds()
        if not self._stop.wanted:
            state.timesteps = self.model.num_timesteps
        self._require_finite()
        if self._lacks_end():
            self._point(self._evaluate())
        if not state.best or not values["keep_best"]:
            state.best, state.best_timesteps = weights_of(self.model), state.timesteps
        validation = state.curves["validation"][-1]
        state.score = state.best_score if values["keep_best"] else validation
        state.done = True

    def _learn(self, steps: int, *, fresh: bool) -> None:
        with named_divergence():
            self.model.learn(steps, self._stop, log_interval=None, reset_num_timesteps=fresh)

    def _lacks_end(self) -> bool:
        state = self.state
        if self._task.ranges.validation is not None:
            return state.evaluated != state.timesteps
        return not state.curves or state.curves["timesteps"][-1] != state.timesteps

    def _seconds(self) -> float:
        """Tell the seconds of the fit, without evaluations and checkpoints."""
        return self._earlier + time.perf_counter() - self._began - self._outside

    def _updated(self, model: BaseAlgorithm) -> None:
        """Look after each update."""
        state = self.state
        state.timesteps, state.losses = model.num_timesteps, losses_of(model)
        began = time.perf_counter()
        due = 0 < state.next_evaluation <= state.timesteps
        if due or state.timesteps >= state.next_point:
            self._require_finite()
            self._point(self._evaluate() if due else None)
        if self._has_stalled():
            self._stop.wanted = True
        elif time.monotonic() - self._saved >= self._pause:
            self._checkpoint()
        self._outside += time.perf_counter() - began

    def _point(self, score: float | None) -> None:
        """Add a point to the curves."""
        state, total = self.state, self._task.values["total_timesteps"]
        state.next_point = state.timesteps + max(1, total // POINTS)
        rewards, steps = self.env.drain()
        rewards, steps = rewards + state.rewards, steps + state.steps
        state.rewards, state.steps = 0.0, 0
        values: dict[str, float | None] = {
            "timesteps": float(state.timesteps),
            "reward": rewards / steps if steps else None,
            "validation": score,
            **state.losses,
        }
        for name in CURVES:
            value = values.get(name)
            known = value if value is not None and math.isfinite(value) else None
            state.curves.setdefault(name, []).append(known)
        self._report(state, {name: v for name, v in values.items() if v is not None})

    def _evaluate(self) -> float | None:
        """Score the validation range, and keep the weights where it is the best yet."""
        rows, state, values = self._task.ranges.validation, self.state, self._task.values
        if rows is None:
            return None
        options, act = self._task.environment, predictor(self.model)
        found = evaluate(self._task.market, options, rows, act, self._job.check)
        score = found.metric(values["eval_metric"])
        state.evaluated = state.timesteps
        if state.next_evaluation:
            every = values["eval_freq"]
            state.next_evaluation = (state.timesteps // every + 1) * every
        if state.best_score is None or score > state.best_score:
            state.best_score, state.best_timesteps = score, state.timesteps
            state.best, state.stalled = weights_of(self.model), 0
        else:
            state.stalled += 1
        return score

    def _has_stalled(self) -> bool:
        patience: int | None = self._task.values["patience"]
        return patience is not None and self.state.stalled >= patience

    def _require_finite(self) -> None:
        loss = self.state.losses.get("loss", 0.0)
        if not math.isfinite(loss):
            raise diverged(f"the loss is {loss} after {self.state.timesteps} steps")

    def _checkpoint(self) -> None:
        """Send the state. It may cost a twentieth of the time."""
        began = time.monotonic()
        held = snapshot.replay_bytes(self.model)
        if held > REPLAY_BYTES_MAX:
            if not self._told:
                print(
                    f"no checkpoint is made: the replay buffer holds {held >> 20} MiB, and at "
                    f"most {REPLAY_BYTES_MAX >> 20} are sent; take a smaller buffer_size",
                    flush=True,
                )
            self._told = True
            return
        state = self.state
        rewards, steps = self.env.drain()
        state.rewards, state.steps = state.rewards + rewards, state.steps + steps
        state.seconds = self._seconds()
        self._save(snapshot.take(self.model, self.env))
        self._saved = time.monotonic()
        self._pause = max(CHECKPOINT_SECONDS, 20 * (self._saved - began))
