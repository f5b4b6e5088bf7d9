"""Bytes of strangers as text."""

import codecs
import re

from imports.fetching.fetcher import Answer

MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
META = re.compile(rb"""<meta[^>]{0,200}charset=["']?\s*([a-zA-Z0-9_:.-]{1,40})""", re.IGNORECASE)


def decoded(answer: Answer) -> str:
    """By its byte order mark, by what the host says, by what the page says, as UTF-8, else as Windows' Latin."""
    named = META.search(answer.body[:4096])
    wanted = [name for mark, name in MARKS if answer.body.startswith(mark)]
    wanted += [answer.charset, named[1].decode("ascii") if named else "", "utf-8"]
    for name in filter(None, wanted):
        try:
            if codecs.lookup(name)._is_text_encoding:  # Python knows zlib, say, by a name
                return answer.body.decode(name)
        except (LookupError, ValueError):
            continue
    return answer.body.decode("cp1252", errors="replace")
