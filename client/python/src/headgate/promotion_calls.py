"""A client's choices among a model's versions: promotions, and rollbacks of them."""

from __future__ import annotations

from .codec import Frame
from .train_calls import TrainCalls
from .training.promotion import PromotionRecord, promotion_of

_TIMEOUT_S = 600.0
"""The answer comes once the version was opened and proven where it was not, and serves."""


class PromotionCalls(TrainCalls):
    """The calls that promote a version of a model and take that back."""

    async def promote(
        self,
        model: str,
        version: str,
        *,
        traffic: float | None = None,
        alias: str | None = None,
        reason: str | None = None,
        timeout: float | None = None,
    ) -> PromotionRecord:
        """Give a version of a model its share of the traffic, and an alias; answered once it serves so.

        :param version: its number, or an alias that stands for it
        :param traffic: the share of the requests without a version that it answers, 0 to 1; all by default,
            and 0 gives it the alias alone
        :param alias: a name that stands for the version from now on
        :param reason: why, for the record that the gateway keeps
        :param timeout: seconds for everything, the proof of a version that is not open included
        :raises PermissionDeniedError: without the scope `models:admin`
        :raises FailedPreconditionError: when the version cannot serve, has expired, or the model's folder
            cannot be written to; nothing is changed then
        """
        chosen = {"version": version, "traffic": traffic, "alias": alias, "reason": reason}
        return await self._choose("promote", model, chosen, timeout)

    async def rollback(
        self,
        model: str,
        *,
        alias: str | None = None,
        reason: str | None = None,
        timeout: float | None = None,
    ) -> PromotionRecord:
        """Take the last promotion of a model back that no rollback has taken back yet.

        :param alias: only this alias goes back, and the traffic stays
        :param reason: why, for the record that the gateway keeps
        :param timeout: seconds for everything
        :raises PermissionDeniedError: without the scope `models:admin`
        :raises FailedPreconditionError: as `promote`
        """
        return await self._choose("rollback", model, {"alias": alias, "reason": reason}, timeout)

    async def _choose(self, kind: str, model: str, chosen: Frame, timeout: float | None) -> PromotionRecord:
        frame = {
            "type": kind,
            "model": model,
            **{name: each for name, each in chosen.items() if each is not None},
        }

        def make(number: int, _remaining_ms: float) -> Frame:
            return {**frame, "id": number}

        await self._reached()
        within_s = _TIMEOUT_S if timeout is None else timeout
        # Not sent again after a lost connection: the first may have been carried out, and is recorded then.
        ack = await self.request(make, timeout=within_s, repeatable=False, needs="promote")
        return promotion_of(ack)
