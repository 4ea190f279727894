"""The desktop application as a person meets it: in its window, in the tray, closed, quit, started twice, broken.
Wants a session bus; brings a display and a driver of its own. Arguments: the application, the server's binary, a folder for
screenshots and answers. The last line says how many tests passed."""

import json
import os
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

from application import Application, Home, free_port
from samples import greeting, pause, workflow
from screen import Screen
from tray import Tray
from walk import Server, first_difference, walk
from webdriver import Driver, wait_until

TITLE = "AI Studio"
FAULT_TITLE = "AI Studio cannot go on"


# Listens with a channel as the UI does, and keeps what matters of the frames.
LISTEN = """
const [done] = arguments;
const { invoke, transformCallback } = window.__TAURI_INTERNALS__;
window.heard = { finished: 0, last: 0, disorder: 0 };
const channel = transformCallback(({ message }) => {
  if (message?.frame !== "event") return;
  if (message.seq <= window.heard.last) window.heard.disorder += 1;
  window.heard.last = message.seq;
  if (message.event.type === "run.finished") window.heard.finished += 1;
});
invoke("subscribe", { filter: {}, channel: `__CHANNEL__:${channel}` }).then(done);
"""

START_MANY = """
const [workflow_id, count, done] = arguments;
const params = JSON.stringify({ workflow_id, inputs: { name: "all" } });
const start = () => window.__TAURI_INTERNALS__.invoke("call", { name: "runs.start", params });
Promise.all(Array.from({ length: count }, start)).then((runs) => done(runs.length), (failure) => done(failure));
"""

# The reply as text, because a driver sorts what it hands over.
EXPORT = """
const [id, done] = arguments;
const call = { name: "workflows.export", params: JSON.stringify({ id }) };
window.__TAURI_INTERNALS__.invoke("call", call).then((reply) => done(JSON.stringify(reply)));
"""

LINK = """
const link = document.createElement("a");
Object.assign(link, { href: arguments[0], target: "_blank", textContent: arguments[0] });
link.style.cssText = "position: fixed; z-index: 9; inset: 0 auto auto 0";
document.body.append(link);
"""


class Desktop:
    """What the tests share: a display, a tray, a driver, and the application in the state that the last test left it in."""

    def __init__(self, binary, server, results):
        self.binary, self.server, self.results = binary, server, results
        self.screen, self.tray = Screen(), Tray()
        self.driver = None
        self.application = None
        self.home = None
        self.folders = []

    def start_driver(self):
        self.driver = Driver(free_port())

    def new_home(self):
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.folders.append(folder)
        return Home(folder.name)

    def start(self, home):
        if self.application:
            self.application.leave()
        self.tray.item = None
        self.home = home
        self.application = Application(self.driver, self.binary, home)
        return self.application.session

    @property
    def session(self):
        return self.application.session

    def call(self, name, params):
        answer = self.session.invoke("call", {"name": name, "params": json.dumps(params)})
        return answer["reply"] if "reply" in answer else answer["failure"]

    def create(self, file):
        return self.call("workflows.import", {"file": file})["id"]

    def wait_for_run(self, run, status):
        wait_until(f"run {run} is {status}", lambda: self.call("runs.get", {"id": run})["status"] == status)

    def choose_in_tray(self, label):
        wait_until(f"the tray offers {label}", lambda: label in self.tray.entries())
        self.tray.click(label)

    def wait_for_window(self, shown):
        what = "the window is shown" if shown else "the window is hidden"
        wait_until(what, lambda: (TITLE in self.screen.shown()) == shown)

    def stop(self):
        if self.application:
            self.application.leave()
        self.driver.stop()
        self.screen.stop()
        for folder in self.folders:
            folder.cleanup()


def the_window_shows_the_ui(desktop):
    session = desktop.start(desktop.new_home())
    session.find("h1", "Workflows")
    desktop.wait_for_window(shown=True)
    assert session.script("return location.origin") == "tauri://localhost"
    assert (desktop.home.data / "ai-studio.db").is_file()
    assert list(desktop.home.data.glob("logs/ai-studio.*.log")), "a log file is written"


def every_command_answers_as_the_server_does(desktop):
    server = Server(desktop.server, free_port())
    try:
        by_rpc = walk(server.call)
    finally:
        server.stop()
    by_bridge = walk(desktop.call)
    (desktop.results / "bridge.json").write_text(json.dumps(by_bridge, indent=1))
    for rpc, bridge in zip(by_rpc, by_bridge, strict=True):
        difference = first_difference(rpc, bridge)
        assert difference is None, f"`{rpc['name']}` over RPC and through the bridge: {difference}"


