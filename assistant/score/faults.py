"""What is wrong with a scorecard and where, in words for those who write one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Field = tuple[int | str, ...]
_SAID = {
    "missing": "必须填写",
    "extra_forbidden": "没有这个键",
    "string_too_short": "必须填写",
    "too_short": "至少要有一项",
    "string_type": "要写文字，数字请加引号",
    "string_pattern_mismatch": "只能用小写字母和数字，中间可以用“-”或“.”连接",
    "literal_error": "只能是 {expected}",
    "greater_than": "要大于 {gt:g}",
    "greater_than_equal": "不能小于 {ge:g}",
    "less_than_equal": "不能大于 {le:g}",
    "finite_number": "要填数字",
    "float_type": "要填数字",
    "float_parsing": "要填数字",
    "bool_type": "要写 true 或 false",
    "bool_parsing": "要写 true 或 false",
    "list_type": "要写成列表",
    "dict_type": "要写成“键: 值”",
    "model_type": "要写成“键: 值”",
    "model_attributes_type": "要写成“键: 值”",
}


def said_of(error: ErrorDetails) -> str:
    """Return in Chinese what pydantic found, without the name of the field."""
    context: dict[str, Any] = dict(error.get("ctx", {}))
    if "expected" in context:
        context["expected"] = (
            str(context["expected"]).replace("'", "").replace(" or ", "、").replace(", ", "、")
        )
    return _SAID.get(error["type"], error["msg"]).format_map(context)


def field_of(value: object, error: ErrorDetails) -> Field:
    """Return the field of a card that is wrong; one that is missing stands behind those around it."""
    location = (*error["loc"], *error.get("ctx", {}).get("field", ()))
    field = standing(value, location)
    return (*field, location[-1]) if error["type"] == "missing" else field


def standing(value: Any, location: Field) -> Field:
    """Return the steps of pydantic's location that stand in `value`; kinds of items don't."""
    place = []
    for step in location:
        inside = isinstance(value, dict) and step in value
        if inside or (isinstance(value, list) and isinstance(step, int) and step < len(value)):
            value = value[step]
            place.append(step)
    return tuple(place)
