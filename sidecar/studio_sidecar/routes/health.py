"""`GET /health`: alive, and how the local models are. Open to everyone; costs nothing."""

from fastapi import APIRouter

from studio_sidecar import __version__, wire
from studio_sidecar.providers.registry import Registry


def routes(registry: Registry) -> APIRouter:
    router = APIRouter()

    @router.get("/health")
    async def health() -> wire.Health:
        models: dict[str, wire.LocalModelState] = {}
        for provider in registry.providers:
            if (state := provider.local_state()) is not None:
                models[provider.id] = state
        return wire.Health(status="ok", version=__version__, models=models)

    return router
