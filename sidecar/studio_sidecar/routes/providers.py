"""`GET /providers`: what may be asked for, and what each provider needs to be told."""

from fastapi import APIRouter

from studio_sidecar import wire
from studio_sidecar.providers.registry import Registry


def routes(registry: Registry) -> APIRouter:
    router = APIRouter()

    @router.get("/providers")
    async def providers() -> list[wire.Provider]:
        return [
            wire.Provider(id=provider.id, label=provider.label, models=provider.models(), needs=list(provider.needs))
            for provider in registry.providers
        ]

    return router
