"""The engines of a process, one a version of the rules: the one in force, and those of older calls.

Calls finish on the version they began with. Which one is in force stands in the store; every process
looks there each second, and new calls take another version once its engine is ready here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from assistant.bootstrap import rule_contents, with_rules
from assistant.errors import ConfigurationError
from assistant.store import rulebook
from assistant.web.rules import jobs
from assistant.web.rules.workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from assistant.engine.fold import Engine
    from assistant.settings import Settings
    from assistant.store.database import Connection, Store

T = TypeVar("T")
EACH_S = 1.0
_REST_S = 0.002
"""Between two steps of making an engine ready: live calls have the processor most of the time."""
KEPT = 4
"""Engines kept beside that of the settings; running calls hold on to theirs by themselves."""
_log = logging.getLogger("huashu.rules")


class Editions:
    """Engines by version; `number` and `engine` are what new calls take."""

    def __init__(self, settings: Settings, engine: Engine, store: Store) -> None:
        """`engine` is that of the packs of the settings: version 0."""
        self.number = 0
        self.engine = engine
        self._settings = settings
        self._own = engine
        self._store = store
        self._workshop = Workshop()
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="huashu-rules")
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._loading: dict[str, asyncio.Task[Engine]] = {}
        self._catalogues: OrderedDict[str, dict[str, dict[str, Any]]] = OrderedDict()
        self._prepared: Engine | None = None
        self._preparing: asyncio.Task[None] | None = None
        self._closed = False

    async def of(self, number: int) -> Engine:
        """Return the engine of a version; raises RulePackError, ConfigurationError."""
        if number == self.number:
            return self.engine
        version = await self._version(number)
        if version is None or version.sha256 is None:
            return self._own
        return await self.prepare(version.files, version.sha256)

    async def look(self) -> None:
        """Take the version that is in force by now."""
        latest = await self._read(rulebook.latest_version)
        engine = self.engine
        if latest != self.number:
            engine = await self.of(latest)
            self.number, self.engine = latest, engine
            _log.info("rules: version %d is in force", latest)
        if engine is not self._prepared:
            self._prepared = engine
            self._preparing = asyncio.create_task(asyncio.to_thread(self._prepare, engine))

    async def watch(self) -> None:
        """Look each second, until cancelled; one that can't be loaded leaves the one before in force."""
        well = True
        while True:
            await asyncio.sleep(EACH_S)
            try:
                await self.look()
                well = True
            except Exception:
                if well:  # told once, not each second
                    _log.exception("the published rules can't be loaded")
                well = False

    async def contents(self, number: int) -> jobs.Contents:
        """Return the rule files of a version; raises ConfigurationError for one that isn't there."""
        version = await self._version(number)
        if version is None or version.sha256 is None:
            return await asyncio.to_thread(rule_contents, self._settings.packs)
        return await self.stored(version.files)

    async def stored(self, files: Mapping[str, str]) -> jobs.Contents:
        """Return the contents of stored files (SHA-256 by name)."""
        texts = await self._read(partial(rulebook.texts_of, files=files))
        return {name: text.encode() for name, text in texts.items()}

    async def catalogue(self) -> dict[str, dict[str, Any]]:
        """Return the rules in force in words, by id."""
        number, key = self.number, self.engine.sha256
        if key not in self._catalogues:
            contents = await self.contents(number)
            told = await self._workshop.do(jobs.catalogue, contents, self._cache)
            self._catalogues[key] = {rule["id"]: rule for rule in told}
            while len(self._catalogues) > KEPT:
                self._catalogues.popitem(last=False)
        return self._catalogues[key]

    def _prepare(self, engine: Engine) -> None:
        """Make ready little by little what turns would wait for that need it first."""
        for _ in engine.prepare():
            time.sleep(_REST_S)
            if self._closed or engine is not self._prepared:
                return

    def close(self) -> None:
        self._closed = True
        self._workshop.close()
        self._reader.shutdown()

    async def _version(self, number: int) -> rulebook.Version | None:
        """Return a version, None for the packs of the settings; raises ConfigurationError."""
        if number == 0:
            return None
        version = await self._read(partial(rulebook.find_version, number=number))
        if version is None:
            raise ConfigurationError(f"there is no version {number} of the rules", code="no-such-version")
        return version

    async def prepare(self, files: Mapping[str, str], key: str) -> Engine:
        """Return the engine of stored rule files (SHA-256 by name) whose rule set is known as `key`."""
        if key == self._own.sha256:
            return self._own
        known = self._engines.get(key)
        if known is not None:
            self._engines.move_to_end(key)
            return known
        loading = self._loading.get(key)
        if loading is None:
            loading = self._loading[key] = asyncio.create_task(self._load(files, key))
            loading.add_done_callback(lambda _: self._loading.pop(key, None))
        return await asyncio.shield(loading)

    async def _load(self, files: Mapping[str, str], key: str) -> Engine:
        contents = await self.stored(files)
        rules = await self._workshop.do(jobs.compiled, contents, self._cache)
        engine = await asyncio.to_thread(with_rules, self._own, rules)
        self._engines[key] = engine
        while len(self._engines) > KEPT:
            self._engines.popitem(last=False)
        return engine

    @property
    def _cache(self) -> Path | None:
        return self._settings.cache_dir

    async def _read(self, job: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._reader, self._store.read, job)
