"""What every plugin has to pass."""

from pathlib import Path

from registry.testing.conformance import Conformance


class TestPlugin(Conformance):
    folder = Path(__file__).parents[1]
