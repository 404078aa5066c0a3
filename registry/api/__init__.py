"""The one public surface that plugins import. What is not here may change without notice."""

from registry.base.i18n import Text
from registry.host.hookspecs import hookimpl
from registry.host.signon import AuthProvider, Begun, Identity, NotBegunHere, NotRecognised
from registry.rules.pack import API_VERSION

__all__ = ["API_VERSION", "AuthProvider", "Begun", "Identity", "NotBegunHere", "NotRecognised", "Text", "hookimpl"]
