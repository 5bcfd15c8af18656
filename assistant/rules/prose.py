"""A rule in words, for those who read rules without reading YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assistant.report import labels
from assistant.rules import schema

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assistant.rules.pack import RuleSet
    from assistant.rules.schema import Rule

FEW = 2
_SPEAKER = {"agent": "坐席", "customer": "客户", "bot": "机器人", "any": "任何一方"}
_ENTITY = {
    "phone": "手机号", "landline": "固定电话", "id_card": "身份证号", "bank_card": "银行卡号",
    "plate": "车牌号", "email": "邮箱", "address": "地址", "name": "姓名",
}  # fmt: skip
_METRIC = {
    "speech_rate": "语速(每分钟字数)", "silence": "两句之间的静默(秒)", "overlap": "抢话(秒)",
    "response": "应答间隔(秒)", "ring": "振铃到接听(秒)",
}  # fmt: skip
_EVENT = {"answer": "接听", "hold": "保持", "resume": "恢复通话", "transfer": "转接"}


def rule_text(rule: Rule) -> str:
    """Return what a rule looks for, how grave it is, where it comes from, why, and its examples."""
    severity = labels.named(labels.SEVERITY, rule.severity)
    lines = [
        f"{rule.id}  {rule.title}",
        f"  严重程度  {severity}    类别  {rule.group}    类型  {rule.kind}",
        f"  依据      {'、'.join(rule.source)}",
        f"  谁说的    {_SPEAKER[rule.when.speaker]}{_conditions(rule.when)}",
        "  查什么",
        *(f"    {line}" for line in match_text(rule.match)),
    ]
    if rule.why:
        lines.append(f"  为何从轻  {rule.why}")
    if rule.valid:
        lines.append(f"  有效期    {rule.valid.from_ or '…'} 至 {rule.valid.to or '…'}")
    lines += [f"  不计      {text}" for text in _scope(rule.scope)]
    lines += [f"  提示语    {rule.message}", f"  建议说法  {rule.suggest}"]
    lines += _examples("应当发现", rule.examples.hit)
    lines += _examples("不应发现", rule.examples.miss)
    return "\n".join(lines)


def catalogue_of(ruleset: RuleSet) -> list[dict[str, Any]]:
    """Return every rule in words, by id, with its examples and the name of its pack."""
    told = [{**rule_object(rule), "pack": pack.name} for pack in ruleset.packs for rule in pack.rules]
    return sorted(told, key=lambda rule: str(rule["id"]))


def rule_object(rule: Rule) -> dict[str, Any]:
    """Return a rule in words, part by part, with its examples."""
    return {
        "id": rule.id,
        "title": rule.title,
        "severity": rule.severity,
        "source": list(rule.source),
        "kind": rule.kind,
        "family": rule.group,
        "who": f"{_SPEAKER[rule.when.speaker]}{_conditions(rule.when)}",
        "looks_for": match_text(rule.match),
        "ignores": _scope(rule.scope),
        "why": rule.why or "",
        "valid_from": rule.valid.from_.isoformat() if rule.valid and rule.valid.from_ else None,
        "valid_to": rule.valid.to.isoformat() if rule.valid and rule.valid.to else None,
        "message": rule.message,
        "suggestion": rule.suggest,
        "hit": _texts(rule.examples.hit),
        "miss": _texts(rule.examples.miss),
    }


def _conditions(when: schema.When) -> str:
    said = []
    if when.position and when.position.first:
        said.append(f"前 {when.position.first} 句")
    if when.position and when.position.after:
        said.append(f"第 {when.position.after} 句以后")
    if when.channel:
        said.append("渠道 " + "、".join(labels.named(labels.CHANNEL, name) for name in when.channel))
    if when.stage:
        said.append("阶段 " + "、".join(when.stage))
    if when.meta:
        said.append("通话信息 " + "、".join(f"{key}={value}" for key, value in when.meta.items()))
    if when.emotion:
        said.append("客户情绪 " + "、".join(labels.named(labels.EMOTION, name) for name in when.emotion))
    if when.intent:
        said.append("客户意图 " + "、".join(labels.named(labels.INTENT, name) for name in when.intent))
    if when.customer:
        said.append("客户上一句" + ",".join(match_text(when.customer)))
    return f"({';'.join(said)})" if said else ""


def _scope(scope: schema.Scope) -> list[str]:
    said = ["前面紧跟着否定词的"] if scope.negation else []
    return [*said, "引用或转述别人的话"] if scope.quotation else said


def _examples(title: str, examples: Iterable[Any]) -> list[str]:
    lines = [line for text in _texts(examples) for line in _bulleted(text.splitlines())]
    return [f"  {title}", *(f"    {line}" for line in lines)] if lines else []


def _texts(examples: Iterable[Any]) -> list[str]:
    return [(example if isinstance(example, str) else example.turns).strip() for example in examples]


def _bulleted(lines: list[str]) -> list[str]:
    return [f"{' ' if at else '·'} {line.strip()}" for at, line in enumerate(lines)]


def match_text(match: Any) -> list[str]:
    """Return what a ``match`` or a node asks for, a line a thought."""
    if isinstance(match, schema.Phrases):
        return _phrases(match)
    if isinstance(match, schema.Pattern):
        return [f"句式 {match.pattern}", *([f"但不包括 {match.except_}"] if match.except_ else [])]
    if isinstance(match, schema.NearNode):
        return match_text(match.near)
    if isinstance(match, schema.Near):
        order = "先说" if match.ordered else "说到"
        return [
            f"{order}{_quoted(match.a)},{match.within} 个字之内又说{_quoted(match.b)}",
            *_except(match.except_),
        ]
    if isinstance(match, schema.Script):
        return _script(match)
    if isinstance(match, schema.EntityMatch | schema.EntityNode):
        types = match.types if isinstance(match, schema.EntityMatch) else match.entity
        return ["说出" + "、".join(_ENTITY[name] for name in types), *_except(match.except_)]
    if isinstance(match, schema.LearnedMatch):
        return [f"整句读来像 {match.like} 一类，模型把握不低于 {match.at_least:.0%}", *_except(match.except_)]
    if isinstance(match, schema.EmotionNode):
        return ["客户情绪为" + "、".join(labels.named(labels.EMOTION, name) for name in match.emotion)]
    if isinstance(match, schema.IntentNode):
        return ["客户意图为" + "、".join(labels.named(labels.INTENT, name) for name in match.intent)]
    if isinstance(match, schema.RuleNode):
        return [f"同一句触发规则 {match.rule}"]
    return _combined(match) or _over_turns(match)


def _phrases(match: schema.Phrases) -> list[str]:
    word = "(按整词)" if match.word else ""
    if match.any:
        head = _listed(f"说到其中一种{word}", match.any)
    elif match.all:
        head = _listed(f"同时说到{word}", match.all)
    else:
        head = _listed(f"至少说到其中 {match.at_least} 种{word}", match.of or [])
    return [*head, *_except(match.except_)]


def _script(match: schema.Script) -> list[str]:
    scripts = [match.script] if isinstance(match.script, str) else match.script
    lines = [f"标准话术{_quoted(scripts)}，相似度 {match.verbatim:g} 分以上"]
    if match.parts:
        lines.append("或者意思到位：")
        for name, wordings in match.parts.items():
            optional = "(可无)" if name in match.optional else ""
            lines.append(f"  {name}{optional}:{_quoted(wordings)}")
    return lines


def _combined(match: Any) -> list[str]:
    if isinstance(match, schema.AllNode):
        return ["同时符合：", *_inner(match.all_of)]
    if isinstance(match, schema.AnyNode):
        return ["符合其中一项：", *_inner(match.any_of)]
    if isinstance(match, schema.NotNode):
        return ["并非：", *_inner([match.not_])]
    if isinstance(match, schema.ExpressionNode):
        named = [line for name, node in match.with_.items() for line in (f"  {name}:", *_inner([node], 4))]
        return [f"符合 {match.expr}，其中", *named]
    return []


def _over_turns(match: Any) -> list[str]:
    if isinstance(match, schema.RequiredMatch):
        return [f"必须说到({_due(match.due)}):", *_inner([match.expect])]
    if isinstance(match, schema.OrderMatch):
        return ["应当先", *_inner([match.first]), "然后才", *_inner([match.then])]
    if isinstance(match, schema.CountMatch | schema.RatioMatch):
        unit = "每 100 句" if isinstance(match, schema.RatioMatch) else "整通"
        bounds = [f"多于 {match.at_most:g} 次"] if match.at_most is not None else []
        bounds += [f"少于 {match.at_least:g} 次"] if match.at_least is not None else []
        return [f"{unit}{'或'.join(bounds)}:", *_inner([match.of])]
    if isinstance(match, schema.RepeatMatch):
        only = ["只看这样的句子：", *_inner([match.only])] if match.only else []
        alike = f"相似度 {match.similarity:g} 分"
        return [f"{match.within} 句之内把同样的话说了 {match.times} 遍({alike})", *only]
    if isinstance(match, schema.TimingMatch):
        bounds = [f"超过 {match.at_most:g}"] if match.at_most is not None else []
        bounds += [f"低于 {match.at_least:g}"] if match.at_least is not None else []
        return [f"{_METRIC[match.metric]}{'或'.join(bounds)}"]
    if isinstance(match, schema.ContradictionMatch):
        return ["先说了", *_inner([match.claim]), "后来又说", *_inner([match.taken_back])]
    if isinstance(match, schema.FollowUpMatch):
        where = "之前没有" if match.direction == "before" else f"之后 {match.within} 句之内没有"
        return ["说了", *_inner([match.trigger]), where, *_inner([match.expect])]
    return [f"{match}"]


def _due(due: schema.Due) -> str:
    if due.first:
        return f"前 {due.first} 句之内"
    if due.last:
        return f"最后 {due.last} 句之内"
    if due.within_s:
        return f"开始后 {due.within_s:g} 秒之内"
    anchor, where = (due.after, "之后") if due.after else (due.before, "之前")
    if anchor is None:
        return ""
    if anchor.event:
        occasion = _EVENT[anchor.event]
    else:
        occasion = f"{_SPEAKER[anchor.speaker]}{','.join(line.strip() for line in match_text(anchor.match))}"
    return f"{occasion}{where} {due.turns} 句之内{'，只看第一次' if due.once else ''}"


def _inner(nodes: Iterable[Any], columns: int = 2) -> list[str]:
    return [f"{' ' * columns}{line}" for node in nodes for line in match_text(node)]


def _except(wordings: list[str] | None) -> list[str]:
    return _listed("但不包括", wordings) if wordings else []


def _listed(title: str, wordings: list[str]) -> list[str]:
    """Return few wordings in one line, many beneath one another."""
    if len(wordings) <= FEW:
        return [f"{title}:{_quoted(wordings)}"]
    return [f"{title}:", *(f"  “{wording}”" for wording in wordings)]


def _quoted(wordings: Iterable[str]) -> str:
    return "、".join(f"“{wording}”" for wording in wordings)
