"""Single sign-on by OpenID Connect: a provider of the office says who somebody is, instead of a password here."""

import importlib

from registry_oidc.settings import OidcSettings

from registry.api import AuthProvider, hookimpl


@hookimpl
def auth_provider() -> AuthProvider | None:
    """The provider of the settings; None where none is set. Raises ValueError when something is missing."""
    settings = OidcSettings()
    missing = settings.missing
    if len(missing) == 3:
        return None
    if missing:
        raise ValueError(f"{', '.join(missing)} must be set as well")
    # Loaded only here, so that an installation without single sign-on needs neither Authlib nor requests.
    made: AuthProvider = importlib.import_module("registry_oidc.provider").Provider(settings)
    return made
