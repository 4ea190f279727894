"""Any service that speaks OpenAI's chat format at a base URL of its own: OpenAI, Ollama, vLLM, LM Studio, gateways."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from studio_sidecar import wire
from studio_sidecar.failures import invalid_request
from studio_sidecar.providers.base import Provider, Target
from studio_sidecar.providers.later import Later

if TYPE_CHECKING:
    from studio_sidecar.providers.openai_chat import OpenAiChat


class OpenAiCompatible(Provider):
    id = "openai_compatible"
    label = "OpenAI-compatible API"
    needs = ("base_url", "api_key")

    def __init__(self) -> None:
        self._chat = Later(load_openai_chat)

    def models(self) -> list[wire.Model]:
        return []

    async def complete(self, request: wire.ChatRequest) -> wire.ChatReply:
        target = _target(request)
        chat = await self._chat.get()
        return await chat.complete(target, request)

    async def stream(self, request: wire.ChatRequest) -> AsyncGenerator[wire.DeltaLine | wire.FinishLine]:
        target = _target(request)
        chat = await self._chat.get()
        async with aclosing(chat.stream(target, request)) as lines:
            async for line in lines:
                yield line

    async def close(self) -> None:
        if chat := self._chat.built():
            await chat.close()


def load_openai_chat() -> "OpenAiChat":
    from studio_sidecar.providers.openai_chat import OpenAiChat

    return OpenAiChat()


def _target(request: wire.ChatRequest) -> Target:
    if request.base_url is None:
        raise invalid_request("the provider `openai_compatible` needs a `base_url`")
    try:
        address = urlsplit(request.base_url)
        host = address.hostname
    except ValueError:
        raise invalid_request(f"the base_url `{request.base_url}` is not an address") from None
    if not host or address.scheme not in ("http", "https"):
        raise invalid_request(f"the base_url `{request.base_url}` is not an http or https address")
    return Target(
        service=OpenAiCompatible.id,
        base_url=request.base_url,
        api_key=request.api_key.get_secret_value() if request.api_key else None,
        # OpenAI's own API wants the newer name of the field; most services that imitate it know only the older one.
        newer_token_limit=host == "api.openai.com" or host.endswith(".openai.azure.com"),
    )
