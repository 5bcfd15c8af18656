"""The QA desk in the database: facts of calls, scorecards, draws, reviews, appeals, calibration, reports."""
