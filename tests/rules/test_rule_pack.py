from __future__ import annotations

import pickle
from datetime import date
from typing import TYPE_CHECKING

import pytest
from rule_samples import pack, rule

from assistant.errors import ExitCode, RulePackError
from assistant.rules.pack import load_ruleset

if TYPE_CHECKING:
    from pathlib import Path

    from assistant.rules.pack import RuleSet

pytestmark = pytest.mark.usefixtures("quick_form")
ONE = rule("sample.x.one", match='{any: ["不归<we>管"]}')
TWO = rule("sample.x.two", match='{any: ["没办法"]}', extra="valid: {from: 2026-03-01, to: 2026-03-31}")
LISTS = "lists:\n  we: [我, 我们]\n"


def loaded(folder: Path, **files: str) -> RuleSet:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return load_ruleset([folder])


def test_files_join_to_packs(tmp_path: Path) -> None:
    other = pack(rule("other.x.one"), head='pack: other\nversion: "2"\ntitle: 其他\n')
    ruleset = loaded(tmp_path, a=pack(TWO), b=pack(ONE, lists=LISTS), c=other)
    assert [(each.name, each.version, each.title, len(each.rules)) for each in ruleset.packs] == [
        ("other", "2", "其他", 1), ("sample", "1", "", 2),
    ]  # fmt: skip
    assert ruleset.packs[1].lists == {"we": ("我", "我们")}
    info = ruleset.packs[1].info
    assert (info.name, info.version, len(info.sha256)) == ("sample", "1", 64)
    assert [each.id for each in ruleset.rules] == ["other.x.one", "sample.x.one", "sample.x.two"]


def test_the_hash_is_of_the_content_alone(tmp_path: Path) -> None:
    one_file = loaded(tmp_path / "a", all=pack(ONE, TWO, lists=LISTS))
    comments = pack(TWO.replace("title:", "# a comment\n    title:"), ONE, lists=LISTS)
    reordered = loaded(tmp_path / "b", all=comments)
    divided = loaded(tmp_path / "c", z=pack(ONE), a=pack(TWO, lists=LISTS))
    spelt_out = loaded(tmp_path / "d", all=pack(ONE, TWO + "    scope: {negation: true}\n", lists=LISTS))
    assert one_file.sha256 == reordered.sha256 == divided.sha256 == spelt_out.sha256


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("没办法", "没法子"),
        ("[我, 我们]", "[我, 咱们]"),
        ('version: "1"', 'version: "2"'),
        ("major", "fatal"),
    ],
)
def test_the_hash_changes_with_the_content(old: str, new: str, tmp_path: Path) -> None:
    text = pack(ONE, TWO, lists=LISTS)
    assert old in text
    changed = loaded(tmp_path / "b", all=text.replace(old, new))
    assert loaded(tmp_path / "a", all=text).sha256 != changed.sha256


@pytest.mark.parametrize(
    ("day", "ids"),
    [
        (date(2026, 2, 28), ["sample.x.one"]),
        (date(2026, 3, 1), ["sample.x.one", "sample.x.two"]),
        (date(2026, 3, 31), ["sample.x.one", "sample.x.two"]),
        (date(2026, 4, 1), ["sample.x.one"]),
    ],
)
def test_rules_hold_from_the_first_to_the_last_day(day: date, ids: list[str], tmp_path: Path) -> None:
    ruleset = loaded(tmp_path, all=pack(ONE, TWO, lists=LISTS))
    assert [each.id for each in ruleset.rules_on(day)] == ids


def test_a_rule_set_survives_pickling(tmp_path: Path) -> None:
    ruleset = loaded(tmp_path, all=pack(ONE, TWO, lists=LISTS))
    assert pickle.loads(pickle.dumps(ruleset)) == ruleset  # noqa: S301


def test_warnings_do_not_stop_a_pack_but_errors_do(tmp_path: Path) -> None:
    unused = loaded(tmp_path / "a", all=pack(TWO, lists=LISTS))
    assert len(unused.rules) == 1
    broken = pack(rule("sample.x.one", severity="minor"), rule("sample.x.one", kind="phrse"), lists=LISTS)
    with pytest.raises(RulePackError) as caught:
        loaded(tmp_path / "b", all=broken, more="pack: [")
    assert sorted(each.code for each in caught.value.problems) == ["milder", "unknown-kind", "yaml"]
    assert caught.value.exit_code == ExitCode.INVALID_RULES


def test_two_versions_of_a_pack_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(RulePackError, match="two-versions"):
        loaded(tmp_path, a=pack(TWO), b=pack(ONE, lists=LISTS, head='pack: sample\nversion: "2"\n'))
