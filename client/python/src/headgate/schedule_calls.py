"""A client's schedules of retrainings: put, listed, described and removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .codec import Frame
from .options import ScheduleOptions
from .promotion_calls import PromotionCalls

if TYPE_CHECKING:
    from typing_extensions import Unpack

FEATURE = "schedule"

ScheduleState = Mapping[str, Any]
"""A schedule as the protocol has it: its settings, and `next_ts`, `counted`, `running`, `last`, `error`."""


class ScheduleCalls(PromotionCalls):
    """The calls about schedules."""

    async def schedule(
        self,
        name: str,
        *,
        model: str,
        trainer: str,
        inputs: Mapping[str, Mapping[str, Any]],
        trigger: Mapping[str, Any],
        timeout: float | None = None,
        **options: Unpack[ScheduleOptions],
    ) -> ScheduleState:
        """Retrain a model again and again, and promote what is not worse. It goes on without this client.

        :param model: the model whose versions it publishes
        :param inputs: `X`, `y` and perhaps `sample_weight`: `{"ref": dataset}`, and `columns`
        :param trigger: `{"dataset", "every_rows"}`, `{"stream", "every_observations"}`, `{"every_ms"}`, or
            `{"at": ["05:30"]}` in UTC, perhaps with `weekdays`
        :param options: `parameters`, `last_rows`, `validation`, `promote`, `tolerance`, `expires_after_ms`,
            and `replace` for a schedule of this name with other settings
        :raises PermissionDeniedError: without the scopes `training:run` and `models:admin`
        :raises FailedPreconditionError: where a schedule of this name has other settings
        """
        given: Frame = {"type": "schedule", "schedule": name, "model": model, "trainer": trainer}
        given |= {"inputs": {each: dict(of) for each, of in inputs.items()}, "trigger": dict(trigger)}
        given |= {each: value for each, value in options.items() if value is not None}
        ack = await self.ack(lambda number: {**given, "id": number}, timeout=timeout, needs=FEATURE)
        state: ScheduleState = ack["state"]
        return state

    async def schedules(
        self,
        *,
        model: str | None = None,
        after: str | None = None,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> list[ScheduleState]:
        """The schedules of the namespace, in the order of their names.

        :param model: only those of this model
        :param after: only those whose names come after this one
        :param limit: so many at most
        """
        optional = {"model": model, "after": after, "limit": limit}
        given = {
            "type": "schedules",
            **{name: value for name, value in optional.items() if value is not None},
        }
        ack = await self.ack(lambda number: {**given, "id": number}, timeout=timeout, needs=FEATURE)
        return list(ack["schedules"])

    async def schedule_state(self, name: str, *, timeout: float | None = None) -> ScheduleState:
        """A schedule as it is now."""
        given = {"type": "schedules", "schedule": name}
        ack = await self.ack(lambda number: {**given, "id": number}, timeout=timeout, needs=FEATURE)
        state: ScheduleState = ack["state"]
        return state

    async def unschedule(self, name: str, *, timeout: float | None = None) -> None:
        """Remove a schedule. What it trains is cancelled; the versions that it published stay."""
        given = {"type": "unschedule", "schedule": name}
        await self.ack(lambda number: {**given, "id": number}, timeout=timeout, needs=FEATURE)
