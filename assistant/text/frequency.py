"""How often characters stand in service talk: what is worth looking for first.

Only a rough order is needed, and nothing but the time a turn takes depends on it.
"""

from __future__ import annotations

from operator import add
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_RARE = 0.0005
# Shares of all characters, estimated from how agents and customers talk, rounded to steps.
_SHARES = {
    char: share
    for chars, share in (
        ("您的是我", 0.03),
        ("有好了一这不亲哦呢可吗么请在以个没数字", 0.01),
        ("到谢帮你点订时要边发天什给还那就看客能", 0.005),
        (("电家号话为快后都送嗯吧会上他等收买间退去址大对多款商票品其查题啊包提前开想和询理递费服金需日也现再系务来申处行"
         "已下货地问单小店0123456789"), 0.002),
    )
    for char in chars
}  # fmt: skip
# The same for pairs that stand together, counted in everyday sentences (intents/agent/everyday.yml).
_PAIRS = {
    pair: share
    for pairs, share in (
        ("您好 可以 给您 没有 请问 谢谢", 0.004),
        (("帮您 为您 这边 好的 一下 什么 收到 支持 联系 亲亲 我们 的话 这个 不了 不是 的是 "
         "您的 一个 还是"), 0.002),
        (("不能 今天 不用 自己 现在 电话 您说 您要 您看 出来 师傅 分钟 已经 一次 看看 系统 "
         "时候 的那 不要 有没 我给 手机 一点 小时 所以 了您 申请 您是 您这 是我 那个 到了 "
         "明天 给我 是不"), 0.001),
        (("要是 就是 个月 到您 一样 的时 问题 就好 不到 看到 回来 数字 我看 两个 我这 我不 "
         "地址 就行 只能 时间 告诉 多少 您家 了一 的不 订单 一张 那边 以后 您先 跟您 因为 "
         "不会 一起 不好 您不 短信 了我 快递 让您 话我 您问 了没 是吧 了吗 我把 清楚 "
         "麻烦 孩子 个人 之前 您可 看不 还有 有一 取消 的您 一天 您把 了是 建议 如果 的我 "
         "您那 第一 页面 哪个 怎么 还没 抱歉 二十 是您 单号 仓库 不上 晚上 方便 请您 好了 "
         "照片 大概 对不 要不 下来 下午 第二 不收 不过 我也 到的 自动 来的 您想 我帮 退款 "
         "或者 运费 三个 哈哈 那就 能不 银行 服务 上门 免费 两天 他们 说的 同事 备注 显示 "
         "直接 登记 付款 别的 密码"), 0.0005),
        (("重新 知道 您自 家里 也可 一遍 里面 有的 需要 上午 提前 这样 先别 不出 链接 写的 "
         "十分 过来 就不 是哪 发票 的呢 身份 谢您 来了 问您 十二 您一 马上 发您 "
         "单子 下单 七天 份证 退回 四十 记录 只有 的哦 这款 影响 昨天 意思 说一 打电 过了 "
         "不一 那张 我先 这里 个小 三天 您退 用的 视频 诉我 第三 里有 这单 也不 也行 亲您 "
         "检测 机器 可能 财务 退不 店里 改不 是一 的单 不行 了就 退货 这一 就能 一声 能用 "
         "上的 十五 签收 结果 医生 关系 个是 我就 买的 了的 的哈 名字 还在 为什 觉得 公司 "
         "您别 您打 也没 的亲 确实 个我 新的 不清 了呢 几点 三十 一年 样的 天内 日期 八点 "
         "您再 价格 了不 没关 您点 您换 另外 东西 退的 是因 烦您 天的 错了 邮箱 同意 一般 "
         "个字 当时 回去 办法 要的 诉您 查到 您在 有点 您拍 着急 用不 的这 不对 上了 拍一 "
         "就可 颜色 十点 我的 我来 对吗 处理 合适 我一 说明 是没 收货 进去 过去 问问 一位 "
         "哪一 有人 保修 您留 后天 一份 确认 左右 看一 安装 这是 点前 了再 没事 不想 是要 "
         "路上 以先 能退 我查 情况 安全 老人 有个 一步 的事 面有 小哥 的钱 网点"), 0.0003),
    )
    for pair in pairs.split()
}  # fmt: skip
_RARE_PAIR = 0.0002


def chance(texts: Iterable[str]) -> float:
    """Return roughly how often one of the texts stands at a place by chance."""
    return sum(map(_chance, texts))


def _chance(text: str) -> float:
    """Go from character to character: so often does the next one follow."""
    share = _share(text[0]) if text else 1.0
    for pair in map(add, text, text[1:]):
        share *= _pair_share(pair) / _share(pair[0])
    return share


def _share(char: str) -> float:
    return _SHARES.get(char, _RARE)


def _pair_share(pair: str) -> float:
    return _PAIRS.get(pair) or min(_share(pair[0]) * _share(pair[1]), _RARE_PAIR)
