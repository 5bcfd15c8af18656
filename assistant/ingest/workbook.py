"""Excel workbooks (.xlsx): every sheet is a table."""

from __future__ import annotations

import io
import warnings
import zipfile
from typing import TYPE_CHECKING, Any

from assistant.errors import InputError
from assistant.ingest.tables import table_drafts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.ingest.draft import Draft, Place
    from assistant.ingest.settings import ReadSettings

ZIP_MAGIC = b"PK\x03\x04"
Row = tuple[Any, ...]


def workbook_drafts(data: bytes, place: Place, settings: ReadSettings) -> Iterator[Draft]:
    """Yield the calls of all sheets; raises InputError (``xlsx``, ``too-large``, ``no-header``)."""
    _check_size(data, place, settings)
    found, refused = False, None
    for rows in _sheets(data, place):
        try:
            for draft in table_drafts(iter(rows), place):
                found = True
                yield draft
        except InputError as error:
            refused = refused or error
    # a cover sheet beside the calls is no error
    if not found:
        raise refused or place.error("the workbook is empty", "empty")


def _check_size(data: bytes, place: Place, settings: ReadSettings) -> None:
    """Refuse a workbook that would unpack to more than the bound."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise place.error("a damaged .xlsx file: save it again", "xlsx") from None
    if size > settings.max_file_bytes:
        raise place.error(f"unpacks to more than {settings.max_file_bytes:,} bytes: split it", "too-large")


def _sheets(data: bytes, place: Place) -> list[list[Row]]:
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            return [rows for sheet in book.worksheets if (rows := _rows(sheet))]
    except Exception as error:  # a damaged workbook fails anywhere inside openpyxl, zipfile or the XML parser
        kind = type(error).__name__
        raise place.error(f"can't be read as an Excel workbook ({kind}): save it again", "xlsx") from None


def _rows(sheet: Any) -> list[Row]:
    # the declared size of a sheet is often wrong; what is there counts
    sheet.reset_dimensions()
    return [row for row in sheet.iter_rows(values_only=True) if any(cell is not None for cell in row)]
