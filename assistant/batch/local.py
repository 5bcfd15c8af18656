"""Many conversations over the cores of one machine: order kept, memory bounded, no failure spreads.

A conversation that raises, or kills the process it runs in, gives an error in its place.
"""

from __future__ import annotations

import signal
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from assistant.errors import HuashuError
from assistant.model import Conversation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Item = Conversation | HuashuError
CHUNK = 8
IN_FLIGHT = 3
"""Chunks handed out a worker: one it works on, two that wait."""


class Runner(Protocol[T_co]):
    """What judges a conversation, such as an engine."""

    def run(self, conversation: Conversation, /) -> T_co: ...


def run_many(
    conversations: Iterable[Item], factory: Callable[[], Runner[T]], workers: int = 1
) -> Iterator[T | HuashuError]:
    """Yield one result a conversation, in their order; errors among `conversations` pass through.

    `factory` makes the runner, once in each process; with more than one worker it and the results
    must be picklable. At most `workers` x 3 x 8 conversations are held at a time.
    """
    if workers <= 1:
        runner = factory()
        return (_judged(runner, item) for item in conversations)
    return _Pool(factory, workers).run(conversations)


def _judged(runner: Runner[T], item: Item) -> T | HuashuError:
    if isinstance(item, HuashuError):
        return item
    try:
        return runner.run(item)
    except HuashuError as error:
        error.path = error.path or item.path
        return error
    except Exception as error:  # one conversation never stops the rest
        return _internal(item, f"{type(error).__name__}: {error}")


def _internal(item: Conversation, reason: str) -> HuashuError:
    message = f"conversation {item.id} could not be judged: {reason}"
    return HuashuError(message, code="internal", path=item.path)


_runner: Runner[Any] | None = None


def _start(factory: Callable[[], Runner[Any]]) -> None:
    """Make the runner of this process; the parent alone answers Ctrl-C."""
    global _runner  # noqa: PLW0603 - a worker process is one runner for life
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _runner = factory()


def _judge(items: Sequence[Item]) -> list[Any]:
    if _runner is None:
        raise RuntimeError("the worker was not started")
    return [_judged(_runner, item) for item in items]


class _Pool(Generic[T]):
    """Worker processes and the chunks under way, oldest first."""

    def __init__(self, factory: Callable[[], Runner[T]], workers: int) -> None:
        self._factory = factory
        self._workers = workers
        self._executor = self._new(workers)
        self._under_way: deque[tuple[list[Item], Future[list[Any]]]] = deque()

    def run(self, conversations: Iterable[Item]) -> Iterator[T | HuashuError]:
        source = iter(conversations)
        try:
            while self._fill(source) or self._under_way:
                yield from self._oldest()
        finally:
            self._executor.shutdown(cancel_futures=True)

    def _new(self, workers: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            workers, mp_context=get_context("spawn"), initializer=_start, initargs=(self._factory,)
        )

    def _fill(self, source: Iterator[Item]) -> bool:
        """Hand out chunks until enough are under way; tell whether the source has more."""
        while len(self._under_way) < self._workers * IN_FLIGHT:
            chunk = list(islice(source, CHUNK))
            if not chunk:
                return False
            self._under_way.append((chunk, self._submit(chunk)))
        return True

    def _submit(self, chunk: list[Item]) -> Future[list[Any]]:
        try:
            return self._executor.submit(_judge, chunk)
        except BrokenProcessPool as error:
            broken: Future[list[Any]] = Future()
            broken.set_exception(error)
            return broken

    def _oldest(self) -> list[Any]:
        chunk, future = self._under_way.popleft()
        try:
            return future.result()
        except BrokenProcessPool:
            return self._after_crash(chunk)

    def _after_crash(self, chunk: list[Item]) -> list[Any]:
        """Judge the chunk one by one to find who kills the process; hand out the others again."""
        self._executor.shutdown(cancel_futures=True)
        results = list(self._one_by_one(chunk))
        self._executor = self._new(self._workers)
        waiting = [items for items, _ in self._under_way]
        self._under_way = deque((items, self._submit(items)) for items in waiting)
        return results

    def _one_by_one(self, chunk: list[Item]) -> Iterator[Any]:
        executor = self._new(1)
        try:
            for item in chunk:
                try:
                    yield executor.submit(_judge, [item]).result()[0]
                except BrokenProcessPool:
                    executor.shutdown()
                    executor = self._new(1)
                    yield item if isinstance(item, HuashuError) else _internal(item, "its process died")
        finally:
            executor.shutdown()
