from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rule_samples import HEAD, check_folder, clean, marked, pack, problems_of, rule

from assistant.rules.checks import FAMILY_SEVERITY, lint
from assistant.rules.loader import load_paths

if TYPE_CHECKING:
    from pathlib import Path

NO_MARK = '{hit: ["这不归我管"], miss: ["我帮您查"]}'
TALK = '{hit: ["坐席:a"], miss: ["我帮您查"]}'


def wording(text: str, extra: str = "") -> str:
    return pack(rule(match=f"{{any: [{text}]{extra}}}"))


def combined(match: str) -> str:
    return pack(rule(kind="combine", match=match))


def at_match(text: str) -> str:
    return text.replace(" match", " §match")


DUE = '{expect: {any: ["a"]}, due: {first: 1}}'
EXCLUDING = '{all_of: [{any: ["x"]}, {not: {any: ["x"]}}]}'
BARE = '{any_of: [{any: ["x"]}, {not: {any: ["y"]}}]}'
ALWAYS = '{of: {any: ["a"]}, at_most: 1, at_least: §2}'

# The mark § stands where the problem is expected; nothing else may be wrong with the sample.
SAMPLES = [
    ("template", wording('"不归(我管)?§)"'), "')' without"),
    ("template", wording('"不归§(我管"'), "never closed"),
    ("template", wording("'不归§（我）管'"), "full-width"),
    ("template", wording('"不归我管§…"'), "gap"),
    ("template", pack(rule(match='{any: ["a"], except: ["b§{nam}"]}')), "unknown slot {nam}"),
    ("unknown-list", wording('"不归§<us>管"'), "unknown word list <us>"),
    ("empty-wording", wording('"§(不归)?(我管)?"'), "may be empty"),
    ("empty-wording", wording('"§!?。"'), "may be empty"),
    ("too-many-strings", wording('"§{company}' + "(a|b|c)" * 8 + '"'), "more than 2000"),
    ("template", pack(rule(match='{any: ["<we>"]}'), lists='lists:\n  we: ["我§(们"]\n'), "never closed"),
    ("list-ring", pack(rule(match='{any: ["<a>"]}'), lists='lists:\n  a: ["§<b>"]\n  b: ["<a>"]\n'), "ring"),
    ("unused-list", pack(rule(), lists="lists:\n  §we: [我]\n"), "no wording uses"),
    ("duplicate-wording", pack(rule(match='{any: ["<w>"]}'), lists="lists:\n  w: [我, 他, §我]\n"), "twice"),
    ("duplicate-wording", wording('"不归我管", §"不归(我|你)管"'), "in line 9"),
    ("swallowed", pack(rule(match='{§any: ["不归我管", "我不管"], except: ["我"]}')), "every wording"),
    ("swallowed", pack(rule(match='{any: [§"不归我管", "不管"], except: ["我"]}')), "never counts"),
    ("unknown-slot", pack(rule(kind="similar", match='{script: "您好§{nam}请讲"}')), "{nam}"),
    ("template", pack(rule(kind="similar", match='{script: "您好§(请|先)讲"}')), "plain text"),
    ("empty-wording", pack(rule(kind="similar", match='{script: §"{company}"}')), "no text"),
    ("bad-pattern", pack(rule(kind="pattern", match='{pattern: "保证§(收"}')), "not a regular expression"),
    ("bad-pattern", pack(rule(kind="pattern", match='{pattern: §"保证[[收]"}')), "nested set"),
    ("slow-pattern", pack(rule(kind="pattern", match='{pattern: §"保证(a+)+"}')), "exponentially"),
    ("slow-pattern", pack(rule(kind="pattern", match='{pattern: "a", except: §"(.*)*"}')), "exponentially"),
    ("empty-pattern", pack(rule(kind="pattern", match='{pattern: §"(保证)?"}')), "nothing is said"),
    ("no-literal", pack(rule(kind="pattern", match=r"{pattern: §'\d{11}'}")), "no text is in every match"),
    ("never-fires", pack(rule(extra="valid: {from: §2026-02-01, to: 2026-01-31}")), "lies after"),
    ("never-fires", pack(rule(extra="when: {§position: {first: 2, after: 2}}")), "no turn"),
    ("never-fires", pack(rule(extra="when: {§channel: []}")), "allows nothing"),
    ("never-fires", pack(rule(extra="when: {meta: {§direction: []}}")), "allows nothing"),
    ("never-fires", at_match(pack(rule(kind="count", match='{of: {any: ["a"]}}'))), "at_most"),
    ("always-fires", pack(rule(kind="count", match=ALWAYS, examples=NO_MARK)), "always fire"),
    ("unknown-channel", pack(rule(extra="when: {channel: [hotline, §hotlin]}")), "did you mean hotline?"),
    ("expression", combined('{expr: "a §nad b", with: {a: {any: ["x"]}, b: {any: ["y"]}}}'), "names"),
    ("expression", combined('{expr: "a and §c", with: {a: {any: ["x"]}}}'), "unknown name c"),
    ("expression", combined('{expr: "话 and §丙", with: {话: {any: ["x"]}}}'), "unknown name 丙"),
    ("expression", combined('{expr: "§f(a)", with: {a: {any: ["x"]}}}'), "only names"),
    ("unused-name", combined('{expr: "a", with: {a: {any: ["x"]}, §b: {any: ["y"]}}}'), "doesn't use b"),
    ("never-fires", at_match(combined(EXCLUDING)), "exclude"),
    ("never-fires", pack(rule(extra=f"when: {{§customer: {EXCLUDING}}}")), "exclude"),
    ("not-alone", at_match(combined('{not: {any: ["x"]}}')), "nothing is said"),
    ("not-alone", at_match(combined(BARE)), "nothing"),
    ("unknown-rule", combined("{rule: §sample.shirking.two}"), "did you mean sample.shirking.one?"),
    ("unknown-source", pack(rule(source="B-3, §B3")), "unknown source B3"),
    ("milder", pack(rule(severity="§minor")), "B-3 is major"),
    ("no-hit", pack(rule(examples='{miss: ["a"]}')).replace("examples", "§examples"), "one hit"),
    ("no-miss", pack(rule(examples='{hit: ["‹a›"]}')).replace("examples", "§examples"), "one miss"),
    ("marks", pack(rule(examples='{hit: [§"不归我管"], miss: ["a"]}')), "mark the finding"),
    ("marks", pack(rule(examples='{hit: [§"‹不归›‹我管›"], miss: ["a"]}')), "mark the finding"),
    ("marks", pack(rule(examples='{hit: [§"不归›我‹管"], miss: ["a"]}')), "in pairs"),
    ("marks", pack(rule(examples='{hit: [§"不归‹›我管"], miss: ["a"]}')), "marks nothing"),
    ("marks", pack(rule(examples='{hit: ["‹不归我管›"], miss: [§"‹a›"]}')), "has no"),
    ("marks", pack(rule(examples='{hit: [{turns: §"a"}], miss: ["a"]}')), "mark the finding"),
    ("placeholder", pack(rule(message='"出现§{match}了"')), "unknown placeholder {match}"),
    ("placeholder", pack(rule(message='§"出现{matched"')), "brace"),
    ("placeholder", pack(rule(kind="required", match=DUE, message='"§{matched}"', examples=TALK)), "missing"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "sample", "said"), SAMPLES, ids=[f"{at}-{each[0]}" for at, each in enumerate(SAMPLES)]
)
def test_every_fault_is_told_once_at_its_place(code: str, sample: str, said: str, tmp_path: Path) -> None:
    text, [(line, column)] = marked(sample)
    problems = problems_of(tmp_path, text)
    assert [(each.code, each.line, each.column) for each in problems] == [(code, line, column)]
    assert said in problems[0].message
    assert problems[0].excerpt.startswith(f"{line} | ")
    warning = code in {"unused-list", "duplicate-wording", "no-literal", "unknown-channel", "unused-name"}
    lenient = code in {"swallowed", "template"} and said in {"never counts", "plain text"}
    assert problems[0].level == ("warning" if warning or lenient else "error")


