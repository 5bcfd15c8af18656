from __future__ import annotations

from pathlib import Path

import pytest

from assistant.chat.reading import load_project
from assistant.cli.main import main
from assistant.settings import load_settings

SAMPLE = Path(__file__).parents[2] / "examples" / "telecom-bill.txt"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A house's folder, in which commands run."""
    folder = tmp_path / "our-house"
    assert main(["init", str(folder)]) == 0
    monkeypatch.chdir(folder)
    return folder


def test_the_settings_name_what_was_written(house: Path) -> None:
    settings = load_settings()
    assert settings.packs == ("shipped", "phrase_rules")
    assert settings.guidance == ("house",)
    assert load_project(house / settings.intents).intents


@pytest.mark.parametrize(
    "arguments",
    [
        ["rules", "lint", "phrase_rules"],
        ["rules", "test", "phrase_rules"],
        ["procedures", "lint", "house"],
        ["score", "--scorecard", "scorecards/house.yml", "--format", "json", str(SAMPLE)],
    ],
)
def test_what_was_written_holds(house: Path, arguments: list[str]) -> None:
    assert main(arguments) == 0, house


def test_what_is_there_already_stays(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (house / "phrase_rules" / "house.yml").write_text("ours", encoding="utf-8")
    (house / "config.yml").unlink()
    capsys.readouterr()
    assert main(["init", str(house)]) == 0
    assert "1 files written" in capsys.readouterr().out
    assert (house / "phrase_rules" / "house.yml").read_text(encoding="utf-8") == "ours"
