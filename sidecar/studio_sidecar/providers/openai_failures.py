"""What went wrong at a service, said in the sidecar's own codes.

pydantic-ai has already sorted the services' errors into classes; this maps those, keeps the service's own words short,
and takes the caller's key out of them.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import cast

from pydantic_ai import exceptions

from studio_sidecar import wire
from studio_sidecar.failures import ChatError, own_failure
from studio_sidecar.providers.base import Target

MAX_MESSAGE_CHARS = 500
# llama.cpp's name for a prompt that does not fit, which pydantic-ai does not know.
LLAMA_CONTEXT_TYPE = "exceed_context_size_error"

# The first class that fits decides, so the more exact ones stand before those they derive from.
CODES: list[tuple[type[Exception], wire.FailureCode, bool]] = [
    (exceptions.ModelTimeoutError, "timeout", True),
    (exceptions.ModelRateLimitError, "rate_limited", True),
    # Waiting does not fill an empty account.
    (exceptions.ModelQuotaExceededError, "provider_failed", False),
    (exceptions.ModelUnavailableError, "unavailable", True),
    (exceptions.ModelConnectionError, "unavailable", True),
    (exceptions.ModelServerError, "provider_failed", True),
    (exceptions.ModelContextWindowExceededError, "context_too_long", False),
    (exceptions.ModelAuthenticationError, "unauthorized", False),
    (exceptions.ModelNotFoundError, "not_found", False),
    (exceptions.ModelRequestRejectedError, "invalid_request", False),
    # What is left is an answer that could not be understood, or an unusual status.
    (exceptions.ModelAPIError, "provider_failed", True),
    (exceptions.UnexpectedModelBehavior, "provider_failed", True),
    # The request asks for something this service is known not to do.
    (exceptions.UserError, "invalid_request", False),
]


@contextmanager
def as_chat_failure(target: Target) -> Generator[None]:
    """Turns the errors of pydantic-ai raised in the block into `ChatError`."""
    try:
        yield
    except tuple(kind for kind, _, _ in CODES) as error:
        code, retryable = _classify(error)
        retry_after_s = error.retry_after if isinstance(error, exceptions.ModelAPIError) else None
        raise ChatError(
            code,
            _message(error, target),
            retryable=retryable,
            retry_after_ms=None if retry_after_s is None else round(retry_after_s * 1000),
        ) from error
    except ChatError:
        raise
    except Exception as error:
        # Replies of a shape that nobody expected end in errors of every kind inside the libraries.
        message = f"the answer of `{target.service}` could not be understood: {own_failure(error).message}"
        raise ChatError("provider_failed", message, retryable=True) from error


def _classify(error: Exception) -> tuple[wire.FailureCode, bool]:
    if isinstance(error, exceptions.ModelAPIError) and error.provider_error_type == LLAMA_CONTEXT_TYPE:
        return "context_too_long", False
    for kind, code, retryable in CODES:
        if isinstance(error, kind):
            return code, retryable
    raise AssertionError(f"`{type(error).__name__}` is caught but not in the table")


def _message(error: Exception, target: Target) -> str:
    if isinstance(error, exceptions.ModelHTTPError):
        words = _words_of(error.body)
        text = f"`{target.service}` answered with status `{error.status_code}`" + (f": {words}" if words else "")
    else:
        text = f"`{target.service}` failed: {error}"
    if target.api_key:
        text = text.replace(target.api_key, "***")
    return text if len(text) <= MAX_MESSAGE_CHARS else text[:MAX_MESSAGE_CHARS] + "…"


def _words_of(body: object) -> str:
    """The message in an error body: a string, `{"message": …}`, or either under `error`."""
    if isinstance(body, str):
        return body.strip()
    if isinstance(body, dict):
        fields = cast("dict[str, object]", body)
        return _words_of(fields.get("message") or fields.get("error") or fields.get("detail"))
    return ""
