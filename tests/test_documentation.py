from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assistant.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").glob("*.md")])
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
HUASHU = re.compile(r"^\s*\$? ?huashu ((?:rules |users |webhooks |desk )?[a-z]+)([^\n#]*)", re.MULTILINE)


def shown(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the commands a page shows, each with what follows it in its line."""
    yield from HUASHU.findall(path.read_text(encoding="utf-8"))


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        assert link.startswith("https://") or (page.parent / link).exists(), link


@pytest.mark.parametrize("name", ["README.md", "examples/demo.sh"])
def test_every_command_shown_exists_with_its_options(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    commands = list(shown(ROOT / name))
    assert len(commands) > 4
    for command, rest in commands:
        assert main([*command.split(), "--help"]) == 0, command
        known = capsys.readouterr().out
        for option in re.findall(r"(?<!\S)--?[a-z][a-z-]*", rest):
            assert re.search(rf"(?<![\w-]){option}(?![\w-])", known), f"{command} {option}"


def test_the_rule_of_the_readme_does_what_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (rule,) = re.findall(r"```yaml\n(.*?)```", read("README.md"), re.DOTALL)
    path = tmp_path / "refund.yml"
    path.write_text(rule, encoding="utf-8")
    assert main(["rules", "lint", str(path)]) == 0
    assert main(["rules", "test", str(path)]) == 0
    assert "0 warnings" in capsys.readouterr().out
    assert main(["check", "--pack", str(path), "--fail-on", "major", "您放心,退款马上就到账"]) == 1


def test_the_call_of_the_readme_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (call,) = re.findall(r"```text\n(坐席：.*?)```", read("README.md"), re.DOTALL)
    path = tmp_path / "call.txt"
    path.write_text(call, encoding="utf-8")
    assert main(["score", str(path)]) == 0
    assert "‹不归我管›" in capsys.readouterr().out


def test_every_target_of_make_is_described() -> None:
    makefile = read("Makefile")
    described = set(re.findall(r"^([a-z-]+):.*  ## ", makefile, re.MULTILINE))
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony
    assert set(phony[1].split()) == described


def test_every_page_of_the_manual_is_in_its_index() -> None:
    index = read("docs/README.md")
    for path in (ROOT / "docs").iterdir():
        assert path.name == "README.md" or f"({path.name})" in index, path.name


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_locks_hold_versions_and_hashes_and_no_address(lock: Path) -> None:
    for line in lock.read_text(encoding="utf-8").splitlines():
        pinned = re.fullmatch(r"[a-z0-9-]+==[\w.+!]+( ; [\w .'=<>!()]+)? \\", line)
        hashed = re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line)
        asked_by = line.startswith("    # ") and "://" not in line and " /" not in line
        assert pinned or hashed or asked_by, line


def test_locks_hold_what_pyproject_asks_for() -> None:
    project = tomllib.loads(read("pyproject.toml"))
    groups = {"base": project["project"]["dependencies"], **project["dependency-groups"]}
    assert {lock.stem for lock in LOCKS} == set(groups)
    for group, wanted in groups.items():
        locked = set(re.findall(r"^([a-z0-9-]+)==", read(f"requirements/{group}.lock"), re.MULTILINE))
        for requirement in wanted:
            name = re.split(r"[<>=!~;\[ ]", requirement)[0].lower()
            assert re.sub(r"[-_.]+", "-", name) in locked, f"{group}: {requirement}; run `make lock`"


def test_the_excerpt_in_the_readme_is_what_comes_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    (excerpt,) = re.findall(r"```text\n(对话 .*?)```", read("README.md"), re.DOTALL)
    assert main(["score", "examples/broadband-fault-gb18030.txt"]) == 0
    printed = iter([line.strip() for line in capsys.readouterr().out.splitlines()])
    for line in excerpt.splitlines():
        if line.strip("⋮ "):
            assert line.strip() in printed, line