def test_a_sound_pack_has_no_problems(tmp_path: Path) -> None:
    text = pack(
        rule(match='{any: ["不归<we>管"], except: ["不归我管也会"]}'),
        rule(
            "sample.other.two",
            kind="combine",
            match='{all_of: [{any: ["x"]}, {not: {rule: sample.shirking.one}}]}',
        ),
        rule(
            "sample.other.three", severity="minor", extra="why: 单独出现时分量不够", match='{any: ["不行"]}'
        ),
        rule(
            "sample.other.four",
            source='G-12a, G-R3, P-SIX, R-1, K-2, M-3, S0, D-4, "LAW:a", "HOUSE:b"',
            match='{any: ["没有"]}',
        ),
        lists="lists:\n  we: [我, 我们]\n",
    )
    assert problems_of(tmp_path, text) == ()


def test_ids_are_unique_over_all_files(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(pack(rule()), encoding="utf-8")
    (tmp_path / "b.yaml").write_text(
        pack(rule(match='{any: ["不是我的事"]}'), head='pack: b\nversion: "1"\n'), encoding="utf-8"
    )
    [problem] = check_folder(tmp_path)
    assert (problem.code, problem.path, problem.line, problem.column) == (
        "duplicate-id",
        str(tmp_path / "b.yaml"),
        4,
        9,
    )
    assert f"{tmp_path / 'a.yaml'}:4" in problem.message


def test_files_of_one_pack_share_lists_and_agree_on_the_version(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        pack(rule(match='{any: ["不归<we>管"]}'), lists="lists:\n  he: [他]\n"), encoding="utf-8"
    )
    other = pack(
        rule("sample.x.two", match='{any: ["看<he>的"]}'),
        head='pack: sample\nversion: "2"\n',
        lists="lists:\n  we: [我]\n  he: [她]\n",
    )
    (tmp_path / "b.yaml").write_text(other, encoding="utf-8")
    assert [(each.code, each.line, each.column) for each in check_folder(tmp_path)] == [
        ("two-versions", 2, 10),
        ("duplicate-list", 5, 3),
    ]


def test_what_depends_on_other_rules_is_not_told_of_incomplete_packs(tmp_path: Path) -> None:
    text = pack(
        rule(kind="combine", match="{rule: sample.broken.two}"),
        rule("sample.broken.two", severity="x", match='{any: ["不归<we>管"]}'),
        lists="lists:\n  we: [我]\n",
    )
    assert [each.code for each in problems_of(tmp_path, text)] == ["wrong-value"]


def test_rules_may_not_wait_for_each_other(tmp_path: Path) -> None:
    text = pack(
        rule("a.b.one", kind="combine", match="{rule: a.b.two}"),
        rule("a.b.two", kind="combine", match="{any_of: [{rule: a.b.three}, {rule: a.b.four}]}"),
        rule("a.b.three", kind="combine", match="{rule: a.b.one}"),
        rule("a.b.four"),
    )
    [problem] = problems_of(tmp_path, text)
    assert (problem.code, problem.line) == ("rule-ring", 9)
    assert "a.b.one → a.b.two → a.b.three → a.b.one" in problem.message


@pytest.mark.parametrize(
    ("rival", "mine", "codes"),
    [
        ({"match": '{any: ["不归"]}'}, {}, ["shadowed"]),
        ({"match": '{any: ["不归"]}', "severity": "fatal"}, {}, ["shadowed"]),
        ({"match": '{any: ["不归"]}'}, {"severity": "fatal"}, []),
        ({"match": '{any: ["不归"]}', "extra": "family: other"}, {}, []),
        ({"match": '{any: ["不归"]}', "extra": "when: {speaker: any}"}, {}, []),
        ({"match": '{any: ["不归"], except: ["不归我"]}'}, {}, []),
        ({"match": '{any: ["不归"], word: true}'}, {}, []),
        ({"match": '{any: ["不归"]}'}, {"match": '{any: ["不归我管", "管不着"]}'}, []),
        ({"match": '{any: ["不归"]}'}, {"match": '{any: ["不归…管"]}'}, ["shadowed"]),
        (
            {"match": '{any: ["不归我管", "不归你管"]}'},
            {"match": '{any: ["不归我管", "别问我"]}'},
            ["duplicate-across"],
        ),
    ],
)
def test_rules_that_add_nothing_are_told(
    rival: dict[str, str], mine: dict[str, str], codes: list[str], tmp_path: Path
) -> None:
    text = pack(rule("sample.shirking.rival", **rival), rule("sample.shirking.mine", **mine))
    problems = problems_of(tmp_path, text)
    assert [each.code for each in problems] == codes
    assert all(each.level == "warning" and "sample.shirking.rival" in each.message for each in problems)


@pytest.mark.parametrize(
    ("kind", "match", "marks", "fine"),
    [
        ("required", '{expect: {any: ["a"]}, due: {first: 1}}', 0, True),
        ("required", '{expect: {any: ["a"]}, due: {first: 1}}', 1, False),
        ("count", '{of: {any: ["a"]}, at_most: 1}', 1, True),
        ("count", '{of: {any: ["a"]}, at_most: 1}', 0, False),
        ("count", '{of: {any: ["a"]}, at_least: 1}', 0, True),
        ("count", '{of: {any: ["a"]}, at_least: 1}', 1, False),
        ("order", '{first: {any: ["a"]}, then: {any: ["b"]}}', 0, False),
        ("follow_up", '{trigger: {any: ["a"]}, expect: {any: ["b"]}}', 1, True),
        ("timing", "{metric: ring, at_most: 10}", 0, True),
    ],
)
def test_marks_depend_on_the_kind(kind: str, match: str, marks: int, *, fine: bool, tmp_path: Path) -> None:
    hit = "‹不归我管›" if marks else "不归我管"
    text = pack(rule(kind=kind, match=match, message='"说明"', examples=f'{{hit: ["{hit}"], miss: ["x"]}}'))
    assert [each.code for each in problems_of(tmp_path, text)] == ([] if fine else ["marks"])


def test_the_fixed_severities_cover_all_families() -> None:
    assert sorted(FAMILY_SEVERITY, key=lambda each: int(each[2:])) == [f"B-{n}" for n in range(1, 29)]


def test_problems_are_sorted_by_place(tmp_path: Path) -> None:
    text = pack(rule(severity="minor", source="X", examples="{}"), rule("b.c.d", source="Y"))
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    found = lint(load_paths([tmp_path]).files, clean)
    assert [(each.line, each.column) for each in found] == sorted((each.line, each.column) for each in found)
    assert len(found) >= 4


def test_the_default_form_is_the_one_of_the_matcher(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(wording('"不歸我管!", "不归我管"') + HEAD[:0], encoding="utf-8")
    assert [each.code for each in lint(load_paths([tmp_path]).files)] == ["duplicate-wording"]
