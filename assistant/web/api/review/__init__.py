"""The QA desk over REST: import, draws, reviews, scorecards, appeals, calibration, coaching, reports."""

from assistant.web.api.review import (
    appeals,
    calibration,
    cards,
    coaching,
    intake,
    quality,
    reports,
    reviews,
)

ROUTERS = tuple(
    part.router for part in (intake, reviews, cards, appeals, calibration, coaching, quality, reports)
)
