"""Starts Rasa 3.6 as its own command does, without compiling the schema of action answers for each of them.

Runs in Rasa's environment (Python 3.10): ``python intents/launch_rasa.py run --enable-api --model models``.
"""

from __future__ import annotations

import sys


def speed_up() -> None:
    """Let Rasa check the answers of the action server with one validator, made once."""
    from jsonschema import validators
    from rasa.core.actions.action import RemoteAction

    schema = RemoteAction.action_response_format_spec()
    validator = validators.validator_for(schema)(schema)

    def checked(self: RemoteAction, result: dict[str, object]) -> bool:
        validator.validate(result)
        return True

    RemoteAction._validate_action_result = checked  # noqa: SLF001 - what this file is for


if __name__ == "__main__":
    speed_up()
    from rasa.__main__ import main

    sys.exit(main())
