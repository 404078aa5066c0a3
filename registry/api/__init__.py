"""The one public surface that plugins import. What is not here may change without notice."""

from registry.host.hookspecs import hookimpl
from registry.rules.pack import API_VERSION

__all__ = ["API_VERSION", "hookimpl"]
