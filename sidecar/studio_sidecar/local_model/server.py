"""The process that holds a model: llama.cpp's own OpenAI-compatible server on a loopback port, behind its own key.

Its order comes as the first line on standard input and it ends with it. It is nice to everything else. It prints one
ready line with its port; the rest goes to standard error.
"""

import importlib
import json
import os
import threading
from dataclasses import asdict, dataclass
from typing import Any

from studio_sidecar import lifeline

# A third of a busy core's time instead of a tenth: nice, but not starved.
NICENESS = 5
# Enough for a model this small; a large machine has other work for the rest.
MAX_THREADS = 4
# llama.cpp warns about ordinary things, reports every request from level 3 on, and their contents from 4 on.
LOG_ERRORS = 1


@dataclass(frozen=True)
class Order:
    """What to serve."""

    weights: str
    alias: str
    api_key: str
    context_tokens: int

    def to_line(self) -> str:
        return json.dumps(asdict(self)) + "\n"


def serve(order: Order) -> Any:
    """Loads the model and serves it on threads of its own, for as long as the returned server is held."""
    # Loaded by name: it is an extension module without types.
    xllamacpp: Any = importlib.import_module("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = order.weights
    params.model_alias = {order.alias}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [order.api_key]
    params.n_ctx = order.context_tokens
    # One chat at a time, each from an empty cache: so the same chat gets the same answer. Batches and reused prefixes
    # change the rounding, which is enough to change a small model's words, and two chats at once gain little.
    params.n_parallel = 1
    params.cache_prompt = False
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads()
    # A prompt that does not fit is refused and an answer that does not fit ends with `length`; nothing is shifted out.
    params.ctx_shift = False
    # Another prompt cache, in host memory, which may grow to gigabytes.
    params.cache_ram_mib = 0
    params.warmup = False
    params.ui = False
    params.endpoint_slots = False
    params.offline = True
    params.verbosity = LOG_ERRORS
    return xllamacpp.Server(params)


def threads() -> int:
    """One core is left to everything else: llama.cpp's threads wait for each other at every layer, and with one of
    them kept off its core by other work, two threads answered at 4 tokens a second where one answered at 25."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MAX_THREADS, max(1, cores - 1))


def main() -> None:
    lifeline.die_with_parent()
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    ready_line = os.fdopen(os.dup(1), "w")
    # llama.cpp may print; standard output carries the ready line alone.
    os.dup2(2, 1)
    order = Order(**json.loads(lifeline.first_line()))
    # The end of input must end the process even while a model is loading, and without llama.cpp's slow tear-down.
    lifeline.when_input_ends(lambda: os._exit(0))
    server = serve(order)
    print(json.dumps({"ready": True, "address": server.listening_address}), file=ready_line, flush=True)
    ready_line.close()
    threading.Event().wait()


if __name__ == "__main__":
    main()
