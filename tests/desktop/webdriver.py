"""A WebDriver client of the few calls that these tests need, over the standard library's HTTP."""

import base64
import json
import subprocess
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
# A debug build on a busy machine takes its time.
PATIENCE_S = 60

FIND = """
const [selector, text] = arguments;
const shown = (one) => one.getClientRects().length > 0;
const named = (one) => text === null || one.textContent.trim() === text || one.getAttribute("aria-label") === text;
return [...document.querySelectorAll(selector)].find((one) => shown(one) && named(one)) ?? null;
"""

INVOKE = """
const [command, params, done] = arguments;
window.__TAURI_INTERNALS__.invoke(command, params).then((reply) => done({ reply }), (failure) => done({ failure }));
"""

# Two frames: the first one may have been begun before.
PAINTED = "const [done] = arguments; requestAnimationFrame(() => requestAnimationFrame(done));"


def wait_until(what, probe, patience_s=PATIENCE_S):
    """The first true answer of `probe`."""
    deadline = time.monotonic() + patience_s
    while True:
        answer = probe()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience_s} s in vain: {what}")
        time.sleep(0.05)


class Driver:
    """The program `WebKitWebDriver`; it starts an application for each session."""

    def __init__(self, port):
        self.address = f"http://127.0.0.1:{port}"
        command = ["WebKitWebDriver", f"--port={port}", "--host=127.0.0.1"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until("WebKitWebDriver listens", self._is_ready)

    def _is_ready(self):
        try:
            return self.request("GET", "/status")["ready"]
        except OSError:
            return False

    def request(self, method, path, body=None):
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.address + path, content, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=2 * PATIENCE_S) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            refusal = json.load(error)["value"]
            raise AssertionError(f"{method} {path}: {refusal['error']} {refusal['message']}") from None

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Session:
    """One application, started by the driver, with its window."""

    def __init__(self, driver, program):
        self.driver = driver
        options = {"webkitgtk:browserOptions": {"binary": str(program), "args": []}}
        reply = driver.request("POST", "/session", {"capabilities": {"alwaysMatch": options}})
        self.path = f"/session/{reply['sessionId']}"
        self.post("/timeouts", {"script": PATIENCE_S * 1000})

    def post(self, path, body):
        return self.driver.request("POST", self.path + path, body)

    def script(self, source, *arguments):
        return self.post("/execute/sync", {"script": source, "args": list(arguments)})

    def invoke(self, command, params):
        """`{"reply": …}` or `{"failure": …}` of one of the bridge's commands."""
        return self.post("/execute/async", {"script": INVOKE, "args": [command, params]})

    def find(self, selector, text=None):
        """The first visible element whose text or label is `text`; waits for it."""
        what = f"an element `{selector}` with `{text}` is shown"
        return wait_until(what, lambda: self.script(FIND, selector, text))

    def click(self, selector, text=None):
        self.post(f"/element/{self.find(selector, text)[ELEMENT]}/click", {})

    def type(self, selector, text):
        element = self.find(selector)[ELEMENT]
        self.post(f"/element/{element}/clear", {})
        self.post(f"/element/{element}/value", {"text": text})

    def screenshot(self, file):
        self.post("/execute/async", {"script": PAINTED, "args": []})
        file.write_bytes(base64.b64decode(self.driver.request("GET", self.path + "/screenshot")))

    def end(self):
        self.driver.request("DELETE", self.path)
