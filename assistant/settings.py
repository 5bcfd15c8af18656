"""Settings: flag > environment (HUASHU_*) > config.yml (key ``assistant:``) > default.

pydantic-settings reads and checks them. Checking a sentence doesn't wait for it: where neither a
variable nor a file says anything the defaults hold, and a file seen before comes from the cache.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from assistant.errors import ConfigurationError, Problem
from assistant.model import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import ValidationError

    from assistant.rules.document import Document

PREFIX = "HUASHU_"
CONFIG = "config.yml"
DATABASE_URL = "DATABASE_URL"
SECTION = "assistant"
SHIPPED = "shipped"
AUTO = "auto"
STANDARD = "standard"
MAX_WORKERS = 64
FailOn = Literal["none", "hint", "minor", "major", "fatal"]
LogLevel = Literal["debug", "info", "warning", "error"]
FAIL_ON: tuple[str, ...] = get_args(FailOn)


@dataclass(frozen=True, slots=True)
class Settings:
    """How the assistant runs.

    `packs` are files, folders or names of shipped packs (``shipped``: all of them); `scorecard` is
    the name of a shipped card or a file (``auto``: the shipped one meant for the call);
    `company` lists the names agents may give their company;
    `guidance` are folders of the house with procedures/, advice/ and phrases/ beside the shipped ones;
    `procedure` names the one every call is judged by (empty: the fitting one);
    `workers` counts processes; `fail_on` is the least severity that makes a command exit with 1;
    `cache_dir` holds compiled rules (None: the user's own cache folder); `database` is a URL or the
    path of an SQLite file (empty: one in the user's own data folder); the service listens on `host`
    and `port`, ends calls that have had no connection for `live_idle_minutes` (0: it never does), and deletes
    ended calls that began more than `keep_days` ago (0: it keeps them all), and role-plays and answers of the
    quiz older than `keep_practice_days`;
    `contact_key` holds the keys of contact data (assistant.store.contact_keys), from the environment alone;
    it runs in `serve_workers` processes and tells of what is as grave as `log_level`; webhooks may go
    to addresses `webhook_inside` the house's network, have `webhook_timeout_s` seconds to answer, and
    are tried again after `webhook_retry_s` seconds, then later and later.
    `practice_endpoint` is the address of an OpenAI-compatible ``/chat/completions`` that words what
    simulated customers say, by `practice_model` (empty: the built-in wordings).
    `intents` is the house's own Rasa project (empty: the shipped one), `chat_secret` signs the passes with
    which actions may tell of stored calls (empty: none outside the service).
    `trusted_proxies` are addresses or networks of proxies whose X-Forwarded-For and -Proto count (empty:
    those of FORWARDED_ALLOW_IPS, else this machine's); `public_names` are names the service answers to beside
    loopback's while it listens on loopback.
    """

    packs: tuple[str, ...] = (SHIPPED,)
    scorecard: str = AUTO
    company: tuple[str, ...] = ()
    guidance: tuple[str, ...] = ()
    procedure: str = ""
    workers: int = 1
    fail_on: FailOn = "none"
    cache_dir: Path | None = None
    database: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    keep_days: int = 0
    keep_practice_days: int = 0
    live_idle_minutes: float = 30.0
    contact_key: str = field(default="", repr=False)
    serve_workers: int = 1
    log_level: LogLevel = "info"
    webhook_inside: bool = True
    webhook_timeout_s: float = 10.0
    webhook_retry_s: float = 5.0
    practice_endpoint: str = ""
    practice_model: str = ""
    intents: str = ""
    chat_secret: str = ""
    trusted_proxies: tuple[str, ...] = ()
    public_names: tuple[str, ...] = ()

    @property
    def store(self) -> str:
        """Where calls are stored: a URL or the path of an SQLite file."""
        home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
        return self.database or str(Path(home) / "huashu" / "huashu.db")

    @property
    def failing(self) -> Severity | None:
        """The least severity that counts as a failure, None for none."""
        return None if self.fail_on == "none" else Severity.of(self.fail_on)


NAMES = tuple(item.name for item in fields(Settings))


def load_settings(flags: Mapping[str, Any] | None = None, *, folder: Path | None = None) -> Settings:
    """Return the settings that hold here; flags that are None or empty say nothing.

    The file is $HUASHU_CONFIG or config.yml in `folder` (default: where the command runs); paths in
    it are relative to it. Raises ConfigurationError for what is wrong, with the place.
    """
    path = _config_path(folder)
    settings = _from_file(path) if path else Settings()
    named = {name for name in NAMES if os.environ.get(PREFIX + name.upper())}
    if os.environ.get(DATABASE_URL):  # the name the whole world gives it
        settings = replace(settings, database=os.environ[DATABASE_URL])
    if named == {"cache_dir"}:  # any text is a path: nothing to check
        settings = replace(settings, cache_dir=Path(os.environ[PREFIX + "CACHE_DIR"]))
    elif named:
        settings = _with_environment(settings, named)
    return replace(settings, **{name: _plain(value) for name, value in (flags or {}).items() if value})


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    return tuple(value) if isinstance(value, list) else value


def _config_path(folder: Path | None) -> Path | None:
    named = os.environ.get(PREFIX + "CONFIG")
    if named:
        if not Path(named).is_file():
            raise ConfigurationError("there is no such file (HUASHU_CONFIG)", code="no-such-file", path=named)
        return Path(named)
    path = (folder or Path()) / CONFIG
    return path if path.is_file() else None


def _from_file(path: Path) -> Settings:
    from assistant.rules.cache import remembered

    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"can't be read: {error.strerror}", code="unreadable", path=str(path)
        ) from error
    form = repr(NAMES).encode()
    section = remembered([content, form], lambda: _section(path, content), kind="config")
    return _placed(Settings(**section), path.parent)


def _section(path: Path, content: bytes) -> dict[str, Any]:
    """Return what the file's section says, checked; other top-level keys belong to others."""
    from pydantic import ValidationError

    from assistant.rules.document import parse_document

    document = parse_document(str(path), content)
    whole = {} if document.value is None else document.value
    value = (whole.get(SECTION) or {}) if isinstance(whole, dict) else None
    if not isinstance(value, dict):
        document.refuse("not-a-mapping", "assistant: holds settings, one a line", document.mark((SECTION,)))
        value = {}
    problems = tuple(problem for problem in document.problems if problem.code != "empty")
    if problems:
        raise _refused(problems)
    try:
        return _checked(value, from_environment=False)
    except ValidationError as error:
        raise _refused(_problems(document, error)) from None


def _with_environment(settings: Settings, named: set[str]) -> Settings:
    from pydantic import ValidationError

    try:
        said = _checked(dict.fromkeys(named), from_environment=True)
    except ValidationError as error:
        detail = error.errors()[0]
        name = f"{PREFIX}{str(detail['loc'][0]).upper()}"
        raise ConfigurationError(f"{name}: {_reason(detail)}", code="bad-setting") from None
    return replace(settings, **said)


def _checked(value: Mapping[str, Any], *, from_environment: bool) -> dict[str, Any]:
    """Return the settings named in `value` as `Settings` takes them; raises ValidationError."""
    from pydantic import AfterValidator, BeforeValidator, Field
    from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

    class Sources(BaseSettings):
        model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="forbid")
        packs: Annotated[
            tuple[str, ...], NoDecode, BeforeValidator(_split(os.pathsep)), Field(min_length=1)
        ] = (SHIPPED,)
        scorecard: Annotated[str, Field(min_length=1)] = AUTO
        company: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split(",，、"))] = ()
        guidance: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split(os.pathsep))] = ()
        procedure: str = ""
        workers: Annotated[int, Field(ge=1, le=MAX_WORKERS)] = 1
        fail_on: FailOn = "none"
        cache_dir: Path | None = None
        database: str = ""
        host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
        port: Annotated[int, Field(ge=0, le=65_535)] = 8000
        keep_days: Annotated[int, Field(ge=0, le=36_500)] = 0
        keep_practice_days: Annotated[int, Field(ge=0, le=36_500)] = 0
        live_idle_minutes: Annotated[float, Field(ge=0, le=10_080)] = 30.0
        contact_key: Annotated[str, BeforeValidator(_secret(from_environment))] = ""
        serve_workers: Annotated[int, Field(ge=1, le=MAX_WORKERS)] = 1
        log_level: LogLevel = "info"
        webhook_inside: bool = True
        webhook_timeout_s: Annotated[float, Field(gt=0, le=60)] = 10.0
        webhook_retry_s: Annotated[float, Field(gt=0, le=3_600)] = 5.0
        practice_endpoint: Annotated[str, Field(pattern=r"^(https?://.+)?$")] = ""
        practice_model: str = ""
        intents: str = ""
        chat_secret: Annotated[str, Field(pattern=r"^(.{16,})?$")] = ""
        trusted_proxies: Annotated[
            tuple[Annotated[str, AfterValidator(_network)], ...], NoDecode, BeforeValidator(_split(","))
        ] = ()
        public_names: Annotated[
            tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+$")], ...],
            NoDecode,
            BeforeValidator(_split(",")),
        ] = ()

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return (env_settings,) if from_environment else (init_settings,)

    read = Sources() if from_environment else Sources(**value)
    return {name: getattr(read, name) for name in value}


