"""The one composition root: settings and rule packs become an engine that is ready to run."""

from __future__ import annotations

import gc
import shutil
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from assistant import __version__
from assistant.errors import ConfigurationError
from assistant.nlp import MODELS
from assistant.rules.cache import SHIPPED as SHIPPED_BUILDS
from assistant.rules.cache import cached, remembered
from assistant.settings import AUTO, SHIPPED, STANDARD, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from assistant.engine.fold import Engine, Scorer
    from assistant.engine.guide import Guide
    from assistant.match.plan import CompiledRules
    from assistant.model import Finding, Requirement, Scorecard, Turn
    from assistant.nlp.acts import ActModel
    from assistant.nlp.conduct import ConductModel
    from assistant.nlp.customer import CustomerModel
    from assistant.nlp.taxonomy import Taxonomy
    from assistant.rules.pack import RuleSet
    from assistant.score import ScorecardDefinition

SOFTWARE = f"huashu-assistant {__version__}"
_PACKAGE = Path(__file__).parent
_CARDS = _PACKAGE / "data" / "scorecards"
_ROOMS = ("rules", "score")
_GUIDANCE = ("procedures", "advice", "phrases")


def load_engine(
    settings: Settings,
    *,
    pack_paths: Sequence[str | Path] = (),
    scoring: bool = True,
    understanding: bool = True,
    guiding: bool | None = None,
    procedures: Sequence[Path] = (),
) -> Engine:
    """Return an engine for the packs of `settings`, or those of `pack_paths` instead.

    Without `scoring` it fills no scorecard (checking single sentences needs none), without
    `understanding` it doesn't classify customers; it guides through the procedures (`guiding`) where
    it does both, if nothing else is said, by the files `procedures` instead of those of the settings
    if there are any. Raises RulePackError, ScorecardError, ProcedureError and
    ConfigurationError.
    """
    from assistant.engine.fold import Engine

    with _collector_paused():
        rules = load_rules(settings, pack_paths)
        company = list(settings.company) or None
        conduct = load_conduct(rules)
        customer = load_customer() if understanding else None
        guiding = scoring and understanding if guiding is None else guiding
        taxonomy = load_taxonomy(settings) if scoring or guiding else None
        guide = load_guide(settings, taxonomy, procedures) if guiding and taxonomy else None
        engine = partial(
            Engine,
            rules,
            company=company,
            conduct=conduct,
            classifier=customer,
            taxonomy=taxonomy,
            guide=guide,
            software=SOFTWARE,
        )
        if not scoring:
            return engine()
        from assistant.score import unscorable_reason

        return engine(scorer=scorer(*load_scorecards(settings)), unscorable=unscorable_reason)


def load_customer() -> CustomerModel:
    """Return the shipped model of customers' turns; it is read at the first turn."""
    from assistant.nlp.customer import MODEL, CustomerModel

    return CustomerModel(MODELS / MODEL)


def load_taxonomy(settings: Settings) -> Taxonomy:
    """Return the shipped taxonomy of complaints; raises ConfigurationError."""
    path = _PACKAGE / "data" / "taxonomy" / "complaints.yml"
    content = path.read_bytes()
    return remembered(
        [content], partial(_taxonomy, path, content), settings.cache_dir, kind="taxonomy", rooms=("nlp",)
    )


def _taxonomy(path: Path, content: bytes) -> Taxonomy:
    from assistant.nlp.taxonomy import parse_taxonomy

    return parse_taxonomy(content.decode("utf-8"), str(path))


def load_acts() -> ActModel:
    """Return the shipped model of what agents do; it is read at the first turn."""
    from assistant.nlp.acts import MODEL, ActModel

    return ActModel(MODELS / MODEL)


def load_guide(settings: Settings, taxonomy: Taxonomy, procedures: Sequence[Path] = ()) -> Guide:
    """Return what guides through calls: procedures, advice, phrases; raises ProcedureError.

    The files `procedures`, if there are any, stand in the place of those of the settings.
    """
    from assistant.engine.guide import Guide
    from assistant.procedure.bank import Bank

    paths = {part: guide_files(settings, part) for part in _GUIDANCE}
    paths["procedures"] = list(procedures) or paths["procedures"]
    contents = [path.read_bytes() for part in _GUIDANCE for path in paths[part]]
    known, (advice, cues), phrases = remembered(
        contents,
        partial(_guidance, paths),
        settings.cache_dir,
        kind="guide",
        rooms=("procedure", "nlp", "rules"),
    )
    names = [procedure.id for procedure in known if procedure.unit == "conversation"]
    if settings.procedure and settings.procedure not in names:
        raise ConfigurationError(
            f"no such procedure: {settings.procedure} ({', '.join(names)})", code="unknown-procedure"
        )
    return Guide(
        known, advice, Bank(phrases), load_acts(), taxonomy, cues=cues, forced=settings.procedure or None
    )


def guide_files(settings: Settings, part: str) -> list[Path]:
    """Return the files of a part of the guidance: the shipped ones, then those of the house.

    A file of the house with the name of a shipped one stands in its place.
    """
    shipped = {path.name: path for path in sorted((_PACKAGE / "data" / part).glob("*.yml"))}
    house = {
        path.name: path
        for folder in settings.guidance
        for path in sorted((Path(folder) / part).glob("*.yml"))
    }
    return list((shipped | house).values())


