from __future__ import annotations

import os
import pickle
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rule_samples import pack, rule

from assistant.errors import RulePackError
from assistant.rules import cache
from assistant.rules.cache import cache_folder, cache_key, cached, store

if TYPE_CHECKING:
    from assistant.rules.pack import RuleSet

pytestmark = pytest.mark.usefixtures("quick_form")


def ids(ruleset: RuleSet) -> list[str]:
    return [each.id for each in ruleset.rules]


def never(_: RuleSet) -> list[str]:
    pytest.fail("built again")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules" / "a.yaml"
    path.parent.mkdir()
    path.write_text(pack(rule()), encoding="utf-8")
    return path


def kept(folder: Path) -> Path:
    [path] = folder.iterdir()
    return path


def test_a_build_is_kept(rules: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    built = cached([rules], ids, folder)
    assert built == ["sample.shirking.one"]
    assert cached([rules.parent], never, folder) == built
    assert stat.S_IMODE(kept(folder).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_changed_file_is_built_again(rules: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    cached([rules], ids, folder)
    rules.write_text(pack(rule("sample.other.id")), encoding="utf-8")
    assert cached([rules], ids, folder) == ["sample.other.id"]


def test_the_key_depends_on_content_and_software(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {cache_key([rules])}
    for name, value in (("__version__", "9"), ("_code", lambda _: "9"), ("SCHEMA_VERSION", "9")):
        with monkeypatch.context() as patch:
            patch.setattr(cache, name, value)
            keys.add(cache_key([rules]))
    moved = rules.with_name("b.yaml")
    moved.write_bytes(rules.read_bytes())
    assert cache_key([moved]) in keys
    moved.write_bytes(rules.read_bytes() + b"#")
    keys.add(cache_key([moved]))
    assert len(keys) == 5


@pytest.mark.parametrize("data", [b"", b"rubbish", pickle.dumps([1])[:-1], b"cassistant.nothing\nNo\n."])
def test_a_broken_file_is_rebuilt(data: bytes, rules: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    built = cached([rules], ids, folder)
    kept(folder).write_bytes(data)
    assert cached([rules], ids, folder) == built
    assert cached([rules], never, folder) == built


def test_files_others_could_have_written_are_not_read(
    rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "cache"
    cached([rules], lambda _: "mine", folder)
    kept(folder).chmod(0o622)
    assert cached([rules], lambda _: "rebuilt", folder) == "rebuilt"
    with monkeypatch.context() as patch:
        patch.setattr(os, "getuid", lambda: os.geteuid() + 1)
        assert cached([rules], lambda _: "not mine", folder) == "not mine"
    path = kept(folder)
    store("elsewhere", tmp_path / "elsewhere")
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    assert cached([rules], lambda _: "no link", folder) == "no link"


def test_the_shipped_build_comes_first(rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = tmp_path / "compiled"
    store(["shipped"], shipped / f"rules-{cache_key([rules])}.pickle")
    monkeypatch.setattr(cache, "SHIPPED", str(shipped))  # an absolute path replaces the package's folder
    folder = tmp_path / "cache"
    assert cached([rules], never, folder) == ["shipped"]
    assert not folder.exists()


def test_an_unwritable_folder_does_not_matter(rules: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert cached([rules], ids, blocked / "cache") == ["sample.shirking.one"]


def test_invalid_rules_are_told_and_not_kept(rules: Path, tmp_path: Path) -> None:
    rules.write_text("pack: [", encoding="utf-8")
    for paths in ([rules], [rules.with_name("missing.yaml")]):
        with pytest.raises(RulePackError):
            cached(paths, ids, tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_writers_at_the_same_time_do_not_disturb_each_other(rules: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: cached([rules], ids, folder), range(8)))
    assert results == [["sample.shirking.one"]] * 8
    assert len(list(folder.iterdir())) == 1


def test_the_folder_is_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUASHU_CACHE_DIR", "/x/y")
    assert cache_folder() == Path("/x/y")
    monkeypatch.delenv("HUASHU_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    assert cache_folder() == Path("/x/huashu")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "huashu"


def test_a_hit_imports_neither_yaml_nor_pydantic(rules: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    cached([rules], ids, folder)
    code = (
        "import sys; from pathlib import Path; from assistant.rules.cache import cached; "
        f"print(cached([Path({str(rules)!r})], None, Path({str(folder)!r}))); "
        "print([name for name in ('pydantic', 'ruamel', 'ruamel.yaml', 'opencc') if name in sys.modules])"
    )
    root = Path(cache.__file__).parent.parent.parent
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    assert done.stdout.splitlines() == ["['sample.shirking.one']", "[]"]


def test_other_files_are_remembered_by_their_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    assert cache.remembered([b"a"], lambda: "one", folder, kind="card") == "one"
    assert cache.remembered([b"a"], lambda: "two", folder, kind="card") == "one"
    assert cache.remembered([b"b"], lambda: "two", folder, kind="card") == "two"
    assert cache.remembered([b"a"], lambda: "three", folder, kind="other") == "three"
