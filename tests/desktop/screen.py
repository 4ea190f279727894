"""The windows on an X display, seen and closed as a window manager does it; through libX11, which every GTK program brings."""

import ctypes
import os
import subprocess
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_uint, c_ulong, c_void_p

IS_VIEWABLE = 2
CLIENT_MESSAGE = 33


class Attributes(ctypes.Structure):
    """`XWindowAttributes`"""

    _fields_ = (
        [(name, c_int) for name in ("x", "y", "width", "height", "border_width", "depth")]
        + [("visual", c_void_p), ("root", c_ulong)]
        + [(name, c_int) for name in ("window_class", "bit_gravity", "win_gravity", "backing_store")]
        + [("backing_planes", c_ulong), ("backing_pixel", c_ulong), ("save_under", c_int), ("colormap", c_ulong)]
        + [("map_installed", c_int), ("map_state", c_int)]
        + [("all_event_masks", c_long), ("your_event_mask", c_long), ("do_not_propagate_mask", c_long)]
        + [("override_redirect", c_int), ("screen", c_void_p)]
    )


class ClientMessage(ctypes.Structure):
    """`XClientMessageEvent`, as long as the union `XEvent`."""

    _fields_ = [
        ("type", c_int),
        ("serial", c_ulong),
        ("send_event", c_int),
        ("display", c_void_p),
        ("window", c_ulong),
        ("message_type", c_ulong),
        ("format", c_int),
        ("data", c_long * 5),
        ("rest", c_long * 12),
    ]


class Screen:
    """A virtual display of its own, which ends with `stop`."""

    def __init__(self):
        reading, writing = os.pipe()
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1400x900x24", "-nolisten", "tcp"]
        self.process = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
        os.close(writing)
        with os.fdopen(reading) as answer:
            self.name = f":{answer.readline().strip()}"
        self.x11 = ctypes.CDLL("libX11.so.6")
        self.x11.XOpenDisplay.restype = c_void_p
        self.x11.XDefaultRootWindow.restype = c_ulong
        self.x11.XInternAtom.restype = c_ulong
        # A window may go away between two questions; Xlib's own handler would end the process.
        self.ignore = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p)(lambda _display, _error: 0)
        self.x11.XSetErrorHandler(self.ignore)
        self.display = c_void_p(self.x11.XOpenDisplay(self.name.encode()))
        assert self.display.value, f"the display {self.name} cannot be opened"

    def shown(self):
        """Titles of the windows that can be seen, and their numbers."""
        root = c_ulong(self.x11.XDefaultRootWindow(self.display))
        parent, count, children = c_ulong(), c_uint(), POINTER(c_ulong)()
        self.x11.XQueryTree(self.display, root, byref(root), byref(parent), byref(children), byref(count))
        found = {}
        for window in children[: count.value]:
            title, attributes = c_char_p(), Attributes()
            known = self.x11.XGetWindowAttributes(self.display, c_ulong(window), byref(attributes))
            named = self.x11.XFetchName(self.display, c_ulong(window), byref(title))
            if known and named and attributes.map_state == IS_VIEWABLE:
                found[title.value.decode()] = window
        return found

    def close(self, title):
        """What a click on the cross in the window's frame does."""
        window = self.shown()[title]
        protocols = self.x11.XInternAtom(self.display, b"WM_PROTOCOLS", 0)
        delete = self.x11.XInternAtom(self.display, b"WM_DELETE_WINDOW", 0)
        data = (c_long * 5)(delete, 0, 0, 0, 0)
        event = ClientMessage(
            type=CLIENT_MESSAGE, display=self.display, window=window, message_type=protocols, format=32, data=data
        )
        self.x11.XSendEvent(self.display, c_ulong(window), 0, c_long(0), byref(event))
        self.x11.XFlush(self.display)

    def stop(self):
        self.x11.XCloseDisplay(self.display)
        self.process.terminate()
        self.process.wait()
