"""The wire models: their exported schema, what they refuse, and what their text form keeps to itself."""

import subprocess
import sys

import pytest
from pydantic import ValidationError

from studio_sidecar.wire import ChatRequest
from tests.running import SIDECAR, chat_request


def test_the_schema_file_is_what_the_models_say() -> None:
    printed = subprocess.check_output([sys.executable, "-m", "studio_sidecar.wire"], cwd=SIDECAR, text=True)
    written = (SIDECAR / "wire.schema.json").read_text()
    assert written == printed, "write it anew: `python -m studio_sidecar.wire > wire.schema.json`"


@pytest.mark.parametrize(
    "fields",
    [
        {"tools": []},
        {"messages": []},
        {"messages": [{"role": "system", "content": "x"}]},
        {"messages": [{"role": "user", "content": "x", "name": "y"}]},
        {"model": ""},
        {"temperature": -0.1},
        {"temperature": 2.1},
        {"max_tokens": 0},
        {"timeout_ms": 0},
        {"timeout_ms": 3_600_001},
        {"json_schema": "string"},
    ],
)
def test_a_request_that_does_not_fit_is_refused(fields: dict[str, object]) -> None:
    assert ChatRequest.model_validate(chat_request())
    with pytest.raises(ValidationError):
        ChatRequest.model_validate(chat_request(**fields))


def test_the_text_form_of_a_request_shows_neither_prompt_nor_key() -> None:
    request = ChatRequest.model_validate(
        chat_request("secret-1", system="secret-2", api_key="secret-3", json_schema={"title": "secret-4"})
    )
    assert "secret" not in repr(request)
    assert "secret" not in str(request)
