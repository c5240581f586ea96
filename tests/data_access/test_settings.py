from pathlib import Path

import pytest
from pydantic import SecretStr

from data_access.errors import NotConfigured
from data_access.settings import Settings, read_settings


def test_places_follow_the_state_folder_unless_given(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    assert settings.warehouse == tmp_path / "warehouse"
    assert settings.record == f"sqlite:///{tmp_path / 'record.db'}"
    assert Settings(var=tmp_path, warehouse=Path("/elsewhere")).warehouse == Path("/elsewhere")


def test_host_and_port_are_read_with_and_without_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "192.0.2.7")
    monkeypatch.setenv("PORT", "9000")
    assert (read_settings().host, read_settings().port) == ("192.0.2.7", 9000)
    monkeypatch.setenv("IMMUNOBOARD_PORT", "9001")
    assert read_settings().port == 9001


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1


@pytest.mark.parametrize(
    ("mode", "content", "sentence"),
    [
        (0o600, "short", "too short"),
        (0o644, "0123456789abcdef" * 3, "read by everybody"),
    ],
)
def test_a_secret_key_file_must_be_private_and_long(
    tmp_path: Path, mode: int, content: str, sentence: str
) -> None:
    key = tmp_path / "key"
    key.write_text(content)
    key.chmod(mode)
    with pytest.raises(NotConfigured, match=sentence):
        Settings(var=tmp_path, secret_key_file=key).secret()


def test_the_secret_key_file_of_the_state_folder_is_found(tmp_path: Path) -> None:
    key = tmp_path / "secret_key"
    key.write_text("0123456789abcdef" * 3 + "\n")
    key.chmod(0o600)
    assert Settings(var=tmp_path).secret() == b"0123456789abcdef" * 3


def test_a_setting_that_cannot_be_used_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("IMMUNOBOARD_PORT", "a secret by mistake")
    with pytest.raises(NotConfigured, match="IMMUNOBOARD_PORT") as refusal:
        read_settings()
    assert "by mistake" not in str(refusal.value)


def test_settings_are_never_shown_with_the_key(tmp_path: Path) -> None:
    assert "0123456789abcdef" not in repr(Settings(var=tmp_path, secret_key="0123456789abcdef"))


def test_another_engine_is_an_address_and_its_password_is_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = "postgresql://reader:hunter2@db/cohorts"
    monkeypatch.setenv("IMMUNOBOARD_WAREHOUSE", url)
    settings = read_settings()
    assert isinstance(settings.warehouse, SecretStr)
    assert settings.warehouse.get_secret_value() == url
    assert "hunter2" not in repr(settings)


def test_a_warehouse_given_as_text_is_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMMUNOBOARD_WAREHOUSE", "some/folder: ours")
    assert read_settings().warehouse == Path("some/folder: ours")


def test_an_engine_that_is_not_known_is_refused_without_its_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("IMMUNOBOARD_WAREHOUSE", "mysql://reader:hunter2@db/cohorts")
    with pytest.raises(NotConfigured, match=r"IMMUNOBOARD_WAREHOUSE.*spark:FOLDER") as refusal:
        read_settings()
    assert "hunter2" not in str(refusal.value)
