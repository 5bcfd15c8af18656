from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_samples import HEAD, marked, pack, rule

from assistant.errors import RulePackError
from assistant.rules.document import MAX_BYTES, parse_document
from assistant.rules.loader import load_document, load_pack_files, load_paths

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.errors import Problem


def load(data: bytes | str) -> tuple[Problem, ...]:
    document = parse_document("x.yaml", data if isinstance(data, bytes) else data.encode())
    load_document(document)
    return tuple(document.problems)


def places(problems: Sequence[Problem]) -> list[tuple[str, int, int]]:
    return [(each.code, each.line, each.column) for each in problems]


def test_a_sound_file_has_no_problems() -> None:
    assert load(pack(rule())) == ()


# The mark § stands where the problem is expected.
SYNTAX = [
    ("yaml", "pack: §[a", "never closed"),
    ("yaml", "pack: a\nrules:\n§\t- id: a", "not tabs"),
    ("yaml", 'pack: "a\\§q"', "unknown escape"),
    ("yaml", "pack: a§: b", "quotes"),
    ("yaml", "pack: §'a", "quotes are never closed"),
    ("yaml", "pack: §*none", "alias"),
    ("yaml", "pack: a\n§---\npack: b", "one document"),
    ("yaml", "pack: §@a", "quotes"),
    ("empty", "§", "empty"),
    ("empty", "§# nothing\n", "empty"),
    ("empty", "§null\n", "empty"),
    ("not-a-mapping", "§- a\n- b\n", "pack: and version:"),
    ("not-a-mapping", "§pack\n", "pack: and version:"),
    ("control-character", "pack: a§\0b", "U+0000"),
    ("control-character", "pack: a\r\nversion: §\u2028b", "U+2028"),
    ("duplicate-key", "pack: a\nversion: '1'\n§pack: b\n", "first in line 1"),
    ("tag", "pack: §!!python/name:os.system a\nversion: '1'\n", "tags"),
    ("alias", "pack: a\nversion: '1'\nrules: §&x [*x]\n", "inside its own anchor"),
    ("key", "pack: a\nversion: '1'\n? §[a]\n: b\n", "key is a word"),
]


@pytest.mark.parametrize(("code", "sample", "said"), SYNTAX, ids=[each[0] for each in SYNTAX])
def test_faulty_yaml_is_told_with_its_place(code: str, sample: str, said: str) -> None:
    text, [(line, column)] = marked(sample)
    first = next(each for each in load(text) if each.code == code)
    assert (first.line, first.column) == (line, column)
    assert said in first.message


