"""Procedures: their steps as data, a pure machine that follows them, and the choice of the next step."""
