"""What may go wrong. Trouble with the gateway is one family; bad input is scikit-learn's."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Literal

Processed = Literal["no", "maybe"]


class HeadgateError(Exception):
    """A request that the gateway, or the way to it, did not answer with a result.

    `code` is gRPC's name in lower case, `retryable` says whether the same may succeed later,
    `processed` is `"no"` when it surely was not run, and `answered` whether the gateway itself said so.
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
    """A defect of the gateway, or a code that this client does not know."""


class InvalidArgumentError(HeadgateError, ValueError):
    """The request is wrong; the message names the field."""

    code = "invalid_argument"


class NotFoundError(HeadgateError, LookupError):
    """No such model, version, detector, stream or kept fit."""

    code = "not_found"


class DeadlineExceededError(HeadgateError, TimeoutError):
    """No answer within the request's time."""

    code = "deadline_exceeded"


class CancelledError(HeadgateError):
    """The client was closed while the request waited."""

    code = "cancelled"


class ResourceExhaustedError(HeadgateError):
    """A queue, credits or bytes are full, or the deadline cannot be met."""

    code = "resource_exhausted"
    retryable = True


class UnavailableError(HeadgateError, ConnectionError):
    """No gateway, a draining one, or a model that is not served.

    Where no gateway could be reached, `addresses` are those that were tried, `cause` is why, and
    `retry_after_s` when the client tries again by itself.
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
    """The token does not allow it."""

    code = "permission_denied"


class FailedPreconditionError(HeadgateError):
    """The state forbids it: a stream open otherwise, times that do not increase, a key used before."""

    code = "failed_precondition"


class UnimplementedError(HeadgateError):
    """The gateway, or this client, does not have it."""

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
    """The class of an error code; `InternalError` for one that is not known."""
    return _BY_CODE.get(code, InternalError)


def said_more(error: HeadgateError, words: str) -> HeadgateError:
    """The same error with more words at its end."""
    longer = copy.copy(error)
    end = "" if error.message.endswith((".", "?")) else "."
    longer.message = error.message + end + words
    longer.args = (longer.message,)
    return longer


def is_no_answer(error: HeadgateError) -> bool:
    """Whether no gateway answered, as against a gateway that answered no."""
    return error.code in ("unavailable", "deadline_exceeded", "resource_exhausted")
