"""Waiting for what becomes true, however slow the machine is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_EACH_S = 0.02


def until(asked: Callable[[], T], seconds: float = 60) -> T:
    """Return the first answer that counts as true; fails with the last one after `seconds`."""
    end = time.monotonic() + seconds
    while not (answer := asked()):
        assert time.monotonic() < end, answer
        time.sleep(_EACH_S)
    return answer
