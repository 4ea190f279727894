"""Time limits and callers who hang up: in both forms the request to the service ends with them."""

import time

import httpx2
import pytest

from tests.running import PATIENCE_S, RunningSidecar, chat_request
from tests.unruly import UnrulyService


def ask(service: UnrulyService, behaviour: str, **fields: object) -> dict[str, object]:
    service.hung_up.clear()
    return {"provider": "openai_compatible", "base_url": service.base_url, "model": behaviour, **fields}


def test_a_silent_service_times_out_and_is_hung_up_on(sidecar: RunningSidecar, unruly: UnrulyService) -> None:
    response = sidecar.chat(**ask(unruly, "hang", timeout_ms=300))
    assert response.status_code == 504
    message = "no complete answer within `300` ms"
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
    with pytest.raises(httpx2.ReadTimeout):
        sidecar.http.post("/chat", json=request, timeout=httpx2.Timeout(PATIENCE_S, read=1.0))
    assert len(unruly.requests) == 1, "the service had been asked"
    assert unruly.hung_up.wait(PATIENCE_S)


def test_who_hangs_up_on_the_built_in_model_frees_it(sidecar: RunningSidecar) -> None:
    endless = chat_request("Count from one to one thousand.", stream=True, max_tokens=3500)
    with sidecar.http.stream("POST", "/chat", json=endless) as response:
        assert next(response.iter_lines())
    begun = time.monotonic()
    assert "Paris" in sidecar.chat().json()["text"]
    # It serves one chat at a time, and the endless one would take far longer.
    assert time.monotonic() - begun < 15