SCHEMA = [
    ("wrong-type", "pack: a\nversion: §2026.11\n", 'version must be text in quotes: "2026.11"'),
    ("wrong-type", "pack: a\nversion: §true\n", 'version must be text in quotes: "true"'),
    ("missing-key", "§pack: a\n", "version is missing"),
    ("unknown-key", f"{HEAD}§titel: x\n", "unknown key titel; did you mean title?"),
    ("bad-name", 'pack: §A B\nversion: "1"\n', "lower-case letters, digits and dashes"),
    ("bad-name", f"{HEAD}lists:\n  §We: [a]\n", "word list"),
    ("wrong-type", f"{HEAD}lists:\n  we: §3\n", "we must be a list"),
    ("empty-value", f"{HEAD}lists:\n  we: §[]\n", "we must not be empty"),
    ("missing-key", pack("  - §id: a.b\n"), "kind is missing"),
    ("unknown-kind", pack("  - id: a.b\n    kind: §phrse\n"), "unknown kind phrse; did you mean phrase?"),
    ("wrong-type", pack("  - §5\n"), "an entry of rules must be keys and values"),
    ("unknown-key", pack(rule(extra="§severty: major")), "did you mean severity?"),
    ("wrong-value", pack(rule(severity="§mjor")), "unknown value mjor; did you mean major?"),
    ("bad-name", pack(rule("§Sample")), "lower-case words"),
    ("empty-value", pack(rule(source="§").replace("[§]", "§[]")), "source must not be empty"),
    ("wrong-type", pack(rule(extra="scope: {negation: §3}")), "negation must be true or false"),
    ("wrong-type", pack(rule(extra="valid: {from: §2026-13-01}")), "from must be a date"),
    ("out-of-range", pack(rule(extra="when: {position: {first: §0}}")), "first must be at least 1"),
    ("wrong-type", pack(rule(extra="when: {position: {first: §x}}")), "first must be a number"),
    ("wrong-form", pack(rule(match='§{any: ["a"], all: ["b"]}')), "exactly one of"),
    ("unknown-key", pack(rule(match='{any: ["a"], §excpt: ["b"]}')), "did you mean except?"),
    ("wrong-type", pack(rule(match='{any: §"a"}')), "any must be a list"),
    ("wrong-type", pack(rule(kind="combine", match="§abc")), "match must be keys and values"),
    (
        "unknown-node",
        pack(rule(kind="combine", match='{§anny: ["a"]}')),
        "unknown key anny; did you mean any?",
    ),
    ("unknown-node", pack(rule(kind="combine", match="§{zzz: 1}")), "a node carries one of any, all"),
    (
        "unknown-key",
        pack(rule(kind="combine", match='{all_of: [{any: ["x"]}, {not: {pattern: "a", §excpt: 1}}]}')),
        "did you mean except?",
    ),
    ("missing-key", pack(rule(kind="combine", match='{any_of: [{§near: {b: ["x"]}}]}')), "a is missing"),
    ("wrong-type", pack(rule(kind="combine", match="{all_of: [{script: [§1]}]}")), 'in quotes: "1"'),
    ("unknown-key", pack(rule(extra='when: {customer: {any: ["x"], §wrd: true}}')), "did you mean word?"),
    ("wrong-type", pack(rule(examples='{hit: [§1], miss: ["a"]}')), 'in quotes: "1"'),
    ("missing-key", pack(rule(examples='{hit: [§{chanel: chat}], miss: ["a"]}')), "turns is missing"),
    ("unknown-key", pack(rule(examples='{hit: [{turns: "a", §chanel: chat}], miss: ["a"]}')), "channel"),
    ("too-long", pack(rule(match=f'{{any: [§"{"长" * 401}"]}}')), "longer than 400"),
    (
        "wrong-form",
        pack(rule(kind="required", match='{expect: {any: ["a"]}, due: §{first: 1, last: 1}}')),
        "exactly one of first, last",
    ),
]


@pytest.mark.parametrize(("code", "sample", "said"), SCHEMA, ids=range(len(SCHEMA)))
def test_what_the_schema_refuses_is_told_at_its_place(code: str, sample: str, said: str) -> None:
    text, [(line, column)] = marked(sample)
    found = [each for each in load(text) if said in each.message]
    assert places(found) == [(code, line, column)]
    assert "validation" not in found[0].message.lower()


def test_an_excerpt_points_at_the_place() -> None:
    [problem] = load(f'{HEAD}title: "话术", x\n'.replace('"话术", x', '"话术"') + "titl2: x\n")
    assert problem.excerpt == "4 | titl2: x\n  | ^"
    [wide] = load('{pack: a, version: "话术", titl: x}')
    assert wide.excerpt.splitlines()[1] == "  | " + " " * 27 + "^"


def test_all_problems_of_all_files_come_in_one_run(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(pack(rule(severity="x"), rule("Bad"), rule("sample.good.one")))
    (tmp_path / "b.yml").write_text("pack: [")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "c.yaml").write_text("pack: c\n")
    (tmp_path / ".hidden.yaml").write_text("pack: [")
    (tmp_path / "notes.txt").write_text("pack: [")
    result = load_paths([tmp_path, tmp_path / "a.yaml", tmp_path / "missing.yaml"])
    assert [(Path(each.path).name, each.code) for each in result.problems] == [
        ("a.yaml", "wrong-value"), ("a.yaml", "bad-name"), ("b.yml", "yaml"), ("c.yaml", "missing-key"),
        ("missing.yaml", "no-such-file"),
    ]  # fmt: skip
    [file] = result.files
    assert [each.id for each in file.content.rules] == ["sample.good.one"]
    assert (file.indices, file.complete) == ((2,), False)
    with pytest.raises(RulePackError) as caught:
        load_pack_files([tmp_path])
    assert len(caught.value.problems) == 4
    assert f"{tmp_path / 'a.yaml'}:8:15: error [wrong-value]" in str(caught.value)


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    [problem] = load_paths([tmp_path]).problems
    assert problem.code == "no-rules"


