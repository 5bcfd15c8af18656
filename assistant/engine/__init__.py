"""The engine: where text, rules, matching and scoring meet."""
