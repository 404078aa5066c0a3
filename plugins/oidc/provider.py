"""The conversation with the provider: authorization code with PKCE, state and nonce; the ID token checked in full.

OpenID Connect Core 1.0, section 3.1; RFC 7636 (PKCE); RFC 9207 (the issuer in the answer).
"""

import secrets
from collections.abc import Mapping
from typing import Any

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from registry_oidc.settings import OidcSettings

from registry.api import Begun, Identity, NotBegunHere, NotRecognised, Text

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]
"""Signatures by a key that the provider alone has; never `none`, never a shared secret."""
SECONDS = 10
"""How long the provider is waited for."""
LEEWAY = 60
"""Seconds by which two clocks may differ."""


class Provider:
    """The provider of the settings; `registry.api.AuthProvider`."""

    def __init__(self, settings: OidcSettings) -> None:
        self.settings = settings
        self.name = Text.model_validate({"zh-Hans": settings.name, "en": "Single sign-on of the office"})
        self._about: dict[str, Any] = {}

    def about(self) -> dict[str, Any]:
        """What the provider says of itself, read once. Raises ValueError when it names itself otherwise."""
        if not self._about:
            about = fetched(self.settings.issuer.rstrip("/") + "/.well-known/openid-configuration")
            if about.get("issuer") != self.settings.issuer:
                raise ValueError(f"the provider calls itself {about.get('issuer')!r}")
            self._about = about
        return self._about

    def client(self, callback: str, **more: Any) -> OAuth2Session:
        """A client for one exchange."""
        return OAuth2Session(
            self.settings.client_id,
            self.settings.client_secret.get_secret_value(),
            scope=self.settings.scope,
            redirect_uri=callback,
            code_challenge_method="S256",
            default_timeout=SECONDS,
            **more,
        )

    def begin(self, callback: str) -> Begun:
        """The address at the provider, with what only this browser can bring back."""
        keep = {"nonce": generate_token(32), "verifier": generate_token(64)}
        address, state = self.client(callback).create_authorization_url(
            self.about()["authorization_endpoint"], code_verifier=keep["verifier"], nonce=keep["nonce"]
        )
        return Begun(address, keep | {"state": state})

    def finish(self, callback: str, answer: Mapping[str, str], kept: Mapping[str, str]) -> Identity:
        """Check state and issuer, fetch the ID token with the verifier, check it, and say whom it names."""
        if not secrets.compare_digest(answer.get("state", "").encode(), kept.get("state", "-").encode()):
            raise NotBegunHere
        if answer.get("iss", self.settings.issuer) != self.settings.issuer:
            raise ValueError("the answer comes from another issuer")
        if "error" in answer or "code" not in answer:
            raise NotRecognised
        with self.client(callback) as client:
            token = client.fetch_token(
                self.about()["token_endpoint"], code=answer["code"], code_verifier=kept["verifier"], timeout=SECONDS
            )
        return self.identity(self.claims(token, kept["nonce"]))

    def claims(self, token: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        """The claims of the ID token: signed by the provider, for this registry, for this sign-in, and still valid."""
        keys = KeySet.import_key_set(fetched(self.about()["jwks_uri"]))
        registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        found = jwt.decode(token["id_token"], keys, algorithms=ALGORITHMS, registry=registry)
        claims = CodeIDToken(
            found.claims,
            found.header,
            {
                "iss": {"essential": True, "value": self.settings.issuer},
                "aud": {"essential": True, "value": self.settings.client_id},
                "exp": {"essential": True},
                "sub": {"essential": True},
                "nonce": {"essential": True, "value": nonce},
            },
            {"nonce": nonce, "client_id": self.settings.client_id, "access_token": token.get("access_token")},
        )
        claims.validate(leeway=LEEWAY)
        return found.claims

    def identity(self, claims: Mapping[str, Any]) -> Identity:
        """Whom the claims name."""
        login = claims.get(self.settings.login_claim) if self.settings.login_claim else None
        return Identity(str(claims["sub"]), login if isinstance(login, str) and login else None)


def fetched(address: str) -> dict[str, Any]:
    """A JSON document of the provider. Raises what goes wrong."""
    answer = requests.get(address, timeout=SECONDS, allow_redirects=False)
    answer.raise_for_status()
    document: dict[str, Any] = answer.json()
    return document
