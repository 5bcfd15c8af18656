"""Reports for people and machines: wire format, terminal, HTML, XLSX; renders core types alone."""

from __future__ import annotations

from assistant.report.formats import FORMATS, Format, format_named, outcome_object, write_reports
from assistant.report.json_schema import schema, schema_names
from assistant.report.reading import report_from_object
from assistant.report.wire import (
    check_object,
    dumps,
    error_object,
    finding_object,
    prompt_object,
    report_object,
    requirement_object,
    score_object,
    turn_object,
)

__all__ = [
    "FORMATS",
    "Format",
    "check_object",
    "dumps",
    "error_object",
    "finding_object",
    "format_named",
    "outcome_object",
    "prompt_object",
    "report_from_object",
    "report_object",
    "requirement_object",
    "schema",
    "schema_names",
    "score_object",
    "turn_object",
    "write_reports",
]
