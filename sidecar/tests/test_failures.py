"""What a service does wrong, as the caller hears it: the same code in both forms, and no secret in any of them."""

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from studio_sidecar import wire
from studio_sidecar.providers.base import Provider
from studio_sidecar.routes.chat import chat_lines
from tests.running import RunningSidecar, chat_request
from tests.unruly import UnrulyService

KEY = "sk-very-secret-key"
PROMPT = "a-very-secret-prompt"


@pytest.mark.parametrize(
    ("behaviour", "status", "code", "retryable", "words"),
    [
        ("bad-request", 400, "invalid_request", False, "temperature is not supported"),
        ("bad-key", 401, "unauthorized", False, "incorrect key: Bearer ***"),
        ("forbidden", 401, "unauthorized", False, "may not use the model"),
        ("unknown", 404, "not_found", False, "no such model"),
        ("too-long", 413, "context_too_long", False, "maximum context length"),
        ("limited", 429, "rate_limited", True, "slow down"),
        ("no-quota", 502, "provider_failed", False, "exceeded your quota"),
        ("broken", 502, "provider_failed", True, "status `500`: internal error"),
        ("overloaded", 503, "unavailable", True, "overloaded"),
        ("garbage", 502, "provider_failed", True, ""),
        ("wrong-shape", 502, "provider_failed", True, ""),
        ("moved", 502, "provider_failed", True, ""),
    ],
)
def test_each_failure_has_its_code(  # noqa: PLR0913, PLR0917 - one argument a column
    sidecar: RunningSidecar, unruly: UnrulyService, behaviour: str, status: int, code: str, retryable: bool, words: str
) -> None:
    unruly.requests.clear()
    fields = ask(unruly, behaviour)
    response = sidecar.chat(**fields)
    failure = response.json()
    assert (response.status_code, failure["code"], failure["retryable"]) == (status, code, retryable)
    assert words in failure["message"]
    assert sidecar.lines(**fields)[-1]["code"] == code
    assert len(unruly.requests) == 2, "one request a chat: no retry and no followed redirect"
    check_secrets(sidecar, response.text)


def test_the_wait_a_service_asks_for_is_passed_on(sidecar: RunningSidecar, unruly: UnrulyService) -> None:
    assert sidecar.chat(**ask(unruly, "limited")).json()["retry_after_ms"] == 7000
    assert sidecar.chat(**ask(unruly, "limited-exactly")).json()["retry_after_ms"] == 250
    assert sidecar.lines(**ask(unruly, "limited"))[-1]["retry_after_ms"] == 7000
    assert "retry_after_ms" not in sidecar.chat(**ask(unruly, "broken")).json()


def test_nobody_at_the_address_is_unavailable(sidecar: RunningSidecar) -> None:
    response = sidecar.chat(provider="openai_compatible", model="m", base_url="http://127.0.0.1:9/v1", api_key=KEY)
    assert (response.status_code, response.json()["code"], response.json()["retryable"]) == (503, "unavailable", True)


@pytest.mark.parametrize("behaviour", ["stream-then-cut", "stream-then-error"])
def test_a_stream_that_breaks_ends_with_an_error_line(
    sidecar: RunningSidecar, unruly: UnrulyService, behaviour: str
) -> None:
    first, last = sidecar.lines(**ask(unruly, behaviour))
    assert first == {"type": "delta", "text": "half an ans"}
    assert last["type"] == "error"
    assert last["retryable"] is True
    check_secrets(sidecar, json.dumps(last))


def test_a_fault_of_our_own_is_told_without_its_text() -> None:
    lines = asyncio.run(collect(Faulty()))
    message = "the sidecar failed with `RuntimeError`"
    failure = {"type": "error", "code": "provider_failed", "message": message, "retryable": False}
    assert lines == [{"type": "delta", "text": "so far"}, failure]


class Faulty(Provider):
    id = "faulty"
    label = "Faulty"
    needs = ()

    def models(self) -> list[wire.Model]:
        return []

    async def complete(self, request: wire.ChatRequest) -> wire.ChatReply:
        raise RuntimeError(request.messages[0].content)

    async def stream(self, request: wire.ChatRequest) -> AsyncGenerator[wire.DeltaLine | wire.FinishLine]:
        yield wire.DeltaLine(type="delta", text="so far")
        raise RuntimeError(request.messages[0].content)

    async def close(self) -> None:
        return None


async def collect(provider: Provider) -> list[dict[str, Any]]:
    request = wire.ChatRequest.model_validate(chat_request(PROMPT))
    return [json.loads(line) async for line in chat_lines(provider, request)]


def ask(service: UnrulyService, behaviour: str) -> dict[str, Any]:
    fields = {"provider": "openai_compatible", "base_url": service.base_url, "api_key": KEY}
    return {**fields, "model": behaviour, "question": PROMPT}


def check_secrets(sidecar: RunningSidecar, *texts: str) -> None:
    for text in (*texts, sidecar.log.read_text()):
        assert KEY not in text
        assert PROMPT not in text
