"""What a body is: by its type where that says something, else by how it begins."""

from jobs.errors import Refused

from imports.sources.csv_feed import looks_like_table
from imports.sources.decoding import decoded

HTML = ("text/html", "application/xhtml+xml")
JSON = ("application/json", "text/json", "application/x-ndjson", "application/jsonl", "application/x-jsonlines")
CSV = ("text/csv", "text/tab-separated-values", "application/csv")
ENDINGS = {".html": "html", ".htm": "html", ".json": "json", ".jsonl": "json", ".ndjson": "json", ".csv": "csv"}
ENDINGS |= {".tsv": "csv"}
BEGINNING = 20_000


def kind(body: bytes, *, content_type: str, charset: str = "", name: str) -> str:
    """One of html, json and csv. Raises Refused; `name` is what it is called there."""
    if found := _by_type(content_type):
        return found
    start = decoded(body[:BEGINNING], charset).lstrip()
    if body.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Refused(f"{name} looks like a spreadsheet's own file, or an archive: save it as CSV, and import that.")
    if found := _by_beginning(start) or _by_ending(name) or ("csv" if looks_like_table(start) else ""):
        return found
    raise Refused(f"{name} ({content_type or 'without a type'}) is neither a web page nor JSON nor a table as CSV.")


def _by_type(content_type: str) -> str:
    if content_type in HTML:
        return "html"
    if content_type in JSON or content_type.endswith("+json"):
        return "json"
    return "csv" if content_type in CSV else ""


def _by_beginning(start: str) -> str:
    if start.startswith(("{", "[")):
        return "json"
    words = start[:2000].lower()
    return "html" if start.startswith("<") and ("<html" in words or "<!doctype html" in words) else ""


def _by_ending(name: str) -> str:
    path = name.partition("?")[0].lower()
    return next((found for ending, found in ENDINGS.items() if path.endswith(ending)), "")
