"""The secret with which the tests sign passes."""

SECRET = "a secret of the tests"
