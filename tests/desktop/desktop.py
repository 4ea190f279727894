"""The desktop application as a person meets it: in its window, in the tray, closed, quit, started twice, broken.
Wants a session bus; brings a display and a driver of its own. Arguments: the application, the server's binary, a folder for
screenshots and answers. The last line says how many tests passed."""

import json
import os
import subprocess
import sys
import tempfile
import traceback
from itertools import pairwise
from pathlib import Path

from application import Application, Home, free_port
from screen import Screen
from tray import Tray
from walk import Server, first_difference, walk
from webdriver import Driver, wait_until

TITLE = "AI Studio"
FAULT_TITLE = "AI Studio cannot go on"


def workflow(name, steps):
    """A file with a chain of nodes, each with one port in and one out."""
    edges = [
        {"source": one, "source_port": leaves, "target": other, "target_port": arrives}
        for (one, _, _, _, leaves), (other, _, _, arrives, _) in pairwise(steps)
    ]
    nodes = [{"id": step, "kind": kind, "config": config} for step, kind, config, _, _ in steps]
    layout = {step: {"x": 300 * place, "y": 0} for place, (step, *_) in enumerate(steps)}
    return {"format": "ai-studio/1", "name": name, "nodes": nodes, "edges": edges, "layout": layout}


def greeting():
    say = {"mode": {"type": "template", "template": "Hello, {{ input }}!", "parse_as_json": False}}
    return workflow(
        "Greeting",
        [
            ("name", "input", {"name": "name", "value_type": "text"}, None, "value"),
            ("say", "transform", say, "input", "output"),
            ("greeting", "output", {"name": "greeting"}, "value", None),
        ],
    )


def pause(seconds):
    until = {"until": {"type": "duration", "amount": seconds, "unit": "seconds"}}
    return workflow(
        f"Pause of {seconds} s",
        [
            ("begin", "input", {"name": "word", "value_type": "text", "default": "rested"}, None, "value"),
            ("rest", "wait", until, "input", "output"),
            ("end", "output", {"name": "end"}, "value", None),
        ],
    )


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
    session.script("location.reload()")
    wait_until("the new page may listen", lambda: "reply" in subscribe())
    session.find("header a", "Workflows")


def quit_ends_in_order_and_a_run_goes_on_after_the_next_start(desktop):
    run = desktop.call("runs.start", {"workflow_id": desktop.create(pause(5))})["id"]
    desktop.wait_for_run(run, "waiting")
    desktop.choose_in_tray("Quit")
    assert desktop.application.exit_code() == 0
    session = desktop.start(desktop.home)
    session.find("h1", "Workflows")
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
