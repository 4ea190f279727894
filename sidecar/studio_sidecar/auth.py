"""Who may call, and how much they may send: a bearer token on every route but `/health`, and a limit on the body.

Plain ASGI, before routing, so that a route cannot be forgotten and unknown paths tell a stranger nothing.
"""

import hmac

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from studio_sidecar.failures import HTTP_STATUS
from studio_sidecar.wire import Failure

OPEN_PATHS = frozenset({"/health"})
# A shorter one can be guessed.
MIN_TOKEN_CHARS = 16
# Far above any model's context (a million tokens are about 4 MB), far below what would hurt.
MAX_BODY_BYTES = 32 * 1024 * 1024


class Gate:
    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope["path"], scope["method"], headers)
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, path: str, method: str, headers: Headers) -> JSONResponse | None:
        given = headers.get("authorization", "").encode("latin-1")
        if path not in OPEN_PATHS and not hmac.compare_digest(given, self._expected):
            failure = Failure(code="unauthorized", message="the sidecar's token is missing or wrong", retryable=False)
            return _refuse(failure, {"WWW-Authenticate": "Bearer"})
        length = headers.get("content-length", "")
        if method == "POST" and not (length.isdecimal() and int(length) <= MAX_BODY_BYTES):
            message = f"a request needs a content-length of at most `{MAX_BODY_BYTES}` bytes"
            return _refuse(Failure(code="invalid_request", message=message, retryable=False), {})
        return None


def _refuse(failure: Failure, headers: dict[str, str]) -> JSONResponse:
    return JSONResponse(failure.model_dump(exclude_none=True), HTTP_STATUS[failure.code], headers)
