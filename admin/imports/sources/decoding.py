"""Bytes to text, whatever they claim to be: never an error."""

import codecs
import re

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16's, with which it begins
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
META = re.compile(rb"""<meta[^>]{1,200}?charset\s*=\s*["']?\s*([a-zA-Z0-9_:.-]{1,40})""", re.IGNORECASE)
# Python's own, which no page is written in; some of them are slow with long texts.
NO_CHARSETS = ("idna", "punycode", "raw_unicode_escape", "undefined", "unicode_escape", "utf-7", "mbcs", "oem")
LATIN_1 = ("ascii", "iso8859-1")  # who says so means Windows' extension of it, as browsers take it


def decoded(body: bytes, charset: str = "") -> str:
    """By its byte order mark, else as its sender says, else as UTF-8 or, where it is none, as Windows-1252."""
    for mark, name in MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    if known := _known(charset):
        return body.decode(known, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def decoded_html(body: bytes, charset: str = "") -> str:
    """The same; where the sender says nothing, the page may."""
    meta = META.search(body[:4096])
    named = meta[1].decode("ascii") if meta else ""
    # Who could read these letters in ASCII was not reading UTF-16.
    return decoded(
        body, charset if _known(charset) else "" if named.lower().startswith(("utf-16", "utf-32")) else named
    )


def _known(charset: str) -> str | None:
    try:
        found = codecs.lookup(charset.strip())
    except (LookupError, ValueError):
        return None
    is_text = getattr(found, "_is_text_encoding", True)
    if not is_text or found.name in NO_CHARSETS:
        return None
    return "cp1252" if found.name in LATIN_1 else found.name
