"""What the tests share: sidecars as real processes, a real model server, and a service that misbehaves on request."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.model_peer import ModelPeer
from tests.running import RunningSidecar, models_dir
from tests.unruly import UnrulyService

StartSidecar = Callable[..., RunningSidecar]


@pytest.fixture(scope="session")
def sidecar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSidecar]:
    """One sidecar for all tests that leave it as they found it."""
    log = tmp_path_factory.mktemp("sidecar") / "log"
    with RunningSidecar(log, "--models", str(models_dir())) as running:
        yield running


@pytest.fixture
def start_sidecar(tmp_path: Path) -> Iterator[StartSidecar]:
    """Starts sidecars of the test's own; those still running at its end are killed."""
    started: list[RunningSidecar] = []

    def start(*arguments: str) -> RunningSidecar:
        running = RunningSidecar(tmp_path / f"log-{len(started)}", *arguments)
        started.append(running)
        return running

    yield start
    for running in started:
        running.kill()


@pytest.fixture(scope="session")
def model_peer() -> Iterator[ModelPeer]:
    """llama.cpp's own OpenAI-compatible server, outside any sidecar."""
    with ModelPeer() as peer:
        yield peer


@pytest.fixture(scope="session")
def unruly() -> Iterator[UnrulyService]:
    with UnrulyService() as service:
        yield service
