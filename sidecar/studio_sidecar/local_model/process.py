"""The life of a model process: started by the first chat, watched, ended when idle or when the sidecar ends.

A chat holds `endpoint()` while it talks; chats that arrive during a load share it. A process that died is started again
by the next chat: the failed one reports `unavailable`, and its caller owns the retry.
"""

import asyncio
import contextlib
import json
import logging
import secrets
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

from studio_sidecar.failures import unavailable
from studio_sidecar.local_model.catalogue import LocalModel
from studio_sidecar.local_model.server import Order
from studio_sidecar.wire import LocalModelState

log = logging.getLogger(__name__)

PACKAGE_ROOT = Path(__file__).resolve().parents[2]
# A cold disk on a busy machine takes about 15 s for 100 MB; past this the load is stuck.
LOAD_LIMIT_S = 90.0
# The process ends on SIGTERM at once unless it hangs in native code.
END_LIMIT_S = 2.0


@dataclass(frozen=True)
class Endpoint:
    """Where a running model answers, in OpenAI's chat format."""

    base_url: str
    api_key: str


@dataclass(frozen=True)
class _Running:
    process: asyncio.subprocess.Process
    endpoint: Endpoint


class ModelProcess:
    def __init__(self, model: LocalModel, models_dir: Path | None, idle_s: float) -> None:
        self._model = model
        self._models_dir = models_dir
        self._idle_s = idle_s
        self._running: asyncio.Task[_Running] | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._chats = 0
        self._idle_timer: asyncio.TimerHandle | None = None
        self._unloading: asyncio.Task[None] | None = None

    def state(self) -> LocalModelState:
        if self._running is not None:
            return "ready" if self._running.done() else "loading"
        weights = self._weights_path()
        return "stopped" if weights is not None and weights.is_file() else "absent"

    @contextlib.asynccontextmanager
    async def endpoint(self) -> AsyncGenerator[Endpoint]:
        """The running model, started if need be and kept loaded while the block runs. Raises `unavailable`."""
        self._chats += 1
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None
        try:
            if self._running is None:
                self._running = asyncio.create_task(self._start(), name="load model")
                self._running.add_done_callback(self._loaded)
            # Shielded: a chat that is dropped must not end the load that others wait for.
            running = await asyncio.shield(self._running)
            yield running.endpoint
        finally:
            self._chats -= 1
            if self._chats == 0:
                self._idle_timer = asyncio.get_running_loop().call_later(self._idle_s, self._unload)

    async def close(self) -> None:
        """Ends the process, whether loading, busy or idle."""
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        running, self._running = self._running, None
        if running is not None:
            await _end_running(running)
        if self._unloading is not None:
            await self._unloading

    def _weights_path(self) -> Path | None:
        return self._models_dir / self._model.file if self._models_dir else None

    def _checked_weights(self) -> Path:
        path = self._weights_path()
        if path is None:
            raise unavailable(
                f"the built-in model needs the file `{self._model.file}`, and no directory of models was given "
                "(`--models` or `AI_STUDIO_MODELS`)",
                retryable=False,
            )
        try:
            size_bytes = path.stat().st_size
        except OSError:
            raise unavailable(
                f"the built-in model needs the file `{path}`; "
                f"`python3 -m studio_sidecar.fetch_model {path.parent}` fetches it",
                retryable=False,
            ) from None
        if size_bytes != self._model.size_bytes:
            raise unavailable(
                f"the built-in model's file `{path}` has `{size_bytes}` bytes instead of `{self._model.size_bytes}`; "
                f"`python3 -m studio_sidecar.fetch_model {path.parent}` fetches it again",
                retryable=False,
            )
        return path

    async def _start(self) -> _Running:
        weights = self._checked_weights()
        order = Order(
            weights=str(weights),
            alias=self._model.id,
            api_key=secrets.token_urlsafe(32),
            context_tokens=self._model.context_tokens,
        )
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "studio_sidecar.local_model.server",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=PACKAGE_ROOT,
        )
        try:
            address = await _handshake(process, order)
        except BaseException:
            await _end(process)
            raise
        log.info("model `%s` is ready in process `%s`", self._model.id, process.pid)
        return _Running(process, Endpoint(f"{address}/v1", order.api_key))

    def _loaded(self, load: asyncio.Task[_Running]) -> None:
        if load.cancelled() or load.exception() is not None:
            if self._running is load:
                self._running = None
            return
        self._watcher = asyncio.create_task(self._watch(load), name="watch model")

    async def _watch(self, load: asyncio.Task[_Running]) -> None:
        process = load.result().process
        status = await process.wait()
        if self._running is load:
            self._running = None
            log.warning("model `%s` in process `%s` ended with status `%s`", self._model.id, process.pid, status)

    def _unload(self) -> None:
        self._idle_timer = None
        # Taken away here and now: a chat that begins before the task runs must not be given what the task ends.
        running, self._running = self._running, None
        if running is not None:
            log.info("model `%s` was idle for `%s` s and is unloaded", self._model.id, self._idle_s)
            self._unloading = asyncio.create_task(_end_running(running), name="unload model")


async def _handshake(process: asyncio.subprocess.Process, order: Order) -> str:
    """Hands over the order and waits for the ready line. Returns the address."""
    stdin, stdout = process.stdin, process.stdout
    assert stdin is not None, "asked for as a pipe"
    assert stdout is not None, "asked for as a pipe"
    try:
        stdin.write(order.to_line().encode())
        await stdin.drain()
        async with asyncio.timeout(LOAD_LIMIT_S):
            line = await stdout.readline()
    except TimeoutError:
        raise unavailable(f"the built-in model did not load within `{LOAD_LIMIT_S:.0f}` s") from None
    except ConnectionError:
        line = b""
    if not line:
        status = await process.wait()
        raise unavailable(f"the built-in model's process ended with status `{status}` while it loaded")
    return str(json.loads(line)["address"])


async def _end_running(running: asyncio.Task[_Running]) -> None:
    running.cancel()
    await asyncio.wait({running})
    if not running.cancelled() and running.exception() is None:
        await _end(running.result().process)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(END_LIMIT_S):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