def _guidance(paths: Mapping[str, list[Path]]) -> tuple[Any, ...]:
    from assistant.procedure.loader import load_advice, load_phrases, load_procedures

    return (
        load_procedures(paths["procedures"]),
        load_advice(paths["advice"]),
        load_phrases(paths["phrases"]),
    )


def load_conduct(rules: CompiledRules) -> ConductModel | None:
    """Return the shipped model of agents' sentences if one of `rules` asks it; raises ConfigurationError."""
    if not any(rule.kind == "learned" or rule.at_least for rule in rules.rules):
        return None
    from assistant.nlp.conduct import ConductModel

    return ConductModel.load(MODELS)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Nothing of what is loaded here is garbage: looking for some takes a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def load_rules(settings: Settings, pack_paths: Sequence[str | Path] = ()) -> CompiledRules:
    """Return the compiled packs, from the cache where they are there; raises RulePackError."""
    return cached(rule_paths(pack_paths or settings.packs), _compiled, settings.cache_dir)


def _compiled(ruleset: RuleSet) -> CompiledRules:
    from assistant.match.compile import compile_rules

    return compile_rules(ruleset)


def rule_paths(packs: Sequence[str | Path]) -> tuple[Path, ...]:
    """Return where packs lie: a file or folder as it is, else a shipped pack of that name.

    ``shipped`` stands for all shipped packs. A path that isn't there is returned as it is: loading
    reports it.
    """
    return tuple(_rule_path(str(pack)) for pack in packs)


def _rule_path(pack: str) -> Path:
    if pack == SHIPPED:
        return shipped_rules()
    path = Path(pack)
    if path.exists() or path.name != pack:
        return path
    named = shipped_rules() / pack
    return named if named.is_dir() else path


def shipped_rules() -> Path:
    """Return the folder of the shipped packs: bundled in the wheel, at the root in a checkout."""
    bundled = _PACKAGE / "data" / "phrase_rules"
    for folder in (bundled, _PACKAGE.parent / "phrase_rules"):
        if folder.is_dir():
            return folder
    raise ConfigurationError(
        "the shipped rule packs are missing: install huashu-assistant again",
        code="no-packs",
        path=str(bundled),
    )


def shipped_intents() -> Path:
    """Return the folder of the training sentences: bundled in the wheel, at the root in a checkout."""
    bundled = _PACKAGE / "data" / "intents"
    return bundled if bundled.is_dir() else _PACKAGE.parent / "intents"


def shipped_phrases() -> Path:
    """Return the folder of the phrase bank."""
    return _PACKAGE / "data" / "phrases"


def load_scorecards(settings: Settings) -> tuple[ScorecardDefinition, ...]:
    """Return the scorecard of `settings`, or where calls choose theirs all shipped ones, `standard` first."""
    if settings.scorecard != AUTO:
        return (load_scorecard(settings),)
    names = sorted((card.stem for card in _CARDS.glob("*.yml")), key=lambda name: (name != STANDARD, name))
    return tuple(load_scorecard(replace(settings, scorecard=name)) for name in names)


def load_scorecard(settings: Settings) -> ScorecardDefinition:
    """Return the scorecard of `settings`: a shipped name or a file; raises ScorecardError.

    Where calls choose theirs (``auto``) it is the one that calls no other is meant for get.
    """
    if settings.scorecard == AUTO:
        return load_scorecard(replace(settings, scorecard=STANDARD))
    path = _card_path(settings.scorecard)
    try:
        content = path.read_bytes()
    except OSError as error:
        known = "、".join(sorted(card.stem for card in _CARDS.glob("*.yml")))
        raise ConfigurationError(
            f"can't be read as a scorecard: {error.strerror} (shipped: {known})",
            code="unknown-scorecard",
            path=settings.scorecard,
        ) from error
    build = partial(_card, path, content)
    return remembered([content], build, settings.cache_dir, kind="scorecard", rooms=_ROOMS)


def _card_path(name: str) -> Path:
    shipped = _CARDS / f"{name}.yml"
    return shipped if Path(name).name == name and shipped.is_file() else Path(name)


def _card(path: Path, content: bytes) -> ScorecardDefinition:
    from assistant.score.loader import parse_scorecard

    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigurationError(
            "not UTF-8: save the file as UTF-8", code="encoding", path=str(path)
        ) from None
    return parse_scorecard(text, str(path))


def scorer(first: ScorecardDefinition, *others: ScorecardDefinition) -> Scorer:
    """Return what fills scorecards for the engine: that of `others` meant for a call, else `first`."""
    from assistant.score import score

    def fill(
        findings: Sequence[Finding],
        requirements: Sequence[Requirement],
        turns: Sequence[Turn],
        *,
        channel: str,
        meta: Mapping[str, Any],
    ) -> Scorecard:
        card = next((other for other in others if other.meant_for(channel, meta)), first)
        return score(card, findings, requirements, turns=turns)

    return fill


def compile_shipped() -> None:
    """Compile the shipped packs and scorecards into the package itself; done when the wheel is built.

    Raises RulePackError or ScorecardError: a wheel with packs that have problems isn't built.
    """
    folder = _PACKAGE / SHIPPED_BUILDS
    shutil.rmtree(folder, ignore_errors=True)
    settings = Settings(cache_dir=folder)
    load_rules(settings)
    for card in _CARDS.glob("*.yml"):
        load_scorecard(replace(settings, scorecard=card.stem))
    load_guide(settings, load_taxonomy(settings))
    for built in folder.iterdir():
        built.chmod(0o644)
