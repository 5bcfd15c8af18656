from __future__ import annotations

import pytest

from assistant.engine.address import addressed


@pytest.mark.parametrize(
    ("sentence", "meta", "said"),
    [
        ("您好,{customer},打扰您了。", {"customer": "范先生"}, "您好,范先生,打扰您了。"),
        ("您好,{customer},打扰您了。", {"customer": "范志强", "gender": "m"}, "您好,范先生,打扰您了。"),
        ("您好,{customer},打扰您了。", {"customer": "范志强"}, "您好,打扰您了。"),
        ("对不起，{customer}，让您久等了。", {}, "对不起，让您久等了。"),
        ("{customer},您请讲。", {}, "您请讲。"),
        ("尊敬的{customer},您好!", {}, "尊敬的客户,您好!"),
        ("尊敬的{customer},您好!", {"customer": "孙女士"}, "尊敬的孙女士,您好!"),
    ],
)
def test_a_customer_is_addressed_by_name_or_not_at_all(
    sentence: str, meta: dict[str, str], said: str
) -> None:
    assert addressed(sentence, meta) == said
