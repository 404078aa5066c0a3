"""Lists as files for a spreadsheet: the rows on the screen, named by what they are, their scope and the day."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from flask import Response

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_response(
    name: str, scope: Mapping[str, str], today: date, heads: Sequence[Any], rows: Iterable[Sequence[Any]]
) -> Response:
    """A CSV that WPS and Excel open as it is; no cell becomes a formula."""
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow([str(head) for head in heads])
    for row in rows:
        writer.writerow([harmless(str("" if cell is None else cell)) for cell in row])
    return download("\ufeff" + made.getvalue(), file_name(name, scope, today, "csv"), "text/csv; charset=utf-8")


def file_name(name: str, scope: Mapping[str, str], today: date, suffix: str) -> str:
    """`overdue-320830-2026-11-24.csv`."""
    words = [w for k, w in scope.items() if w and k != "page" and w.isascii() and w.replace("-", "").isalnum()]
    return f"{'-'.join([name, *words])}-{today.isoformat()}.{suffix}"


def download(text: str, name: str, content_type: str) -> Response:
    """A file to be saved, kept by nobody on the way."""
    response = Response(text, content_type=content_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "no-store"
    return response


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
