"""Policies that the gateway trains, with stable-baselines3's interface; it and torch are not needed here."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np

from ..errors import FailedPreconditionError, InvalidArgumentError
from ..fallback import Fallback, Outputs, Request
from ..job_calls import Publication
from ..policy_layout import PolicyLayout
from ..sklearn.awaited import awaited
from ..sklearn.training.asking import applied, uploaded
from ..sklearn.training.onnx_model import predicted
from ..sklearn.training.wire import plain
from ..tensors import Array
from ..training.results import PublishedVersion
from . import asking
from .environment import TradingEnvironment
from .kinds import require_count
from .policy_file import LAYOUT, SUMMARY, TRAINER, PolicyFile, read_policy, with_metadata
from .table import parameters_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..sync_jobs import UploadOptions

Self = TypeVar("Self", bound="Algorithm")

KEEP_SECONDS = 3600.0
"""For how long the gateway keeps a policy under its handle."""


class Algorithm:
    """Learns in a `TradingEnvironment` at the gateway; the methods are those of stable-baselines3.

    No library takes over where no gateway answers: the environment is the gateway's own, and another one that
    is called the same would be another policy.
    """

    _trainer: ClassVar[str]

    layout: PolicyLayout
    """What an observation is made of."""
    evaluation: dict[str, Array]
    """What the trainer answered: figures by seed on each range, beside `holding` and `flat`; the curves."""
    summary: str | None
    """How it did beside holding, as Markdown."""
    job_: str | None
    handle_: str | None
    """By which the gateway knows it for an hour; None for one that was loaded."""
    source: str | None
    """Who answered last: `gateway` or `onnxruntime`."""

    def __init__(
        self,
        policy: str = "MlpPolicy",
        env: TradingEnvironment | None = None,
        *,
        verbose: int = 0,
        **parameters: Any,
    ) -> None:
        """:param parameters: stable-baselines3's, by its names and with its defaults

        :raises TypeError: for an environment that is code, and for a parameter that the trainer does not have
        """
        name = type(self).__name__
        if policy != "MlpPolicy":
            raise InvalidArgumentError(f"policy: {name} trains MlpPolicy, got {policy!r}")
        if env is not None and not isinstance(env, TradingEnvironment):
            raise TypeError(
                f"env must be a headgate.rl.TradingEnvironment, got {type(env).__name__}: the gateway runs "
                "no code of its clients"
            )
        known = parameters_of(self._trainer)
        for each, value in parameters.items():
            if each not in known:
                raise TypeError(f"{name} has no parameter {each}; it has {', '.join(known)}")
            if callable(value):
                raise TypeError(
                    f"{each}: a function cannot be sent; a schedule is a mapping such as "
                    '{"start": 0.001, "end": 0.0}'
                )
        self.env, self.verbose, self.num_timesteps = env, verbose, 0
        self._parameters = {each: _told(each, value) for each, value in parameters.items()}
        self._file: PolicyFile | None = None
        self.job_ = self.handle_ = self.source = self.summary = None
        self.evaluation = {}

    def __repr__(self) -> str:
        state = "of no training yet" if self._file is None else f"that takes {self.layout.size} numbers"
        return f"<headgate.rl.{type(self).__name__} {state}>"

    def learn(
        self: Self,
        total_timesteps: int,
        *,
        progress: bool = False,
        on_progress: asking.OnProgress | None = None,
        keep_seconds: float = KEEP_SECONDS,
        publish: str | Publication | None = None,
        label: str | None = None,
    ) -> Self:
        """Train at the gateway, from the first weights on: a second call does not go on from the first.

        :param progress: whether a line on the standard error tells how far it is
        :param publish: the model that it becomes a version of, with a card that tells its evaluation
        :raises FailedPreconditionError: when the gateway cannot train policies, with the command to type
        :raises InvalidArgumentError: naming the field
        """
        if self.env is None:
            raise InvalidArgumentError(
                f"env: this {type(self).__name__} has none: give it a TradingEnvironment"
            )
        require_count("total_timesteps", total_timesteps)
        parameters = {
            **self._parameters,
            "environment": self.env.parameters,
            "total_timesteps": int(total_timesteps),
        }
        shown = asking.printed if progress or self.verbose else None
        result, onnx = asking.train(
            self._trainer,
            self.env.inputs,
            parameters,
            keep_seconds=keep_seconds,
            publish=publish,
            label=label,
            on_progress=on_progress or shown,
        )
        if shown is not None and on_progress is None:
            asking.ended()
        texts = {each: str(result.outputs.pop(each).item()) for each in _TEXTS if each in result.outputs}
        metadata = {_TEXTS[each]: text for each, text in texts.items()} | {TRAINER: self._trainer}
        self._take(read_policy(with_metadata(onnx, metadata), f"the policy of {result.job}"))
        self.evaluation, self.job_, self.handle_ = result.outputs, result.job, result.handle
        self.num_timesteps, self.source = int(total_timesteps), "gateway"
        return self

    def _take(self, file: PolicyFile) -> None:
        self._file, self.layout, self.summary = file, file.layout, file.summary

    def predict(
        self,
        observation: Any,
        state: None = None,
        episode_start: Any = None,
        deterministic: bool = True,
    ) -> tuple[Array, None]:
        """The action for one observation [f], or for each of many [n, f], and None, as sb3 has it.

        :param observation: numbers in the layout's order, or by name in a mapping or a pandas table
        :raises InvalidArgumentError: for another layout, naming what is missing, before anything is sent
        """
        if not deterministic:
            raise InvalidArgumentError(
                "deterministic: must be true: the exported policy has the most likely action alone"
            )
        file = self._require_trained()
        array = file.layout.laid_out(observation)
        action = self._acted(file, array if array.ndim == 2 else array[None])
        return (action if array.ndim == 2 else np.asarray(action[0])), None

    def _acted(self, file: PolicyFile, rows: Array) -> Array:
        has_runtime = importlib.util.find_spec("onnxruntime") is not None
        if self.handle_ is not None:
            chain = (Fallback("onnxruntime", _computed(file)),) if has_runtime else ()
            result = applied(self._trainer, rows, self.handle_, ["action"], chain, takes="observation")
            self.source = result.source
            return np.array(result.outputs["action"])
        if not has_runtime:
            raise FailedPreconditionError(
                f"this {type(self).__name__} was loaded of a file, which onnxruntime computes: install it, "
                "or publish the policy and ask the gateway's `policy(name).act(observation)`"
            )
        self.source = "onnxruntime"
        return predicted(file.onnx, rows)["action"]

    def save(self, path: str | Path) -> None:
        """Write the policy with its layout as one ONNX file; a path without a suffix gets `.onnx`."""
        _with_suffix(path).write_bytes(self._require_trained().onnx)

    @classmethod
    def load(cls: type[Self], path: str | Path, env: TradingEnvironment | None = None) -> Self:
        """A policy that was saved: it predicts without a gateway where onnxruntime is installed.

        :raises InvalidArgumentError: for a file that is no policy, or that of another algorithm
        """
        file = read_policy(_with_suffix(path).read_bytes(), str(path))
        if file.trainer not in (cls._trainer, None):
            raise InvalidArgumentError(
                f"{path}: is a policy of {file.trainer}, load it with {str(file.trainer).upper()}"
            )
        made = cls("MlpPolicy", env)
        made._take(file)
        return made

    def publish(self, model: str, **options: Unpack[UploadOptions]) -> PublishedVersion:
        """Make it a version of a served model, to `act` with; it needs the scope `models:admin`.

        :raises FailedPreconditionError: when the model's versions take other observations, naming how
        """
        file = self._require_trained()
        return uploaded(file.onnx, model, **options)

    def _require_trained(self) -> PolicyFile:
        if self._file is None:
            raise FailedPreconditionError(f"this {type(self).__name__} has not learnt: call learn first")
        return self._file

    alearn = awaited(learn)
    apredict = awaited(predict)
    apublish = awaited(publish)


class PPO(Algorithm):
    """Proximal policy optimisation."""

    _trainer = "ppo"


class A2C(Algorithm):
    """Advantage actor-critic."""

    _trainer = "a2c"


class DQN(Algorithm):
    """A deep Q-network, for discrete actions."""

    _trainer = "dqn"


_TEXTS: Mapping[str, str] = {"observation_layout": LAYOUT, "summary": SUMMARY}
"""Outputs of a training that belong into the file."""


def _told(name: str, value: Any) -> Any:
    """As JSON has it; torch's activation functions by their names."""
    if name == "policy_kwargs" and isinstance(value, Mapping):
        activation = value.get("activation_fn")
        if isinstance(activation, type):
            value = {**value, "activation_fn": activation.__name__.lower()}
    return plain(value)


def _computed(file: PolicyFile) -> Callable[[Request], Outputs]:
    def answer(request: Request) -> Outputs:
        return predicted(file.onnx, np.asarray(request.inputs["observation"]))

    return answer


def _with_suffix(path: str | Path) -> Path:
    given = Path(path)
    return given if given.suffix else given.with_suffix(".onnx")
