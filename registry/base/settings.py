"""Every setting of the program, read once from `REGISTRY_*`; `docs/settings.md` is generated from here."""

import base64
import json
import os
import re
import secrets
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from registry.base.errors import BadInput, Fault
from registry.base.i18n import msg
from registry.base.mail import is_mail_address


class PluginSettings(BaseSettings):
    """Which packs and plugins are at hand; read also where there is no registry yet."""

    model_config = SettingsConfigDict(env_prefix="REGISTRY_", extra="ignore", frozen=True)

    plugin_dirs: Annotated[tuple[Path, ...], NoDecode] = Field(
        default=(), description="Folders that hold packs, separated by the system's path separator."
    )
    plugins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Installed plugins that are loaded, as `name` or `name==version`, separated by commas; "
        "empty: all that are installed.",
    )

    @field_validator("plugin_dirs", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(Path(p) for p in value.split(os.pathsep) if p) if isinstance(value, str) else value

    @field_validator("plugins", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return tuple(p.strip() for p in value.split(",") if p.strip()) if isinstance(value, str) else value


class Settings(PluginSettings):
    """The settings of one registry. Secrets have no default: `registry demo` makes its own beside its data."""

    data_dir: Path = Field(
        default=Path("var"), description="Folder of the database, evidence and keys of this registry."
    )
    database_url: str = Field(
        default="", description="Address of a PostgreSQL database (`postgresql://…`); empty: SQLite in the data folder."
    )
    secret_key: SecretStr = Field(description="Signs cookies and form tokens. At least 32 characters.")
    field_keys: SecretStr = Field(
        description="Keys of encrypted columns and files: `id:base64` of 32 bytes, newest first, separated by commas."
    )
    index_key: SecretStr = Field(
        description="Base64 of 32 bytes, apart from all others: finds a person by number without decrypting anything."
    )
    record_key: SecretStr = Field(description="Base64 of the 32-byte Ed25519 seed that signs the heads of the record.")
    public_url: str = Field(
        default="http://127.0.0.1:8000",
        description="Address under which the public reaches this registry; it stands in QR codes.",
    )
    upload_limit: int = Field(default=20 * 1024 * 1024, ge=1024, description="Largest file taken, in bytes.")
    session_idle_minutes: int = Field(
        default=60, ge=1, description="Minutes without a request after which a person must sign in again."
    )
    session_hours: int = Field(
        default=12, ge=1, description="Hours after which a person must sign in again, however busy."
    )
    lockout_attempts: int = Field(
        default=5, ge=1, description="Failed attempts after which a sign-in name, known or not, is locked for a while."
    )
    lockout_minutes: int = Field(
        default=15, ge=1, description="Minutes for which it is locked, and within which the attempts are counted."
    )
    lockout_address_attempts: int = Field(
        default=50, ge=1, description="The same for all names tried from one address; an office may share one."
    )
    password_min_length: int = Field(default=10, ge=8, description="Characters that a password has at least.")
    password_history: int = Field(default=5, ge=0, le=24, description="How many earlier passwords may not come back.")
    password_max_age_days: int = Field(
        default=0, ge=0, description="Days after which a password must be changed; 0: never."
    )
    second_factor: Literal["required", "optional"] = Field(
        default="required",
        description="Whether leaders, administrators and whoever opens personal data must have a second factor; "
        "a demonstration never asks.",
    )
    sso_second_factor: bool = Field(
        default=True, description="Whether a sign-in by single sign-on counts as one with a second factor."
    )
    secure_cookies: bool = Field(
        default=True, description="Send cookies over HTTPS only; `registry demo` turns it off."
    )
    trusted_proxies: int = Field(
        default=0, ge=0, description="How many reverse proxies stand in front and set X-Forwarded-*."
    )
    smtp_host: str = Field(default="", description="Mail server that takes e-mail from here; empty: none is sent.")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Its port: 587 with STARTTLS, 465 with TLS.")
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="`starttls` after connecting, `tls` from the first byte, `none` only to a server on this machine.",
    )
    smtp_user: str = Field(default="", description="Name to sign in to the mail server with; empty: without.")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="The password that belongs to it.")
    mail_from: str = Field(
        default="",
        validate_default=True,
        description="Sender of e-mail, `name@example.cn` or `Name <name@example.cn>`; needed with a mail server.",
    )
    remind_days: int = Field(
        default=2, ge=0, description="Working days before a deadline on which whoever must act is reminded."
    )
    escalate_days: int = Field(
        default=3, ge=1, description="Working days after a deadline on which the leader is told that nothing happened."
    )

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value()) < 32:
            raise ValueError("too short")
        return value

    @field_validator("mail_from")
    @classmethod
    def _has_address(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("smtp_host") and not is_mail_address(parseaddr(value)[1]):
            raise ValueError("no address")
        return value

    @property
    def url(self) -> str:
        """The database's address; SQLite in the data folder unless one is set."""
        embedded = f"sqlite:///{self.data_dir.resolve() / 'registry.db'}"
        return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", self.database_url) or embedded


def load(**overrides: Any) -> Settings:
    """The settings from the environment. Raises BadInput that names each missing or wrong one."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise BadInput(
            Fault(
                msg(
                    "Setting {name} is missing or wrong; set it in the environment (see docs/settings.md).",
                    name="REGISTRY_" + str(e["loc"][0]).upper(),
                ),
                field="REGISTRY_" + str(e["loc"][0]).upper(),
            )
            for e in error.errors()
        ) from None


def new_keys() -> dict[str, str]:
    """Fresh secrets for a new registry, by setting's name."""

    def random() -> str:
        return base64.b64encode(secrets.token_bytes(32)).decode()

    return {
        "secret_key": secrets.token_urlsafe(48),
        "field_keys": f"k1:{random()}",
        "index_key": random(),
        "record_key": random(),
    }


def load_demo(data_dir: Path, **overrides: Any) -> Settings:
    """Settings of a demonstration: its secrets lie beside its data, made at the first start."""
    file = data_dir / "keys.json"
    if not file.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            json.dump(new_keys(), out)
    keys = json.loads(file.read_text())
    if missing := {name: key for name, key in new_keys().items() if name not in keys}:  # made by an earlier version
        keys |= missing
        beside = file.with_suffix(".new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(keys, out)
        beside.replace(file)
    return load(
        **{
            "data_dir": data_dir,
            "database_url": "",
            "secure_cookies": False,
            **keys,
            **overrides,
        }
    )


def as_markdown() -> str:
    """The table of all settings, as it stands in `docs/settings.md`."""
    rows = ["| setting | default | what it does |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        required = field.is_required()
        default = "**required**" if required else f"`{shown_default(field.default)}`"
        rows.append(f"| `REGISTRY_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows) + "\n"


def shown_default(value: object) -> str:
    """A default as one would write it in the environment."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if value != () and str(value) else "(empty)"


def settings_here() -> Settings:
    """The environment's settings; those of a demonstration when REGISTRY_DATA_DIR holds one with its keys."""
    folder = Path(os.environ.get("REGISTRY_DATA_DIR", "var"))
    return load_demo(folder) if (folder / "keys.json").exists() else load()
