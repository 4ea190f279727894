"""The one exception that leaves a provider, and the one table from failure codes to HTTP statuses."""

import logging
import traceback

from studio_sidecar.wire import Failure, FailureCode

log = logging.getLogger(__name__)

HTTP_STATUS: dict[FailureCode, int] = {
    "invalid_request": 400,
    "unauthorized": 401,
    "not_found": 404,
    "context_too_long": 413,
    "rate_limited": 429,
    "provider_failed": 502,
    "unavailable": 503,
    "timeout": 504,
}


class ChatError(Exception):
    """A chat that ended without an answer, as the caller will read it."""

    def __init__(self, code: FailureCode, message: str, *, retryable: bool, retry_after_ms: int | None = None) -> None:
        super().__init__(message)
        self.failure = Failure(code=code, message=message, retryable=retryable, retry_after_ms=retry_after_ms)


def invalid_request(message: str) -> ChatError:
    return ChatError("invalid_request", message, retryable=False)


def not_found(message: str) -> ChatError:
    return ChatError("not_found", message, retryable=False)


def timed_out(after_ms: int) -> ChatError:
    return ChatError("timeout", f"no complete answer within `{after_ms}` ms", retryable=True)


def unavailable(message: str, *, retryable: bool = True) -> ChatError:
    return ChatError("unavailable", message, retryable=retryable)


def own_failure(error: Exception) -> Failure:
    """A failure of the sidecar itself. Logs where it was, but not the error's text, which may hold a prompt."""
    kind = type(error).__name__
    log.error("a request ended with `%s`\n%s", kind, "".join(traceback.format_tb(error.__traceback__)))
    return Failure(code="provider_failed", message=f"the sidecar failed with `{kind}`", retryable=False)
