"""A process beside the service for work on rules: live turns don't wait for it."""

from __future__ import annotations

import asyncio
import logging
from multiprocessing import get_context
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from assistant.errors import RulePackError
from assistant.web.problems import ProblemError
from assistant.web.rules.child import work

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

T = TypeVar("T")
WITHIN_S = 300.0
WAITING = 8
_log = logging.getLogger("huashu.rules")


class Workshop:
    """Runs one job at a time, each in a process that ends with it."""

    def __init__(self, within_s: float = WITHIN_S) -> None:
        self._within_s = within_s
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._closing = Lock()
        self._closed = False
        self._process: SpawnProcess | None = None

    async def do(self, job: Callable[..., T], *arguments: Any) -> T:
        """Return what `job` returns.

        Raises RulePackError where the job does, ProblemError where it takes too long, dies, or too
        many wait.
        """
        if self._waiting >= WAITING:
            raise ProblemError(503, "busy", "规则检查任务较多，请稍后再试")
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(self._run, job, arguments)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """End what is under way."""
        with self._closing:
            self._closed = True
            if self._process is not None:
                self._process.kill()

    def _run(self, job: Callable[..., T], arguments: tuple[Any, ...]) -> T:
        context = get_context("spawn")
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=work, args=(theirs, job, arguments), daemon=True)
        with self._closing:
            if self._closed:
                raise ProblemError(503, "stopping", "服务正在停止")
            process.start()
            self._process = process
        theirs.close()
        try:
            done: T = self._result(ours)
            return done
        finally:
            self._process = None
            ours.close()
            process.kill()
            process.join()

    def _result(self, pipe: Connection) -> Any:
        if not pipe.poll(self._within_s):
            raise ProblemError(503, "too-long", f"{self._within_s:.0f} 秒内没有完成，请减少规则或通话后再试")
        try:
            done, problems, failed = pipe.recv()
        except EOFError:
            raise ProblemError(503, "interrupted", "规则检查被中断，请再试一次") from None
        if problems is not None:
            raise RulePackError(problems)
        if failed is not None:
            _log.error("work on rules failed\n%s", failed)
            raise ProblemError(500, "internal", "服务内部出错，已记入日志")
        return done
