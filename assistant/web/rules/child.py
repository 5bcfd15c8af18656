"""What a process of the workshop does; it loads nothing of the service."""

from __future__ import annotations

import os
import signal
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from assistant.errors import RulePackError

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from assistant.errors import Problem

_NICE = 10


def work(pipe: Connection, job: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """Send what `job` returns, the problems of rules it raises, or a traceback; exactly one isn't None."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the service ends it
    with suppress(OSError, AttributeError):
        os.nice(_NICE)
    told: tuple[Any, tuple[Problem, ...] | None, str | None]
    try:
        told = job(*arguments), None, None
    except RulePackError as error:
        told = None, error.problems, None
    except Exception:
        told = None, None, traceback.format_exc(limit=-8)
    with suppress(BrokenPipeError):
        pipe.send(told)
