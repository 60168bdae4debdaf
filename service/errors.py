"""Everything that can go wrong with a call, and the one table that makes it a status and a word.

    ServiceError
    ├── ConfigurationError         the process must not start; for the operator's eyes
    └── CallError                  the answer of one call: a status and a text without any input
        ├── CallerGoneError        400
        ├── NotAllowedError        401
        ├── UnknownServiceError    404
        ├── UnknownPageError       404
        ├── WrongMethodError       405
        ├── NotAcceptableError     406
        ├── BodyTooSlowError       408
        ├── DataUnobtainableError  412
        ├── BodyTooLargeError      413
        ├── NotJsonError           415
        ├── TooManyCallsError      429
        └── StoreDownError         503

`cds_hooks.errors.BadRequest` is the 400 of the protocol, `TooManyItems` a 413 of it. Everything else is our fault: a 500 that
tells the caller a request id and nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.exceptions import HTTPException

from cds_hooks.errors import BadRequest, TooManyItems
from cds_hooks.outcome import IssueCode


class ServiceError(Exception):
    """The base of all errors of this package."""


class ConfigurationError(ServiceError):
    """The process was set up in a way it must not serve with; the text says what to change."""


class CallError(ServiceError):
    """One call cannot be answered; the class says how, the text says why without any input."""

    status = 500
    code = IssueCode.EXCEPTION
    retry_after_s: int | None = None  # when it may be worth to come again


class CallerGoneError(CallError):
    """The caller closed the connection; nobody will read the answer."""

    status = 400
    code = IssueCode.INCOMPLETE


class NotAllowedError(CallError):
    """The caller did not show that it may ask; the answer never says what was missing.

    `why` is for the log alone, and holds no part of what was shown.
    """

    status = 401
    code = IssueCode.LOGIN

    def __init__(self, text: str, why: str = "") -> None:
        super().__init__(text)
        self.why = why


class UnknownServiceError(CallError):
    """No service has this id."""

    status = 404
    code = IssueCode.NOT_FOUND


class UnknownPageError(CallError):
    """Nothing is served at this path."""

    status = 404
    code = IssueCode.NOT_FOUND


class WrongMethodError(CallError):
    """The path exists, the method does not."""

    status = 405
    code = IssueCode.NOT_SUPPORTED


class NotAcceptableError(CallError):
    """The caller takes none of the types in which we answer."""

    status = 406
    code = IssueCode.NOT_SUPPORTED


class BodyTooSlowError(CallError):
    """The body did not arrive in time."""

    status = 408
    code = IssueCode.TIMEOUT


class DataUnobtainableError(CallError):
    """Data without which no advice is safe could not be had."""

    status = 412
    code = IssueCode.INCOMPLETE


class BodyTooLargeError(CallError):
    """The body is larger than the operator allows."""

    status = 413
    code = IssueCode.TOO_LONG


class NotJsonError(CallError):
    """The body is declared as something else than JSON."""

    status = 415
    code = IssueCode.NOT_SUPPORTED


class TooManyCallsError(CallError):
    """The client calls faster, or more at a time, than it may."""

    status = 429
    code = IssueCode.THROTTLED

    def __init__(self, text: str, retry_after_s: int) -> None:
        super().__init__(text)
        self.retry_after_s = retry_after_s


class StoreDownError(CallError):
    """The database cannot be used now; only what is nothing without it is refused."""

    status = 503
    code = IssueCode.TRANSIENT
    retry_after_s = 5  # so often it is asked whether it is back


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the caller is told: a status, the kind of issue, and a text that holds no input."""

    status: int
    code: IssueCode
    text: str
    where: str = ""
    retry_after_s: int | None = None


def refusal_of(error: Exception) -> Refusal:
    """The one translation of an exception to an answer."""
    match error:
        case CallError():
            after_s = error.retry_after_s
            return Refusal(error.status, error.code, str(error), retry_after_s=after_s)
        case BadRequest():
            return Refusal(400, IssueCode.INVALID, f"{error}.", error.where)
        case TooManyItems():
            return refusal_of(BodyTooLargeError(str(error)))
        case HTTPException(status_code=404):
            return refusal_of(UnknownPageError("Nothing is served at this path."))
        case HTTPException(status_code=405):
            return refusal_of(WrongMethodError("This path does not answer this method."))
        case _:
            return Refusal(500, IssueCode.EXCEPTION, "The service failed; no advice was given.")
