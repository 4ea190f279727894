"""A desktop's tray as applications see it on the session bus: takes their items, reads their menus, clicks on an entry."""

import threading

from gi.repository import Gio, GLib

NAME = "org.kde.StatusNotifierWatcher"
MENU = "com.canonical.dbusmenu"
INTERFACE = f"""
<node><interface name="{NAME}">
  <method name="RegisterStatusNotifierItem"><arg type="s" direction="in"/></method>
  <method name="RegisterStatusNotifierHost"><arg type="s" direction="in"/></method>
  <property name="RegisteredStatusNotifierItems" type="as" access="read"/>
  <property name="IsStatusNotifierHostRegistered" type="b" access="read"/>
  <property name="ProtocolVersion" type="i" access="read"/>
  <signal name="StatusNotifierItemRegistered"><arg type="s"/></signal>
  <signal name="StatusNotifierHostRegistered"/>
</interface></node>
"""


class Tray:
    def __init__(self):
        self.item = None
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        interface = Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0]
        self.bus.register_object("/StatusNotifierWatcher", interface, self._called, self._read, None)
        Gio.bus_own_name_on_connection(self.bus, NAME, Gio.BusNameOwnerFlags.NONE, None, None)
        threading.Thread(target=GLib.MainLoop().run, daemon=True).start()

    def _called(self, _bus, sender, _path, _interface, method, arguments, invocation):
        if method == "RegisterStatusNotifierItem":
            # Some name themselves, others only their object.
            (named,) = arguments
            self.item = (sender, named) if named.startswith("/") else (named, "/StatusNotifierItem")
        invocation.return_value(None)

    def _read(self, _bus, _sender, _path, _interface, name):
        if name == "IsStatusNotifierHostRegistered":
            return GLib.Variant("b", True)
        if name == "ProtocolVersion":
            return GLib.Variant("i", 0)
        return GLib.Variant("as", [])

    def _call(self, path, interface, method, arguments):
        owner, _ = self.item
        return self.bus.call_sync(
            owner, path, interface, method, arguments, None, Gio.DBusCallFlags.NONE, 10_000, None
        ).unpack()

    def entries(self):
        """The menu of the item that came last: entry ids by label. Empty while there is none."""
        if self.item is None:
            return {}
        wanted = GLib.Variant("(ss)", ("org.kde.StatusNotifierItem", "Menu"))
        try:
            (menu,) = self._call(self.item[1], "org.freedesktop.DBus.Properties", "Get", wanted)
            _, layout = self._call(menu, MENU, "GetLayout", GLib.Variant("(iias)", (0, -1, [])))
        except GLib.Error:
            return {}
        self.menu = menu
        return {properties.get("label"): entry for entry, properties, _ in layout[2]}

    def click(self, label):
        event = (self.entries()[label], "clicked", GLib.Variant("i", 0), 0)
        self._call(self.menu, MENU, "Event", GLib.Variant("(isvu)", event))