def what_does_not_fit_is_refused(desktop):
    invoke = desktop.session.invoke
    unknown = invoke("call", {"name": "no.such", "params": "{}"})
    assert unknown["failure"]["code"] == "not_found", unknown
    for params in ('{"id": 7}', '{"id": "x", "extra": 1}', "[", '"text"'):
        refused = invoke("call", {"name": "runs.get", "params": params})
        assert refused["failure"]["code"] == "invalid_request", refused
    filtered = invoke("subscribe", {"filter": {"colour": "red"}, "channel": "__CHANNEL__:1"})
    assert filtered["failure"]["code"] == "invalid_request", filtered


def values_keep_the_order_of_their_keys(desktop):
    file = workflow("Ordered", [("in", "input", {"name": "x", "value_type": "json"}, None, "value")])
    ordered = json.dumps(file).replace('"name": "x"', '"name": "x", "default": {"b": 1, "a": {"d": 2, "c": 3}}')
    file = f'{{"file": {ordered}}}'
    created = desktop.session.invoke("call", {"name": "workflows.import", "params": file})
    text = desktop.session.post("/execute/async", {"script": EXPORT, "args": [created["reply"]["id"]]})
    assert '{"b":1,"a":{"d":2,"c":3}}' in text, text


def a_long_stream_arrives_whole_and_in_order(desktop):
    session, runs = desktop.session, 150
    subscription = session.post("/execute/async", {"script": LISTEN, "args": []})
    arguments = [desktop.create(greeting("Many")), runs]
    assert session.post("/execute/async", {"script": START_MANY, "args": arguments}) == runs
    heard = lambda: session.script("return window.heard")
    wait_until(f"{runs} runs are heard to finish", lambda: heard()["finished"] == runs)
    assert heard()["disorder"] == 0
    session.invoke("unsubscribe", {"subscription": subscription})
    late = desktop.call("runs.start", {"workflow_id": arguments[0], "inputs": {"name": "late"}, "wait_ms": 20_000})
    assert late["status"] == "succeeded" and heard()["finished"] == runs, heard()


def links_that_lead_outside_open_in_the_browser(desktop):
    session = desktop.session
    for address in ("http://studio.invalid/plain", "file:///etc/hostname", "https://studio.invalid/secure"):
        session.script(LINK, address)
        session.click("a", address)
    opened = desktop.home.folder / "opened.txt"
    wait_until("the browser is started", opened.exists)
    assert opened.read_text().split() == ["https://studio.invalid/secure"]
    assert "a link with the scheme `http` was not opened" in desktop.home.output()
    assert session.script("return location.origin") == "tauri://localhost"
    session.script("document.querySelectorAll('body > a').forEach((link) => link.remove())")


def the_page_reaches_nothing_but_the_bridge(desktop):
    session = desktop.session
    others = ["event|listen", "window|close", "webview|create_webview_window", "path|resolve_directory", "app|version"]
    for command in [f"plugin:{name}" for name in [*others, "window-state|save_window_state"]]:
        answer = session.invoke(command, {})
        assert "not allowed" in str(answer.get("failure")), f"`{command}` answered {answer}"
    assert session.script("return window.__TAURI__ === undefined")
    injected = """
    const script = document.createElement("script");
    script.textContent = "window.injected = true";
    document.head.append(script);
    return window.injected === true;
    """
    assert not session.script(injected), "the page ran a script that was put into it"
    session.script("location.href = 'http://127.0.0.1:9/'")
    session.script("location.href = 'tauri://elsewhere/'")
    session.find("h1", "Workflows")
    assert session.script("return location.origin") == "tauri://localhost"
    assert desktop.application.open_ports() == set(), "a desktop opens no port"


def a_workflow_is_run_by_its_buttons(desktop):
    session = desktop.session
    desktop.create(greeting())
    session.click("a", "Greeting")
    session.click("button", "Run")
    session.type("[role=dialog] textarea", "Ada")
    session.click("[role=dialog] button", "Run")
    session.find("section[aria-label=Run] span", "Succeeded")
    session.screenshot(desktop.results / "canvas.png")
    session.click("section[aria-label=Run] a", "Open run")
    session.find("section[aria-label=Outputs] *", "Hello, Ada!")
    session.screenshot(desktop.results / "run.png")


def an_export_lands_among_the_downloads(desktop):
    session = desktop.session
    session.click("h1 a", "Greeting")
    session.click("button", "More")
    session.click("[role=menuitem]", "Export")
    files = lambda: [file for file in desktop.home.downloads.glob("*.json") if file.stat().st_size > 0]
    (file,) = wait_until("a file is downloaded", files)
    assert json.loads(file.read_text())["name"] == "Greeting"


def a_closed_window_leaves_runs_going(desktop):
    session = desktop.session
    workflow_id = desktop.create(pause(3))
    session.click("header a", "Workflows")
    session.click("a", "Pause of 3 s")
    session.click("button", "Run")
    session.click("[role=dialog] button", "Run")
    session.find("section[aria-label=Run] span", "Waiting")
    (run,) = desktop.call("runs.list", {"workflow_id": workflow_id})["runs"]
    desktop.screen.close(TITLE)
    desktop.wait_for_window(shown=False)
    assert desktop.application.is_alive()
    desktop.wait_for_run(run["id"], "succeeded")
    assert TITLE not in desktop.screen.shown()
    desktop.choose_in_tray("Show")
    desktop.wait_for_window(shown=True)
    session.find("section[aria-label=Run] span", "Succeeded")


