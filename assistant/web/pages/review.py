"""The pages of the QA desk, of an agent's own calls, and of reports."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Path, Request

from assistant.errors import InputError
from assistant.store.review.reviews import recording_of
from assistant.web.api.whole import MOST_FILES
from assistant.web.pages.frame import add_page, guarded
from assistant.web.service import service_of

if TYPE_CHECKING:
    from starlette.responses import Response

router = APIRouter(include_in_schema=False)
_POLICY = (
    "default-src 'self'; media-src 'self' {origin}; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)
PAGES = (
    ("/qa", "qa_queue.html", "复核队列", "review"),
    ("/qa/draws", "qa_draws.html", "抽检", "review"),
    ("/qa/appeals", "qa_appeals.html", "申诉处理", "review"),
    ("/qa/calibration", "qa_calibration.html", "校准", "review"),
    ("/qa/coaching", "qa_coaching.html", "辅导单", "review"),
    ("/qa/cards", "qa_cards.html", "评分表", "review"),
    ("/qa/rules", "qa_rules.html", "规则质量", "review"),
    ("/my", "my.html", "我的通话", "appeal"),
    ("/reports", "reports.html", "质检报表", "read"),
    ("/explain/{call_id:path}", "explain.html", "扣分说明", "read"),
)


for each in PAGES:
    add_page(router, *each)


@router.get("/qa/import", response_model=None)
async def bring_in(request: Request) -> Response:
    """Show the import; the page sends as many files at once as a request may carry."""
    return await guarded(request, "qa_import.html", "导入通话", "import", most_files=MOST_FILES)


@router.get("/qa/review/{number}", response_model=None)
async def review(request: Request, number: Annotated[int, Path(ge=1, le=2**53)]) -> Response:
    """Show a review; where the call names its recording, the page may play it from there."""
    recording, origin = await _recording(request, number)
    page = await guarded(request, "qa_review.html", "复核", "review", number=number, recording=recording)
    if origin:
        page.headers["content-security-policy"] = _POLICY.format(origin=origin)
    return page


async def _recording(request: Request, number: int) -> tuple[str, str]:
    """Return the address of the recording, and its origin where that is another one; else empty."""
    try:
        named: Any = await service_of(request).read(partial(recording_of, number=number))
    except InputError:
        return "", ""
    try:
        parts = urlsplit(str(named or ""))
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "", ""
    if parts.scheme in ("http", "https") and parts.hostname:
        return str(named), f"{parts.scheme}://{parts.hostname}{port}"
    return (
        (str(named), "") if parts.path.startswith("/") and not parts.netloc and not parts.scheme else ("", "")
    )
