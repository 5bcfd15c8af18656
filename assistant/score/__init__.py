"""Scorecards: sections, weights, fatal items, caps, grades; and which calls can't be judged at all.

`score` and `unscorable_reason` are pure and import neither pydantic nor YAML; reading a card from a
file is in `assistant.score.loader`.
"""

from assistant.score.card import score
from assistant.score.definition import ScorecardDefinition
from assistant.score.unscorable import unscorable_reason

__all__ = ["ScorecardDefinition", "score", "unscorable_reason"]
