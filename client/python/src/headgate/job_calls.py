"""A client's jobs, listed and found again, and models that are given as ONNX files."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

from .codec import Frame
from .errors import InvalidArgumentError
from .infer_calls import InferCalls
from .options import Options
from .training import exports, uploads
from .training.job import FEATURE as JOBS
from .training.job import Job
from .training.job_feed import JobFeeds
from .training.results import JobState, JobStateName, PublishedVersion, state_of

Publication = Mapping[str, Any]
"""`model`, and `version`, `traffic`, `aliases` and `expires_after_ms` where they are wanted."""


class JobCalls(InferCalls):
    """The calls about jobs and versions."""

    def __init__(self, urls: list[str], options: Options) -> None:
        super().__init__(urls, options)
        self._feeds = JobFeeds(self._standing)
        self.onnx_fetches = asyncio.Semaphore(exports.FETCHES_MAX)
        """Places of those that fetch models in the background."""

    async def jobs(
        self,
        *,
        state: JobStateName | None = None,
        before: str | None = None,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> list[JobState]:
        """The jobs of the namespace, newest first.

        :param state: only those in this state
        :param before: only those older than this one, by its name
        :param limit: so many at most
        """
        optional = {"state": state, "before": before, "limit": limit}
        frame = {"type": "jobs", **{name: value for name, value in optional.items() if value is not None}}
        ack = await self.ack(lambda number: {**frame, "id": number}, timeout=timeout, needs=JOBS)
        return [state_of(each) for each in ack["jobs"]]

    def job(self, name: str) -> Job:
        """A job by its name, also one of an earlier process; the gateway is not asked yet."""
        return Job(name, self, self._feeds)

    async def upload(
        self,
        onnx: bytes | str | PathLike[str],
        *,
        model: str,
        version: str | None = None,
        traffic: float | None = None,
        aliases: Sequence[str] = (),
        expires_after_ms: float | None = None,
        timeout: float | None = None,
    ) -> PublishedVersion:
        """Publish an ONNX file as a version of a model; it goes through the same gate as any version.

        :param onnx: its bytes, or its path
        :param version: by default one more than the model's highest
        :param traffic: the share of the requests without a version that it answers, 0 to 1; all by default
        :param aliases: names that stand for this version from now on
        :param expires_after_ms: milliseconds after which the version refuses to answer; never by default
        :param timeout: seconds for one part of the file; the last is answered once the version serves
        :raises PermissionDeniedError: without the scope `models:admin`
        :raises FailedPreconditionError: when the gate refuses the version, with the reason
        """
        given = onnx if isinstance(onnx, bytes) else await asyncio.to_thread(uploads.read, onnx)
        publish = {
            "model": model,
            "version": version,
            "traffic": traffic,
            "aliases": list(aliases) or None,
            "expires_after_ms": expires_after_ms,
        }
        published = publication_of(publish) or {}
        needs = expiry_feature(published)
        return await uploads.upload(self, given, published, timeout, lambda: self._require(needs))


def expiry_feature(publish: Frame | None) -> str | None:
    """What a gateway must have: one without it would pass over the field, and the version never expire."""
    return "model_expiry" if publish is not None and "expires_after_ms" in publish else None


def publication_of(publish: str | Publication | None) -> Frame | None:
    """As the protocol has it.

    :raises InvalidArgumentError: for a mapping without a model
    """
    if publish is None:
        return None
    named = {"model": publish} if isinstance(publish, str) else publish
    if not isinstance(named.get("model"), str):
        raise InvalidArgumentError("publish.model: is missing: name the model that it becomes a version of")
    return {name: value for name, value in named.items() if value is not None}
