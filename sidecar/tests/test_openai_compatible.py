"""The OpenAI-compatible provider against a real foreign service, and what it sends, read by a service of our own."""

import json

import pytest

from tests.model_peer import ModelPeer
from tests.running import MODEL, RunningSidecar
from tests.unruly import UnrulyService

SCHEMA = {
    "type": "object",
    "properties": {"sentiment": {"enum": ["positive", "negative"]}, "score": {"type": "integer"}},
    "required": ["sentiment", "score"],
    "additionalProperties": False,
}


def peer_fields(peer: ModelPeer) -> dict[str, object]:
    return {
        "provider": "openai_compatible",
        "base_url": peer.base_url,
        "api_key": peer.api_key,
        "system": "You are a helpful assistant.",
        "temperature": 0,
        "max_tokens": 40,
    }


def test_both_forms_give_the_same_answer(sidecar: RunningSidecar, model_peer: ModelPeer) -> None:
    whole = sidecar.chat(**peer_fields(model_peer)).json()
    assert "Paris" in whole["text"]
    assert whole["finish_reason"] == "stop"
    assert whole["model"] == MODEL
    assert whole["usage"]["input_tokens"] > 20
    assert 5 <= whole["usage"]["output_tokens"] <= 40

    *deltas, finish = sidecar.lines(**peer_fields(model_peer))
    assert len(deltas) >= 5, "arrives in pieces"
    assert {line["type"] for line in deltas} == {"delta"}
    assert "".join(line["text"] for line in deltas) == finish["text"]
    assert finish == {"type": "finish", **whole}


def test_an_answer_at_its_limit_says_so(sidecar: RunningSidecar, model_peer: ModelPeer) -> None:
    fields = {**peer_fields(model_peer), "max_tokens": 3}
    whole = sidecar.chat(**fields).json()
    assert (whole["finish_reason"], whole["usage"]["output_tokens"]) == ("length", 3)
    assert sidecar.lines(**fields)[-1]["finish_reason"] == "length"


def test_a_schema_binds_the_answer(sidecar: RunningSidecar, model_peer: ModelPeer) -> None:
    question = "The parcel came late and broken. Sentiment?"
    fields = {**peer_fields(model_peer), "json_schema": SCHEMA, "max_tokens": 100}
    answer = json.loads(sidecar.chat(question=question, **fields).json()["text"])
    assert set(answer) == {"sentiment", "score"}
    assert answer["sentiment"] in {"positive", "negative"}
    assert isinstance(answer["score"], int)


def test_a_prompt_that_does_not_fit_is_refused_not_cut(sidecar: RunningSidecar, model_peer: ModelPeer) -> None:
    fields = {**peer_fields(model_peer), "question": "word " * 5000}
    refused = sidecar.chat(**fields)
    assert (refused.status_code, refused.json()["code"]) == (413, "context_too_long")
    assert refused.json()["retryable"] is False
    [line] = sidecar.lines(**fields)
    assert (line["type"], line["code"]) == ("error", "context_too_long")


def test_the_service_refuses_a_wrong_key(sidecar: RunningSidecar, model_peer: ModelPeer) -> None:
    refused = sidecar.chat(**{**peer_fields(model_peer), "api_key": "sk-wrong"})
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")
    assert "www-authenticate" not in refused.headers, "the sidecar's own token was right"


def test_what_is_sent_is_what_was_asked(sidecar: RunningSidecar, unruly: UnrulyService) -> None:
    unruly.requests.clear()
    conversation = [
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": "hi"},
        {"role": "user", "content": "how are you?"},
    ]
    reply = sidecar.chat(
        provider="openai_compatible",
        base_url=unruly.base_url,
        api_key="sk-123",
        model="answer",
        system="be kind",
        messages=conversation,
        temperature=0.5,
        max_tokens=9,
        json_schema=SCHEMA,
    )
    assert reply.json() == {
        "text": "fine, thanks",
        "model": "exact-name-2",
        "finish_reason": "content_filter",
        "usage": {"input_tokens": 7, "output_tokens": 2},
    }
    [(headers, body)] = unruly.requests
    assert headers["authorization"] == "Bearer sk-123"
    assert body["messages"] == [{"role": "system", "content": "be kind"}, *conversation]
    assert (body["temperature"], body["max_tokens"], body["stream"]) == (0.5, 9, False)
    assert body["response_format"]["json_schema"]["schema"] == SCHEMA


@pytest.mark.parametrize("base_url", [None, "", "localhost:11434/v1", "file:///etc/passwd", "http://", "http://[::1"])
def test_a_base_url_that_is_none_is_refused(sidecar: RunningSidecar, base_url: str | None) -> None:
    refused = sidecar.chat(provider="openai_compatible", base_url=base_url)
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_request")
    assert "base_url" in refused.json()["message"]


def test_an_unknown_provider_is_not_found(sidecar: RunningSidecar) -> None:
    for stream in (False, True):
        refused = sidecar.chat(provider="nobody", stream=stream)
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
        assert "`builtin`" in refused.json()["message"]
