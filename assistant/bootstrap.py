"""The one composition root: settings and rule packs become an engine that is ready to run."""

from __future__ import annotations

import gc
import os
import shutil
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from assistant import __version__
from assistant.errors import ConfigurationError
from assistant.nlp import MODELS
from assistant.rules.cache import SHIPPED as SHIPPED_BUILDS
from assistant.rules.cache import cached, cached_contents, remembered
from assistant.rules.files import rule_files
from assistant.settings import AUTO, SHIPPED, STANDARD, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from assistant.chat.advisor import Advisor
    from assistant.chat.facts import Facts
    from assistant.chat.runtime import Runtime
    from assistant.desk.house import Desk
    from assistant.engine.fold import Engine, Scorer
    from assistant.engine.guide import Guide
    from assistant.knowledge import KnowledgeBase
    from assistant.match.plan import CompiledRules
    from assistant.model import Finding, Requirement, Scorecard, Turn
    from assistant.nlp.acts import ActModel
    from assistant.nlp.conduct import ConductModel
    from assistant.nlp.customer import CustomerModel
    from assistant.nlp.taxonomy import Taxonomy
    from assistant.practice.room import Room, Worder
    from assistant.procedure.moves import MoveModel
    from assistant.quiz import Bank
    from assistant.rules.pack import RuleSet
    from assistant.score import ScorecardDefinition
    from assistant.store.database import Store

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
    foreseeing: bool = True,
    procedures: Sequence[Path] = (),
) -> Engine:
    """Return an engine for the packs of `settings`, or those of `pack_paths` instead.

    Without `scoring` it fills no scorecard (checking single sentences needs none), without
    `understanding` it doesn't classify customers; it guides through the procedures (`guiding`) where
    it does both, if nothing else is said, by rules alone unless `foreseeing`, and by the files
    `procedures` instead of those of the settings if there are any. Raises RulePackError,
    ScorecardError, ProcedureError and ConfigurationError.
    """
    from assistant.engine.fold import Engine

    with _collector_paused():
        rules = load_rules(settings, pack_paths)
        company = list(settings.company) or None
        conduct = load_conduct(rules)
        customer = load_customer() if understanding else None
        guiding = scoring and understanding if guiding is None else guiding
        taxonomy = load_taxonomy(settings) if scoring or guiding else None
        foresight = load_moves() if foreseeing else None
        guide = load_guide(settings, taxonomy, procedures, foresight) if guiding and taxonomy else None
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


def load_moves() -> MoveModel:
    """Return the shipped model of what is to be done next; it is read at the first customer's turn."""
    from assistant.procedure.moves import MODEL, MoveModel

    return MoveModel(MODELS / MODEL)


