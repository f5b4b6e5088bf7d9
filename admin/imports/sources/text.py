"""Texts of strangers as plain text: no markup, no control characters."""

import re
import unicodedata
from typing import Any

MARKUP = re.compile(r"<[a-zA-Z/!][^>]*>|&(#\d+|#x[0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]+);")
LONGEST = 1_000_000  # of a text that is looked at for markup; what is stored is far shorter


def plain(value: Any) -> str | None:
    """The text, empty ones as None. Markup is taken away, with what is in scripts and styles; entities are decoded."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return None
    if MARKUP.search(value[:LONGEST]):
        value = _without_markup(value[:LONGEST])
    kept = "".join(c for c in value if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    lines = [re.sub(r"[^\S\n]+", " ", line).strip() for line in kept.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() or None


def one_line(value: Any) -> str | None:
    text = plain(value)
    return " ".join(text.split()) if text else None


def _without_markup(value: str) -> str:
    import html_text

    try:
        return str(html_text.extract_text(value.replace("\0", "")))
    except Exception:  # lxml's parser gives up on what is no document at all
        return re.sub(r"<[^>]*>", " ", value)
