"""Sends the calls of `tests/commands.json` one after the other, and makes the answers of two walks comparable."""

import json
import os
import re
import subprocess
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from webdriver import wait_until

ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
STEPS = json.loads((Path(__file__).parents[1] / "commands.json").read_text())


def walk(call):
    """The normalised answers; `call` takes a name and params and gives a reply or a failure."""
    kept, answers = {}, []
    for step in STEPS:
        answer = call(step["name"], filled(step["params"], kept))
        code = answer.get("code")
        assert code == step.get("fails"), f"`{step['name']}` answered {json.dumps(answer)[:600]}"
        for name, pointer in step.get("keep", {}).items():
            kept[name] = at(answer, pointer)
        answers.append({"name": step["name"], "answer": normalised(answer)})
    return answers


def filled(params, kept):
    return json.loads(re.sub(r"\{\{(\w+_id)\}\}", lambda found: kept[found[1]], json.dumps(params)))


def at(value, pointer):
    for key in pointer.removeprefix("/").split("/"):
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


def normalised(value):
    """Without what differs from start to start: ids and times."""
    if isinstance(value, list):
        return [normalised(item) for item in value]
    if isinstance(value, dict):
        return {key: "…" if varies(key, item) else normalised(item) for key, item in value.items()}
    return ID.sub("…", value) if isinstance(value, str) else value


def varies(key, value):
    return (key.endswith("_ms") or key in ("seq", "next")) and not isinstance(value, dict)


def first_difference(one, other, place=""):
    """Where two values part, and how; None when they are the same."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        pairs = [(f"{place}/{key}", one[key], other[key]) for key in one]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(f"{place}/{index}", *pair) for index, pair in enumerate(zip(one, other, strict=True))]
    else:
        return None if one == other else f"{place}: {json.dumps(one)[:300]} and {json.dumps(other)[:300]}"
    found = (first_difference(left, right, inside) for inside, left, right in pairs)
    return next((difference for difference in found if difference), None)


class Server:
    """The server's binary on a folder and a port of its own, called through RPC."""

    def __init__(self, binary, port):
        self.folder = tempfile.TemporaryDirectory()
        self.address = f"http://127.0.0.1:{port}"
        variables = {**os.environ, "AI_STUDIO_SIDECAR__ENABLED": "false"}
        command = [binary, "serve", "--port", str(port), "--data", self.folder.name]
        self.process = subprocess.Popen(command, env=variables, stderr=subprocess.DEVNULL)
        wait_until("the server is ready", self._is_ready)

    def _is_ready(self):
        try:
            return urllib.request.urlopen(f"{self.address}/readyz").status == 200
        except OSError:
            return False

    def call(self, name, params):
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.address}/api/rpc/{name}", json.dumps(params).encode(), headers)
        try:
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            return json.load(refusal)

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()