def load_guide(
    settings: Settings,
    taxonomy: Taxonomy,
    procedures: Sequence[Path] = (),
    foresight: MoveModel | None = None,
) -> Guide:
    """Return what guides through calls: procedures, advice, phrases; raises ProcedureError.

    The files `procedures`, if there are any, stand in the place of those of the settings; `foresight`
    is the model of moves, if one has a say.
    """
    from assistant.engine.guide import Guide
    from assistant.procedure.bank import Bank

    paths = {part: guide_files(settings, part) for part in _GUIDANCE}
    paths["procedures"] = list(procedures) or paths["procedures"]
    contents = [path.read_bytes() for part in _GUIDANCE for path in paths[part]]
    known, (advice, cues, plights), phrases = remembered(
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
        known,
        advice,
        Bank(phrases),
        load_acts(),
        taxonomy,
        cues=cues,
        plights=plights,
        forced=settings.procedure or None,
        foresight=foresight,
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


def load_knowledge(settings: Settings) -> KnowledgeBase:
    """Return what is known of the service standard, the house's own with it; raises KnowledgeError."""
    paths = guide_files(settings, "knowledge")
    return remembered(
        [path.read_bytes() for path in paths],
        partial(_knowledge, paths),
        settings.cache_dir,
        kind="knowledge",
        rooms=("knowledge", "text", "rules"),
    )


def _knowledge(paths: Sequence[Path]) -> KnowledgeBase:
    from assistant.knowledge import KnowledgeBase
    from assistant.knowledge.loader import load_knowledge
    from assistant.text.normalise import Normaliser
    from assistant.text.tables import build_tables

    return KnowledgeBase.of(load_knowledge(paths), Normaliser.of(build_tables()))


def load_quiz(settings: Settings) -> Bank:
    """Return the quiz items, the house's own with them; raises KnowledgeError."""
    paths = guide_files(settings, "quiz")
    known = guide_files(settings, "knowledge")
    return remembered(
        [path.read_bytes() for path in (*paths, *known)],
        partial(_quiz, settings, paths),
        settings.cache_dir,
        kind="quiz",
        rooms=("quiz", "knowledge", "text", "rules"),
    )


def _quiz(settings: Settings, paths: Sequence[Path]) -> Bank:
    from assistant.quiz.loader import load_bank

    return load_bank(paths, load_knowledge(settings))


def load_practice(settings: Settings, *, engine: Engine | None = None) -> Room:
    """Return the practice room: scenarios of the product and of the house, customers' words, the coach.

    A house's scenarios lie in `scenarios` beside its procedures; a file with the name of a shipped one stands
    in its place. Raises PracticeError and what loading an engine raises.
    """
    from assistant.practice.coach import Coach
    from assistant.practice.room import Room
    from assistant.practice.wording import Wordings

    paths = practice_files(settings)
    contents = [path.read_bytes() for part in paths.values() for path in part]
    scenarios, wordings, weaknesses = remembered(
        contents, partial(_practice, paths), settings.cache_dir, kind="practice", rooms=("practice", "rules")
    )
    engine = engine or load_engine(settings)
    return Room(
        engine, load_acts(), scenarios, Wordings(wordings), Coach(weaknesses), worder=load_worder(settings)
    )


def load_worder(settings: Settings) -> Worder | None:
    """Return the endpoint that words customers' answers, None where none is set.

    Its key stands in HUASHU_PRACTICE_KEY, nowhere else.
    """
    if not settings.practice_endpoint:
        return None
    from assistant.practice.endpoint import Endpoint

    return Endpoint(
        settings.practice_endpoint, settings.practice_model, os.environ.get("HUASHU_PRACTICE_KEY", "")
    )


def practice_files(settings: Settings) -> dict[str, list[Path]]:
    """Return the files of the practice room by what they hold."""
    own = _PACKAGE / "data" / "practice"
    return {
        "scenarios": guide_files(settings, "scenarios"),
        "wordings": sorted((own / "wordings").glob("*.yml")),
        "coach": [own / "coach.yml"],
    }


def _practice(paths: Mapping[str, list[Path]]) -> tuple[Any, ...]:
    from assistant.practice.loader import load_coach, load_scenarios, load_wordings

    return load_scenarios(paths["scenarios"]), load_wordings(paths["wordings"]), load_coach(paths["coach"])


def load_desk(settings: Settings) -> Desk:
    """Return the complaint desk: its rules, calendar, taxonomy, the procedures of cases; raises DeskError."""
    from assistant.desk.duties import calendar_of
    from assistant.desk.house import Desk
    from assistant.desk.loader import load_rules as load_desk_rules
    from assistant.procedure.loader import load_procedures

    paths = guide_files(settings, "desk")
    rules = remembered(
        [path.read_bytes() for path in paths], partial(load_desk_rules, paths), settings.cache_dir,
        kind="desk", rooms=("desk",),
    )  # fmt: skip
    procedures = guide_files(settings, "procedures")
    known = remembered(
        [path.read_bytes() for path in procedures], partial(load_procedures, procedures), settings.cache_dir,
        kind="procedures", rooms=("procedure", "nlp", "rules"),
    )  # fmt: skip
    cases = tuple(each for each in known if each.unit == "case")
    return Desk(rules, calendar_of(rules), load_taxonomy(settings), cases)


def load_conduct(rules: CompiledRules) -> ConductModel | None:
    """Return the shipped model of agents' sentences if one of `rules` asks it; raises ConfigurationError."""
    if not _asks_conduct(rules):
        return None
    from assistant.nlp.conduct import ConductModel

    return ConductModel.load(MODELS)


def _asks_conduct(rules: CompiledRules) -> bool:
    return any(rule.kind == "learned" or rule.at_least for rule in rules.rules)


def with_rules(engine: Engine, rules: CompiledRules) -> Engine:
    """Return an engine for other rules that shares with `engine` all that is costly to load."""
    if not _asks_conduct(rules):
        return engine.with_rules(rules, None)
    return engine.with_rules(rules, engine.conduct or load_conduct(rules))


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


def compile_contents(
    contents: Mapping[str, bytes], cache_dir: Path | None = None, *, ruleset: RuleSet | None = None
) -> CompiledRules:
    """Return the compiled packs in the contents of rule files, as `load_rules`; raises RulePackError.

    `ruleset` is what is in them, where that is known already.
    """
    return cached_contents(contents, _compiled, cache_dir, ruleset=ruleset)


def rule_contents(packs: Sequence[str | Path]) -> dict[str, bytes]:
    """Return the contents of the rule files that `packs` name; raises OSError.

    Names are relative to where a pack lies; where two would be the same the later one says where.
    """
    contents: dict[str, bytes] = {}
    for path in rule_paths(packs):
        for file in rule_files([path]):
            name = file.relative_to(path).as_posix() if path.is_dir() else file.name
            if name in contents:
                name = f"{path.name}-{len(contents)}/{name}"
            contents[name] = file.read_bytes()
    return contents


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


def shipped_data() -> Path:
    """Return the folder of the data that lies in the package."""
    return _PACKAGE / "data"


def shipped_config() -> Path:
    """Return the commented settings: bundled in the wheel, at the root in a checkout."""
    bundled = _PACKAGE / "data" / "config.yml"
    return bundled if bundled.is_file() else _PACKAGE.parent / "config.yml"


def shipped_intents() -> Path:
    """Return the folder of the training sentences: bundled in the wheel, at the root in a checkout."""
    bundled = _PACKAGE / "data" / "intents"
    return bundled if bundled.is_dir() else _PACKAGE.parent / "intents"


def shipped_actions() -> Path:
    """Return the package of the assistant's actions: bundled in the wheel, at the root in a checkout."""
    bundled = _PACKAGE / "data" / "actions"
    return bundled if bundled.is_dir() else _PACKAGE.parent / "actions"


@_collector_paused()
def load_advisor(
    settings: Settings,
    *,
    engine: Engine | None = None,
    store: Store | None = None,
    stored: bool = False,
    secret: str = "",
) -> Advisor:
    """Return what the assistant's answers are made of.

    `store` holds the calls it may tell of (`stored`: open that of the settings) to those whose passes are
    signed with `secret` (default: that of the settings). Raises as `load_engine` does.
    """
    from assistant.chat.advisor import Advisor
    from assistant.chat.practising import PracticeTalk
    from assistant.chat.quizzing import QuizTalk

    engine = engine or load_engine(settings)
    path = _PACKAGE / "data" / "chat" / "standard.yml"
    known = guide_files(settings, "knowledge")
    knowledge, facts = remembered(
        [each.read_bytes() for each in (path, *known)],
        partial(_answers, settings, path),
        settings.cache_dir,
        kind="facts",
        rooms=("chat", "knowledge", "text", "rules"),
    )
    if engine.guide is None:
        raise ConfigurationError("the assistant needs an engine that guides", code="no-guide")
    calls = None
    if stored and store is None:
        from assistant.store.database import open_store

        store = open_store(settings.store)
    if store is not None:
        from assistant.chat.calls import StoredCalls

        calls = StoredCalls(store)
    return Advisor(
        engine, engine.guide, facts, secret=secret or settings.chat_secret, calls=calls, knowledge=knowledge,
        practice=PracticeTalk(partial(load_practice, settings, engine=engine)),
        quiz=QuizTalk(partial(load_quiz, settings), store), product=cache(partial(_product, settings)),
    )  # fmt: skip


def _product(settings: Settings) -> Mapping[str, str]:
    """Return what the assistant tells of the product itself: deadlines of appeals, grades, limits."""
    from assistant.review import agreement, appeal

    desk = load_desk(settings).rules
    tries = desk.callbacks.tries
    return {
        "appeal_days": str(appeal.WINDOW.days),
        "appeal_reply": str(appeal.REPLY.days),
        **{f"appeal_{level}": str(takes.days) for level, takes in appeal.TAKES.items()},
        "grades": "；".join(_grades(load_scorecards(settings))),
        "deductions": "；".join(_deductions(load_scorecards(settings))),
        "good_alpha": f"{agreement.GOOD_ALPHA:g}",
        "fair_alpha": f"{agreement.FAIR_ALPHA:g}",
        "ranks": "，".join(f"{rank.title} {rank.pay:g} 元" for rank in desk.authority.ranks),
        "tries": str(tries.most),
        "waits": "、".join(f"{hours:g}" for hours in tries.wait_hours),
        "opens": f"{tries.opens:%H:%M}",
        "closes": f"{tries.closes:%H:%M}",
    }


def _grades(cards: Sequence[ScorecardDefinition]) -> list[str]:
    """Return from how many points on each grade is given, by card where cards differ."""
    told = {
        card.title: "、".join(f"{grade.name} {grade.at_least:g} 分起" for grade in card.grades[:-1])
        + f"，再往下是{card.grades[-1].name}"
        for card in cards
    }
    if len(set(told.values())) == 1:
        return [*told.values()][:1]
    return [f"《{title}》{grades}" for title, grades in told.items()]


def _deductions(cards: Sequence[ScorecardDefinition]) -> list[str]:
    """Return what findings cost in most items, and at most in a call, by card where cards differ."""
    from collections import Counter

    from assistant.model import Severity
    from assistant.report.labels import SEVERITY

    told = {}
    for card in cards:
        costs = Counter(item.deduct for item in card.items if any(item.deduct)).most_common(1)
        levels = [
            f"{SEVERITY[level.label]} {float(points):g} 分"
            for level, points in zip(Severity, costs[0][0] if costs else (), strict=False)
        ]
        most = f"，每通最多扣 {float(card.cap):g} 分" if card.cap is not None else ""
        told[card.title] = "、".join(levels) + most
    if len(set(told.values())) == 1:
        return [*told.values()][:1]
    return [f"《{title}》{costs}" for title, costs in told.items()]


def _answers(settings: Settings, path: Path) -> tuple[KnowledgeBase, Facts]:
    from assistant.chat.facts import load_facts

    knowledge = load_knowledge(settings)
    return knowledge, load_facts(path, knowledge)


@_collector_paused()
def load_chat(settings: Settings, advisor: Advisor) -> Runtime:
    """Return the assistant that runs in this process; raises ChatError and ConfigurationError."""
    from assistant.chat.loading import load_runtime

    folder = Path(settings.intents) if settings.intents else shipped_intents()
    return load_runtime(folder, shipped_actions(), advisor, cache_dir=settings.cache_dir)


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
        return score(card, findings, requirements, turns=turns, channel=channel, meta=meta)

    return fill


def compile_shipped() -> None:
    """Compile the shipped packs and scorecards into the package itself; done when the wheel is built.

    Raises RulePackError or ScorecardError: a wheel with packs that have problems isn't built.
    """
    folder = _PACKAGE / SHIPPED_BUILDS
    from assistant.rules.pack import fingerprints
    from assistant.rules.prose import catalogue_of

    shutil.rmtree(folder, ignore_errors=True)
    settings = Settings(cache_dir=folder)
    load_rules(settings)
    cached(rule_paths(settings.packs), catalogue_of, folder, kind="catalogue")
    cached(rule_paths(settings.packs), fingerprints, folder, kind="fingerprints")
    for card in _CARDS.glob("*.yml"):
        load_scorecard(replace(settings, scorecard=card.stem))
    load_guide(settings, load_taxonomy(settings))
    load_quiz(settings)
    for built in folder.iterdir():
        built.chmod(0o644)