def a_second_start_brings_the_window_back(desktop):
    desktop.screen.close(TITLE)
    desktop.wait_for_window(shown=False)
    second = desktop.new_home()
    subprocess.run([second.wrapper(desktop.binary)], check=True, timeout=60)
    assert (second.folder / "ended").read_text().strip() == "0"
    assert not (second.data / "ai-studio.db").exists(), "the second start opened a database"
    desktop.wait_for_window(shown=True)
    assert desktop.application.is_alive()


def a_reload_ends_the_streams_of_the_page_before(desktop):
    session = desktop.session
    subscribe = lambda: session.invoke("subscribe", {"filter": {}, "channel": "__CHANNEL__:1"})
    answers = [subscribe() for _ in range(65)]
    assert "reply" in answers[0] and answers[-1]["failure"]["code"] == "busy", (answers[0], answers[-1])
    session.post("/refresh", {})
    session.find("header a", "Workflows")
    answer = subscribe()
    assert "reply" in answer, answer


def quit_ends_in_order_and_a_run_goes_on_after_the_next_start(desktop):
    run = desktop.call("runs.start", {"workflow_id": desktop.create(pause(5))})["id"]
    desktop.wait_for_run(run, "waiting")
    desktop.screen.close(TITLE)
    desktop.wait_for_window(shown=False)
    desktop.choose_in_tray("Quit")
    assert desktop.application.exit_code() == 0
    session = desktop.start(desktop.home)
    session.find("h1", "Workflows")
    desktop.wait_for_window(shown=True)
    desktop.wait_for_run(run, "succeeded")
    assert desktop.call("runs.get", {"id": run})["outputs"] == {"end": "rested"}


def the_end_of_the_session_is_as_good_as_quit(desktop):
    subprocess.run(["kill", "-TERM", str(desktop.application.pid)], check=True)
    assert desktop.application.exit_code() == 0
    assert "ending" in desktop.home.output()


def a_start_that_fails_says_why(desktop):
    home = desktop.new_home()
    (home.data / "ai-studio.db").write_text("this is <not> a database")
    session = desktop.start(home)
    wait_until("the window that tells of it is shown", lambda: FAULT_TITLE in desktop.screen.shown())
    message = session.script("return document.getElementById('message').textContent")
    assert "database" in message, message
    answer = session.invoke("call", {"name": "system.version", "params": "{}"})
    assert "not allowed" in str(answer["failure"]), answer
    session.screenshot(desktop.results / "fault.png")
    desktop.screen.close(FAULT_TITLE)
    assert desktop.application.exit_code() == 1


TESTS = [
    the_window_shows_the_ui,
    every_command_answers_as_the_server_does,
    what_does_not_fit_is_refused,
    values_keep_the_order_of_their_keys,
    a_long_stream_arrives_whole_and_in_order,
    links_that_lead_outside_open_in_the_browser,
    the_page_reaches_nothing_but_the_bridge,
    a_workflow_is_run_by_its_buttons,
    an_export_lands_among_the_downloads,
    a_closed_window_leaves_runs_going,
    a_second_start_brings_the_window_back,
    a_reload_ends_the_streams_of_the_page_before,
    quit_ends_in_order_and_a_run_goes_on_after_the_next_start,
    the_end_of_the_session_is_as_good_as_quit,
    a_start_that_fails_says_why,
]


def main(binary, server, results):
    desktop = Desktop(Path(binary).resolve(), Path(server).resolve(), Path(results))
    desktop.results.mkdir(parents=True, exist_ok=True)
    os.environ["DISPLAY"] = desktop.screen.name
    passed = failed = 0
    try:
        desktop.start_driver()
        for test in TESTS:
            name = test.__name__.replace("_", " ")
            try:
                test(desktop)
            except Exception:
                failed += 1
                print(f"FAILED  {name}\n{traceback.format_exc(limit=-4)}", flush=True)
                report(desktop, test.__name__)
            else:
                passed += 1
                print(f"ok      {name}", flush=True)
    finally:
        desktop.stop()
    print(f"desktop: {passed} passed, {failed} failed")
    return 1 if failed else 0


def report(desktop, name):
    """What helps to understand a failure: the screen, and the end of the application's log."""
    if not desktop.application:
        return
    print("\n".join(desktop.home.output().splitlines()[-15:]), flush=True)
    try:
        desktop.session.screenshot(desktop.results / f"{name}.png")
    except (AssertionError, OSError) as error:
        print(f"no screenshot: {error}", flush=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
