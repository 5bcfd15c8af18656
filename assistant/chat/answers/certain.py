"""Answers that come first, whatever a question was taken for: danger, and the product's own figures."""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING

from assistant.chat.advisor import Reply
from assistant.chat.answers.complaints import cited
from assistant.chat.facts import danger, matter

if TYPE_CHECKING:
    from assistant.chat.advisor import Advisor, Asked


def endangered(advisor: Advisor, asked: Asked) -> Reply | None:
    """Say what to do first where life or property is in danger; None where a question tells of none."""
    found = danger(advisor.facts, asked.text)
    if found is None:
        return None
    shown = "\n".join(f"· {each}" for each in found.phrases)
    data = {"kind": "danger", "entries": [found.id], "source": list(found.source)}
    return Reply(f"{found.title}：{found.text}{cited(found.source)}\n可以说：\n{shown}", (), data)


def own(advisor: Advisor, asked: Asked) -> Reply | None:
    """Tell what the product knows of itself, or the page that does; None where something else is asked."""
    found = matter(advisor.facts, asked.text)
    if found is None:
        return None
    values = advisor.product()
    wanted = {name for _, name, _, _ in Formatter().parse(found.text) if name}
    data = {"kind": "own", "entries": [found.id], "page": found.page}
    if wanted <= {*values}:
        return Reply(found.text.format_map(values), (), data)
    return Reply(f"这个我还答不准，请看“{found.page}”页。", (), data)


def certain(advisor: Advisor, asked: Asked) -> Reply | None:
    """Return the answer that counts before any other; None where there is none."""
    return endangered(advisor, asked) or own(advisor, asked)
