from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from assistant.errors import ConflictError, UsageError
from assistant.review import appeal

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def test_an_appeal_goes_up_level_by_level_and_ends_with_the_final_word() -> None:
    one = appeal.begin(NOW, NOW + DAY, "王芳")
    assert (one.level, one.assignee, one.deadline) == ("reviewer", "王芳", NOW + 3 * DAY)
    for level in ("lead", "final"):
        one = appeal.answer(one, "rejected", "录音里没有问候", NOW)
        assert one.state == "answered"
        one = appeal.escalate(one, NOW + DAY, None)
        assert (one.level, one.state) == (level, "open")
    one = appeal.answer(one, "rejected", "维持", NOW)
    assert (one.state, one.deadline) == ("closed", None)
    with pytest.raises(ConflictError):
        appeal.escalate(one, NOW, None)


def test_what_is_granted_is_closed_and_what_is_accepted_too() -> None:
    one = appeal.begin(NOW, NOW, None)
    assert appeal.answer(one, "granted", "确有问候", NOW).state == "closed"
    assert appeal.accept(appeal.answer(one, "partly", "部分成立", NOW)).state == "closed"
    with pytest.raises(ConflictError):
        appeal.accept(one)


def test_deadlines_hold() -> None:
    with pytest.raises(ConflictError, match="申诉期"):
        appeal.begin(NOW, NOW + appeal.WINDOW + DAY, None)
    one = appeal.begin(NOW, NOW, None)
    assert appeal.overdue(one, NOW + 3 * DAY)
    assert not appeal.overdue(one, NOW + DAY)
    answered = appeal.answer(one, "rejected", "维持", NOW)
    with pytest.raises(ConflictError):
        appeal.escalate(answered, NOW + appeal.REPLY + DAY, None)
    with pytest.raises(UsageError):
        appeal.answer(one, "rejected", " ", NOW)
