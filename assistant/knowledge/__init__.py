"""Questions about the service standard, answered from entries kept as data; what isn't there is declined."""

from assistant.knowledge.base import Answer, KnowledgeBase, Ranked
from assistant.knowledge.definition import Entry, Knowledge

__all__ = ["Answer", "Entry", "Knowledge", "KnowledgeBase", "Ranked"]
