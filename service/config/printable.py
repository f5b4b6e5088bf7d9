"""Text of others made fit for a terminal: what could move its cursor or turn its letters round is spelled out."""


def printable(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def printable_lines(content: bytes) -> str:
    """Line by line; bytes that are no UTF-8 are spelled out too."""
    return "\n".join(map(printable, content.decode("utf-8", "backslashreplace").split("\n")))
