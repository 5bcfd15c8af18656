"""Keeps what was built from rule files: on a hit no YAML is parsed and no pydantic imported.

A build is keyed by the bytes of the files, the version of the software and of the rule language.
Files are pickles, so only files of the user's own that nobody else may write are read.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from assistant import __version__
from assistant.rules.files import rule_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from assistant.rules.pack import RuleSet

T = TypeVar("T")
SCHEMA_VERSION = "1"
SHIPPED = "data/compiled"
KEPT = 32
_ROOMS = ("text", "rules", "match")
_MISS = object()
_PACKAGE = Path(__file__).parent.parent


def cache_folder() -> Path:
    """Return the user's own cache folder: $HUASHU_CACHE_DIR, $XDG_CACHE_HOME/huashu or ~/.cache/huashu."""
    named = os.environ.get("HUASHU_CACHE_DIR")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "huashu"


def cache_key(paths: Sequence[Path]) -> str:
    """Return the key of a build: it changes with the files, the software (its code, too) and Python.

    File names don't count, so the packs of the wheel and of a checkout have the same key. Raises
    OSError for a file that can't be read.
    """
    return _contents_key(path.read_bytes() for path in rule_files(paths))


def _contents_key(contents: Iterable[bytes]) -> str:
    return _key(_ROOMS, sorted(hashlib.sha256(content).hexdigest() for content in contents))


def cached(
    paths: Sequence[Path],
    build: Callable[[RuleSet], T],
    cache_dir: Path | None = None,
    *,
    kind: str = "rules",
) -> T:
    """Return `build` of the rule set in `paths`, from the cache where it is there.

    `kind` names what is built. The shipped builds are tried first, then `cache_dir` (default: the
    user's own). A file that is broken or not the user's is ignored and rebuilt. Raises
    RulePackError for invalid rules.
    """
    from assistant.rules.pack import load_ruleset

    try:
        name = f"{kind}-{cache_key(paths)}.pickle"
    except OSError:
        return build(load_ruleset(paths))
    return _recalled(name, lambda: build(load_ruleset(paths)), cache_dir)


def cached_contents(
    contents: Mapping[str, bytes],
    build: Callable[[RuleSet], T],
    cache_dir: Path | None = None,
    *,
    kind: str = "rules",
    ruleset: RuleSet | None = None,
) -> T:
    """Return `build` of the rule set in the contents of files, by name; else as `cached`.

    `ruleset` is what is in them, where that is known already.
    """
    from assistant.rules.pack import ruleset_in

    name = f"{kind}-{_contents_key(contents.values())}.pickle"
    return _recalled(name, lambda: build(ruleset or ruleset_in(contents)), cache_dir)


def remembered(
    contents: Iterable[bytes],
    build: Callable[[], T],
    cache_dir: Path | None = None,
    *,
    kind: str,
    rooms: Iterable[str] = (),
) -> T:
    """Return `build()`, kept under the bytes it is made from, the software and the code of `rooms`.

    For other files than rules: scorecards, settings. What `build` raises is passed on.
    """
    digests = [hashlib.sha256(content).hexdigest() for content in contents]
    return _recalled(f"{kind}-{_key(rooms, digests)}.pickle", build, cache_dir)


def _recalled(name: str, build: Callable[[], T], cache_dir: Path | None) -> T:
    try:
        folder = cache_folder() if cache_dir is None else cache_dir
    except RuntimeError:
        return build()
    for found in (_shipped(name), _kept(folder / name)):
        if found is not _MISS:
            return found  # type: ignore[no-any-return]
    built = build()
    with contextlib.suppress(OSError):
        store(built, folder / name)
        _tidy(folder, name.partition("-")[0])
    return built


def _tidy(folder: Path, kind: str) -> None:
    """Remove all but the newest builds of this kind: each change of a pack leaves one behind."""
    builds = sorted(folder.glob(f"{kind}-*.pickle"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in builds[KEPT:]:
        old.unlink(missing_ok=True)


def store(value: object, path: Path) -> None:
    """Write a pickle atomically, readable by the user alone; raises OSError."""
    import tempfile

    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            pickle.dump(value, stream, pickle.HIGHEST_PROTOCOL)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _key(rooms: Iterable[str], digests: Sequence[str]) -> str:
    head = [SCHEMA_VERSION, __version__, _code(rooms), f"{sys.version_info.major}.{sys.version_info.minor}"]
    return hashlib.sha256("\n".join([*head, *digests]).encode()).hexdigest()


def _code(rooms: Iterable[str]) -> str:
    """Return a digest of the code that builds: a changed checkout has the same version."""
    digest = hashlib.sha256()
    for room in rooms:
        for path in sorted((_PACKAGE / room).glob("*.py")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _shipped(name: str) -> Any:
    with contextlib.suppress(OSError):
        return _loaded((_PACKAGE / SHIPPED / name).read_bytes())
    return _MISS


def _kept(path: Path) -> Any:
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(descriptor, "rb") as stream:
            if _trusted(os.fstat(stream.fileno())):
                return _loaded(stream.read())
    return _MISS


def _trusted(status: os.stat_result) -> bool:
    """Whether the file is the user's own and nobody else may write it."""
    if not hasattr(os, "getuid"):
        return True
    others_write = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISREG(status.st_mode) and status.st_uid == os.getuid() and not others_write


def _loaded(data: bytes) -> Any:
    try:
        return pickle.loads(data)  # noqa: S301 (our own file: see _trusted)
    except Exception:
        return _MISS
