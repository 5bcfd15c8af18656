"""Adds an example to a rule in the text of a rule file; nothing else of the text changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, SequenceNode

if TYPE_CHECKING:
    from typing import Literal


def with_example(text: str, rule: str, kind: Literal["hit", "miss"], example: str) -> str | None:
    """Return `text` with one more example of a rule, None where the rule isn't in it.

    An example that stands there already isn't added again.
    """
    found = _rule(YAML().compose(text), rule)
    if found is None:
        return None
    said = json.dumps(example, ensure_ascii=False)
    examples = _under(found, "examples")
    if examples is None:
        return _into(text, found, f"examples: {{{kind}: [{said}]}}", found)
    given = _under(examples, kind)
    if given is None:
        return _into(text, examples, f"{kind}: [{said}]", examples)
    if any(each.value == example for each in given.value):
        return text
    return _into(text, given, said, given)


def _rule(root: Any, rule: str) -> Any:
    rules = _under(root, "rules")
    if not isinstance(rules, SequenceNode):
        return None
    named = (each for each in rules.value if getattr(_under(each, "id"), "value", None) == rule)
    return next(named, None)


def _under(node: Any, name: str) -> Any:
    if not isinstance(node, MappingNode):
        return None
    return next((value for key, value in node.value if key.value == name), None)


def _into(text: str, node: Any, what: str, at: Any) -> str:
    """Put an entry into a mapping or a sequence: a line of its own before the first, or after the bracket."""
    start = at.start_mark.index
    if node.flow_style:
        rest = ", " if node.value else ""
        return f"{text[: start + 1]}{what}{rest}{text[start + 1 :]}"
    if isinstance(node, SequenceNode):
        return f"{text[:start]}- {what}\n{' ' * at.start_mark.column}{text[start:]}"
    # A mapping may begin behind the dash of a sequence: the entry follows its first line.
    key, value = node.value[0]
    if isinstance(value, MappingNode | SequenceNode) and not value.flow_style:
        return f"{text[:start]}{what}\n{' ' * at.start_mark.column}{text[start:]}"
    end = text.find("\n", value.end_mark.index)
    end = len(text) if end < 0 else end
    return f"{text[:end]}\n{' ' * key.start_mark.column}{what}{text[end:]}"
