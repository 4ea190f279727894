"""The built-in model: small, real, offline, without a key, in a process of its own on this machine."""

from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

from studio_sidecar import wire
from studio_sidecar.failures import ChatError, not_found
from studio_sidecar.local_model.catalogue import local_models
from studio_sidecar.local_model.process import ModelProcess
from studio_sidecar.providers.base import Provider, Target
from studio_sidecar.providers.later import Later
from studio_sidecar.providers.openai_compatible import load_openai_chat

# Chats wait in llama.cpp's queue. At a few seconds each, one more than this would not be served within its time limit.
MAX_CHATS = 64
BUSY_RETRY_AFTER_MS = 5_000


class Builtin(Provider):
    id = "builtin"
    label = "Built-in (tiny)"
    needs = ()

    def __init__(self, models_dir: Path | None, idle_s: float) -> None:
        [self._model] = local_models()
        self._process = ModelProcess(self._model, models_dir, idle_s)
        self._chat = Later(load_openai_chat)
        self._chats = 0

    def models(self) -> list[wire.Model]:
        model = self._model
        return [wire.Model(id=model.id, label=model.label, context_tokens=model.context_tokens)]

    async def complete(self, request: wire.ChatRequest) -> wire.ChatReply:
        async with self._admitted(request) as target:
            chat = await self._chat.get()
            return await chat.complete(target, self._with_defaults(request))

    async def stream(self, request: wire.ChatRequest) -> AsyncGenerator[wire.DeltaLine | wire.FinishLine]:
        async with self._admitted(request) as target:
            chat = await self._chat.get()
            async with aclosing(chat.stream(target, self._with_defaults(request))) as lines:
                async for line in lines:
                    yield line

    def local_state(self) -> wire.LocalModelState:
        return self._process.state()

    async def close(self) -> None:
        await self._process.close()
        if chat := self._chat.built():
            await chat.close()

    @asynccontextmanager
    async def _admitted(self, request: wire.ChatRequest) -> AsyncGenerator[Target]:
        if request.model != self._model.id:
            raise not_found(f"the built-in provider has no model `{request.model}`, only `{self._model.id}`")
        if self._chats >= MAX_CHATS:
            message = f"the built-in model has `{MAX_CHATS}` chats waiting"
            raise ChatError("rate_limited", message, retryable=True, retry_after_ms=BUSY_RETRY_AFTER_MS)
        self._chats += 1
        # While the model loads.
        self._chat.begin()
        try:
            async with self._process.endpoint() as endpoint:
                yield Target(
                    service=self.id,
                    base_url=endpoint.base_url,
                    api_key=endpoint.api_key,
                    newer_token_limit=False,
                )
        finally:
            self._chats -= 1

    def _with_defaults(self, request: wire.ChatRequest) -> wire.ChatRequest:
        """Greedy unless asked otherwise, and with the limits and the system prompt the model needs."""
        return request.model_copy(
            update={
                "system": request.system or self._model.default_system,
                "temperature": 0.0 if request.temperature is None else request.temperature,
                "max_tokens": request.max_tokens or self._model.default_max_tokens,
            }
        )
