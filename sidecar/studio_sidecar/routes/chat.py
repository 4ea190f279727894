"""`POST /chat`: one model turn, answered whole or as one JSON object a line.

Either form ends within the request's time limit, and a caller who hangs up ends the request to the provider.
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from studio_sidecar import wire
from studio_sidecar.failures import ChatError, own_failure, timed_out
from studio_sidecar.providers.base import Provider
from studio_sidecar.providers.registry import Registry

# A small model on a small machine needs minutes for a long answer; a caller who knows better says so.
DEFAULT_TIMEOUT_MS = 300_000
# Nobody reads this status; it is the customary one for a caller who hung up.
HUNG_UP = 499

Result = TypeVar("Result")


def routes(registry: Registry) -> APIRouter:
    router = APIRouter()

    @router.post("/chat", response_model=None)
    async def chat(body: wire.ChatRequest, request: Request) -> wire.ChatReply | Response:
        provider = registry.find(body.provider)
        if body.stream:
            return StreamingResponse(chat_lines(provider, body), media_type="application/x-ndjson")
        reply = await _until_hung_up(request, _whole(provider, body))
        return Response(status_code=HUNG_UP) if reply is None else reply

    return router


async def _whole(provider: Provider, body: wire.ChatRequest) -> wire.ChatReply:
    timeout_ms = body.timeout_ms or DEFAULT_TIMEOUT_MS
    try:
        async with asyncio.timeout(timeout_ms / 1000):
            return await provider.complete(body)
    except TimeoutError:
        raise timed_out(timeout_ms) from None


async def _until_hung_up(request: Request, work: Coroutine[Any, Any, Result]) -> Result | None:
    """The result of `work`, or nothing when the caller hung up first; then `work` is cancelled."""
    working = asyncio.create_task(work)
    listening = asyncio.create_task(_hang_up(request))
    try:
        await asyncio.wait({working, listening}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        working.cancel()
        listening.cancel()
        await asyncio.wait({working, listening})


async def _hang_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        continue


async def chat_lines(provider: Provider, body: wire.ChatRequest) -> AsyncGenerator[str]:
    async with aclosing(_checked(provider, body)) as lines:
        async for line in lines:
            yield line.model_dump_json(exclude_none=True) + "\n"


async def _checked(
    provider: Provider, body: wire.ChatRequest
) -> AsyncGenerator[wire.DeltaLine | wire.FinishLine | wire.ErrorLine]:
    """The provider's lines; a failure becomes the last line, since the status has been sent."""
    timeout_ms = body.timeout_ms or DEFAULT_TIMEOUT_MS
    deadline = asyncio.get_running_loop().time() + timeout_ms / 1000
    try:
        async with aclosing(provider.stream(body)) as lines:
            while True:
                # Around each pull, not around the loop: the limit must not fire while the caller is being written to.
                async with asyncio.timeout_at(deadline):
                    line = await anext(lines, None)
                if line is None:
                    return
                yield line
    except ChatError as error:
        failure = error.failure
    except TimeoutError:
        failure = timed_out(timeout_ms).failure
    except Exception as error:
        failure = own_failure(error)
    yield wire.ErrorLine(type="error", **failure.model_dump())