def _split(separators: str) -> Callable[[Any], Any]:
    """Let one text stand for a list: HUASHU_COMPANY=华数,华数传媒."""

    def split(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        for sign in separators[1:]:
            value = value.replace(sign, separators[0])
        return tuple(filter(None, map(str.strip, value.split(separators[0]))))

    return split


def _network(text: str) -> str:
    """Refuse what is no address and no network; ``*`` (any) is for houses that know why."""
    from ipaddress import ip_network

    if text != "*":
        ip_network(text)
    return text


def _secret(from_environment: bool) -> Callable[[Any], Any]:
    """Refuse a secret in a file: what is read from files is cached."""

    def secret(value: Any) -> Any:
        if value and not from_environment:
            raise ValueError("a secret doesn't belong in a file: set the environment variable")
        return value

    return secret


def _placed(settings: Settings, folder: Path) -> Settings:
    """Make the paths of a file relative to where the command runs."""
    packs = tuple(_beside(folder, pack) for pack in settings.packs)
    card = _beside(folder, settings.scorecard)
    cache = settings.cache_dir and folder / settings.cache_dir.expanduser()
    guidance = tuple(_beside(folder, part) for part in settings.guidance)
    database = settings.database
    if database and "://" not in database:
        database = str(folder / Path(database).expanduser())
    return replace(
        settings,
        packs=packs,
        scorecard=card,
        guidance=guidance,
        cache_dir=cache,
        database=database,
        intents=_beside(folder, settings.intents) if settings.intents else "",
    )


def _beside(folder: Path, name: str) -> str:
    path = folder / Path(name).expanduser()
    return str(path) if path.exists() else name


def _problems(document: Document, error: ValidationError) -> tuple[Problem, ...]:
    found = []
    for detail in error.errors():
        place = (SECTION, *detail["loc"])
        unknown = detail["type"] == "extra_forbidden"
        mark = document.mark(place, key=unknown)
        name = ".".join(map(str, detail["loc"]))
        message = _unknown(name) if unknown else f"{name}: {_reason(detail)}"
        found.append(document.problem("unknown-setting" if unknown else "bad-setting", message, mark))
    return tuple(found)


def _unknown(name: str) -> str:
    from assistant.rules.suggest import mend

    return f"unknown setting {name}; {mend(name, NAMES)}"


def _reason(detail: Mapping[str, Any]) -> str:
    reason = str(detail["msg"]).removeprefix("Value error, ")
    return reason[:1].lower() + reason[1:]


def _refused(problems: tuple[Problem, ...]) -> ConfigurationError:
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return ConfigurationError(f"{first.message}{more}", code=first.code, path=first.path, line=first.line)


def describe(settings: Settings) -> dict[str, Any]:
    """Return the settings as plain values, for people who want to see what holds."""
    return {
        name: str(value) if isinstance(value, Path) else value for name, value in asdict(settings).items()
    }
