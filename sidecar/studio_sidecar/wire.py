"""Every request and reply of the sidecar, and nothing else: shapes and limits, no behaviour.

Unknown fields are refused. `python -m studio_sidecar.wire` prints the JSON Schema of all of it; `wire.schema.json`
holds that output, so that the client on the other side can be compared with it.
"""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, RootModel, SecretStr
from pydantic.json_schema import models_json_schema

# The largest answer time a caller may ask for. Local models on small machines need minutes, nothing needs an hour.
MAX_TIMEOUT_MS = 3_600_000

FailureCode = Literal[
    "invalid_request",
    "unauthorized",
    "not_found",
    "rate_limited",
    "timeout",
    "unavailable",
    "provider_failed",
    "context_too_long",
]
FinishReason = Literal["stop", "length", "content_filter", "other"]
LocalModelState = Literal["absent", "stopped", "loading", "ready"]
Need = Literal["base_url", "api_key"]


class WireModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Ready(WireModel):
    """The one line on standard output, printed when requests are accepted."""

    ready: Literal[True]
    port: int
    pid: int
    version: str


class Health(WireModel):
    """`models` holds the state of each provider that runs its model on this machine, by provider id."""

    status: Literal["ok"]
    version: str
    models: dict[str, LocalModelState]


class Model(WireModel):
    """A model known in advance. `context_tokens` counts prompt and answer together."""

    id: str
    label: str
    context_tokens: int


class Provider(WireModel):
    """`needs` names the fields of a chat request this provider reads; an empty `models` accepts any model name."""

    id: str
    label: str
    models: list[Model]
    needs: list[Need]


class Providers(RootModel[list[Provider]]):
    """The reply of `GET /providers`."""


class Message(WireModel):
    role: Literal["user", "assistant"]
    content: str = Field(repr=False)


class ChatRequest(WireModel):
    """One model turn. Prompts and the key stay out of `repr`, so that no log line can carry them."""

    provider: str = Field(min_length=1)
    model: str = Field(min_length=1)
    system: str | None = Field(default=None, repr=False)
    messages: list[Message] = Field(min_length=1, repr=False)
    temperature: float | None = Field(default=None, ge=0, le=2)
    max_tokens: int | None = Field(default=None, ge=1)
    json_schema: dict[str, JsonValue] | None = Field(default=None, repr=False)
    stream: bool = False
    base_url: str | None = None
    api_key: SecretStr | None = None
    timeout_ms: int | None = Field(default=None, ge=1, le=MAX_TIMEOUT_MS)


class Usage(WireModel):
    """Tokens as the provider counted them; 0 where it did not say."""

    input_tokens: int
    output_tokens: int


class ChatReply(WireModel):
    """`model` is the name the provider answered with, which may be more exact than the one asked for."""

    text: str
    model: str
    finish_reason: FinishReason
    usage: Usage


class Failure(WireModel):
    """The body of every reply with an error status. `retryable`: the same request may succeed later."""

    code: FailureCode
    message: str
    retryable: bool
    retry_after_ms: int | None = Field(default=None, ge=0)


class DeltaLine(WireModel):
    type: Literal["delta"]
    text: str


class FinishLine(ChatReply):
    """The last line of a stream that succeeded. `text` is the whole text: all deltas, joined."""

    type: Literal["finish"]


class ErrorLine(Failure):
    """The last line of a stream that failed after its status was sent."""

    type: Literal["error"]


class ChatLine(RootModel[Annotated[DeltaLine | FinishLine | ErrorLine, Field(discriminator="type")]]):
    """One line of a streamed chat."""


WIRE_MODELS: list[type[BaseModel]] = [Ready, Health, Providers, ChatRequest, ChatReply, Failure, ChatLine]


def schema() -> dict[str, Any]:
    """The JSON Schema of all wire models, each under `$defs`."""
    _, definitions = models_json_schema(
        [(model, "validation") for model in WIRE_MODELS], title="AI Studio sidecar", ref_template="#/$defs/{model}"
    )
    return definitions


if __name__ == "__main__":
    print(json.dumps(schema(), indent=2, sort_keys=True))
