"""The built-in model, for real: its answers, its limits, and the life of its process."""

import asyncio
import os
import signal
from pathlib import Path

from studio_sidecar.local_model.catalogue import local_models
from studio_sidecar.local_model.process import Endpoint, ModelProcess
from tests.conftest import StartSidecar
from tests.running import MODEL, RunningSidecar, is_alive, models_dir, wait_until


def test_both_forms_give_the_same_answer_every_time(sidecar: RunningSidecar) -> None:
    whole = sidecar.chat().json()
    assert "Paris" in whole["text"]
    assert (whole["model"], whole["finish_reason"]) == (MODEL, "stop")
    assert whole["usage"]["output_tokens"] > 5
    *deltas, finish = sidecar.lines()
    assert "".join(line["text"] for line in deltas) == finish["text"]
    assert finish == {"type": "finish", **whole}
    assert sidecar.model_state() == "ready"


def test_a_schema_binds_the_answer(sidecar: RunningSidecar) -> None:
    schema = {"type": "object", "properties": {"city": {"const": "Paris"}}, "required": ["city"]}
    reply = sidecar.chat(json_schema={**schema, "additionalProperties": False}, max_tokens=60).json()
    assert reply["text"].replace(" ", "").replace("\n", "") == '{"city":"Paris"}'


def test_a_prompt_that_does_not_fit_is_refused_not_cut(sidecar: RunningSidecar) -> None:
    refused = sidecar.chat(question="word " * 5000)
    assert (refused.status_code, refused.json()["code"]) == (413, "context_too_long")
    assert "4096" in refused.json()["message"]


def test_another_model_is_not_found(sidecar: RunningSidecar) -> None:
    refused = sidecar.chat(model="gpt-7")
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert f"`{MODEL}`" in refused.json()["message"]


def test_a_killed_model_fails_its_chat_and_is_started_by_the_next(sidecar: RunningSidecar) -> None:
    assert sidecar.chat(max_tokens=1).status_code == 200
    killed = sidecar.model_pid()
    request = {"provider": "builtin", "model": MODEL, "stream": True, "max_tokens": 3500}
    messages = [{"role": "user", "content": "Count from one to one thousand."}]
    with sidecar.http.stream("POST", "/chat", json={**request, "messages": messages}) as response:
        lines = response.iter_lines()
        assert '"delta"' in next(lines)
        os.kill(killed, signal.SIGKILL)
        *_, last = lines
    assert '"unavailable"' in last
    assert '"retryable":true' in last
    wait_until(lambda: sidecar.model_state() == "stopped", "the death was noticed")
    assert "Paris" in sidecar.chat().json()["text"]
    assert sidecar.model_pid() != killed


def test_a_chat_that_begins_as_the_model_is_unloaded_gets_another_one() -> None:
    async def scene() -> None:
        [model] = local_models()
        process = ModelProcess(model, models_dir(), idle_s=0)
        unloading = asyncio.Event()

        async def chat() -> Endpoint:
            await unloading.wait()
            async with process.endpoint() as endpoint:
                return endpoint

        late = asyncio.create_task(chat())
        async with process.endpoint() as first:
            # Due just before the end of the idle time: the chat is next when the unloading is decided.
            asyncio.get_running_loop().call_later(0, unloading.set)
        assert await late != first
        await process.close()

    asyncio.run(scene())


def test_an_idle_model_is_unloaded_and_comes_back(start_sidecar: StartSidecar) -> None:
    sidecar = start_sidecar("--models", str(models_dir()), "--model-idle-s", "0.2")
    assert sidecar.model_state() == "stopped"
    assert sidecar.chat(max_tokens=1).status_code == 200
    wait_until(lambda: sidecar.model_state() == "stopped", "the model was unloaded")
    with sidecar.http.stream("POST", "/chat", json=sidecar_stream()) as response:
        lines = response.iter_lines()
        assert next(lines)
        model = sidecar.model_pid()
        assert sum(1 for _ in lines) > 20, "a chat longer than the idle time is left alone"
    wait_until(lambda: not is_alive(model), "the model was unloaded again")


def sidecar_stream() -> dict[str, object]:
    messages = [{"role": "user", "content": "Write a long story about bees."}]
    return {"provider": "builtin", "model": MODEL, "stream": True, "max_tokens": 30, "messages": messages}


def test_without_the_file_it_says_which_and_where(start_sidecar: StartSidecar, tmp_path: Path) -> None:
    [model] = local_models()
    sidecar = start_sidecar("--models", str(tmp_path))
    assert sidecar.model_state() == "absent"
    absent = sidecar.chat()
    assert (absent.status_code, absent.json()["code"], absent.json()["retryable"]) == (503, "unavailable", False)
    assert f"`{tmp_path / model.file}`" in absent.json()["message"]
    [line] = sidecar.lines()
    assert (line["type"], line["code"]) == ("error", "unavailable")

    (tmp_path / model.file).write_bytes(b"half a file")
    half = sidecar.chat()
    assert (half.status_code, half.json()["code"]) == (503, "unavailable")
    assert f"`11` bytes instead of `{model.size_bytes}`" in half.json()["message"]

    # The right size, but not a model: the process ends while loading.
    os.truncate(tmp_path / model.file, model.size_bytes)
    broken = sidecar.chat()
    assert (broken.status_code, broken.json()["code"]) == (503, "unavailable")
    assert "ended with status" in broken.json()["message"]
    assert sidecar.model_state() == "stopped"
