"""Rule packs as values: immutable, versioned, hashed over their content.

Nothing heavy is imported here until files are read, so that a cached build loads quickly.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assistant.errors import RulePackError
from assistant.model import PackInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from assistant.rules.loader import LoadedFile, LoadResult
    from assistant.rules.schema import Rule


@dataclass(frozen=True, slots=True)
class Pack:
    """The rules and word lists of all files of one pack, rules sorted by id.

    `sha256` covers their content: neither comments nor the order or division of files change it.
    """

    name: str
    version: str
    title: str
    rules: tuple[Rule, ...]
    lists: Mapping[str, Sequence[str]]
    sha256: str

    @property
    def info(self) -> PackInfo:
        return PackInfo(self.name, self.version, self.sha256)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Packs used together, sorted by name."""

    packs: tuple[Pack, ...]
    sha256: str = field(default="")

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(rule for pack in self.packs for rule in pack.rules)

    def rules_on(self, day: date) -> tuple[Rule, ...]:
        """Return the rules that hold for a call of this day."""
        return tuple(rule for rule in self.rules if _holds(rule, day))


def _holds(rule: Rule, day: date) -> bool:
    if rule.valid is None:
        return True
    begin, end = rule.valid.from_, rule.valid.to
    return (begin is None or begin <= day) and (end is None or day <= end)


def load_ruleset(paths: Sequence[Path]) -> RuleSet:
    """Read and check rule files and folders; raises RulePackError with all errors of all files."""
    from assistant.rules.loader import load_paths

    return _checked(load_paths(paths))


def ruleset_in(contents: Mapping[str, bytes]) -> RuleSet:
    """Read and check the contents of rule files, by name; raises RulePackError with all errors."""
    from assistant.rules.loader import load_contents

    return _checked(load_contents(contents))


def _checked(result: LoadResult) -> RuleSet:
    from assistant.rules.checks import lint

    problems = (*result.problems, *lint(result.files))
    errors = tuple(problem for problem in problems if problem.level == "error")
    if errors:
        raise RulePackError(errors)
    return ruleset_of(result.files)


def ruleset_of(files: Iterable[LoadedFile]) -> RuleSet:
    """Join files to packs. They must have been checked: of what contradicts the first one counts."""
    groups: dict[str, list[LoadedFile]] = {}
    for file in files:
        groups.setdefault(file.content.pack, []).append(file)
    packs = tuple(_pack(name, groups[name]) for name in sorted(groups))
    return RuleSet(packs, _digest([[pack.name, pack.sha256] for pack in packs]))


def fingerprints(ruleset: RuleSet) -> dict[str, str]:
    """Return by id what each rule rests on: itself and the word lists of its pack."""
    return {rule.id: _fingerprint(rule, pack.lists) for pack in ruleset.packs for rule in pack.rules}


def _fingerprint(rule: Rule, lists: Mapping[str, Any]) -> str:
    words = {name: list(listed) for name, listed in lists.items()}
    return json.dumps([rule.model_dump(mode="json"), words], ensure_ascii=False, sort_keys=True)


def _pack(name: str, files: Sequence[LoadedFile]) -> Pack:
    contents = [file.content for file in files]
    rules = tuple(sorted((rule for content in contents for rule in content.rules), key=lambda rule: rule.id))
    lists = {key: tuple(words) for content in reversed(contents) for key, words in content.lists.items()}
    version = contents[0].version
    title = min((content.title for content in contents if content.title), default="")
    canonical = {
        "pack": name,
        "version": version,
        "title": title,
        "lists": lists,
        "rules": [rule.model_dump(mode="json", by_alias=True, exclude_defaults=True) for rule in rules],
    }
    return Pack(name, version, title, rules, lists, _digest(canonical))


def _digest(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
