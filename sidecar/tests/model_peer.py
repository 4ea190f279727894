"""llama.cpp serving the built-in model on its own: a foreign, real, OpenAI-compatible service."""

import json
import subprocess
import sys
from types import TracebackType
from typing import Self

from studio_sidecar.local_model.catalogue import local_models
from studio_sidecar.local_model.server import Order
from tests.running import PATIENCE_S, SIDECAR, models_dir


class ModelPeer:
    api_key = "sk-a-key-of-the-tests-0123456789"

    def __init__(self) -> None:
        [model] = local_models()
        weights = str(models_dir() / model.file)
        order = Order(weights=weights, alias=model.id, api_key=self.api_key, context_tokens=model.context_tokens)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "studio_sidecar.local_model.server"],
            cwd=SIDECAR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin
        assert stdout
        self._stdin, self._stdout = stdin, stdout
        self._stdin.write(order.to_line().encode())
        self._stdin.flush()
        self.base_url = json.loads(self._stdout.readline())["address"] + "/v1"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._stdin.close()
        assert self._process.wait(PATIENCE_S) == 0
