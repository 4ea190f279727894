"""All providers there are. A new one is a file beside this and a line here."""

from studio_sidecar.failures import ChatError, not_found
from studio_sidecar.providers.base import Provider
from studio_sidecar.providers.builtin import Builtin
from studio_sidecar.providers.openai_compatible import OpenAiCompatible
from studio_sidecar.settings import Settings


class Registry:
    def __init__(self, settings: Settings) -> None:
        self.providers: list[Provider] = [
            Builtin(settings.models_dir, settings.model_idle_s),
            OpenAiCompatible(),
        ]

    def find(self, provider_id: str) -> Provider:
        for provider in self.providers:
            if provider.id == provider_id:
                return provider
        raise self._unknown(provider_id)

    async def close(self) -> None:
        for provider in self.providers:
            await provider.close()

    def _unknown(self, provider_id: str) -> ChatError:
        known = ", ".join(f"`{provider.id}`" for provider in self.providers)
        return not_found(f"there is no provider `{provider_id}`, only {known}")
