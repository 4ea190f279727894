"""One start of the desktop application: its process, its window through WebDriver, and the folder that it lives in."""

import os
import signal
import socket
from pathlib import Path

from webdriver import Session, wait_until

# The driver starts this instead of the application: it knows the process and remembers how it ended.
WRAPPER = """#!/bin/sh
{variables}
'{binary}' >>'{folder}/output.txt' 2>&1 &
echo $! >'{folder}/pid.part' && mv '{folder}/pid.part' '{folder}/pid'
wait $!
echo $? >'{folder}/ended.part' && mv '{folder}/ended.part' '{folder}/ended'
"""
LISTENING = "0A"


class Home:
    """A person's folders, empty at first; several starts share them. `data` is where the application keeps things."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.data = self.folder / "data"
        self.downloads = self.folder / "downloads"
        self.variables = {
            "HOME": self.folder,
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
            "XDG_CONFIG_HOME": self.folder / "config",
            "XDG_DATA_HOME": self.folder / "share",
            "XDG_CACHE_HOME": self.folder / "cache",
            "AI_STUDIO_DATA": self.data,
            "AI_STUDIO_SIDECAR__ENABLED": "false",
        }
        for inside in (self.data, self.downloads, self.folder / "config", self.folder / "bin"):
            inside.mkdir(parents=True)
        # What a desktop opens links with.
        browser = self.folder / "bin/xdg-open"
        browser.write_text(f"#!/bin/sh\necho \"$1\" >>'{self.folder}/opened.txt'\n")
        browser.chmod(0o755)
        (self.folder / "config/user-dirs.dirs").write_text(f'XDG_DOWNLOAD_DIR="{self.downloads}"\n')

    def wrapper(self, binary):
        for old in ("pid", "ended"):
            (self.folder / old).unlink(missing_ok=True)
        variables = "\n".join(f"export {name}='{value}'" for name, value in self.variables.items())
        file = self.folder / "start"
        file.write_text(WRAPPER.format(variables=variables, binary=binary, folder=self.folder))
        file.chmod(0o755)
        return file

    def output(self):
        """What the application wrote to its log."""
        file = self.folder / "output.txt"
        return file.read_text() if file.exists() else ""


class Application:
    def __init__(self, driver, binary, home):
        self.home = home
        self.session = Session(driver, home.wrapper(binary))
        self.pid = int((home.folder / "pid").read_text())

    def is_alive(self):
        return not (self.home.folder / "ended").exists()

    def exit_code(self):
        """Waits for the end."""
        file = self.home.folder / "ended"
        wait_until("the process ends", file.exists)
        return int(file.read_text())

    def open_ports(self):
        """TCP ports at which this process takes connections, as the kernel lists them, without the one for the driver."""
        own = {os.readlink(file) for file in Path(f"/proc/{self.pid}/fd").iterdir()}
        ports = set()
        for table in ("tcp", "tcp6"):
            for line in Path(f"/proc/{self.pid}/net/{table}").read_text().splitlines()[1:]:
                _, local, _, state, *_, inode = line.split()[:10]
                if state == LISTENING and f"socket:[{inode}]" in own:
                    ports.add(int(local.rpartition(":")[2], 16))
        variables = Path(f"/proc/{self.pid}/environ").read_text().split("\0")
        (inspector,) = (text for text in variables if text.startswith("WEBKIT_INSPECTOR_SERVER="))
        driven = int(inspector.rpartition(":")[2])
        assert driven in ports, "the driver's own port is not seen, so another would not be either"
        return ports - {driven}

    def leave(self):
        """Makes sure that nothing stays behind; after a test that passed there is nothing to do."""
        if self.is_alive():
            os.kill(self.pid, signal.SIGKILL)
            self.exit_code()
        try:
            self.session.end()
        except (AssertionError, OSError):
            # The driver has noticed already that its application is gone.
            pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
