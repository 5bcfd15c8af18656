"""The action server of rasa-sdk, on loopback."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from assistant.chat.loading import PACKAGE

if TYPE_CHECKING:
    from pathlib import Path

HOST = "SANIC_HOST"  # how the SDK is told where to listen; without it, everywhere
WORKERS = "ACTION_SERVER_SANIC_WORKERS"


def serve_actions(folder: Path, host: str, port: int) -> None:
    """Serve the package of actions in `folder` until interrupted."""
    from rasa_sdk.endpoint import run
    from rasa_sdk.executor import ActionExecutor

    os.environ[HOST] = host
    os.environ.setdefault(WORKERS, "1")
    sys.path.insert(0, str(folder.parent))  # the server's own processes import it by name
    executor = ActionExecutor()
    executor.register_package(PACKAGE)
    run(executor, port=port, cors_origins=None)
