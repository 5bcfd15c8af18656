"""Answers as the wire format writes them."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from assistant.report.wire import dumps


def written(value: Any) -> Response:
    return Response(dumps(value), media_type="application/json")
