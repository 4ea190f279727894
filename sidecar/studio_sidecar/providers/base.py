"""What a provider must do. Routes know providers only through this; nothing heavy is imported here."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from studio_sidecar import wire


@dataclass(frozen=True)
class Target:
    """A service to chat with over HTTP.

    `newer_token_limit`: it wants the limit of an answer as `max_completion_tokens` instead of `max_tokens`.
    """

    service: str
    base_url: str
    api_key: str | None = field(repr=False)
    newer_token_limit: bool


class Provider(ABC):
    id: ClassVar[str]
    label: ClassVar[str]
    needs: ClassVar[Sequence[wire.Need]]

    @abstractmethod
    def models(self) -> list[wire.Model]:
        """The models known in advance; empty when any name may be asked for."""

    @abstractmethod
    async def complete(self, request: wire.ChatRequest) -> wire.ChatReply:
        """The whole answer at once. Raises `ChatError`."""

    @abstractmethod
    def stream(self, request: wire.ChatRequest) -> AsyncGenerator[wire.DeltaLine | wire.FinishLine]:
        """Deltas as they arrive, then one finish line whose text is all deltas joined. Raises `ChatError`.

        Closing the generator, or cancelling the task that reads it, ends the request to the provider.
        """

    def local_state(self) -> wire.LocalModelState | None:
        """The state of the model when it runs on this machine; nothing for a remote one."""
        return None

    @abstractmethod
    async def close(self) -> None:
        """Gives back connections and processes."""
