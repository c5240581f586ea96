"""Settings: one frozen object, read once from the environment (prefix ``IMMUNOBOARD_``)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from data_access.errors import NotConfigured

ROOT = Path(__file__).resolve().parents[1]
"""The checkout: the folder of app.py."""

SECRET_MINIMUM = 16
"""Fewest characters of the secret key; `make run` makes one of 64."""


def warehouse_place(given: object) -> Path | SecretStr:
    """A folder of snapshots, or the URL of another engine; the URL may hold a password.

    Raises:
        ValueError: a URL of an engine that is not known.
    """
    if not isinstance(given, str):
        return given  # type: ignore[return-value]  # a Path already, or refused by the field
    known = given.startswith(("postgresql://", "spark:", "trino://", "clickhouse://"))
    if known and not given.startswith("spark://"):
        return SecretStr(given)
    if "://" in given:
        raise ValueError("it is a folder, postgresql://USER@HOST/DATABASE or spark:FOLDER")
    return Path(given)


class Settings(BaseSettings):
    """Where things are kept and how the server answers.

    ``var`` holds everything that changes; the other places default to folders inside it, except
    the shipped models, which belong to the checkout. ``instruments`` is a folder of questionnaires
    that the site adds, one TOML file each; it need not be there. ``warehouse`` is a folder of
    snapshots, or the URL of an engine to compare cohorts on. ``secret_key`` (or the content of
    ``secret_key_file``) signs cookies and patient links and seals the access log. ``HOST`` and
    ``PORT`` are read without prefix too, as process managers set them.
    """

    model_config = SettingsConfigDict(env_prefix="IMMUNOBOARD_", frozen=True, populate_by_name=True)

    var: Path = ROOT / "var"
    warehouse: Annotated[Path | SecretStr, BeforeValidator(warehouse_place)] = Field(
        default_factory=lambda given: given["var"] / "warehouse"
    )
    record: str = Field(default_factory=lambda given: f"sqlite:///{given['var'] / 'record.db'}")
    artifacts: Path = ROOT / "models" / "artifacts"
    forecasts: Path = ROOT / "models" / "qol" / "artifacts"
    model_versions: Path = Field(default_factory=lambda given: given["var"] / "models")
    instruments: Path = Field(default_factory=lambda given: given["var"] / "instruments")
    secret_key: SecretStr | None = None
    secret_key_file: Path | None = None
    host: str = Field(
        default="127.0.0.1", validation_alias=AliasChoices("IMMUNOBOARD_HOST", "HOST")
    )
    port: int = Field(
        default=8050, ge=1, le=65535, validation_alias=AliasChoices("IMMUNOBOARD_PORT", "PORT")
    )
    snapshot_poll_seconds: float = Field(default=0, ge=0)
    secure_cookies: bool = False
    trusted_proxies: int = Field(default=0, ge=0)
    session_idle: timedelta = timedelta(minutes=15)
    session_absolute: timedelta = timedelta(hours=8)

    def secret(self) -> bytes:
        """The secret key, from the setting itself or from its file.

        Raises:
            NotConfigured: it is missing, too short, or its file can be read by everybody.
        """
        found = self.secret_if_any()
        if found is None:
            raise NotConfigured(
                "No secret key: set IMMUNOBOARD_SECRET_KEY, or IMMUNOBOARD_SECRET_KEY_FILE to a "
                f"file of at least {SECRET_MINIMUM} random characters."
            )
        return found

    def secret_if_any(self) -> bytes | None:
        """The secret key, or None when none is configured; an unusable one raises as ``secret``."""
        if self.secret_key is not None:
            return _long_enough(self.secret_key.get_secret_value(), "IMMUNOBOARD_SECRET_KEY")
        path = self.secret_key_file or self.var / "secret_key"
        if self.secret_key_file is None and not path.exists():
            return None
        return _long_enough(_private_text(path), "The file of IMMUNOBOARD_SECRET_KEY_FILE")


def read_settings(**given: Any) -> Settings:
    """Settings from the environment; ``given`` ones take precedence.

    Raises:
        NotConfigured: a variable has a value that cannot be used; its value is not repeated.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = f"IMMUNOBOARD_{first['loc'][0]}".upper().replace("_IMMUNOBOARD", "")
        raise NotConfigured(f"{name} cannot be used: {first['msg']}.") from None


def _private_text(path: Path) -> str:
    try:
        if path.stat().st_mode & 0o007:
            raise NotConfigured(
                "The secret key file can be read by everybody: chmod 600 it, and make a new key."
            )
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NotConfigured(
            "The secret key file cannot be read: IMMUNOBOARD_SECRET_KEY_FILE names it."
        ) from error


def _long_enough(secret: str, where: str) -> bytes:
    if len(secret) < SECRET_MINIMUM:
        raise NotConfigured(
            f"{where} is too short: {SECRET_MINIMUM} random characters are the least."
        )
    return secret.encode()
