"""A local service that misbehaves in the way the request's model name asks for, and sees when its client hangs up."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

Behaviour = Callable[["Handler"], None]


class UnrulyService:
    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.hung_up = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"service": self}))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever)
        self.base_url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Handler(BaseHTTPRequestHandler):
    service: UnrulyService
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.service.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
        BEHAVIOURS[body["model"]](self)

    def do_GET(self) -> None:
        # Only a followed redirect comes here.
        self.service.requests.append(({}, {"followed": self.path}))
        self.reply(200, {})

    def reply(self, status: int, body: Any, **headers: str) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text.encode())))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(text.encode())

    def begin_stream(self, *texts: str) -> None:
        """The head of a stream and some deltas; the connection's end will be the body's end."""
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for text in texts:
            self.event({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]})

    def event(self, fields: dict[str, Any]) -> None:
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", **fields}
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()

    def wait_for_hang_up(self) -> None:
        self.close_connection = True
        if self.connection.recv(1) == b"":
            self.service.hung_up.set()

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Keeps the test output clean."""


def _error(status: int, message: str, **fields: Any) -> Behaviour:
    headers: dict[str, str] = fields.pop("headers", {})
    return lambda handler: handler.reply(status, {"error": {"message": message, **fields}}, **headers)


def _repeat_key(handler: Handler) -> None:
    handler.reply(401, {"error": {"message": f"incorrect key: {handler.headers['Authorization']}"}})


def _hang(handler: Handler) -> None:
    handler.wait_for_hang_up()


def _stream_then_hang(handler: Handler) -> None:
    handler.begin_stream("one ", "two ")
    handler.wait_for_hang_up()


def _stream_then_cut(handler: Handler) -> None:
    handler.begin_stream("half an ans")


def _stream_then_error(handler: Handler) -> None:
    handler.begin_stream("half an ans")
    handler.event({"error": {"message": "the backend went away", "code": "server_error"}})


def _answer(handler: Handler) -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
    message = {"role": "assistant", "content": "fine, thanks"}
    choice = {"index": 0, "message": message, "finish_reason": "content_filter"}
    fields = {"id": "1", "object": "chat.completion", "created": 1, "model": "exact-name-2"}
    handler.reply(200, {**fields, "choices": [choice], "usage": usage})


BEHAVIOURS: dict[str, Behaviour] = {
    "answer": _answer,
    "bad-request": _error(400, "temperature is not supported"),
    "bad-key": _repeat_key,
    "forbidden": _error(403, "this key may not use the model"),
    "unknown": _error(404, "no such model", code="model_not_found"),
    "too-long": _error(400, "this model's maximum context length is 10 tokens", code="context_length_exceeded"),
    "limited": _error(429, "slow down", headers={"Retry_After": "7"}),
    "limited-exactly": _error(429, "slow down", headers={"retry_after_ms": "250"}),
    "no-quota": _error(429, "you exceeded your quota", code="insufficient_quota"),
    "broken": _error(500, "internal error"),
    "overloaded": _error(503, "overloaded"),
    "garbage": lambda handler: handler.reply(200, "<html>hello</html>"),
    "wrong-shape": lambda handler: handler.reply(200, {"choices": "none"}),
    "moved": lambda handler: handler.reply(302, {}, Location="/elsewhere"),
    "hang": _hang,
    "stream-then-hang": _stream_then_hang,
    "stream-then-cut": _stream_then_cut,
    "stream-then-error": _stream_then_error,
}
