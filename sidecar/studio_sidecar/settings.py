"""What the command line and the environment decide, parsed once. Nothing else reads either of them."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

LOOPBACK = "127.0.0.1"
# Long enough that a pause between two chats does not pay the load again, short enough to give the memory back.
DEFAULT_MODEL_IDLE_S = 300.0


@dataclass(frozen=True)
class Settings:
    """`port` 0 lets the system choose. `token_env` unset means the token comes as the first line on standard input."""

    host: str
    port: int
    token_env: str | None
    models_dir: Path | None
    model_idle_s: float
    log_level: str


def parse(arguments: list[str] | None = None) -> Settings:
    parser = argparse.ArgumentParser(prog="studio_sidecar", description="Model providers behind one HTTP interface.")
    parser.add_argument("--host", default=LOOPBACK, help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 lets the system choose")
    parser.add_argument(
        "--token-env",
        metavar="NAME",
        help="read the token from this environment variable, and do not end with standard input",
    )
    parser.add_argument(
        "--models", type=Path, metavar="DIR", help="directory of model files (default: $AI_STUDIO_MODELS)"
    )
    parser.add_argument(
        "--model-idle-s",
        type=float,
        default=DEFAULT_MODEL_IDLE_S,
        metavar="SECONDS",
        help="unload the built-in model after this long without a chat (default: %(default)s)",
    )
    parser.add_argument("--log-level", default="info", choices=["debug", "info", "warning", "error"])
    options = parser.parse_args(arguments)
    models: Path | None = options.models
    if models is None and (from_environment := os.environ.get("AI_STUDIO_MODELS")):
        models = Path(from_environment)
    return Settings(
        host=options.host,
        port=options.port,
        token_env=options.token_env,
        models_dir=models.absolute() if models else None,
        model_idle_s=options.model_idle_s,
        log_level=options.log_level,
    )
