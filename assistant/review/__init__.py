"""The QA desk's rules: verdicts, sampling, appeals, agreement of raters, what verdicts teach, explanations.

Everything here is pure; tables and queries are in `assistant.store.review`.
"""
