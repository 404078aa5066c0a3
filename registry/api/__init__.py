"""The one public surface that plugins import. What is not here may change without notice."""

from registry.api.command import access, import_command
from registry.api.table import MONTH, put_rows, read_table, rows_of, told
from registry.base.errors import BadInput, Fault
from registry.base.i18n import Text
from registry.base.money import Money
from registry.host.hookspecs import hookimpl
from registry.host.plugged import Access, Column, Computed, PluginEntry, ShowcasePage, Shown, Transition, Veto
from registry.host.signon import AuthProvider, Begun, Identity, NotBegunHere, NotRecognised
from registry.rules.pack import API_VERSION

__all__ = [
    "API_VERSION",
    "MONTH",
    "Access",
    "AuthProvider",
    "BadInput",
    "Begun",
    "Column",
    "Computed",
    "Fault",
    "Identity",
    "Money",
    "NotBegunHere",
    "NotRecognised",
    "PluginEntry",
    "ShowcasePage",
    "Shown",
    "Text",
    "Transition",
    "Veto",
    "access",
    "hookimpl",
    "import_command",
    "put_rows",
    "read_table",
    "rows_of",
    "told",
]
