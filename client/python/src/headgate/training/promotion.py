"""The record of a promotion or of a rollback."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ..codec import Frame


class PromotionRecord(NamedTuple):
    """Who changed what answers, when and why."""

    action: Literal["promote", "rollback", "publish"]
    ts: float
    """Milliseconds since the epoch."""
    by: str
    """The credential, as the gateway's log names it."""
    reason: str | None
    from_: str | None
    """The version with the largest share of the traffic before; None where `to` got none."""
    to: str
    traffic: float | None
    """The share of `to` since; None where only the alias was changed."""
    alias: str | None
    """The name that stands for `to` since."""
    alias_from: str | None
    """The version that the alias stood for before."""
    alias_dropped: str | None = None
    """The alias that stood for `to` before and stands for no version since: `challenger`, of what won."""


def promotion_of(fields: Frame) -> PromotionRecord:
    """Make a record of the fields of an answer or of an event."""
    told = {"alias_dropped": None, **fields, "from_": fields["from"]}
    return PromotionRecord(**{name: told[name] for name in PromotionRecord._fields})
