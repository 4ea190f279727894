"""Who gets in: nobody without the token, except to ask for health."""

import json
from http.client import HTTPConnection

import httpx2
import pytest

from studio_sidecar.auth import MAX_BODY_BYTES
from tests.running import TOKEN, RunningSidecar, chat_request

REFUSAL = {"code": "unauthorized", "message": "the sidecar's token is missing or wrong", "retryable": False}


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", "Bearer é"],
)
@pytest.mark.parametrize(("method", "path"), [("GET", "/providers"), ("POST", "/chat"), ("GET", "/nowhere")])
def test_without_the_token_every_path_refuses(
    sidecar: RunningSidecar, authorization: str | None, method: str, path: str
) -> None:
    headers = [] if authorization is None else [(b"Authorization", authorization.encode("latin-1"))]
    with httpx2.Client(base_url=sidecar.http.base_url) as stranger:
        response = stranger.request(method, path, headers=headers, json=chat_request())
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json() == REFUSAL


def test_health_is_open_and_says_nothing_more(sidecar: RunningSidecar) -> None:
    with httpx2.Client(base_url=sidecar.http.base_url) as stranger:
        health = stranger.get("/health").json()
    assert health["status"] == "ok"
    assert set(health) == {"status", "version", "models"}
    assert health["models"]["builtin"] in {"stopped", "loading", "ready"}


def test_with_the_token_providers_are_listed(sidecar: RunningSidecar) -> None:
    providers = {provider["id"]: provider for provider in sidecar.http.get("/providers").json()}
    assert providers["openai_compatible"]["needs"] == ["base_url", "api_key"]
    assert providers["openai_compatible"]["models"] == []
    [model] = providers["builtin"]["models"]
    assert model["id"] == "smollm2-135m-instruct"
    assert model["context_tokens"] == 4096


def test_unknown_paths_and_methods_answer_in_the_one_form(sidecar: RunningSidecar) -> None:
    nowhere = sidecar.http.get("/nowhere")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_found")
    wrong_method = sidecar.http.get("/chat")
    assert (wrong_method.status_code, wrong_method.json()["code"]) == (405, "not_found")


def test_a_body_without_a_known_acceptable_length_is_refused(sidecar: RunningSidecar) -> None:
    endless = sidecar.http.post("/chat", content=iter([b"{}"]))
    assert (endless.status_code, endless.json()["code"]) == (400, "invalid_request")
    connection = HTTPConnection("127.0.0.1", sidecar.ready["port"])
    connection.putrequest("POST", "/chat")
    connection.putheader("Authorization", f"Bearer {TOKEN}")
    connection.putheader("Content-Length", str(MAX_BODY_BYTES + 1))
    connection.endheaders()
    # Answered before any of the body was sent.
    large = connection.getresponse()
    assert (large.status, json.load(large)["code"]) == (400, "invalid_request")
    connection.close()


def test_a_refused_request_says_where_but_does_not_repeat_the_input(sidecar: RunningSidecar) -> None:
    response = sidecar.chat(question="", messages=[{"role": "user", "content": 5}], api_key={"key": "secret"}, wrong=1)
    assert response.status_code == 400
    failure = response.json()
    assert failure["code"] == "invalid_request"
    assert failure["retryable"] is False
    for place in ("`messages.0.content`", "`api_key`", "`wrong`"):
        assert place in failure["message"]
    assert "secret" not in failure["message"]
    garbage = sidecar.http.post("/chat", content=b"{", headers={"content-type": "application/json"})
    assert (garbage.status_code, garbage.json()["code"]) == (400, "invalid_request")
