"""A table of products: CSV as spreadsheets and shops export it."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

from jobs.errors import Refused

from imports.items import Unusable
from imports.sources import records
from imports.sources.making import Draft, Note, Piece, made
from imports.sources.shopify import variant_title

DELIMITERS = ",;\t|"
ONCE = ("handle", "title", "body html", "image src")  # what Shopify writes into the first of a product's rows alone
HEADER_WITHIN = 20_000  # characters


def looks_like_table(text: str) -> bool:
    return bool(records.known(_header(text)[0]))


def pieces(text: str, *, name: str, base: str = "") -> Iterator[tuple[int, Piece]]:
    """What each row gives, with the line that it ends in. Raises Refused where no row could give anything."""
    header, delimiter = _header(text)
    _require_names(header, name)
    if unknown := [each.strip() for each in header if each.strip() and not records.known([each])]:
        yield 1, Note(f"{name} has columns that are not known and left out: {', '.join(unknown)[:500]}")
    names = [records.plain_name(each) for each in header]
    before: dict[str, Any] = {}
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for number, row in _rows(reader):
        where = f"row {number} of {name}"
        if isinstance(row, str) or _fault(row, len(names)):
            reason = row if isinstance(row, str) else _fault(row, len(names))
            yield reader.line_num, Unusable(where=where, reason=reason)
            continue
        record = _record(names, row)
        if _is_further(record, before):
            if not record.get("variant sku") and not record.get("variant price"):
                continue  # one more picture of the same product
            record = before | record
        before = {name: value for name, value in record.items() if name in ONCE}
        yield from ((reader.line_num, piece) for piece in made(_draft(record), where=where, base=base))


def _rows(reader: Any) -> Iterator[tuple[int, list[str] | str]]:
    """The rows below the header, counted as a spreadsheet does; a text is why one cannot be read."""
    number, is_below = 0, False
    while True:
        number += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, f"it cannot be read: {error}"
            continue
        if any(cell.strip() for cell in row):
            if is_below:
                yield number, row
            is_below = True


def _fault(row: list[str], width: int) -> str:
    if any(row[width:]) or len(row) < width:
        return f"it has {len(row)} cells where the header has {width}: is there a delimiter in a text without quotes?"
    if any("\0" in cell for cell in row):
        return "it holds a NUL character"
    return ""


def _record(names: list[str], row: list[str]) -> dict[str, Any]:
    """Of two columns with one name the first that holds something."""
    record: dict[str, Any] = {}
    for name, cell in zip(names, row, strict=False):
        if cell.strip():
            record.setdefault(name, cell)
    return record


def _is_further(record: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    return "handle" in record and record["handle"] == before.get("handle") and "title" not in record


def _draft(record: Mapping[str, Any]) -> Draft:
    draft = records.draft(record)
    options = [str(record[name]) for name in ("option1 value", "option2 value", "option3 value") if name in record]
    if "handle" in record:
        draft.title = variant_title(draft.title, " / ".join(options))
    if draft.image:
        draft.image = re.split(r"[,|]\s*(?=https?://)", draft.image)[0]  # WooCommerce writes all of them
    return draft


def _header(text: str) -> tuple[list[str], str]:
    """The first row that holds something, with the delimiter by which most of its names are known."""
    found = []
    for delimiter in DELIMITERS:
        reader = csv.reader(io.StringIO(text[:HEADER_WITHIN], newline=""), delimiter=delimiter)
        try:
            row = next((row for row in reader if any(cell.strip() for cell in row)), [])
        except csv.Error:
            continue
        found.append((len(records.known(row)), len(row), row, delimiter))
    _, _, row, delimiter = max(found, key=lambda each: each[:2], default=(0, 0, [], ","))
    return row, delimiter


def _require_names(header: list[str], name: str) -> None:
    fields = records.known(header)
    if not fields & {"sku", "url"}:
        missing = "names neither a sku nor a URL" if fields else "names nothing that is known here"
        raise Refused(
            f"The first row of {name} {missing}. A row is found again by its sku or URL. Known are {records.KNOWN}."
        )
