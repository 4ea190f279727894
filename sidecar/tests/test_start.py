"""How the sidecar starts and ends: token, ready line, end of input, signals, and the model process below it."""

import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from studio_sidecar import __version__
from tests.conftest import StartSidecar
from tests.running import PATIENCE_S, SIDECAR, TOKEN, is_alive, models_dir, wait_until


def run(*arguments: str, stdin: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "studio_sidecar", *arguments],
        cwd=SIDECAR,
        input=stdin,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=PATIENCE_S,
        check=False,
    )


def test_one_ready_line_then_requests_are_accepted(start_sidecar: StartSidecar) -> None:
    sidecar = start_sidecar()
    assert sidecar.ready == {
        "ready": True,
        "port": sidecar.ready["port"],
        "pid": sidecar.process.pid,
        "version": __version__,
    }
    health = sidecar.http.get("/health").json()
    assert health == {"status": "ok", "version": __version__, "models": {"builtin": "absent"}}
    assert os.getpgid(sidecar.process.pid) == sidecar.process.pid, "leads a process group of its own"
    sidecar.stdin.close()
    assert sidecar.process.wait(5) == 0
    assert sidecar.stdout.read() == b"", "standard output carries the ready line alone"


def test_the_end_of_input_ends_an_open_stream_and_the_model(start_sidecar: StartSidecar) -> None:
    sidecar = start_sidecar("--models", str(models_dir()))
    request = {"provider": "builtin", "model": "smollm2-135m-instruct", "stream": True, "max_tokens": 4000}
    messages = [{"role": "user", "content": "Count from one to one thousand."}]
    with sidecar.http.stream("POST", "/chat", json={**request, "messages": messages}) as response:
        assert next(response.iter_lines())
        model = sidecar.model_pid()
        assert os.getpgid(model) == sidecar.process.pid, "one signal to the group reaches both"
        sidecar.stdin.close()
        assert sidecar.process.wait(5) == 0
    assert not is_alive(model)


def test_the_model_does_not_outlive_a_killed_sidecar(start_sidecar: StartSidecar) -> None:
    sidecar = start_sidecar("--models", str(models_dir()))
    with ThreadPoolExecutor() as pool:
        # The sidecar is killed as soon as there is a model process, so in the middle of the load.
        chat = pool.submit(sidecar.chat)
        wait_until(lambda: bool(sidecar.children()), "there is a model process")
        [model] = sidecar.children()
        assert sidecar.model_state() == "loading"
        assert is_alive(model)
        sidecar.process.kill()
        assert isinstance(chat.exception(), httpx2.HTTPError)
    wait_until(lambda: not is_alive(model), "the model process ended")


def test_sigterm_is_a_clean_end(start_sidecar: StartSidecar) -> None:
    sidecar = start_sidecar()
    sidecar.process.send_signal(signal.SIGTERM)
    assert sidecar.process.wait(5) == 0


@pytest.mark.parametrize("stdin", ["", " " * 30 + "\n", "too-short\n"])
def test_without_a_proper_token_it_does_not_start(stdin: str) -> None:
    finished = run(stdin=stdin)
    assert finished.returncode == 1
    assert finished.stdout == ""
    assert "the token is missing or shorter than `16` characters" in finished.stderr


def test_with_a_token_from_the_environment_it_lives_without_input(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "studio_sidecar", "--token-env", "SIDECAR_TOKEN"]
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(
            command,
            cwd=SIDECAR,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            env={**os.environ, "SIDECAR_TOKEN": TOKEN},
        ) as process,
    ):
        assert process.stdout
        port = httpx2.Response(200, content=process.stdout.readline()).json()["port"]
        for _ in range(2):
            answer = httpx2.get(f"http://127.0.0.1:{port}/providers", headers={"Authorization": f"Bearer {TOKEN}"})
            assert answer.status_code == 200
        process.terminate()
        assert process.wait(5) == 0


def test_a_parent_that_is_gone_before_the_ready_line_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.run(
        [sys.executable, "-m", "studio_sidecar"],
        cwd=SIDECAR,
        input=f"{TOKEN}\n",
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    os.close(writer)
    assert process.returncode == 0
    assert "Traceback" not in process.stderr


def test_a_taken_port_is_a_clear_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        finished = run("--port", str(port), stdin=f"{TOKEN}\n")
    assert finished.returncode == 1
    assert f"could not listen on `127.0.0.1` port `{port}`" in finished.stderr
