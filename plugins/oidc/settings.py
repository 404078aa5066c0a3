"""Settings of the plugin, from `REGISTRY_OIDC_*`."""

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LOCAL = ("localhost", "127.0.0.1", "::1")


class OidcSettings(BaseSettings):
    """How the office's provider is reached. Nothing has a default that would let anybody in."""

    model_config = SettingsConfigDict(env_prefix="REGISTRY_OIDC_", extra="ignore", frozen=True)

    issuer: str = Field(
        default="", description="Address of the provider, exactly as it names itself; empty: no plugin."
    )
    client_id: str = Field(default="", description="Name of this registry there.")
    client_secret: SecretStr = Field(default=SecretStr(""), description="Its secret there.")
    login_claim: str = Field(
        default="",
        description="Claim that says the sign-in name here, where the provider is trusted for it; empty: none.",
    )
    scope: str = Field(default="openid", description="What is asked for; `openid profile` where the claim needs it.")
    name: str = Field(default="单位统一登录", description="What stands on the button.")

    @field_validator("issuer")
    @classmethod
    def _encrypted(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and parts.scheme != "https" and parts.hostname not in LOCAL:
            raise ValueError("the provider must be reached by https://")
        return value

    @property
    def missing(self) -> list[str]:
        """The settings that are still missing; all of them where the plugin is not used."""
        given = {
            "ISSUER": self.issuer,
            "CLIENT_ID": self.client_id,
            "CLIENT_SECRET": self.client_secret.get_secret_value(),
        }
        return [f"REGISTRY_OIDC_{name}" for name, value in given.items() if not value]
