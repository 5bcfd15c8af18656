"""Generated rule packs: any number of plausible wordings of our own, to see what their number costs."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import TYPE_CHECKING

from assistant.engine.fold import Engine
from assistant.match.compile import compile_rules
from assistant.rules.pack import Pack, RuleSet
from assistant.rules.schema import PhraseRule

if TYPE_CHECKING:
    from collections.abc import Sequence

_WHO = ("我们", "咱们", "你", "您", "公司", "厂家", "快递", "部门", "系统", "谁")
_HOW = ("不", "没法", "懒得", "凭什么", "只能", "非要", "从来不", "根本不", "怎么", "偏偏")
_DO = (
    "管", "退", "换", "赔", "查", "问", "解释", "处理", "登记", "联系", "承认", "答应", "负责", "催", "改",
    "撤", "开", "补", "送", "装",
)  # fmt: skip
_WHAT = (
    "这种事", "你的单子", "那个地址", "运费", "发票", "零件", "密码", "账户", "差价", "评价", "套餐",
    "押金", "积分", "安装", "保修", "客户", "电话", "时间", "快件", "包装", "合同", "手续",
)  # fmt: skip
MOST = len(_HOW) * len(_DO) * len(_WHAT) * (2 * len(_WHO) + 1)
_PER_RULE = 10


def wordings(count: int) -> list[str]:
    """Return `count` (at most `MOST`) different wordings of 3 to 12 characters; fewer are a part of more."""
    every = [
        "".join(parts)
        for form in ((_WHO, _HOW, _DO, _WHAT), (_HOW, _DO, _WHAT), (_WHAT, _WHO, _HOW, _DO))
        for parts in product(*form)
    ]
    Random(20261101).shuffle(every)  # noqa: S311 (no secret)
    return every[:count]


def phrase_engine(phrases: Sequence[str]) -> Engine:
    """Return an engine with one pack of phrase rules, ten wordings a rule."""
    rules = tuple(
        _rule(number, phrases[at : at + _PER_RULE])
        for number, at in enumerate(range(0, len(phrases), _PER_RULE))
    )
    pack = Pack("generated", "1", "", rules, {}, "")
    return Engine(compile_rules(RuleSet((pack,))))


def _rule(number: int, phrases: Sequence[str]) -> PhraseRule:
    return PhraseRule.model_validate(
        {
            "id": f"generated.phrases.n{number}",
            "title": "生成的说法",
            "source": ["B-3"],
            "kind": "phrase",
            "severity": "major",
            "match": {"any": list(phrases)},
            "message": "出现“{matched}”",
            "suggest": "请您稍等,我马上为您核实,好吗?",
            "examples": {},
        }
    )
