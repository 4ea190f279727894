"""A sidecar as a real child process, and what a test may ask about processes."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2

SIDECAR = Path(__file__).resolve().parents[1]
TOKEN = "a-token-of-the-tests-0123456789abcdef"
MODEL = "smollm2-135m-instruct"
# For a machine that is busy with other builds; a quiet one needs a tenth of it.
PATIENCE_S = 60.0


def models_dir() -> Path:
    directory = Path(os.environ.get("AI_STUDIO_MODELS", SIDECAR.parent / "models"))
    assert list(directory.glob("*.gguf")), f"no model file in `{directory}`: run `sidecar/setup.sh --dev` first"
    return directory


def wait_until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


class RunningSidecar:
    """Started on construction: token written, ready line read."""

    def __init__(self, log: Path, *arguments: str) -> None:
        self.log = log
        with log.open("w") as sink:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "studio_sidecar", *arguments],
                cwd=SIDECAR,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
            )
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin
        assert stdout
        self.stdin, self.stdout = stdin, stdout
        self.stdin.write(f"{TOKEN}\n".encode())
        self.stdin.flush()
        line = self.stdout.readline()
        assert line, f"no ready line; log:\n{log.read_text()}"
        self.ready: dict[str, Any] = json.loads(line)
        self.http = httpx2.Client(
            base_url=f"http://127.0.0.1:{self.ready['port']}",
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=PATIENCE_S,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.stdin.close()
        assert self.process.wait(PATIENCE_S) == 0

    def kill(self) -> None:
        self.http.close()
        self.process.kill()
        self.process.wait(PATIENCE_S)

    def chat(self, **request: Any) -> httpx2.Response:
        return self.http.post("/chat", json=chat_request(**request))

    def lines(self, **request: Any) -> list[dict[str, Any]]:
        """All lines of a streamed chat."""
        response = self.chat(stream=True, **request)
        assert response.status_code == 200
        assert response.headers["content-type"] == "application/x-ndjson"
        return [json.loads(line) for line in response.iter_lines()]

    def model_state(self) -> str:
        return self.http.get("/health").json()["models"]["builtin"]

    def children(self) -> list[int]:
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def model_pid(self) -> int:
        [child] = self.children()
        return child


def chat_request(question: Any = "What is the capital of France?", **fields: Any) -> dict[str, Any]:
    """A chat with the built-in model, unless `fields` say otherwise."""
    request: dict[str, Any] = {"provider": "builtin", "model": MODEL}
    return {**request, "messages": [{"role": "user", "content": question}], **fields}
