"""What a plugin for single sign-on gives: where to send a browser, and whom the other system has recognised."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from registry.base.errors import Refused
from registry.base.i18n import Text, msg
from registry.host.plugins import Plugins


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in elsewhere that has begun: the address to send the browser to, and what to `keep` until it is back.

    What is kept lies in a signed cookie of the browser: it is protected from change, not from the browser's owner.
    """

    address: str
    keep: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the other system has recognised.

    `subject` never changes and names one person for ever; `login`, where the operator trusts the other system to say
    it, is the sign-in name here. Nothing else of the person is taken over.
    """

    subject: str
    login: str | None = None


class NotBegunHere(Refused):
    """What the browser brought back does not belong to a sign-in that it has begun."""

    def __init__(self) -> None:
        super().__init__(msg("This answer does not belong to a sign-in that was begun here. Please begin again."))


class NotRecognised(Refused):
    """The other system did not say who it is."""

    def __init__(self) -> None:
        super().__init__(msg("The other system did not sign you in. Please try again, or use your password."))


@runtime_checkable
class AuthProvider(Protocol):
    """Another system that says who somebody is."""

    name: Text
    """What stands on the button of the sign-in page."""

    def begin(self, callback: str) -> Begun:
        """Begin a sign-in that comes back to the address `callback`. May raise anything: people read a sentence."""

    def finish(self, callback: str, answer: Mapping[str, str], kept: Mapping[str, str]) -> Identity:
        """Check what the browser brought back (`answer`, its query) against what was kept.

        Raises NotBegunHere or NotRecognised; anything else is logged and told as a failure of the other system.
        """


def auth_providers(plugins: Plugins) -> dict[str, AuthProvider]:
    """Plugin's name → its provider, of all plugins that give one; a plugin that fails in it is named among the failures."""
    found: dict[str, AuthProvider] = {}
    for name, provider in plugins.each("auth_provider"):
        if isinstance(provider, AuthProvider):
            found[name] = provider
        elif provider is not None:
            plugins.wrong(name, "auth_provider", "an AuthProvider", provider)
    return found
