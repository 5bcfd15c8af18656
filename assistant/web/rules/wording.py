"""The problems of rule files in the words of the pages: one Chinese sentence for each problem code.

The checks of the rules speak English, as the command line does; see `assistant.rules`.
"""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistant.errors import Problem

SENTENCES = {
    "always-fires": "条件写反了，这条规则每通都会触发。请检查 at_least 和 at_most。",
    "bad-name": "名称不合规定。规则 id 用小写英文单词，以点或短横连接（至少两段，如 house.refund.promise）；"
    "词表名用小写字母、数字和下划线，以字母开头。",
    "bad-pattern": "正则表达式写错了，例如括号没有成对。请改好再保存。",
    "control-character": "这里有看不见的控制字符，请删掉。",
    "duplicate-across": "另一个规则包里已有相同的说法，同一句话会被记两次。",
    "duplicate-id": "这个规则 id 已经用过了，请换一个。",
    "duplicate-list": "这个词表名在本规则包里已经用过了。",
    "duplicate-wording": "这条说法和另一条重复，留一条就够了。",
    "empty": "文件是空的。",
    "empty-pattern": "这个正则表达式什么都没说也会匹配，请写明要找的字。",
    "empty-wording": "话术没有文字。",
    "encoding": "文件不是 UTF-8 编码，请另存为 UTF-8 后再上传。",
    "expression": "条件表达式写错了，请检查括号和 and、or、not。",
    "list-ring": "词表互相引用，绕成了圈。",
    "marks": "例句的 ‹ › 标得不对：应触发的例句用一对 ‹ › 标出违规的字，不应触发的例句不标。",
    "milder": "这条规则比所属忌语的规定级别轻，请用 why 写明理由。",
    "missing-key": "缺少必填项。",
    "never-fires": "这条规则永远不会触发：条件互相矛盾，或没有留下任何情况。",
    "no-hit": "至少写一句应当触发的例句（examples 的 hit）。",
    "no-literal": "这个正则表达式没有固定的字，每句话都要试一遍，会变慢。请加上一定会出现的字。",
    "no-miss": "至少写一句不应触发的例句（examples 的 miss）。",
    "no-rules": "文件夹里没有规则文件（.yml）。",
    "no-such-file": "找不到这个文件。",
    "not-a-file": "这不是一个普通文件。",
    "not-a-mapping": "规则文件要以 pack: 和 version: 开头。",
    "not-alone": "“没有……”这类条件不能单独使用，请再加一个要说到的条件。",
    "placeholder": "花括号写错了：message 里只能用 {matched}（应说未说的规则用 {missing}），花括号要成对。",
    "rule-ring": "几条规则互相等待对方触发，绕成了圈。",
    "shadowed": "这条规则总被另一条规则盖住，不会单独起作用。",
    "slow-pattern": "这个正则表达式可能非常慢，请改写，不要让重复的部分互相嵌套。",
    "swallowed": "这条说法永远不算数：它总被例外挡住，或已包含在另一条里。",
    "template": "说法的写法有误，请检查括号、竖线和 <词表>。",
    "too-deep": "嵌套层数太多。",
    "too-large": "文件太大，请拆成几个文件。",
    "two-versions": "同一个规则包的几个文件版本号不一致。",
    "unknown-channel": "没有这个渠道。",
    "unknown-key": "没有这个项目，请检查拼写。",
    "unknown-kind": "没有这种规则类型（kind）。",
    "unknown-node": "没有这种条件。",
    "unknown-rule": "引用的规则不存在。",
    "unknown-slot": "没有这个变量。可用的有 company、agent_id、agent_name、customer、department、phone 等。",
    "unknown-source": "依据的编号写错了，应为 B-3、G-12a 这样的规范编号，或以 LAW:、HOUSE: 开头。",
    "unreadable": "文件读不出来。",
    "unused-list": "这个词表没有用到。",
    "unused-name": "这个条件起了名字，表达式里却没有用到。",
    "wrong-type": "这里填的内容不对，请对照旁边的规则改。",
    "yaml": "文件格式有误，多半是缩进、引号或冒号的问题。",
}  # fmt: skip
_KEY = re.compile(r"^(?:unknown key )?(?P<key>[\w.]+)(?: is missing|;|$)")
_KNOWN = re.compile(r"unknown (?:value|kind|channel|key) (?P<value>\S+?); known here: (?P<known>.+)$")
_MEANT = re.compile(r"did you mean (?P<meant>[^?]+)\?")


def told(problem: Problem) -> dict[str, Any]:
    """Return a problem for the pages: in Chinese, with what was written and what may be."""
    return {**asdict(problem), "message": sentence(problem)}


def sentence(problem: Problem) -> str:
    """Return what is wrong in one Chinese sentence; a code without one keeps its own words."""
    said = SENTENCES.get(problem.code, problem.message)
    known = _KNOWN.search(problem.message)
    if known:
        return f"“{known['value']}”不在可选范围内，可选：{known['known'].replace(', ', '、')}。"
    meant, key = _MEANT.search(problem.message), _KEY.match(problem.message)
    if problem.code == "missing-key" and key:
        return f"缺少必填项 {key['key']}。"
    if problem.code == "unknown-key" and key:
        said = f"没有 {key['key']} 这个项目，请检查拼写。"
    return f"{said}是不是想写 {meant['meant']}？" if meant else said
