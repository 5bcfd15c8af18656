from __future__ import annotations

from dataclasses import Field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assistant import bootstrap
from assistant.errors import ConfigurationError
from assistant.model import Severity
from assistant.rules import cache
from assistant.settings import NAMES, Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*NAMES, "CONFIG"):
        monkeypatch.delenv(f"HUASHU_{name.upper()}", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def config(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "config.yml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_defaults() -> None:
    assert load_settings() == Settings()


def test_flag_before_environment_before_file_before_default(
    config: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    config("assistant: {workers: 2, fail_on: minor, scorecard: ecommerce}\n")
    assert load_settings().workers == 2
    monkeypatch.setenv("HUASHU_WORKERS", "3")
    assert load_settings().workers == 3
    assert load_settings({"workers": 4}).workers == 4
    assert load_settings({"workers": None}).workers == 3
    settings = load_settings()
    assert (settings.failing, settings.scorecard, settings.packs) == (
        Severity.MINOR,
        "ecommerce",
        ("shipped",),
    )


def test_other_top_level_keys_are_left_alone(config: Callable[[str], Path]) -> None:
    config("language: zh\npipeline: []\nassistant_id: x\n")
    assert load_settings() == Settings()


@pytest.mark.parametrize("text", ["", "# nothing\n", "assistant:\n"])
def test_empty_files(config: Callable[[str], Path], text: str) -> None:
    config(text)
    assert load_settings() == Settings()


def test_a_changed_file_is_read_again(config: Callable[[str], Path]) -> None:
    config("assistant: {workers: 2}\n")
    assert [load_settings().workers for _ in range(2)] == [2, 2]
    config("assistant: {workers: 3}\n")
    assert load_settings().workers == 3


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("assistant:\n  wokers: 2\n", 2, "did you mean workers?"),
        ("assistant:\n  workers: 0\n", 2, "workers"),
        ("assistant:\n  fail_on: sometimes\n", 2, "fail_on"),
        ("assistant:\n\n  packs: []\n", 3, "packs"),
        ("assistant: 5\n", 1, "assistant"),
        ("- a\n", 1, "assistant"),
        ("assistant: {\n", 1, "bracket"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    config: Callable[[str], Path], text: str, line: int, words: str
) -> None:
    config(text)
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert caught.value.path == "config.yml"
    assert caught.value.line is not None
    assert caught.value.line in (line, line + 1)
    assert words in caught.value.message


def test_wrong_variables_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUASHU_WORKERS", "many")
    with pytest.raises(ConfigurationError, match="HUASHU_WORKERS"):
        load_settings()


def test_lists_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUASHU_COMPANY", "云桥通信,云桥")
    monkeypatch.setenv("HUASHU_PACKS", "shipped:house")
    settings = load_settings()
    assert (settings.company, settings.packs) == (("云桥通信", "云桥"), ("shipped", "house"))


def test_one_name_stands_for_a_list(config: Callable[[str], Path]) -> None:
    config("assistant: {company: 云桥通信}\n")
    assert load_settings().company == ("云桥通信",)


def test_file_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "house"
    (folder / "rules").mkdir(parents=True)
    (folder / "own.yml").write_text("assistant: {packs: [shipped, rules]}\n", encoding="utf-8")
    monkeypatch.setenv("HUASHU_CONFIG", str(folder / "own.yml"))
    assert load_settings().packs == ("shipped", str(folder / "rules"))
    monkeypatch.setenv("HUASHU_CONFIG", "nowhere.yml")
    with pytest.raises(ConfigurationError, match=r"nowhere\.yml"):
        load_settings()


def test_the_file_of_the_repository_is_valid_and_names_every_setting() -> None:
    assert load_settings(folder=ROOT) == Settings()
    text = (ROOT / "config.yml").read_text(encoding="utf-8")
    assert all(f"  {name}:" in text or f"  # {name}:" in text for name in NAMES)


@pytest.mark.parametrize("field", fields(Settings), ids=lambda field: field.name)
def test_every_setting_is_documented_with_its_variable_and_default(field: Field[Any]) -> None:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    rows = [row for row in text.splitlines() if row.startswith("|") and f"| `{field.name}` |" in row]
    assert len(rows) == 1
    assert f"`HUASHU_{field.name.upper()}`" in rows[0]
    default = rows[0].rpartition(f"| `{field.name}` |")[2]
    if field.default not in ((), "", None):
        shown = f"[{field.default[0]}]" if isinstance(field.default, tuple) else str(field.default)
        assert f"`{shown.lower() if isinstance(field.default, bool) else shown}`" in default
    assert default.strip(" |")


def test_packs_are_paths_or_shipped_names(tmp_path: Path) -> None:
    (tmp_path / "house").mkdir()
    paths = bootstrap.rule_paths(["shipped", "hotline", "house", "nowhere", "./hotline"])
    shipped = bootstrap.shipped_rules()
    assert paths == (shipped, shipped / "hotline", Path("house"), Path("nowhere"), Path("hotline"))


def test_a_house_folder_hides_a_shipped_pack(tmp_path: Path) -> None:
    (tmp_path / "hotline").mkdir()
    assert bootstrap.rule_paths(["hotline"]) == (Path("hotline"),)


def test_unknown_scorecard_names_the_shipped_ones() -> None:
    with pytest.raises(ConfigurationError, match="ecommerce、standard"):
        bootstrap.load_scorecard(Settings(scorecard="nowhere"))


def test_scorecards_are_kept(tmp_path: Path) -> None:
    cards = [bootstrap.load_scorecard(Settings(cache_dir=tmp_path / "kept")) for _ in range(2)]
    assert cards[0] == cards[1]
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_old_builds_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "KEPT", 2)
    for number in range(4):
        cache.remembered([bytes([number])], lambda: 1, tmp_path / "kept", kind="thing")
    cache.remembered([b"other"], lambda: 1, tmp_path / "kept", kind="other")
    names = sorted(path.name.split("-")[0] for path in (tmp_path / "kept").iterdir())
    assert names == ["other", "thing", "thing"]
