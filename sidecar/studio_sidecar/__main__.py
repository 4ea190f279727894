"""Starts the sidecar: token, socket, server, and the one ready line on standard output.

Ends with standard input, or on SIGTERM after its open chats; with `--token-env` only on SIGTERM. Either end is a
success to whoever waits for the exit status. Everything but the ready line goes to standard error.
"""

import asyncio
import contextlib
import logging
import os
import socket
import sys
from collections.abc import Callable, Generator

import uvicorn

from studio_sidecar import __version__, app, auth, lifeline, settings
from studio_sidecar.wire import Ready

# Whoever sends SIGTERM usually waits 5 s before SIGKILL; open chats get most of it.
DRAIN_S = 3
# Longer than the 90 s for which the client keeps an idle connection, so that it never writes into a closed one.
KEEP_ALIVE_S = 120


class Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        with super().capture_signals():
            yield
            # uvicorn would raise the signal again after the drain, and a clean stop would look like a crash.
            self._captured_signals.clear()

    def leave_at_once(self) -> None:
        """For when nobody is left to read the answers."""
        if self.server_state.tasks:
            self.config.timeout_graceful_shutdown = 0
        self.should_exit = True


def main() -> None:
    options = settings.parse()
    configure_log(options.log_level)
    token = read_token(options.token_env)
    if len(token) < auth.MIN_TOKEN_CHARS:
        sys.exit(f"studio_sidecar: the token is missing or shorter than `{auth.MIN_TOKEN_CHARS}` characters")
    forget_provider_settings()
    try:
        listener = listen(options.host, options.port)
    except OSError as error:
        sys.exit(f"studio_sidecar: could not listen on `{options.host}` port `{options.port}`: {error.strerror}")
    port = listener.getsockname()[1]

    def announce() -> None:
        ready = Ready(ready=True, port=port, pid=os.getpid(), version=__version__)
        try:
            print(ready.model_dump_json(), flush=True)
        except BrokenPipeError:
            # Whoever started this process is gone already, and nothing has been begun.
            os._exit(0)
        if options.token_env is None:
            loop = asyncio.get_running_loop()
            lifeline.when_input_ends(lambda: loop.call_soon_threadsafe(server.leave_at_once))

    config = uvicorn.Config(
        app.build(options, token),
        lifespan="on",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=DRAIN_S,
    )
    server = Server(config, announce)
    server.run(sockets=[listener])
    # A library may still be loading in a thread, and nothing is left to be saved.
    os._exit(0)


def configure_log(level: str) -> None:
    logging.basicConfig(stream=sys.stderr, level=level.upper(), format="%(levelname)s %(name)s %(message)s")
    # At their lower levels these write requests with prompts and keys.
    for library in ("openai", "httpx2", "httpcore2"):
        logging.getLogger(library).setLevel(logging.WARNING)


def read_token(token_env: str | None) -> str:
    """The token, from where it was promised. On standard input it also ties this process to the one that wrote it."""
    if token_env is not None:
        # Taken out, so that no child process inherits it.
        return os.environ.pop(token_env, "")
    lifeline.die_with_parent()
    lifeline.lead_own_group()
    return lifeline.first_line()


def forget_provider_settings() -> None:
    """The OpenAI SDK would add organisation, project and headers from these to requests for any service."""
    for name in [name for name in os.environ if name.startswith("OPENAI_")]:
        del os.environ[name]


def listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=2048)


if __name__ == "__main__":
    main()
