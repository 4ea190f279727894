"""Time limits and callers who hang up: in both forms the request to the service ends with them."""

import json
from http.client import HTTPConnection

import pytest

from tests.running import PATIENCE_S, TOKEN, RunningSidecar, chat_request, wait_until
from tests.unruly import UnrulyService


@pytest.fixture(autouse=True, scope="module")
def loaded(sidecar: RunningSidecar, unruly: UnrulyService) -> None:
    """The time limits below are for the service's silence, not for the libraries to load."""
    answer = sidecar.chat(provider="openai_compatible", base_url=unruly.base_url, model="answer")
    assert answer.status_code == 200


def ask(service: UnrulyService, behaviour: str, **fields: object) -> dict[str, object]:
    service.hung_up.clear()
    return {"provider": "openai_compatible", "base_url": service.base_url, "model": behaviour, **fields}


def test_a_silent_service_times_out_and_is_hung_up_on(sidecar: RunningSidecar, unruly: UnrulyService) -> None:
    response = sidecar.chat(**ask(unruly, "hang", timeout_ms=1500))
    assert response.status_code == 504
    message = "no complete answer within `1500` ms"
    assert response.json() == {"code": "timeout", "message": message, "retryable": True}
    assert unruly.hung_up.wait(PATIENCE_S)


def test_a_stream_that_stalls_times_out_after_what_it_gave(sidecar: RunningSidecar, unruly: UnrulyService) -> None:
    lines = sidecar.lines(**ask(unruly, "stream-then-hang", timeout_ms=1500))
    assert [line.get("text") for line in lines[:-1]] == ["one ", "two "]
    assert (lines[-1]["type"], lines[-1]["code"]) == ("error", "timeout")
    assert unruly.hung_up.wait(PATIENCE_S)


def test_who_hangs_up_on_a_stream_ends_it_upstream(sidecar: RunningSidecar, unruly: UnrulyService) -> None:
    request = chat_request(**ask(unruly, "stream-then-hang", stream=True))
    with sidecar.http.stream("POST", "/chat", json=request) as response:
        lines = response.iter_lines()
        assert "one" in next(lines)
        assert "two" in next(lines)
        assert not unruly.hung_up.is_set()
    assert unruly.hung_up.wait(PATIENCE_S)


@pytest.mark.parametrize("stream", [False, True])
def test_who_hangs_up_before_the_answer_ends_it_upstream(
    sidecar: RunningSidecar, unruly: UnrulyService, stream: bool
) -> None:
    request = chat_request(**ask(unruly, "hang", stream=stream))
    unruly.requests.clear()
    caller = HTTPConnection("127.0.0.1", sidecar.ready["port"])
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    caller.request("POST", "/chat", json.dumps(request), headers)
    wait_until(lambda: len(unruly.requests) == 1, "the service was asked")
    assert not unruly.hung_up.is_set()
    caller.close()
    assert unruly.hung_up.wait(PATIENCE_S)


def test_who_hangs_up_on_the_built_in_model_frees_it(sidecar: RunningSidecar) -> None:
    endless = chat_request("Count from one to one thousand.", stream=True, max_tokens=3500)
    with sidecar.http.stream("POST", "/chat", json=endless) as response:
        assert next(response.iter_lines())
    # It serves one chat at a time. The endless one would take minutes, and this limit is far below that.
    assert "Paris" in sidecar.chat(timeout_ms=30_000).json()["text"]
