"""The client's errors. Those of the gateway are one family; bad input also raises scikit-learn's class."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Literal

Processed = Literal["no", "maybe"]


class HeadgateError(Exception):
    """A request that ended without a result, by an answer of the gateway or a failure on the way to it.

    `code` is gRPC's name in lower case, `retryable` says whether the same request may succeed later,
    `processed` is `"no"` when the request was certainly not run, and `answered` says whether the error came
    from the gateway.
    """

    code = "internal"
    retryable = False

    def __init__(
        self,
        message: str,
        *,
        retryable: bool | None = None,
        processed: Processed = "no",
        retry_after_s: float | None = None,
        answered: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.processed: Processed = processed
        self.retry_after_s = retry_after_s
        self.answered = answered
        if retryable is not None:
            self.retryable = retryable

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.message,), self.__dict__)


class InternalError(HeadgateError):
    """A defect of the gateway, or an error code that this client does not have."""


class InvalidArgumentError(HeadgateError, ValueError):
    """The request is wrong; the message names the field."""

    code = "invalid_argument"


class NotFoundError(HeadgateError, LookupError):
    """There is no such model, version, detector, stream or kept fit."""

    code = "not_found"


class DeadlineExceededError(HeadgateError, TimeoutError):
    """No answer arrived within the request's time."""

    code = "deadline_exceeded"


class CancelledError(HeadgateError):
    """The client was closed before the answer arrived."""

    code = "cancelled"


class ResourceExhaustedError(HeadgateError):
    """A queue, the credits or the bytes are used up, or the deadline cannot be met."""

    code = "resource_exhausted"
    retryable = True


class UnavailableError(HeadgateError, ConnectionError):
    """No gateway is reachable, it drains, or the model is not served.

    When no gateway could be reached, `addresses` are those that were tried, `cause` is the reason, and
    `retry_after_s` the time after which the client tries again by itself.
    """

    code = "unavailable"
    retryable = True

    def __init__(
        self, message: str, *, addresses: Sequence[str] = (), cause: str = "", **details: Any
    ) -> None:
        super().__init__(message, **details)
        self.addresses = tuple(addresses)
        self.cause = cause


class UnauthenticatedError(HeadgateError):
    """The token is wrong or has expired."""

    code = "unauthenticated"


class PermissionDeniedError(HeadgateError):
    """The token's permissions do not include the request."""

    code = "permission_denied"


class FailedPreconditionError(HeadgateError):
    """The state forbids it: a stream open otherwise, times that do not increase, a key used before."""

    code = "failed_precondition"


class UnimplementedError(HeadgateError):
    """The gateway, or this client, does not have the feature."""

    code = "unimplemented"


_BY_CODE: Mapping[str, type[HeadgateError]] = {
    kind.code: kind
    for kind in (
        InternalError,
        InvalidArgumentError,
        NotFoundError,
        DeadlineExceededError,
        CancelledError,
        ResourceExhaustedError,
        UnavailableError,
        UnauthenticatedError,
        PermissionDeniedError,
        FailedPreconditionError,
        UnimplementedError,
    )
}


def error_of(code: str) -> type[HeadgateError]:
    """The class for an error code; `InternalError` for an unknown one."""
    return _BY_CODE.get(code, InternalError)


def said_more(error: HeadgateError, words: str) -> HeadgateError:
    """The same error with text added to its message."""
    longer = copy.copy(error)
    end = "" if error.message.endswith((".", "?")) else "."
    longer.message = error.message + end + words
    longer.args = (longer.message,)
    return longer


def is_no_answer(error: HeadgateError) -> bool:
    """Whether no gateway answered, in contrast to a gateway that refused."""
    return error.code in ("unavailable", "deadline_exceeded", "resource_exhausted")
