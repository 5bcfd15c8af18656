"""Makes a runtime: the project from the cache, its intent model shipped or trained once, the actions."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from assistant.chat.facts import danger, matter
from assistant.chat.intents import MODEL, IntentModel, train_intents
from assistant.chat.project import project_files
from assistant.chat.runtime import Runtime
from assistant.errors import ConfigurationError
from assistant.nlp import MODELS
from assistant.rules.cache import cache_folder, remembered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasa_sdk import Action

    from assistant.chat.advisor import Advisor
    from assistant.chat.project import Project

PACKAGE = "actions"


def load_runtime(folder: Path, actions: Path, advisor: Advisor, *, cache_dir: Path | None = None) -> Runtime:
    """Return the runtime of the project in `folder` with the package `actions`; raises ChatError.

    ConfigurationError where the intents were changed and scikit-learn isn't there to learn them.
    """
    try:
        contents = [path.read_bytes() for path in project_files(folder)]
    except OSError as error:
        raise ConfigurationError(
            f"can't be read: {error.strerror}", code="unreadable", path=str(error.filename)
        ) from error
    project = remembered(contents, lambda: _read(folder), cache_dir, kind="chat", rooms=("chat", "rules"))
    _import_sdk()
    facts = advisor.facts
    return Runtime(
        project, _model(project, cache_dir), _actions(actions, advisor),
        certain=lambda text: (danger(facts, text) or matter(facts, text)) is not None,
    )  # fmt: skip


def _read(folder: Path) -> Project:
    from assistant.chat.reading import load_project  # YAML: not where the project is remembered

    return load_project(folder)


def _model(project: Project, cache_dir: Path | None) -> IntentModel:
    """Return the shipped model if it fits the project, else one trained for it before, else train it."""
    shipped = IntentModel(MODELS / MODEL)
    if (MODELS / MODEL).is_file() and shipped.learnt_from == project.sha256:
        return shipped
    path = (cache_dir or cache_folder()) / f"chat-{project.sha256[:16]}.npz"
    if not path.is_file():
        try:
            model = train_intents(project)
        except ImportError as error:
            raise ConfigurationError(
                "the assistant's intents were changed and have to be learnt anew: pip install "
                "huashu-assistant[train]",
                code="no-train",
            ) from error
        path.parent.mkdir(parents=True, exist_ok=True)
        model.save(path, small=True)
    return IntentModel(path)


def _actions(folder: Path, advisor: Advisor) -> Sequence[Action]:
    """Return the actions of the package in `folder`, given `advisor`."""
    return [action(advisor) for action in load_actions(folder).ACTIONS]


def _import_sdk() -> None:
    """Import rasa_sdk without its web server, which one annotation there names, and which costs the most."""
    if "sanic" in sys.modules or "rasa_sdk" in sys.modules:
        return
    sys.modules["sanic"] = server = ModuleType("sanic")
    server.Sanic = object  # type: ignore[attr-defined]
    try:
        import rasa_sdk  # noqa: F401
    finally:
        del sys.modules["sanic"]


def load_actions(folder: Path) -> Any:
    """Import the package of actions in `folder` under the name an action server knows it by."""
    known = sys.modules.get(PACKAGE)
    if known is not None and folder in map(Path, known.__path__):
        return known
    spec = importlib.util.spec_from_file_location(
        PACKAGE, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise ConfigurationError("holds no actions", code="no-actions", path=str(folder))
    sys.modules[PACKAGE] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
