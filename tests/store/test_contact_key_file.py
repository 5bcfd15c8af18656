from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from assistant.errors import ConfigurationError
from assistant.settings import Settings
from assistant.store import contacts
from assistant.store.contact_keys import house_key, key_file, key_ring, make_key_file, new_key
from assistant.store.database import open_store
from assistant.web.server import key_contacts

if TYPE_CHECKING:
    from pathlib import Path


def test_a_key_is_made_once_beside_an_embedded_database(tmp_path: Path) -> None:
    database = str(tmp_path / "huashu.db")
    path = make_key_file(database)
    assert path == key_file(f"sqlite:///{database}") == tmp_path / "huashu.db.contact-key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    made = house_key("", database)
    assert key_ring(made).current.key_id.startswith("k20")
    assert make_key_file(database) is None
    assert house_key("", database) == made
    assert house_key("own:key", database) == "own:key"


@pytest.mark.parametrize("database", ["postgresql://u:p@h/huashu", "sqlite://", "sqlite:///:memory:"])
def test_no_key_is_made_for_a_database_elsewhere(database: str) -> None:
    assert make_key_file(database) is None
    assert house_key("", database) == ""


def test_a_key_others_can_read_is_refused(tmp_path: Path) -> None:
    database = str(tmp_path / "huashu.db")
    path = make_key_file(database)
    assert path is not None
    path.chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        house_key("", database)


def test_the_first_start_makes_a_key_and_says_so_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(database=str(tmp_path / "huashu.db"))
    key_contacts(settings)
    assert "联系方式密钥已生成" in capsys.readouterr().out
    key_contacts(settings)
    assert capsys.readouterr().out == ""


def test_no_key_is_made_where_contact_data_needs_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = str(tmp_path / "huashu.db")
    store = open_store(database)
    keys, details = key_ring(new_key()), contacts.Details(phone="13800138000")
    subject = contacts.Subject("case", "1")
    store.write(lambda c: contacts.add(c, keys, "t", subject, details)).result()
    store.close()
    key_contacts(Settings(database=database))
    assert capsys.readouterr().out == ""
    assert house_key("", database) == ""