@pytest.mark.parametrize(
    ("data", "place", "said"),
    [
        ("pack: 话术".encode("gb18030"), (1, 7), "GBK"),
        (b"pack: a\nversion: \xff\xff", (2, 10), "isn't UTF-8 text"),
        ("pack: a".encode("utf-16"), (1, 1), "UTF-16"),
    ],
)
def test_wrong_encodings_are_told(data: bytes, place: tuple[int, int], said: str) -> None:
    [problem] = load(data)
    assert (problem.code, (problem.line, problem.column)) == ("encoding", place)
    assert said in problem.message


def test_a_byte_order_mark_and_windows_line_ends_are_fine() -> None:
    assert load(b"\xef\xbb\xbf" + pack(rule()).replace("\n", "\r\n").encode()) == ()


def test_large_files_are_refused() -> None:
    [problem] = load(b"#" * (MAX_BYTES + 1))
    assert problem.code == "too-large"


def test_billion_laughs_end_soon() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    begin = time.perf_counter()
    problems = load("\n".join(levels))
    assert [each.code for each in problems] == ["alias"]
    assert time.perf_counter() - begin < 2


@pytest.mark.parametrize("text", ["[" * 5000, "a: " + "[" * 100 + "]" * 100, "- " * 3000 + "a"])
def test_deep_nesting_is_refused(text: str) -> None:
    assert [each.code for each in load(text)] == ["too-deep"]


def test_few_aliases_are_read() -> None:
    text = pack(rule(match='{any: &words ["不归我管"]}'), rule("sample.x.two", match="{any: *words}"))
    assert load(text) == ()


@pytest.mark.skipif(os.name != "posix", reason="named pipes")
def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    [problem] = load_paths([tmp_path / "pipe.yaml"]).problems
    assert problem.code == "not-a-file"


@given(
    st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "ignore")))
)
@settings(max_examples=150, deadline=None)
def test_any_bytes_give_problems_never_tracebacks(data: bytes) -> None:
    problems = load(data)
    assert problems
    assert all(each.line >= 1 and each.column >= 1 and each.message for each in problems)


SIGNS = st.text("abpack: \n-[]{}&*!|>'\"?#%@,0.5:\t 话", max_size=80)


@given(SIGNS)
@settings(max_examples=200, deadline=None)
def test_any_yaml_like_text_gives_problems(text: str) -> None:
    assert load(text)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.floats(0, 1), st.text("a不.<(", max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(
            st.sampled_from(["any", "all_of", "not", "near", "script", "expr", "with", "x"]),
            inner,
            max_size=2,
        ),
    ),
    max_leaves=6,
)


@given(
    st.sampled_from(["kind", "match", "when", "examples", "source", "valid", "id", "new"]),
    JSON,
    st.sampled_from(["phrase", "combine", "required", "similar", "timing"]),
)
@settings(max_examples=200, deadline=None)
def test_any_value_anywhere_is_accepted_or_told(key: str, value: object, kind: str) -> None:
    import json

    sound = {
        "id": "a.b", "title": "t", "source": ["B-3"], "kind": kind, "severity": "major", "message": "m",
        "suggest": "s", "match": {"any": ["a"]}, "examples": {},
    }  # fmt: skip
    text = json.dumps({"pack": "a", "version": "1", "rules": [{**sound, key: value}]}, ensure_ascii=False)
    document = parse_document("x.yaml", text.encode())
    loaded = load_document(document)
    assert loaded is not None
    assert bool(document.problems) is not loaded.complete
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "x.yaml").write_text(text, encoding="utf-8")
        from rule_samples import check_folder

        assert all(each.line == 1 for each in check_folder(Path(folder)))


@pytest.mark.parametrize(
    ("kind", "match", "examples"),
    [
        ("combine", {"script": {}}, {}),
        ("combine", {"all_of": [{"script": {}}]}, {}),
        ("phrase", {"any": ["a"]}, {"hit": [["a"]]}),
    ],
)
def test_a_value_of_no_allowed_shape_is_told(kind: str, match: object, examples: object) -> None:
    import json

    rule = {
        "id": "a.b", "title": "t", "source": ["B-3"], "kind": kind, "severity": "major", "message": "m",
        "suggest": "s", "match": match, "examples": examples,
    }  # fmt: skip
    document = parse_document("x.yaml", json.dumps({"pack": "a", "version": "1", "rules": [rule]}).encode())
    load_document(document)
    assert [problem.code for problem in document.problems] == ["wrong-type"]
