"""One chat in OpenAI's format with whoever answers at a base URL, through pydantic-ai's direct API.

Importing this costs seconds and most of the sidecar's memory, so providers do it at their first chat (`Later`). It
holds the connection pool, follows no redirect, keeps no cookie and never retries: the caller owns retries.
"""

from collections.abc import AsyncGenerator
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx2
from openai import AsyncOpenAI
from pydantic_ai.direct import model_request, model_request_stream
from pydantic_ai.messages import (
    FinishReason,
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    SystemPromptPart,
    TextPart,
    TextPartDelta,
    UserPromptPart,
)
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

from studio_sidecar import wire
from studio_sidecar.providers.base import Target
from studio_sidecar.providers.openai_failures import as_chat_failure

CONNECT_TIMEOUT_S = 10.0
# The whole answer has a time limit in the route; this one only ends reads that outlive every such limit.
READ_TIMEOUT_S = wire.MAX_TIMEOUT_MS / 1000
# More chats at once than one Python process can stream.
MAX_CONNECTIONS = 1000
# Sent to services that want no key: the SDK insists on one.
NO_KEY = "none"
# A proxy in the environment is for the outside, never for a model server on this machine.
LOOPBACK_WITHOUT_PROXY = {f"all://{host}": None for host in ("127.0.0.1", "localhost", "[::1]")}


class OpenAiChat:
    def __init__(self) -> None:
        self._http = httpx2.AsyncClient(
            timeout=httpx2.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            limits=httpx2.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=100),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            mounts=LOOPBACK_WITHOUT_PROXY,
            follow_redirects=False,
        )

    async def complete(self, target: Target, request: wire.ChatRequest) -> wire.ChatReply:
        with as_chat_failure(target):
            response = await model_request(
                self._model(target, request),
                _messages(request),
                model_settings=_settings(request),
                model_request_parameters=_output(request),
            )
            return wire.ChatReply(
                text="".join(part.content for part in response.parts if isinstance(part, TextPart)),
                model=response.model_name or request.model,
                finish_reason=_finish_reason(response.finish_reason),
                usage=_usage(response.usage),
            )

    async def stream(
        self, target: Target, request: wire.ChatRequest
    ) -> AsyncGenerator[wire.DeltaLine | wire.FinishLine]:
        deltas: list[str] = []
        with as_chat_failure(target):
            async with model_request_stream(
                self._model(target, request),
                _messages(request),
                model_settings=_settings(request),
                model_request_parameters=_output(request),
            ) as answer:
                async for event in answer:
                    match event:
                        case PartStartEvent(part=TextPart(content=text)) if text:
                            pass
                        case PartDeltaEvent(delta=TextPartDelta(content_delta=text)) if text:
                            pass
                        case _:
                            continue
                    deltas.append(text)
                    yield wire.DeltaLine(type="delta", text=text)
                yield wire.FinishLine(
                    type="finish",
                    text="".join(deltas),
                    model=answer.model_name or request.model,
                    finish_reason=_finish_reason(answer.finish_reason),
                    usage=_usage(answer.usage),
                )

    async def close(self) -> None:
        await self._http.aclose()

    def _model(self, target: Target, request: wire.ChatRequest) -> OpenAIChatModel:
        client = AsyncOpenAI(
            base_url=target.base_url, api_key=target.api_key or NO_KEY, http_client=self._http, max_retries=0
        )
        profile = OpenAIModelProfile(
            openai_chat_supports_max_completion_tokens=target.newer_token_limit,
            # A connection that closes early must fail, not pass for a short answer.
            openai_chat_streaming_requires_finish_reason=True,
        )
        provider = OpenAICompatibleProvider(target.service, openai_client=client, profile=profile)
        return OpenAIChatModel(request.model, provider=provider)


def _messages(request: wire.ChatRequest) -> list[ModelMessage]:
    parts: list[ModelRequestPart] = [SystemPromptPart(request.system)] if request.system else []
    messages: list[ModelMessage] = [ModelRequest(parts)] if parts else []
    for message in request.messages:
        if message.role == "user":
            messages.append(ModelRequest([UserPromptPart(message.content)]))
        else:
            messages.append(ModelResponse([TextPart(message.content)]))
    return messages


def _settings(request: wire.ChatRequest) -> ModelSettings:
    settings = ModelSettings()
    if request.temperature is not None:
        settings["temperature"] = request.temperature
    if request.max_tokens is not None:
        settings["max_tokens"] = request.max_tokens
    return settings


def _output(request: wire.ChatRequest) -> ModelRequestParameters:
    if request.json_schema is None:
        return ModelRequestParameters()
    return ModelRequestParameters(
        output_mode="native",
        output_object=OutputObjectDefinition(json_schema=dict(request.json_schema), name="answer"),
        allow_text_output=False,
    )


def _finish_reason(reason: FinishReason | None) -> wire.FinishReason:
    match reason:
        case "stop" | "length" | "content_filter":
            return reason
        case "tool_call" | "error" | None:
            return "other"


def _usage(usage: RequestUsage) -> wire.Usage:
    return wire.Usage(input_tokens=usage.input_tokens, output_tokens=usage.output_tokens)
