"""The assistant's actions for rasa-sdk: thin, each a call into assistant/.

Rasa's action server finds them by this package's name (`huashu actions`); the embedded runtime runs them
in process with an advisor of its own.
"""

from actions.answers import ACTIONS
from actions.base import HuashuAction

__all__ = ["ACTIONS", "HuashuAction"]
