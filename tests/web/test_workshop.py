from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import Any

import pytest

from assistant.web.problems import ProblemError
from assistant.web.rules.workshop import Workshop


def sleepy() -> None:
    time.sleep(60)


def broken() -> None:
    raise ValueError("说不清")


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(
    ("job", "code"), [(sleepy, "too-long"), (broken, "internal"), (killed, "interrupted")]
)
def test_work_that_fails_is_told(job: Any, code: str) -> None:
    async def work() -> None:
        await Workshop(within_s=0.5 if job is sleepy else 60).do(job)

    with pytest.raises(ProblemError) as failed:
        asyncio.run(work())
    assert failed.value.code == code
