"""Wires the application: registry, routes, gate, and one form for every failure. No behaviour of its own."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from studio_sidecar.auth import Gate
from studio_sidecar.failures import HTTP_STATUS, ChatError, invalid_request, not_found, own_failure
from studio_sidecar.providers.registry import Registry
from studio_sidecar.routes import chat, health, providers
from studio_sidecar.settings import Settings
from studio_sidecar.wire import Failure


def build(settings: Settings, token: str) -> FastAPI:
    registry = Registry(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        yield
        await registry.close()

    app = FastAPI(openapi_url=None, lifespan=lifespan)
    app.add_middleware(Gate, token=token)
    for group in (health, providers, chat):
        app.include_router(group.routes(registry))
    app.add_exception_handler(ChatError, _failed)
    app.add_exception_handler(RequestValidationError, _refused)
    app.add_exception_handler(HTTPException, _unknown)
    app.add_exception_handler(Exception, _broken)
    return app


def _reply(failure: Failure, status: int | None = None) -> JSONResponse:
    return JSONResponse(failure.model_dump(exclude_none=True), status or HTTP_STATUS[failure.code])


async def _failed(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ChatError), "registered for this class"
    return _reply(error.failure)


async def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError), "registered for this class"
    # The errors also carry the input, which may be a prompt or a key: only place and reason are repeated.
    problems = [f"`{'.'.join(str(step) for step in each['loc'][1:])}`: {each['msg']}" for each in error.errors()]
    return _reply(invalid_request("the request does not fit: " + "; ".join(problems)).failure)


async def _unknown(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException), "registered for this class"
    failure = not_found(f"there is no `{request.method} {request.url.path}`").failure
    return _reply(failure, error.status_code)


async def _broken(_: Request, error: Exception) -> JSONResponse:
    return _reply(own_failure(error), 500)
