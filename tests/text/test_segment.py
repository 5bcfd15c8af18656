"""Words as evidence: the fast segmenter, and jieba where it is absent."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from texts import texts

from assistant.text.segment import Segmenter

SENTENCES = (
    "您好,请问有什么可以帮您?",
    "这个事情不归我管,您打别的电话吧",
    "妈妈的手机坏了,昨天才买的",
    "我要投诉你们快递员,态度太差了",
    "退款三到五个工作日原路退回到您的支付账户",
    "请您稍等一下,我帮您查询订单的物流情况",
    "不好意思给您添麻烦了,我们会尽快处理",
    "您的工号是8012吗?我记一下",
    "保证收益百分之八,绝对没有风险",
    "南京市长江大桥今天限行,绕道走吧",
    "I phone15的屏幕碎了,保修期内能换吗",
    "",
    "。!?",
    "😀好的",
)


@pytest.fixture(scope="module")
def slow() -> Segmenter:
    return Segmenter(prefer_rjieba=False)


@pytest.fixture(scope="module")
def fast() -> Segmenter:
    return Segmenter()


@pytest.mark.parametrize("guess", [False, True])
@pytest.mark.parametrize("sentence", SENTENCES)
def test_both_give_the_same_words(sentence, guess, fast, slow):
    assert fast.cut(sentence, guess=guess) == slow.cut(sentence, guess=guess)
    assert fast.boundaries(sentence) == slow.boundaries(sentence)


@given(texts)
@hypothesis_settings(max_examples=50)
def test_no_character_is_lost(text):
    words = FAST.cut(text)
    assert "".join(words) == text
    places = FAST.boundaries(text)
    assert {0, len(text)} <= places
    assert len(places) == len([word for word in words if word]) + 1


FAST = Segmenter()


@pytest.mark.parametrize("prefer_rjieba", [True, False])
def test_own_words_stay_with_their_segmenter(prefer_rjieba, fast):
    word = "青禾无忧包"
    mine = Segmenter([word], prefer_rjieba=prefer_rjieba)
    assert word in mine.cut(f"您买的{word}到期了")
    assert word not in fast.cut(f"您买的{word}到期了")


def test_without_rjieba_jieba_serves():
    """The fallback is found by itself, and nothing is written to the terminal by it."""
    code = (
        "import sys; sys.modules['rjieba'] = None\n"
        "from assistant.text.segment import Segmenter\n"
        "print('/'.join(Segmenter().cut('妈妈的手机坏了')), 'jieba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)  # noqa: S603
    assert done.stdout.decode().split() == ["妈妈/的/手机/坏/了", "True"]
    assert done.stderr == b""
